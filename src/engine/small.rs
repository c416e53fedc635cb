//! Maps and sets of a few entries: sorted lists, which take no more memory than their entries, and
//! sets of small numbers.

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

/// A set of small numbers, a bit each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<u16>", into = "Vec<u16>")]
pub(super) enum SmallSet {
    /// All are below 64.
    Low(u64),
    Any(Box<[u64]>),
}

impl Default for SmallSet {
    fn default() -> Self {
        Self::Low(0)
    }
}

impl SmallSet {
    fn words(&self) -> &[u64] {
        match self {
            Self::Low(word) => std::slice::from_ref(word),
            Self::Any(words) => words,
        }
    }

    pub(super) fn contains(&self, number: u16) -> bool {
        let word = self.words().get(usize::from(number / 64));
        word.is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// False where it is there already.
    pub(super) fn insert(&mut self, number: u16) -> bool {
        let (word, bit) = (usize::from(number / 64), 1 << (number % 64));
        if self.contains(number) {
            return false;
        }
        if let (Self::Low(low), 0) = (&mut *self, word) {
            *low |= bit;
            return true;
        }
        let mut words = self.words().to_vec();
        words.resize(words.len().max(word + 1), 0);
        words[word] |= bit;
        *self = Self::Any(words.into());
        true
    }

    /// The numbers, sorted.
    pub(super) fn iter(&self) -> impl Iterator<Item = u16> {
        let words = self.words().iter().enumerate();
        words.flat_map(|(index, word)| {
            let bits = (0..64).filter(move |bit| word & (1 << bit) != 0);
            bits.map(move |bit| index as u16 * 64 + bit)
        })
    }
}

impl From<Vec<u16>> for SmallSet {
    fn from(numbers: Vec<u16>) -> Self {
        let mut set = Self::default();
        for number in numbers {
            set.insert(number);
        }
        set
    }
}

impl From<SmallSet> for Vec<u16> {
    fn from(set: SmallSet) -> Self {
        set.iter().collect()
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

    #[test]
    fn a_set_holds_what_was_put_into_it_and_is_the_same_in_whatever_order() {
        let numbers = [3, 0, 63, 3, 64, 700, u16::MAX];
        for end in 0..=numbers.len() {
            let (some, others) = numbers.split_at(end);
            let set = SmallSet::from(some.to_vec());
            let mut sorted = some.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(Vec::from(set.clone()), sorted);
            assert_eq!(SmallSet::from(sorted), set);
            assert!(some.iter().all(|it| set.contains(*it)));
            assert!(
                others
                    .iter()
                    .all(|it| some.contains(it) || !set.contains(*it))
            );
        }
    }
}
