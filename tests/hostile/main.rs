//! Hostile input, through the program: each is a clear message and an exit code, never a panic, an
//! overflow or a terminal that is steered from a file. Time and memory are measured by
//! `benches/hostile.sh`, which takes the same cases at their full size.

mod cases;
mod disk;
mod expressions;
mod journeys;
mod shown;
#[path = "../support/mod.rs"]
mod support;
mod told;
mod yaml;

use cases::{Case, Size};
use support::{Ran, Workspace};

/// Every case, in groups.
fn all(size: Size) -> Vec<Case> {
    let mut all = yaml::nesting();
    all.extend(yaml::aliases());
    all.extend(yaml::sizes(size));
    all.extend(yaml::texts(size));
    all.extend(expressions::nesting(size));
    all.extend(expressions::sizes(size));
    all.extend(cases::declarations(size));
    all.extend(journeys::cases(size));
    all.extend(cases::manifests());
    all.extend(cases::data(size));
    all
}

fn run(case: &Case) -> Ran {
    let workspace = Workspace::new(&[]);
    case.write(workspace.path());
    workspace.run_with(&case.arguments, &[], &case.input)
}

/// What must hold whatever the input.
fn hold(case: &Case) {
    let name = case.name;
    let ran = run(case);
    let told = format!("{}{}", ran.out, ran.err);
    assert_eq!(ran.code, case.code, "{name}: {}", start(&told));
    assert!(told.contains(case.says), "{name}: {}", start(&told));
    assert!(
        told.len() < 2_000_000,
        "{name}: {} bytes of output",
        told.len()
    );
    shown::harmless(name, &told);
}

fn start(text: &str) -> &str {
    let end = text
        .char_indices()
        .nth(2_000)
        .map_or(text.len(), |(at, _)| at);
    &text[..end]
}

fn hold_all(cases: &[Case]) {
    for case in cases {
        hold(case);
    }
}

#[test]
fn brackets_of_yaml_within_one_another() {
    hold_all(&yaml::nesting());
}

#[test]
fn aliases_that_stand_for_millions() {
    hold_all(&yaml::aliases());
}

#[test]
fn files_of_any_size() {
    hold_all(&yaml::sizes(Size::Small));
}

#[test]
fn texts_that_are_none() {
    hold_all(&yaml::texts(Size::Small));
}

#[test]
fn expressions_within_one_another() {
    hold_all(&expressions::nesting(Size::Small));
}

#[test]
fn expressions_of_any_length() {
    hold_all(&expressions::sizes(Size::Small));
}

#[test]
fn declarations_without_end() {
    hold_all(&cases::declarations(Size::Small));
}

#[test]
fn journeys_in_which_all_leads_to_all() {
    hold_all(&journeys::cases(Size::Small));
}

#[test]
fn manifests_that_are_none() {
    hold_all(&cases::manifests());
}

#[test]
fn events_and_variables_that_are_none() {
    hold_all(&cases::data(Size::Small));
}

/// For `benches/hostile.sh`: writes all cases, at their full size, to the folder that
/// `CJOC_HOSTILE` names, each with its arguments in `.arguments`, a line each.
#[test]
#[ignore = "writes gigabytes"]
fn write_all() {
    let folder = std::env::var_os("CJOC_HOSTILE").expect("CJOC_HOSTILE names a folder");
    for case in all(Size::Full) {
        let folder = std::path::Path::new(&folder).join(case.name);
        std::fs::create_dir_all(&folder).expect("folders can be made");
        case.write(&folder);
        let arguments = case.arguments.join("\n");
        std::fs::write(folder.join(".arguments"), arguments).expect("files can be written");
        std::fs::write(folder.join(".input"), &case.input).expect("files can be written");
    }
}
