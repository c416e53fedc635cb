//! What is written of a traveler: fields, consents, identities.

use super::linked::{Input, Target, Write};
use super::record::What;
use super::run::{Run, Seen};
use super::scope::profile_value;
use crate::cel::{self, Text, Value};
use crate::model::{At, Normalize};

use super::directory::identity_text;

impl Run<'_> {
    /// Works out all values, then writes them. What is absent writes nothing, the literal `null`
    /// empties.
    pub(super) fn update(&mut self, writes: &[Write], seen: Seen<'_>, at: &At) {
        let mut values = Vec::with_capacity(writes.len());
        for write in writes {
            if let Some(value) = self.value(&write.value, seen)
                && (!value.is_null() || write.value.is_null_literal())
            {
                values.push((write.target, value));
            }
        }
        for (target, value) in values {
            match target {
                Target::Field(field) => self.write(field, value, at),
                Target::Consent(consent) => self.consent(consent, &value, at),
            }
        }
    }

    pub(super) fn write(&mut self, field: usize, value: Value, at: &At) {
        let declared = &self.ty.profile[field];
        let value = normalized(value, declared.normalize);
        let changed = !same(profile_value(self.ty, self.t, field), &value);
        let written = self.t.profile[field].is_none();
        if !changed && !written {
            return;
        }
        self.touched = true;
        let lead = declared.identity.and_then(|identity| {
            let text = identity_text(&value, declared.normalize)?;
            Some((identity, text))
        });
        self.t.profile[field] = Some(value.clone());
        if let Some((identity, text)) = lead {
            self.lead(identity, &text);
        }
        if changed {
            self.dirty.push(Input::Slot(field as u16));
            let what = What::ProfileChanged {
                name: declared.name.clone(),
                value: self.shown(&value),
            };
            self.record(None, what, at);
        }
    }

    pub(super) fn consent(&mut self, consent: usize, value: &Value, at: &At) {
        let given = match value {
            Value::Bool(given) => Some(*given),
            _ => None,
        };
        let before = self.t.consents[consent];
        if before == given {
            return;
        }
        self.touched = true;
        self.t.consents[consent] = given;
        if before.unwrap_or(false) != given.unwrap_or(false) {
            let slot = self.ty.profile.len() + self.ty.traits.len() + 1;
            self.dirty.push(Input::Slot(slot as u16));
            let what = What::ProfileChanged {
                name: format!("consents.{}", self.ty.consents[consent]).into(),
                value: given.unwrap_or(false).into(),
            };
            self.record(None, what, at);
        }
    }

    /// Lets an identity's value lead here from now on.
    pub(super) fn lead(&mut self, identity: u16, text: &Text) {
        let leads = |it: &(u16, Text)| it.0 == identity && it.1 == *text;
        if !self.t.leads.iter().any(leads) {
            let number = self.t.number;
            self.state.directory.add(self.t.ty, identity, text, number);
            if let Some(watch) = &mut self.state.watch {
                watch.lead(self.t.ty, identity, text, number, true);
            }
            self.t.leads.push((identity, text.clone()));
            self.dirty.push(Input::Identities);
            self.touched = true;
        }
    }

    /// What `identify` named: leads here, and fills fields that are empty.
    pub(super) fn identified(&mut self, identities: &[(u16, Text, Value)], at: &At) {
        for (identity, text, value) in identities {
            self.lead(*identity, text);
            let field = self.ty.identities[usize::from(*identity)];
            if matches!(self.t.profile[field], None | Some(Value::Null)) {
                self.write(field, value.clone(), at);
            }
        }
    }
}

/// Whether two values are the same; absent equals only absent.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    cel::equal(a, b)
}

/// What is made of a value before it is compared or kept.
pub(super) fn normalized(value: Value, normalize: Option<Normalize>) -> Value {
    let (Some(normalize), Value::String(text)) = (normalize, &value) else {
        return value;
    };
    let made = normalize.apply(text);
    if *made == **text {
        value
    } else {
        Value::string(made)
    }
}
