//! An epoch: the changes of some groups, of each key the last, until the tables have them.
//!
//! Groups go in, as [`put`] and [`removed`] write them; what is true of a key comes out. A group is
//! kept as it is in the journal: here is only where in it the changes are.

use std::hash::BuildHasher as _;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::journal::Bytes;

/// How many spaces there can be.
pub(super) const SPACES: u8 = 0x80;

/// The bit of a change that takes a key away.
const REMOVED: u8 = 0x80;

/// The bytes before a key: the space, how long the key is, and the value.
const HEAD: usize = 1 + 2 + 4;

/// The changes of an epoch.
pub(super) struct Epoch {
    pub number: u64,
    groups: Vec<Bytes>,
    /// By space: where the last change of each key is.
    spaces: Vec<HashTable<Place>>,
    hasher: DefaultHashBuilder,
    /// How long its groups are.
    pub bytes: usize,
}

/// Where a change is.
#[derive(Clone, Copy)]
struct Place {
    /// Half of the key's hash.
    hash: u32,
    group: u32,
    at: u32,
}

/// A change: the key, and its value, unless it is taken away.
pub(super) type Change<'g> = (&'g [u8], Option<&'g [u8]>);

/// Writes a change to a group: a key of a space has this value from now on.
pub(super) fn put(group: &mut Vec<u8>, space: u8, key: &[u8], value: &[u8]) {
    head(group, space, key, value.len());
    group.extend_from_slice(value);
}

/// Writes a change to a group: a key of a space is no more.
pub(super) fn removed(group: &mut Vec<u8>, space: u8, key: &[u8]) {
    head(group, space | REMOVED, key, 0);
}

fn head(group: &mut Vec<u8>, space: u8, key: &[u8], value: usize) {
    // Keys are numbers, hashes and the ids of actions: far shorter.
    let length = key.len().min(usize::from(u16::MAX));
    group.push(space);
    group.extend_from_slice(&(length as u16).to_le_bytes());
    group.extend_from_slice(&(value as u32).to_le_bytes());
    group.extend_from_slice(&key[..length]);
}

/// The change at a place of a group, its space, and where it ends; none where that is no change.
fn change(group: &[u8], at: usize) -> Option<(u8, Change<'_>, usize)> {
    let (head, rest) = group.get(at..)?.split_first_chunk::<HEAD>()?;
    let key = usize::from(u16::from_le_bytes([head[1], head[2]]));
    let value = u32::from_le_bytes([head[3], head[4], head[5], head[6]]) as usize;
    let (key, rest) = rest.split_at_checked(key)?;
    let value = rest.get(..value)?;
    let end = at + HEAD + key.len() + value.len();
    let value = (head[0] & REMOVED == 0).then_some(value);
    Some((head[0] & !REMOVED, (key, value), end))
}

impl Place {
    /// The hash again: as much of it as a table looks at.
    fn hash(self) -> u64 {
        u64::from(self.hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

impl Epoch {
    pub(super) fn new(number: u64) -> Self {
        let mut spaces = Vec::new();
        spaces.resize_with(usize::from(SPACES), HashTable::new);
        Self {
            number,
            groups: Vec::new(),
            spaces,
            hasher: DefaultHashBuilder::default(),
            bytes: 0,
        }
    }

    /// Adds a group, which is a part of these bytes. False where it is none: what is after that is
    /// not added.
    pub(super) fn add(&mut self, bytes: Bytes, part: Range<usize>) -> bool {
        let index = self.groups.len() as u32;
        let Self { spaces, groups, .. } = self;
        self.bytes += part.len();
        groups.push(bytes);
        let bytes: &[u8] = &groups[index as usize];
        let Some(group) = bytes
            .get(..part.end)
            .filter(|it| u32::try_from(it.len()).is_ok())
        else {
            return false;
        };
        let mut at = part.start;
        while at < part.end {
            let Some((space, (key, _), end)) = change(group, at) else {
                return false;
            };
            let place = Place {
                hash: self.hasher.hash_one(key) as u32,
                group: index,
                at: at as u32,
            };
            let same = |it: &Place| {
                it.hash == place.hash && changed(groups, *it).is_some_and(|it| it.0 == key)
            };
            let table = &mut spaces[usize::from(space)];
            match table.find_mut(place.hash(), same) {
                Some(before) => *before = place,
                None => {
                    table.insert_unique(place.hash(), place, |it| it.hash());
                }
            }
            at = end;
        }
        true
    }

    /// The last change of a key; none where there was none.
    pub(super) fn get(&self, space: u8, key: &[u8]) -> Option<Change<'_>> {
        let table = &self.spaces[usize::from(space)];
        if table.is_empty() {
            return None;
        }
        let wanted = Place {
            hash: self.hasher.hash_one(key) as u32,
            group: 0,
            at: 0,
        };
        let found = table.iter_hash(wanted.hash());
        let mut found = found.filter(|it| it.hash == wanted.hash);
        found.find_map(|place| changed(&self.groups, *place).filter(|it| it.0 == key))
    }

    /// The changes of a space, by key, those that are wanted.
    pub(super) fn changes(&self, space: u8, wanted: impl Fn(&[u8]) -> bool) -> Vec<Change<'_>> {
        let places = self.spaces[usize::from(space)].iter();
        let found = places.filter_map(|place| changed(&self.groups, *place));
        let mut changes: Vec<_> = found.filter(|it| wanted(it.0)).collect();
        changes.sort_unstable_by_key(|it| it.0);
        changes
    }
}

fn changed(groups: &[Bytes], place: Place) -> Option<Change<'_>> {
    let group = groups.get(place.group as usize)?;
    change(group, place.at as usize).map(|it| it.1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn of_each_key_the_last_change_is_known() {
        let mut epoch = Epoch::new(1);
        let mut groups = [Vec::new(), Vec::new()];
        put(&mut groups[0], 1, b"a", b"old");
        put(&mut groups[0], 1, b"c", b"");
        put(&mut groups[0], 2, b"a", b"elsewhere");
        put(&mut groups[1], 1, b"b", b"new");
        removed(&mut groups[1], 1, b"c");
        put(&mut groups[1], 1, b"a", b"newer");
        for group in groups {
            let part = 0..group.len();
            assert!(epoch.add(Arc::new(group), part));
        }
        let value = |space, key| epoch.get(space, key).map(|it| it.1);
        let found = [b"a", b"b", b"c", b"d"].map(|key| value(1, key));
        assert_eq!(
            found,
            [
                Some(Some(&b"newer"[..])),
                Some(Some(b"new")),
                Some(None),
                None
            ]
        );
        assert_eq!(value(2, b"a"), Some(Some(&b"elsewhere"[..])));
        let changes = epoch.changes(1, |key| key != b"b");
        assert_eq!(changes, [(&b"a"[..], Some(&b"newer"[..])), (b"c", None)]);
    }

    #[test]
    fn thousands_of_keys_are_all_found() {
        let (mut epoch, mut group) = (Epoch::new(1), Vec::new());
        for number in 0..5_000_u32 {
            put(&mut group, 0, &number.to_be_bytes(), &number.to_le_bytes());
        }
        let part = 0..group.len();
        assert!(epoch.add(Arc::new(group), part));
        for number in 0..5_000_u32 {
            let found = epoch.get(0, &number.to_be_bytes());
            let value = number.to_le_bytes();
            assert_eq!(found.and_then(|it| it.1), Some(&value[..]));
        }
        assert_eq!(epoch.get(0, &5_000_u32.to_be_bytes()), None);
    }

    #[test]
    fn what_is_no_group_is_told() {
        let mut group = Vec::new();
        put(&mut group, 0, b"key", b"value");
        for length in 1..group.len() {
            let part = 0..length;
            assert!(!Epoch::new(1).add(Arc::new(group[..length].to_vec()), part));
        }
    }
}
