//! Scenarios as a `JUnit` report: a case a scenario, named by its title.

use std::fmt::Write as _;

use super::report::Report;
use super::test_suite::{Case, Failure, document};
use super::text::clean;
use super::{Look, timeline};
use crate::dryrun::scenario::Verdict;
use crate::dryrun::why::Conditions;

/// The document, with a line end.
pub fn write(report: &Report<'_>, verdicts: &[Verdict], conditions: &Conditions) -> String {
    let cases: Vec<Case> = verdicts
        .iter()
        .map(|verdict| case(report, verdict, conditions))
        .collect();
    document("cjoc test", &cases)
}

fn case(report: &Report<'_>, verdict: &Verdict, conditions: &Conditions) -> Case {
    let path = report.path(verdict.span);
    Case {
        name: verdict.name.to_string(),
        class: report.sources.path(verdict.span.file).to_owned(),
        line: Some(report.sources.start(verdict.span).line),
        failure: verdict.failures.first().map(|first| Failure {
            message: match verdict.failures.len() - 1 {
                0 => format!("expected {}: {}", first.expected, first.found),
                more => format!(
                    "expected {}: {}, and {more} more",
                    first.expected, first.found
                ),
            },
            kind: "unmet".to_owned(),
            text: story(report, verdict, conditions),
            is_error: false,
        }),
        file: path.into_owned(),
        remark: None,
    }
}

/// What was expected, each with its place, and what happened.
fn story(report: &Report<'_>, verdict: &Verdict, conditions: &Conditions) -> String {
    let mut out = String::new();
    for failure in &verdict.failures {
        let start = report.sources.start(failure.span);
        let _ = writeln!(
            out,
            "{}:{}:{}: expected {}: {}",
            clean(&report.path(failure.span)),
            start.line,
            start.column,
            clean(&failure.expected),
            clean(&failure.found)
        );
    }
    if verdict.is_empty() {
        out.push_str("\nnothing happened");
    } else {
        out.push_str("\nwhat happened:\n");
        out.push_str(&timeline::render(
            &verdict.records,
            conditions,
            Look::plain(),
        ));
    }
    out.trim_end().to_owned()
}
