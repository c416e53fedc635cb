//! What is told of declarations that nothing uses, of limits, secrets and suppressions, by marked
//! cases.

#[path = "marks/compiled.rs"]
mod compiled;
mod marks;

use cjoc::diagnostic::{Diagnostic, Severity};
use cjoc::source::Sources;

const BASE: &str = include_str!("cases/analysis-base.yaml");

fn check(case: &Sources) -> Vec<Diagnostic> {
    let found = compiled::with_base(case, BASE);
    for diagnostic in &found {
        let helps = diagnostic.help.is_some() || diagnostic.severity == Severity::Error;
        assert!(helps, "no help: {}", diagnostic.message);
    }
    found
}

#[test]
fn what_nothing_uses_is_told_at_its_name() {
    marks::run("tests/cases/analysis-unused.yaml", check);
}

#[test]
fn secrets_limits_and_suppressions_are_looked_at() {
    marks::run("tests/cases/hygiene.yaml", check);
}
