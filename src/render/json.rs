//! Diagnostics as one JSON document (`spec/cli.md`): keys and their order are fixed.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::Serializer;

use super::report::{Place, Report, Unable, help};
use crate::compile::Summary;
use crate::diagnostic::{Diagnostic, Edit, Fix, Label};
use crate::source::Sources;

/// The document, with a line end; each diagnostic is written as it is made.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        version: 1,
        diagnostics: *report,
        summary: report.summary,
        error: report.unable,
    };
    serde_json::to_writer(&mut *out, &document)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    #[serde(serialize_with = "items")]
    diagnostics: Report<'a>,
    summary: Summary,
    /// Why nothing was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Unable<'a>>,
}

fn items<S: Serializer>(report: &Report<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let items = report.diagnostics.iter();
    serializer.collect_seq(items.map(|diagnostic| Item::new(report.sources, diagnostic)))
}

#[derive(Serialize)]
struct Item<'a> {
    code: &'a str,
    name: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    labels: Vec<LabelItem<'a>>,
    help: Cow<'a, str>,
    fixes: Vec<FixItem<'a>>,
}

#[derive(Serialize)]
struct LabelItem<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct FixItem<'a> {
    message: &'a str,
    edits: Vec<EditItem<'a>>,
    applicability: &'a str,
}

#[derive(Serialize)]
struct EditItem<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    text: &'a str,
}

impl<'a> Item<'a> {
    fn new(sources: &'a Sources, diagnostic: &'a Diagnostic) -> Self {
        Self {
            code: diagnostic.code.id,
            name: diagnostic.code.name,
            severity: diagnostic.severity.as_str(),
            message: &diagnostic.message,
            place: Place::new(sources, diagnostic.span),
            labels: diagnostic
                .labels
                .iter()
                .map(|Label { span, message }| LabelItem {
                    place: Place::new(sources, *span),
                    message,
                })
                .collect(),
            help: help(diagnostic),
            fixes: diagnostic
                .fixes
                .iter()
                .map(|fix: &Fix| FixItem {
                    message: &fix.message,
                    applicability: fix.applicability.as_str(),
                    edits: fix
                        .edits
                        .iter()
                        .map(|Edit { span, text }| EditItem {
                            place: Place::new(sources, *span),
                            text,
                        })
                        .collect(),
                })
                .collect(),
        }
    }
}
