//! What an expression may mention, and what is already known to be there.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::domain::World;
use super::types::Type;
use crate::source::Span;

/// The names an expression may begin with. A root's index is its slot at run time.
#[derive(Clone, Debug, Default)]
pub struct Env {
    pub roots: Vec<Root>,
    /// Judge as the standard does, not as the language: lists may mix types, and what fails at
    /// run time only is no error.
    pub lenient: bool,
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
/// Names that are no plain identifiers stand in back-ticks.
///
/// A fact about a path is also one about all its prefixes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    present: BTreeSet<String>,
    /// What is known of the values.
    pub world: World,
}

impl Facts {
    pub fn is_present(&self, path: &str) -> bool {
        self.present.contains(path)
    }

    /// Notes that a path is present, and so all its prefixes.
    pub fn assume(&mut self, path: impl Into<String>) {
        let path = path.into();
        let mut quoted = false;
        for (at, c) in path.char_indices() {
            match c {
                '`' => quoted = !quoted,
                '.' if !quoted => {
                    self.present.insert(path[..at].into());
                }
                _ => {}
            }
        }
        self.present.insert(path);
    }

    /// Nothing is known to be present.
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// What holds when both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            present: self.present.union(&other.present).cloned().collect(),
            world: self.world.and(&other.world),
        }
    }

    /// What holds when either holds.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            present: self.present.intersection(&other.present).cloned().collect(),
            world: self.world.or(&other.world),
        }
    }

    /// Forgets every fact about `root` or a path below it.
    pub fn forget(&mut self, root: &str) {
        self.world.forget(root);
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
