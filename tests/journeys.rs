//! What the checks of journeys, triggers, milestones, steps and rules say, by marked cases; and
//! what becomes of the example.

mod marks;

use std::path::Path;

use cjoc::compile;
use cjoc::diagnostic::Diagnostic;
use cjoc::source::{FileId, MemoryFiles, OsFiles, Sources, Span};

const BASE: &str = include_str!("cases/journeys-base.yaml");

/// The findings of a workspace: the case's files and the base.
fn check(case: &Sources) -> Vec<Diagnostic> {
    let own = case
        .iter()
        .map(|(_, f)| (f.path.to_string(), f.text.to_string()));
    let base = [
        (
            "cjoc.yaml".to_owned(),
            "name: case\nedition: 2026\n".to_owned(),
        ),
        ("base.yaml".to_owned(), BASE.to_owned()),
    ];
    let files: MemoryFiles = own.chain(base).collect();
    let outcome = compile::check(&files).expect("files in memory can be listed");
    let at = |span: Span| {
        let path = outcome.sources.path(span.file);
        let file = case.find(path).unwrap_or(FileId(u32::MAX / 2));
        Span::new(file, span.start(), span.end())
    };
    // The cases are small: much of the base is unused in each.
    let told = outcome.diagnostics.iter();
    let told = told.filter(|d| !d.code.name.starts_with("unused-"));
    let moved = told.map(|diagnostic| {
        let mut diagnostic = diagnostic.clone();
        diagnostic.span = at(diagnostic.span);
        for edit in diagnostic.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
            edit.span = at(edit.span);
        }
        diagnostic
    });
    moved.collect()
}

#[test]
fn journeys_are_checked_at_every_place() {
    marks::run("tests/cases/journeys.yaml", check);
}

#[test]
fn the_example_becomes_a_model_with_what_is_default_written_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nto");
    let outcome = compile::check(&OsFiles::new(root)).expect("the example is there");
    assert_eq!(outcome.diagnostics, []);
    let model = outcome.model.expect("nothing is wrong with it");
    let [journey] = model.journeys.as_slice() else {
        panic!("the example has one journey");
    };
    let from = |index: usize| journey.milestones[index].enter[0].from.as_slice();
    assert_eq!(from(1), ["considering".into()]);
    assert_eq!(from(2), ["considering".into(), "ordered".into()]);
    assert_eq!(from(3), ["delivered".into()]);
    let ids: Vec<_> = journey.milestones[0].steps.iter().map(|s| &*s.id).collect();
    assert_eq!(ids, ["wait", "send discount_mail"]);
    assert_eq!(model.rules.len(), 5);
    assert!(
        model
            .rules
            .iter()
            .all(|rule| rule.journeys == ["backpack".into()])
    );
}
