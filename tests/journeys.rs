//! What the checks of journeys, triggers, milestones, steps and rules say, and what follows from
//! where sessions can go, by marked cases; and what becomes of the example.

#[path = "marks/compiled.rs"]
mod compiled;
mod marks;

use std::path::Path;

use cjoc::compile;
use cjoc::diagnostic::Diagnostic;
use cjoc::source::{OsFiles, Sources};

const BASE: &str = include_str!("cases/journeys-base.yaml");

fn check(case: &Sources) -> Vec<Diagnostic> {
    let mut found = compiled::with_base(case, BASE);
    // The cases are small: much of the base is unused in each.
    found.retain(|d| !d.code.name.starts_with("unused-"));
    found
}

#[test]
fn journeys_are_checked_at_every_place() {
    marks::run("tests/cases/journeys.yaml", check);
}

#[test]
fn what_several_types_of_travelers_share_is_checked_for_each() {
    marks::run("tests/cases/audience.yaml", check);
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

#[test]
fn the_example_becomes_a_model_with_what_is_default_written_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nto");
    let outcome = compile::check(&OsFiles::new(root)).expect("the example is there");
    assert_eq!(outcome.diagnostics, []);
    let model = outcome.model.expect("nothing is wrong with it");
    let [journey] = model.journeys.as_slice() else {
        panic!("the example has one journey");
    };
    let from = |index: usize| journey.milestones[index].enter[0].from.as_slice();
    assert_eq!(from(1), ["considering".into()]);
    assert_eq!(from(2), ["considering".into(), "ordered".into()]);
    assert_eq!(from(3), ["delivered".into()]);
    let ids: Vec<_> = journey.milestones[0].steps.iter().map(|s| &*s.id).collect();
    assert_eq!(ids, ["wait", "send discount_mail"]);
    assert_eq!(model.rules.len(), 5);
    assert!(
        model
            .rules
            .iter()
            .all(|rule| rule.journeys == ["backpack".into()])
    );
}
