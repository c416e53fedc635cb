//! What a command has to say of a workspace: the one value that all formats of diagnostics read.
//!
//! Places go in as spans and come out as people and programs count them. Nothing here knows a
//! format.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;

use super::text::clean;
use crate::compile::Summary;
use crate::diagnostic::{Applicability, Code, Diagnostic, Fix, Severity};
use crate::source::{Position, Sources, Span};

/// Diagnostics with what is needed to show them.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    pub sources: &'a Sources,
    /// In the order in which they are told.
    pub diagnostics: &'a [Diagnostic],
    pub summary: Summary,
    /// The way from the root of the repository to the workspace: empty, or ending in `/`.
    pub prefix: &'a str,
    /// Whether warnings fail the check.
    pub deny_warnings: bool,
    /// Which warnings fail it besides.
    pub denied: &'a [&'static Code],
    /// Why there are no diagnostics to tell.
    pub unable: Option<Unable<'a>>,
}

/// Why a command could not do its work, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Unable<'a> {
    pub message: &'a str,
    pub help: Option<&'a str>,
}

impl<'a> Report<'a> {
    pub fn new(sources: &'a Sources, diagnostics: &'a [Diagnostic], summary: Summary) -> Self {
        Self {
            sources,
            diagnostics,
            summary,
            prefix: "",
            deny_warnings: false,
            denied: &[],
            unable: None,
        }
    }

    /// Whether a diagnostic makes the check fail.
    pub(super) fn fails(&self, diagnostic: &Diagnostic) -> bool {
        self.deny_warnings
            || diagnostic.severity == Severity::Error
            || self.denied.contains(&diagnostic.code)
            // One of those that it stands for may be denied.
            || diagnostic.closes_warnings() && !self.denied.is_empty()
    }

    /// Whether the place is in a file of the workspace, rather than in one that comes with cjoc.
    pub(super) fn is_ours(&self, span: Span) -> bool {
        self.sources.find(self.sources.path(span.file)) == Some(span.file)
    }

    /// The file as the repository has it.
    pub(super) fn path(&self, span: Span) -> Cow<'a, str> {
        let path = self.sources.path(span.file);
        if self.prefix.is_empty() || !self.is_ours(span) {
            Cow::Borrowed(path)
        } else {
            Cow::Owned(format!("{}{path}", self.prefix))
        }
    }

    /// What there is to say beyond the message, a line each: the other places, why it matters,
    /// what to do.
    pub(super) fn details(&self, diagnostic: &Diagnostic) -> String {
        let mut out = String::new();
        for label in &diagnostic.labels {
            let start = self.sources.start(label.span);
            let _ = writeln!(
                out,
                "{}:{}:{}: {}",
                clean(&self.path(label.span)),
                start.line,
                start.column,
                clean(&label.message)
            );
        }
        if let Some(note) = &diagnostic.note {
            let _ = writeln!(out, "note: {}", clean(note));
        }
        let _ = write!(out, "help: {}", clean(&help(diagnostic)));
        out
    }
}

/// Always a text: what to do, or where to read on.
pub(super) fn help(diagnostic: &Diagnostic) -> Cow<'_, str> {
    match (&diagnostic.help, diagnostic.fixes.first()) {
        (Some(help), _) => Cow::Borrowed(help),
        (None, Some(fix)) => Cow::Borrowed(&fix.message),
        (None, None) => Cow::Owned(format!("see `cjoc explain {}`", diagnostic.code.name)),
    }
}

/// The fixes that a program may make, each as a whole.
pub(super) fn machine_fixes(diagnostic: &Diagnostic) -> impl Iterator<Item = &Fix> {
    diagnostic
        .fixes
        .iter()
        .filter(|fix| fix.applicability != Applicability::DisplayOnly)
}

/// A span as people and programs count it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Place<'a> {
    /// Relative to the workspace.
    pub file: &'a str,
    pub start: Position,
    /// Behind the last character.
    pub end: Position,
}

impl<'a> Place<'a> {
    pub(super) fn new(sources: &'a Sources, span: Span) -> Self {
        Self {
            file: sources.path(span.file),
            start: sources.start(span),
            end: sources.end(span),
        }
    }
}
