//! Models for the tests of the engine, written in JSON with the keys of the language.
//!
//! No front end: types are read from short notes, `event` in a step is that of the trigger above
//! it (or of the `wait` before it), and places are made of names.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Map, Value as Json, json};

use crate::cel::{Type, parse_duration};
use crate::model::{
    Action, Aggregate, Alternative, Arm, Assign, Cap, Channel, Choice, Content, Event, Expr, Field,
    Identify, Journey, Milestone, Model, Normalize, Occurrence, Offer, On, Overflow, Persona,
    Promise, Quiet, Reentry, Rule, Segment, SegmentKind, SessionKey, Since, Split, Status, Step,
    StepKind, Template, Text, TextPart, TimeOfDay, Trait, TraitSource, Traveler, Trigger, Wait,
    WhileActive,
};

type Names = BTreeMap<String, Type>;

/// The model of what `spec` declares.
pub(super) fn model(spec: &Json) -> Model {
    let mut types = Names::new();
    for (name, fields) in object(&spec["types"]) {
        let fields = fields_of(fields, &types)
            .into_iter()
            .map(|f| crate::cel::Field {
                name: f.name,
                ty: f.ty,
                declared: None,
            });
        let ty = Type::object(name.as_str(), fields.collect());
        types.insert(name.clone(), ty);
    }
    let named = |key: &str| object(&spec[key]);
    let events: Vec<Event> = named("events")
        .map(|(name, it)| event(name, it, &types))
        .collect();
    let travelers = named("travelers").map(|(name, it)| traveler(name, it, &events, &types));
    let actions = named("actions").map(|(name, it)| Action {
        name: name.as_str().into(),
        channel: text_of(&it["channel"]),
        params: fields_of(&it["params"], &types),
        returns: fields_of(&it["returns"], &types),
        at: format!("action {name}").into(),
    });
    let templates = named("templates").map(|(name, it)| Template {
        name: name.as_str().into(),
        channel: text_of(&it["channel"]).unwrap_or("email".into()),
        transactional: it["transactional"] == true,
        params: fields_of(&it["params"], &types),
        subject: it["subject"].as_str().map(|it| text(it, &[])),
        body: it["body"].as_str().map(|it| text(it, &[])),
        at: format!("template {name}").into(),
    });
    let segments = named("segments").map(|(name, it)| Segment {
        name: name.as_str().into(),
        traveler: "customer".into(),
        kind: match &it["members"] {
            Json::Null => SegmentKind::When(cel(&it["when"], &[])),
            members => SegmentKind::Members(
                object(members)
                    .map(|(identity, values)| (identity.as_str().into(), strings(values)))
                    .collect(),
            ),
        },
        at: format!("segment {name}").into(),
    });
    let personas = named("personas").map(|(name, it)| Persona {
        name: name.as_str().into(),
        traveler: "customer".into(),
        priority: it["priority"].as_i64().unwrap_or(0),
        when: cel(&it["when"], &[]),
        at: format!("persona {name}").into(),
    });
    Model {
        name: "test".into(),
        timezone: text_of(&spec["timezone"]).unwrap_or("UTC".into()),
        dedupe: duration(&spec["dedupe"]).unwrap_or(SignedDuration::from_hours(7 * 24)),
        travelers: travelers.collect(),
        connections: Vec::new(),
        actions: actions.collect(),
        channels: named("channels")
            .map(|(name, it)| channel(name, it))
            .collect(),
        templates: templates.collect(),
        segments: segments.collect(),
        personas: personas.collect(),
        journeys: named("journeys")
            .map(|(name, it)| journey(name, it, &types))
            .collect(),
        rules: named("rules")
            .map(|(name, it)| Rule {
                journeys: strings(&it["in"]),
                ..rule(&json!({ "rule": name }), it)
            })
            .collect(),
        kpis: Vec::new(),
        events,
    }
}

fn object(json: &Json) -> impl Iterator<Item = (&String, &Json)> {
    json.as_object().into_iter().flat_map(Map::iter)
}

fn list(json: &Json) -> Vec<&Json> {
    match json {
        Json::Null => Vec::new(),
        Json::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

fn strings(json: &Json) -> Vec<Arc<str>> {
    list(json).into_iter().filter_map(text_of).collect()
}

fn text_of(json: &Json) -> Option<Arc<str>> {
    json.as_str().map(Into::into)
}

fn duration(json: &Json) -> Option<SignedDuration> {
    json.as_str().map(|it| parse_duration(it).unwrap())
}

/// `string | null`, `list(Product)`, `EUR | USD`.
fn ty(text: &str, types: &Names) -> Type {
    let text = text.trim();
    if let Some(inner) = text.strip_suffix("| null") {
        return ty(inner, types).nullable();
    }
    if let Some(inner) = text
        .strip_prefix("list(")
        .and_then(|it| it.strip_suffix(')'))
    {
        return Type::list(ty(inner, types));
    }
    if text.contains('|') {
        return Type::enumeration(text.split('|').map(str::trim));
    }
    match text {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "double" => Type::Double,
        "string" => Type::String,
        "timestamp" => Type::Timestamp,
        "duration" => Type::Duration,
        name => types[name].clone(),
    }
}

/// `{ name: "type = default" }`; a default is JSON. `email` is normalized.
fn fields_of(json: &Json, types: &Names) -> Vec<Field> {
    let field = |(name, note): (&String, &Json)| {
        let note = note.as_str().unwrap();
        let (note, default) = match note.split_once('=') {
            Some((note, default)) => (note, Some(default)),
            None => (note, None),
        };
        Field {
            name: name.as_str().into(),
            ty: ty(note, types),
            default: default.map(|it| serde_json::from_str(it).unwrap()),
            pii: false,
            normalize: (name == "email").then_some(Normalize::Email),
            at: format!("field {name}").into(),
        }
    };
    object(json).map(field).collect()
}

fn cel(json: &Json, events: &[Arc<str>]) -> Expr {
    let cel: Arc<str> = match json {
        Json::String(cel) => cel.as_str().into(),
        other => other.to_string().into(),
    };
    Expr {
        at: format!("cel {cel}").into(),
        events: events.to_vec(),
        cel,
    }
}

fn assigns(json: &Json, events: &[Arc<str>]) -> Vec<Assign> {
    let assign = |(name, value): (&String, &Json)| Assign {
        name: name.as_str().into(),
        value: cel(value, events),
    };
    object(json).map(assign).collect()
}

fn text(text: &str, events: &[Arc<str>]) -> Text {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once("${") {
        let (inner, after) = after.split_once('}').unwrap();
        parts.push(TextPart::Literal(literal.into()));
        parts.push(TextPart::Cel(cel(&inner.into(), events)));
        rest = after;
    }
    parts.push(TextPart::Literal(rest.into()));
    Text { parts }
}

fn with(json: &Json, events: &[Arc<str>]) -> BTreeMap<Arc<str>, Content> {
    let content = |value: &Json| match value {
        Json::String(it) => match it.strip_prefix("${").and_then(|it| it.strip_suffix('}')) {
            Some(inner) if !inner.contains("${") => Content::Value(cel(&inner.into(), events)),
            _ if it.contains("${") => Content::Text(text(it, events)),
            _ => Content::Literal(value.clone()),
        },
        other => Content::Literal(other.clone()),
    };
    (object(json).map(|(name, value)| (name.as_str().into(), content(value)))).collect()
}

fn event(name: &str, json: &Json, types: &Names) -> Event {
    let own: [Arc<str>; 1] = [name.into()];
    Event {
        name: name.into(),
        cloud_type: text_of(&json["type"]).unwrap_or(name.into()),
        fields: fields_of(&json["fields"], types),
        identify: vec![Identify {
            traveler: "customer".into(),
            by: assigns(&json["identify"], &own),
        }],
        update: assigns(&json["update"], &own),
        at: format!("event {name}").into(),
    }
}

fn traveler(name: &str, json: &Json, events: &[Event], types: &Names) -> Traveler {
    let traits = object(&json["traits"]).map(|(name, it)| trait_of(name, it, events));
    Traveler {
        name: name.into(),
        key: text_of(&json["key"]).unwrap(),
        identities: strings(&json["identities"]),
        profile: fields_of(&json["profile"], types),
        consents: strings(&json["consents"]),
        traits: traits.collect(),
        at: format!("traveler {name}").into(),
    }
}

fn trait_of(name: &str, json: &Json, events: &[Event]) -> Trait {
    let kinds = [
        ("count", Aggregate::Count),
        ("sum", Aggregate::Sum),
        ("min", Aggregate::Min),
        ("max", Aggregate::Max),
        ("avg", Aggregate::Avg),
        ("first", Aggregate::First),
        ("last", Aggregate::Last),
        ("list", Aggregate::List),
        ("distinct", Aggregate::Distinct),
    ];
    let (key, aggregate) = *kinds.iter().find(|(key, _)| !json[*key].is_null()).unwrap();
    let path = json[key].as_str().unwrap();
    let (source, field, field_type) = if let Some(template) = path.strip_prefix("send.") {
        (TraitSource::Send(template.into()), Vec::new(), Type::Int)
    } else {
        let mut parts = path.splitn(3, '.');
        let event = format!("{}.{}", parts.next().unwrap(), parts.next().unwrap());
        let declared = events.iter().find(|it| *it.name == *event).unwrap();
        let field: Vec<Arc<str>> = parts.next().map(Into::into).into_iter().collect();
        let found = field
            .first()
            .and_then(|f| declared.fields.iter().find(|it| it.name == *f));
        let ty = found.map_or(Type::Int, |it| it.ty.present().clone());
        (TraitSource::Event(event.as_str().into()), field, ty)
    };
    let ty = match aggregate {
        Aggregate::Count => Type::Int,
        Aggregate::Sum => field_type,
        Aggregate::Avg => Type::Double.nullable(),
        Aggregate::List | Aggregate::Distinct => Type::list(field_type),
        _ => field_type.nullable(),
    };
    let events: Vec<Arc<str>> = match &source {
        TraitSource::Event(name) => vec![name.clone()],
        _ => Vec::new(),
    };
    Trait {
        name: name.into(),
        ty,
        aggregate,
        source,
        field,
        within: duration(&json["within"]),
        keep: json["keep"].as_u64().map(|it| it as u32),
        when: (!json["when"].is_null()).then(|| cel(&json["when"], &events)),
        at: format!("trait {name}").into(),
    }
}

fn channel(name: &str, json: &Json) -> Channel {
    let then = |it: &Json| {
        if it["then"] == "defer" {
            Overflow::Defer
        } else {
            Overflow::Drop
        }
    };
    let at: Arc<str> = format!("channel {name}").into();
    let quiet = &json["quiet"];
    Channel {
        name: name.into(),
        via: Some("mailer".into()),
        address: (!json["address"].is_null()).then(|| cel(&json["address"], &[])),
        consent: text_of(&json["consent"]),
        caps: (list(&json["cap"]).into_iter())
            .map(|cap| Cap {
                max: cap["max"].as_u64().unwrap() as u32,
                per: duration(&cap["per"]).unwrap(),
                then: then(cap),
                at: at.clone(),
            })
            .collect(),
        quiet: quiet.is_object().then(|| Quiet {
            from: quiet["from"].as_str().unwrap().parse().unwrap(),
            to: quiet["to"].as_str().unwrap().parse().unwrap(),
            zone: (!quiet["zone"].is_null()).then(|| cel(&quiet["zone"], &[])),
            then: then(quiet),
            at: at.clone(),
        }),
        at,
    }
}

fn journey(name: &str, json: &Json, types: &Names) -> Journey {
    let names: Vec<Arc<str>> = (list(&json["milestones"]).into_iter())
        .filter_map(|it| text_of(&it["milestone"]))
        .collect();
    let start = triggers(&json["start"], "start");
    let first = start.iter().flat_map(events_of).collect::<Vec<_>>();
    let milestones = (list(&json["milestones"]).into_iter().enumerate()).map(|(index, it)| {
        let milestone = &names[index];
        let mut enter = triggers(&it["enter"], milestone);
        for trigger in &mut enter {
            if trigger.from.is_empty() {
                trigger.from = names[..index].to_vec();
            }
        }
        let mut events: Vec<_> = enter.iter().flat_map(events_of).collect();
        if index == 0 {
            events.extend(first.clone());
        }
        if it["event"] == false {
            events.clear();
        }
        let promise = &it["promise"];
        Milestone {
            name: milestone.clone(),
            title: None,
            promise: promise.is_object().then(|| Promise {
                within: duration(&promise["within"]).unwrap(),
                of: text_of(&promise["of"]),
                at: format!("promise {milestone}").into(),
            }),
            steps: steps(&it["do"], &events),
            detached: it["detached"] == true,
            rules: list(&it["rules"])
                .into_iter()
                .map(|it| rule(it, it))
                .collect(),
            enter,
            at: format!("milestone {milestone}").into(),
        }
    });
    let reentry = &json["reentry"];
    Journey {
        name: name.into(),
        title: None,
        lifecycle: None,
        traveler: "customer".into(),
        owner: None,
        status: match json["status"].as_str() {
            Some("shadow") => Status::Shadow,
            Some("paused") => Status::Paused,
            Some("hypothetical") => Status::Hypothetical,
            _ => Status::Live,
        },
        priority: json["priority"].as_i64().unwrap_or(0),
        happy_path: Vec::new(),
        key: json["key"].is_object().then(|| SessionKey {
            ty: Type::String,
            by: object(&json["key"])
                .map(|(event, it)| {
                    let event: Arc<str> = event.as_str().into();
                    (event.clone(), cel(it, &[event]))
                })
                .collect(),
        }),
        variables: fields_of(&json["variables"], types),
        start,
        reentry: match reentry {
            Json::String(_) => Reentry::Always,
            Json::Object(_) => Reentry::After {
                wait: duration(&reentry["after"]).unwrap(),
                since: if reentry["since"] == "start" {
                    Since::Start
                } else {
                    Since::End
                },
            },
            _ => Reentry::Never,
        },
        while_active: if json["while_active"] == "restart" {
            WhileActive::Restart
        } else {
            WhileActive::Ignore
        },
        milestones: milestones.collect(),
        rules: list(&json["rules"])
            .into_iter()
            .map(|it| rule(it, it))
            .collect(),
        end: triggers(&json["end"], "end"),
        at: format!("journey {name}").into(),
    }
}

fn rule(named: &Json, json: &Json) -> Rule {
    let name = text_of(&named["rule"]).unwrap();
    let trigger = trigger(json, &name);
    let mut events = events_of(&trigger);
    if let Some(given) = json["events"].as_array() {
        events = given.iter().filter_map(text_of).collect();
    }
    Rule {
        journeys: Vec::new(),
        steps: steps(&json["do"], &events),
        trigger,
        at: format!("rule {name}").into(),
        name,
    }
}

fn triggers(json: &Json, name: &str) -> Vec<Trigger> {
    list(json).into_iter().map(|it| trigger(it, name)).collect()
}

/// The events that a trigger names.
fn events_of(trigger: &Trigger) -> Vec<Arc<str>> {
    match &trigger.on {
        On::Any(any) => (any.iter())
            .filter_map(|it| match it {
                Occurrence::Event(name) => Some(name.clone()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn occurrence(text: &str) -> Occurrence {
    let parts: Vec<_> = text.split('.').collect();
    match parts[..] {
        ["start"] => Occurrence::Start,
        ["end"] => Occurrence::End,
        ["milestone", name] => Occurrence::Milestone(name.into()),
        ["segment", name, "entered"] => Occurrence::SegmentEntered(name.into()),
        ["segment", name, "left"] => Occurrence::SegmentLeft(name.into()),
        ["journey", name, "started"] => Occurrence::JourneyStarted(name.into()),
        ["journey", name, "ended"] => Occurrence::JourneyEnded(name.into()),
        _ => Occurrence::Event(text.into()),
    }
}

fn trigger(json: &Json, name: &str) -> Trigger {
    let on = if let Some(time) = duration(&json["after"]) {
        On::After(time)
    } else if let Some(time) = duration(&json["every"]) {
        On::Every(time)
    } else if let Some(cron) = text_of(&json["schedule"]) {
        On::Schedule {
            cron,
            zone: (!json["zone"].is_null()).then(|| cel(&json["zone"], &[])),
        }
    } else if json["on"].is_null() {
        On::Condition
    } else {
        On::Any(
            strings(&json["on"])
                .iter()
                .map(|it| occurrence(it))
                .collect(),
        )
    };
    let mut trigger = Trigger {
        on,
        when: None,
        set: Vec::new(),
        from: strings(&json["from"]),
        outcome: text_of(&json["outcome"]),
        at: format!("trigger {name}").into(),
    };
    let mut events = events_of(&trigger);
    if let Some(given) = json["events"].as_array() {
        events = given.iter().filter_map(text_of).collect();
    }
    trigger.when = (!json["when"].is_null()).then(|| cel(&json["when"], &events));
    trigger.set = assigns(&json["set"], &events);
    trigger
}

fn steps(json: &Json, events: &[Arc<str>]) -> Vec<Step> {
    let mut events = events.to_vec();
    let mut seen = BTreeMap::<String, u32>::new();
    let mut all = Vec::new();
    for it in list(json) {
        let kind = step(it, &mut events);
        let mut id = match &kind {
            StepKind::Send { template, .. } => format!("send {template}"),
            StepKind::Call { action, .. } => format!("call {action}"),
            StepKind::Emit { event, .. } => format!("emit {event}"),
            _ => it.as_object().unwrap().keys().next().unwrap().clone(),
        };
        for key in ["wait", "if", "split", "choose", "decide", "parallel"] {
            if !it[key].is_null() {
                id = key.into();
            }
        }
        let count = seen.entry(id.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            id = format!("{id} {count}");
        }
        all.push(Step {
            at: format!("step {id}").into(),
            id: it["id"].as_str().map_or(id.as_str().into(), Into::into),
            kind,
        });
    }
    all
}

fn step(it: &Json, events: &mut Vec<Arc<str>>) -> StepKind {
    if !it["wait"].is_null() {
        return StepKind::Wait(wait(&it["wait"], events));
    }
    let has = |key: &str| !it[key].is_null();
    let timeout = duration(&it["timeout"]);
    let transactional = it["transactional"] == true;
    if has("send") {
        StepKind::Send {
            template: text_of(&it["send"]).unwrap(),
            with: with(&it["with"], events),
            hold: it["hold"] == true,
            transactional,
        }
    } else if has("call") {
        StepKind::Call {
            action: text_of(&it["call"]).unwrap(),
            with: with(&it["with"], events),
            set: assigns(&it["set"], events),
            timeout,
            otherwise: steps(&it["else"], events),
            transactional,
        }
    } else if has("set") {
        StepKind::Set(assigns(&it["set"], events))
    } else if has("update") {
        StepKind::Update(assigns(&it["update"], events))
    } else if has("emit") {
        StepKind::Emit {
            event: text_of(&it["emit"]).unwrap(),
            with: with(&it["with"], events),
        }
    } else if has("if") {
        StepKind::If {
            condition: cel(&it["if"], events),
            then: steps(&it["then"], events),
            otherwise: steps(&it["else"], events),
        }
    } else if has("choose") {
        let choice = |it: &Json| Choice {
            when: (!it["when"].is_null()).then(|| cel(&it["when"], events)),
            steps: steps(
                if it["otherwise"].is_null() {
                    &it["do"]
                } else {
                    &it["otherwise"]
                },
                events,
            ),
            at: "choice".into(),
        };
        StepKind::Choose(list(&it["choose"]).into_iter().map(choice).collect())
    } else if has("split") {
        let split = &it["split"];
        let arm = |(name, arm): (&String, &Json)| Arm {
            name: name.as_str().into(),
            weight: arm["weight"].as_u64().unwrap_or(1) as u32,
            steps: steps(&arm["do"], events),
        };
        StepKind::Split(Split {
            name: text_of(&split["name"]).unwrap(),
            by_session: split["by"] == "session",
            arms: object(&split["arms"]).map(arm).collect(),
        })
    } else if has("decide") {
        let decide = &it["decide"];
        let offer = |it: &Json| Offer {
            name: text_of(&it["offer"]).unwrap(),
            when: (!it["when"].is_null()).then(|| cel(&it["when"], events)),
            score: cel(&it["score"], events),
            steps: steps(&it["do"], events),
            at: "offer".into(),
        };
        StepKind::Decide {
            name: text_of(&decide["name"]).unwrap(),
            among: list(&decide["among"]).into_iter().map(offer).collect(),
            fallback: steps(&decide["fallback"], events),
        }
    } else if has("parallel") {
        let blocks = it["parallel"].as_array().unwrap().iter();
        StepKind::Parallel(blocks.map(|block| steps(block, events)).collect())
    } else if has("goto") {
        StepKind::Goto(text_of(&it["goto"]).unwrap())
    } else {
        StepKind::End(text_of(&it["end"]).unwrap())
    }
}

fn wait(it: &Json, events: &mut Vec<Arc<str>>) -> Wait {
    if let Some(time) = duration(it) {
        events.clear();
        return Wait::For(time);
    }
    let wait = if it["at"].is_string() {
        let at = it["at"].as_str().unwrap();
        Wait::At {
            days: it["days"].as_u64().unwrap_or(0) as u32,
            at: match at.parse() {
                Ok(time) => TimeOfDay::Literal(time),
                Err(_) => TimeOfDay::Cel(cel(&it["at"], events)),
            },
            zone: (!it["zone"].is_null()).then(|| cel(&it["zone"], events)),
        }
    } else if !it["until"].is_null() {
        Wait::Until(cel(&it["until"], events))
    } else {
        let alternatives = match &it["any"] {
            Json::Null => vec![it],
            any => list(any),
        };
        let alternative = |it: &Json| {
            let trigger = trigger(it, "wait");
            let events = events_of(&trigger);
            Alternative {
                then: steps(&it["then"], &events),
                trigger,
            }
        };
        let any: Vec<_> = alternatives.into_iter().map(alternative).collect();
        *events = match &any[..] {
            [one] => events_of(&one.trigger),
            _ => Vec::new(),
        };
        return Wait::On {
            any,
            timeout: duration(&it["timeout"]),
            otherwise: steps(&it["else"], &[]),
        };
    };
    events.clear();
    wait
}
