//! Scenarios and what they reach: for people, and as one JSON document.

use std::fmt::Write as _;

use serde::Serialize;

use super::snippet::{self, Mark};
use super::text::{clean, count, wrap};
use super::{Ink, Look, diff, timeline};
use crate::diagnostic::Severity;
use crate::dryrun::coverage::{Coverage, Part, PartKind};
use crate::dryrun::scenario::{Failure, Verdict, apply};
use crate::dryrun::why::Conditions;
use crate::source::{Position, Sources, Span};

/// How many parts that no scenario reaches are listed.
const MAX_UNREACHED: usize = 50;

/// A line a scenario; of those that fail, what was expected and what happened.
pub fn human(
    sources: &Sources,
    verdicts: &[Verdict],
    coverage: &Coverage,
    conditions: &Conditions,
    look: Look,
) -> String {
    let mut out = String::new();
    for verdict in verdicts {
        let mark = if verdict.passed() {
            look.paint(Ink::Good, "✓")
        } else {
            look.paint(Ink::Error, "✗")
        };
        let place = look.paint(Ink::Faint, &place(sources, verdict.span));
        let _ = writeln!(out, "{mark} {}  {place}", clean(&verdict.name));
        if !verdict.passed() {
            write_failures(&mut out, sources, verdict, conditions, look);
        }
    }
    if !verdicts.is_empty() {
        out.push('\n');
        write_coverage(&mut out, coverage, look);
    }
    out
}

/// "12 tests: 11 passed, 1 failed".
pub fn summary(verdicts: &[Verdict], look: Look) -> String {
    let passed = verdicts.iter().filter(|verdict| verdict.passed()).count();
    let failed = verdicts.len() - passed;
    if verdicts.is_empty() {
        return "no tests: write one that begins with `test:`\n".to_owned();
    }
    let mut parts = Vec::new();
    if passed > 0 {
        parts.push(look.paint(Ink::Good, &format!("{passed} passed")));
    }
    if failed > 0 {
        parts.push(look.paint(Ink::Error, &format!("{failed} failed")));
    }
    format!("{}: {}\n", count(verdicts.len(), "test"), parts.join(", "))
}

/// "61.5 % is reached, less than 80 %".
pub fn too_little(coverage: &Coverage, least: f64, look: Look) -> String {
    let text = format!(
        "{} of the workspace is reached, less than {least} %",
        percent(coverage.percent())
    );
    format!("{}\n", look.paint(Ink::Error, &text))
}

fn write_failures(
    out: &mut String,
    sources: &Sources,
    verdict: &Verdict,
    conditions: &Conditions,
    look: Look,
) {
    for failure in &verdict.failures {
        let text = clean(&format!("expected {}", failure.expected));
        out.push_str(&wrap(&text, look.columns(), "  ", "    "));
        if let Some(file) = sources.get(failure.span.file) {
            let mark = Mark {
                range: failure.span.range,
                text: Some(&failure.found),
                primary: true,
            };
            out.push_str(&snippet::render(file, &[mark], Severity::Error, look));
        }
    }
    write_difference(out, sources, verdict, look);
    if verdict.is_empty() {
        out.push_str("  nothing happened\n\n");
        return;
    }
    out.push_str("  what happened:\n");
    let narrow = Look {
        width: look.columns().saturating_sub(4),
        ..look
    };
    for line in timeline::render(&verdict.records, conditions, narrow).lines() {
        let _ = writeln!(out, "{}", format!("    {line}").trim_end());
    }
    out.push('\n');
}

/// What was expected, and what would have had to be.
fn write_difference(out: &mut String, sources: &Sources, verdict: &Verdict, look: Look) {
    let Some(file) = sources.get(verdict.span.file) else {
        return;
    };
    if verdict.edits.is_empty() {
        return;
    }
    out.push_str("  expected (-) against what happened (+); `cjoc test --update` writes it:\n");
    let after = apply(&file.text, &verdict.edits);
    for line in diff::between(&file.text, &after).lines() {
        let text = clean(line.trim_end());
        let text = match diff::ink(line) {
            Some(ink) => look.paint(ink, &text),
            None => text,
        };
        let _ = writeln!(out, "    {text}");
    }
    out.push('\n');
}

fn write_coverage(out: &mut String, coverage: &Coverage, look: Look) {
    let told: Vec<String> = PartKind::ALL
        .iter()
        .filter_map(|kind| {
            let (reached, all) = reached(coverage, *kind);
            (all > 0).then(|| format!("{reached} of {}", plural(all, *kind)))
        })
        .collect();
    if told.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "reached: {} ({})",
        told.join(", "),
        percent(coverage.percent())
    );
    let unreached: Vec<&Part> = coverage
        .parts()
        .iter()
        .filter(|part| !part.reached)
        .collect();
    for part in unreached.iter().take(MAX_UNREACHED) {
        let text = format!(
            "  not reached: {} {}",
            part.kind.as_str(),
            clean(&part.name)
        );
        let at = look.paint(Ink::Faint, &clean(&part.at));
        let _ = writeln!(out, "{}  {at}", look.paint(Ink::Warning, &text));
    }
    if unreached.len() > MAX_UNREACHED {
        let _ = writeln!(out, "  … and {} more", unreached.len() - MAX_UNREACHED);
    }
}

/// "83.3 %", never rounded up to all.
pub fn percent(percent: f64) -> String {
    format!("{:.1} %", (percent * 10.0).floor() / 10.0)
}

fn reached(coverage: &Coverage, kind: PartKind) -> (usize, usize) {
    let parts = || coverage.parts().iter().filter(|part| part.kind == kind);
    (parts().filter(|part| part.reached).count(), parts().count())
}

fn plural(number: usize, kind: PartKind) -> String {
    match kind {
        PartKind::Branch if number != 1 => format!("{number} branches"),
        kind => count(number, kind.as_str()),
    }
}

fn place(sources: &Sources, span: Span) -> String {
    let start = sources.start(span);
    format!(
        "{}:{}:{}",
        clean(sources.path(span.file)),
        start.line,
        start.column
    )
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tests: Vec<TestItem<'a>>,
    coverage: Vec<PartItem<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct TestItem<'a> {
    name: &'a str,
    file: &'a str,
    start: Position,
    end: Position,
    passed: bool,
    failures: Vec<FailureItem<'a>>,
}

#[derive(Serialize)]
struct FailureItem<'a> {
    expected: &'a str,
    found: &'a str,
    file: &'a str,
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct PartItem<'a> {
    kind: &'a str,
    name: &'a str,
    at: &'a str,
    reached: bool,
}

#[derive(Serialize)]
struct Summary {
    tests: usize,
    passed: usize,
    failed: usize,
    /// Parts that are reached, all parts, and the share in per cent.
    reached: usize,
    parts: usize,
    percent: f64,
}

/// The document, with a line end.
pub fn json(sources: &Sources, verdicts: &[Verdict], coverage: &Coverage) -> String {
    let passed = verdicts.iter().filter(|verdict| verdict.passed()).count();
    let document = Document {
        version: 1,
        tests: verdicts
            .iter()
            .map(|verdict| TestItem {
                name: &verdict.name,
                file: sources.path(verdict.span.file),
                start: sources.start(verdict.span),
                end: sources.end(verdict.span),
                passed: verdict.passed(),
                failures: verdict
                    .failures
                    .iter()
                    .map(|failure: &Failure| FailureItem {
                        expected: &failure.expected,
                        found: &failure.found,
                        file: sources.path(failure.span.file),
                        start: sources.start(failure.span),
                        end: sources.end(failure.span),
                    })
                    .collect(),
            })
            .collect(),
        coverage: coverage
            .parts()
            .iter()
            .map(|part| PartItem {
                kind: part.kind.as_str(),
                name: &part.name,
                at: &part.at,
                reached: part.reached,
            })
            .collect(),
        summary: Summary {
            tests: verdicts.len(),
            passed,
            failed: verdicts.len() - passed,
            reached: coverage.count().0,
            parts: coverage.count().1,
            percent: (coverage.percent() * 10.0).floor() / 10.0,
        },
    };
    let mut text =
        serde_json::to_string(&document).expect("strings, numbers and lists are always JSON");
    text.push('\n');
    text
}
