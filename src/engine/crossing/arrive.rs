//! What comes into force with a plan: segments, scheduled starts, and the times of sessions that
//! were migrated. Nothing that is due already fires.

use jiff::{SignedDuration, Timestamp};

use super::carry::Carried;
use super::road::by_time;
use crate::engine::linked::{Engine, On};
use crate::engine::run::{Run, later};
use crate::engine::state::{Timer, TimerKind};

impl Run<'_> {
    /// A traveler is there. `starts`: the scheduled ones that have their timers already.
    pub(super) fn settle_in(
        &mut self,
        at: Timestamp,
        carried: &[Carried<'_>],
        starts: &[(u32, u16)],
    ) {
        let (engine, ty): (&Engine, _) = (self.engine, self.ty);
        self.refresh_silently();
        self.queue.clear();
        for id in &ty.journeys {
            for (index, trigger) in engine.journeys[id.index()].start.iter().enumerate() {
                let known = starts.contains(&(id.0, index as u16));
                if !known && matches!(trigger.on, On::Every(_) | On::Schedule { .. }) {
                    self.arm_start(*id, index as u16, at);
                }
            }
        }
        for it in carried.iter().filter(|it| it.declared) {
            self.arm_anew(it.sid, at);
        }
        self.release_at(at);
    }

    /// The times of a session that was migrated, counted from when it was entered and started.
    fn arm_anew(&mut self, sid: u64, at: Timestamp) {
        let engine = self.engine;
        let Some(session) = self.session(sid) else {
            return;
        };
        let journey = &engine.journeys[session.journey as usize];
        let (entry, milestone) = (session.entry, session.milestone);
        let (started, entered) = (session.started_at.time(), session.entered_at.time());
        let reached = session.entered.clone();
        let runs = |run: &Self, what: TimerKind| {
            let held = run.t.rare.get().into_iter().flat_map(|rare| &rare.held);
            let mut timers = run.t.timers.values().chain(held.map(|(_, timer)| timer));
            timers.any(|it| it.session == Some(sid) && it.what == what)
        };
        for place in journey.in_force(milestone).iter().copied() {
            let Some(trigger) = journey.trigger(place) else {
                continue;
            };
            let what = TimerKind::Trigger(place);
            if !by_time(&trigger.on) || runs(self, what) {
                continue;
            }
            let base = if place.of_milestone() {
                entered
            } else {
                started
            };
            let due = match &trigger.on {
                On::After(time) => Some(later(base, *time)),
                On::Every(time) => Some(every(base, *time, at)),
                _ => self.next_time(trigger, Some(sid), at.max(base)),
            };
            if let Some(due) = due.filter(|due| *due > at) {
                let timer = Timer {
                    what,
                    session: Some(sid),
                    entry: place.of_milestone().then_some(entry),
                };
                self.timer(due, 1, timer);
            }
        }
        for (index, it) in journey.milestones.iter().enumerate() {
            let Some(promise) = &it.promise else { continue };
            let base = match promise.of {
                Some(of) => reached.get(&of).map(|it| it.time()),
                None => Some(started),
            };
            if let Some(base) = base
                && later(base, promise.within) > at
            {
                self.promise(sid, index as u16, base);
            }
        }
    }
}

/// The first time after `at` of those that come so often since `base`.
fn every(base: Timestamp, time: SignedDuration, at: Timestamp) -> Timestamp {
    let (gone, step) = (at.duration_since(base).as_nanos(), time.as_nanos());
    if gone < 0 || step <= 0 {
        return later(base, time);
    }
    let left = step - gone % step;
    let (seconds, nanos) = (left / 1_000_000_000, left % 1_000_000_000);
    later(at, SignedDuration::new(seconds as i64, nanos as i32))
}
