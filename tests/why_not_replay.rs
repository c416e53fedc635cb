//! What `why-not` claims is played back: the change that it tells is made in the events, and then it
//! happens. Over generated conditions; and sessions are told apart where travelers are joined.

use cjoc::compile;
use cjoc::diagnostic::{Diagnostic, Severity};
use cjoc::dryrun::why::{self, Answer, Question, Wanted};
use cjoc::dryrun::{self, DryRun, samples};
use cjoc::engine::{Engine, Listening, What};
use cjoc::model::Model;
use cjoc::source::MemoryFiles;
use proptest::prelude::*;
use proptest::test_runner::TestRng;
use serde_json::{Map, Value, json};

const DIVIDES: &str = "this divides by zero";

const PEOPLE: &str = "\
traveler: person
key: id
identities: [id, visitor]
profile: { id: string | null, visitor: string | null }
---
connection: a
uses: std/webhook
events:
  begin: {}
  x: { fields: { n: int, m: int, d: double, e: double, w: duration, s: string, b: bool } }
";

/// The model; none where the compiler knows that a condition cannot be meant.
fn model(journey: &str) -> Option<Model> {
    let text = format!("{PEOPLE}---\n{journey}");
    let files = [
        (
            "cjoc.yaml".to_owned(),
            "name: w\nedition: 2026\n".to_owned(),
        ),
        ("w.yaml".to_owned(), text.clone()),
    ];
    let files: MemoryFiles = files.into_iter().collect();
    let outcome = compile::check(&files).expect("files in memory can be listed");
    let told = |it: &Diagnostic| it.severity == Severity::Error && it.message != DIVIDES;
    let errors: Vec<_> = outcome.diagnostics.iter().filter(|it| told(it)).collect();
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    outcome.model
}

fn event(number: usize, time: &str, kind: &str, subject: &str, data: &Value) -> String {
    let time = format!("2026-03-02T{time}:00Z");
    json!({
        "specversion": "1.0", "id": format!("e-{number}"), "source": "a", "type": kind,
        "time": time, "subject": subject, "data": data,
    })
    .to_string()
}

fn run(model: &Model, log: &str) -> DryRun {
    let engine = Engine::new(model).expect("it links");
    let samples = samples::read("e", log.as_bytes());
    dryrun::run_telling(&engine, samples, None, Listening::ToAll)
}

fn ask(model: &Model, log: &str, question: &Question) -> Answer {
    let done = run(model, log);
    let records = done.records.iter().collect();
    why::why_not(model, question, records, done.end, None).expect("it can be asked")
}

/// What an event holds.
#[derive(Clone, Debug)]
struct Facts(Map<String, Value>);

fn facts() -> impl Strategy<Value = Facts> {
    let whole = -20i64..200;
    let double = (-20i32..2_000).prop_map(|it| f64::from(it) / 10.0);
    (
        whole.clone(),
        whole,
        double.clone(),
        double,
        0u32..4_000,
        "[a-c]{1,2}",
        any::<bool>(),
    )
        .prop_map(|(n, m, d, e, w, s, b)| {
            let data = json!({
                "n": n, "m": m, "d": d, "e": e, "w": format!("{w}s"), "s": s, "b": b,
            });
            Facts(data.as_object().cloned().unwrap_or_default())
        })
}

fn whole() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("event.n".to_owned()),
        Just("event.m".to_owned()),
        (1i64..60).prop_map(|it| it.to_string()),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        (inner.clone(), prop_oneof!["[+*/-]"], inner)
            .prop_map(|(left, op, right)| format!("({left} {op} {right})"))
    })
}

fn double() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("event.d".to_owned()),
        Just("event.e".to_owned()),
        Just("double(event.n)".to_owned()),
        (1i64..90).prop_map(|it| format!("{it}.5")),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        (inner.clone(), prop_oneof!["[+*/-]"], inner)
            .prop_map(|(left, op, right)| format!("({left} {op} {right})"))
    })
}

fn condition() -> impl Strategy<Value = String> {
    let order = || {
        prop_oneof![
            Just("<"),
            Just("<="),
            Just(">"),
            Just(">="),
            Just("=="),
            Just("!=")
        ]
    };
    let leaf = prop_oneof![
        4 => (whole(), order(), whole()).prop_map(|(l, op, r)| format!("{l} {op} {r}")),
        3 => (double(), order(), double()).prop_map(|(l, op, r)| format!("{l} {op} {r}")),
        1 => (0u32..60).prop_map(|it| format!("event.w > duration(\"{it}m\")")),
        1 => "[a-c]{1,2}".prop_map(|it| format!("event.s == \"{it}\"")),
        1 => "[a-c]".prop_map(|it| format!("event.s.startsWith(\"{it}\")")),
        1 => Just("event.b".to_owned()),
    ];
    leaf.prop_recursive(3, 10, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l} && {r})")),
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l} || {r})")),
            inner.clone().prop_map(|it| format!("!({it})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(c, l, r)| format!("({c} ? {l} : {r})")),
        ]
    })
}

/// The facts with the changes that were told; none where one is no value of an event.
fn changed(facts: &Facts, answer: &Answer) -> Option<Facts> {
    let mut facts = facts.clone();
    let moment = answer.moments.iter().find(|it| !it.changes.is_empty())?;
    for change in &moment.changes {
        let name = change.fact.strip_prefix("event.")?;
        let value = match &change.to {
            Wanted::Value(value) => cjoc::cel::to_json(value),
            Wanted::Other => json!(format!("{}…", facts.0[name].as_str()?)),
            Wanted::Present => return None,
        };
        facts.0.insert(name.to_owned(), value);
    }
    Some(facts)
}

#[test]
fn a_change_that_is_told_lets_it_happen() {
    let config = ProptestConfig {
        cases: 160,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        config,
        TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let (told, silent) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let property = |(condition, facts): (String, Facts)| {
        let quoted = Value::String(condition.clone());
        let Some(model) = model(&format!(
            "journey: j\ntraveler: person\nvariables: {{ v: int = 0 }}\nstart: {{ on: a.begin }}\nmilestones: {{ m: {{}} }}\n\
             rules:\n  - rule: r\n    on: a.x\n    when: {quoted}\n    do: [{{ set: {{ v: 1 }} }}]\n\
             end: {{ after: 9d, outcome: over }}\n"
        )) else {
            return Ok(());
        };
        let log = |facts: &Facts| {
            let begin = event(1, "10:00", "a.begin", "t", &json!({}));
            let data = Value::Object(facts.0.clone());
            format!("{begin}\n{}\n", event(2, "11:00", "a.x", "t", &data))
        };
        let fires = |facts: &Facts| {
            let records = run(&model, &log(facts)).records;
            records
                .iter()
                .any(|it| matches!(it.what, What::RuleFired { .. }))
        };
        if fires(&facts) {
            return Ok(());
        }
        let answer = ask(&model, &log(&facts), &Question::Rule("r".into()));
        match changed(&facts, &answer) {
            Some(changed) => {
                told.set(told.get() + 1);
                prop_assert!(fires(&changed), "{condition} of {facts:?} by {changed:?}");
            }
            None => silent.set(silent.get() + 1),
        }
        Ok(())
    };
    runner
        .run(&(condition(), facts()), property)
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(
        told.get() > silent.get(),
        "{} told, {} silent",
        told.get(),
        silent.get()
    );
}

/// Two sessions had the number 1, until their travelers turned out to be one.
#[test]
fn sessions_of_one_number_are_told_apart() {
    let model = model(
        "connection: who\nuses: std/webhook\nevents:\n  visit: { identify: { visitor: trigger.subject } }\n  \
         move: { identify: { visitor: trigger.subject } }\n  \
         seen: { fields: { id: string, visitor: string }, identify: { id: event.id, visitor: event.visitor } }\n\
         ---\njourney: j\ntraveler: person\nstart: [{ on: a.begin }, { on: who.visit }]\n\
         milestones:\n  m: {}\n  p: { enter: { on: a.x, when: event.b } }\n  \
         q: { enter: { on: a.x, from: [m], when: event.n > 5 } }\n\
         end: { after: 9d, outcome: over }\n",
    )
    .expect("it compiles");
    let x = |b: bool| json!({"n": 1, "m": 1, "d": 1, "e": 1, "w": "1s", "s": "a", "b": b});
    let log = [
        event(1, "09:00", "who.move", "v", &json!({})),
        event(2, "10:00", "a.begin", "n", &json!({})),
        event(3, "12:00", "who.visit", "v", &json!({})),
        event(4, "12:30", "a.x", "n", &x(true)),
        event(
            5,
            "13:00",
            "who.seen",
            "n",
            &json!({"id": "n", "visitor": "v"}),
        ),
        event(6, "14:00", "a.x", "n", &x(false)),
    ];
    let answer = ask(&model, &log.join("\n"), &Question::Milestone("q".into()));
    let told: Vec<String> = answer
        .moments
        .iter()
        .map(|it| {
            format!(
                "{} {:?} {}",
                it.time.unwrap_or_default(),
                it.session,
                it.text
            )
        })
        .collect();
    let last = told.last().map(String::as_str).unwrap_or_default();
    assert_eq!(
        last, "2026-03-02T14:00:00Z Some(1) the session is in p, and it can be entered only from m",
        "{told:#?}"
    );
}
