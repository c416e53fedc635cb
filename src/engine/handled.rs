//! Which events were handled already: ids by their hashes, with the event's time, in two
//! generations, so that what cannot matter any more is let go at once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::run::later;

/// Source and id of an event, as 128 bits of their BLAKE3; in runs whose states nobody keeps, as
/// [`Passing`] has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct EventKey(u64, u64);

impl EventKey {
    pub(super) fn of(source: &str, id: &str) -> Self {
        let mut short = [0; 64];
        let length = source.len() + 1 + id.len();
        let hash = if length <= short.len() {
            short[..source.len()].copy_from_slice(source.as_bytes());
            short[source.len() + 1..length].copy_from_slice(id.as_bytes());
            blake3::hash(&short[..length])
        } else {
            let mut hasher = blake3::Hasher::new();
            hasher.update(source.as_bytes());
            hasher.update(&[0]);
            hasher.update(id.as_bytes());
            hasher.finalize()
        };
        let (words, _) = hash.as_bytes().as_chunks::<8>();
        Self(u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1]))
    }
}

impl EventKey {
    pub(super) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.0.to_be_bytes());
        bytes[8..].copy_from_slice(&self.1.to_be_bytes());
        bytes
    }
}

/// Keys that are good for one run of the program: two hashes, each with secrets of its own. They
/// take a tenth of the time.
#[derive(Debug, Default)]
pub(super) struct Passing([DefaultHashBuilder; 2]);

impl Passing {
    pub(super) fn key(&self, source: &str, id: &str) -> EventKey {
        let [one, other] = &self.0;
        EventKey(one.hash_one((source, id)), other.hash_one((id, source)))
    }
}

/// Keys of events, each with its time. They lie one behind the other as they came, so that a new
/// one is written where the last one was: far away, memory would be waited for with each event.
#[derive(Clone, Debug, Default)]
struct Times {
    entries: Vec<(EventKey, Timestamp)>,
    places: HashTable<Place>,
}

/// A quarter of a key, and where it lies: there are never as many entries as would fill a memory.
#[derive(Clone, Copy, Debug)]
struct Place {
    part: u32,
    at: u32,
}

impl Place {
    fn of(key: EventKey, at: usize) -> Self {
        let (part, at) = (key.0 as u32, at as u32);
        Self { part, at }
    }

    /// As much of a hash as a table looks at.
    fn hash(self) -> u64 {
        u64::from(self.part).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

impl Times {
    fn find(&self, key: EventKey) -> Option<usize> {
        let wanted = Place::of(key, 0);
        let is_it = |it: &Place| it.part == wanted.part && self.entries[it.at as usize].0 == key;
        let found = self.places.find(wanted.hash(), is_it);
        found.map(|it| it.at as usize)
    }

    fn get(&self, key: EventKey) -> Option<Timestamp> {
        self.find(key).map(|at| self.entries[at].1)
    }

    fn insert(&mut self, key: EventKey, time: Timestamp) {
        if let Some(at) = self.find(key) {
            self.entries[at].1 = time;
            return;
        }
        let place = Place::of(key, self.entries.len());
        self.entries.push((key, time));
        self.places
            .insert_unique(place.hash(), place, |it| it.hash());
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.places.clear();
    }
}

/// The events that were handled.
#[derive(Clone, Debug, Default)]
pub(super) struct Handled {
    recent: Times,
    /// The latest time in `recent`.
    latest: Option<Timestamp>,
    older: Times,
    older_latest: Option<Timestamp>,
    /// When something of it can be let go next, where that is known.
    not_before: Option<Timestamp>,
}

impl Handled {
    /// When the event was handled that this repeats, if it does, in event time.
    pub(super) fn before(&self, key: EventKey) -> Option<Timestamp> {
        self.recent.get(key).or_else(|| self.older.get(key))
    }

    pub(super) fn insert(&mut self, key: EventKey, time: Timestamp) {
        self.recent.insert(key, time);
        // Only compared: made anew, it would be read back before the entry is written.
        if self.latest.is_none_or(|latest| latest < time) {
            self.latest = Some(time);
        }
    }

    /// Lets go what no event from this time on can repeat.
    pub(super) fn forget(&mut self, from: Timestamp, dedupe: SignedDuration) {
        if self.not_before.is_some_and(|not_before| from < not_before) {
            return;
        }
        let over = |latest: Option<Timestamp>| latest.is_none_or(|it| later(it, dedupe) <= from);
        if over(self.older_latest) && self.latest.is_some() {
            std::mem::swap(&mut self.recent, &mut self.older);
            self.recent.clear();
            self.older_latest = self.latest.take();
        }
        self.not_before = self.older_latest.map(|latest| later(latest, dedupe));
    }

    /// Sorted.
    pub(super) fn entries(&self) -> Vec<(EventKey, Timestamp)> {
        let both = self.recent.entries.iter().chain(&self.older.entries);
        let mut entries: Vec<_> = both.copied().collect();
        // Of an id that was handled twice the later time counts, as it does in `before`.
        entries.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        entries.dedup_by_key(|entry| entry.0);
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn day(number: i64) -> Timestamp {
        Timestamp::from_second(number * 86_400).unwrap_or_default()
    }

    #[test]
    fn keys_that_have_a_part_in_common_are_two() {
        let mut handled = Handled::default();
        let keys = [(7, 1), (7, 2), (7 | 1 << 40, 1)].map(|(one, two)| EventKey(one, two));
        for (key, at) in keys.into_iter().zip(1..) {
            assert_eq!(handled.before(key), None);
            handled.insert(key, day(at));
        }
        handled.insert(keys[0], day(4));
        let times = keys.map(|key| handled.before(key));
        assert_eq!(times, [Some(day(4)), Some(day(2)), Some(day(3))]);
        assert_eq!(handled.entries().len(), 3);
    }

    #[test]
    fn keys_of_a_run_tell_apart_what_is_not_the_same() {
        let keys = Passing::default();
        let names = ["", "a", "ab", "b", "a\0b", "shop", "e-1", "e-2"];
        let names = names.map(str::to_owned).into_iter();
        let names: Vec<String> = names
            .chain((0..60).map(|it| "x".repeat(it * 7 + 3)))
            .collect();
        let mut all = Vec::new();
        for source in &names {
            for id in &names {
                assert_eq!(keys.key(source, id), keys.key(source, id));
                all.push(keys.key(source, id));
            }
        }
        // Not even half of one is that of another.
        for half in [|key: &EventKey| key.0, |key: &EventKey| key.1] {
            let mut halves: Vec<u64> = all.iter().map(half).collect();
            halves.sort_unstable();
            halves.dedup();
            assert_eq!(halves.len(), all.len());
        }
    }

    #[test]
    fn what_none_can_repeat_is_let_go_and_the_rest_is_not() {
        let mut handled = Handled::default();
        let keys: Vec<_> = (0..10)
            .map(|it| EventKey::of("shop", &format!("e-{it}")))
            .collect();
        for (key, at) in keys.iter().zip(0..) {
            handled.forget(day(at), DAY);
            handled.insert(*key, day(at));
        }
        assert_eq!(handled.before(keys[0]), None);
        assert_eq!(handled.before(keys[9]), Some(day(9)));
        assert_eq!(handled.before(keys[8]), Some(day(8)));
        // An earlier time that comes later does not let it go sooner.
        handled.insert(keys[0], day(5));
        handled.forget(day(9) + DAY - SignedDuration::from_nanos(1), DAY);
        assert_eq!(handled.before(keys[9]), Some(day(9)));
    }
}
