//! What the reader makes of what is written: the values that later stages see.

use std::fmt::Write as _;

use cjoc::source::{FileId, Sources};
use cjoc::syntax::ast::{
    Content, ContentKind, Declaration, EventRef, Expr, FieldDecl, Journey, Kind, On, Part, Reentry,
    ReentryAfter, Rule, SessionKey, SplitBy, Step, StepKind, TextExpr, TimeOfDay, Trigger,
    TriggerKind, TypeExpr, TypeKind, WaitKind, WhileActive,
};
use cjoc::{syntax, yaml};

fn read(text: &str) -> (Vec<Declaration>, Vec<String>) {
    let sources = Sources::from_texts([("a.yaml", text)]);
    let parsed = yaml::parse(FileId(0), &sources.file(FileId(0)).text);
    let (declarations, diagnostics) = syntax::read(&parsed.tree);
    let (diagnostics, _) = diagnostics.into_parts();
    let told = parsed.diagnostics.iter().chain(&diagnostics);
    (declarations, told.map(|d| d.message.clone()).collect())
}

/// The only declaration of a text without a mistake.
fn one(text: &str) -> Declaration {
    let (mut declarations, told) = read(text);
    assert_eq!(told, Vec::<String>::new(), "{text}");
    assert_eq!(declarations.len(), 1, "{text}");
    declarations.remove(0)
}

fn rule(body: &str) -> Rule {
    match one(&format!("rule: a\nin: all\n{body}\n")) {
        Declaration::Rule(rule) => rule,
        other => panic!("{other:?}"),
    }
}

fn step(text: &str) -> Step {
    rule(&format!("on: start\ndo: [{text}]")).steps.remove(0)
}

fn journey(body: &str) -> Journey {
    let text = format!("journey: a\ntraveler: b\n{body}\nmilestones: {{ first: }}\n");
    match one(&text) {
        Declaration::Journey(journey) => *journey,
        other => panic!("{other:?}"),
    }
}

fn path(path: &EventRef) -> String {
    let names: Vec<&str> = path.names().iter().map(|name| &*name.text).collect();
    names.join("/")
}

fn cel(expr: &Expr) -> String {
    expr.source().to_owned()
}

fn ty(ty: &TypeExpr) -> String {
    let shown = match &ty.kind {
        TypeKind::Error => "?".to_owned(),
        TypeKind::Scalar(scalar) => format!("{scalar:?}").to_lowercase(),
        TypeKind::Enum(values) => {
            let values: Vec<&str> = values.iter().map(|value| &*value.text).collect();
            format!("<{}>", values.join(","))
        }
        TypeKind::List(inner) => format!("list({})", self::ty(inner)),
        TypeKind::Map(inner) => format!("map({})", self::ty(inner)),
        TypeKind::Named(name) => format!("#{name}"),
        TypeKind::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(field).collect();
            format!("{{{}}}", fields.join(", "))
        }
    };
    format!("{shown}{}", if ty.nullable { "?" } else { "" })
}

fn field(field: &FieldDecl) -> String {
    let mut shown = format!("{}: {}", field.name, ty(&field.ty));
    if let Some(default) = &field.default {
        let _ = write!(shown, " = {}", default.text);
    }
    if field.pii {
        shown += " pii";
    }
    if let Some(normalize) = &field.normalize {
        let _ = write!(shown, " {:?}", normalize.value);
    }
    shown
}

fn text(text: &TextExpr) -> String {
    let parts = text.parts.iter().map(|part| match part {
        Part::Literal(text) => format!("[{text}]"),
        Part::Cel(expr) => format!("<{}>", cel(expr)),
    });
    parts.collect()
}

fn content(content: &Content) -> String {
    match &content.kind {
        ContentKind::Unknown => "unreadable".to_owned(),
        ContentKind::Null => "null".to_owned(),
        ContentKind::Bool(value) => value.to_string(),
        ContentKind::Int(value) => value.to_string(),
        ContentKind::Double(value) => format!("{value:?}"),
        ContentKind::Text(value) => text(value),
        ContentKind::List(items) => {
            let items: Vec<String> = items.iter().map(self::content).collect();
            format!("({})", items.join(" "))
        }
        ContentKind::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(name, value)| format!("{name}={}", self::content(value)))
                .collect();
            format!("{{{}}}", entries.join(" "))
        }
    }
}

fn on(on: &On) -> String {
    match on {
        On::Event(event) => path(event),
        On::Start(_) => "start".to_owned(),
        On::End(_) => "end".to_owned(),
        On::Milestone(name) => format!("milestone {name}"),
        On::SegmentEntered(name) => format!("entered {name}"),
        On::SegmentLeft(name) => format!("left {name}"),
        On::JourneyStarted(name) => format!("started {name}"),
        On::JourneyEnded(name) => format!("ended {name}"),
    }
}

fn trigger(trigger: &Trigger) -> String {
    let mut shown = match &trigger.kind {
        TriggerKind::On(events) => events.iter().map(on).collect::<Vec<_>>().join(" or "),
        TriggerKind::After(after) => format!("after {}s", after.value.as_secs()),
        TriggerKind::Every(every) => format!("every {}s", every.value.as_secs()),
        TriggerKind::Schedule { cron, zone } => {
            format!(
                "cron {} in {}",
                cron.value,
                zone.as_ref().map(cel).unwrap_or_default()
            )
        }
        TriggerKind::Condition => "condition".to_owned(),
    };
    if let Some(when) = &trigger.when {
        let _ = write!(shown, " when {}", cel(when));
    }
    for assign in &trigger.set {
        let _ = write!(
            shown,
            " set {}={}",
            path(&assign.target),
            cel(&assign.value)
        );
    }
    if let Some(from) = &trigger.from {
        let _ = write!(
            shown,
            " from {}",
            from.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(",")
        );
    }
    if let Some(outcome) = &trigger.outcome {
        let _ = write!(shown, " outcome {outcome}");
    }
    shown
}

#[test]
fn types_are_read_as_they_are_meant() {
    for (written, meant) in [
        ("string", "x: string"),
        ("string | null", "x: string?"),
        ("null | string", "x: string?"),
        ("EUR | USD", "x: <EUR,USD>"),
        ("none | member | null = none", "x: <none,member>? = none"),
        ("Product", "x: #Product"),
        ("list(Product | null) | null", "x: list(#Product?)?"),
        ("map(list(int))", "x: map(list(int))"),
        ("string = \"Europe/Paris\"", "x: string = \"Europe/Paris\""),
        ("double = -2.5", "x: double = -2.5"),
        ("duration = 2d", "x: duration = 2d"),
        (
            "{ city: string, zip: string | null }",
            "x: {city: string, zip: string?}",
        ),
        (
            "\"list({ sku: string, n: int })\"",
            "x: list({sku: string, n: int})",
        ),
        ("\"{ sku: string } | null\"", "x: {sku: string}?"),
        (
            "{ type: string | null, pii: true, normalize: email }",
            "x: string? pii Email",
        ),
        (
            "{ type: bool = false, description: y z }",
            "x: bool = false",
        ),
        ("{ type: string, id: int }", "x: {type: string, id: int}"),
        ("{ type: { a: int }, pii: true }", "x: {a: int} pii"),
        ("{ \"`a-b`\": int }", "x: {a-b: int}"),
    ] {
        let declaration = one(&format!("variables: v\nin: all\nfields:\n  x: {written}\n"));
        let Declaration::Variables(variables) = declaration else {
            panic!("{declaration:?}");
        };
        assert_eq!(field(&variables.fields[0]), meant, "{written}");
    }
}

#[test]
fn expression_places_hold_cel_or_the_literals_of_yaml() {
    for (written, meant) in [
        ("event.a + 1", "event.a + 1"),
        ("'\"gold\"'", "\"gold\""),
        ("5", "5"),
        ("-2.5", "-2.5"),
        ("true", "true"),
        ("True", "true"),
        ("~", "null"),
        ("0o17", "15"),
        ("+5", "5"),
        ("1.", "1.0"),
        ("\"5\"", "5"),
    ] {
        let (declarations, _) = read(&format!(
            "rule: a\nin: all\non: start\ndo: [{{ set: {{ x: {written} }} }}]\n"
        ));
        let [Declaration::Rule(rule)] = declarations.as_slice() else {
            panic!("{declarations:?}");
        };
        let StepKind::Set(assigns) = &rule.steps[0].kind else {
            panic!("{rule:?}");
        };
        assert_eq!(cel(&assigns[0].value), meant, "{written}");
    }
}

#[test]
fn text_places_hold_text_with_cel_in_it() {
    for (written, meant) in [
        ("plain", "[plain]"),
        ("\"${event.a}\"", "<event.a>"),
        ("a ${event.a} b", "[a ]<event.a>[ b]"),
        ("$${no}", "[${no}]"),
        ("\"${ {'}': 1}['}'] }!\"", "< {'}': 1}['}'] >[!]"),
        ("10", "10"),
        ("\"10\"", "[10]"),
        ("2.50", "2.5"),
        ("false", "false"),
        ("null", "null"),
        ("[1, { a: \"${x}\" }]", "(1 {a=<x>})"),
    ] {
        let body = format!(
            "on: start
do:
  - send: t
    with:
      p: {written}"
        );
        let step = rule(&body).steps.remove(0);
        let StepKind::Send { with, .. } = step.kind else {
            panic!("{step:?}");
        };
        assert_eq!(content(&with[0].1), meant, "{written}");
    }
}

#[test]
fn triggers_say_what_sets_them_off() {
    for (written, meant) in [
        ("on: shop.a", "shop/a"),
        (
            "on: [shop.a, milestone.m, segment.s.entered]",
            "shop/a or milestone m or entered s",
        ),
        (
            "on: [segment.s.left, journey.j.started, journey.j.ended]",
            "left s or started j or ended j",
        ),
        ("on: start\nwhen: event.x", "start when event.x"),
        ("on: end", "end"),
        ("after: 3d\nwhen: a.b", "after 259200s when a.b"),
        ("every: 1h30m", "every 5400s"),
        (
            "schedule: 0 9 * * MON\nzone: Europe/Paris",
            "cron 0 9 * * MON in \"Europe/Paris\"",
        ),
        (
            "schedule: 0 9 * * MON\nzone: traveler.zone",
            "cron 0 9 * * MON in traveler.zone",
        ),
        ("when: segment.s", "condition when segment.s"),
    ] {
        assert_eq!(
            trigger(&rule(&format!("{written}\ndo: []")).trigger),
            meant,
            "{written}"
        );
    }
}

#[test]
fn a_journey_keeps_what_its_triggers_carry() {
    let journey = journey(
        "start: [{ on: shop.a, set: { x: event.x } }, { when: segment.s }]\n\
         end: { after: 1d, outcome: lapsed }\n\
         reentry: { after: 30d, since: start }\n\
         while_active: restart\n\
         key: { shop.a: event.id }\n\
         priority: 5\n\
         owner: growth@example.org",
    );
    let shown: Vec<String> = journey
        .start
        .iter()
        .chain(&journey.end)
        .map(trigger)
        .collect();
    assert_eq!(
        shown,
        [
            "shop/a set x=event.x",
            "condition when segment.s",
            "after 86400s outcome lapsed"
        ]
    );
    assert!(
        matches!(&journey.reentry, Reentry::After { wait, since: ReentryAfter::Start }
        if wait.value.as_hours() == 720)
    );
    assert_eq!(journey.while_active, WhileActive::Restart);
    assert!(matches!(&journey.key, Some(SessionKey::PerEvent(keys))
        if path(&keys[0].event) == "shop/a" && cel(&keys[0].key) == "event.id"));
    assert_eq!(
        (journey.priority, journey.owner.as_deref()),
        (5, Some("growth@example.org"))
    );
    assert_eq!(&*journey.milestones[0].name.text, "first");
}

#[test]
fn waits_are_told_apart() {
    let shown = |written: &str| {
        let step = step(&format!("{{ wait: {written} }}"));
        let StepKind::Wait(wait) = &step.kind else {
            panic!("{step:?}");
        };
        let kind = match &wait.kind {
            WaitKind::For(time) => format!("{}s", time.value.as_secs()),
            WaitKind::At { days, at, zone } => {
                let at = match at {
                    TimeOfDay::Literal(time) => time.value.to_string(),
                    TimeOfDay::Cel(expr) => cel(expr),
                };
                format!(
                    "{days} days, at {at} in {}",
                    zone.as_ref().map(cel).unwrap_or_default()
                )
            }
            WaitKind::Until(expr) => format!("until {}", cel(expr)),
            WaitKind::On(on) => trigger(on),
            WaitKind::Any(any) => {
                let any: Vec<String> = any
                    .iter()
                    .map(|it| format!("{} then {}", trigger(&it.trigger), it.then.len()))
                    .collect();
                any.join(" | ")
            }
        };
        let timeout = wait
            .timeout
            .as_ref()
            .map_or(0, |timeout| timeout.value.as_secs());
        format!(
            "{kind}; {timeout} {} {}",
            wait.then.len(),
            wait.otherwise.len()
        )
    };
    for (written, meant) in [
        ("1d", "86400s; 0 0 0"),
        ("{ at: \"09:00\" }", "0 days, at 09:00:00 in ; 0 0 0"),
        (
            "{ days: 2, at: traveler.hour, zone: UTC }",
            "2 days, at traveler.hour in \"UTC\"; 0 0 0",
        ),
        ("{ until: now }", "until now; 0 0 0"),
        (
            "{ on: shop.a, when: event.x, timeout: 1m, then: [{ end: a }], else: [{ end: b }] }",
            "shop/a when event.x; 60 1 1",
        ),
        ("{ when: segment.s }", "condition when segment.s; 0 0 0"),
        (
            "{ any: [{ on: shop.a, then: [{ end: a }] }, { when: x.y }], timeout: 1m, else: [] }",
            "shop/a then 1 | condition when x.y then 0; 60 0 0",
        ),
    ] {
        assert_eq!(shown(written), meant, "{written}");
    }
}

#[test]
fn steps_keep_their_parts() {
    let call = step(
        "{ call: crm.open, with: { a: 1 }, set: { t: returned.id }, timeout: 1m, else: [{ end: x }], id: c }",
    );
    assert_eq!(
        call.id.as_ref().map(ToString::to_string).as_deref(),
        Some("c")
    );
    assert!(
        matches!(&call.kind, StepKind::Call { action, with, set, timeout: Some(_), otherwise, transactional: false }
        if path(action) == "crm/open" && with.len() == 1 && path(&set[0].target) == "t" && otherwise.len() == 1)
    );
    let update = step("{ update: { consents.marketing: true, \"`a.b`\": null } }");
    assert!(matches!(&update.kind, StepKind::Update(assigns)
        if path(&assigns[0].target) == "consents/marketing" && path(&assigns[1].target) == "a.b"));
    let split = step(
        "{ split: { name: s, by: session, arms: { a: { weight: 3, do: [{ end: x }] }, b: { weight: 0 } } } }",
    );
    assert!(
        matches!(&split.kind, StepKind::Split { by: SplitBy::Session, arms, .. }
        if arms[0].weight.value == 3 && arms[0].steps.len() == 1 && arms[1].steps.is_empty())
    );
    let choose = step("{ choose: [{ when: a.b, do: [] }, { otherwise: [{ end: x }] }] }");
    assert!(matches!(&choose.kind, StepKind::Choose { choices }
        if choices[0].when.is_some() && choices[1].when.is_none() && choices[1].steps.len() == 1));
    let decide =
        step("{ decide: { name: d, among: [{ offer: o, score: 1 }], fallback: [{ end: x }] } }");
    assert!(
        matches!(&decide.kind, StepKind::Decide { among, fallback, .. }
        if cel(&among[0].score) == "1" && among[0].when.is_none() && fallback.len() == 1)
    );
    let parallel = step("{ parallel: [[{ end: a }], []] }");
    assert!(matches!(&parallel.kind, StepKind::Parallel(branches)
        if branches[0].steps.len() == 1 && branches[1].steps.is_empty()));
}

#[test]
fn what_cannot_be_read_keeps_its_kind_and_name() {
    for (text, kind, name) in [
        ("template: hello\nbody: x\n", Kind::Template, "hello"),
        ("jorney: backpack\n", Kind::Journey, "backpack"),
        (
            "segment: vip\ntraveler: c\nwhen: \"a\ntitle: x\n",
            Kind::Segment,
            "vip",
        ),
        ("kpi: k\njourney: j\n", Kind::Kpi, "k"),
    ] {
        let (declarations, told) = read(text);
        assert!(!told.is_empty(), "{text}");
        assert!(
            matches!(declarations.as_slice(), [Declaration::Broken(found, it)] if *found == kind && &*it.text == name),
            "{text}: {declarations:?}"
        );
    }
}

#[test]
fn a_first_line_without_its_colon_still_names_the_declaration() {
    let (declarations, told) = read("journey backpack\ntraveler: customer\npriority: 5\n");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        matches!(declarations.as_slice(), [Declaration::Broken(Kind::Journey, name)] if &*name.text == "backpack"),
        "{declarations:?}"
    );
}
