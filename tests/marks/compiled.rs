//! A case compiled together with declarations that all cases of a file share.

use std::sync::LazyLock;

use cjoc::compile;
use cjoc::diagnostic::Diagnostic;
use cjoc::engine::Engine;
use cjoc::plan::{Plan, schema};
use cjoc::source::{FileId, MemoryFiles, Sources, Span};

/// What is found in the case's files, with the places in them; what is found in the base has a
/// place in no file, and so fails.
#[allow(dead_code, reason = "not every test has a base alone")]
pub(crate) fn with_base(case: &Sources, base: &str) -> Vec<Diagnostic> {
    with_files(case, base, &[])
}

/// What is written of it fits its schema, and reads back as it is.
fn holds_its_form(plan: Plan) {
    static SCHEMA: LazyLock<jsonschema::Validator> =
        LazyLock::new(|| jsonschema::draft202012::new(&schema::schema()).expect("it is a schema"));
    let text = plan.to_json();
    let json = serde_json::from_str(&text).expect("a plan is JSON");
    let wrong = SCHEMA.iter_errors(&json).next();
    let wrong = wrong.map(|error| format!("{error} at {}", error.instance_path()));
    assert_eq!(wrong, None);
    assert_eq!(Plan::from_json(&text), Ok(plan));
}

/// The same beside files that are no sources.
#[allow(dead_code, reason = "not every test has other files")]
pub(crate) fn with_files(case: &Sources, base: &str, beside: &[(&str, &[u8])]) -> Vec<Diagnostic> {
    let own = case.iter().map(|(_, f)| (&*f.path, f.text.as_bytes()));
    let shared = [
        ("cjoc.yaml", "name: case\nedition: 2026\n".as_bytes()),
        ("base.yaml", base.as_bytes()),
    ];
    let all = own.chain(shared).chain(beside.iter().copied());
    let files: MemoryFiles = all.collect();
    let outcome = compile::check(&files).expect("files in memory can be listed");
    let alone = compile::diagnose(&files).expect("files in memory can be listed");
    assert_eq!(alone.diagnostics, outcome.diagnostics, "without a model");
    // What nothing is wrong with runs.
    if let Some(model) = &outcome.model {
        let linked = Engine::new(model);
        assert!(linked.is_ok(), "{:?}", linked.err());
        holds_its_form(Plan::new(model.clone()));
    }
    let at = |span: Span| {
        let path = outcome.sources.path(span.file);
        let file = case.find(path).unwrap_or(FileId(u32::MAX / 2));
        Span::new(file, span.start(), span.end())
    };
    let mut found = outcome.diagnostics;
    for diagnostic in &mut found {
        diagnostic.span = at(diagnostic.span);
        for edit in diagnostic.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
            edit.span = at(edit.span);
        }
    }
    found
}
