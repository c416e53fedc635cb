//! Triggers: which of them an occurrence concerns, and the timers of those that wait for time.

use std::sync::Arc;

use jiff::Timestamp;

use super::linked::{Engine, Happening, JourneyIndex, JourneyType, On, OpKind, Told, Trigger};
use super::run::{Run, Seen, later};
use super::state::{CodeRef, Frame, Place, Session, Timer, TimerKind};
use crate::model::JourneyId;

impl Engine {
    /// The journey that the sessions of another count as.
    pub(super) fn family(&self, journey: u32) -> JourneyId {
        self.journeys[journey as usize].family
    }
}

impl JourneyType {
    pub(super) fn trigger(&self, place: Place) -> Option<&Trigger> {
        match place {
            Place::Rule(rule) => Some(&self.rules.get(usize::from(rule))?.trigger),
            Place::MilestoneRule(milestone, rule) => {
                let milestone = self.milestones.get(usize::from(milestone))?;
                Some(&milestone.rules.get(usize::from(rule))?.trigger)
            }
            Place::End(end) => self.end.get(usize::from(end)),
            Place::Enter(milestone, enter) => {
                let milestone = self.milestones.get(usize::from(milestone))?;
                milestone.enter.get(usize::from(enter))
            }
        }
    }

    /// The triggers that are in force in a milestone, in the order in which they run.
    pub(super) fn in_force(&self, milestone: u16) -> &[Place] {
        let places = self.index.in_force.get(usize::from(milestone));
        places.map_or(&[], Vec::as_slice)
    }

    /// Those of them that are only a condition.
    pub(super) fn conditions(&self, milestone: u16) -> &[Place] {
        let places = self.index.conditions.get(usize::from(milestone));
        places.map_or(&[], Vec::as_slice)
    }

    /// Those of them that wait for a time; of a milestone that others came before, its own.
    pub(super) fn by_time(&self, milestone: u16, all: bool) -> &[Place] {
        let of = if all {
            &self.index.by_time
        } else {
            &self.index.own_by_time
        };
        of.get(usize::from(milestone)).map_or(&[], Vec::as_slice)
    }

    /// Whether any of its triggers is told of what happened.
    pub(super) fn is_told(&self, what: Happening) -> bool {
        self.told(what).is_some()
    }

    /// Who is told of what happened.
    pub(super) fn told(&self, what: Happening) -> Option<&Told> {
        let told = &self.index.told;
        let at = told.binary_search_by(|told| told.what.cmp(&what)).ok()?;
        told.get(at)
    }

    /// Works out what follows from the triggers.
    pub(super) fn index(&self) -> JourneyIndex {
        let mut index = JourneyIndex::default();
        for milestone in 0..self.milestones.len() as u16 {
            let (rules, enters) = self.of_milestone(milestone);
            let own = (0..self.rules.len() as u16).map(Place::Rule);
            let ends = (0..self.end.len() as u16).map(Place::End);
            let places: Vec<Place> = own.chain(rules).chain(ends).chain(enters).collect();
            let condition = |place: &&Place| {
                let trigger = self.trigger(**place);
                trigger.is_some_and(|trigger| matches!(trigger.on, On::Condition))
            };
            let timed = |place: &&Place| {
                let trigger = self.trigger(**place);
                let on = trigger.map(|trigger| &trigger.on);
                matches!(on, Some(On::After(_) | On::Every(_) | On::Schedule { .. }))
            };
            let conditions = places.iter().filter(condition).copied().collect();
            index.conditions.push(conditions);
            let by_time: Vec<Place> = places.iter().filter(timed).copied().collect();
            let own = by_time.iter().filter(|place| place.of_milestone());
            index.own_by_time.push(own.copied().collect());
            index.by_time.push(by_time);
            index.in_force.push(places);
        }
        let placed = (index.in_force.iter().flatten()).filter_map(|place| self.trigger(*place));
        let codes = (self.rules.iter().map(|rule| &rule.code))
            .chain(self.milestones.iter().map(|milestone| &milestone.code))
            .chain((self.milestones.iter()).flat_map(|it| it.rules.iter().map(|rule| &rule.code)));
        let awaited: Vec<&Trigger> = codes
            .flat_map(|code| &code.ops)
            .flat_map(|op| match &op.kind {
                OpKind::WaitOn { any, .. } => any.as_slice(),
                _ => &[],
            })
            .map(|(trigger, _)| trigger)
            .collect();
        index.waits_for_conditions = (awaited.iter()).any(|it| matches!(it.on, On::Condition));
        index.looks = index.waits_for_conditions
            || index.conditions.iter().any(|places| !places.is_empty())
            || (self.start.iter()).any(|trigger| matches!(trigger.on, On::Condition));
        let all = placed.chain(self.start.iter()).chain(awaited);
        let told = all.flat_map(|trigger| match &trigger.on {
            On::Any(any) => any.as_slice(),
            _ => &[],
        });
        let mut told: Vec<Happening> = told.copied().collect();
        told.sort_unstable();
        told.dedup();
        let listens = |place: &&Place, what: Happening| {
            let trigger = self.trigger(**place);
            matches!(trigger.map(|it| &it.on), Some(On::Any(any)) if any.contains(&what))
        };
        for what in told {
            let of_milestone = |places: &Vec<Place>| {
                let some = places.iter().filter(|place| listens(place, what));
                some.copied().collect()
            };
            let told = index.in_force.iter().map(of_milestone).collect();
            index.told.push(Told { what, places: told });
        }
        index
    }

    /// Those in force while a milestone is not left: its rules, and what it is left by.
    fn of_milestone(&self, milestone: u16) -> (Vec<Place>, Vec<Place>) {
        let rules = self
            .milestones
            .get(usize::from(milestone))
            .map_or(0, |it| it.rules.len());
        let rules = (0..rules as u16).map(|rule| Place::MilestoneRule(milestone, rule));
        let mut enters = Vec::new();
        for (index, to) in self.milestones.iter().enumerate() {
            for (enter, trigger) in to.enter.iter().enumerate() {
                if trigger.from.contains(&milestone) {
                    enters.push(Place::Enter(index as u16, enter as u16));
                }
            }
        }
        (rules.collect(), enters)
    }

    /// The steps of a rule.
    pub(super) const fn code_of(place: Place) -> Option<CodeRef> {
        match place {
            Place::Rule(rule) => Some(CodeRef::Rule(rule)),
            Place::MilestoneRule(milestone, rule) => Some(CodeRef::MilestoneRule(milestone, rule)),
            Place::End(_) | Place::Enter(..) => None,
        }
    }
}

impl Place {
    /// Whether it moves the session, or ends it.
    pub(super) const fn moves(self) -> bool {
        matches!(self, Self::End(_) | Self::Enter(..))
    }

    /// Whether it goes out of force when the milestone is left.
    pub(super) const fn of_milestone(self) -> bool {
        matches!(self, Self::MilestoneRule(..) | Self::Enter(..))
    }
}

impl Run<'_> {
    /// Whether a trigger is told of what happened, and its condition holds.
    pub(super) fn matches(
        &mut self,
        trigger: &Trigger,
        what: Happening,
        session: Option<u64>,
        frame: Option<&Arc<Frame>>,
    ) -> bool {
        let told = matches!(&trigger.on, On::Any(any) if any.contains(&what));
        told && self.permits(trigger, session, frame)
    }

    /// Whether a trigger's condition holds.
    pub(super) fn permits(
        &mut self,
        trigger: &Trigger,
        session: Option<u64>,
        frame: Option<&Arc<Frame>>,
    ) -> bool {
        match &trigger.when {
            Some(when) => self.holds(when, Seen::of(session, frame)),
            None => true,
        }
    }

    /// When a trigger by time is due next, counted from `base`.
    pub(super) fn next_time(
        &mut self,
        trigger: &Trigger,
        session: Option<u64>,
        base: Timestamp,
    ) -> Option<Timestamp> {
        match &trigger.on {
            On::After(time) | On::Every(time) => Some(later(base, *time)),
            On::Schedule { cron, zone } => {
                let seen = Seen::of(session, None);
                let zone = self.zone(zone.as_ref(), seen);
                cron.next(&zone, base)
            }
            On::Any(_) | On::Condition => None,
        }
    }

    /// Sets the timers of triggers that have come into force.
    pub(super) fn arm(&mut self, sid: u64, places: &[Place]) {
        let now = self.now;
        for place in places {
            self.arm_one(sid, *place, now);
        }
    }

    pub(super) fn arm_one(&mut self, sid: u64, place: Place, base: Timestamp) {
        let Some((journey, entry)) = self.session(sid).map(|it| (it.journey, it.entry)) else {
            return;
        };
        let engine = self.engine;
        let Some(trigger) = engine.journeys[journey as usize].trigger(place) else {
            return;
        };
        if let Some(due) = self.next_time(trigger, Some(sid), base) {
            let timer = Timer {
                what: TimerKind::Trigger(place),
                session: Some(sid),
                entry: place.of_milestone().then_some(entry),
            };
            self.timer(due, 1, timer);
        }
    }

    /// A milestone's promise: kept when it is reached, missed when its time comes first.
    pub(super) fn promise(&mut self, sid: u64, milestone: u16, base: Timestamp) {
        let Some(session) = self.session(sid) else {
            return;
        };
        let journey = &self.engine.journeys[session.journey as usize];
        let Some(promise) = &journey.milestones[usize::from(milestone)].promise else {
            return;
        };
        let waits = |timer: &Timer| {
            timer.session == Some(sid) && timer.what == TimerKind::Promise(milestone)
        };
        if session.entered.get(&milestone).is_some() || self.t.timers.values().any(waits) {
            return;
        }
        let timer = Timer {
            what: TimerKind::Promise(milestone),
            session: Some(sid),
            entry: None,
        };
        self.timer(later(base, promise.within), 1, timer);
    }
}

impl Session {
    /// Whether steps of this reach may still wait.
    pub(super) fn reaches(&self, reach: super::state::Reach) -> bool {
        use super::state::Reach;
        !self.ended
            && match reach {
                Reach::Session => true,
                Reach::Entry(entry) => entry == self.entry,
                Reach::Free => false,
            }
    }
}
