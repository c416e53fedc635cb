//! The fast way in: one `CloudEvent` as text goes in, an event that is ready to be handled comes
//! out, in one pass and without a tree in between.
//!
//! It takes what is in order. On anything else it gives up, and the way over
//! [`super::Incoming`], which comes to the same, finds the words for what is wrong.

mod clock;
mod json;
mod payload;

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use self::clock::Clock;
use self::json::{Cursor, Keys};
use self::payload::Kept;
use super::handled::EventKey;
use super::ingest::{Incoming, Ready, normalize};
use super::linked::Engine;
use super::record::Record;
use super::state::Frame;
use crate::cel::{ObjectValue, Text, Type, Value};
use crate::model::EventId;
use crate::model::env::TRIGGER;

/// The keys of the envelope; `trigger` has its type in its second slot.
const KEYS: [&str; 7] = [
    "specversion",
    "id",
    "source",
    TRIGGER[1],
    "time",
    "subject",
    "data",
];

/// The same with their quotes and colons.
const QUOTED: [&str; KEYS_END] = [
    r#""specversion":"#,
    r#""id":"#,
    r#""source":"#,
    r#""type":"#,
    r#""time":"#,
    r#""subject":"#,
    r#""data":"#,
];

/// The length of `2026-03-02T18:00:00.000Z`, as most producers write times.
const TIME: usize = 24;

/// Other keys are behind these.
const KEYS_END: usize = KEYS.len();

/// Reads events, one after the other. Of each it keeps what the plan reads, for runs of which
/// nobody reads records or keeps the state, or all of it. All events of a run are read by decoders
/// of one kind.
#[derive(Debug)]
pub struct Decoder<'e> {
    engine: &'e Engine,
    /// All that an event has is kept.
    whole: bool,
    /// The time of events that have none.
    now: Option<Timestamp>,
    /// The source and type of the last event, where nothing in them is escaped, and which event
    /// that is: most often those of the next.
    source: String,
    ty: String,
    event: Option<EventId>,
    /// The keys of the last envelope, in its order.
    order: [usize; KEYS_END],
    clock: Clock,
}

/// What stands around a payload.
#[derive(Default)]
struct Envelope<'a> {
    versioned: bool,
    id: Option<Cow<'a, str>>,
    source: Option<Cow<'a, str>>,
    ty: Option<Cow<'a, str>>,
    time: Option<Timestamp>,
    subject: Option<Cow<'a, str>>,
    /// Keys that are of no concern here.
    strangers: Keys<'a>,
    /// Where the payload begins; none where there is none.
    data: Option<Cursor<'a>>,
    /// Of which event it is, where the payload was read already.
    event: Option<EventId>,
}

impl<'e> Decoder<'e> {
    pub fn new(engine: &'e Engine) -> Self {
        Self {
            engine,
            whole: false,
            now: None,
            source: String::new(),
            ty: String::new(),
            event: None,
            order: std::array::from_fn(|key| key),
            clock: Clock::default(),
        }
    }

    /// Keeps all that events have; one without a time is of this one.
    pub fn keeping_all(engine: &'e Engine, now: Timestamp) -> Self {
        Self {
            whole: true,
            now: Some(now),
            ..Self::new(engine)
        }
    }

    /// An event that was read another way.
    pub fn ready(&self, event: &Incoming) -> Result<Ready, Box<Record>> {
        let mut ready = self.engine.ready(event)?;
        ready.rename(self.key_of(&event.source, &event.id));
        Ok(ready)
    }

    /// What tells an event from others: of a run of which nothing is kept, it may be another one
    /// in the next.
    fn key_of(&self, source: &str, id: &str) -> EventKey {
        if self.whole {
            EventKey::of(source, id)
        } else {
            self.engine.passing.key(source, id)
        }
    }

    /// An event; none where anything about it is out of the ordinary.
    pub fn decode(&mut self, text: &str) -> Option<Ready> {
        let mut ready = Ready::empty();
        self.decode_again(text, &mut ready).then_some(ready)
    }

    /// Puts an event in place of one that was handled; false where anything about it is out of the
    /// ordinary: then there is neither.
    pub fn decode_again(&mut self, text: &str, ready: &mut Ready) -> bool {
        let made = self.fill(text, ready.place());
        if let Some((key, time)) = made {
            ready.renew(key, time, self.engine);
        }
        made.is_some()
    }

    /// Puts an event in place of another one.
    fn fill(&mut self, text: &str, frame: &mut Frame) -> Option<(EventKey, Timestamp)> {
        let mut read = Envelope::default();
        let payload = self.payload_of(frame)?;
        self.envelope(&mut Cursor::new(text)?, &mut read, payload)?;
        let (source, id, time) = (read.source?, read.id?, read.time.or(self.now)?);
        let event = if let Some(event) = read.event {
            event
        } else {
            let event = self.event_of(&read.ty?, &source)?;
            let mut data = read.data.unwrap_or(Cursor::empty());
            self.payload(&mut data, event, payload)?;
            event
        };
        if !read.versioned || source.is_empty() || id.is_empty() {
            return None;
        }
        let keeps = &self.engine.keeps;
        let text = |kept: bool, text: &str| {
            if kept || self.whole {
                text.into()
            } else {
                Text::default()
            }
        };
        frame.event = event;
        frame.id = text(keeps.id, &id);
        frame.source = text(keeps.source, &source);
        frame.time = time;
        frame.subject = (read.subject).map(|subject| text(keeps.subject, &subject));
        Some((self.key_of(&source, &id), time))
    }

    /// The place of the payload: steps that wait may hold the one that is there.
    fn payload_of<'f>(&self, frame: &'f mut Frame) -> Option<&'f mut ObjectValue> {
        let alone = match &mut frame.payload {
            Value::Object(payload) => Arc::get_mut(payload).is_some(),
            _ => false,
        };
        if !alone {
            frame.payload = Value::Object(Arc::new(ObjectValue {
                ty: self.engine.trigger.clone(),
                slots: Vec::new(),
            }));
        }
        match &mut frame.payload {
            Value::Object(payload) => Arc::get_mut(payload),
            _ => None,
        }
    }

    fn envelope<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        read: &mut Envelope<'a>,
        payload: &mut ObjectValue,
    ) -> Option<()> {
        cursor.expect(b'{')?;
        let mut place = 0;
        loop {
            match self.key(cursor, place, &mut read.strangers)? {
                0 if !read.versioned => {
                    read.versioned = true;
                    (cursor.is("1.0") || cursor.string()? == "1.0").then_some(())?;
                }
                1 if read.id.is_none() => read.id = Some(cursor.string()?),
                2 if read.source.is_none() => {
                    read.source = Some(cursor.known(&mut self.source, &mut self.event)?);
                }
                3 if read.ty.is_none() => {
                    read.ty = Some(cursor.known(&mut self.ty, &mut self.event)?);
                }
                4 if read.time.is_none() => {
                    let same_day = |text: &[u8; TIME]| self.clock.same_day(text);
                    read.time = match cursor.made_of(same_day) {
                        None => Some(self.clock.read(&cursor.string()?)?),
                        known => known,
                    };
                }
                5 if read.subject.is_none() => {
                    if cursor.peek()? == b'n' {
                        cursor.null()?;
                    } else {
                        read.subject = Some(cursor.string()?);
                    }
                }
                6 if read.data.is_none() => {
                    if cursor.peek()? == b'n' {
                        cursor.null()?;
                    } else {
                        read.data = Some(*cursor);
                        match (&read.ty, &read.source) {
                            (Some(ty), Some(source)) => {
                                let event = self.event_of(ty, source)?;
                                self.payload(cursor, event, payload)?;
                                read.event = Some(event);
                            }
                            _ => cursor.value().map(drop)?,
                        }
                    }
                }
                // The same twice: which of them counts is for the other reader.
                ..KEYS_END => return None,
                _ => cursor.value().map(drop)?,
            }
            place += 1;
            if !cursor.take(b',') {
                break;
            }
        }
        cursor.expect(b'}')?;
        cursor.at_end().then_some(())
    }

    /// The next key of the envelope and its colon: which of [`KEYS`] it is; behind them where it is
    /// none.
    #[inline]
    fn key<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        place: usize,
        strangers: &mut Keys<'a>,
    ) -> Option<usize> {
        // Producers write keys in one order.
        let hint = self.order.get(place).copied();
        if let Some(hint) = hint.filter(|hint| cursor.quoted(QUOTED[*hint])) {
            return Some(hint);
        }
        let name = cursor.string()?;
        cursor.expect(b':')?;
        if name == "data_base64" {
            // Data in another form is for the other reader.
            return None;
        }
        let found = KEYS.iter().position(|key| **key == *name);
        if let (Some(found), Some(hint)) = (found, self.order.get_mut(place)) {
            *hint = found;
        }
        if found.is_none() {
            strangers.add(name)?;
        }
        Some(found.unwrap_or(KEYS_END))
    }

    /// Which event it is: as before, where source and type are.
    fn event_of(&mut self, ty: &str, source: &str) -> Option<EventId> {
        // It is forgotten where either is read that is another one.
        if self.event.is_some() {
            return self.event;
        }
        let event = self.engine.event_type(ty, source);
        if *self.source == *source && *self.ty == *ty {
            self.event = event;
        }
        event
    }

    fn payload(
        &mut self,
        cursor: &mut Cursor<'_>,
        event: EventId,
        into: &mut ObjectValue,
    ) -> Option<()> {
        let declared = &self.engine.events[event.index()];
        let Type::Object(ty) = &declared.payload else {
            return None;
        };
        if !declared.plain {
            return None;
        }
        if !Arc::ptr_eq(&into.ty, ty) {
            into.ty = ty.clone();
        }
        let names = payload::Names {
            declared: ty,
            written: &declared.written,
        };
        let kept = if self.whole {
            Kept::All
        } else {
            Kept::Some(&declared.keep)
        };
        payload::object(cursor, names, kept, &mut into.slots)?;
        normalize(declared, &mut into.slots);
        Some(())
    }
}

impl<'a> Cursor<'a> {
    /// A string that most often is the one before; `then` is forgotten where it is not.
    fn known<T>(&mut self, last: &mut String, then: &mut Option<T>) -> Option<Cow<'a, str>> {
        if let Some(same) = self.same(last) {
            return Some(Cow::Borrowed(same));
        }
        *then = None;
        last.clear();
        let text = self.string()?;
        if let Cow::Borrowed(text) = text {
            last.push_str(text);
        }
        Some(text)
    }
}
