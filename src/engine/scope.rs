//! What an expression sees while it runs: loads go straight to the typed state.

use std::sync::Arc;

use jiff::Timestamp;

use super::linked::{Engine, TravelerType};
use super::predict::Given;
use super::state::{Frame, Session, Traveler};
use crate::cel::{EvalError, ObjectType, ObjectValue, Slots, Value};
use crate::model::JourneyId;
use crate::model::env::slot;

/// What can be read. What is not there reads as absent.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub engine: &'a Engine,
    pub traveler: Option<(&'a TravelerType, &'a Traveler)>,
    pub session: Option<&'a Session>,
    pub frame: Option<&'a Frame>,
    /// `event`, where it is not the frame's payload.
    pub event: Option<&'a Value>,
    pub params: Option<&'a Value>,
    pub returned: Option<&'a Value>,
    pub now: Timestamp,
    /// What models answer, where a test says it.
    pub given: Option<&'a Given>,
}

impl Slots for Scope<'_> {
    fn load(&self, root: u16, path: &[u16]) -> Value {
        match root {
            slot::EVENT => {
                let payload = self.event.or(self.frame.map(|frame| &frame.payload));
                payload.map_or(Value::Null, |payload| walk(payload, path))
            }
            slot::TRIGGER => self.trigger(path),
            slot::TRAVELER => self.of_traveler(path),
            slot::SEGMENT => self.segment(path),
            slot::JOURNEY => self.journey(path),
            slot::VARS => self.session.map_or(Value::Null, |session| match path {
                [] => object(
                    &self.engine.journeys[session.journey as usize].vars,
                    session.vars.to_vec(),
                ),
                [slot, rest @ ..] => {
                    let value = session.vars.get(usize::from(*slot));
                    value.map_or(Value::Null, |value| walk(value, rest))
                }
            }),
            slot::SESSION => self.session(path),
            slot::NOW => Value::Timestamp(self.now),
            slot::PARAMS => self.params.map_or(Value::Null, |value| walk(value, path)),
            slot::RETURNED => self.returned.map_or(Value::Null, |value| walk(value, path)),
            _ => Value::Null,
        }
    }

    fn peek(&self, root: u16, path: &[u16]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        below(self.field(root, *first)?, rest)
    }

    #[inline]
    fn field(&self, root: u16, slot: u16) -> Option<&Value> {
        let slot = usize::from(slot);
        match root {
            slot::EVENT => match self.event.or(self.frame.map(|frame| &frame.payload))? {
                Value::Object(object) => object.slots.get(slot),
                _ => None,
            },
            slot::VARS => self.session?.vars.get(slot),
            slot::TRAVELER => {
                let (ty, traveler) = self.traveler?;
                let profile = ty.profile.len();
                if slot < profile {
                    Some(profile_value(ty, traveler, slot))
                } else {
                    let state = traveler.traits.get(slot - profile);
                    state.map(|state| &state.value)
                }
            }
            _ => None,
        }
    }

    fn try_load(&self, root: u16, path: &[u16]) -> Result<Value, EvalError> {
        match root {
            slot::MODELS => self.models(path),
            _ => Ok(self.load(root, path)),
        }
    }
}

impl Scope<'_> {
    fn trigger(&self, path: &[u16]) -> Value {
        let Some(frame) = self.frame else {
            return Value::Null;
        };
        let field = |slot: u16| match slot {
            0 => Value::String(frame.id.clone()),
            1 => Value::string(self.engine.events[frame.event.index()].cloud_type.clone()),
            2 => Value::String(frame.source.clone()),
            3 => Value::Timestamp(frame.time),
            4 => frame.subject.clone().map_or(Value::Null, Value::String),
            _ => Value::Null,
        };
        match path {
            [] => object(&self.engine.trigger, (0..5).map(field).collect()),
            [slot, ..] => field(*slot),
        }
    }

    fn of_traveler(&self, path: &[u16]) -> Value {
        let Some((ty, traveler)) = self.traveler else {
            return Value::Null;
        };
        let [slot, rest @ ..] = path else {
            let slots = (0..ty.object.fields.len() as u16).map(|slot| self.of_traveler(&[slot]));
            return object(&ty.object, slots.collect());
        };
        let slot = usize::from(*slot);
        let profile = ty.profile.len();
        let traits = profile + ty.traits.len();
        if slot < profile {
            return walk(profile_value(ty, traveler, slot), rest);
        }
        if slot < traits {
            let held = &traveler.traits[slot - profile];
            return walk(&held.value, rest);
        }
        if slot == traits {
            let persona = traveler
                .persona
                .and_then(|it| ty.personas.get(usize::from(it)));
            return persona.map_or(Value::Null, |it| Value::string(it.name.clone()));
        }
        let consent = |index: usize| {
            let given = traveler.consents.get(index).copied().flatten();
            Value::Bool(given.unwrap_or(false))
        };
        match rest {
            [] => object(
                &ty.consents_object,
                (0..ty.consents.len()).map(consent).collect(),
            ),
            [index, ..] => consent(usize::from(*index)),
        }
    }

    fn segment(&self, path: &[u16]) -> Value {
        let Some((ty, traveler)) = self.traveler else {
            return Value::Null;
        };
        match path {
            [] => object(
                &ty.segment_object,
                traveler
                    .segments
                    .iter()
                    .map(|it| Value::Bool(*it))
                    .collect(),
            ),
            [slot, ..] => {
                let inside = traveler.segments.get(usize::from(*slot)).copied();
                Value::Bool(inside.unwrap_or(false))
            }
        }
    }

    fn journey(&self, path: &[u16]) -> Value {
        let Some((ty, traveler)) = self.traveler else {
            return Value::Null;
        };
        let active = |journey: u16| {
            let family = JourneyId(u32::from(journey));
            let runs = |it: &Session| self.engine.family(it.journey) == family && !it.ended;
            Value::Bool(traveler.sessions.iter().any(runs))
        };
        let one = |journey: u16| match &ty.journey_object.fields.get(usize::from(journey)) {
            Some(field) => match &field.ty {
                crate::cel::Type::Object(ty) => object(ty, vec![active(journey)]),
                _ => Value::Null,
            },
            None => Value::Null,
        };
        match path {
            [] => {
                let journeys = 0..ty.journey_object.fields.len() as u16;
                object(&ty.journey_object, journeys.map(one).collect())
            }
            [journey] => one(*journey),
            [journey, ..] => active(*journey),
        }
    }

    fn session(&self, path: &[u16]) -> Value {
        let Some(session) = self.session else {
            return Value::Null;
        };
        let journey = &self.engine.journeys[session.journey as usize];
        let field = |slot: u16| match slot {
            0 => {
                let milestone = journey.milestones.get(usize::from(session.milestone));
                milestone.map_or(Value::Null, |it| Value::string(it.name.clone()))
            }
            1 => Value::Timestamp(session.started_at.time()),
            2 => Value::Timestamp(session.entered_at.time()),
            3 => Value::Int(i64::try_from(session.number).unwrap_or(i64::MAX)),
            4 => (session.key.as_ref()).map_or(Value::Null, |key| key.value.clone()),
            _ => Value::Null,
        };
        match path {
            [] => object(&journey.session, (0..5).map(field).collect()),
            [slot, rest @ ..] => walk(&field(*slot), rest),
        }
    }
}

/// The value of a profile field: what was written, or its default.
pub(super) fn profile_value<'a>(
    ty: &'a TravelerType,
    traveler: &'a Traveler,
    field: usize,
) -> &'a Value {
    let written = traveler.profile.get(field).and_then(Option::as_ref);
    written.unwrap_or(&ty.profile[field].default)
}

/// What stands below a value, by the slots of objects.
pub(super) fn walk(value: &Value, path: &[u16]) -> Value {
    below(value, path).cloned().unwrap_or(Value::Null)
}

/// The same without a copy.
fn below<'a>(value: &'a Value, path: &[u16]) -> Option<&'a Value> {
    let mut value = value;
    for slot in path {
        value = match value {
            Value::Object(object) => object.slots.get(usize::from(*slot))?,
            _ => return None,
        };
    }
    Some(value)
}

pub(super) fn object(ty: &Arc<ObjectType>, slots: Vec<Value>) -> Value {
    Value::Object(Arc::new(ObjectValue {
        ty: ty.clone(),
        slots,
    }))
}

/// The same value with the fields in the order of another type: what events have in common.
pub(super) fn conform(value: &Value, ty: &crate::cel::Type) -> Value {
    use crate::cel::Type;
    match (value, ty.present()) {
        (Value::Object(from), Type::Object(to)) => {
            if Arc::ptr_eq(&from.ty, to) {
                return value.clone();
            }
            let slot = |field: &crate::cel::Field| {
                let found = from.get(&field.name);
                found.map_or(Value::Null, |it| conform(it, &field.ty))
            };
            object(to, to.fields.iter().map(slot).collect())
        }
        (Value::List(items), Type::List(element)) => {
            Value::list(items.iter().map(|item| conform(item, element)).collect())
        }
        (Value::Map(entries), Type::Map(_, element)) => Value::Map(Arc::new(
            (entries.iter())
                .map(|(key, value)| (key.clone(), conform(value, element)))
                .collect(),
        )),
        _ => value.clone(),
    }
}
