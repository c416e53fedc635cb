//! A traveler becomes known: with their first event, or before a scenario begins.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use smallvec::SmallVec;

use super::directory::identity_text;
use super::linked::Engine;
use super::listener::Listener;
use super::profile::normalized;
use super::record::What;
use super::run::Run;
use super::small::SmallMap;
use super::state::{Rare, State, Traveler};
use crate::cel::{self, Text, Type, Value};
use crate::model::{At, TravelerId};

/// Why a traveler cannot be known as a scenario has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedError {
    /// The field, or empty.
    pub field: Arc<str>,
    pub message: String,
}

impl std::fmt::Display for SeedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "`{}`: {}", self.field, self.message)
        }
    }
}

impl std::error::Error for SeedError {}

impl Engine {
    /// Makes a traveler known before the first event, with a profile and consents, and in the
    /// segments that are true: nothing is entered.
    pub fn seed(
        &self,
        state: &mut State,
        traveler: &str,
        profile: &serde_json::Map<String, serde_json::Value>,
        consents: &BTreeMap<Arc<str>, bool>,
        at: Timestamp,
    ) -> Result<(), SeedError> {
        let wrong = |field: &str, message: String| SeedError {
            field: field.into(),
            message,
        };
        let Some(ty) = self.vocabulary.find_traveler(traveler) else {
            return Err(wrong("", format!("there is no traveler `{traveler}`")));
        };
        let kind = &self.travelers[ty.index()];
        let mut values: Vec<Option<Value>> = vec![None; kind.profile.len()];
        for (name, json) in profile {
            let Some(field) = kind.profile.iter().position(|it| *it.name == **name) else {
                return Err(wrong(name, "there is no such profile field".into()));
            };
            let declared = &kind.profile[field];
            let value = cel::from_json(json, &declared.ty)
                .map_err(|mismatch| wrong(name, mismatch.to_string()))?;
            if !value.is_null() || matches!(declared.ty, Type::Nullable(_)) {
                values[field] = Some(normalized(value, declared.normalize));
            }
        }
        let mut given = vec![None; kind.consents.len()];
        for (name, consent) in consents {
            let Some(index) = kind.consents.iter().position(|it| it == name) else {
                return Err(wrong(name, "there is no such consent".into()));
            };
            given[index] = Some(*consent);
        }
        let mut identities = Vec::new();
        for (identity, field) in kind.identities.iter().enumerate() {
            let declared = &kind.profile[*field];
            let value = values[*field].as_ref();
            let text = value.and_then(|value| identity_text(value, declared.normalize));
            if let (Some(text), Some(value)) = (text, value) {
                identities.push((identity as u16, text, value.clone()));
            }
        }
        if identities.is_empty() {
            return Err(wrong("", "a traveler needs an identity".into()));
        }
        state.next_input();
        let number = self.create(state, ty, &identities, at);
        self.with(state, number, &mut Listener::Kinds(&mut |_| {}), |run| {
            run.t.profile = values.into();
            run.t.consents = given.into();
            for (identity, text, _) in &identities {
                run.lead(*identity, text);
            }
            run.refresh_silently();
            run.arm_starts();
        });
        Ok(())
    }

    /// A new traveler of whom nothing is known yet but who it is.
    pub(super) fn create(
        &self,
        state: &mut State,
        ty: TravelerId,
        identities: &[(u16, Text, Value)],
        now: Timestamp,
    ) -> u32 {
        let kind = &self.travelers[ty.index()];
        // In the order of the type's identities, so that the id does not depend on the event's.
        let first = identities.iter().min_by_key(|identity| identity.0);
        let number = state.travelers.len() as u32;
        if let Some(watch) = &mut state.watch {
            watch.touch(number, None);
        }
        let mut leads = SmallVec::new();
        if let Some((identity, text, _)) = first {
            // What a traveler is called is known from the very first record on.
            state.directory.add(ty, *identity, text, number);
            if let Some(watch) = &mut state.watch {
                watch.lead(ty, *identity, text, number, true);
            }
            leads.push((*identity, text.clone()));
        }
        state.travelers.push(Some(Box::new(Traveler {
            number,
            ty,
            named: first.map_or(0, |identity| identity.0),
            clock: now.into(),
            active: state.inputs,
            made: 0,
            profile: vec![None; kind.profile.len()].into(),
            consents: vec![None; kind.consents.len()].into(),
            leads,
            traits: (kind.traits.iter())
                .map(super::linked::TraitType::empty)
                .collect(),
            segments: vec![false; self.segments.len()].into(),
            persona: None,
            sessions: Vec::new(),
            past: SmallMap::default(),
            timers: SmallMap::default(),
            fired: 0,
            rare: Rare::default(),
        })));
        number
    }
}

impl Run<'_> {
    /// A traveler has come with an event: their identities are known, and what else is true of
    /// someone of whom nothing is.
    pub(super) fn created(&mut self, identities: &[(u16, Text, Value)], at: &At) {
        // The key counts as known from the very first record on.
        for (identity, text, value) in identities {
            self.lead(*identity, text);
            let field = self.ty.identities[usize::from(*identity)];
            self.t.profile[field] =
                Some(normalized(value.clone(), self.ty.profile[field].normalize));
        }
        let name = match identities.iter().find(|identity| identity.0 == self.ty.key) {
            Some((_, key, _)) => key.as_str().into(),
            None => self.t.id(self.ty).into(),
        };
        self.record(None, What::TravelerCreated { name }, at);
        for (identity, _, _) in identities {
            let field = self.ty.identities[usize::from(*identity)];
            let declared = &self.ty.profile[field];
            let value = self.t.profile[field]
                .as_ref()
                .map_or(serde_json::Value::Null, |value| self.shown(value));
            let what = What::ProfileChanged {
                name: declared.name.clone(),
                value,
            };
            self.record(None, what, at);
        }
        self.unknown = true;
    }
}
