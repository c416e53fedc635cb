//! What the reader of declarations says of each place of the language, by marked cases.

mod marks;

use std::path::Path;

use cjoc::diagnostic::Diagnostic;
use cjoc::source::{Exclude, MANIFEST, OsFiles, Sources};
use cjoc::{syntax, yaml};

/// YAML and shape, file by file.
fn read(sources: &Sources) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (id, file) in sources.iter() {
        let parsed = yaml::parse(id, &file.text);
        diagnostics.extend(parsed.diagnostics);
        diagnostics.extend(if &*file.path == MANIFEST {
            syntax::read_manifest(&parsed.tree).1
        } else {
            syntax::read(&parsed.tree).1
        });
    }
    diagnostics
}

#[test]
fn everything_that_the_language_shows_is_read() {
    marks::run("tests/cases/shape-clean.yaml", read);
}

#[test]
fn shapes_that_do_not_fit_are_told_at_the_place() {
    marks::run("tests/cases/shape.yaml", read);
}

#[test]
fn the_example_workspace_is_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nto");
    let (sources, unreadable) =
        Sources::load(&OsFiles::new(root), &Exclude::none()).expect("the example is there");
    assert_eq!(unreadable, []);
    assert!(sources.len() > 10);
    assert_eq!(read(&sources), []);
}
