//! Why `event` cannot be read at a place, in words.

use std::sync::Arc;

use crate::cel::Absent;
use crate::model::env::Here;
use crate::source::Span;

/// `event` after something that waits.
pub(in crate::check) fn gone<T>(what: &str, span: Span) -> Here<T> {
    because(
        format!("`event` is gone after a {what}"),
        "save what you need in a variable before it: `set: { … }`",
        span,
        "the session waits here",
    )
}

/// `event` where nothing that is an event set things off.
pub(in crate::check) fn not_with<T>(what: &str, span: Span) -> Here<T> {
    because(
        format!("`event` is not here: {what}"),
        "use the profile, a trait or a variable",
        span,
        "this sets it off",
    )
}

pub(in crate::check) fn because<T>(
    message: String,
    help: &str,
    span: Span,
    label: &str,
) -> Here<T> {
    Here::Not(Arc::new(Absent {
        message,
        help: help.to_owned(),
        because: Some((span, label.to_owned())),
    }))
}
