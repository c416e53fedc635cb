//! Maps and sets of a few entries: sorted lists, which take no more memory than their entries.

use serde::{Deserialize, Serialize};

/// A map of a few entries, in the order of its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    from = "Vec<(K, V)>",
    bound(deserialize = "K: Deserialize<'de> + Ord, V: Deserialize<'de>")
)]
pub(super) struct SmallMap<K, V>(Box<[(K, V)]>);

impl<K, V> Default for SmallMap<K, V> {
    fn default() -> Self {
        Self(Box::default())
    }
}

impl<K: Ord, V> SmallMap<K, V> {
    fn place(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|entry| entry.0.cmp(key))
    }

    fn put(&mut self, at: usize, key: K, value: V) {
        let mut entries = std::mem::take(&mut self.0).into_vec();
        entries.reserve_exact(1);
        entries.insert(at, (key, value));
        self.0 = entries.into();
    }

    fn take(&mut self, at: usize) -> (K, V) {
        let mut entries = std::mem::take(&mut self.0).into_vec();
        let taken = entries.remove(at);
        self.0 = entries.into();
        taken
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.place(key).ok().map(|at| &self.0[at].1)
    }

    /// The value, which is made if there is none.
    pub(super) fn or_insert(&mut self, key: K, value: V) -> &mut V {
        let at = match self.place(&key) {
            Ok(at) => at,
            Err(at) => {
                self.put(at, key, value);
                at
            }
        };
        &mut self.0[at].1
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        match self.place(&key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.put(at, key, value),
        }
    }

    pub(super) fn remove(&mut self, key: &K) {
        if let Ok(at) = self.place(key) {
            self.take(at);
        }
    }

    pub(super) fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let mut entries = std::mem::take(&mut self.0).into_vec();
        entries.retain(|(key, value)| keep(key, value));
        self.0 = entries.into();
    }

    pub(super) fn first(&self) -> Option<&(K, V)> {
        self.0.first()
    }

    pub(super) fn pop_first(&mut self) -> Option<(K, V)> {
        (!self.0.is_empty()).then(|| self.take(0))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.0.iter()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|entry| &entry.0)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|entry| &entry.1)
    }
}

/// What was read back, in whatever order: of a repeated key the first entry counts.
impl<K: Ord, V> From<Vec<(K, V)>> for SmallMap<K, V> {
    fn from(mut entries: Vec<(K, V)>) -> Self {
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries.dedup_by(|a, b| a.0 == b.0);
        Self(entries.into())
    }
}

impl<K, V> IntoIterator for SmallMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_vec().into_iter()
    }
}

/// Makes room for one more, without much to spare.
pub(super) fn push_room<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 2 + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_the_order_of_their_keys() {
        let mut map = SmallMap::default();
        for key in [5, 1, 4, 1] {
            map.insert(key, key * 10);
        }
        *map.or_insert(4, 0) += 1;
        map.or_insert(2, 7);
        assert_eq!(map.get(&4), Some(&41));
        assert_eq!(
            map.iter().map(|entry| entry.0).collect::<Vec<_>>(),
            [1, 2, 4, 5]
        );
        assert_eq!(map.pop_first(), Some((1, 10)));
        map.remove(&5);
        map.retain(|_, value| *value != 7);
        assert_eq!(map.into_iter().collect::<Vec<_>>(), [(4, 41)]);
        let read = SmallMap::from(vec![(3, 'c'), (1, 'a'), (3, 'x')]);
        assert_eq!(read.into_iter().collect::<Vec<_>>(), [(1, 'a'), (3, 'c')]);
    }
}
