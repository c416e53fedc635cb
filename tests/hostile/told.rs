//! A file with more mistakes than anyone reads: so many are told, the others are counted.

use std::fmt::Write as _;

use serde_json::Value;

use super::cases::{CUSTOMER, many};
use super::support::{Ran, Workspace};

const MANIFEST: &str = "name: hostile\nedition: 2026\n";

/// A segment with this many keys that nobody knows.
fn keys(count: usize) -> String {
    let keys = many(count, |at, text| {
        let _ = writeln!(text, "k{at}: 1");
    });
    format!("segment: s\ntraveler: customer\nwhen: traveler.n == 1\n{keys}")
}

/// A journey with so many notes that other tools read otherwise: a warning each.
fn ambiguous(count: usize) -> String {
    format!(
        "segment: s\ntraveler: customer\nwhen: traveler.n == 1\n---\njourney: j\ntraveler: customer\n\
         start: {{ on: segment.s.entered }}\nmilestones:\n  m:\n    touchpoints: [{}]\nend: {{ after: 1d, outcome: done }}\n",
        "off, ".repeat(count)
    )
}

fn with_manifest(manifest: &str, text: &str) -> Workspace {
    Workspace::new(&[
        ("cjoc.yaml", manifest),
        ("customer.yaml", CUSTOMER),
        ("a.yaml", text),
    ])
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).expect("one document")
}

#[test]
fn ten_thousand_are_told_one_by_one() {
    let told = json(&with_manifest(MANIFEST, &keys(10_000)).run(&["check", "--format", "json"]));
    assert_eq!(told["summary"]["errors"], 10_000);
    let diagnostics = told["diagnostics"].as_array().expect("a list");
    assert_eq!(diagnostics.len(), 10_000);
    assert!(diagnostics.iter().all(|it| it["name"] == "unknown-key"));
}

#[test]
fn what_is_beyond_is_counted_at_the_end_of_the_file_and_in_the_summary() {
    let workspace = with_manifest(MANIFEST, &keys(21_200));
    let ran = workspace.run(&["check", "--format", "json"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.starts_with("21200 errors"), "{}", ran.err);
    let told = json(&ran);
    assert_eq!(told["summary"]["errors"], 21_200);
    let diagnostics = told["diagnostics"].as_array().expect("a list");
    assert_eq!(diagnostics.len(), 20_001);
    let last = &diagnostics[20_000];
    assert_eq!(last["name"], "limit-exceeded");
    assert_eq!(last["message"], "there are 1200 more errors in this file");
    // It stands where the first of them does: three lines are above the keys.
    assert_eq!(last["start"]["line"], 20_004);
    let ran = workspace.run(&["check", "--format", "short"]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), 20_001);
    assert!(lines[20_000].ends_with("there are 1200 more errors in this file"));
    for (format, says) in [
        ("human", "… and 20200 more diagnostics"),
        ("plain", "there are 1200 more errors in this file"),
        ("sarif", "there are 1200 more errors in this file"),
        ("gitlab", "there are 1200 more errors in this file"),
        ("github", "21190 more errors"),
        ("junit", ", and 21199 more"),
    ] {
        let ran = workspace.run(&["check", "--format", format]);
        assert!(ran.out.contains(says), "{format} says {says}");
    }
}

#[test]
fn warnings_that_nobody_wants_to_hear_of_are_not_counted_either() {
    let text = ambiguous(20_500);
    let ran = with_manifest(MANIFEST, &text).run(&["check", "--format", "short"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let last = ran.out.lines().last().unwrap_or_default();
    assert!(
        last.contains("warning[CJ0105 limit-exceeded]: there are 500 more warnings in this file"),
        "{last}"
    );
    let ignored = format!("{MANIFEST}levels: {{ ambiguous-scalar: ignore }}\n");
    let ran = with_manifest(&ignored, &text).run(&["check", "--format", "short"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let allowed = format!("# cjoc: allow-file(ambiguous-scalar) they are old\n{text}");
    let ran = with_manifest(MANIFEST, &allowed).run(&["check", "--format", "short"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
}

#[test]
fn what_is_only_counted_fails_the_check_where_it_may_be_what_is_denied() {
    let workspace = with_manifest(MANIFEST, &ambiguous(20_500));
    for denied in ["warnings", "ambiguous-scalar", "unused-channel"] {
        let ran = workspace.run(&["check", "--format", "short", "--deny", denied]);
        assert_eq!(ran.code, 1, "{denied}");
    }
    let errors = format!("{MANIFEST}levels: {{ ambiguous-scalar: error }}\n");
    let ran = with_manifest(&errors, &ambiguous(20_500)).run(&["check"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.starts_with("20500 errors"), "{}", ran.err);
}
