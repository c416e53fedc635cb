//! One mistake is told once. Unused declarations are told only where nothing hides a use: of a
//! misspelt name, what was meant would otherwise be called unused.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic, Severity, codes};
use crate::source::Sources;

/// The warnings that something is unused.
static UNUSED: [&Code; 10] = [
    &codes::UNUSED_VARIABLE,
    &codes::UNUSED_TEMPLATE,
    &codes::UNUSED_SEGMENT,
    &codes::UNUSED_EVENT,
    &codes::UNUSED_ACTION,
    &codes::UNUSED_PARAMETER,
    &codes::UNUSED_CHANNEL,
    &codes::UNUSED_PERSONA,
    &codes::UNUSED_TRAIT,
    &codes::UNUSED_MODEL,
];

/// How an empty key may be written.
const EMPTY: [&str; 3] = ["", "\"\"", "''"];

/// Takes back what is told of a scalar that is wrong for another reason: how other tools would read
/// it, what is wrong with an expression where a text was meant, and that an empty key is there
/// twice.
pub(super) fn drop_second_reasons(sources: &Sources, diagnostics: &mut Vec<Diagnostic>) {
    let place = |it: &Diagnostic| (it.span.file, it.span.start(), it.span.end());
    let mut errors = BTreeSet::new();
    let mut texts = BTreeMap::new();
    for error in diagnostics
        .iter()
        .filter(|it| it.severity == Severity::Error)
    {
        let (file, start, end) = place(error);
        errors.insert((file, start, end));
        if *error.code == codes::BARE_WORD {
            texts.insert((file, start), end);
        }
    }
    diagnostics.retain(|it| {
        let (file, start, end) = place(it);
        if *it.code == codes::DUPLICATE_KEY {
            // Of two empty keys the first should not be there either: that is the mistake.
            let mut first = it.labels.iter().map(|label| label.span);
            return !first.any(|it| {
                errors.contains(&(it.file, it.start(), it.end()))
                    && EMPTY.contains(&sources.text(it))
            });
        }
        if *it.code == codes::AMBIGUOUS_SCALAR {
            let mut inside = errors.range((file, start, 0)..=(file, end, end));
            return !inside.any(|(_, _, until)| *until <= end);
        }
        let text = texts.range(..=(file, start)).next_back();
        *it.code != codes::INVALID_EXPRESSION
            || !text.is_some_and(|((of, _), until)| *of == file && *until >= end)
    });
}

/// Takes back what may be a follow-up of an error.
pub(super) fn drop_unused(diagnostics: &mut Vec<Diagnostic>) {
    let mut errors: Vec<&'static Code> = Vec::new();
    for diagnostic in diagnostics.iter() {
        if diagnostic.severity == Severity::Error && !errors.contains(&diagnostic.code) {
            errors.push(diagnostic.code);
        }
    }
    diagnostics.retain(|diagnostic| {
        !UNUSED.contains(&diagnostic.code)
            || !errors.iter().any(|error| may_hide(error, diagnostic.code))
    });
}

/// What an unknown name could have meant, and so what else may seem unused behind it.
static HIDDEN: [(&Code, &[&Code]); 18] = [
    (&codes::UNKNOWN_EVENT, &[&codes::UNUSED_EVENT]),
    (
        &codes::UNKNOWN_CONNECTION,
        &[
            &codes::UNUSED_EVENT,
            &codes::UNUSED_ACTION,
            &codes::UNUSED_CHANNEL,
        ],
    ),
    (&codes::UNKNOWN_SEGMENT, &[&codes::UNUSED_SEGMENT]),
    (&codes::UNKNOWN_CHANNEL, &[&codes::UNUSED_CHANNEL]),
    (&codes::UNKNOWN_TEMPLATE, &[&codes::UNUSED_TEMPLATE]),
    (&codes::UNKNOWN_ACTION, &[&codes::UNUSED_ACTION]),
    (&codes::UNKNOWN_VARIABLE, &[&codes::UNUSED_VARIABLE]),
    (&codes::UNKNOWN_PARAMETER, &[&codes::UNUSED_PARAMETER]),
    (&codes::MISSING_PARAMETER, &[]),
    (&codes::UNKNOWN_MILESTONE, &[]),
    (&codes::UNKNOWN_FUNCTION, &[]),
    (&codes::UNKNOWN_TYPE, &[]),
    (&codes::UNKNOWN_IDENTITY, &[]),
    (&codes::UNKNOWN_FILE, &[]),
    (&codes::UNKNOWN_TRAVELER, &[]),
    (&codes::UNKNOWN_MODEL, &[&codes::UNUSED_MODEL]),
    (&codes::INVALID_MODEL, &[]),
    (&codes::UNKNOWN_ENUM_VALUE, &[&codes::UNUSED_PERSONA]),
];

/// Whether behind an error there may be the use of a thing that seems unused. What could not be
/// read, or says something else than was meant, may have used anything; an unknown name only what
/// it could have meant.
fn may_hide(error: &Code, unused: &Code) -> bool {
    match HIDDEN.iter().find(|(of, _)| *of == error) {
        Some((_, hidden)) => hidden.contains(&unused),
        None => ["CJ01", "CJ02", "CJ03", "CJ04"]
            .iter()
            .any(|stage| error.id.starts_with(stage)),
    }
}
