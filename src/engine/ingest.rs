//! An event at the door: known, well formed, not handled before, and of whom.

use std::sync::Arc;

use jiff::Timestamp;
use smallvec::SmallVec;

use super::directory::{Identities, identity_text};
use super::handled::EventKey;
use super::linked::{Engine, EventType, Happening};
use super::listener::Listener;
use super::profile::normalized;
use super::record::{Record, What};
use super::run::{Run, Seen};
use super::scope::{Scope, object};
use super::state::{Frame, State};
use crate::cel::{self, Slots, Text, Value};
use crate::model::env::slot;
use crate::model::{At, EventId, TravelerId};

/// The slot of `trigger.subject`.
const SUBJECT: u16 = 4;

/// An event as it comes: a `CloudEvent`, its time read.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    pub id: Arc<str>,
    pub source: Arc<str>,
    /// The `CloudEvents` type.
    pub cloud_type: Arc<str>,
    pub time: Timestamp,
    pub subject: Option<Arc<str>>,
    pub data: serde_json::Value,
    /// When it is handled, where that is later than its own time.
    pub arrives: Option<Timestamp>,
}

impl Incoming {
    /// When it is handled, if its traveler's clock is not later.
    pub fn handled_at(&self) -> Timestamp {
        self.arrives
            .map_or(self.time, |arrives| arrives.max(self.time))
    }
}

/// An event that is known and well formed, and has only to be handled.
#[derive(Clone, Debug)]
pub struct Ready {
    key: EventKey,
    /// When it is handled.
    at: Timestamp,
    frame: Arc<Frame>,
    /// Of whom it is; none where that is to be worked out when it is handled.
    concerned: Option<Concerned>,
}

/// Of whom an event is: by traveler type, what it says of who they are.
type Concerned = SmallVec<[(TravelerId, Identities); 1]>;

impl Ready {
    pub(super) const fn new(key: EventKey, at: Timestamp, frame: Arc<Frame>) -> Self {
        Self {
            key,
            at,
            frame,
            concerned: None,
        }
    }

    /// Works out of whom it is ahead of time, unless there is something to tell about that.
    pub(super) fn know(&mut self, engine: &Engine) {
        if self.know_again(engine) {
            return;
        }
        let mut told = false;
        let mut tell = |_: &What| told = true;
        let concerned = engine.concerned(&self.frame, self.at, &mut Listener::Kinds(&mut tell));
        self.concerned = (!told).then_some(concerned);
    }

    /// The same of an event in place of another one, where both are of one traveler by their
    /// subject alone; false where that is not so.
    fn know_again(&mut self, engine: &Engine) -> bool {
        let declared = &engine.events[self.frame.event.index()];
        let ([entry], Some([(traveler, identities)])) =
            (&*declared.identify, self.concerned.as_deref_mut())
        else {
            return false;
        };
        let ([(identity, expr)], [(known, text, value)]) = (&*entry.by, &mut **identities) else {
            return false;
        };
        let kind = &engine.travelers[entry.traveler.index()];
        let field = kind.identities[usize::from(*identity)];
        let of_subject = matches!(expr.program.load(), Some((slot::TRIGGER, [SUBJECT])));
        match &self.frame.subject {
            Some(subject)
                if of_subject && !subject.is_empty() && kind.profile[field].normalize.is_none() =>
            {
                (*traveler, *known) = (entry.traveler, *identity);
                text.clone_from(subject);
                *value = Value::String(subject.clone());
                true
            }
            _ => false,
        }
    }

    /// Looks at a little of all that it is made of.
    pub(super) fn look(&self) -> usize {
        match &self.frame.payload {
            Value::Object(payload) => {
                let slots = payload.slots.iter().step_by(2);
                slots.filter(|value| value.is_null()).count()
            }
            _ => 0,
        }
    }

    /// The place of one.
    pub(super) fn empty() -> Self {
        let key = EventKey::default();
        Self::new(key, Timestamp::UNIX_EPOCH, Arc::new(Frame::empty()))
    }

    /// The place of the event: steps that wait may hold the one that is there.
    pub(super) fn place(&mut self) -> &mut Frame {
        if Arc::get_mut(&mut self.frame).is_none() {
            self.frame = Arc::new(Frame::empty());
        }
        // Nobody else holds it, so that nothing is copied.
        Arc::make_mut(&mut self.frame)
    }

    /// Another event is in its place.
    pub(super) fn renew(&mut self, key: EventKey, at: Timestamp, engine: &Engine) {
        (self.key, self.at) = (key, at);
        self.know(engine);
    }

    /// What tells it from others is another key.
    pub(super) const fn rename(&mut self, key: EventKey) {
        self.key = key;
    }

    pub(super) const fn key(&self) -> EventKey {
        self.key
    }

    /// The first identities of those it concerns, where they are known.
    pub(super) fn leading(&self) -> impl Iterator<Item = (TravelerId, u16, &str)> {
        let concerned = self.concerned.iter().flatten();
        concerned.filter_map(|(ty, identities)| {
            let (identity, text, _) = identities.first()?;
            Some((*ty, *identity, &**text))
        })
    }

    /// When it is handled, if its traveler's clock is not later.
    pub fn handled_at(&self) -> Timestamp {
        self.at
    }

    /// What its sender calls it.
    pub fn name(&self) -> &str {
        &self.frame.id
    }

    /// The longest of the texts around its data.
    pub fn longest(&self) -> usize {
        let subject = self.frame.subject.as_ref().map_or(0, Text::len);
        self.frame
            .id
            .len()
            .max(self.frame.source.len())
            .max(subject)
    }

    /// Its own time.
    pub fn time(&self) -> Timestamp {
        self.frame.time
    }

    /// Works out of whom it is, ahead of time.
    pub fn prepare(&mut self, engine: &Engine) {
        self.know(engine);
    }

    /// Source and id, as far as a repetition is concerned.
    pub fn id(&self) -> [u8; 16] {
        self.key.to_bytes()
    }

    /// It repeats one that was handled at this time of its own.
    pub fn repeats(&self, state: &mut State, time: Timestamp) {
        state.handled.insert(self.key, time);
    }

    /// All identities of those it concerns.
    pub(super) fn identities(&self, engine: &Engine, mut tell: impl FnMut(TravelerId, u16, &str)) {
        let asked;
        let concerned = if let Some(known) = &self.concerned {
            known
        } else {
            let mute = &mut Listener::Kinds(&mut |_| {});
            asked = engine.concerned(&self.frame, self.at, mute);
            &asked
        };
        for (ty, identities) in concerned {
            for (identity, text, _) in identities {
                tell(*ty, *identity, text);
            }
        }
    }
}

impl Engine {
    /// Handles an event. Its traveler's timers that are due before it fire first; a driver that
    /// wants the records of all travelers by time calls [`Engine::advance_before`] first.
    pub fn handle(&self, state: &mut State, event: &Incoming, out: &mut dyn FnMut(Record)) {
        match self.ready(event) {
            Ok(ready) => self.take(state, &ready, &mut Listener::Records(out)),
            Err(refused) => out(*refused),
        }
    }

    /// Checks an event; where it cannot be handled, the record that says why.
    pub fn ready(&self, event: &Incoming) -> Result<Ready, Box<Record>> {
        let at = event.handled_at();
        let Some(id) = self.event_type(&event.cloud_type, &event.source) else {
            let (name, reason) = (event.cloud_type.clone(), "unknown type");
            return Err(refused(at, name, &event.id, reason, None).into());
        };
        let declared = &self.events[id.index()];
        let payload = read_payload(declared, &event.data).map_err(|reason| {
            let name = declared.cloud_type.clone();
            refused(at, name, &event.id, &reason, Some(&declared.at))
        })?;
        let frame = Frame {
            event: id,
            payload,
            id: event.id.clone().into(),
            source: event.source.clone().into(),
            time: event.time,
            subject: event.subject.clone().map(Text::from),
        };
        let key = EventKey::of(&event.source, &event.id);
        Ok(Ready::new(key, at, Arc::new(frame)))
    }

    /// Lets go the ids of events that none can repeat whose own time is this or later: a driver
    /// promises that no other will come.
    pub fn forget_ids(&self, state: &mut State, from: Timestamp) {
        state.handled.forget(from, self.dedupe);
    }

    /// Handles an event that was checked.
    pub fn take(&self, state: &mut State, event: &Ready, out: &mut Listener<'_>) {
        let (now, frame) = (event.at, &event.frame);
        let declared = &self.events[frame.event.index()];
        if let Some(before) = state.handled.before(event.key)
            && frame.time.duration_since(before) < self.dedupe
        {
            let what = What::EventDuplicate {
                name: declared.cloud_type.clone(),
                id: self.told(&frame.id, out),
                reason: "handled before".into(),
            };
            return out.tell(nobody(now, what, Some(&declared.at)));
        }
        let asked;
        let concerned = if let Some(known) = &event.concerned {
            known
        } else {
            asked = self.concerned(frame, now, out);
            &asked
        };
        if concerned.is_empty() {
            let (name, reason) = (declared.cloud_type.clone(), "no traveler");
            let id = self.told(&frame.id, out);
            return out.tell(refused(now, name, &id, reason, Some(&declared.at)));
        }
        state.handled.insert(event.key, frame.time);
        state.next_input();
        let mut touched = false;
        let mut first = None;
        for (traveler, identities) in concerned {
            let located = self.locate(state, *traveler, identities, now, out);
            first = first.or(Some(located.number));
            let taken = self.with(state, located.number, out, |run| {
                run.at(now);
                run.take(declared, frame, identities, &located);
                run.touched
            });
            touched |= taken == Some(true);
        }
        if let (Some(number), false) = (first, touched) {
            let what = What::EventIgnored {
                name: declared.cloud_type.clone(),
                id: self.told(&frame.id, out),
                reason: self.nothing_changed.clone(),
            };
            if let Listener::Kinds(count) = out {
                return count(&what);
            }
            self.with(state, number, out, |run| {
                run.emit(None, what, Some(&declared.at));
            });
        }
    }

    /// A text for a record, where anyone reads it.
    fn told(&self, text: &str, out: &Listener<'_>) -> Arc<str> {
        if matches!(out, Listener::Kinds(_)) {
            self.nothing.clone()
        } else {
            text.into()
        }
    }

    /// Of whom an event is.
    fn concerned(&self, frame: &Frame, now: Timestamp, out: &mut Listener<'_>) -> Concerned {
        let mut concerned = Concerned::new();
        for entry in &self.events[frame.event.index()].identify {
            let identities = self.identities(entry, frame, now, out);
            if !identities.is_empty() {
                concerned.push((entry.traveler, identities));
            }
        }
        concerned
    }

    /// Which event it is: of several with one type, that of the connection that sends it.
    pub(super) fn event_type(&self, cloud_type: &str, source: &str) -> Option<EventId> {
        let ids = self.by_cloud_type.get(cloud_type)?;
        let of_source = |id: &&EventId| *self.events[id.index()].connection == *source;
        ids.iter().find(of_source).or(ids.first()).copied()
    }

    /// `CONNECTION.EVENT` of a `CloudEvents` type: scenarios name events, traces types.
    pub fn event_name(&self, cloud_type: &str) -> Option<&Arc<str>> {
        let first = self.by_cloud_type.get(cloud_type)?.first()?;
        Some(&self.events[first.index()].name)
    }

    /// The `CloudEvents` type of `CONNECTION.EVENT`.
    pub fn cloud_type(&self, name: &str) -> Option<&Arc<str>> {
        let event = self.events.iter().find(|event| *event.name == *name)?;
        Some(&event.cloud_type)
    }

    /// The identities that an event names, for one traveler type.
    fn identities(
        &self,
        entry: &super::linked::IdentifyType,
        frame: &Frame,
        now: Timestamp,
        out: &mut Listener<'_>,
    ) -> Identities {
        let ty = &self.travelers[entry.traveler.index()];
        let scope = Scope {
            engine: self,
            traveler: None,
            session: None,
            frame: Some(frame),
            event: None,
            params: None,
            returned: None,
            now,
            given: None,
        };
        let mut identities = Identities::new();
        for (identity, expr) in &entry.by {
            let there = match expr.program.load() {
                Some((slot::TRIGGER, [SUBJECT])) => {
                    Some(frame.subject.clone().map_or(Value::Null, Value::String))
                }
                Some((root, path)) => scope.peek(root, path).cloned(),
                None => None,
            };
            match there.map_or_else(|| expr.program.eval(&scope), Ok) {
                Ok(value) => {
                    let value = match value {
                        Value::Optional(value) => value.map_or(Value::Null, |it| (*it).clone()),
                        value => value,
                    };
                    let normalize = ty.profile[ty.identities[usize::from(*identity)]].normalize;
                    if let Some(text) = identity_text(&value, normalize) {
                        identities.push((*identity, text, value));
                    }
                }
                Err(error) => {
                    let what = What::ConditionFailed {
                        name: expr.name.clone(),
                        reason: error.message.into(),
                    };
                    out.tell(nobody(now, what, Some(&expr.at)));
                }
            }
        }
        identities
    }

    /// The traveler that an event concerns, found or made, with time run on to the event.
    fn locate(
        &self,
        state: &mut State,
        ty: TravelerId,
        identities: &[(u16, Text, Value)],
        now: Timestamp,
        out: &mut Listener<'_>,
    ) -> Located {
        let mut found = self.find(state, ty, identities);
        let mut fired = false;
        for number in found.join.iter().chain(&found.traveler) {
            fired |= self.catch_up(state, *number, now, out);
        }
        // What was due may have changed who is who.
        if fired {
            found = self.find(state, ty, identities);
        }
        match found.traveler {
            Some(number) => Located {
                number,
                new: false,
                join: found.join.into_iter().filter(|it| *it != number).collect(),
            },
            None => Located {
                number: self.create(state, ty, identities, now),
                new: true,
                join: Vec::new(),
            },
        }
    }
}

/// The traveler that an event concerns.
struct Located {
    number: u32,
    new: bool,
    /// Those who turn out to be the same.
    join: Vec<u32>,
}

impl Run<'_> {
    /// Handles an event that is this traveler's.
    fn take(
        &mut self,
        declared: &EventType,
        frame: &Arc<Frame>,
        identities: &[(u16, Text, Value)],
        located: &Located,
    ) {
        self.came(frame);
        self.t.active = self.state.inputs;
        // Segments follow when everything is known that the event tells.
        self.settling = true;
        for number in &located.join {
            self.join(*number, &declared.at);
        }
        if located.new {
            self.created(identities, &declared.at);
        }
        self.identified(identities, &declared.at);
        self.absorb(declared, frame);
        if located.new {
            // The zone of a schedule may be what this very event tells.
            self.arm_starts();
        }
        self.tell(Happening::Event(frame.event), None, Some(frame));
        self.drain();
        self.flush();
    }

    /// What an event writes and counts, and the segments that follow.
    pub(super) fn absorb(&mut self, declared: &EventType, frame: &Frame) {
        let ty = self.t.ty;
        if let Some(entry) = declared.identify.iter().find(|entry| entry.traveler == ty) {
            let seen = Seen {
                frame: Some(frame),
                ..Seen::default()
            };
            self.update(&entry.update, seen, &declared.at);
        }
        self.count_event(frame);
        self.settling = false;
        self.refresh();
    }
}

/// The payload by its type; where it does not fit, why.
fn read_payload(declared: &EventType, data: &serde_json::Value) -> Result<Value, String> {
    let empty = serde_json::Value::Object(serde_json::Map::new());
    let data = match data {
        serde_json::Value::Null => &empty,
        serde_json::Value::Object(_) => data,
        _ => return Err("invalid payload: `data` is no object".into()),
    };
    match cel::read_json(data, &declared.payload, "data", &mut Vec::new()) {
        Ok(payload) => Ok(normalized_payload(declared, payload)),
        Err(mismatch) => Err(format!("invalid payload: {mismatch}")),
    }
}

/// The payload with its fields normalized as they are declared.
pub(super) fn normalized_payload(declared: &EventType, payload: Value) -> Value {
    let Value::Object(before) = &payload else {
        return payload;
    };
    if declared.normalize.is_empty() {
        return payload;
    }
    let mut slots = before.slots.clone();
    normalize(declared, &mut slots);
    object(&before.ty, slots)
}

/// Normalizes fields of a payload as they are declared.
pub(super) fn normalize(declared: &EventType, slots: &mut [Value]) {
    for (field, normalize) in &declared.normalize {
        if let Some(value) = slots.get_mut(*field) {
            *value = normalized(std::mem::replace(value, Value::Null), Some(*normalize));
        }
    }
}

fn refused(
    time: Timestamp,
    name: Arc<str>,
    id: &Arc<str>,
    reason: &str,
    at: Option<&At>,
) -> Record {
    let what = What::EventRejected {
        name,
        id: id.clone(),
        reason: reason.into(),
    };
    nobody(time, what, at)
}

/// A record of no traveler.
fn nobody(time: Timestamp, what: What, at: Option<&At>) -> Record {
    Record {
        time,
        traveler: None,
        number: None,
        journey: None,
        session: None,
        origin: None,
        key: None,
        what,
        at: at.cloned(),
    }
}
