//! A scalar on its own, with what is needed to find places inside it and to write into it.

use std::sync::Arc;

use super::tree::Style;
use crate::source::{Span, TextRange};

/// A scalar's value, where it is written and how. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    value: Arc<str>,
    span: Span,
    style: Style,
    in_flow: bool,
}

impl Text {
    pub fn new(value: impl Into<Arc<str>>, span: Span, style: Style, in_flow: bool) -> Self {
        Self {
            value: value.into(),
            span,
            style,
            in_flow,
        }
    }

    /// The value, quotes and escapes removed, lines folded.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The extent of what is written, quotes included.
    pub fn span(&self) -> Span {
        self.span
    }

    pub fn style(&self) -> Style {
        self.style
    }

    /// Whether it stands inside brackets or braces.
    pub fn is_in_flow(&self) -> bool {
        self.in_flow
    }

    /// Where a range of bytes of the value is written. `source` is the text of the whole file.
    pub fn locate(&self, range: TextRange, source: &str) -> Span {
        let start = range.start + self.span.start();
        let end = range.end + self.span.start();
        let _ = source;
        Span::new(self.span.file, start, end)
    }
}
