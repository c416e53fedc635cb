//! Waiting: steps that wait for a time or a trigger, and how they go on.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Time;

use super::actions::Outcome;
use super::linked::{Answer, On, Op, OpKind, TimeOfDay};
use super::record::{WaitEnd, What};
use super::run::{Run, Seen};
use super::state::{Frame, Strand, Timer, TimerKind, Waiting};
use crate::cel::{self, Value};
use crate::model::calendar;

impl Run<'_> {
    /// Begins to wait; answers where to go on if there is nothing to wait for.
    pub(super) fn wait(
        &mut self,
        sid: u64,
        strand: &mut Strand,
        op: &Op,
        seen: Seen<'_>,
    ) -> Option<u32> {
        let next = strand.ip + 1;
        let due = match &op.kind {
            OpKind::WaitFor(time) => Some(self.after(*time)),
            OpKind::WaitAt { days, at, zone } => {
                let zone = self.zone(zone.as_ref(), seen);
                let at = self.time_of_day(at, seen);
                let now = self.now;
                // Beyond all times there is none: it waits for good.
                at.map(|at| calendar::next_at(&zone, now, *days, at).unwrap_or(Timestamp::MAX))
            }
            OpKind::WaitUntil(until) => match self.value(until, seen) {
                Some(Value::Timestamp(until)) => Some(until).filter(|until| *until > self.now),
                _ => None,
            },
            OpKind::WaitOn { .. } => return self.wait_on(sid, strand, op),
            _ => None,
        };
        let Some(due) = due else {
            strand.frame = None;
            return Some(next);
        };
        if !self.may_wait(sid, strand) {
            return None;
        }
        self.wait_started(sid, op, Some(due));
        strand.waiting = Waiting::Time;
        strand.frame = None;
        self.wait_timer(sid, strand.id, due);
        self.park(sid, strand.clone());
        None
    }

    fn wait_on(&mut self, sid: u64, strand: &mut Strand, op: &Op) -> Option<u32> {
        let OpKind::WaitOn { any, timeout, .. } = &op.kind else {
            return Some(strand.ip + 1);
        };
        strand.frame = None;
        for (trigger, to) in any {
            if matches!(trigger.on, On::Condition) && self.permits(trigger, Some(sid), None) {
                let seen = Seen::of(Some(sid), None);
                self.assign(sid, &trigger.set, seen, &trigger.at);
                return Some(*to);
            }
        }
        if !self.may_wait(sid, strand) {
            return None;
        }
        let due = timeout.map(|timeout| self.after(timeout));
        self.wait_started(sid, op, due);
        strand.waiting = Waiting::On;
        for (index, (trigger, _)) in any.iter().enumerate() {
            let now = self.now;
            if let Some(due) = self.next_time(trigger, Some(sid), now) {
                self.alternative_timer(sid, strand.id, index as u16, due);
            }
        }
        if let Some(due) = due {
            self.wait_timer(sid, strand.id, due);
        }
        self.park(sid, strand.clone());
        None
    }

    /// Goes on with the answer of a call, or waits for it; answers where, and what ended the
    /// wait if there was one.
    pub(super) fn answer(
        &mut self,
        sid: u64,
        strand: &mut Strand,
        op: &Op,
        delivery: usize,
        answer: &Answer,
        outcome: Outcome,
    ) -> Option<(u32, WaitEnd)> {
        let number = match outcome {
            Outcome::Suppressed => return Some((answer.otherwise, WaitEnd::Event)),
            Outcome::Emitted(number) => {
                let name = &self.engine.deliveries[delivery].name;
                if let Some(reply) = self.state.options.replies.get(name).cloned() {
                    let frame = strand.frame.clone();
                    let taken = self.take_answer(sid, op, delivery, answer, &reply, frame.as_ref());
                    let to = if taken {
                        strand.ip + 1
                    } else {
                        answer.otherwise
                    };
                    return Some((to, WaitEnd::Event));
                }
                if answer.timeout.is_none() && !self.state.options.answers_later {
                    // Nobody answers, and no time is given in which anyone might.
                    return Some((answer.otherwise, WaitEnd::Timeout));
                }
                number
            }
            Outcome::Deferred(number) => number,
        };
        if !self.may_wait(sid, strand) {
            return None;
        }
        let due = answer.timeout.map(|timeout| self.after(timeout));
        self.wait_started(sid, op, due);
        strand.waiting = Waiting::Answer(number);
        if let Some(key) = strand.asked.clone() {
            self.state.asked.insert(key, self.t.number);
        }
        if let Some(due) = due {
            self.wait_timer(sid, strand.id, due);
        }
        self.park(sid, strand.clone());
        None
    }

    /// Sets what a call answered; false where the answer is not of its type.
    pub(super) fn take_answer(
        &mut self,
        sid: u64,
        op: &Op,
        delivery: usize,
        answer: &Answer,
        reply: &serde_json::Value,
        frame: Option<&Arc<Frame>>,
    ) -> bool {
        match cel::from_json(reply, &self.engine.deliveries[delivery].returns) {
            Ok(returned) => {
                let seen = Seen {
                    returned: Some(&returned),
                    ..Seen::of(Some(sid), frame)
                };
                self.assign(sid, &answer.set, seen, &op.at);
                true
            }
            Err(mismatch) => {
                let reason = format!("the answer does not fit: {mismatch}");
                self.failed(Some(sid), &op.id, &reason, &op.at);
                false
            }
        }
    }

    /// One of the triggers that a strand waits for has come.
    pub(super) fn wake(
        &mut self,
        sid: u64,
        mut strand: Strand,
        alternative: u16,
        frame: Option<&Arc<Frame>>,
    ) {
        let engine = self.engine;
        let Some(session) = self.session(sid) else {
            return;
        };
        let journey = &engine.journeys[session.journey as usize];
        let Some(op) = journey.op(strand.code, strand.ip) else {
            return;
        };
        let OpKind::WaitOn { any, .. } = &op.kind else {
            return;
        };
        let Some((trigger, to)) = any.get(usize::from(alternative)) else {
            return;
        };
        let reason = match trigger.on {
            On::After(_) | On::Every(_) | On::Schedule { .. } => WaitEnd::Time,
            On::Any(_) | On::Condition => WaitEnd::Event,
        };
        self.wait_ended(sid, op, reason);
        self.assign(sid, &trigger.set, Seen::of(Some(sid), frame), &trigger.at);
        strand.frame = frame.cloned();
        strand.ip = *to;
        self.run_strand(sid, strand, false);
    }

    /// A strand's time has come.
    pub(super) fn time_is_up(&mut self, sid: u64, id: u64) {
        let engine = self.engine;
        let Some(mut strand) = self.take_strand(sid, id) else {
            return;
        };
        let Some(session) = self.session(sid) else {
            return;
        };
        let journey = &engine.journeys[session.journey as usize];
        let Some(op) = journey.op(strand.code, strand.ip) else {
            return;
        };
        let (reason, to) = match &op.kind {
            OpKind::WaitOn { otherwise, .. } => (WaitEnd::Timeout, *otherwise),
            OpKind::Call {
                answer: Some(answer),
                ..
            } => (WaitEnd::Timeout, answer.otherwise),
            _ => (WaitEnd::Time, strand.ip + 1),
        };
        self.wait_ended(sid, op, reason);
        strand.ip = to;
        self.moved = false;
        self.run_strand(sid, strand, false);
    }

    /// A deferred action is out, or never will be: whoever waits for it goes on.
    pub(super) fn action_settled(&mut self, sid: u64, number: u64, outcome: Outcome) {
        let engine = self.engine;
        let Some(session) = self.session(sid) else {
            return;
        };
        let journey = &engine.journeys[session.journey as usize];
        let waits = |strand: &&Strand| matches!(strand.waiting, Waiting::Out(n) | Waiting::Answer(n) if n == number);
        let Some(id) = session.strands.iter().find(waits).map(|strand| strand.id) else {
            return;
        };
        let Some(mut strand) = self.take_strand(sid, id) else {
            return;
        };
        let Some(op) = journey.op(strand.code, strand.ip) else {
            return;
        };
        if let OpKind::Call {
            delivery,
            answer: Some(answer),
            ..
        } = &op.kind
        {
            match self.answer(sid, &mut strand, op, *delivery, answer, outcome) {
                Some((to, reason)) => {
                    self.wait_ended(sid, op, reason);
                    strand.ip = to;
                }
                None => return,
            }
        } else {
            strand.ip += 1;
        }
        self.moved = false;
        self.run_strand(sid, strand, false);
    }

    pub(super) fn wait_ended(&mut self, sid: u64, op: &Op, reason: WaitEnd) {
        let what = What::WaitEnded {
            name: op.id.clone(),
            reason,
        };
        self.record(Some(sid), what, &op.at);
    }

    fn wait_started(&mut self, sid: u64, op: &Op, until: Option<Timestamp>) {
        let what = What::WaitStarted {
            name: op.id.clone(),
            until,
        };
        self.record(Some(sid), what, &op.at);
    }

    fn time_of_day(&mut self, at: &TimeOfDay, seen: Seen<'_>) -> Option<Time> {
        match at {
            TimeOfDay::Literal(time) => Some(*time),
            TimeOfDay::Cel(expr) => {
                let Value::String(text) = self.value(expr, seen)? else {
                    let reason = "an absent value is no time of day";
                    self.failed(seen.session, &expr.name, reason, &expr.at);
                    return None;
                };
                let time = parse_time(&text);
                if time.is_none() {
                    let reason = format!("`{text}` is not a time of day such as `09:00`");
                    self.failed(seen.session, &expr.name, &reason, &expr.at);
                }
                time
            }
        }
    }

    fn wait_timer(&mut self, sid: u64, strand: u64, due: Timestamp) {
        let timer = Timer {
            what: TimerKind::Wait(strand),
            session: Some(sid),
            entry: None,
        };
        self.timer(due, 1, timer);
    }

    pub(super) fn alternative_timer(&mut self, sid: u64, strand: u64, index: u16, due: Timestamp) {
        let timer = Timer {
            what: TimerKind::Alternative(strand, index),
            session: Some(sid),
            entry: None,
        };
        self.timer(due, 1, timer);
    }

    /// Whether steps may still wait: their milestone is not left, their session not over.
    fn may_wait(&self, sid: u64, strand: &Strand) -> bool {
        (self.session(sid)).is_some_and(|session| session.reaches(strand.reach))
    }

    /// Takes a strand that waits, with its timers.
    pub(super) fn take_strand(&mut self, sid: u64, id: u64) -> Option<Strand> {
        let session = self.session_mut(sid)?;
        let index = session.strands.iter().position(|strand| strand.id == id)?;
        let mut strand = session.strands.remove(index);
        strand.waiting = Waiting::Not;
        if let Some(key) = &strand.asked {
            self.state.asked.remove(key);
        }
        self.forget_timers(|timer| timer.session == Some(sid) && timer.of_strand() == Some(id));
        Some(strand)
    }

    /// Forgets the timers of strands that are gone.
    pub(super) fn forget_strand_timers(&mut self, sid: u64) {
        let strands: Vec<u64> = match self.session(sid) {
            Some(session) => session.strands.iter().map(|strand| strand.id).collect(),
            None => Vec::new(),
        };
        self.forget_timers(|timer| {
            let gone = |id: u64| strands.binary_search(&id).is_err();
            timer.session == Some(sid) && timer.of_strand().is_some_and(gone)
        });
    }
}

impl Timer {
    /// The strand that it belongs to.
    pub(super) const fn of_strand(&self) -> Option<u64> {
        match self.what {
            TimerKind::Wait(strand) | TimerKind::Alternative(strand, _) => Some(strand),
            _ => None,
        }
    }
}

/// `09:00`, or with seconds.
fn parse_time(text: &str) -> Option<Time> {
    let mut parts = text.split(':').map(|part| {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<i8>().ok()).flatten()
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        Some(second) => second?,
        None => 0,
    };
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}
