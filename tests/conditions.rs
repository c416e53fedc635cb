//! What is said of conditions that always or never hold, and of branches that are never taken, by
//! marked cases.

mod marks;

use cjoc::compile;
use cjoc::diagnostic::{Diagnostic, Severity, codes};
use cjoc::source::{FileId, MemoryFiles, Sources, Span};

const BASE: &str = include_str!("cases/analysis-conditions-base.yaml");

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
    // What is unused in a case, or never over, is not its point.
    let told = outcome.diagnostics.iter().filter(|d| {
        d.code == &codes::CONSTANT_CONDITION
            || d.code == &codes::SHADOWED_BRANCH
            || d.severity == Severity::Error
    });
    let moved = told.map(|diagnostic| {
        let mut diagnostic = diagnostic.clone();
        diagnostic.span = at(diagnostic.span);
        // The reason is a part of what is asserted.
        for label in &diagnostic.labels {
            diagnostic.message += &format!(" ({})", label.message);
        }
        diagnostic
    });
    moved.collect()
}

#[test]
fn conditions_are_judged_with_what_is_known_before_them() {
    marks::run("tests/cases/analysis-conditions.yaml", check);
}
