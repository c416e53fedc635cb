//! What goes wrong in an expression: problems found before it runs, and errors while it runs.

use crate::diagnostic::{Applicability, Code};
use crate::source::{Span, TextRange};

/// A diagnostic whose places count from the start of the expression's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub code: &'static Code,
    pub range: TextRange,
    pub message: String,
    pub label: Option<String>,
    /// Other places in the same expression.
    pub labels: Vec<(TextRange, String)>,
    /// Other places in the workspace: where a field is declared, what made a name unavailable.
    pub elsewhere: Vec<(Span, String)>,
    pub note: Option<String>,
    pub help: Option<String>,
    pub fixes: Vec<ProblemFix>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemFix {
    pub message: String,
    pub applicability: Applicability,
    pub edits: Vec<(TextRange, String)>,
}

/// An expression that failed while it ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    pub kind: EvalErrorKind,
    /// One line, as a trace shows it: "division by zero".
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EvalErrorKind {
    DivisionByZero,
    Overflow,
    NoSuchKey,
    NoSuchOverload,
    InvalidArgument,
    /// An `optional.none()` was read.
    NoValue,
    /// More work than one evaluation may do.
    Limit,
}

impl EvalError {
    pub fn new(kind: EvalErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}

impl std::fmt::Display for EvalError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EvalError {}
