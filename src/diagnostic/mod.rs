//! What is wrong, as data: code, severity, places, help and fixes. How it is printed is `render`'s
//! business.
//!
//! Invariant: a diagnostic's message is one line that stands alone, lower case, without a full
//! stop, names in back-ticks.

pub mod codes;
mod kept;
mod suggest;

pub use codes::Code;
pub use kept::{Kept, MAX_KEPT, Rest};
pub use suggest::{did_you_mean, nearest};

use crate::source::Span;

/// How much it matters: an error fails the check, a warning does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    pub code: &'static Code,
    pub severity: Severity,
    pub message: String,
    /// The smallest thing that is wrong.
    pub span: Span,
    /// What to say right under `span`; the message stands without it.
    pub label: Option<String>,
    /// Other places that matter: what it conflicts with, where the name is declared.
    pub labels: Vec<Label>,
    /// Why it matters, where that is not obvious.
    pub note: Option<String>,
    /// What to do.
    pub help: Option<String>,
    pub fixes: Vec<Fix>,
    /// How many it counts for: more than itself where it stands for those that are not told.
    pub stands_for: usize,
}

/// A second place, possibly in another file, and what it has to do with the matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub message: String,
}

/// A change that mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What applying it does, as a command: "rename to `order_placed`".
    pub message: String,
    pub applicability: Applicability,
    /// Replacements that do not overlap.
    pub edits: Vec<Edit>,
}

/// Who may apply a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// Only a person: the text holds a place to fill in.
    DisplayOnly,
    /// Probably what was meant, but it may change the meaning.
    Unsafe,
    /// Keeps the meaning or mends what could not have worked.
    Safe,
}

impl Applicability {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DisplayOnly => "display-only",
            Self::Unsafe => "unsafe",
            Self::Safe => "safe",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// How many bytes a message may have before its middle is left out.
const MAX_MESSAGE: usize = 2_000;

fn shorten(text: &mut String) {
    if text.len() <= MAX_MESSAGE {
        return;
    }
    let boundary = |at: usize| {
        let mut places = at..=text.len();
        places.find(|at| text.is_char_boundary(*at))
    };
    let start = boundary(MAX_MESSAGE / 2).unwrap_or_default();
    let end = boundary(text.len() - MAX_MESSAGE / 2).unwrap_or(text.len());
    text.replace_range(start..end, "…");
}

impl Diagnostic {
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            message: message.into(),
            span,
            label: None,
            labels: Vec::new(),
            note: None,
            help: None,
            fixes: Vec::new(),
            stands_for: 1,
        }
    }

    /// Keeps what it says at a length that can be read: names in it may be of any length.
    #[must_use]
    pub fn shortened(mut self) -> Self {
        shorten(&mut self.message);
        let labels = self.labels.iter_mut().map(|label| &mut label.message);
        let fixes = self.fixes.iter_mut().map(|fix| &mut fix.message);
        let others = [&mut self.label, &mut self.note, &mut self.help];
        others
            .into_iter()
            .flatten()
            .chain(labels)
            .chain(fixes)
            .for_each(shorten);
        self
    }

    /// Whether it only closes a file, and stands for warnings that are not told.
    pub fn closes_warnings(&self) -> bool {
        self.severity == Severity::Warning && self.code == &codes::LIMIT_EXCEEDED
    }

    /// Says something right under the place itself.
    #[must_use]
    pub fn here(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Points at another place.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            message: message.into(),
        });
        self
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Offers to replace `span` by `text`.
    #[must_use]
    pub fn fix(
        mut self,
        applicability: Applicability,
        message: impl Into<String>,
        span: Span,
        text: impl Into<String>,
    ) -> Self {
        let edits = vec![Edit {
            span,
            text: text.into(),
        }];
        self.fixes.push(Fix {
            message: message.into(),
            applicability,
            edits,
        });
        self
    }

    /// For a name that nothing declares: help and fix name the nearest of `known`, if any is near;
    /// otherwise the help lists what there is.
    #[must_use]
    pub fn suggest<'a>(self, written: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let span = self.span;
        let known: Vec<&str> = known.into_iter().collect();
        match nearest(written, known.iter().copied()) {
            Some(best) => self.help(format!("did you mean `{best}`?")).fix(
                Applicability::Unsafe,
                format!("write `{best}`"),
                span,
                best,
            ),
            None => match did_you_mean::list(&known) {
                Some(list) => self.help(list),
                None => self,
            },
        }
    }
}
