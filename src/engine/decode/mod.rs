//! The fast way in: one `CloudEvent` as text goes in, an event that is ready to be handled comes
//! out, in one pass and without a tree in between.
//!
//! It takes what is in order. On anything else it gives up, and the way over
//! [`super::Incoming`], which comes to the same, finds the words for what is wrong.

mod json;
mod known;
mod payload;

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use self::json::Cursor;
use self::known::Known;
use super::handled::EventKey;
use super::ingest::{Incoming, Ready, normalized_payload};
use super::linked::{Engine, EventType};
use super::record::Record;
use super::state::Frame;
use crate::cel::{Type, Value, parse_timestamp};
use crate::model::EventId;
use crate::model::env::TRIGGER;

/// The key of the envelope that `trigger` has in its second slot.
const TYPE: &str = TRIGGER[1];

/// Reads events, one after the other. Of each it keeps what the plan reads, for runs of which
/// nobody reads records, or all of it.
#[derive(Debug)]
pub struct Decoder<'e> {
    engine: &'e Engine,
    /// All that an event has is kept.
    whole: bool,
    /// The time of events that have none.
    now: Option<Timestamp>,
    /// The source and type of the last event: most often those of the next.
    source: Arc<str>,
    event: Option<EventId>,
    none: Arc<str>,
    known: Known,
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
    /// Where the payload begins; none where there is none.
    data: Option<Cursor<'a>>,
    /// Of which event it is, and the payload.
    payload: Option<(EventId, Value)>,
}

impl<'e> Decoder<'e> {
    pub fn new(engine: &'e Engine) -> Self {
        Self {
            engine,
            whole: false,
            now: None,
            source: "".into(),
            event: None,
            none: "".into(),
            known: Known::default(),
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
        self.engine.ready(event)
    }

    /// An event; none where anything about it is out of the ordinary.
    pub fn decode(&mut self, text: &str) -> Option<Ready> {
        let mut read = Envelope::default();
        self.envelope(&mut Cursor::new(text)?, &mut read)?;
        let (event, payload) = match (read.payload.take(), read.data) {
            (Some(payload), _) => payload,
            (None, data) => {
                let event = self.event_of(read.ty.as_deref()?, read.source.as_deref()?)?;
                let mut data = data.unwrap_or(Cursor::empty());
                (event, self.payload(&mut data, event)?)
            }
        };
        let (source, id, time) = (read.source?, read.id?, read.time.or(self.now)?);
        if !read.versioned || source.is_empty() || id.is_empty() {
            return None;
        }
        let keeps = &self.engine.keeps;
        let text = |kept: bool, text: &str| {
            if kept || self.whole {
                text.into()
            } else {
                self.none.clone()
            }
        };
        let frame = Frame {
            event,
            payload,
            id: text(keeps.id, &id),
            source: if keeps.source || self.whole {
                self.source.clone()
            } else {
                self.none.clone()
            },
            time,
            subject: (read.subject).map(|subject| text(keeps.subject, &subject)),
        };
        let mut ready = Ready::new(EventKey::of(&source, &id), time, Arc::new(frame));
        ready.know(self.engine);
        Some(ready)
    }

    fn envelope<'a>(&mut self, cursor: &mut Cursor<'a>, read: &mut Envelope<'a>) -> Option<()> {
        cursor.expect(b'{')?;
        loop {
            let name = cursor.string()?;
            cursor.expect(b':')?;
            match &*name {
                "specversion" if !read.versioned => {
                    read.versioned = true;
                    (cursor.string()? == "1.0").then_some(())?;
                }
                "id" if read.id.is_none() => read.id = Some(cursor.string()?),
                "source" if read.source.is_none() => {
                    let source = cursor.string()?;
                    if *self.source != *source {
                        self.source = (&*source).into();
                        self.event = None;
                    }
                    read.source = Some(source);
                }
                TYPE if read.ty.is_none() => read.ty = Some(cursor.string()?),
                "time" if read.time.is_none() => {
                    read.time = Some(parse_timestamp(&cursor.string()?).ok()?);
                }
                "subject" if read.subject.is_none() => {
                    if cursor.peek()? == b'n' {
                        cursor.null()?;
                    } else {
                        read.subject = Some(cursor.string()?);
                    }
                }
                "data" if read.data.is_none() => {
                    if cursor.peek()? == b'n' {
                        cursor.null()?;
                    } else {
                        read.data = Some(*cursor);
                        match (&read.ty, &read.source) {
                            (Some(ty), Some(source)) => {
                                let event = self.event_of(ty, source)?;
                                read.payload = Some((event, self.payload(cursor, event)?));
                            }
                            _ => cursor.value().map(drop)?,
                        }
                    }
                }
                // The same twice: which of them counts is for the other reader, as is data in
                // another form.
                "specversion" | "id" | "source" | TYPE | "time" | "subject" | "data"
                | "data_base64" => return None,
                _ => cursor.value().map(drop)?,
            }
            if !cursor.take(b',') {
                break;
            }
        }
        cursor.expect(b'}')?;
        cursor.at_end().then_some(())
    }

    /// Which event it is; `source` is that of the decoder.
    fn event_of(&mut self, ty: &str, source: &str) -> Option<EventId> {
        let engine = self.engine;
        if let Some(event) = self.event
            && *engine.events[event.index()].cloud_type == *ty
        {
            return Some(event);
        }
        self.event = engine.event_type(ty, source);
        self.event
    }

    fn payload(&mut self, cursor: &mut Cursor<'_>, event: EventId) -> Option<Value> {
        let declared: &EventType = &self.engine.events[event.index()];
        let Type::Object(ty) = &declared.payload else {
            return None;
        };
        let kept = |slot: usize| self.whole || declared.keep.get(slot).copied().unwrap_or(true);
        let payload = payload::object(cursor, ty, &kept, &mut self.known)?;
        Some(normalized_payload(declared, payload))
    }
}
