//! What follows from where sessions can go: circles, ends, times, triggers that never fire.

mod marks;

use cjoc::compile;
use cjoc::diagnostic::Diagnostic;
use cjoc::source::{FileId, MemoryFiles, Sources, Span};

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
        diagnostic
    });
    moved.collect()
}

#[test]
fn what_follows_from_where_sessions_can_go() {
    marks::run("tests/cases/analysis-flow.yaml", check);
}
