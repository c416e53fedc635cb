//! What is said of some fields, by path: a sorted list, for there are rarely more than a few.

use std::sync::Arc;

use smallvec::SmallVec;

/// By path, each once.
#[derive(Clone, Debug)]
pub(super) struct Fields<T>(SmallVec<[(Arc<str>, T); 3]>);

impl<T> Default for Fields<T> {
    fn default() -> Self {
        Self(SmallVec::new())
    }
}

impl<T: PartialEq> PartialEq for Fields<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Fields<T> {
    fn find(&self, path: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(path))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, path: &str) -> Option<&T> {
        self.find(path).ok().map(|at| &self.0[at].1)
    }

    pub(super) fn get_mut(&mut self, path: &str) -> Option<&mut T> {
        self.find(path).ok().map(|at| &mut self.0[at].1)
    }

    /// In the order of the paths.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &T)> {
        self.0.iter().map(|(path, said)| (path, said))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.iter().map(|(path, _)| path)
    }

    pub(super) fn insert(&mut self, path: &Arc<str>, said: T) {
        match self.find(path) {
            Ok(at) => self.0[at].1 = said,
            Err(at) => self.0.insert(at, (Arc::clone(path), said)),
        }
    }

    pub(super) fn retain(&mut self, mut keep: impl FnMut(&str, &mut T) -> bool) {
        self.0.retain(|(path, said)| keep(path, said));
    }
}
