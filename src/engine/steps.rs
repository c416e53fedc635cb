//! Steps: runs a strand until it waits or is done. `goto` and `end` go on from here too, so that
//! nothing recurses.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::actions::Outcome;
use super::linked::{Code, Happening, JourneyType, Op, OpKind, Trigger};
use super::record::What;
use super::run::{Run, Seen};
use super::scope::object;
use super::split;
use super::state::{CodeRef, Frame, Occurrence, Reach, Strand, Waiting};
use super::why::Hindrance;
use crate::cel::{Type, Value};
use crate::model::At;

/// How a strand went on.
enum Flow {
    /// It waits, or was stopped.
    Parked,
    Done,
    /// Strands that it starts.
    Fork(Vec<Strand>),
    Goto(u16, At),
    End(Arc<str>, At),
}

impl JourneyType {
    pub(super) fn code(&self, code: CodeRef) -> Option<&Code> {
        match code {
            CodeRef::Milestone(milestone) => {
                Some(&self.milestones.get(usize::from(milestone))?.code)
            }
            CodeRef::Rule(rule) => Some(&self.rules.get(usize::from(rule))?.code),
            CodeRef::MilestoneRule(milestone, rule) => {
                let milestone = self.milestones.get(usize::from(milestone))?;
                Some(&milestone.rules.get(usize::from(rule))?.code)
            }
        }
    }

    pub(super) fn op(&self, code: CodeRef, ip: u32) -> Option<&Op> {
        self.code(code)?.ops.get(ip as usize)
    }

    /// The triggers that a strand waits for, and where each goes on.
    pub(super) fn alternatives(&self, code: CodeRef, ip: u32) -> &[(Trigger, u32)] {
        match self.op(code, ip).map(|op| &op.kind) {
            Some(OpKind::WaitOn { any, .. }) => any,
            _ => &[],
        }
    }
}

impl Run<'_> {
    /// New steps. `line`: those that went to this milestone.
    pub(super) fn strand(
        &mut self,
        code: CodeRef,
        reach: Reach,
        line: Option<u64>,
        frame: Option<Arc<Frame>>,
    ) -> Strand {
        let id = self.t.next_number();
        Strand {
            id,
            code,
            ip: 0,
            frame,
            reach,
            root: id,
            line: line.unwrap_or(id),
            parent: None,
            waiting: Waiting::Not,
            asked: None,
        }
    }

    /// Runs a strand, and what it leads to, until all of it waits. `free`: it may move the session
    /// though the occurrence has done so already, as the steps of a milestone just entered may.
    pub(super) fn run_strand(&mut self, sid: u64, strand: Strand, mut free: bool) {
        let mut work: SmallVec<[Strand; 1]> = smallvec![strand];
        while let Some(mut strand) = work.pop() {
            let frame = strand.frame.clone();
            let (root, line, parent) = (strand.root, strand.line, strand.parent);
            match self.run_one(sid, &mut strand) {
                Flow::Parked => {}
                Flow::Done => {
                    if let Some(parent) = parent.and_then(|it| self.child_done(sid, it)) {
                        work.push(parent);
                    }
                }
                Flow::Fork(strands) => {
                    self.park(sid, strand);
                    work.extend(strands.into_iter().rev());
                }
                Flow::Goto(milestone, at) => {
                    work.clear();
                    self.stop_root(sid, root);
                    let over = self.session(sid).is_none_or(|session| session.ended);
                    if over || (self.moved && !free) {
                        self.hindered(Some(sid), &at, Hindrance::Moved);
                        continue;
                    }
                    self.moved = true;
                    let entered = self.enter(sid, milestone, Some(line), frame.as_ref(), &at);
                    if let Some(strand) = entered {
                        work.push(strand);
                        free = true;
                    }
                }
                Flow::End(outcome, at) => {
                    work.clear();
                    self.stop_root(sid, root);
                    if !self.moved || free {
                        self.moved = true;
                        self.end(sid, &outcome, Some(line), frame.as_ref(), &at);
                    } else {
                        self.hindered(Some(sid), &at, Hindrance::Moved);
                    }
                }
            }
        }
    }

    fn run_one(&mut self, sid: u64, strand: &mut Strand) -> Flow {
        let engine = self.engine;
        let Some(session) = self.session(sid) else {
            return Flow::Parked;
        };
        let journey = &engine.journeys[session.journey as usize];
        loop {
            let Some(op) = journey.op(strand.code, strand.ip) else {
                return Flow::Done;
            };
            if self.steps_left == 0 {
                return Flow::Parked;
            }
            self.steps_left -= 1;
            if self.steps_left == 0 {
                let reason = "too many steps at one time: these stop here";
                self.failed(Some(sid), &op.id, reason, &op.at);
                return Flow::Parked;
            }
            self.reached(sid, &op.at);
            let frame = strand.frame.clone();
            let seen = Seen::of(Some(sid), frame.as_ref());
            let mut next = strand.ip + 1;
            match &op.kind {
                OpKind::Done => return Flow::Done,
                OpKind::Jump(to) => next = *to,
                OpKind::Goto(milestone) => return Flow::Goto(*milestone, op.at.clone()),
                OpKind::End(outcome) => return Flow::End(outcome.clone(), op.at.clone()),
                OpKind::WaitFor(_)
                | OpKind::WaitAt { .. }
                | OpKind::WaitUntil(_)
                | OpKind::WaitOn { .. } => match self.wait(sid, strand, op, seen) {
                    Some(to) => next = to,
                    None => return Flow::Parked,
                },
                OpKind::Set(set) => self.assign(sid, set, seen, &op.at),
                OpKind::Update(writes) => {
                    self.update(writes, seen, &op.at);
                    self.refresh();
                }
                OpKind::Emit { event, with } => {
                    if let Some(slots) = self.contents(with, seen) {
                        self.emit_event(sid, *event, slots, op);
                    }
                }
                OpKind::Send {
                    delivery,
                    with,
                    hold,
                    transactional,
                } => {
                    let outcome = match self.contents(with, seen) {
                        Some(slots) => self.act(sid, strand, op, *delivery, slots, *transactional),
                        None => Outcome::Suppressed,
                    };
                    strand.asked = None;
                    if let (Outcome::Deferred(number), true) = (outcome, *hold) {
                        strand.waiting = Waiting::Out(number);
                        self.park(sid, strand.clone());
                        return Flow::Parked;
                    }
                }
                OpKind::Call {
                    delivery,
                    with,
                    transactional,
                    answer,
                } => {
                    let outcome = match self.contents(with, seen) {
                        Some(slots) => self.act(sid, strand, op, *delivery, slots, *transactional),
                        None => Outcome::Suppressed,
                    };
                    if let Some(answer) = answer {
                        match self.answer(sid, strand, op, *delivery, answer, outcome) {
                            Some((to, _)) => next = to,
                            None => return Flow::Parked,
                        }
                    }
                    strand.asked = None;
                }
                OpKind::Fork { branches, join } => {
                    strand.ip = *join;
                    strand.waiting = Waiting::Join(branches.len() as u32);
                    if branches.is_empty() {
                        strand.waiting = Waiting::Not;
                        continue;
                    }
                    let strands = branches.iter().map(|ip| Strand {
                        id: self.t.next_number(),
                        ip: *ip,
                        parent: Some(strand.id),
                        waiting: Waiting::Not,
                        ..strand.clone()
                    });
                    return Flow::Fork(strands.collect());
                }
                OpKind::If { .. }
                | OpKind::Choose { .. }
                | OpKind::Split { .. }
                | OpKind::Decide { .. } => next = self.branch(sid, op, next, seen),
            }
            strand.ip = next;
        }
    }

    /// Where a branching step goes on.
    fn branch(&mut self, sid: u64, op: &Op, next: u32, seen: Seen<'_>) -> u32 {
        let mut scores = Vec::new();
        let (taken, to): (serde_json::Value, u32) = match &op.kind {
            OpKind::If {
                condition,
                otherwise,
            } => {
                if self.holds(condition, seen) {
                    ("then".into(), next)
                } else {
                    ("else".into(), *otherwise)
                }
            }
            OpKind::Choose { arms, otherwise } => {
                let first = arms.iter().position(|(when, _)| match when {
                    Some(when) => self.holds(when, seen),
                    None => true,
                });
                match first {
                    Some(index) => (index.into(), arms[index].1),
                    None => return *otherwise,
                }
            }
            OpKind::Split {
                name,
                by_session,
                arms,
            } => {
                let weights = arms.iter().map(|(_, weight, _)| *weight);
                let given = self.state.options.arms.get(name);
                let given = given.and_then(|arm| arms.iter().position(|it| it.0 == *arm));
                let index = match given {
                    Some(index) => index,
                    None if *by_session => split::arm(name, &self.session_id(sid), weights),
                    None => split::arm(name, &self.t.id(self.ty), weights),
                };
                match arms.get(index) {
                    Some((arm, _, to)) => ((**arm).into(), *to),
                    None => return next,
                }
            }
            OpKind::Decide { offers, fallback } => {
                let mut best: Option<(f64, usize)> = None;
                for (index, (_, when, score, _)) in offers.iter().enumerate() {
                    if when.as_ref().is_some_and(|when| !self.holds(when, seen)) {
                        continue;
                    }
                    let Some(value) = self.value(score, seen) else {
                        continue;
                    };
                    let Some(number) = finite(&value) else {
                        let reason = "a score is a number, and neither infinite nor none";
                        self.failed(seen.session, &score.name, reason, &score.at);
                        continue;
                    };
                    scores.push((offers[index].0.clone(), number));
                    if best.is_none_or(|best| number > best.0) {
                        best = Some((number, index));
                    }
                }
                match best {
                    Some((_, index)) => ((*offers[index].0).into(), offers[index].3),
                    None => ("fallback".into(), *fallback),
                }
            }
            _ => return next,
        };
        let what = What::BranchTaken {
            name: op.id.clone(),
            value: taken,
            scores,
        };
        self.record(Some(sid), what, &op.at);
        to
    }

    fn emit_event(&mut self, sid: u64, event: crate::model::EventId, slots: Vec<Value>, op: &Op) {
        let declared = &self.engine.events[event.index()];
        let Type::Object(ty) = &declared.payload else {
            return;
        };
        let payload = super::ingest::normalized_payload(declared, object(ty, slots));
        let what = What::EventEmitted {
            name: declared.cloud_type.clone(),
            with: self.shown(&payload),
        };
        self.record(Some(sid), what, &op.at);
        let frame = Frame {
            event,
            payload,
            id: self.idempotency_key(sid, op).into(),
            source: declared.connection.clone().into(),
            time: self.now,
            subject: None,
        };
        self.queue.push_back(Occurrence::Happened {
            what: Happening::Event(event),
            session: None,
            frame: Some(Arc::new(frame)),
            emitted: true,
        });
    }

    /// One of the strands that another waits for is done; answers that one if it was the last.
    fn child_done(&mut self, sid: u64, parent: u64) -> Option<Strand> {
        let session = self.session_mut(sid)?;
        let index = session.strands.iter().position(|it| it.id == parent)?;
        let strand = &mut session.strands[index];
        if let Waiting::Join(left) = strand.waiting
            && left > 1
        {
            strand.waiting = Waiting::Join(left - 1);
            return None;
        }
        let mut strand = session.strands.remove(index);
        strand.waiting = Waiting::Not;
        Some(strand)
    }

    /// Stops a strand and all that `parallel` made of it.
    fn stop_root(&mut self, sid: u64, root: u64) {
        self.stopped.push(root);
        if let Some(session) = self.session_mut(sid) {
            session.strands.retain(|strand| strand.root != root);
        }
        self.forget_strand_timers(sid);
    }

    /// Keeps a strand that waits; its steps stop where they have no reach any more.
    pub(super) fn park(&mut self, sid: u64, strand: Strand) {
        let Some(session) = self.session_mut(sid) else {
            return;
        };
        if session.reaches(strand.reach) {
            let at = session.strands.partition_point(|it| it.id < strand.id);
            session.strands.insert(at, strand);
        }
    }
}

/// A score: a number that there is.
fn finite(value: &Value) -> Option<f64> {
    match value {
        Value::Double(double) => Some(*double).filter(|it| it.is_finite()),
        #[expect(clippy::cast_precision_loss, reason = "scores are compared as doubles")]
        Value::Int(int) => Some(*int as f64),
        _ => None,
    }
}
