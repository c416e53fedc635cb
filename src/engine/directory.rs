//! Who is who: identities lead to travelers. Finds and makes the traveler of an event.
//!
//! Two travelers whose keys differ are never one. Joining what is found is in [`super::merge`].

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use smallvec::SmallVec;

use super::linked::{Engine, TravelerType};
use super::state::{State, Traveler};
use crate::cel::{Text, Value};
use crate::model::{Normalize, TravelerId};

/// What an event says of who someone is: identity, text, and the value that it was made of.
pub(super) type Identities = SmallVec<[(u16, Text, Value); 1]>;

/// By type and identity: the travelers that a value leads to. The values themselves are with the
/// travelers; here are their hashes, whose order never shows.
#[derive(Clone, Debug, Default)]
pub(super) struct Directory {
    by: Vec<Vec<HashTable<Lead>>>,
    hasher: DefaultHashBuilder,
}

/// Half of the hash of a value, and the number of a traveler that it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lead {
    half: u32,
    number: u32,
}

impl Lead {
    /// The hash again: as much of it as a table looks at.
    fn hash(self) -> u64 {
        u64::from(self.half).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

impl Directory {
    /// The half of its hash that a value is known by.
    pub(super) fn half(&self, value: &str) -> u32 {
        self.hasher.hash_one(value) as u32
    }

    fn lead(&self, value: &str, number: u32) -> Lead {
        let half = self.half(value);
        Lead { half, number }
    }

    /// A traveler that a value may lead to, by the half of its hash.
    pub(super) fn hint(&self, ty: TravelerId, identity: u16, half: u32) -> Option<u32> {
        let table = self.by.get(ty.index())?.get(usize::from(identity))?;
        let wanted = Lead { half, number: 0 };
        let found = table.find(wanted.hash(), |lead| lead.half == wanted.half);
        found.map(|lead| lead.number)
    }

    /// All travelers that a value may lead to, whether or not they are in memory.
    pub(super) fn candidates(
        &self,
        ty: TravelerId,
        identity: u16,
        value: &str,
    ) -> impl Iterator<Item = u32> {
        let wanted = self.lead(value, 0);
        let table = (self.by.get(ty.index())).and_then(|by| by.get(usize::from(identity)));
        let leads = table.map(|table| table.iter_hash(wanted.hash()));
        let leads = leads.into_iter().flatten();
        (leads.filter(move |lead| lead.half == wanted.half)).map(|lead| lead.number)
    }

    /// The travelers that a value leads to, by number.
    fn find(
        &self,
        travelers: &[Option<Box<Traveler>>],
        ty: TravelerId,
        identity: u16,
        value: &str,
    ) -> SmallVec<[u32; 2]> {
        let mut found = SmallVec::new();
        let table = (self.by.get(ty.index())).and_then(|by| by.get(usize::from(identity)));
        let Some(table) = table else {
            return found;
        };
        let wanted = self.lead(value, 0);
        for lead in table.iter_hash(wanted.hash()) {
            let traveler = travelers.get(lead.number as usize).and_then(Option::as_ref);
            let leads = |it: &&(u16, Text)| it.0 == identity && it.1 == *value;
            if lead.half == wanted.half
                && traveler.is_some_and(|it| it.leads.iter().any(|it| leads(&it)))
            {
                found.push(lead.number);
            }
        }
        found.sort_unstable();
        found
    }

    /// Lets a value lead to a traveler to whom it did not lead before.
    pub(super) fn add(&mut self, ty: TravelerId, identity: u16, value: &str, number: u32) {
        let lead = self.lead(value, number);
        if self.by.len() <= ty.index() {
            self.by.resize_with(ty.index() + 1, Vec::new);
        }
        let by = &mut self.by[ty.index()];
        if by.len() <= usize::from(identity) {
            by.resize_with(usize::from(identity) + 1, HashTable::new);
        }
        by[usize::from(identity)].insert_unique(lead.hash(), lead, |it| it.hash());
    }

    pub(super) fn remove(&mut self, ty: TravelerId, identity: u16, value: &str, number: u32) {
        let lead = self.lead(value, number);
        let table = (self.by.get_mut(ty.index())).and_then(|by| by.get_mut(usize::from(identity)));
        if let Some(Ok(entry)) = table.map(|it| it.find_entry(lead.hash(), |it| *it == lead)) {
            entry.remove();
        }
    }
}

/// An identity's value as what is looked up; nothing where it is absent or empty.
pub(super) fn identity_text(value: &Value, normalize: Option<Normalize>) -> Option<Text> {
    let text: Text = match value {
        Value::Null => return None,
        Value::String(text) => match normalize {
            None => text.clone(),
            Some(normalize) => normalize.apply(text).into(),
        },
        other => crate::cel::to_json(other).to_string().into(),
    };
    (!text.is_empty()).then_some(text)
}

/// What an event says of who it concerns.
#[derive(Debug)]
pub(super) struct Found {
    /// The travelers to join, by number: the first goes on.
    pub join: Vec<u32>,
    /// The one that the event concerns; none: a new one.
    pub traveler: Option<u32>,
}

impl Engine {
    /// Finds the travelers that identities lead to, and which of them are one.
    pub(super) fn find(
        &self,
        state: &State,
        ty: TravelerId,
        identities: &[(u16, Text, Value)],
    ) -> Found {
        let leading = |identity: u16, text: &str| {
            (state.directory).find(&state.travelers, ty, identity, text)
        };
        if let [(identity, text, _)] = identities
            && let numbers = leading(*identity, text)
            && numbers.len() < 2
        {
            return Found {
                join: Vec::new(),
                traveler: numbers.first().copied(),
            };
        }
        let kind = &self.travelers[ty.index()];
        let mut found: Vec<u32> = Vec::new();
        let mut by_key = None;
        for (identity, text, _) in identities {
            let numbers = leading(*identity, text);
            if *identity == kind.key {
                // The one whose key it is, before one that merely had it.
                let named = |number: &&u32| key_text(state, kind, **number).as_ref() == Some(text);
                by_key = (numbers.iter().find(named).copied()).or(last_active(state, &numbers));
            } else if let Some(number) = last_active(state, &numbers)
                && !found.contains(&number)
            {
                found.push(number);
            }
        }
        let key = identities
            .iter()
            .find(|it| it.0 == kind.key)
            .map(|it| &it.1);
        let open = |number: &u32| key_text(state, kind, *number).is_none();
        let mut group: Vec<u32> = match (key, by_key) {
            (Some(_), Some(named)) => {
                let own = key_text(state, kind, named);
                let same = |it: &u32| open(it) || key_text(state, kind, *it) == own;
                let others = found.iter().filter(|it| **it != named && same(it));
                std::iter::once(named).chain(others.copied()).collect()
            }
            (Some(_), None) => found.iter().filter(|it| open(it)).copied().collect(),
            (None, _) => {
                let mut keys: Vec<_> = (found.iter())
                    .filter_map(|it| key_text(state, kind, *it))
                    .collect();
                keys.sort();
                keys.dedup();
                if keys.len() > 1 {
                    return Found {
                        join: Vec::new(),
                        traveler: last_active(state, &found),
                    };
                }
                found.clone()
            }
        };
        group.sort_unstable();
        Found {
            traveler: group.first().copied(),
            join: if group.len() > 1 { group } else { Vec::new() },
        }
    }
}

/// The value of a traveler's key, as text.
pub(super) fn key_text(state: &State, kind: &TravelerType, number: u32) -> Option<Text> {
    let traveler = state.travelers.get(number as usize)?.as_ref()?;
    let field = *kind.identities.get(usize::from(kind.key))?;
    let value = traveler.profile.get(field)?.as_ref()?;
    identity_text(value, kind.profile[field].normalize)
}

fn last_active(state: &State, numbers: &[u32]) -> Option<u32> {
    let active = |number: &u32| {
        let traveler = state.travelers.get(*number as usize)?.as_ref()?;
        Some((traveler.active, *number))
    };
    (numbers.iter().filter_map(active).max()).map(|(_, number)| number)
}
