//! What is beyond the diagnostics that are told of a file: numbers go in, one closing diagnostic a
//! file and severity comes out.
//!
//! A closing diagnostic stands for those that are not told, of its severity, and counts for them.

use std::collections::BTreeMap;

use super::levels::Levels;
use crate::diagnostic::{Diagnostic, MAX_KEPT, Rest, Severity, codes};
use crate::source::{FileId, Span};

/// What is not told, by file.
#[derive(Debug, Default)]
pub(super) struct Beyond(BTreeMap<FileId, Rest>);

/// How many of a severity, and where the first stands if that is known.
#[derive(Clone, Copy, Debug, Default)]
struct Untold {
    count: usize,
    from: Option<Span>,
}

impl Beyond {
    pub(super) fn add(&mut self, file: FileId, rest: Rest) {
        if !rest.is_empty() {
            self.0.entry(file).or_default().join(rest);
        }
    }

    /// Whether an error is among them.
    pub(super) fn has_errors(&self) -> bool {
        let mut counts = self.0.values().flat_map(Rest::counts);
        counts.any(|(code, _)| code.severity == Severity::Error)
    }

    /// Whether something of this file is not told.
    pub(super) fn has(&self, file: FileId) -> bool {
        self.0.contains_key(&file)
    }

    /// Leaves of each file what may be told, with a closing diagnostic of each severity of which
    /// there is more. The diagnostics are sorted and have their levels; `allowed` says what a file
    /// allows everywhere.
    pub(super) fn close(
        mut self,
        diagnostics: Vec<Diagnostic>,
        levels: &Levels,
        allowed: impl Fn(FileId, &str) -> bool,
    ) -> Vec<Diagnostic> {
        if self.0.is_empty() && diagnostics.len() <= MAX_KEPT {
            return diagnostics;
        }
        let mut told = Vec::with_capacity(diagnostics.len());
        let mut diagnostics = diagnostics.into_iter().peekable();
        while let Some(file) = diagnostics.peek().map(|it| it.span.file) {
            let mut untold: [Untold; 2] = Default::default();
            let mut last = Span::new(file, 0, 0);
            let mut count = 0;
            while let Some(next) = diagnostics.next_if(|it| it.span.file == file) {
                count += 1;
                if count <= MAX_KEPT {
                    last = next.span;
                    told.push(next);
                } else {
                    untold[next.severity as usize].add(1, Some(next.span));
                }
            }
            let rest = self.0.remove(&file).unwrap_or_default();
            for (code, count) in rest.counts() {
                if !allowed(file, code.name)
                    && let Some(severity) = levels.severity(code)
                {
                    untold[severity as usize].add(*count, rest.from());
                }
            }
            for (severity, untold) in [Severity::Error, Severity::Warning].iter().zip(untold) {
                if untold.count > 0 {
                    let from = untold.from.filter(|from| from.start() >= last.start());
                    told.push(closing(*severity, untold.count, from.unwrap_or(last)));
                }
            }
        }
        told
    }
}

impl Untold {
    fn add(&mut self, count: usize, from: Option<Span>) {
        self.count += count;
        self.from = self.from.or(from);
    }
}

fn closing(severity: Severity, count: usize, span: Span) -> Diagnostic {
    let (verb, s) = if count == 1 { ("is", "") } else { ("are", "s") };
    let message = format!(
        "there {verb} {count} more {}{s} in this file",
        severity.as_str()
    );
    let mut diagnostic = Diagnostic::new(&codes::LIMIT_EXCEEDED, span, message)
        .here("from here on they are only counted")
        .note(format!(
            "at most {MAX_KEPT} diagnostics are reported per file"
        ))
        .help("fix the reported ones, and check again");
    diagnostic.severity = severity;
    diagnostic.stands_for = count;
    diagnostic
}
