//! Travelers whose records are damaged: they are set aside, and hold up nobody else.
//!
//! What is kept of them stays as it is. Their events are refused, their timers and answers wait for
//! nothing any more, and everyone is told, until somebody says that they are to begin anew.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::core::Core;
use super::store::{Kept, StoreError};
use crate::engine::{Lead, Ready};

/// Where travelers lead who are forgotten.
const NOBODY: u32 = u32::MAX;

/// Those who are set aside, by number.
#[derive(Debug, Default)]
pub(super) struct Aside(BTreeMap<u32, Damage>);

/// What is wrong with the record of a traveler.
#[derive(Clone, Debug)]
struct Damage {
    reason: String,
    /// When it was found.
    found: Timestamp,
}

impl Aside {
    pub(super) fn holds(&self, number: u32) -> bool {
        self.0.contains_key(&number)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Damage {
    fn told(&self, number: u32) -> String {
        let reason = &self.reason;
        format!("the record of traveler {number} is damaged, and set aside: {reason}")
    }
}

/// One of them, as it is told.
fn shown(number: u32, damage: &Damage) -> Value {
    json!({ "number": number, "reason": damage.reason, "found": damage.found.to_string() })
}

impl Core {
    /// The record of a traveler cannot be read: it is told, and the others go on.
    pub(super) fn set_aside(&mut self, number: u32, reason: String) {
        let found = self.wall();
        let damage = Damage { reason, found };
        self.notice(&damage.told(number));
        self.aside.0.insert(number, damage);
    }

    /// Tells of all who are set aside.
    pub(super) fn tell_of_all_aside(&mut self) {
        let damages = self.aside.0.iter();
        let told: Vec<String> = damages.map(|(number, it)| it.told(*number)).collect();
        for it in &told {
            self.notice(it);
        }
    }

    /// Who among those that are set aside keeps an event from being handled: it is theirs.
    pub(super) fn keeps_back(&self, event: &Ready, number: u32) -> Result<Option<u32>, StoreError> {
        if !self.aside.holds(number) {
            return Ok(None);
        }
        // The directory knows half of a hash; the store knows the values.
        for lead in self.engine.leads_of(event, number) {
            if self.store.leads(&lead)? {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    /// Of a traveler with a name that is set aside, what is known.
    pub(super) fn look_aside(&self, name: &str, numbers: &[u32]) -> Option<Value> {
        let found = numbers.iter().find_map(|number| {
            let damage = self.aside.0.get(number)?;
            Some(shown(*number, damage))
        });
        found.map(|damaged| json!({ "traveler": name, "damaged": damaged }))
    }

    /// Those who are set aside, by number, after one of them; with all that leads to them.
    pub fn damaged(&self, after: Option<u32>, most: usize) -> Result<Vec<Value>, StoreError> {
        let from = after.map_or(0, |after| after.saturating_add(1));
        let mut found: BTreeMap<u32, (&Damage, Map<String, Value>)> = (self.aside.0.range(from..))
            .take(most)
            .map(|(number, damage)| (*number, (damage, Map::new())))
            .collect();
        if found.is_empty() {
            return Ok(Vec::new());
        }
        self.store.each_lead(|lead| {
            if let (Some((_, identities)), Some(name)) =
                (found.get_mut(&lead.number), self.engine.identity_of(&lead))
            {
                let values = identities.entry(&**name).or_insert_with(|| json!([]));
                if let Value::Array(values) = values {
                    values.push((&*lead.value).into());
                }
            }
            true
        })?;
        let shown = found.into_iter().map(|(number, (damage, identities))| {
            let mut shown = shown(number, damage);
            shown["identities"] = identities.into();
            shown
        });
        Ok(shown.collect())
    }

    /// A traveler who is set aside begins anew: nothing leads to what there was, which stays in the
    /// store for whoever wants to look at it. False where nobody with this number is set aside.
    pub fn begin_anew(&mut self, number: u32) -> Result<bool, StoreError> {
        if self.aside.0.remove(&number).is_none() {
            return Ok(false);
        }
        self.flush()?;
        let mut leads: Vec<Lead> = Vec::new();
        self.store.each_lead(|lead| {
            if lead.number == number {
                leads.push(lead);
            }
            true
        })?;
        let mut group = self.store.group();
        if let Some(bytes) = self.store.bytes_of(number) {
            group.damaged(&self.store, number, &bytes);
        }
        for lead in &leads {
            self.state.forget_lead(lead);
            group.lead(&self.store, lead, false);
        }
        if let Some(due) = self.store.due(number)? {
            self.state.forget_due(number, due);
            group.due(&self.store, number, None);
        }
        group.traveler(&self.store, number, &Kept::Gone(NOBODY));
        self.store.commit(group)?;
        self.dirty = true;
        self.notice(&format!("traveler {number} begins anew"));
        Ok(true)
    }
}
