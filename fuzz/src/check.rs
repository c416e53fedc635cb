//! A whole workspace, as the command line compiles it: what is wrong is shown in every format, what
//! is not becomes a plan that reads back, runs on events made for it, and plays its scenarios.
//!
//! The input is cut into files at lines `#=== path`.

use cjoc::cel::Type;
use cjoc::compile::{self, Outcome};
use cjoc::dryrun::coverage::Coverage;
use cjoc::dryrun::scenario;
use cjoc::dryrun::why::Conditions;
use cjoc::engine::Engine;
use cjoc::model::Model;
use cjoc::plan::Plan;
use cjoc::render::{
    Look, Report, github, gitlab, human, json, junit, plain, plan_summary, sarif, scenarios, short,
};
use cjoc::source::MemoryFiles;
use serde_json::{Value as Json, json};

use crate::{events, held};

const MANIFEST: &str = "name: fuzzed\nedition: 2026\n";

pub fn run(data: &[u8]) {
    let files = split_bytes(data);
    let samples = files
        .iter()
        .find(|(path, _)| path == "events.jsonl")
        .map(|(_, bytes)| bytes.clone());
    let mut memory: MemoryFiles = files.into_iter().collect();
    if !data.windows(14).any(|line| line == b"#=== cjoc.yaml") {
        memory.insert("cjoc.yaml", MANIFEST);
    }
    let outcome = compile::check(&memory).expect("memory can be listed");
    // One width an input: drawing costs more than all the rest.
    shown(&outcome, [0, 37, 120][data.len() % 3]);
    let Some(model) = &outcome.model else {
        assert!(outcome.summary.errors > 0, "no model, and nothing is wrong");
        return;
    };
    assert_eq!(outcome.summary.errors, 0, "a model, and errors");
    let plan = Plan::new(model.clone());
    let read = Plan::from_json(&plan.to_json()).expect("it was written by us");
    assert!(read == plan, "a plan reads back as it was");
    assert_eq!(read.hash, plan.hash);
    held::harmless(&plan_summary::render(&plan, Look::plain()), "the summary");
    let engine = Engine::new(&read.model).expect("what is checked links");
    let mut lines = samples.unwrap_or_default();
    lines.push(b'\n');
    lines.extend(made_for(model).into_bytes());
    events::dry_run(model, &engine, &lines);
    let verdicts: Vec<_> = outcome
        .tests
        .iter()
        .map(|test| {
            let verdict = scenario::run(model, &engine, test);
            match outcome.sources.get(test.span.file) {
                Some(file) => verdict.with_edits(&engine, test, &file.text),
                None => verdict,
            }
        })
        .collect();
    let mut coverage = Coverage::new(model);
    for verdict in &verdicts {
        held::span(&outcome.sources, verdict.span, "a test");
        for failure in &verdict.failures {
            held::span(&outcome.sources, failure.span, "a failure");
        }
        coverage.reach(&verdict.records);
    }
    let conditions = Conditions::new(model);
    let sources = &outcome.sources;
    let text = scenarios::human(sources, &verdicts, &coverage, &conditions, Look::plain());
    held::harmless(&text, "the verdicts");
    is_json(&scenarios::json(&outcome.sources, &verdicts, &coverage));
}

/// In every format.
fn shown(outcome: &Outcome, width: usize) {
    let Outcome {
        sources,
        diagnostics,
        summary,
        ..
    } = outcome;
    for diagnostic in diagnostics {
        held::diagnostic(sources, diagnostic);
    }
    let look = Look {
        colour: false,
        width,
    };
    let text = human::diagnostics(sources, diagnostics, look);
    held::harmless(&text, "diagnostics for people");
    let lines = short::diagnostics(sources, diagnostics);
    held::harmless(&lines, "short diagnostics");
    assert_eq!(
        lines.lines().count(),
        diagnostics.len(),
        "a line a diagnostic: {lines}"
    );
    let report = Report::new(sources, diagnostics, *summary);
    held::harmless(&plain::diagnostics(&report), "plain diagnostics");
    held::harmless(&github::commands(&report), "commands of a workflow");
    held::harmless(
        &github::summary(&report, 10_000),
        "the summary of a workflow",
    );
    held::harmless(&junit::diagnostics(&report), "diagnostics as tests");
    for write in [json::write, sarif::write, gitlab::write] {
        let mut bytes = Vec::new();
        write(&report, &mut bytes).expect("memory takes what is written");
        is_json(&String::from_utf8(bytes).expect("a document is text"));
    }
}

fn is_json(text: &str) {
    let read: Result<Json, _> = serde_json::from_str(text);
    assert!(read.is_ok(), "no JSON: {text}");
}

/// Files and their texts.
pub fn split(text: &str) -> Vec<(String, Vec<u8>)> {
    split_bytes(text.as_bytes())
}

fn split_bytes(data: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut path = "a.yaml".to_owned();
    let mut bytes = Vec::new();
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        let Some(next) = line.strip_prefix(b"#=== ") else {
            bytes.extend_from_slice(line);
            continue;
        };
        if !bytes.is_empty() {
            files.push((path, std::mem::take(&mut bytes)));
        }
        path = String::from(String::from_utf8_lossy(next).trim());
    }
    files.push((path, bytes));
    // Enough for anything that files have to do with one another.
    files.truncate(64);
    files
}

/// Two of each of the first events, with payloads of their types.
fn made_for(model: &Model) -> String {
    let mut lines = String::new();
    for (index, event) in model.events.iter().take(16).enumerate() {
        for round in 0..2 {
            let fields = event.fields.iter();
            let data: Json = fields
                .map(|field| (field.name.to_string(), value(&field.ty, round)))
                .collect();
            let line = json!({
                "specversion": "1.0",
                "id": format!("made-{index}-{round}"),
                "source": "made",
                "type": &*event.cloud_type,
                "time": format!("2026-03-{:02}T{:02}:00:00Z", 2 + round * 9, index),
                "subject": "t-1",
                "data": data,
            });
            lines.push_str(&line.to_string());
            lines.push('\n');
        }
    }
    lines
}

fn value(ty: &Type, round: usize) -> Json {
    match ty {
        Type::Bool => (round == 0).into(),
        Type::Int | Type::Uint => (round * 7).into(),
        Type::Double => json!(99.5),
        Type::String => ["a", "\u{1b}[31m\u{202e}b"][round % 2].into(),
        Type::Bytes => "aGk=".into(),
        Type::Timestamp => "2026-03-01T00:00:00Z".into(),
        Type::Duration => "90s".into(),
        Type::Enum(of) => of
            .values
            .get(round % of.values.len())
            .map(|word| &**word)
            .into(),
        Type::List(of) => Json::Array(vec![value(of, round); 1 + round]),
        Type::Map(_, of) => json!({ "a": value(of, round) }),
        Type::Object(of) => {
            let fields = of.fields.iter();
            fields
                .map(|field| (field.name.to_string(), value(&field.ty, round)))
                .collect()
        }
        Type::Nullable(of) if round == 0 => value(of, round),
        _ => Json::Null,
    }
}
