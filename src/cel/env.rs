//! What an expression may mention, and what is already known to be there.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::types::Type;
use crate::source::Span;

/// The names an expression may begin with. A root's index is its slot at run time.
#[derive(Clone, Debug, Default)]
pub struct Env {
    pub roots: Vec<Root>,
}

#[derive(Clone, Debug)]
pub struct Root {
    pub name: Arc<str>,
    pub binding: Binding,
}

/// Whether a root can be read here.
#[derive(Clone, Debug)]
pub enum Binding {
    Value(Type),
    /// The name exists in the language but not at this place; the words tell why and what to do.
    Absent(Arc<Absent>),
}

#[derive(Clone, Debug)]
pub struct Absent {
    /// One line, as a diagnostic's message: "`event` is gone after a `wait`".
    pub message: String,
    pub help: String,
    /// The place that made it so, with its label: the `wait`.
    pub because: Option<(Span, String)>,
}

impl Env {
    pub fn root(&self, name: &str) -> Option<(usize, &Root)> {
        self.roots
            .iter()
            .enumerate()
            .find(|(_, r)| &*r.name == name)
    }

    /// Adds a root that can be read, and answers its slot.
    pub fn bind(&mut self, name: impl Into<Arc<str>>, ty: Type) -> usize {
        self.roots.push(Root {
            name: name.into(),
            binding: Binding::Value(ty),
        });
        self.roots.len() - 1
    }
}

/// Paths proved to be present, as written from the root: `traveler.home_store`, `event.items`.
///
/// A fact about a path is also one about all its prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    present: BTreeSet<String>,
}

impl Facts {
    pub fn is_present(&self, path: &str) -> bool {
        self.present.contains(path)
    }

    pub fn assume(&mut self, path: impl Into<String>) {
        self.present.insert(path.into());
    }

    /// What holds when both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            present: self.present.union(&other.present).cloned().collect(),
        }
    }

    /// What holds when either holds.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            present: self.present.intersection(&other.present).cloned().collect(),
        }
    }

    /// Forgets every fact about `root` or a path below it.
    pub fn forget(&mut self, root: &str) {
        self.present.retain(|path| {
            path != root
                && !path
                    .strip_prefix(root)
                    .is_some_and(|rest| rest.starts_with('.'))
        });
    }

    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.present.iter().map(String::as_str)
    }
}
