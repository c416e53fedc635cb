//! Diagnostics as a Code Quality report: what GitLab shows beside the lines of a merge request.
//!
//! The form is the part of Code Climate's that GitLab reads, whole enough for readers of the
//! latter.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::Serializer;

use super::fingerprint;
use super::report::{Report, help};
use super::text::clean;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::MANIFEST;

/// The report, with a line end; each diagnostic is written as it is made.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::new(&mut *out);
    match report.unable {
        Some(unable) => serializer.collect_seq([Issue {
            kind: "issue",
            check_name: "unable",
            description: clean(unable.message),
            categories: ["Bug Risk"],
            severity: "blocker",
            fingerprint: blake3::hash(unable.message.as_bytes()).to_hex()[..32].to_owned(),
            location: Location {
                path: format!("{}{MANIFEST}", report.prefix),
                lines: Lines { begin: 1, end: 1 },
            },
        }]),
        None => serializer.collect_seq(
            report
                .diagnostics
                .iter()
                .zip(fingerprint::of(report))
                .map(|(diagnostic, fingerprint)| issue(report, diagnostic, fingerprint)),
        ),
    }?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Issue {
    #[serde(rename = "type")]
    kind: &'static str,
    check_name: &'static str,
    description: String,
    categories: [&'static str; 1],
    severity: &'static str,
    fingerprint: String,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

fn issue(report: &Report<'_>, diagnostic: &Diagnostic, fingerprint: String) -> Issue {
    Issue {
        kind: "issue",
        check_name: diagnostic.code.name,
        description: clean(&format!("{}; {}", diagnostic.message, help(diagnostic))),
        categories: ["Bug Risk"],
        severity: match diagnostic.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
        },
        fingerprint,
        location: Location {
            path: report.path(diagnostic.span).into_owned(),
            lines: Lines {
                begin: report.sources.start(diagnostic.span).line,
                end: report.sources.end(diagnostic.span).line,
            },
        },
    }
}
