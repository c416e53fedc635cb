//! What follows from where sessions can go: circles, ends, times, triggers that never fire.

#[path = "marks/compiled.rs"]
mod compiled;
mod marks;

use cjoc::diagnostic::Diagnostic;
use cjoc::source::Sources;

const BASE: &str = include_str!("cases/journeys-base.yaml");

fn check(case: &Sources) -> Vec<Diagnostic> {
    let mut found = compiled::with_base(case, BASE);
    // The cases are small: much of the base is unused in each.
    found.retain(|d| !d.code.name.starts_with("unused-"));
    found
}

#[test]
fn what_follows_from_where_sessions_can_go() {
    marks::run("tests/cases/analysis-flow.yaml", check);
}

#[test]
fn alternatives_of_a_wait_that_never_come_first_are_told() {
    marks::run("tests/cases/analysis-waits.yaml", check);
}

#[test]
fn steps_of_all_kinds_are_followed() {
    marks::run("tests/cases/analysis-steps.yaml", check);
}
