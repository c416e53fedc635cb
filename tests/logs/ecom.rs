//! A real log through the mapping of `examples/ecom`: what cjoc counts is what a program of its own
//! counts, which knows nothing of the workspace (`expected.py`).
//!
//! The excerpt stands in the example, with its numbers in `excerpt.json`; the whole log
//! lies outside of the repository, and is skipped where it is not there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Ran, Workspace, cjoc_in};
use serde_json::Value;

const EXCERPT: &str = "ecom_excerpt.csv";

type Counts = BTreeMap<String, u64>;

fn counts(json: &str) -> Counts {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn committed(name: &str) -> Counts {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/logs")
        .join(name);
    counts(&std::fs::read_to_string(path).expect("the numbers are there"))
}

/// The whole log, where it is.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn whole_log() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("CJOC_SHARED").map_or_else(beside, PathBuf::from);
    let path = folder.join("events/ecom.csv.gz");
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: there is no ../shared/data, and CJOC_SHARED names no other folder");
    None
}

/// What the trace of a dry run comes to, in the words of the other program.
fn ours(log: &str) -> Counts {
    let trace = cjoc_in(
        "examples/ecom",
        &["plan", "--events", log, "--format", "json"],
    );
    assert_eq!(trace.code, 0, "{}", trace.err);
    let summary = plan(log, &["--summary", "--format", "json"]);
    let summary: Value = serde_json::from_str(&summary.out).expect("it is JSON");
    let number = |key: &str| summary[key].as_u64().expect("a number");
    let mut counts = Counts::new();
    for line in trace.out.lines() {
        let line: Value = serde_json::from_str(line).expect("it is JSON");
        let text = |key: &str| line[key].as_str().unwrap_or_default();
        let what = match text("kind") {
            "session_started" => "started".to_owned(),
            "session_ended" => format!("outcome {}", text("outcome")),
            "milestone_entered" => format!("milestone {}", text("name")),
            "action_emitted" => format!("send {}", text("name")),
            "action_suppressed" => format!("suppressed {}", text("reason")),
            _ => continue,
        };
        *counts.entry(what).or_default() += 1;
    }
    let running = number("sessions_started") - number("sessions_ended");
    for (name, count) in [
        ("events", number("events")),
        ("skipped", number("skipped")),
        ("travelers", number("travelers")),
        ("running", running),
    ] {
        counts.insert(name.to_owned(), count);
    }
    counts
}

fn plan(log: &str, more: &[&str]) -> Ran {
    let mut arguments = vec!["plan", "--events", log];
    arguments.extend(more);
    cjoc_in("examples/ecom", &arguments)
}

/// What the other program counts; none where there is no Python.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn theirs(log: &Path) -> Option<Counts> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ran = Command::new("python3")
        .arg(root.join("tests/logs/expected.py"))
        .arg(log)
        .output();
    let Ok(ran) = ran else {
        eprintln!("skipped: there is no python3");
        return None;
    };
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    Some(counts(&String::from_utf8_lossy(&ran.stdout)))
}

#[test]
fn the_excerpt_comes_to_what_was_counted_by_hand() {
    assert_eq!(ours(EXCERPT), committed("excerpt.json"));
}

#[test]
fn the_numbers_of_the_excerpt_are_those_of_the_other_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/ecom")
        .join(EXCERPT);
    if let Some(theirs) = theirs(&path) {
        assert_eq!(theirs, committed("excerpt.json"));
    }
}

#[test]
fn the_whole_log_comes_to_what_the_other_program_counts() {
    let Some(path) = whole_log() else { return };
    let ours = ours(&path.to_string_lossy());
    assert_eq!(ours, committed("whole.json"));
    if let Some(theirs) = theirs(&path) {
        assert_eq!(ours, theirs);
    }
}

#[test]
fn the_order_of_the_rows_is_no_matter() {
    let workspace = Workspace::copy_of("examples/ecom");
    let text = std::fs::read_to_string(workspace.path().join(EXCERPT)).expect("it is there");
    let (head, rows) = text.split_once('\n').expect("it has a first line");
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    let (one, two) = rows.split_at(rows.len() / 2);
    for (name, rows) in [("ecom_one.csv", one), ("ecom_two.csv", two)] {
        workspace.write(name, &format!("{head}\n{}\n", rows.join("\n")));
    }
    let summary = ["--summary", "--format", "json"];
    let whole = plan(EXCERPT, &summary);
    let parts = workspace.run(&[
        "plan",
        "--events",
        "ecom_one.csv",
        "ecom_two.csv",
        "--summary",
        "--format",
        "json",
    ]);
    assert_eq!((parts.code, &parts.out), (0, &whole.out), "{}", parts.err);
}
