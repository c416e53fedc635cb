//! What is said of conditions that always or never hold, and of branches that are never taken, by
//! marked cases.

#[path = "marks/compiled.rs"]
mod compiled;
mod marks;

use cjoc::diagnostic::{Diagnostic, Severity, codes};
use cjoc::source::Sources;

const BASE: &str = include_str!("cases/analysis-conditions-base.yaml");

fn check(case: &Sources) -> Vec<Diagnostic> {
    let mut found = compiled::with_base(case, BASE);
    // What is unused in a case, or never over, is not its point.
    found.retain(|d| {
        d.code == &codes::CONSTANT_CONDITION
            || d.code == &codes::SHADOWED_BRANCH
            || d.severity == Severity::Error
    });
    // The reason is a part of what is asserted.
    for diagnostic in &mut found {
        for label in &diagnostic.labels {
            diagnostic.message = format!("{} ({})", diagnostic.message, label.message);
        }
    }
    found
}

#[test]
fn conditions_are_judged_with_what_is_known_before_them() {
    marks::run("tests/cases/analysis-conditions.yaml", check);
}

#[test]
fn what_steps_write_is_known_until_something_may_change_it() {
    marks::run("tests/cases/analysis-written.yaml", check);
}
