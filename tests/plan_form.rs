//! The form of a plan: it fits its schema, its ids stay, what was changed is refused, and what is
//! as deep as can be is written and read.

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cjoc::compile;
use cjoc::engine::Engine;
use cjoc::plan::{MAX_NESTING, Plan, PlanError, schema};
use cjoc::source::{MemoryFiles, OsFiles};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::cjoc;

const WORKSPACES: [&str; 7] = [
    "examples/nto",
    "examples/shop",
    "examples/bank",
    "examples/telecom",
    "tests/workspaces/airline",
    "tests/workspaces/claims",
    "tests/workspaces/onboarding",
];

static SCHEMA: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::draft202012::new(&schema::schema()).expect("it is a schema"));

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn plan_of(workspace: &str) -> Plan {
    let outcome = compile::check(&OsFiles::new(root(workspace))).expect("the workspace is there");
    Plan::new(outcome.model.expect("the workspace compiles"))
}

/// The plan of one file of declarations, or what is wrong with it.
fn plan_of_text(text: &str) -> Result<Plan, Vec<String>> {
    let files: MemoryFiles = [
        ("cjoc.yaml", "name: t\nedition: 2026\n"),
        ("all.yaml", text),
    ]
    .into_iter()
    .collect();
    let outcome = compile::check(&files).expect("memory can be read");
    let found = outcome.diagnostics.iter();
    let wrong = found
        .map(|it| format!("{}: {}", it.code.name, it.message))
        .collect();
    outcome.model.map(Plan::new).ok_or(wrong)
}

fn unfit(json: &Value) -> Option<String> {
    let error = SCHEMA.iter_errors(json).next()?;
    Some(format!("{error} at {}", error.instance_path()))
}

#[test]
fn the_copy_of_the_schema_is_what_the_program_prints() {
    let ran = cjoc(&["schema", "plan"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let copy = root("spec/schema/plan.json");
    if std::env::var_os("CJOC_UPDATE").is_some() {
        std::fs::write(&copy, &ran.out).expect("the copy can be written");
    }
    let written = std::fs::read_to_string(&copy).unwrap_or_default();
    assert!(
        written == ran.out,
        "spec/schema/plan.json is out of date: run `CJOC_UPDATE=1 cargo test --test plan_form`"
    );
    assert!(jsonschema::meta::is_valid(&schema::schema()));
}

#[test]
fn every_workspace_has_a_plan_that_fits_the_schema_and_reads_back() {
    for workspace in WORKSPACES {
        let plan = plan_of(workspace);
        let text = plan.to_json();
        let json: Value = serde_json::from_str(&text).expect("a plan is JSON");
        assert_eq!(unfit(&json), None, "{workspace}");
        let read = Plan::from_json(&text).unwrap_or_else(|error| panic!("{workspace}: {error}"));
        assert_eq!(read.to_json(), text, "{workspace}");
    }
}

/// Calls `see` with every object of a document and the key that it stands under.
fn objects<'a>(json: &'a Value, key: &'a str, see: &mut impl FnMut(&'a str, &'a Value)) {
    match json {
        Value::Object(map) => {
            see(key, json);
            map.iter().for_each(|(key, value)| objects(value, key, see));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, key, see)),
        _ => {}
    }
}

#[test]
fn everything_that_has_an_expression_has_a_tree_with_types_and_places() {
    for workspace in WORKSPACES {
        let json: Value = serde_json::from_str(&plan_of(workspace).to_json()).expect("JSON");
        let (mut trees, mut places) = (0, 0);
        objects(&json, "", &mut |_, object| {
            if object.get("cel").is_none_or(|it| !it.is_string()) {
                return;
            }
            let place = object["at"].as_str().unwrap_or_default();
            let mut parts = place.rsplitn(3, ':');
            let numbers = parts.by_ref().take(2).all(|it| it.parse::<u32>().is_ok());
            places += usize::from(numbers && parts.next().is_some());
            objects(&object["tree"], "", &mut |_, node| {
                let said = node["type"].is_string() && node["at"].is_string();
                assert!(said || node["bind"].is_string(), "{node}");
            });
            let ty = object["tree"]["type"].as_str().unwrap_or_default();
            assert!(!["", "unknown", "dyn"].contains(&ty), "{object}");
            trees += 1;
        });
        assert!(
            trees > 20 && places == trees,
            "{workspace}: {trees}, {places}"
        );
    }
}

#[test]
fn a_condition_is_told_as_text_and_as_a_tree() {
    let plan = plan_of("examples/nto");
    let json: Value = serde_json::from_str(&plan.to_json()).expect("JSON");
    let when = &json["model"]["journeys"][0]["start"][0]["when"];
    assert_eq!(when["cel"], "event.product.category == \"backpack\"");
    let path = json!({ "path": ["event", "product", "category"], "type": "string", "at": "0..22" });
    let literal = json!({ "literal": "backpack", "type": "string", "at": "26..36" });
    assert_eq!(
        when["tree"],
        json!({ "call": "==", "args": [path, literal], "type": "bool", "at": "0..36" })
    );
}

const BASE: &str = "\
traveler: customer
key: id
identities: [id]
profile: { id: string | null, score: int = 0, address: string | null }
---
connection: shop
uses: std/webhook
events:
  a: { fields: { n: int }, identify: { id: trigger.subject }, update: { score: event.n } }
actions:
  ring: { params: { text: string } }
";

const JOURNEYS: &str = "\
---
journey: j
traveler: customer
start: { on: shop.a }
milestones:
  one:
    do:
      - if: traveler.score > 1
        then: [{ call: shop.ring, with: { text: one } }]
        else: [{ wait: 1d }, { call: shop.ring, with: { text: two } }]
      - parallel:
          - [{ wait: 1d }, { call: shop.ring, with: { text: x } }]
          - [{ call: shop.ring, with: { text: y } }]
  two: { enter: { on: shop.a } }
rules:
  - { rule: r, on: shop.a, do: [{ call: shop.ring, with: { text: r } }] }
  - { rule: s, on: shop.a, do: [{ call: shop.ring, with: { text: s } }] }
end: { after: 60d, outcome: over }
---
rule: g
in: [j]
on: start
do: [{ call: shop.ring, with: { text: g } }]
";

/// The same: other order of documents, rules, branches and steps, other layout, a step more.
const REORDERED: &str = "\
---
rule: g
do:
  - call: shop.ring
    with: { text: g }
in: [j]
on: start
---
# Somewhere else.
journey: j
traveler: customer
rules:
  - rule: s
    on: shop.a
    do:
      - call: shop.ring
        with:
          text: s
  - rule: r
    on: shop.a
    do:
      - call: shop.ring
        with: { text: \"r\" }
start:
  on: shop.a
milestones:
  one:
    do:
      - parallel:
          - [{ call: shop.ring, with: { text: y } }]
          - [{ wait: 1d }, { call: shop.ring, with: { text: x } }]
      - wait: 1h
      - if: traveler.score > 1
        then:
          - call: shop.ring
            with: { text: one }
        else:
          - wait: 1d
          - call: shop.ring
            with: { text: two }
  two: { enter: { on: shop.a } }
end: { after: 60d, outcome: over }
";

fn ids(text: &str) -> BTreeSet<String> {
    let plan = plan_of_text(text).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let json: Value = serde_json::from_str(&plan.to_json()).expect("JSON");
    let mut ids = BTreeSet::new();
    objects(&json, "", &mut |_, object| {
        if let Some(id) = object["id"].as_str() {
            assert!(ids.insert(id.to_owned()), "two have the id {id}");
        }
    });
    ids
}

#[test]
fn ids_stay_when_things_are_moved_and_laid_out_anew() {
    let before = ids(&format!("{BASE}{JOURNEYS}"));
    let after = ids(&format!("{BASE}{REORDERED}"));
    let new: Vec<_> = after.difference(&before).collect();
    assert_eq!(new, ["journeys/j/milestones/one/do/wait"]);
    assert_eq!(before.difference(&after).count(), 0);
    for id in [
        "journeys/j",
        "journeys/j/milestones/one",
        "journeys/j/milestones/one/do/if/else/call shop.ring",
        "journeys/j/milestones/one/do/parallel/wait/call shop.ring",
        "journeys/j/rules/r/do/call shop.ring",
        "rules/g",
    ] {
        assert!(before.contains(id), "{id} is not in {before:#?}");
    }
}

#[test]
fn ids_are_unique_in_every_workspace() {
    for workspace in WORKSPACES {
        let json: Value = serde_json::from_str(&plan_of(workspace).to_json()).expect("JSON");
        let mut ids = BTreeSet::new();
        objects(&json["model"], "", &mut |_, object| {
            if let Some(id) = object["id"].as_str() {
                assert!(
                    ids.insert(id.to_owned()),
                    "{workspace}: two have the id {id}"
                );
            }
        });
        assert!(ids.len() > 10, "{workspace}");
    }
}

static SMALL: LazyLock<String> = LazyLock::new(|| {
    plan_of_text(&format!("{BASE}{JOURNEYS}"))
        .expect("it compiles")
        .to_json()
});

/// With all kinds of declarations and most kinds of steps.
static LARGE: LazyLock<String> = LazyLock::new(|| plan_of("examples/shop").to_json());

/// Every place in a document.
fn pointers(json: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match json {
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(value, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointers(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// What stands at a place, changed.
fn changed(json: &mut Value, pointer: &str, how: u8) {
    let Some(value) = json.pointer_mut(pointer) else {
        return;
    };
    *value = match how {
        0 => Value::Null,
        1 => json!(-1),
        2 => json!("other"),
        3 => json!([]),
        4 => json!({ "other": 1 }),
        5 => json!(1.5),
        6 => {
            if let Some(map) = value.as_object_mut() {
                let first = map.keys().next().cloned();
                first.and_then(|key| map.remove(&key));
            }
            value.take()
        }
        _ => {
            if let Some(map) = value.as_object_mut() {
                map.insert("unheard_of".to_owned(), json!(true));
            }
            value.take()
        }
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_the_reader_refuses_by_its_shape_the_schema_refuses(
        at in any::<prop::sample::Index>(), how in 0..8_u8, large in 0..8_u8,
    ) {
        let text = if large == 0 { &LARGE } else { &SMALL };
        let before: Value = serde_json::from_str(text).expect("JSON");
        let mut places = Vec::new();
        pointers(&before, "", &mut places);
        let mut json = before.clone();
        changed(&mut json, &places[at.index(places.len())], how);
        let read = Plan::from_json(&json.to_string());
        if json == before {
            prop_assert!(read.is_ok());
            return Ok(());
        }
        match read {
            Ok(_) => prop_assert!(false, "{} is taken", json),
            // A tree or an id that does not follow from its text has the right shape.
            Err(PlanError::Malformed(why))
                if why.contains("says something else") || why.contains("is no expression")
                    || why.starts_with("the id") => {}
            Err(PlanError::Hash { .. }) => {}
            Err(error) => prop_assert!(unfit(&json).is_some(), "{error}: {}", &places[at.index(places.len())]),
        }
    }

    #[test]
    fn changed_bytes_never_make_another_plan(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = SMALL.clone().into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(plan) = Plan::from_json(&text) {
            prop_assert_eq!(plan.to_json(), SMALL.as_str());
        }
    }

    #[test]
    fn any_text_is_refused_with_one_line(text in "\\PC{0,60}") {
        let error = Plan::from_json(&text).expect_err("it is no plan").to_string();
        prop_assert!(!error.contains('\n') && error.len() < 1000, "{}", error);
    }
}

/// Steps within steps, `levels` deep.
fn nested(levels: usize, open: &str, close: &str) -> String {
    let inner = "{ call: shop.ring, with: { text: x } }";
    format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
}

fn journey_of(steps: &str) -> String {
    format!(
        "{BASE}---\njourney: j\ntraveler: customer\nstart: {{ on: shop.a }}\nmilestones:\n  one:\n    \
         do: [{steps}]\nend: {{ after: 60d, outcome: over }}\n"
    )
}

/// What is so many levels deep.
type Deep = Box<dyn Fn(usize) -> String>;

/// The deepest that compiles of every kind of nesting can be written, read and run.
#[test]
fn what_compiles_can_be_read_however_deep_it_is() {
    let expression = |text: String| {
        journey_of(&format!(
            "{{ if: '{text}', then: [{{ call: shop.ring, with: {{ text: x }} }}] }}"
        ))
    };
    let kinds: Vec<(&str, usize, Deep)> = vec![
        (
            "if",
            62,
            Box::new(|levels| {
                journey_of(&nested(levels, "{ if: traveler.score > 1, then: [", "] }"))
            }),
        ),
        (
            "wait",
            62,
            Box::new(|levels| {
                journey_of(&nested(levels, "{ wait: { on: shop.a, then: [", "] } }"))
            }),
        ),
        (
            "choose",
            62,
            Box::new(|levels| {
                journey_of(&nested(
                    levels,
                    "{ choose: [{ when: traveler.score > 1, do: [",
                    "] }] }",
                ))
            }),
        ),
        (
            "parallel",
            62,
            Box::new(|levels| {
                journey_of(&nested(levels, "{ parallel: [[", "], [{ wait: 1d }]] }"))
            }),
        ),
        (
            "expression",
            250,
            Box::new(move |levels| {
                expression(format!(
                    "{}traveler.score > 1{}",
                    "!(".repeat(levels),
                    ")".repeat(levels)
                ))
            }),
        ),
        (
            "sum",
            250,
            Box::new(move |levels| {
                journey_of(&format!(
                    "{{ update: {{ score: \"traveler.score{}\" }} }}",
                    " + 1".repeat(levels)
                ))
            }),
        ),
        (
            "types",
            160,
            Box::new(|levels| {
                let mut types = String::new();
                for level in 0..levels / 2 {
                    let _ = writeln!(types, "  T{level}: {{ x: list(T{}) }}", level + 1);
                }
                let last = format!("  T{}: {{ x: int }}\n", levels / 2);
                BASE.replace("events:", &format!("types:\n{types}{last}events:\n  t: {{ fields: {{ x: T0 }}, identify: {{ id: trigger.subject }} }}"))
            }),
        ),
    ];
    for (kind, most, deep) in kinds {
        let (mut written, mut refused) = (0, 0);
        // Every fourth level, and the last that compiles.
        for levels in (1..=most).filter(|level| level % 4 == 0 || level + 6 > most) {
            match plan_of_text(&deep(levels)) {
                Ok(plan) => {
                    let read = Plan::from_json(&plan.to_json());
                    let read = read.unwrap_or_else(|error| panic!("{kind} {levels}: {error}"));
                    assert!(Engine::new(&read.model).is_ok(), "{kind} {levels}");
                    written = levels;
                }
                Err(wrong) => {
                    let told = wrong.iter().any(|it| it.starts_with("limit-exceeded"));
                    assert!(told, "{kind} {levels}: {wrong:?}");
                    refused += 1;
                }
            }
        }
        assert!(
            written > 20 && refused > 0,
            "{kind}: {written} written, {refused} refused"
        );
    }
}

#[test]
fn what_is_deeper_than_any_plan_is_refused_before_it_is_read() {
    let deep = format!("{{\"version\":1,\"x\":{}", "[".repeat(MAX_NESTING + 1));
    assert_eq!(Plan::from_json(&deep), Err(PlanError::TooDeep));
    let error = PlanError::TooDeep.to_string();
    assert!(error.contains("levels within one another"), "{error}");
}

#[test]
fn types_that_unfold_without_end_are_refused_at_their_place() {
    let mut types = String::new();
    for level in 0..40 {
        let _ = writeln!(types, "  T{level}: {{ a: T{0}, b: T{0} }}", level + 1);
    }
    let text = BASE.replace(
        "events:",
        &format!("types:\n{types}  T40: {{ a: int }}\nevents:"),
    );
    let wrong = plan_of_text(&text).expect_err("it is too large");
    assert!(wrong[0].starts_with("limit-exceeded: `T"), "{wrong:?}");
}
