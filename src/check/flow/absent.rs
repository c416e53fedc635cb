//! Why `event` cannot be read at a place, in words.

use std::borrow::Cow;
use std::sync::Arc;

use crate::cel::Absent;
use crate::model::env::Here;
use crate::source::Span;

/// `event` after something that waits.
pub(in crate::check) fn gone<T>(message: &'static str, span: Span) -> Here<T> {
    because(
        message,
        "save what you need in a variable before it: `set: { … }`",
        span,
        "the session waits here",
    )
}

/// `event` where nothing that is an event set things off.
pub(in crate::check) fn not_with<T>(message: &'static str, span: Span) -> Here<T> {
    because(
        message,
        "use the profile, a trait or a variable",
        span,
        "this triggers it",
    )
}

pub(in crate::check) fn because<T>(
    message: impl Into<Cow<'static, str>>,
    help: &'static str,
    span: Span,
    label: &'static str,
) -> Here<T> {
    Here::Not(Arc::new(Absent {
        message: message.into(),
        help: help.into(),
        because: Some((span, label)),
    }))
}
