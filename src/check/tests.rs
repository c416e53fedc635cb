//! Whole workspaces through the checks of journeys.

use std::path::Path;

use super::context::Checker;
use crate::diagnostic::Diagnostic;
use crate::model;
use crate::resolve::resolve;
use crate::source::{Exclude, MANIFEST, OsFiles, Sources};
use crate::syntax::ast::Workspace;
use crate::{syntax, yaml};

/// What comes of the journeys and rules of a workspace, and what is wrong with it.
fn travel(sources: &Sources) -> (Vec<model::Journey>, Vec<model::Rule>, Vec<Diagnostic>) {
    let mut workspace = Workspace::default();
    let mut found = Vec::new();
    for (id, file) in sources.iter() {
        let parsed = yaml::parse(id, &file.text);
        found.extend(parsed.diagnostics);
        if &*file.path == MANIFEST {
            let (manifest, diagnostics) = syntax::read_manifest(&parsed.tree);
            workspace.manifest = manifest;
            found.extend(diagnostics);
        } else {
            let (declarations, diagnostics) = syntax::read(&parsed.tree);
            workspace.declarations.extend(declarations);
            found.extend(diagnostics);
        }
    }
    workspace.standard = syntax::standard_names()
        .filter_map(|name| Some((name.into(), syntax::standard(name)?.clone())))
        .collect();
    let (names, diagnostics) = resolve(&workspace, sources);
    found.extend(diagnostics);
    let mut checker = Checker::new(names, sources);
    checker.session_keys();
    let journeys = checker.journeys();
    let rules = checker.global_rules();
    found.extend(checker.out);
    found.sort_by_key(|d| (d.span, d.code.id));
    (journeys, rules, found)
}

fn told(sources: &Sources, found: &[Diagnostic]) -> Vec<String> {
    let one = |d: &Diagnostic| {
        let (start, end) = (sources.start(d.span), sources.end(d.span));
        let path = sources.path(d.span.file);
        format!(
            "{path}:{}:{}-{} {} {}",
            start.line, start.column, end.column, d.code.name, d.message
        )
    };
    found.iter().map(one).collect()
}

#[test]
fn the_example_workspace_becomes_journeys() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nto");
    let (sources, _) =
        Sources::load(&OsFiles::new(root), &Exclude::none()).expect("the example is there");
    let (journeys, rules, found) = travel(&sources);
    assert_eq!(told(&sources, &found), Vec::<String>::new());
    insta::assert_json_snapshot!((journeys, rules));
}
