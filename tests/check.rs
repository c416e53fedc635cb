//! What the checks of declarations say of each place, by marked cases: travelers, connections,
//! channels, templates, segments, personas, and where personal data flows.

mod marks;

use cjoc::compile;
use cjoc::diagnostic::Diagnostic;
use cjoc::engine::Engine;
use cjoc::source::{FileId, MemoryFiles, Sources};

const BASE: &str = include_str!("cases/declared-base.yaml");

/// Compiles a case together with the base; spans lie in the case's own files.
fn check(sources: &Sources) -> Vec<Diagnostic> {
    let own = sources.iter().map(|(_, file)| (&*file.path, &*file.text));
    // A case may have a manifest of its own.
    let files: MemoryFiles = [
        ("cjoc.yaml", "name: cases\nedition: 2026\n"),
        ("base.yaml", BASE),
        ("lists/odd.csv", "emial,customer_id\na@b.c,1\n"),
        ("lists/good.csv", "email\nA@b.c\n"),
    ]
    .into_iter()
    .chain(own)
    .collect();
    let outcome = compile::check(&files).expect("memory is readable");
    let alone = compile::diagnose(&files).expect("memory is readable");
    assert_eq!(alone.diagnostics, outcome.diagnostics, "without a model");
    // What nothing is wrong with runs.
    if let Some(model) = &outcome.model {
        let linked = Engine::new(model);
        assert!(linked.is_ok(), "{:?}", linked.err());
    }
    let mut found = outcome.diagnostics;
    // The cases are small: much of the base is unused in each.
    found.retain(|d| !d.code.name.starts_with("unused-"));
    for diagnostic in &mut found {
        let path = outcome.sources.path(diagnostic.span.file);
        diagnostic.span.file = sources.find(path).unwrap_or(FileId(u32::MAX));
        for edit in diagnostic.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
            let path = outcome.sources.path(edit.span.file);
            edit.span.file = sources.find(path).unwrap_or(FileId(u32::MAX));
        }
    }
    let told = found.iter().filter(|d| d.help.is_none());
    let helpless: Vec<&str> = told.map(|d| d.message.as_str()).collect();
    assert_eq!(helpless, Vec::<&str>::new(), "no help");
    found
}

#[test]
fn declarations_are_checked_at_every_place() {
    marks::run("tests/cases/declared.yaml", check);
}

#[test]
fn environments_are_checked_against_connections() {
    marks::run("tests/cases/environments.yaml", check);
}

#[test]
fn logs_are_checked_at_every_place() {
    marks::run("tests/cases/logs.yaml", check);
}

/// A journey of milestones that lead to each other: each to the next, by `lead`.
fn chain(count: usize, lead: impl Fn(usize) -> String) -> Vec<Diagnostic> {
    let milestones: Vec<String> = (0..count)
        .map(|index| format!("  m{index}:\n    do: [{}]\n", lead(index)))
        .collect();
    let journey = format!(
        "journey: chain\ntraveler: customer\nstart: {{ on: shop.go }}\nmilestones:\n{}\
         end: {{ after: 60d, outcome: lapsed }}\n",
        milestones.concat()
    );
    let declared = "traveler: customer\nkey: email\nidentities: [email]\nprofile: { email: string | null }\n\
        ---\nconnection: shop\nuses: std/webhook\nevents:\n  go: { fields: { email: string }, identify: { email: event.email } }\n";
    let files: MemoryFiles = [
        ("cjoc.yaml", "name: chain\nedition: 2026\n"),
        ("declared.yaml", declared),
        ("journey.yaml", &journey),
    ]
    .into_iter()
    .collect();
    let outcome = compile::diagnose(&files).expect("memory is readable");
    outcome.diagnostics
}

fn names(found: &[Diagnostic]) -> Vec<&str> {
    found.iter().map(|it| it.code.name).collect()
}

#[test]
fn milestones_may_follow_each_other_in_thousands() {
    let last = 1_000;
    let on = |index: usize| match index + 1 {
        next if next < last => format!("{{ goto: m{next} }}"),
        _ => String::new(),
    };
    assert_eq!(names(&chain(last, on)), Vec::<&str>::new());
    let round = |index: usize| format!("{{ goto: m{} }}", (index + 1) % last);
    assert_eq!(names(&chain(last, round)), ["loop-without-wait"]);
    let wait = |index: usize| format!("{{ wait: 1s }}, {{ goto: m{} }}", (index + 1) % last);
    assert_eq!(names(&chain(last, wait)), Vec::<&str>::new());
}
