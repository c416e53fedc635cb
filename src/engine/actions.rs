//! Actions on their way out: consent, address, caps and quiet hours, in this order, at the moment
//! they would go; emitted, deferred or suppressed with the reason.

use std::sync::Arc;

use jiff::Timestamp;

use super::adapt::adapted;
use super::linked::{Channel, Delivery, Op, OpKind, Source};
use super::record::{Action, ActionKind, Message, Reason, Record, What};
use super::run::{Run, Seen, later, session_key};
use super::scope::object;
use super::state::{Deferred, Pending, Reach, Strand, Timer, TimerKind};
use crate::cel::Value;
use crate::model::calendar;
use crate::model::{Overflow, Status};

/// What became of an action; the number is how others refer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Emitted(u64),
    Deferred(u64),
    Suppressed,
}

/// What an action finds at the door.
enum Gate {
    Open(Option<Arc<str>>),
    Closed(Reason),
    Until(Reason, Timestamp),
}

impl Run<'_> {
    /// A step's action.
    pub(super) fn act(
        &mut self,
        sid: u64,
        strand: &mut Strand,
        op: &Op,
        delivery: usize,
        slots: Vec<Value>,
        transactional: bool,
    ) -> Outcome {
        let declared = &self.engine.deliveries[delivery];
        let key = if self.is_named(sid, op, delivery) {
            self.idempotency_key(sid, op)
        } else {
            self.done_again(sid, op);
            self.engine.nothing.clone()
        };
        strand.asked = Some(key.clone());
        let Some(session) = self.session(sid) else {
            return Outcome::Suppressed;
        };
        let pending = Pending {
            delivery,
            with: object(&declared.params, slots),
            transactional: transactional || declared.transactional,
            key,
            journey: session.journey,
            sid,
            number: session.number,
            origin: session.origin.clone(),
            session_key: session_key(session),
            at: op.at.clone(),
        };
        // Made after its milestone was left or its session over: nothing leaves them any more.
        let reach = match strand.reach {
            _ if session.ended => Reach::Free,
            reach if session.reaches(reach) => reach,
            _ => Reach::Session,
        };
        let number = self.t.next_number();
        self.dispatch(number, pending, reach, strand.line)
    }

    /// Sends an action through the door.
    fn dispatch(&mut self, number: u64, pending: Pending, reach: Reach, line: u64) -> Outcome {
        match self.engine.journeys[pending.journey as usize].status {
            Status::Shadow => {
                self.suppress(&pending, Reason::Shadow);
                return Outcome::Suppressed;
            }
            Status::Paused => {
                return self.defer(number, pending, reach, line, Reason::Paused, None);
            }
            Status::Live | Status::Hypothetical => {}
        }
        match self.gate(&pending) {
            Gate::Open(address) => {
                self.send(&pending, address);
                Outcome::Emitted(number)
            }
            Gate::Closed(reason) => {
                self.suppress(&pending, reason);
                Outcome::Suppressed
            }
            Gate::Until(reason, until) => {
                self.defer(number, pending, reach, line, reason, Some(until))
            }
        }
    }

    fn defer(
        &mut self,
        number: u64,
        pending: Pending,
        reach: Reach,
        line: u64,
        reason: Reason,
        until: Option<Timestamp>,
    ) -> Outcome {
        let action = self.action(&pending, Some(reason), until, None);
        self.tell_action(&pending, What::ActionDeferred(action));
        if let Some(until) = until {
            self.outbox_timer(number, until);
        }
        self.t.rare.make().outbox.push(Deferred {
            number,
            action: pending,
            reach,
            line,
            held: until.is_none().then_some(self.now),
        });
        Outcome::Deferred(number)
    }

    pub(super) fn outbox_timer(&mut self, number: u64, due: Timestamp) {
        // Not bound to the session: what its own steps ended does not hold it back.
        let timer = Timer {
            what: TimerKind::Deferred(number),
            session: None,
            entry: None,
        };
        self.timer(due, 1, timer);
    }

    /// A deferred action tries again.
    pub(super) fn retry(&mut self, number: u64) {
        let Some(rare) = self.t.rare.get_mut() else {
            return;
        };
        let Some(index) = rare.outbox.iter().position(|it| it.number == number) else {
            return;
        };
        let deferred = rare.outbox.remove(index);
        let sid = deferred.action.sid;
        let outcome = self.dispatch(number, deferred.action, deferred.reach, deferred.line);
        if !matches!(outcome, Outcome::Deferred(_)) {
            self.action_settled(sid, number, outcome);
        }
    }

    /// A milestone was left (`entries`: it, and the one entered) or the session ended: deferred
    /// actions go with their own steps, and are suppressed when anything else did it.
    pub(super) fn left(&mut self, sid: u64, entries: Option<(u32, u32)>, line: Option<u64>) {
        let Some(rare) = self.t.rare.get_mut() else {
            return;
        };
        let outbox = std::mem::take(&mut rare.outbox);
        for mut deferred in outbox {
            let concerned = deferred.action.sid == sid
                && match entries {
                    Some((old, _)) => deferred.reach == Reach::Entry(old),
                    None => deferred.reach != Reach::Free,
                };
            if concerned && line != Some(deferred.line) {
                let number = deferred.number;
                self.forget_timers(|timer| timer.what == TimerKind::Deferred(number));
                self.suppress(&deferred.action, Reason::Left);
                continue;
            }
            if concerned {
                deferred.reach = match entries {
                    Some((_, new)) => Reach::Entry(new),
                    None => Reach::Free,
                };
            }
            self.t.rare.make().outbox.push(deferred);
        }
    }

    fn gate(&mut self, pending: &Pending) -> Gate {
        let engine = self.engine;
        let delivery = &engine.deliveries[pending.delivery];
        let Some(channel) = delivery
            .channel
            .and_then(|index| engine.channels.get(index))
        else {
            return Gate::Open(None);
        };
        let bound = !pending.transactional;
        if let (Some(consent), true) = (channel.consent, bound)
            && self.t.consents[consent] != Some(true)
        {
            return Gate::Closed(Reason::NoConsent);
        }
        let mut to = None;
        if let Some(address) = &channel.address {
            match self.value(address, Seen::default()) {
                Some(Value::String(address)) if !address.is_empty() => {
                    to = Some(address.as_str().into());
                }
                _ => return Gate::Closed(Reason::NoAddress),
            }
        }
        if bound {
            if let Some(gate) = self.caps(channel) {
                return gate;
            }
            if let Some(gate) = self.quiet(channel) {
                return gate;
            }
        }
        Gate::Open(to)
    }

    /// The first cap in the list that is full decides.
    fn caps(&self, channel: &Channel) -> Option<Gate> {
        let sent = (self.t.rare.get()).and_then(|rare| rare.sent.get(&channel.name));
        let sent = sent.map_or(&[][..], |sent| &sent[..]);
        for cap in &channel.caps {
            let old = sent.partition_point(|time| later(*time, cap.per) <= self.now);
            if sent.len() - old < cap.max {
                continue;
            }
            return Some(match (cap.then, sent.get(sent.len() - cap.max)) {
                // When so many have left the window that one more fits.
                (Overflow::Defer, Some(first)) => Gate::Until(Reason::Cap, later(*first, cap.per)),
                // With a cap of 0 one more never fits.
                _ => Gate::Closed(Reason::Cap),
            });
        }
        None
    }

    fn quiet(&mut self, channel: &Channel) -> Option<Gate> {
        let quiet = channel.quiet.as_ref()?;
        let zone = self.zone(quiet.zone.as_ref(), Seen::default());
        let until = calendar::quiet_until(&zone, self.now, quiet.from, quiet.to)?;
        Some(match quiet.then {
            Overflow::Drop => Gate::Closed(Reason::QuietHours),
            Overflow::Defer => Gate::Until(Reason::QuietHours, until),
        })
    }

    /// Out it goes.
    fn send(&mut self, pending: &Pending, address: Option<Arc<str>>) {
        let engine = self.engine;
        let delivery: &Delivery = &engine.deliveries[pending.delivery];
        let channel = delivery
            .channel
            .and_then(|index| engine.channels.get(index));
        let seen = Seen {
            params: Some(&pending.with),
            ..Seen::default()
        };
        let message = match (address, channel.and_then(|channel| channel.via.clone())) {
            (Some(to), Some(via)) if delivery.send => Some(Message {
                via,
                to,
                subject: (delivery.subject.as_ref()).and_then(|text| self.text(text, seen)),
                body: (delivery.body.as_ref()).and_then(|text| self.text(text, seen)),
            }),
            _ => None,
        };
        let action = self.action(pending, None, None, message);
        self.tell_action(pending, What::ActionEmitted(action));
        if let (Some(channel), false) = (channel, pending.transactional)
            && let Some(longest) = channel.caps.iter().map(|cap| cap.per).max()
        {
            let now = self.now;
            let sent = &mut self.t.rare.make().sent;
            let sent = sent.or_insert(channel.name.clone(), Vec::new());
            let old = sent.partition_point(|time| later(*time, longest) <= now);
            sent.drain(..old);
            sent.push(now);
        }
        let source = if delivery.send {
            Source::Send(delivery.name.clone())
        } else {
            Source::Call(delivery.name.clone())
        };
        match &delivery.counted {
            // What does not fit there is as if it were absent.
            Some(params) => self.count_action(&source, &adapted(&pending.with, params)),
            None => self.count_action(&source, &pending.with),
        }
        self.refresh();
    }

    pub(super) fn suppress(&mut self, pending: &Pending, reason: Reason) {
        let action = self.action(pending, Some(reason), None, None);
        self.tell_action(pending, What::ActionSuppressed(action));
    }

    fn action(
        &self,
        pending: &Pending,
        reason: Option<Reason>,
        until: Option<Timestamp>,
        message: Option<Message>,
    ) -> Action {
        let delivery = &self.engine.deliveries[pending.delivery];
        let channel = delivery.channel.and_then(|it| self.engine.channels.get(it));
        Action {
            name: delivery.name.clone(),
            kind: if delivery.send {
                ActionKind::Send
            } else {
                ActionKind::Call
            },
            with: if self.out.reads_actions() {
                crate::cel::to_json(&pending.with)
            } else {
                serde_json::Value::Null
            },
            channel: channel.map(|channel| channel.name.clone()),
            reason,
            until,
            message,
            idempotency_key: pending.key.clone(),
        }
    }

    /// Records it; the session may be over.
    fn tell_action(&mut self, pending: &Pending, what: What) {
        self.touched = true;
        let journey = &self.engine.journeys[pending.journey as usize];
        if self.out.passes(&what) {
            return;
        }
        let record = Record {
            time: self.now,
            traveler: Some(self.label()),
            number: Some(self.t.number),
            journey: Some(journey.name.clone()),
            session: Some(pending.number),
            origin: Some(self.origin(pending.origin.as_deref())),
            key: pending.session_key.clone(),
            what,
            at: Some(pending.at.clone()),
        };
        self.out.tell(record);
    }

    /// A key that is the same whenever this very action is tried: by who, which session, which
    /// step and how often it was done there.
    pub(super) fn idempotency_key(&mut self, sid: u64, op: &Op) -> Arc<str> {
        let occurrence = self.done_again(sid, op);
        let id = self.session_id(sid);
        let mut hasher = blake3::Hasher::new();
        hasher.update(id.as_bytes());
        hasher.update(&[0]);
        hasher.update(op.path.as_bytes());
        hasher.update(&[0]);
        hasher.update(occurrence.to_string().as_bytes());
        hasher.finalize().to_hex().as_str()[..32].into()
    }

    /// How often a step of a session was done, this time included.
    fn done_again(&mut self, sid: u64, op: &Op) -> u32 {
        let Some(session) = self.session_mut(sid) else {
            return 0;
        };
        let count = session.occurrences.or_insert(op.path.clone(), 0);
        *count = count.saturating_add(1);
        *count
    }

    /// Whether an action is ever asked for by its key: by who reads records, who answers it, or
    /// when it goes out later.
    fn is_named(&self, sid: u64, op: &Op, delivery: usize) -> bool {
        let waits = matches!(&op.kind, OpKind::Call { answer, .. } if answer.is_some());
        let journey = self.session(sid).map(|session| session.journey as usize);
        let is_paused = |it: usize| self.engine.journeys[it].status == Status::Paused;
        self.out.reads_actions()
            || waits
            || self.engine.deliveries[delivery].channel.is_some()
            || journey.is_some_and(is_paused)
    }

    /// What a session is called wherever it must be told from all others, for good.
    pub(super) fn session_id(&self, sid: u64) -> String {
        match self.session(sid) {
            Some(session) => {
                let journey = &self.engine.journeys[session.journey as usize].name;
                let origin = self.origin(session.origin.as_deref());
                let (number, key) = (session.number, session.key_text());
                format!("{origin}\0{journey}\0{number}\0{key}")
            }
            None => String::new(),
        }
    }
}
