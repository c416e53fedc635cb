//! What is known to be present: what an outcome of an expression proves, and what holds where the
//! checker is just now.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smallvec::smallvec;

use super::super::env::Present;
use super::Segments;

/// What one outcome of an expression proves: that it is true, or that it is false.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// It never comes out that way.
    Never,
    Proves(Present),
}

impl Default for Outcome {
    fn default() -> Self {
        Self::Proves(Present::default())
    }
}

impl Outcome {
    pub(super) fn present(path: &Path) -> Self {
        let mut present = Present::default();
        present.assume(path.key());
        Self::Proves(present)
    }

    /// Both come out.
    pub(super) fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Proves(a), Self::Proves(b)) => Self::Proves(a.and(b)),
            _ => Self::Never,
        }
    }

    /// One of them comes out.
    pub(super) fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Never, other) | (other, Self::Never) => other.clone(),
            (Self::Proves(a), Self::Proves(b)) => Self::Proves(a.or(b)),
        }
    }

    /// Without what it proves about a variable that ends here.
    pub(super) fn without(self, variable: &str) -> Self {
        match self {
            Self::Never => Self::Never,
            Self::Proves(mut present) => {
                present.forget(variable);
                Self::Proves(present)
            }
        }
    }

    /// What it proves besides what was known; nothing is known of what never comes out.
    pub(super) fn added_to(&self, known: &Present) -> Present {
        match self {
            Self::Never => known.clone(),
            Self::Proves(present) => known.and(present),
        }
    }
}

/// The paths known to be present at one place, entered and left like a scope.
#[derive(Debug, Default)]
pub(super) struct Known {
    counts: BTreeMap<Arc<str>, u32>,
    log: Vec<Arc<str>>,
    /// Reported as possibly absent: told once, and taken for present from then on.
    told: BTreeSet<String>,
}

impl Known {
    pub(super) fn is_present(&self, path: &Path) -> bool {
        if self.counts.is_empty() && self.told.is_empty() {
            return false;
        }
        let path = path.key();
        self.counts.get(&*path).is_some_and(|n| *n > 0) || self.told.contains(&path)
    }

    /// Takes the facts for true until [`Self::leave`] with the mark it answers.
    pub(super) fn enter(&mut self, outcome: &Outcome) -> usize {
        let mark = self.log.len();
        if let Outcome::Proves(present) = outcome {
            for path in present.paths() {
                *self.counts.entry(Arc::clone(path)).or_default() += 1;
                self.log.push(Arc::clone(path));
            }
        }
        mark
    }

    pub(super) fn leave(&mut self, mark: usize) {
        for path in self.log.drain(mark..) {
            if let Some(count) = self.counts.get_mut(&path) {
                *count -= 1;
            }
        }
    }

    /// Whether something before the end of the path has been reported.
    pub(super) fn told_before(&self, path: &Path) -> bool {
        if self.told.is_empty() {
            return false;
        }
        let path = path.key();
        self.told.iter().any(|told| {
            path.strip_prefix(told.as_str())
                .is_some_and(|rest| rest.starts_with('.'))
        })
    }

    pub(super) fn tell(&mut self, path: &Path) {
        self.told.insert(path.key());
    }
}

/// A value's path from a root or an iteration variable.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub segments: Segments,
    /// Of an iteration variable, what facts call it: different for variables that share a name.
    variable: Option<Arc<str>>,
    /// Read with `.?` somewhere: a value of type `optional`.
    pub optional: bool,
}

impl Path {
    pub(super) fn root(name: &Arc<str>) -> Self {
        Self {
            segments: smallvec![Arc::clone(name)],
            variable: None,
            optional: false,
        }
    }

    pub(super) fn variable(name: &str, key: &Arc<str>) -> Self {
        Self {
            variable: Some(Arc::clone(key)),
            ..Self::root(&name.into())
        }
    }

    pub(super) fn field(mut self, name: Arc<str>, optional: bool) -> Self {
        self.segments.push(name);
        self.optional |= optional;
        self
    }

    /// It begins at an iteration variable.
    pub(super) fn is_variable(&self) -> bool {
        self.variable.is_some()
    }

    /// What facts call it.
    pub(super) fn key(&self) -> String {
        self.joined(self.variable.as_ref())
    }

    /// As it is written.
    pub(super) fn shown(&self) -> String {
        self.joined(None)
    }

    /// The names with dots between them; the first may be called otherwise.
    fn joined(&self, renamed: Option<&Arc<str>>) -> String {
        let Some((first, fields)) = self.segments.split_first() else {
            return String::new();
        };
        let len: usize = self.segments.iter().map(|name| name.len() + 3).sum();
        let mut joined = String::with_capacity(len);
        joined.push_str(renamed.unwrap_or(first));
        for field in fields {
            joined.push('.');
            joined.push_str(&as_written(field));
        }
        joined
    }
}

/// A field's name as it stands in an expression: in back-ticks, unless it is a plain name.
pub(in crate::cel) fn as_written(name: &str) -> Cow<'_, str> {
    let plain = name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !matches!(name, "in" | "true" | "false" | "null");
    if plain {
        name.into()
    } else {
        format!("`{name}`").into()
    }
}
