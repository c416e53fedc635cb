//! Adoption in an old workspace: what is warned of today is allowed by a comment at its place, so
//! that only what is new is told from now on.
//!
//! A comment goes above the line that it speaks of, with that line's indent; inside a text over
//! several lines it would be text, so it goes above the line on which the text begins. Errors
//! cannot be allowed, and stay.

use std::collections::BTreeMap;
use std::io;

use super::edits::{Choice, choose, line_end};
use super::overlay::Overlay;
use super::rounds::{ROUNDS, Round};
use crate::compile::{self, Outcome};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit, Fix, Severity, codes};
use crate::source::{FileId, SourceFile, Span, TextRange};
use crate::yaml;

/// What became of a workspace.
#[derive(Debug)]
pub struct Allowed<'f> {
    pub overlay: Overlay<'f>,
    /// How many warnings are allowed now.
    pub warnings: usize,
    /// What remains: it cannot be allowed.
    pub outcome: Outcome,
}

/// Allows every warning that may be, for this reason, in files that may be changed. A line already
/// allowed by a comment without a reason gets the reason; a comment that allows nothing goes.
pub fn allow<'f>(
    mut overlay: Overlay<'f>,
    reason: &str,
    may_change: &dyn Fn(&str) -> bool,
) -> io::Result<Allowed<'f>> {
    let mut outcome = compile::diagnose(&overlay)?;
    let before = outcome.summary.warnings;
    for _ in 0..ROUNDS {
        // A comment that allows nothing goes, or to where it allows something, and first: then it
        // is clear what is still to be allowed.
        let idle = choose(&outcome, Applicability::Unsafe, is_idle, may_change);
        let comments = match idle.as_slice() {
            [] => comments(&outcome, reason, may_change),
            _ => Vec::new(),
        };
        let choices = comments
            .iter()
            .map(|(diagnostic, fix)| Choice { diagnostic, fix });
        let choices = idle.iter().copied().chain(choices).collect();
        let Some((next, after)) = Round::run(&overlay, &outcome, choices)?.reached else {
            break;
        };
        overlay = next;
        outcome = after;
    }
    Ok(Allowed {
        overlay,
        warnings: before.saturating_sub(outcome.summary.warnings),
        outcome,
    })
}

/// Whether a comment can silence it.
fn may_be_allowed(diagnostic: &Diagnostic) -> bool {
    // What the manifest made an error is wanted to be one.
    diagnostic.severity == Severity::Warning
        && !is_idle(diagnostic)
        && !diagnostic.closes_warnings()
}

/// Whether it speaks of a comment that allows nothing.
fn is_idle(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Warning && diagnostic.code == &codes::UNUSED_SUPPRESSION
}

/// The comments to write, each with the first of the diagnostics that it allows.
fn comments<'o>(
    outcome: &'o Outcome,
    reason: &str,
    may_change: &dyn Fn(&str) -> bool,
) -> Vec<(&'o Diagnostic, Fix)> {
    let mut files: BTreeMap<FileId, Page<'o>> = BTreeMap::new();
    let mut due: BTreeMap<(FileId, u32), (Place, Vec<&'o Diagnostic>)> = BTreeMap::new();
    for diagnostic in outcome.diagnostics.iter().filter(|d| may_be_allowed(d)) {
        let id = diagnostic.span.file;
        let Some(file) = outcome.sources.get(id) else {
            continue;
        };
        if outcome.sources.find(&file.path) != Some(id) || !may_change(&file.path) {
            continue;
        }
        let page = files.entry(id).or_insert_with(|| Page::new(id, file));
        let Some(place) = page.place(diagnostic) else {
            continue;
        };
        let (_, diagnostics) = due
            .entry((id, place.at()))
            .or_insert_with(|| (place, Vec::new()));
        diagnostics.push(diagnostic);
    }
    due.into_iter()
        .map(|((file, at), (place, diagnostics))| {
            let mut names: Vec<&Code> = diagnostics.iter().map(|d| d.code).collect();
            names.sort_by_key(|code| code.id);
            names.dedup();
            let names: Vec<&str> = names.iter().map(|code| code.name).collect();
            let text = place.text(&names.join(", "), reason);
            let span = Span::new(file, at, at);
            let fix = Fix {
                message: format!("allow {}", names.join(", ")),
                applicability: Applicability::Safe,
                edits: vec![Edit { span, text }],
            };
            (diagnostics[0], fix)
        })
        .collect()
}

/// Where a comment can stand, and how it is written there.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// A line of its own, at the start of the line that it speaks of.
    Above {
        at: u32,
        indent: String,
        end: &'static str,
    },
    /// At the end of the line.
    Behind { at: u32 },
    /// It is there, and lacks its reason.
    Reason { at: u32 },
}

impl Place {
    fn at(&self) -> u32 {
        match self {
            Self::Above { at, .. } | Self::Behind { at } | Self::Reason { at } => *at,
        }
    }

    fn text(&self, names: &str, reason: &str) -> String {
        match self {
            Self::Above { indent, end, .. } => {
                format!("{indent}# cjoc: allow({names}) {reason}{end}")
            }
            Self::Behind { .. } => format!(" # cjoc: allow({names}) {reason}"),
            Self::Reason { .. } => format!(" {reason}"),
        }
    }
}

/// A file, and where in it no comment can stand.
struct Page<'o> {
    file: &'o SourceFile,
    texts: Vec<TextRange>,
    comments: Vec<TextRange>,
}

impl<'o> Page<'o> {
    fn new(id: FileId, file: &'o SourceFile) -> Self {
        let tree = yaml::parse(id, &file.text).tree;
        let ranges = |spans: Vec<Span>| spans.into_iter().map(|span| span.range).collect();
        Self {
            file,
            texts: ranges(tree.long_scalars()),
            comments: ranges(tree.comments().map(|comment| comment.span).collect()),
        }
    }

    fn place(&self, diagnostic: &Diagnostic) -> Option<Place> {
        let span = diagnostic.span;
        if diagnostic.code == &codes::UNEXPLAINED_SUPPRESSION {
            let comment = self.comments.iter().find(|c| holds(**c, span.start()))?;
            let rest = self
                .file
                .text
                .get(span.end() as usize..comment.end as usize)?;
            let at = span.end() + rest.find(')')? as u32 + 1;
            return Some(Place::Reason { at });
        }
        let at = self
            .text_at(span.start())
            .map_or(span.start(), |text| text.start);
        let line = self.file.lines.position(at).line;
        let (start, end) = self.line(line)?;
        let text = &self.file.text[start as usize..end as usize];
        if !self.is_in_text(start) {
            let indent = text.len() - text.trim_start_matches([' ', '\t']).len();
            return Some(Place::Above {
                at: start,
                indent: text[..indent].to_owned(),
                end: line_end(&self.file.text),
            });
        }
        let kept = text.trim_end();
        let at = start + kept.len() as u32;
        let taken =
            self.is_in_text(at) || self.comments.iter().any(|c| c.end >= at && c.start < at);
        (!taken).then_some(Place::Behind { at })
    }

    /// A line without the byte order mark before it and the line end behind it.
    fn line(&self, line: u32) -> Option<(u32, u32)> {
        let text = &self.file.text;
        let mark = if line == 1 && text.starts_with('\u{FEFF}') {
            3
        } else {
            0
        };
        let start = self.file.lines.line_start(line)?.max(mark);
        let rest = &text[start as usize..];
        let len = rest.find(['\n', '\r']).unwrap_or(rest.len());
        Some((start, start + len as u32))
    }

    fn text_at(&self, offset: u32) -> Option<&TextRange> {
        self.texts.iter().find(|text| holds(**text, offset))
    }

    /// Whether a comment written here would be a part of a text.
    fn is_in_text(&self, offset: u32) -> bool {
        self.text_at(offset).is_some_and(|text| text.start < offset)
    }
}

fn holds(range: TextRange, offset: u32) -> bool {
    range.start <= offset && offset < range.end
}
