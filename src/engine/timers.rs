//! Time: fires what is due, by due time, then in the order in which it was made.
//!
//! Each timer is handled like an event of its own: what it sets off is over before the next.

use jiff::Timestamp;

use super::decide::Hit;
use super::linked::{Engine, On};
use super::listener::Listener;
use super::record::{Record, What};
use super::run::{MAX_TIMERS, Run};
use super::state::{Deferred, Place, State, Timer, TimerKey, TimerKind, Traveler, Waiting};
use crate::model::{JourneyId, Status};

impl Engine {
    /// Fires all timers that are due at or before `until`, over all travelers, by time; those of
    /// one instant in the order of the travelers' first events.
    pub fn advance(&self, state: &mut State, until: Timestamp, out: &mut dyn FnMut(Record)) {
        self.advance_to(state, until, &mut Listener::Records(out));
    }

    /// The same, for anyone who listens.
    pub fn advance_to(&self, state: &mut State, until: Timestamp, out: &mut Listener<'_>) {
        self.advance_while(state, |due| due <= until, out);
    }

    /// Fires all timers that are due before `time`: those of the instant come after its events.
    pub fn advance_before(&self, state: &mut State, time: Timestamp, out: &mut dyn FnMut(Record)) {
        self.advance_up_to(state, time, &mut Listener::Records(out));
    }

    /// The same, for anyone who listens.
    pub fn advance_up_to(&self, state: &mut State, time: Timestamp, out: &mut Listener<'_>) {
        self.advance_while(state, |due| due < time, out);
    }

    fn advance_while(
        &self,
        state: &mut State,
        is_due: impl Fn(Timestamp) -> bool,
        out: &mut Listener<'_>,
    ) {
        while let Some((due, number)) = state.due.first().copied() {
            if !is_due(due) {
                return;
            }
            self.fire_next(state, number, out);
        }
    }

    /// When the next timer is due.
    pub fn next_due(&self, state: &State) -> Option<Timestamp> {
        state.due.first().map(|(due, _)| *due)
    }

    /// How many timers wait for their time: waits, rules, promises and deferred actions; windows
    /// of traits do not count.
    pub fn pending(&self, state: &State) -> usize {
        self.waiting(state).count()
    }

    /// The timers that wait for their time, each with its traveler and the journey that it is of.
    pub fn waiting<'s>(&'s self, state: &'s State) -> impl Iterator<Item = (u32, &'s str)> {
        state.travelers.iter().flatten().flat_map(|traveler| {
            let counts = |timer: &&Timer| !matches!(timer.what, TimerKind::Window(_));
            let timers = traveler.timers.values().filter(counts);
            timers.map(|timer| {
                let journey = match timer.what {
                    TimerKind::Start(journey, _) => Some(journey),
                    TimerKind::Deferred(number) => traveler.deferred_of(number),
                    _ => (traveler.sessions.iter())
                        .find(|it| Some(it.sid) == timer.session)
                        .map(|it| it.journey),
                };
                let journey = journey.and_then(|it| self.journeys.get(it as usize));
                (traveler.number, journey.map_or("", |it| &*it.name))
            })
        })
    }

    /// Fires one traveler's timers that are due before `time`; whether there were any.
    pub(super) fn catch_up(
        &self,
        state: &mut State,
        number: u32,
        time: Timestamp,
        out: &mut Listener<'_>,
    ) -> bool {
        let due = |state: &State| {
            let traveler = state.travelers.get(number as usize)?.as_ref()?;
            traveler.timers.first().map(|(key, _)| key.due)
        };
        let mut fired = false;
        while due(state).is_some_and(|due| due < time) {
            self.fire_next(state, number, out);
            fired = true;
        }
        fired
    }

    /// Fires the timer of a traveler that is due next.
    pub(super) fn fire_next(&self, state: &mut State, number: u32, out: &mut Listener<'_>) {
        self.with(state, number, out, |run| {
            if let Some((key, timer)) = run.t.timers.pop_first() {
                run.fire_timer(key, timer);
            }
        });
    }

    /// Lets something happen to one traveler, and keeps the order of who is due next.
    pub(super) fn with<T>(
        &self,
        state: &mut State,
        number: u32,
        out: &mut Listener<'_>,
        act: impl FnOnce(&mut Run<'_>) -> T,
    ) -> Option<T> {
        let mut traveler = state.travelers.get_mut(number as usize)?.take()?;
        let next = |traveler: &Traveler| traveler.timers.first().map(|(key, _)| key.due);
        let before = next(&traveler);
        if let Some(watch) = &mut state.watch {
            watch.touch(number, before);
        }
        let result = act(&mut Run::new(self, state, &mut traveler, out.again()));
        let after = next(&traveler);
        if before != after {
            if let Some(due) = before {
                state.due.remove(&(due, number));
            }
            if let Some(due) = after {
                state.due.insert((due, number));
            }
        }
        state.travelers[number as usize] = Some(traveler);
        Some(result)
    }
}

impl Traveler {
    /// The journey of a deferred action.
    fn deferred_of(&self, number: u64) -> Option<u32> {
        let mut outbox = self.rare.get()?.outbox.iter();
        let deferred = outbox.find(|it| it.number == number)?;
        Some(deferred.action.journey)
    }
}

impl Run<'_> {
    pub(super) fn fire_timer(&mut self, key: TimerKey, timer: Timer) {
        if self.is_paused(&timer) {
            self.t.rare.make().held.push((key, timer));
            return;
        }
        self.at(key.due);
        self.moved = false;
        if self.is_runaway() {
            return;
        }
        match timer.what {
            TimerKind::Window(index) => self.windows(usize::from(index), key.due),
            TimerKind::Start(journey, trigger) => self.scheduled_start(journey, trigger, key.due),
            TimerKind::Deferred(number) => self.retry(number),
            _ => {
                if let Some(sid) = timer.session {
                    self.fire_session_timer(sid, timer.what, key.due);
                }
            }
        }
        self.refresh();
        self.drain();
        self.flush();
    }

    /// All that leaves windows at one instant leaves them together: segments and conditions see no
    /// trait that has changed beside one that is about to.
    fn windows(&mut self, first: usize, due: Timestamp) {
        self.window(first);
        while let Some((key, timer)) = self.t.timers.first()
            && key.due == due
            && let TimerKind::Window(index) = timer.what
        {
            self.t.timers.pop_first();
            self.window(usize::from(index));
        }
    }

    /// Whether more timers have fired at this time than can be meant: waits of no length in a
    /// circle. The timer is dropped then, and the first is traced.
    fn is_runaway(&mut self) -> bool {
        let fired = self.t.fired.saturating_add(1);
        self.t.fired = fired;
        if fired == MAX_TIMERS + 1 {
            let at = self.ty.at.clone();
            let reason = "too many timers at one time: the rest is left out";
            self.failed(None, &"timers".into(), reason, &at);
        }
        fired > MAX_TIMERS
    }

    fn fire_session_timer(&mut self, sid: u64, what: TimerKind, due: Timestamp) {
        match what {
            TimerKind::Trigger(place) => self.fire_by_time(sid, place, due),
            TimerKind::Wait(strand) => self.time_is_up(sid, strand),
            TimerKind::Alternative(strand, index) => {
                self.fire_alternative(sid, strand, index, due);
            }
            TimerKind::Promise(milestone) => self.miss(sid, milestone),
            TimerKind::Window(_) | TimerKind::Start(..) | TimerKind::Deferred(_) => {}
        }
    }

    fn fire_by_time(&mut self, sid: u64, place: Place, due: Timestamp) {
        let engine = self.engine;
        let Some(session) = self.session(sid) else {
            return;
        };
        let journey = &engine.journeys[session.journey as usize];
        let Some(trigger) = journey.trigger(place) else {
            return;
        };
        if matches!(trigger.on, On::Every(_) | On::Schedule { .. }) {
            self.arm_one(sid, place, due);
        }
        if self.permits(trigger, Some(sid), None) {
            self.run_hits(sid, &[Hit::Place(place)], None);
        }
    }

    fn fire_alternative(&mut self, sid: u64, strand: u64, index: u16, due: Timestamp) {
        let engine = self.engine;
        let Some(session) = self.session(sid) else {
            return;
        };
        let journey = &engine.journeys[session.journey as usize];
        let waits = (session.strands.iter())
            .find(|it| it.id == strand && it.waiting == Waiting::On)
            .map(|it| (it.code, it.ip));
        let Some((code, ip)) = waits else {
            return;
        };
        let any = journey.alternatives(code, ip);
        let Some((trigger, _)) = any.get(usize::from(index)) else {
            return;
        };
        if self.permits(trigger, Some(sid), None) {
            self.run_hits(sid, &[Hit::Wait(strand, index)], None);
        } else if matches!(trigger.on, On::Every(_) | On::Schedule { .. })
            && let Some(next) = self.next_time(trigger, Some(sid), due)
        {
            self.alternative_timer(sid, strand, index, next);
        }
    }

    fn miss(&mut self, sid: u64, milestone: u16) {
        let Some(session) = self.session(sid) else {
            return;
        };
        let journey = &self.engine.journeys[session.journey as usize];
        let declared = &journey.milestones[usize::from(milestone)];
        if let Some(promise) = &declared.promise {
            let within = crate::cel::format_duration(promise.within);
            let what = What::PromiseMissed {
                name: declared.name.clone(),
                reason: format!("not reached within {within}").into(),
            };
            self.record(Some(sid), what, &promise.at);
        }
    }

    /// Sets the timers of starts that are scheduled: the traveler has become known.
    pub(super) fn arm_starts(&mut self) {
        let now = self.now;
        for id in &self.ty.journeys {
            for index in 0..self.engine.journeys[id.index()].start.len() {
                self.arm_start(*id, index as u16, now);
            }
        }
    }

    pub(super) fn arm_start(&mut self, id: JourneyId, trigger: u16, base: Timestamp) {
        let declared = &self.engine.journeys[id.index()].start[usize::from(trigger)];
        if let Some(due) = self.next_time(declared, None, base) {
            let timer = Timer {
                what: TimerKind::Start(id.0, trigger),
                session: None,
                entry: None,
            };
            self.timer(due, 1, timer);
        }
    }

    fn scheduled_start(&mut self, journey: u32, index: u16, due: Timestamp) {
        let id = JourneyId(journey);
        let trigger = &self.engine.journeys[id.index()].start[usize::from(index)];
        if !matches!(trigger.on, On::After(_)) {
            self.arm_start(id, index, due);
        }
        let family = self.engine.family(journey);
        let mut sessions = self.t.sessions.iter();
        let runs = sessions.any(|it| self.engine.family(it.journey) == family && !it.ended);
        if !runs && self.permits(trigger, None, None) {
            self.try_start(id, index);
        }
    }

    /// Whether the timer belongs to a journey that is paused. Scheduled starts do not: they come
    /// again, and nothing starts meanwhile.
    fn is_paused(&self, timer: &Timer) -> bool {
        let journey = match timer.what {
            TimerKind::Window(_) | TimerKind::Start(..) => None,
            TimerKind::Deferred(number) => self.t.deferred_of(number),
            _ => (timer.session.and_then(|sid| self.session(sid))).map(|it| it.journey),
        };
        journey.is_some_and(|it| self.engine.journeys[it as usize].status == Status::Paused)
    }

    /// The same at a time: it is that by then, where anything is let go.
    pub(super) fn release_at(&mut self, at: Timestamp) {
        let engine = self.engine;
        let lives = |it: &Deferred| {
            let journey = &engine.journeys[it.action.journey as usize];
            it.held.is_some() && journey.status != Status::Paused
        };
        let waits = self.t.rare.get().is_some_and(|rare| {
            rare.outbox.iter().any(lives) || rare.held.iter().any(|(_, it)| !self.is_paused(it))
        });
        if waits {
            self.at(at);
            self.release();
        }
    }

    /// Lets go what paused journeys held, where they are live again: in order, and late.
    pub(super) fn release(&mut self) {
        let Some(rare) = self.t.rare.get_mut() else {
            return;
        };
        let held = std::mem::take(&mut rare.held);
        for (key, timer) in held {
            if self.is_paused(&timer) {
                self.t.rare.make().held.push((key, timer));
            } else {
                self.t.timers.insert(key, timer);
            }
        }
        let engine = self.engine;
        let live: Vec<(u64, Timestamp)> = (self.t.rare.make().outbox.iter_mut())
            .filter(|it| engine.journeys[it.action.journey as usize].status != Status::Paused)
            .filter_map(|it| Some((it.number, it.held.take()?)))
            .collect();
        for (number, since) in live {
            self.outbox_timer(number, since);
        }
    }
}
