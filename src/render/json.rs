//! Diagnostics as one JSON document (`spec/cli.md`): keys and their order are fixed.

use std::borrow::Cow;

use serde::Serialize;

use crate::compile::Summary;
use crate::diagnostic::{Diagnostic, Edit, Fix, Label};
use crate::source::{Position, Sources, Span};

/// The document, with a line end.
pub fn diagnostics(sources: &Sources, diagnostics: &[Diagnostic], summary: Summary) -> String {
    let document = Document {
        version: 1,
        diagnostics: diagnostics
            .iter()
            .map(|diagnostic| Item::new(sources, diagnostic))
            .collect(),
        summary,
    };
    let mut text =
        serde_json::to_string(&document).expect("strings, numbers and lists are always JSON");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    diagnostics: Vec<Item<'a>>,
    summary: Summary,
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
struct Place<'a> {
    file: &'a str,
    start: Position,
    end: Position,
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

/// Always a text: what to do, or where to read on.
fn help(diagnostic: &Diagnostic) -> Cow<'_, str> {
    match (&diagnostic.help, diagnostic.fixes.first()) {
        (Some(help), _) => Cow::Borrowed(help),
        (None, Some(fix)) => Cow::Borrowed(&fix.message),
        (None, None) => Cow::Owned(format!("see `cjoc explain {}`", diagnostic.code.name)),
    }
}

impl<'a> Place<'a> {
    fn new(sources: &'a Sources, span: Span) -> Self {
        Self {
            file: sources.path(span.file),
            start: sources.start(span),
            end: sources.end(span),
        }
    }
}
