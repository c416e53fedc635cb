//! Sessions: the second half of step 4 of what happens when an event arrives. Runs what
//! [`super::decide`] found to match; starts, moves and ends sessions.

use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::decide::{Hit, Starting};
use super::linked::{Expr, Happening, Input, JourneyType, OpKind, Trigger};
use super::moment::Moment;
use super::record::What;
use super::run::{Run, Seen};
use super::small::{SmallMap, push_room};
use super::state::{CodeRef, Frame, Occurrence, Past, Place, Reach, Session, Strand, TimerKind};
use super::why::Hindrance;
use crate::cel::Value;
use crate::model::{At, JourneyId};

impl Run<'_> {
    /// A start by time or condition: decided and run on its own.
    pub(super) fn try_start(&mut self, id: JourneyId, trigger: u16) {
        if let Some(starting) = self.may_start(id, trigger, None) {
            self.start(id, starting, None);
        }
    }

    /// Runs what matched in a session, in its order.
    pub(super) fn run_hits(&mut self, sid: u64, hits: &[Hit], frame: Option<&Arc<Frame>>) {
        self.moved = false;
        let Some(entry) = self.session(sid).map(|session| session.entry) else {
            return;
        };
        // What matched still runs when something before it moves the session.
        let mut woken: BTreeMap<u64, Strand> = BTreeMap::new();
        for hit in hits {
            if let Hit::Wait(strand, _) = hit
                && let Some(strand) = self.take_strand(sid, *strand)
            {
                woken.insert(strand.id, strand);
            }
        }
        for hit in hits.iter().copied() {
            match hit {
                Hit::Wait(id, alternative) => {
                    if let Some(strand) = woken.remove(&id)
                        && !self.stopped.contains(&strand.root)
                    {
                        self.wake(sid, strand, alternative, frame);
                    }
                }
                Hit::Place(place) => self.fire(sid, place, entry, frame),
            }
        }
    }

    /// A trigger has fired, decided while the milestone was there that was entered as the
    /// `entry`th.
    fn fire(&mut self, sid: u64, place: Place, entry: u32, frame: Option<&Arc<Frame>>) {
        let engine = self.engine;
        let Some(session) = self.session(sid) else {
            return;
        };
        let journey = &engine.journeys[session.journey as usize];
        let Some(trigger) = journey.trigger(place) else {
            return;
        };
        match place {
            Place::Rule(_) | Place::MilestoneRule(..) => {
                let name = match place {
                    Place::Rule(rule) => &journey.rules[usize::from(rule)].name,
                    Place::MilestoneRule(milestone, rule) => {
                        &journey.milestones[usize::from(milestone)].rules[usize::from(rule)].name
                    }
                    Place::End(_) | Place::Enter(..) => return,
                };
                let what = What::RuleFired { name: name.clone() };
                self.record(Some(sid), what, &trigger.at);
                self.assign(sid, &trigger.set, Seen::of(Some(sid), frame), &trigger.at);
                let code = JourneyType::code_of(place);
                let Some(code) = code.filter(|code| self.has_steps(journey, *code)) else {
                    return;
                };
                let reach = if place.of_milestone() {
                    Reach::Entry(entry)
                } else {
                    Reach::Session
                };
                let strand = self.strand(code, reach, None, frame.cloned());
                self.run_strand(sid, strand, false);
            }
            Place::End(_) => {
                if self.moved {
                    return self.hindered(Some(sid), &trigger.at, Hindrance::Moved);
                }
                self.moved = true;
                self.assign(sid, &trigger.set, Seen::of(Some(sid), frame), &trigger.at);
                let outcome = trigger.outcome.clone().unwrap_or_else(|| "end".into());
                self.end(sid, &outcome, None, frame, &trigger.at);
            }
            Place::Enter(milestone, _) => {
                if self.moved {
                    return self.hindered(Some(sid), &trigger.at, Hindrance::Moved);
                }
                self.moved = true;
                self.assign(sid, &trigger.set, Seen::of(Some(sid), frame), &trigger.at);
                let line = None;
                if let Some(strand) = self.enter(sid, milestone, line, frame, &trigger.at) {
                    self.run_strand(sid, strand, true);
                }
                self.moved = true;
            }
        }
    }

    pub(super) fn start(&mut self, id: JourneyId, starting: Starting, frame: Option<&Arc<Frame>>) {
        let engine = self.engine;
        let journey = &engine.journeys[id.index()];
        let trigger: &Trigger = &journey.start[usize::from(starting.trigger)];
        if let Some(running) = starting.instead_of {
            self.moved = false;
            self.end(running, &"incomplete".into(), None, frame, &trigger.at);
        }
        let now = Moment::from(self.now);
        let past = Past {
            count: 0,
            started: now,
            ended: None,
        };
        let family = journey.family;
        let past = self.t.past.or_insert(starting.past(family), past);
        (past.started, past.ended) = (now, None);
        past.count = past.count.saturating_add(1);
        let all = (self.t.past.iter()).filter(|(of, _)| of.0 == family.0);
        let number = all.map(|(_, past)| u64::from(past.count)).sum();
        let sid = self.t.next_number();
        push_room(&mut self.t.sessions);
        self.t.sessions.push(Session {
            sid,
            journey: id.0,
            number,
            key: starting.key,
            origin: None,
            started_at: now,
            milestone: 0,
            entered_at: now,
            entry: 0,
            entered: SmallMap::default(),
            vars: journey.defaults.as_slice().into(),
            strands: Vec::new(),
            occurrences: SmallMap::default(),
            truths: SmallMap::default(),
            ended: false,
        });
        self.moved = false;
        self.record(Some(sid), What::SessionStarted, &trigger.at);
        self.assign(sid, &trigger.set, Seen::of(Some(sid), frame), &trigger.at);
        self.queue_happening(Happening::Start, Some(sid), frame);
        self.queue_happening(Happening::JourneyStarted(family), None, None);
        self.dirty.push(Input::Journey(family));
        if let Some(strand) = self.enter(sid, 0, None, frame, &trigger.at) {
            self.run_strand(sid, strand, true);
        }
    }

    /// Enters a milestone, leaving the one before it; answers its steps. `line`: the steps that
    /// went there.
    pub(super) fn enter(
        &mut self,
        sid: u64,
        milestone: u16,
        line: Option<u64>,
        frame: Option<&Arc<Frame>>,
        at: &At,
    ) -> Option<Strand> {
        let engine = self.engine;
        let session = self.session(sid)?;
        let journey = &engine.journeys[session.journey as usize];
        let (old, entry, starts) = (session.milestone, session.entry, session.entry == 0);
        let id = session.journey;
        let declared = journey.milestones.get(usize::from(milestone))?;
        self.stands(id, (!starts).then_some(old), Ok(milestone));
        if !starts {
            let name = journey.milestones[usize::from(old)].name.clone();
            self.record(Some(sid), What::MilestoneLeft { name }, at);
        }
        let now = self.now;
        let session = self.session_mut(sid)?;
        session.milestone = milestone;
        session.entered_at = now.into();
        session.entry += 1;
        let new = session.entry;
        let unkept = session.entered.get(&milestone).is_none();
        session.entered.or_insert(milestone, now.into());
        session.truths.retain(|place, ()| !place.of_milestone());
        session.strands.retain(|it| it.reach != Reach::Entry(entry));
        if !starts {
            self.forget_timers(|timer| timer.session == Some(sid) && timer.entry == Some(entry));
            self.forget_strand_timers(sid);
            self.left(sid, Some((entry, new)), line);
        }
        if unkept {
            let kept = TimerKind::Promise(milestone);
            self.forget_timers(|timer| timer.session == Some(sid) && timer.what == kept);
        }
        let name = declared.name.clone();
        self.record(Some(sid), What::MilestoneEntered { name }, at);
        self.arm_entry(sid, journey, milestone, starts);
        self.queue_happening(Happening::Milestone(milestone), Some(sid), frame);
        self.refresh();
        let reach = if declared.detached {
            Reach::Session
        } else {
            Reach::Entry(new)
        };
        let code = CodeRef::Milestone(milestone);
        let steps = self.has_steps(journey, code);
        steps.then(|| self.strand(code, reach, line, frame.cloned()))
    }

    /// Whether there is anything to run, or to tell of.
    fn has_steps(&self, journey: &JourneyType, code: CodeRef) -> bool {
        let first = journey.op(code, 0).map(|op| &op.kind);
        self.listens || !matches!(first, None | Some(OpKind::Done))
    }

    /// Sets the timers of what came into force, in the order in which it would run.
    fn arm_entry(&mut self, sid: u64, journey: &JourneyType, milestone: u16, starts: bool) {
        self.arm(sid, journey.by_time(milestone, starts));
        let now = self.now;
        for (index, it) in journey.milestones.iter().enumerate() {
            if let Some(promise) = &it.promise
                && (promise.of == Some(milestone) || (promise.of.is_none() && starts))
            {
                self.promise(sid, index as u16, now);
            }
        }
    }

    /// Ends a session. `line`: the steps that end it.
    pub(super) fn end(
        &mut self,
        sid: u64,
        outcome: &Arc<str>,
        line: Option<u64>,
        frame: Option<&Arc<Frame>>,
        at: &At,
    ) {
        let (engine, now) = (self.engine, Moment::from(self.now));
        let Some(session) = self.session_mut(sid).filter(|session| !session.ended) else {
            return;
        };
        session.ended = true;
        session.strands.clear();
        let id = JourneyId(session.journey);
        let family = engine.family(session.journey);
        let milestone = session.milestone;
        let (of, started) = (session.past(family), session.started_at);
        let past = Past {
            count: 0,
            started,
            ended: None,
        };
        let past = self.t.past.or_insert(of, past);
        past.ended = Some(past.ended.map_or(now, |ended| ended.max(now)));
        self.stands(id.0, Some(milestone), Err(outcome));
        let what = What::SessionEnded {
            outcome: outcome.clone(),
        };
        self.record(Some(sid), what, at);
        self.left(sid, None, line);
        self.forget_timers(|timer| timer.session == Some(sid));
        self.queue_happening(Happening::End, Some(sid), frame);
        self.queue_happening(Happening::JourneyEnded(family), None, None);
        self.dirty.push(Input::Journey(family));
        self.refresh();
    }

    pub(super) fn queue_happening(
        &mut self,
        what: Happening,
        session: Option<u64>,
        frame: Option<&Arc<Frame>>,
    ) {
        // Most of what happens nobody asked for.
        let engine = self.engine;
        let mut journeys = self.ty.journeys.iter();
        if journeys.any(|id| engine.journeys[id.index()].is_told(what)) {
            self.queue.push_back(Occurrence::Happened {
                what,
                session,
                frame: frame.cloned(),
                emitted: false,
            });
        }
    }

    /// Works out all values, then sets the variables.
    pub(super) fn assign(&mut self, sid: u64, set: &[(usize, Expr)], seen: Seen<'_>, at: &At) {
        let mut values: SmallVec<[(usize, Value); 2]> = SmallVec::new();
        for (variable, expr) in set {
            if let Some(value) = self.value(expr, seen) {
                values.push((*variable, value));
            }
        }
        for (variable, value) in values {
            let Some(session) = self.session_mut(sid) else {
                return;
            };
            let journey = session.journey;
            session.vars[variable] = value.clone();
            let field = &self.engine.journeys[journey as usize].vars.fields[variable];
            let what = What::VariableSet {
                name: field.name.clone(),
                value: self.shown(&value),
            };
            self.record(Some(sid), what, at);
        }
    }

    pub(super) fn forget_timers(&mut self, mut which: impl FnMut(&super::state::Timer) -> bool) {
        self.t.timers.retain(|_, timer| !which(timer));
        if let Some(rare) = self.t.rare.get_mut() {
            rare.held.retain(|(_, timer)| !which(timer));
        }
    }
}
