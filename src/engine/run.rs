//! One traveler while something is being handled: evaluates, records, and counts the work.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use smallvec::SmallVec;

use super::linked::{Content, Engine, Expr, Input, Part, TravelerType};
use super::listener::Listener;
use super::record::{Record, What};
use super::scope::{Scope, conform, object};
use super::state::{Frame, Occurrence, Session, State, Timer, TimerKey, Traveler};
use crate::cel::{Text, Type, Value};
use crate::model::At;

/// How many steps one event or timer may set off, over all sessions.
pub(super) const MAX_STEPS: u32 = 100_000;

/// How many timers of a traveler may fire at one time.
pub(super) const MAX_TIMERS: u32 = 10_000;

/// How many occurrences one event or timer may set off.
pub(super) const MAX_OCCURRENCES: u32 = 10_000;

/// What changed.
pub(super) type Changes = SmallVec<[Input; 8]>;

#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing of the moment"
)]
pub(super) struct Run<'a> {
    pub engine: &'a Engine,
    pub ty: &'a TravelerType,
    pub t: &'a mut Traveler,
    /// All other travelers.
    pub state: &'a mut State,
    pub out: Listener<'a>,
    pub now: Timestamp,
    /// What was set off, in order.
    pub queue: VecDeque<Occurrence>,
    /// What changed since segments were last looked at.
    pub dirty: Changes,
    /// All segments are to be looked at: the traveler is new.
    pub unknown: bool,
    /// More changes are coming before segments follow.
    pub settling: bool,
    /// Whether anything changed.
    pub touched: bool,
    /// Whether the occurrence that is being handled has moved the session.
    pub moved: bool,
    /// Strands at the top that were stopped: what `parallel` made of them is over too.
    pub stopped: Vec<u64>,
    pub steps_left: u32,
    pub occurrences_left: u32,
    /// Whether somebody wants to know why.
    pub listens: bool,
}

/// What an expression can see besides the traveler.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen<'a> {
    /// The session's id.
    pub session: Option<u64>,
    pub frame: Option<&'a Frame>,
    /// `event`, where it is not the frame's payload.
    pub event: Option<&'a Value>,
    pub params: Option<&'a Value>,
    pub returned: Option<&'a Value>,
}

impl<'a> Seen<'a> {
    pub(super) fn of(session: Option<u64>, frame: Option<&'a Arc<Frame>>) -> Self {
        Self {
            session,
            frame: frame.map(|frame| &**frame),
            ..Self::default()
        }
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        state: &'a mut State,
        traveler: &'a mut Traveler,
        out: Listener<'a>,
    ) -> Self {
        Self {
            listens: state.options.listening.to(traveler.number),
            engine,
            ty: &engine.travelers[traveler.ty.index()],
            now: traveler.clock.time(),
            t: traveler,
            state,
            out,
            queue: VecDeque::new(),
            dirty: Changes::new(),
            unknown: false,
            settling: false,
            touched: false,
            moved: false,
            stopped: Vec::new(),
            steps_left: MAX_STEPS,
            occurrences_left: MAX_OCCURRENCES,
        }
    }

    /// Turns the clock; it never turns back.
    pub(super) fn at(&mut self, now: Timestamp) {
        let clock = self.t.clock.time();
        self.now = now.max(clock);
        if self.now > clock {
            self.t.clock = self.now.into();
            self.t.fired = 0;
        }
    }

    pub(super) fn session(&self, sid: u64) -> Option<&Session> {
        self.t.sessions.iter().find(|session| session.sid == sid)
    }

    pub(super) fn session_mut(&mut self, sid: u64) -> Option<&mut Session> {
        self.t
            .sessions
            .iter_mut()
            .find(|session| session.sid == sid)
    }

    /// What an expression sees; `common`: what several events share, where it sees only that.
    pub(super) fn scope<'s>(&'s self, seen: Seen<'s>, common: Option<&'s Value>) -> Scope<'s> {
        Scope {
            engine: self.engine,
            traveler: Some((self.ty, self.t)),
            session: seen.session.and_then(|sid| self.session(sid)),
            frame: seen.frame,
            event: seen.event.or(common),
            params: seen.params,
            returned: seen.returned,
            now: self.now,
            given: Some(&self.state.options.models),
        }
    }

    /// The value of an expression; nothing where it fails, which is traced.
    pub(super) fn value(&mut self, expr: &Expr, seen: Seen<'_>) -> Option<Value> {
        let common = (expr.common.as_ref().zip(seen.frame))
            .map(|(common, frame)| conform(&frame.payload, &Type::Object(common.clone())));
        match expr.program.eval(&self.scope(seen, common.as_ref())) {
            Ok(Value::Optional(value)) => Some(value.map_or(Value::Null, |value| (*value).clone())),
            Ok(value) => Some(value),
            Err(error) => {
                self.failed(seen.session, &expr.name, &error.message, &expr.at);
                None
            }
        }
    }

    /// Whether a condition holds; one that fails does not.
    pub(super) fn holds(&mut self, expr: &Expr, seen: Seen<'_>) -> bool {
        if !self.listens
            && expr.common.is_none()
            && let Some(holds) = expr.program.quick(&self.scope(seen, None))
        {
            return holds;
        }
        let holds = matches!(self.value(expr, seen), Some(Value::Bool(true)));
        self.looked(expr, seen, holds);
        holds
    }

    pub(super) fn failed(&mut self, session: Option<u64>, name: &Arc<str>, reason: &str, at: &At) {
        let what = What::ConditionFailed {
            name: name.clone(),
            reason: reason.into(),
        };
        self.emit(session, what, Some(at));
    }

    /// The text with its expressions filled in; nothing where one fails.
    pub(super) fn text(&mut self, parts: &[Part], seen: Seen<'_>) -> Option<Arc<str>> {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Cel(expr) => {
                    let Value::String(filled) = self.value(expr, seen)? else {
                        let reason = "an absent value is no text";
                        self.failed(seen.session, &expr.name, reason, &expr.at);
                        return None;
                    };
                    text.push_str(&filled);
                }
            }
        }
        Some(text.into())
    }

    /// A value under `with`; nothing where an expression fails.
    pub(super) fn content(&mut self, content: &Content, seen: Seen<'_>) -> Option<Value> {
        Some(match content {
            Content::Literal(value) => value.clone(),
            Content::Text(parts) => Value::string(self.text(parts, seen)?),
            Content::Value(expr) => self.value(expr, seen)?,
            Content::List(items) => Value::list(self.contents(items, seen)?),
            Content::Object(ty, slots) => object(ty, self.contents(slots, seen)?),
            Content::Map(entries) => {
                let mut values = Vec::with_capacity(entries.len());
                for (key, content) in entries {
                    let value = self.content(content, seen)?;
                    values.push((Value::string(key.clone()), value));
                }
                Value::Map(Arc::new(values))
            }
        })
    }

    pub(super) fn contents(&mut self, items: &[Content], seen: Seen<'_>) -> Option<Vec<Value>> {
        items.iter().map(|item| self.content(item, seen)).collect()
    }

    /// A time zone; the manifest's where none is given, or a name that is none: that is traced.
    pub(super) fn zone(&mut self, zone: Option<&Expr>, seen: Seen<'_>) -> TimeZone {
        let fallback = self.engine.zone.clone();
        let Some(expr) = zone else {
            return fallback;
        };
        let Some(Value::String(name)) = self.value(expr, seen) else {
            return fallback;
        };
        TimeZone::get(&name).unwrap_or_else(|_| {
            let known = &self.engine.zone_name;
            let reason = format!("`{name}` is not a time zone, `{known}` is taken");
            self.failed(seen.session, &expr.name, &reason, &expr.at);
            fallback
        })
    }

    /// Records what happened, in a session or to the traveler.
    pub(super) fn record(&mut self, session: Option<u64>, what: What, at: &At) {
        self.touched = true;
        self.emit(session, what, Some(at));
    }

    pub(super) fn emit(&mut self, session: Option<u64>, what: What, at: Option<&At>) {
        if self.out.passes(&what) {
            return;
        }
        let engine = self.engine;
        let session = session.and_then(|sid| self.session(sid));
        let record = Record {
            time: self.now,
            traveler: Some(self.label()),
            number: Some(self.t.number),
            journey: session.map(|it| engine.journeys[it.journey as usize].name.clone()),
            session: session.map(|it| it.number),
            origin: session.map(|it| self.origin(it.origin.as_deref())),
            key: session.and_then(session_key),
            what,
            at: at.cloned(),
        };
        self.out.tell(record);
    }

    /// The permanent id of the traveler who started a session, of whom it may be told.
    pub(super) fn origin(&self, told: Option<&Text>) -> Arc<str> {
        match told {
            Some(origin) => origin.as_str().into(),
            None => self.t.id(self.ty).into(),
        }
    }

    /// A value as a record has it; null where nobody reads records.
    pub(super) fn shown(&self, value: &Value) -> serde_json::Value {
        if self.out.reads() {
            crate::cel::to_json(value)
        } else {
            serde_json::Value::Null
        }
    }

    /// The value of the key where it is known, else the identity that was known first.
    pub(super) fn label(&self) -> Arc<str> {
        label(self.ty, self.t)
    }

    /// Sets a timer.
    pub(super) fn timer(&mut self, due: Timestamp, class: u8, timer: Timer) -> TimerKey {
        let key = TimerKey {
            due,
            class,
            made: self.now,
            number: self.t.next_number(),
        };
        self.t.timers.insert(key, timer);
        key
    }

    /// So long from now; the end of time where it is beyond.
    pub(super) fn after(&self, time: SignedDuration) -> Timestamp {
        later(self.now, time)
    }
}

/// What a trace calls a traveler.
pub(super) fn label(ty: &TravelerType, traveler: &Traveler) -> Arc<str> {
    let field = ty.identities[usize::from(ty.key)];
    match &traveler.profile[field] {
        Some(Value::String(key)) if !key.is_empty() => key.as_str().into(),
        None | Some(Value::Null | Value::String(_)) => traveler.id(ty).into(),
        Some(other) => crate::cel::to_json(other).to_string().into(),
    }
}

/// The session's key as JSON, where the journey has one.
pub(super) fn session_key(session: &Session) -> Option<serde_json::Value> {
    (session.key.as_ref()).map(|key| crate::cel::to_json(&key.value))
}

pub(super) fn later(from: Timestamp, time: SignedDuration) -> Timestamp {
    from.checked_add(time).unwrap_or(if time.is_negative() {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}
