//! What the reader of declarations says of each place of the language, by marked cases.

mod marks;

use cjoc::diagnostic::Diagnostic;
use cjoc::source::{MANIFEST, Sources};
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
