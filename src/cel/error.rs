//! What goes wrong in an expression: problems found before it runs, and errors while it runs.

use crate::diagnostic::{Applicability, Code, did_you_mean, nearest};
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

impl Problem {
    pub fn new(code: &'static Code, range: TextRange, message: impl Into<String>) -> Self {
        Self {
            code,
            range,
            message: message.into(),
            label: None,
            labels: Vec::new(),
            elsewhere: Vec::new(),
            note: None,
            help: None,
            fixes: Vec::new(),
        }
    }

    /// Says something right under the place itself.
    #[must_use]
    pub fn here(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Points at another place in the expression.
    #[must_use]
    pub fn label(mut self, range: TextRange, message: impl Into<String>) -> Self {
        self.labels.push((range, message.into()));
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Offers to replace `range` by `text`.
    #[must_use]
    pub fn fix(
        self,
        applicability: Applicability,
        message: impl Into<String>,
        range: TextRange,
        text: impl Into<String>,
    ) -> Self {
        self.fix_all(applicability, message, vec![(range, text.into())])
    }

    /// Offers several replacements that belong together.
    #[must_use]
    pub fn fix_all(
        mut self,
        applicability: Applicability,
        message: impl Into<String>,
        edits: Vec<(TextRange, String)>,
    ) -> Self {
        self.fixes.push(ProblemFix {
            message: message.into(),
            applicability,
            edits,
        });
        self
    }

    /// For a name that nothing declares: help and fix name the nearest of `known`, if any is
    /// near; otherwise the help lists what there is.
    #[must_use]
    pub fn suggest<'a>(self, written: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let range = self.range;
        let known: Vec<&str> = known.into_iter().collect();
        match nearest(written, known.iter().copied()) {
            Some(best) => self.help(format!("did you mean `{best}`?")).fix(
                Applicability::Unsafe,
                format!("write `{best}`"),
                range,
                best,
            ),
            None => match did_you_mean::list(&known) {
                Some(list) => self.help(list),
                None => self,
            },
        }
    }

    /// The same problem, its places counted from `base` bytes earlier.
    #[must_use]
    pub fn shift(mut self, base: u32) -> Self {
        self.range = self.range.shift(base);
        for (range, _) in &mut self.labels {
            *range = range.shift(base);
        }
        for (range, _) in self.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
            *range = range.shift(base);
        }
        self
    }
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
