//! Actions on their way out, and dead letters: which are due, which are under way, and what came of
//! them. What changes goes into the store with the group that it belongs to; an action goes out
//! when the group that it came up in is durable. Nothing is carried out here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::outgoing::{Outcome, Outgoing};
use super::posted::{Policy, Posted};
use super::store::{Group, Store, StoreError};

/// How many actions of one connection are carried out at a time.
const MAX_AT_ONCE: usize = 64;

/// How many actions are carried out at a time, over all connections.
const MAX_UNDER_WAY: usize = 1_000;

/// How many actions are kept in memory on their way out; others are read again.
const MAX_HOT: usize = 10_000;

/// The actions of one folder, by the number that each got.
pub(super) struct Outbox {
    policy: Policy,
    /// What changed since the last group; none: it is there no more.
    changed: BTreeMap<u64, Option<Posted>>,
    letters: BTreeMap<Arc<str>, Option<Posted>>,
    /// Actions that the store has, and that are not durable yet; those of this group.
    fresh: BTreeMap<u64, Posted>,
    of_group: Fresh,
    /// Actions that are durable, by connection, when they are due.
    waiting: BTreeMap<Arc<str>, BTreeSet<(Timestamp, u64)>>,
    /// Some of them, so that they need not be read again.
    hot: BTreeMap<u64, Posted>,
    under_way: BTreeMap<u64, Posted>,
    at_once: BTreeMap<Arc<str>, usize>,
    dead: u64,
}

/// The numbers of actions that may go out when their group is durable.
pub(super) type Fresh = Vec<u64>;

/// What an attempt came to.
pub(super) enum Settled {
    /// It is done, and this was answered.
    Done(Posted, Value),
    /// It is tried again.
    Again,
    /// It is a dead letter now.
    Dead(Posted),
}

impl Outbox {
    /// What a store has of it.
    pub(super) fn open(store: &Store, policy: Policy) -> Result<Self, StoreError> {
        let mut waiting: BTreeMap<Arc<str>, BTreeSet<(Timestamp, u64)>> = BTreeMap::new();
        let mut damaged = false;
        store.each_posted(|number, bytes| match Posted::of_bytes(bytes) {
            Some(posted) => {
                let of = waiting.entry(posted.outgoing.connection).or_default();
                of.insert((posted.due, number));
            }
            None => damaged = true,
        })?;
        if damaged {
            return Err(StoreError {
                message: "the outbox is damaged".to_owned(),
            });
        }
        Ok(Self {
            policy,
            changed: BTreeMap::new(),
            letters: BTreeMap::new(),
            fresh: BTreeMap::new(),
            of_group: Vec::new(),
            waiting,
            hot: BTreeMap::new(),
            under_way: BTreeMap::new(),
            at_once: BTreeMap::new(),
            dead: store.count_dead()?,
        })
    }

    /// Takes an action; its number is that of no other.
    pub(super) fn post(&mut self, number: u64, action: Posted) {
        self.changed.insert(number, Some(action));
    }

    /// How many actions changed since the last group.
    pub(super) fn changes(&self) -> usize {
        self.changed.len()
    }

    /// How many wait to be carried out.
    pub(super) fn waiting(&self) -> usize {
        let due: usize = self.waiting.values().map(BTreeSet::len).sum();
        due + self.fresh.len() + self.changed.values().flatten().count()
    }

    pub(super) fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// How many dead letters there are.
    pub(super) fn dead(&self) -> u64 {
        self.dead
    }

    /// When the next may go out.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let full = |of: &Arc<str>| self.at_once.get(of).is_some_and(|it| *it >= MAX_AT_ONCE);
        let open = self.waiting.iter().filter(|(of, _)| !full(of));
        let next = open.filter_map(|(_, due)| due.first().map(|it| it.0)).min();
        next.filter(|_| self.under_way.len() < MAX_UNDER_WAY)
    }

    /// Actions to carry out now, as many as may be under way; each is until it is settled.
    pub(super) fn take_due(
        &mut self,
        store: &Store,
        now: Timestamp,
    ) -> Result<Vec<(u64, Outgoing)>, StoreError> {
        let mut out = Vec::new();
        let most = MAX_UNDER_WAY.saturating_sub(self.under_way.len());
        for (connection, due) in &mut self.waiting {
            let count = self.at_once.entry(connection.clone()).or_default();
            while *count < MAX_AT_ONCE && out.len() < most {
                let Some(&(time, number)) = due.first().filter(|first| first.0 <= now) else {
                    break;
                };
                due.remove(&(time, number));
                let kept = match self.hot.remove(&number) {
                    Some(posted) => Some(posted),
                    None => (store.posted(number)?).and_then(|it| Posted::of_bytes(&it)),
                };
                let Some(posted) = kept else {
                    let message = format!("action {number} of the outbox is damaged");
                    return Err(StoreError { message });
                };
                *count += 1;
                out.push((number, posted.outgoing.clone()));
                self.under_way.insert(number, posted);
            }
        }
        Ok(out)
    }

    /// What came of an attempt to carry out an action; none where it is not under way.
    pub(super) fn settle(
        &mut self,
        number: u64,
        outcome: Outcome,
        now: Timestamp,
    ) -> Option<Settled> {
        let mut posted = self.under_way.remove(&number)?;
        if let Some(count) = self.at_once.get_mut(&posted.outgoing.connection) {
            *count = count.saturating_sub(1);
        }
        Some(match outcome {
            Outcome::Done { returned } => {
                self.changed.insert(number, None);
                Settled::Done(posted, returned)
            }
            Outcome::Again { reason, after } if posted.outgoing.attempt < self.policy.attempts => {
                let (key, attempt) = (&posted.outgoing.key, posted.outgoing.attempt);
                let pause = after.unwrap_or_else(|| self.policy.pause(key, attempt));
                let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
                posted.due = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
                posted.outgoing.attempt += 1;
                posted.reason = Some(reason);
                self.changed.insert(number, Some(posted));
                Settled::Again
            }
            Outcome::Again { reason, .. } | Outcome::Dead { reason } => {
                self.dead += 1;
                posted.reason = Some(reason);
                posted.due = now;
                self.changed.insert(number, None);
                let key = posted.outgoing.key.clone();
                self.letters.insert(key, Some(posted.clone()));
                Settled::Dead(posted)
            }
        })
    }

    /// Takes a dead letter out, to be tried again; none where there is none with this key.
    pub(super) fn revived(
        &mut self,
        store: &Store,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<Posted>, StoreError> {
        let letter = match self.letters.get(key) {
            Some(letter) => letter.clone(),
            None => (store.dead(key)?).and_then(|bytes| Posted::of_bytes(&bytes)),
        };
        let Some(mut posted) = letter else {
            return Ok(None);
        };
        posted.due = now;
        posted.outgoing.attempt = 1;
        self.letters.insert(key.into(), None);
        self.dead = self.dead.saturating_sub(1);
        Ok(Some(posted))
    }

    /// Those that may not go out yet: their group is not durable.
    fn not_durable(&self) -> impl Iterator<Item = (u64, &Posted)> {
        let changed = self.changed.iter();
        let changed = changed.filter_map(|(number, it)| it.as_ref().map(|it| (*number, it)));
        changed.chain(self.fresh.iter().map(|(number, it)| (*number, it)))
    }

    /// Actions on their way out, those under way first and then as they are due.
    pub(super) fn shown(&self, store: &Store, most: usize) -> Result<Vec<Value>, StoreError> {
        let under_way = self.under_way.values().map(|it| it.on_its_way(true));
        let mut shown: Vec<_> = under_way.take(most).collect();
        let first = self.waiting.values().flat_map(|due| due.iter().take(most));
        let fresh: BTreeMap<u64, &Posted> = self.not_durable().collect();
        let soon = fresh.iter().map(|(number, it)| (it.due, *number));
        let mut due: Vec<(Timestamp, u64)> = first.copied().chain(soon).collect();
        due.sort_unstable();
        for (_, number) in due.into_iter().take(most.saturating_sub(shown.len())) {
            let known = (self.hot.get(&number)).or_else(|| fresh.get(&number).copied());
            let posted = match known {
                Some(posted) => Some(posted.clone()),
                None => (store.posted(number)?).and_then(|it| Posted::of_bytes(&it)),
            };
            shown.extend(posted.map(|it| it.on_its_way(false)));
        }
        Ok(shown)
    }

    /// Gives a group all that changed.
    pub(super) fn flush(&mut self, store: &Store, group: &mut Group) {
        for (number, posted) in std::mem::take(&mut self.changed) {
            let bytes = posted.as_ref().map(Posted::to_bytes);
            group.posted(store, number, bytes.as_deref());
            if let Some(posted) = posted {
                self.fresh.insert(number, posted);
                self.of_group.push(number);
            }
        }
        for (key, letter) in std::mem::take(&mut self.letters) {
            let bytes = letter.as_ref().map(Posted::to_bytes);
            group.dead(store, &key, bytes.as_deref());
        }
    }

    /// The actions that go out when all groups are durable that there were until now.
    pub(super) fn take_fresh(&mut self) -> Fresh {
        std::mem::take(&mut self.of_group)
    }

    /// These are durable: they may go out.
    pub(super) fn durable(&mut self, fresh: Fresh) {
        for number in fresh {
            let Some(posted) = self.fresh.remove(&number) else {
                continue;
            };
            let connection = posted.outgoing.connection.clone();
            (self.waiting.entry(connection).or_default()).insert((posted.due, number));
            if self.hot.len() < MAX_HOT {
                self.hot.insert(number, posted);
            }
        }
    }
}
