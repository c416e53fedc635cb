//! States as bytes: written at any time, read back by an engine of the same plan, and going on as
//! if nothing had been. Equal states are equal bytes.
//!
//! Values are written with the names of their fields; the engine gives them their types again.

use std::cell::Cell;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::handled::EventKey;
use super::linked::Engine;
use super::pack::PackError;
use super::scope::conform;
use super::state::{Frame, Options, RareParts, State, Traveler};
use crate::cel::{Field, ObjectType, Text, Type, Value};

/// The version of the form; another one is refused.
const VERSION: u32 = 5;

/// How many numbers a traveler may have given away: more than can be in a life.
const MAX_MADE: u64 = 1 << 60;

fn refused<T>(message: impl Into<String>) -> Result<T, PackError> {
    Err(PackError::new(message))
}

#[derive(Serialize, Deserialize)]
struct Snapshot {
    version: u32,
    plan: u64,
    /// Their records, by number.
    travelers: Vec<Option<Vec<u8>>>,
    handled: Vec<(EventKey, Timestamp)>,
    inputs: u64,
    /// As JSON: replies are values of no type.
    options: String,
}

impl Engine {
    /// The state as bytes.
    pub fn save(&self, state: &State) -> Vec<u8> {
        let record = |it: &Option<Box<Traveler>>| it.as_ref().map(|it| self.pack(it));
        let snapshot = Snapshot {
            version: VERSION,
            plan: self.fingerprint,
            travelers: state.travelers.iter().map(record).collect(),
            handled: state.handled.entries(),
            inputs: state.inputs,
            options: serde_json::to_string(&state.options).unwrap_or_default(),
        };
        postcard::to_stdvec(&snapshot).unwrap_or_default()
    }

    /// The state that bytes stand for. What paused journeys held goes on where they are live now.
    pub fn load(&self, bytes: &[u8]) -> Result<State, PackError> {
        let read = postcard::from_bytes(bytes);
        let snapshot: Snapshot =
            read.map_err(|error| PackError::new(format!("this is no state: {error}")))?;
        if snapshot.version != VERSION {
            return refused(format!(
                "version {} of states is not known",
                snapshot.version
            ));
        }
        if snapshot.plan != self.fingerprint {
            return refused("this state belongs to another plan");
        }
        let options: Options = serde_json::from_str(&snapshot.options)
            .map_err(|error| PackError::new(format!("this is no state: {error}")))?;
        let mut state = State {
            inputs: snapshot.inputs,
            options,
            ..State::default()
        };
        for (key, time) in snapshot.handled {
            state.handled.insert(key, time);
        }
        state.expect(snapshot.travelers.len() as u32);
        for (number, record) in (0..).zip(snapshot.travelers) {
            let Some(record) = record else {
                continue;
            };
            self.admit(&mut state, number, &record)?;
            let Some(traveler) = &state.travelers[number as usize] else {
                continue;
            };
            for (identity, value) in &traveler.leads {
                (state.directory).add(traveler.ty, *identity, value, number);
            }
            if let Some(due) = state.due_of(number) {
                state.expect_due(number, due);
            }
            self.resume(&mut state, number, Timestamp::MIN);
        }
        Ok(state)
    }

    /// Whether everything in it is an index into this plan.
    pub(super) fn fits(&self, traveler: &Traveler) -> bool {
        let Some(ty) = self.travelers.get(traveler.ty.index()) else {
            return false;
        };
        let journey = |index: u32| self.journeys.get(index as usize);
        let none = RareParts::default();
        let RareParts { outbox, held, .. } = traveler.rare.get().unwrap_or(&none);
        traveler.made < MAX_MADE
            && traveler.profile.len() == ty.profile.len()
            && traveler.consents.len() == ty.consents.len()
            && traveler.traits.len() == ty.traits.len()
            && (traveler.traits.iter().zip(&ty.traits))
                .all(|(state, kind)| state.rest.is_none() == kind.is_running())
            && traveler.segments.len() == self.segments.len()
            && traveler
                .leads
                .iter()
                .all(|it| usize::from(it.0) < ty.identities.len())
            && usize::from(traveler.named) < ty.identities.len().max(1)
            && traveler
                .persona
                .is_none_or(|it| usize::from(it) < ty.personas.len())
            && traveler.sessions.iter().all(|session| {
                journey(session.journey).is_some_and(|journey| {
                    session.vars.len() == journey.vars.fields.len()
                        && (session.entered.keys())
                            .all(|it| usize::from(*it) < journey.milestones.len())
                        && usize::from(session.milestone) < journey.milestones.len()
                        && (session.strands.iter())
                            .all(|strand| journey.op(strand.code, strand.ip).is_some())
                        && (session.strands.iter())
                            .filter_map(|strand| strand.frame.as_ref())
                            .all(|frame| frame.event.index() < self.events.len())
                })
            })
            && (outbox.iter()).all(|it| {
                it.action.delivery < self.deliveries.len() && journey(it.action.journey).is_some()
            })
            && (traveler.timers.values().chain(held.iter().map(|it| &it.1)))
                .all(|timer| self.fits_timer(traveler, timer))
    }

    fn fits_timer(&self, traveler: &Traveler, timer: &super::state::Timer) -> bool {
        use super::state::TimerKind;
        match timer.what {
            TimerKind::Start(journey, trigger) => (self.journeys.get(journey as usize))
                .is_some_and(|it| usize::from(trigger) < it.start.len()),
            TimerKind::Promise(milestone) => {
                let session = traveler
                    .sessions
                    .iter()
                    .find(|it| Some(it.sid) == timer.session);
                session.is_none_or(|it| {
                    let journey = self.journeys.get(it.journey as usize);
                    journey.is_some_and(|it| usize::from(milestone) < it.milestones.len())
                })
            }
            _ => true,
        }
    }

    /// Gives values their types again.
    pub(super) fn retype(&self, traveler: &mut Traveler) {
        let ty = &self.travelers[traveler.ty.index()];
        for (value, field) in traveler.profile.iter_mut().zip(&ty.profile) {
            if let Some(value) = value {
                *value = conform(value, &field.ty);
            }
        }
        for (state, kind) in traveler.traits.iter_mut().zip(&ty.traits) {
            state.value = conform(&state.value, &kind.ty);
            let Some(kept) = &mut state.rest else {
                continue;
            };
            for (_, value) in &mut kept.held {
                *value = conform(value, &kind.element);
            }
            let tally = &mut kept.tally;
            let single = [&mut tally.least, &mut tally.most].into_iter().flatten();
            let timed = [&mut tally.first, &mut tally.last].into_iter().flatten();
            for value in single.chain(timed.map(|entry| &mut entry.1)) {
                *value = conform(value, &kind.element);
            }
        }
        for session in &mut traveler.sessions {
            let journey = &self.journeys[session.journey as usize];
            for (value, field) in session.vars.iter_mut().zip(&journey.vars.fields) {
                *value = conform(value, &field.ty);
            }
            for strand in &mut session.strands {
                if let Some(frame) = &strand.frame {
                    strand.frame = Some(Arc::new(Frame {
                        payload: conform(&frame.payload, &self.events[frame.event.index()].payload),
                        ..(**frame).clone()
                    }));
                }
            }
        }
        for deferred in traveler
            .rare
            .get_mut()
            .into_iter()
            .flat_map(|it| &mut it.outbox)
        {
            let action = &mut deferred.action;
            let params = self.deliveries[action.delivery].params.clone();
            action.with = conform(&action.with, &Type::Object(params));
        }
    }
}

/// A value as it is read back.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    /// Its bits: text would have to be read back exactly.
    Double(u64),
    String(Text),
    Bytes(Arc<[u8]>),
    Timestamp(Timestamp),
    Duration(SignedDuration),
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
    Object(Vec<(Arc<str>, Value)>),
}

/// A value as it is written: the same.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Writing<'v> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(u64),
    String(&'v str),
    Bytes(&'v [u8]),
    Timestamp(Timestamp),
    Duration(SignedDuration),
    List(&'v [Value]),
    Map(&'v [(Value, Value)]),
    Object(Vec<(&'v str, &'v Value)>),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let writing = match self {
            Self::Null | Self::Type(_) | Self::Optional(None) => Writing::Null,
            Self::Optional(Some(value)) => return value.serialize(serializer),
            Self::Bool(value) => Writing::Bool(*value),
            Self::Int(value) => Writing::Int(*value),
            Self::Uint(value) => Writing::Uint(*value),
            Self::Double(value) => Writing::Double(value.to_bits()),
            Self::String(value) => Writing::String(value),
            Self::Bytes(value) => Writing::Bytes(value),
            Self::Timestamp(value) => Writing::Timestamp(*value),
            Self::Duration(value) => Writing::Duration(*value),
            Self::List(items) => Writing::List(items),
            Self::Map(entries) => Writing::Map(entries),
            Self::Object(object) => Writing::Object(
                (object.fields())
                    .map(|(field, value)| (&*field.name, value))
                    .collect(),
            ),
        };
        writing.serialize(serializer)
    }
}

/// How deep values may lie in each other; types do not nest as deep.
const MAX_DEPTH: u32 = 256;

thread_local! {
    /// How many values around the one that is being read are being read, too.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let depth = DEPTH.get();
        if depth >= MAX_DEPTH {
            return Err(D::Error::custom("values lie too deep in each other"));
        }
        DEPTH.set(depth + 1);
        let written = Written::deserialize(deserializer);
        DEPTH.set(depth);
        Ok(match written? {
            Written::Null => Self::Null,
            Written::Bool(value) => Self::Bool(value),
            Written::Int(value) => Self::Int(value),
            Written::Uint(value) => Self::Uint(value),
            Written::Double(bits) => Self::Double(f64::from_bits(bits)),
            Written::String(value) => Self::String(value),
            Written::Bytes(value) => Self::Bytes(value),
            Written::Timestamp(value) => Self::Timestamp(value),
            Written::Duration(value) => Self::Duration(value),
            Written::List(items) => Self::list(items),
            Written::Map(entries) => Self::Map(Arc::new(entries)),
            Written::Object(entries) => {
                let (names, slots): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
                let fields = names.into_iter().map(|name| Field {
                    name,
                    ty: Type::Dyn,
                    declared: None,
                    default: None,
                    least: None,
                });
                let ty = ObjectType {
                    name: "object".into(),
                    fields: fields.collect(),
                };
                super::scope::object(&Arc::new(ty), slots)
            }
        })
    }
}
