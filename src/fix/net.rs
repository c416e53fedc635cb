//! The safety net: whether fixes did what they promised, judged by the diagnostics before and after.
//!
//! Behind what could not be read there may be more that is wrong, and some checks wait until all
//! others are content: errors of that kind come to light, and are no reason to take a fix back. An
//! error that the fix itself brings is.

use std::collections::BTreeMap;

use super::edits::{Choice, Edited};
use crate::compile::Outcome;
use crate::diagnostic::{Applicability, Diagnostic, Severity};

/// What speaks against fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Against {
    /// What was to be mended is still there.
    Nothing,
    /// They bring this error.
    Error(String),
}

/// Diagnostics that say the same of a file, wherever in it.
type Key<'d> = (&'d str, &'static str, &'d str);

/// What speaks against the fixes that lead from one outcome to the other, if anything does.
pub(super) fn against(
    choices: &[Choice<'_>],
    edited: &Edited,
    before: &Outcome,
    after: &Outcome,
) -> Option<Against> {
    let mut old = counts(before, |_| true);
    let new = counts(after, |_| true);
    for choice in choices {
        if let Some(count) = old.get_mut(&key(before, choice.diagnostic)) {
            *count = count.saturating_sub(1);
        }
    }
    let stays = |choice: &Choice<'_>| {
        let key = key(before, choice.diagnostic);
        new.get(&key).copied().unwrap_or(0) > old.get(&key).copied().unwrap_or(0)
    };
    if choices.iter().any(stays) {
        return Some(Against::Nothing);
    }
    let errors = |outcome| counts(outcome, is_error);
    let mut old = errors(before);
    let more = errors(after).values().sum::<usize>() > old.values().sum::<usize>();
    for error in after.diagnostics.iter().filter(|d| is_error(d)) {
        if let Some(count) = old.get_mut(&key(after, error)).filter(|count| **count > 0) {
            *count -= 1;
        } else if is_brought(error, choices, touches(error, edited, after), more) {
            return Some(Against::Error(error.message.clone()));
        }
    }
    None
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

/// Whether a new error is the work of the fixes, rather than one that came to light behind them.
fn is_brought(error: &Diagnostic, choices: &[Choice<'_>], touches: bool, more: bool) -> bool {
    let mended = choices.iter().filter(|choice| is_error(choice.diagnostic));
    // A warning hides nothing.
    let Some(first) = mended.map(|choice| stage(choice.diagnostic)).min() else {
        return true;
    };
    let guess = choices
        .iter()
        .any(|choice| choice.fix.applicability < Applicability::Safe);
    if stage(error) >= PROOFS && first < PROOFS {
        return false;
    }
    // What was guessed and leads to an error was guessed wrong.
    let doubtful = guess && (more || touches);
    stage(error) < first || doubtful || touches && (more || stage(error) == first)
}

/// The stage from which checks wait until all before them are content.
const PROOFS: &str = "05";

/// The part of a code that says how far the compiler had come.
fn stage(diagnostic: &Diagnostic) -> &'static str {
    &diagnostic.code.id[2..4]
}

/// Whether an error stands on what the fixes wrote.
fn touches(error: &Diagnostic, edited: &Edited, after: &Outcome) -> bool {
    let path = after.sources.path(error.span.file);
    let (start, end) = (error.span.start(), error.span.end());
    edited
        .places
        .iter()
        .any(|(of, place)| of == path && place.start < end.max(start + 1) && start < place.end)
}

fn counts(outcome: &Outcome, which: impl Fn(&Diagnostic) -> bool) -> BTreeMap<Key<'_>, usize> {
    let mut counts = BTreeMap::new();
    for diagnostic in outcome.diagnostics.iter().filter(|d| which(d)) {
        *counts.entry(key(outcome, diagnostic)).or_default() += 1;
    }
    counts
}

fn key<'d>(outcome: &'d Outcome, diagnostic: &'d Diagnostic) -> Key<'d> {
    (
        outcome.sources.path(diagnostic.span.file),
        diagnostic.code.id,
        &diagnostic.message,
    )
}
