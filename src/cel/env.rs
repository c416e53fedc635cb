//! What an expression may mention, and what is already known to be there.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::check::Segments;
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
    /// No root is called `a.b`, which need not be looked for.
    pub plain: bool,
    pub given: Given,
}

/// What is so at a place whatever was decided before.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// By path of a field that never changes: what it is.
    pub fixed: Arc<BTreeMap<Segments, World>>,
    /// By path of a boolean that is worked out from a condition: what holds where that is true, and
    /// where it is false.
    pub conditions: Arc<BTreeMap<Arc<str>, (World, World)>>,
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
    pub message: Cow<'static, str>,
    pub help: Cow<'static, str>,
    /// The place that made it so, with its label: the `wait`.
    pub because: Option<(Span, &'static str)>,
}

impl Env {
    pub fn root(&self, name: &str) -> Option<(usize, &Root)> {
        self.roots
            .iter()
            .enumerate()
            .find(|(_, r)| &*r.name == name)
    }

    /// Some root is called `a.b`, as in protocol buffers.
    pub(super) fn has_dotted_roots(&self) -> bool {
        let mut names = self.roots.iter().map(|root| root.name.as_bytes());
        !self.plain && names.any(|name| name.contains(&b'.'))
    }

    /// Adds a root that can be read, and answers its slot.
    pub fn bind(&mut self, name: impl Into<Arc<str>>, ty: Type) -> usize {
        let name = name.into();
        self.plain &= !name.contains('.');
        self.roots.push(Root {
            name,
            binding: Binding::Value(ty),
        });
        self.roots.len() - 1
    }
}

/// Paths proved to be present, as written from the root: `traveler.home_store`, `event.items`.
/// Names that are no plain identifiers stand in back-ticks.
///
/// A fact about a path is also one about all its prefixes. A copy costs nothing: what does not
/// change is shared.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Present {
    /// None where nothing is known to be present, as at most places.
    paths: Option<Arc<BTreeSet<Arc<str>>>>,
}

/// What is known at a place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// What is known to be there.
    pub(super) present: Present,
    /// What is known of the values.
    pub world: World,
}

impl Present {
    /// Notes that a path is present, and so all its prefixes.
    pub(super) fn assume(&mut self, path: impl Into<Arc<str>>) {
        let path = path.into();
        let present = Arc::make_mut(self.paths.get_or_insert_default());
        let mut quoted = false;
        for (at, c) in path.char_indices() {
            match c {
                '`' => quoted = !quoted,
                '.' if !quoted && !present.contains(&path[..at]) => {
                    present.insert(path[..at].into());
                }
                _ => {}
            }
        }
        present.insert(path);
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        let paths = match (&self.paths, &other.paths) {
            (Some(a), Some(b)) if !Arc::ptr_eq(a, b) => Some(Arc::new(&**a | &**b)),
            (Some(one), _) | (None, Some(one)) => Some(Arc::clone(one)),
            (None, None) => None,
        };
        Self { paths }
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        match (&self.paths, &other.paths) {
            (Some(a), Some(b)) if Arc::ptr_eq(a, b) => self.clone(),
            (Some(a), Some(b)) => Self::of(&**a & &**b),
            _ => Self::default(),
        }
    }

    pub(super) fn forget(&mut self, root: &str) {
        let about = |path: &str| {
            path.strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if self.paths().any(|path| about(path)) {
            let kept = self.paths().filter(|path| !about(path));
            *self = Self::of(kept.cloned().collect());
        }
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &Arc<str>> {
        self.paths.iter().flat_map(|all| all.iter())
    }

    fn of(paths: BTreeSet<Arc<str>>) -> Self {
        let paths = (!paths.is_empty()).then(|| Arc::new(paths));
        Self { paths }
    }
}

impl Facts {
    pub fn is_present(&self, path: &str) -> bool {
        let present = self.present.paths.as_ref();
        present.is_some_and(|all| all.contains(path))
    }

    /// Notes that a path is present, and so all its prefixes.
    pub fn assume(&mut self, path: impl Into<Arc<str>>) {
        self.present.assume(path);
    }

    /// Nothing is known to be present.
    pub fn is_empty(&self) -> bool {
        self.present.paths.is_none()
    }

    /// What holds when both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            present: self.present.and(&other.present),
            world: self.world.and(&other.world),
        }
    }

    /// What holds when either holds.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            present: self.present.or(&other.present),
            world: self.world.or(&other.world),
        }
    }

    /// Forgets every fact about `root` or a path below it.
    pub fn forget(&mut self, root: &str) {
        self.world.forget(root);
        self.present.forget(root);
    }

    pub fn paths(&self) -> impl Iterator<Item = &Arc<str>> {
        self.present.paths()
    }
}
