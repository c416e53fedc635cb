//! What holds for any events, over the example workspaces: two runs are equal, so is one that is
//! saved and loaded on the way, so is one of a plan that was written and read, and nobody's events
//! change what happens to others.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use cjoc::compile;
use cjoc::dryrun::{self, samples};
use cjoc::engine::{Engine, Incoming, State};
use cjoc::plan::Plan;
use cjoc::render::trace_json;
use cjoc::source::OsFiles;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::Value;

const EXAMPLES: [&str; 4] = ["nto", "shop", "bank", "telecom"];

/// A workspace, linked as it was compiled and as it was read back, and its sample events.
struct Example {
    engine: Engine,
    read_back: Engine,
    identities: BTreeSet<String>,
    events: Vec<Value>,
}

static LINKED: LazyLock<Vec<Example>> = LazyLock::new(|| {
    let example = |name: &&str| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples")
            .join(name);
        let text = std::fs::read_to_string(root.join("events.jsonl")).expect("it has events");
        let outcome = compile::check(&OsFiles::new(root)).expect("the example is there");
        let model = outcome.model.expect("the example compiles");
        let named = model.travelers.iter().flat_map(|it| &it.identities);
        let identities = named.map(ToString::to_string).collect();
        let engine = Engine::new(&model).expect("it links");
        let plan = Plan::new(model);
        let read = Plan::from_json(&plan.to_json()).expect("a plan reads back");
        Example {
            engine,
            read_back: Engine::new(&read.model).expect("it links"),
            identities,
            events: (text.lines().filter(|line| !line.trim().is_empty()))
                .map(|line| serde_json::from_str(line).expect("samples are JSON"))
                .collect(),
        }
    };
    EXAMPLES.iter().map(example).collect()
});

/// Which sample event, how many minutes after the one before, whether under an id of its own.
type Pick = (prop::sample::Index, u16, bool);

fn log() -> impl Strategy<Value = (usize, Vec<Pick>)> {
    let pick = (any::<prop::sample::Index>(), 0..4000_u16, any::<bool>());
    (0..EXAMPLES.len(), prop::collection::vec(pick, 1..40))
}

/// The events that were picked, in the order of their times.
fn events(example: &Example, picks: &[Pick]) -> Vec<Value> {
    let mut time: Timestamp = "2026-03-27T12:00:00Z".parse().expect("a time");
    let made = picks
        .iter()
        .enumerate()
        .map(|(number, (pick, minutes, own))| {
            // Many at one instant: that is where order matters.
            let minutes = if minutes % 3 == 0 {
                0
            } else {
                i64::from(*minutes)
            };
            time += SignedDuration::from_mins(minutes);
            let mut event = pick.get(&example.events).clone();
            event["time"] = time.to_string().into();
            if *own {
                event["id"] = format!("own-{number}").into();
            }
            event
        });
    made.collect()
}

fn end(events: &[Value]) -> Timestamp {
    let last = events.last().and_then(|event| event["time"].as_str());
    let last: Timestamp = last.expect("there are events").parse().expect("a time");
    last + SignedDuration::from_hours(24 * 40)
}

fn trace(engine: &Engine, events: &[Value], until: Timestamp) -> String {
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    let samples = samples::read("events.jsonl", lines.join("\n").as_bytes());
    trace_json::lines(&dryrun::run(engine, samples, Some(until)).records)
}

/// The same, saved and loaded before the event at `split`.
fn trace_in_two(engine: &Engine, events: &[Value], until: Timestamp, split: usize) -> String {
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    let mut state = State::default();
    let mut records = Vec::new();
    for (index, sample) in samples::read("events.jsonl", lines.join("\n").as_bytes())
        .into_iter()
        .enumerate()
    {
        if index == split {
            state = engine
                .load(&engine.save(&state))
                .expect("a state reads back");
        }
        let event = Incoming::from(sample.content.expect("samples are events"));
        engine.advance_before(&mut state, event.time, &mut |it| records.push(it));
        engine.handle(&mut state, &event, &mut |it| records.push(it));
    }
    state = engine
        .load(&engine.save(&state))
        .expect("a state reads back");
    engine.advance(&mut state, until, &mut |it| records.push(it));
    trace_json::lines(&records)
}

/// The lines of a log, some of them damaged: no JSON, no event, of nobody, or of another type.
fn damaged(events: &[Value], harm: &[u8]) -> String {
    let mut lines = String::new();
    for (index, event) in events.iter().enumerate() {
        let mut event = event.clone();
        match harm[index % harm.len()] {
            1 => event["type"] = "no.such.event".into(),
            2 => event["subject"] = Value::Null,
            3 => event["specversion"] = "0.3".into(),
            4 => event["data"] = Value::from("text"),
            5 => {
                event["data"]["new_field"] = serde_json::json!([1e3, "\t\u{1F600}", { "a": null }]);
            }
            6 => event["subject"] = format!("{}\\\"é", event["subject"]).into(),
            7 => event["time"] = Value::from("soon"),
            8 => lines.push_str("  \r\n"),
            _ => {}
        }
        let line = match harm[index % harm.len()] {
            9 => event.to_string().replace(',', " ,\t").replace('}', "\r}"),
            10 => event.to_string().chars().take(40).collect(),
            11 => serde_json::to_string_pretty(&event)
                .unwrap_or_default()
                .replace('\n', " "),
            _ => event.to_string(),
        };
        lines.push_str(&line);
        lines.push_str(if index % 2 == 0 { "\n" } else { "\r\n" });
    }
    lines
}

/// All texts in a value, as identities compare.
fn texts(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            into.insert(text.trim().to_lowercase());
        }
        Value::Number(number) => {
            into.insert(number.to_string());
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, into)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// The events by who they may concern: those that name an identity in common are together.
fn apart(example: &Example, events: &[Value], trace: &str) -> Vec<Vec<usize>> {
    let mut known = BTreeSet::new();
    for line in trace.lines() {
        let record: Value = serde_json::from_str(line).expect("a trace is JSON");
        let name = record["name"].as_str().unwrap_or_default();
        if record["kind"] == "profile_changed" && example.identities.contains(name) {
            texts(&record["value"], &mut known);
        }
    }
    let mut groups: Vec<(BTreeSet<String>, Vec<usize>)> = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let mut named = BTreeSet::new();
        texts(&event["subject"], &mut named);
        texts(&event["data"], &mut named);
        // A repeated id is dropped whoever it concerns.
        let mut all: BTreeSet<String> = named.intersection(&known).cloned().collect();
        all.insert(format!("{} {}", event["source"], event["id"]));
        let mut indices = vec![index];
        groups.retain(|(names, members)| {
            let other = names.is_disjoint(&all);
            if !other {
                all.extend(names.iter().cloned());
                indices.extend(members);
            }
            other
        });
        indices.sort_unstable();
        groups.push((all, indices));
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

/// The lines that tell of travelers, each as who and what.
fn of_travelers(trace: &str) -> Vec<(String, &str)> {
    let told = trace.lines().filter_map(|line| {
        let record: Value = serde_json::from_str(line).expect("a trace is JSON");
        Some((record["traveler"].as_str()?.to_owned(), line))
    });
    told.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_runs_are_equal_also_of_a_plan_that_was_read_back((which, picks) in log()) {
        let example = &LINKED[which];
        let events = events(example, &picks);
        let first = trace(&example.engine, &events, end(&events));
        prop_assert!(!first.is_empty());
        prop_assert_eq!(&trace(&example.engine, &events, end(&events)), &first);
        prop_assert_eq!(&trace(&example.read_back, &events, end(&events)), &first);
    }

    #[test]
    fn a_run_that_is_saved_on_the_way_is_the_same((which, picks) in log(), split in 0..40_usize) {
        let example = &LINKED[which];
        let events = events(example, &picks);
        let whole = trace(&example.engine, &events, end(&events));
        let split = split % events.len();
        prop_assert_eq!(trace_in_two(&example.engine, &events, end(&events), split), whole);
    }

    /// However the log is read, and by however many threads.
    #[test]
    fn what_is_only_counted_is_what_happens(
        (which, picks) in log(),
        harm in prop::collection::vec(0..12_u8, 1..8),
        whole in any::<bool>(),
    ) {
        let example = &LINKED[which];
        let events = events(example, &picks);
        let text = damaged(&events, &harm);
        let until = whole.then(|| end(&events));
        let samples = samples::read("events.jsonl", text.as_bytes());
        let known = dryrun::run(&example.engine, samples, until).counts;
        for threads in 1..4 {
            let counted = dryrun::count(&example.engine, &mut text.as_bytes(), until, threads);
            // What has no time before anything that has one is left to the other way.
            if let Some(counted) = counted.expect("memory can be read") {
                prop_assert_eq!(counted, known);
            } else {
                prop_assert!(harm.contains(&7) || harm.contains(&10));
            }
        }
    }

    #[test]
    fn nobody_changes_what_happens_to_others((which, picks) in log()) {
        let example = &LINKED[which];
        let events = events(example, &picks);
        let whole = trace(&example.engine, &events, end(&events));
        let all = of_travelers(&whole);
        for members in apart(example, &events, &whole) {
            let own: Vec<Value> = members.iter().map(|index| events[*index].clone()).collect();
            let alone = trace(&example.engine, &own, end(&events));
            let alone = of_travelers(&alone);
            let who: BTreeSet<&String> = alone.iter().map(|(who, _)| who).collect();
            let together: Vec<_> = all.iter().filter(|(it, _)| who.contains(it)).cloned().collect();
            prop_assert_eq!(alone, together);
        }
    }
}
