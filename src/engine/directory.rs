//! Who is who: identities lead to travelers. Finds and makes the traveler of an event.
//!
//! Two travelers whose keys differ are never one. Joining what is found is in [`super::merge`].

use std::collections::HashMap;
use std::sync::Arc;

use super::linked::{Engine, TravelerType};
use super::profile::normalized;
use super::state::State;
use crate::cel::Value;
use crate::model::{Normalize, TravelerId};

/// By type and identity: value → the travelers that it leads to, by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Directory {
    by: Vec<Vec<HashMap<Arc<str>, Vec<u32>>>>,
}

impl Directory {
    pub(super) fn find(&self, ty: TravelerId, identity: u16, value: &str) -> &[u32] {
        let values = (self.by.get(ty.index())).and_then(|by| by.get(usize::from(identity)));
        values
            .and_then(|values| values.get(value))
            .map_or(&[], Vec::as_slice)
    }

    /// Lets a value lead to a traveler; false where it did already.
    pub(super) fn add(
        &mut self,
        ty: TravelerId,
        identity: u16,
        value: &Arc<str>,
        number: u32,
    ) -> bool {
        if self.by.len() <= ty.index() {
            self.by.resize_with(ty.index() + 1, Vec::new);
        }
        let by = &mut self.by[ty.index()];
        if by.len() <= usize::from(identity) {
            by.resize_with(usize::from(identity) + 1, HashMap::new);
        }
        let numbers = by[usize::from(identity)].entry(value.clone()).or_default();
        match numbers.binary_search(&number) {
            Ok(_) => false,
            Err(at) => {
                numbers.insert(at, number);
                true
            }
        }
    }

    pub(super) fn remove(&mut self, ty: TravelerId, identity: u16, value: &str, number: u32) {
        let values = (self.by.get_mut(ty.index())).and_then(|by| by.get_mut(usize::from(identity)));
        if let Some(numbers) = values.and_then(|values| values.get_mut(value)) {
            numbers.retain(|it| *it != number);
        }
    }
}

/// An identity's value as what is looked up; nothing where it is absent or empty.
pub(super) fn identity_text(value: &Value, normalize: Option<Normalize>) -> Option<Arc<str>> {
    let text: Arc<str> = match normalized(value.clone(), normalize) {
        Value::Null => return None,
        Value::String(text) => text,
        other => crate::cel::to_json(&other).to_string().into(),
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
        identities: &[(u16, Arc<str>, Value)],
    ) -> Found {
        let kind = &self.travelers[ty.index()];
        let mut found: Vec<u32> = Vec::new();
        let mut by_key = None;
        for (identity, text, _) in identities {
            let numbers = state.directory.find(ty, *identity, text);
            if *identity == kind.key {
                // The one whose key it is, before one that merely had it.
                let named = |number: &&u32| key_text(state, kind, **number).as_ref() == Some(text);
                by_key = (numbers.iter().find(named).copied()).or(last_active(state, numbers));
            } else if let Some(number) = last_active(state, numbers)
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
pub(super) fn key_text(state: &State, kind: &TravelerType, number: u32) -> Option<Arc<str>> {
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
