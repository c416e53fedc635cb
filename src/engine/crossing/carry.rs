//! A traveler under the next plan: first what the plan before still has to do, then everything that
//! is remembered by where it is there, then what comes into force ([`super::arrive`]).

use std::sync::Arc;

use super::Crossing;
use super::fate::{Fate, adapted};
use super::people::{carry_past, own_timer};
use super::road::{Ends, Road, same_when};
use crate::engine::listener::Listener;
use crate::engine::moment::Moment;
use crate::engine::record::Reason;
use crate::engine::run::Run;
use crate::engine::small::SmallMap;
use crate::engine::state::{
    Deferred, Frame, Options, Session, State, Strand, Timer, TimerKey, TimerKind, Traveler, Waiting,
};
use crate::model::At;

/// How often sessions that an end starts may end too.
const MAX_ENDS: usize = 16;

/// A session on its way: where it is there, and what of it goes on.
pub(super) struct Carried<'c> {
    pub sid: u64,
    road: &'c Road,
    ends: Ends<'c>,
    /// The migration says where it goes: its times begin anew.
    pub declared: bool,
    /// The strands that go on, and which trigger each waits for is which.
    strands: Vec<(u64, Vec<Option<u16>>)>,
}

impl Crossing {
    /// A traveler under the next plan; none where it has no such travelers.
    pub(super) fn carry(
        &self,
        mut t: Box<Traveler>,
        options: &Options,
        out: &mut Listener<'_>,
    ) -> Option<Box<Traveler>> {
        let mut alone = State {
            options: options.clone(),
            ..State::default()
        };
        self.settle(&mut t, &mut alone, out);
        let people = self.people[t.ty.index()].as_ref()?;
        let carried = self.sessions(&mut t);
        self.outbox(&mut t, &carried, &mut alone, out);
        let starts = self.timers(&mut t, &carried);
        people.carry(&self.from, &self.to, &mut t);
        carry_past(&self.from, &self.to, &mut t);
        let mut run = Run::new(&self.to, &mut alone, &mut t, out.again());
        run.settle_in(self.at, &carried, &starts);
        Some(t)
    }

    /// What was due before the deployment happens under the plan before, and what has no place in
    /// the next ends there.
    fn settle(&self, t: &mut Traveler, alone: &mut State, out: &mut Listener<'_>) {
        let due = |t: &Traveler| t.timers.first().is_some_and(|(key, _)| key.due < self.at);
        while due(t) {
            let mut run = Run::new(&self.from, alone, t, out.again());
            if let Some((key, timer)) = run.t.timers.pop_first() {
                run.fire_timer(key, timer);
            }
        }
        for round in 0..=MAX_ENDS {
            let over: Vec<(u64, Arc<str>)> = (t.sessions.iter())
                .filter_map(|session| match self.fate(t, session).0 {
                    Fate::Ends { outcome, .. } => Some((session.sid, outcome)),
                    _ => None,
                })
                .collect();
            if over.is_empty() {
                return;
            }
            let mut run = Run::new(&self.from, alone, t, out.again());
            run.at(self.at);
            for (sid, outcome) in over {
                let at = run.place(sid);
                run.moved = false;
                run.end(sid, &outcome, None, None, &at);
                if round == MAX_ENDS {
                    // Each end starts another session: this was the last.
                    run.queue.clear();
                }
                run.refresh();
                run.drain();
                run.flush();
            }
        }
    }

    /// Sessions, by their roads. A declared migration stops steps that are no more.
    fn sessions(&self, t: &mut Traveler) -> Vec<Carried<'_>> {
        let mut carried = Vec::with_capacity(t.sessions.len());
        let mut sessions = std::mem::take(&mut t.sessions);
        for session in &sessions {
            let Some(road) = self.fate(t, session).1 else {
                continue;
            };
            let ends = self.ends(session.journey, road);
            let lost: Vec<u64> = (session.strands.iter())
                .filter(|it| road.spot(&ends, it).is_none() || self.is_lost(t, it, road))
                .map(|strand| strand.root)
                .collect();
            let goes_on = |it: &&Strand| !lost.contains(&it.root);
            carried.push(Carried {
                sid: session.sid,
                road,
                ends,
                declared: road.declared[usize::from(session.milestone)],
                strands: (session.strands.iter().filter(goes_on))
                    .map(|strand| (strand.id, road.alternatives(&ends, strand)))
                    .collect(),
            });
        }
        sessions.retain(|session| carried.iter().any(|it| it.sid == session.sid));
        t.sessions = (sessions.into_iter().zip(&carried))
            .map(|(session, carried)| self.session(session, carried))
            .collect();
        carried
    }

    /// Whether a strand waits for an action that cannot be carried.
    fn is_lost(&self, t: &Traveler, strand: &Strand, road: &Road) -> bool {
        let (Waiting::Out(number) | Waiting::Answer(number)) = strand.waiting else {
            return false;
        };
        let outbox = t.rare.get().map_or(&[][..], |rare| &rare.outbox);
        let deferred = outbox.iter().find(|it| it.number == number);
        deferred.is_some_and(|it| self.parcel(&it.action, road).is_none())
    }

    fn session(&self, mut session: Session, carried: &Carried<'_>) -> Session {
        let Carried {
            road,
            ends,
            strands,
            ..
        } = carried;
        let (a, b) = (ends.a, ends.b);
        let milestone = |it: u16| road.milestones[usize::from(it)];
        session.vars = (road.vars.iter().zip(&b.vars.fields).zip(&b.defaults))
            .map(|((old, field), default)| {
                let value = old
                    .and_then(|old| adapted(&session.vars[old], &a.vars.fields[old].ty, &field.ty));
                value.unwrap_or_else(|| default.clone())
            })
            .collect();
        let mut entered = SmallMap::default();
        for (old, time) in session.entered {
            if let Some(new) = milestone(old) {
                let first: &mut Moment = entered.or_insert(new, time);
                *first = time.min(*first);
            }
        }
        session.entered = entered;
        let mut truths = SmallMap::default();
        for (place, ()) in session.truths {
            let there = road.place(place);
            let same = there.and_then(|it| Some((a.trigger(place)?, b.trigger(it)?)));
            if let (Some(there), Some((old, new))) = (there, same)
                && same_when(old, new)
            {
                truths.insert(there, ());
            }
        }
        session.truths = truths;
        session
            .strands
            .retain(|it| strands.iter().any(|(id, _)| *id == it.id));
        for strand in &mut session.strands {
            if let Some((code, ip)) = road.spot(ends, strand) {
                (strand.code, strand.ip) = (code, ip);
            }
            strand.frame = strand.frame.take().map(|frame| self.frame_of(&frame));
        }
        session.milestone = milestone(session.milestone).unwrap_or(0);
        session.journey = road.to;
        session
    }

    /// An event that a strand remembers: what of it the next plan does not know is absent.
    fn frame_of(&self, frame: &Arc<Frame>) -> Arc<Frame> {
        if let Some(frame) = self.frame(frame) {
            return Arc::new(frame);
        }
        let old = &self.from.events[frame.event.index()];
        match self.to.vocabulary.find_event(&old.name) {
            Some(event) => Arc::new(Frame {
                event,
                payload: super::super::scope::conform(
                    &frame.payload,
                    &self.to.events[event.index()].payload,
                ),
                ..(**frame).clone()
            }),
            None => frame.clone(),
        }
    }

    /// Deferred actions: with their sessions, or on the journey's road where those are over. One
    /// that nothing sends any more is suppressed.
    fn outbox(
        &self,
        t: &mut Traveler,
        carried: &[Carried<'_>],
        alone: &mut State,
        out: &mut Listener<'_>,
    ) {
        let Some(rare) = t.rare.get_mut() else {
            return;
        };
        let outbox = std::mem::take(&mut rare.outbox);
        let mut lost = Vec::new();
        let mut kept = Vec::with_capacity(outbox.len());
        for mut deferred in outbox {
            let roads = &self.roads[deferred.action.journey as usize];
            let own = carried.iter().find(|it| it.sid == deferred.action.sid);
            let road = own.map(|it| it.road);
            let road = road.or(roads.kept.as_ref()).or(roads.next.as_ref());
            let found = road.and_then(|road| Some((road, self.parcel(&deferred.action, road)?)));
            match found {
                Some((road, (delivery, with))) => {
                    deferred.action.delivery = delivery;
                    deferred.action.with = with;
                    deferred.action.journey = road.to;
                    kept.push(deferred);
                }
                None => lost.push(deferred),
            }
        }
        if !lost.is_empty() {
            self.suppress(t, lost, alone, out);
        }
        if !kept.is_empty() {
            t.rare.make().outbox = kept;
        }
    }

    fn suppress(
        &self,
        t: &mut Traveler,
        lost: Vec<Deferred>,
        alone: &mut State,
        out: &mut Listener<'_>,
    ) {
        // Told under the plan that made them: only what they say of themselves is looked at.
        let mut run = Run::new(&self.from, alone, t, out.again());
        run.at(run.now.max(self.at));
        for deferred in lost {
            run.suppress(&deferred.action, Reason::Left);
        }
    }

    /// Timers of what goes on. Answers the scheduled starts that have theirs already.
    fn timers(&self, t: &mut Traveler, carried: &[Carried<'_>]) -> Vec<(u32, u16)> {
        let mut starts = Vec::new();
        let people = self.people[t.ty.index()].as_ref();
        let timers = std::mem::take(&mut t.timers);
        let outbox: Vec<u64> = (t.rare.get().into_iter())
            .flat_map(|rare| rare.outbox.iter().map(|it| it.number))
            .collect();
        let mut there = |(key, timer): (TimerKey, Timer)| -> Option<(TimerKey, Timer)> {
            match timer.what {
                TimerKind::Window(_) => own_timer(people?, key, timer),
                TimerKind::Deferred(number) => outbox.contains(&number).then_some((key, timer)),
                TimerKind::Start(journey, trigger) => {
                    let road = self.roads[journey as usize].next.as_ref()?;
                    let trigger = road.starts[usize::from(trigger)]?;
                    starts.push((road.to, trigger));
                    let what = TimerKind::Start(road.to, trigger);
                    Some((key, Timer { what, ..timer }))
                }
                _ => {
                    let carried = carried.iter().find(|it| Some(it.sid) == timer.session)?;
                    let what = carried.timer(timer.what)?;
                    Some((key, Timer { what, ..timer }))
                }
            }
        };
        let kept: Vec<_> = timers.into_iter().filter_map(&mut there).collect();
        t.timers = SmallMap::from(kept);
        if let Some(rare) = t.rare.get_mut() {
            let held = std::mem::take(&mut rare.held);
            rare.held = held.into_iter().filter_map(&mut there).collect();
            let known = std::mem::take(&mut rare.starts);
            for ((journey, trigger), ()) in known {
                let of =
                    |starts: &[Option<u16>]| starts.get(usize::from(trigger)).copied().flatten();
                let roads = self.roads.get(journey as usize);
                let road = roads.and_then(|it| it.next.as_ref());
                let Some((road, there)) = road.and_then(|it| Some((it, of(&it.starts)?))) else {
                    continue;
                };
                let old = &self.from.journeys[journey as usize].start[usize::from(trigger)];
                let new = &self.to.journeys[road.to as usize].start[usize::from(there)];
                if same_when(old, new) {
                    rare.starts.insert((road.to, there), ());
                }
            }
        }
        starts
    }
}

impl Carried<'_> {
    /// A timer of the session there; none where what it is for is no more, or has another time.
    fn timer(&self, what: TimerKind) -> Option<TimerKind> {
        let strand = |id: u64| self.strands.iter().find(|it| it.0 == id);
        Some(match what {
            TimerKind::Trigger(place) => TimerKind::Trigger(self.road.timed(&self.ends, place)?),
            TimerKind::Wait(id) => TimerKind::Wait(strand(id)?.0),
            TimerKind::Alternative(id, index) => {
                let (id, found) = strand(id)?;
                TimerKind::Alternative(*id, found.get(usize::from(index)).copied().flatten()?)
            }
            TimerKind::Promise(milestone) => {
                let there = self.road.milestones[usize::from(milestone)]?;
                let within = |journey: &crate::engine::linked::JourneyType, index: u16| {
                    let promise = journey.milestones[usize::from(index)].promise.as_ref()?;
                    Some(promise.within)
                };
                let same = within(self.ends.a, milestone) == within(self.ends.b, there);
                TimerKind::Promise(same.then_some(there)?)
            }
            TimerKind::Window(_) | TimerKind::Start(..) | TimerKind::Deferred(_) => return None,
        })
    }
}

impl Run<'_> {
    /// Where the session's journey is declared.
    fn place(&self, sid: u64) -> At {
        let code = self.session(sid).and_then(|session| {
            let journey = &self.engine.journeys[session.journey as usize];
            let milestone = journey.milestones.get(usize::from(session.milestone))?;
            milestone.code.ops.last()
        });
        code.map_or_else(|| self.ty.at.clone(), |op| op.at.clone())
    }
}
