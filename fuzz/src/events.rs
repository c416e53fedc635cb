//! Sample events through the engine of a sound workspace: whatever they are, they are told, timers
//! fire, and a state that is saved and loaded again goes on as if nothing had happened.

use std::sync::LazyLock;

use cjoc::compile;
use cjoc::dryrun::{self, samples};
use cjoc::engine::{Engine, Incoming, Record, State};
use cjoc::model::Model;
use cjoc::render::{Look, counts, timeline, trace_json};
use cjoc::source::MemoryFiles;

use crate::check::split;
use crate::held;

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let files: MemoryFiles = split(include_str!("../seeds/check/nto"))
        .into_iter()
        .collect();
    let outcome = compile::check(&files).expect("memory can be listed");
    outcome.model.expect("the example compiles")
});

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(&MODEL).expect("the example links"));

pub fn run(data: &[u8]) {
    dry_run(&ENGINE, data);
}

/// Reads samples, runs them and shows what came of it.
pub fn dry_run(engine: &Engine, data: &[u8]) {
    let samples = samples::read("events.jsonl", data);
    for sample in &samples {
        assert!(
            sample.place.starts_with("events.jsonl:"),
            "{}",
            sample.place
        );
    }
    show(engine, samples);
}

/// Runs samples and shows what came of it.
pub fn show(engine: &Engine, samples: Vec<samples::Sample>) {
    in_two_halves(engine, &samples);
    let ran = dryrun::run(engine, samples, None);
    let shown = timeline::render(&ran.records, Look::plain());
    held::harmless(&shown, "the timeline");
    held::harmless(&counts::human(ran.counts, Look::plain()), "the counts");
    for line in trace_json::lines(&ran.records).lines() {
        let record: Result<serde_json::Value, _> = serde_json::from_str(line);
        assert!(
            record.is_ok_and(|it| it.is_object()),
            "a line of a trace is an object: {line}"
        );
    }
}

/// A state is what it was after it was saved and loaded, between any two events.
fn in_two_halves(engine: &Engine, samples: &[samples::Sample]) {
    let mut events: Vec<Incoming> = samples
        .iter()
        .filter_map(|sample| sample.content.as_ref().ok())
        .map(|event| Incoming {
            id: event.id.clone(),
            source: event.source.clone(),
            cloud_type: event.name.clone(),
            time: event.time,
            subject: event.subject.clone(),
            data: event.data.clone(),
            arrives: None,
        })
        .collect();
    events.sort_by_key(|event| event.time);
    let mut whole = State::default();
    let mut halves = State::default();
    let mut of_whole: Vec<Record> = Vec::new();
    let mut of_halves: Vec<Record> = Vec::new();
    for (index, event) in events.iter().take(40).enumerate() {
        if index == events.len().min(40) / 2 {
            let saved = engine.save(&halves);
            halves = engine.load(&saved).expect("it was saved by us");
            assert_eq!(engine.save(&halves), saved, "saving twice gives the same");
        }
        for (state, records) in [(&mut whole, &mut of_whole), (&mut halves, &mut of_halves)] {
            engine.advance_before(state, event.time, &mut |record| records.push(record));
            engine.handle(state, event, &mut |record| records.push(record));
        }
    }
    assert_eq!(trace_json::lines(&of_whole), trace_json::lines(&of_halves));
}
