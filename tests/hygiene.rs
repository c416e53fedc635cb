//! What is told of declarations that nothing uses, of limits, secrets and suppressions, by marked
//! cases.

mod marks;

use cjoc::compile;
use cjoc::diagnostic::{Diagnostic, Severity};
use cjoc::source::{FileId, MemoryFiles, Sources, Span};

const BASE: &str = include_str!("cases/analysis-base.yaml");

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
    let moved = outcome.diagnostics.iter().map(|diagnostic| {
        let helps = diagnostic.help.is_some() || diagnostic.severity == Severity::Error;
        assert!(helps, "no help: {}", diagnostic.message);
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
fn what_nothing_uses_is_told_at_its_name() {
    marks::run("tests/cases/analysis-unused.yaml", check);
}

#[test]
fn secrets_limits_and_suppressions_are_looked_at() {
    marks::run("tests/cases/hygiene.yaml", check);
}
