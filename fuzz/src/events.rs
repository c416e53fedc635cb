//! Sample events through the engine of a sound workspace: whatever they are, they are told, timers
//! fire, and a state that is saved and loaded again goes on as if nothing had happened.

use std::sync::LazyLock;

use cjoc::compile;
use cjoc::dryrun::why::{self, Conditions, Question};
use cjoc::dryrun::{self, samples};
use cjoc::engine::{Engine, Incoming, Listening, Record, State, What};
use cjoc::model::Model;
use cjoc::render::{Look, counts, timeline, trace_json, why_not};
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
    dry_run(&MODEL, &ENGINE, data);
}

/// Reads samples, runs them and shows what came of it.
pub fn dry_run(model: &Model, engine: &Engine, data: &[u8]) {
    let samples = samples::read("events.jsonl", data);
    for sample in &samples {
        assert!(
            sample.place.starts_with("events.jsonl:"),
            "{}",
            sample.place
        );
    }
    show(model, engine, samples);
}

/// Runs samples and shows what came of it.
pub fn show(model: &Model, engine: &Engine, samples: Vec<samples::Sample>) {
    in_two_halves(engine, &samples);
    let ran = dryrun::run(engine, samples.clone(), None);
    told_why(model, engine, samples, &ran.records);
    held::harmless(&counts::human(ran.counts, Look::plain()), "the counts");
    for line in trace_json::lines(&ran.records).lines() {
        let record: Result<serde_json::Value, _> = serde_json::from_str(line);
        assert!(
            record.is_ok_and(|it| it.is_object()),
            "a line of a trace is an object: {line}"
        );
    }
}

/// Who listens changes nothing, reads a timeline, and gets an answer to every question.
fn told_why(model: &Model, engine: &Engine, samples: Vec<samples::Sample>, silent: &[Record]) {
    let told = dryrun::run_telling(engine, samples, None, Listening::ToAll);
    let heard = told.records.iter();
    let heard = heard.filter(|record| !matches!(record.what, What::Why(_)));
    assert!(heard.eq(silent), "listening changes what happens");
    let shown = timeline::render(&told.records, &Conditions::new(model), Look::plain());
    held::harmless(&shown, "the timeline");
    let first = |record: &&Record| record.number.is_none_or(|number| number == 0);
    let milestones = model.journeys.iter().flat_map(|it| &it.milestones);
    let questions = (milestones.map(|it| Question::Milestone(it.name.to_string())))
        .chain(
            model
                .templates
                .iter()
                .map(|it| Question::Action(it.name.to_string())),
        )
        .chain(
            model
                .rules
                .iter()
                .map(|it| Question::Rule(it.name.to_string())),
        );
    for question in questions.take(20) {
        let theirs = told.records.iter().filter(first).collect();
        if let Ok(answer) = why::why_not(model, &question, theirs, told.end, None) {
            let text = why_not::human("somebody", &question, &answer, Look::plain());
            held::harmless(&text, "the answer");
        }
    }
}

/// A state is what it was after it was saved and loaded, between any two events.
fn in_two_halves(engine: &Engine, samples: &[samples::Sample]) {
    let mut events: Vec<Incoming> = samples
        .iter()
        .filter_map(|sample| sample.content.clone().ok())
        .map(Incoming::from)
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
