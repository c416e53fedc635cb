//! What becomes of a session: whether all that it holds has a place in the journey of the next plan.

use std::sync::Arc;

use super::Crossing;
use super::road::{Ends, Road, by_time};
use crate::cel::{Type, Value};
use crate::engine::adapt::adapt;
use crate::engine::linked::{Delivery, Engine, JourneyType, Op, OpKind};
use crate::engine::state::{Pending, Place, Session, Strand, Traveler, Waiting};
use crate::model::JourneyId;

/// What becomes of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its journey is the same.
    Same,
    /// It goes on in the journey as it is now.
    Moves,
    /// It finishes on the journey as it was, for this reason.
    Stays(String),
    /// It ends with the outcome, for this reason.
    Ends { outcome: Arc<str>, why: String },
}

/// The outcome of a session that has no place in the next plan.
pub const UNDEPLOYED: &str = "undeployed";

impl Crossing {
    /// What becomes of a session, and the road that it takes.
    pub(super) fn fate(&self, t: &Traveler, session: &Session) -> (Fate, Option<&Road>) {
        let roads = &self.roads[session.journey as usize];
        let why = match &roads.next {
            None => "the journey is not in the new plan".to_owned(),
            Some(next) if roads.same => return (Fate::Same, Some(next)),
            Some(next) => {
                if let Some(outcome) = &next.ends[usize::from(session.milestone)] {
                    let why = "its migration ends them".to_owned();
                    let outcome = outcome.clone();
                    return (Fate::Ends { outcome, why }, None);
                }
                match self.fits(t, session, next) {
                    Ok(()) => return (Fate::Moves, Some(next)),
                    Err(why) => why,
                }
            }
        };
        if let Some(kept) = &roads.kept {
            return (Fate::Stays(why), Some(kept));
        }
        let outcome = UNDEPLOYED.into();
        (Fate::Ends { outcome, why }, None)
    }

    pub(super) fn ends<'a>(&'a self, journey: u32, road: &Road) -> Ends<'a> {
        Ends {
            from: &self.from,
            a: &self.from.journeys[journey as usize],
            to: &self.to,
            b: &self.to.journeys[road.to as usize],
        }
    }

    /// Whether a session has a place in a changed journey; else why not.
    fn fits(&self, t: &Traveler, session: &Session, road: &Road) -> Result<(), String> {
        let ends = self.ends(session.journey, road);
        let (a, b) = (ends.a, ends.b);
        let name = |milestone: u16| &a.milestones[usize::from(milestone)].name;
        let Some(target) = road.milestones[usize::from(session.milestone)] else {
            let name = name(session.milestone);
            return Err(format!("there is no milestone `{name}` any more"));
        };
        if let Some(gone) = (session.entered.keys())
            .find(|it| road.milestones[usize::from(**it)].is_none())
            .filter(|it| road.ends[usize::from(**it)].is_none())
        {
            let gone = name(*gone);
            return Err(format!(
                "they were in `{gone}`, and there is no such milestone any more"
            ));
        }
        let key = |engine: &Engine, id: u32| engine.vocabulary.journey(JourneyId(id)).key.clone();
        if key(ends.from, session.journey) != key(ends.to, road.to) {
            return Err("the key of the journey has changed".to_owned());
        }
        for (field, old) in b.vars.fields.iter().zip(&road.vars) {
            let name = &field.name;
            match old {
                Some(old) => {
                    let (value, from) = (&session.vars[*old], &a.vars.fields[*old].ty);
                    if adapted(value, from, &field.ty).is_none() {
                        return Err(format!(
                            "the variable `{name}` is of type `{}` now",
                            field.ty
                        ));
                    }
                }
                None if field.default.is_none() && !field.ty.is_nullable() => {
                    return Err(format!(
                        "the new variable `{name}` has no default, and may not be absent"
                    ));
                }
                None => {}
            }
        }
        let declared = road.declared[usize::from(session.milestone)];
        if !declared {
            self.steps_fit(t, session, road)?;
            times_fit(&ends, session, road, target)?;
        }
        Ok(())
    }

    /// Whether what waits can go on waiting.
    fn steps_fit(&self, t: &Traveler, session: &Session, road: &Road) -> Result<(), String> {
        let ends = self.ends(session.journey, road);
        for strand in &session.strands {
            let name = waits_in(ends.a, strand);
            if road.spot(&ends, strand).is_none() {
                return Err(format!("they wait in the step `{name}`, which is no more"));
            }
            if let Some(frame) = &strand.frame
                && self.frame(frame).is_none()
            {
                let event = &ends.from.events[frame.event.index()].name;
                return Err(format!(
                    "they wait in `{name}` with the event `{event}`, which is another now"
                ));
            }
            if strand.waiting == Waiting::On {
                let times = |journey: &JourneyType, spot: Option<_>| -> (usize, Option<_>) {
                    let op = spot.and_then(|(code, ip)| journey.op(code, ip));
                    match op.map(|op| &op.kind) {
                        Some(OpKind::WaitOn { any, timeout, .. }) => {
                            let timed = any.iter().filter(|it| by_time(&it.0.on));
                            (timed.count(), *timeout)
                        }
                        _ => (0, None),
                    }
                };
                let old = times(ends.a, Some((strand.code, strand.ip)));
                let new = times(ends.b, road.spot(&ends, strand));
                let any = ends.a.alternatives(strand.code, strand.ip);
                let found = road.alternatives(&ends, strand);
                let lost = (any.iter().zip(&found))
                    .any(|(it, found)| by_time(&it.0.on) && found.is_none());
                if old != new || lost {
                    return Err(format!("the times of the wait `{name}` have changed"));
                }
            }
        }
        let outbox = t.rare.get().map_or(&[][..], |rare| &rare.outbox);
        for deferred in outbox.iter().filter(|it| it.action.sid == session.sid) {
            if self.parcel(&deferred.action, road).is_none() {
                let name = &ends.from.deliveries[deferred.action.delivery].name;
                return Err(format!("`{name}` is deferred, and is another now"));
            }
        }
        Ok(())
    }

    /// The delivery of an action of a session that takes this road, and its parameters there.
    pub(super) fn parcel(&self, action: &Pending, road: &Road) -> Option<(usize, Value)> {
        let old = &self.from.deliveries[action.delivery];
        let same = |it: &&Delivery| it.name == old.name && it.send == old.send;
        let used = self.to.journeys[road.to as usize].deliveries();
        let mut used = used.filter(|it| same(&&self.to.deliveries[*it]));
        let people = self.people[old.traveler.index()].as_ref()?;
        let there = used.next().or_else(|| {
            // No step sends it any more, and what is on its way is still to go.
            (self.to.deliveries.iter())
                .position(|it| same(&it) && it.counted.is_none() && it.traveler == people.to)
        })?;
        let (from, to) = (old.params.clone(), self.to.deliveries[there].params.clone());
        let with = adapt(&action.with, &Type::Object(from), &Type::Object(to))?;
        Some((there, with))
    }
}

/// The step that a strand waits in, by its id. One that waits for others stands behind the step that
/// made them.
fn waits_in<'a>(journey: &'a JourneyType, strand: &Strand) -> &'a str {
    let forked = |op: &&Op| matches!(&op.kind, OpKind::Fork { join, .. } if *join == strand.ip);
    let op = match strand.waiting {
        Waiting::Join(_) => journey
            .code(strand.code)
            .and_then(|code| code.ops.iter().find(forked)),
        _ => journey.op(strand.code, strand.ip),
    };
    op.map_or("", |op| &op.id)
}

/// Whether the times that are running there are the ones that are meant now.
fn times_fit(ends: &Ends<'_>, session: &Session, road: &Road, target: u16) -> Result<(), String> {
    let timed = |journey: &JourneyType, milestone: u16| -> Vec<Place> {
        let places = journey.in_force(milestone).iter().copied();
        let by_time = |it: &Place| journey.trigger(*it).is_some_and(|it| by_time(&it.on));
        places.filter(by_time).collect()
    };
    let old = timed(ends.a, session.milestone);
    let same = old.iter().all(|it| road.timed(ends, *it).is_some());
    let name = &ends.a.milestones[usize::from(session.milestone)].name;
    if !same || old.len() != timed(ends.b, target).len() {
        return Err(format!("the times of `{name}` have changed"));
    }
    for (index, milestone) in ends.b.milestones.iter().enumerate() {
        let mut all = (0..ends.a.milestones.len() as u16)
            .filter(|it| road.milestones[usize::from(*it)] == Some(index as u16));
        let old = all.next();
        if old.is_some_and(|it| session.entered.get(&it).is_some()) {
            continue;
        }
        let promise = |journey: &JourneyType, milestone: u16| {
            let promise = journey.milestones[usize::from(milestone)]
                .promise
                .as_ref()?;
            Some((promise.within, promise.of))
        };
        // Only what runs already matters: others begin when their time comes.
        let was_in = |of: u16| session.entered.get(&of).is_some();
        let before = (old.and_then(|it| promise(ends.a, it)))
            .filter(|(_, of)| of.is_none_or(was_in))
            .map(|(within, of)| (within, of.map(|it| road.milestones[usize::from(it)])));
        let was_there = |of: u16| {
            let mut entered = session.entered.keys();
            entered.any(|it| road.milestones[usize::from(*it)] == Some(of))
        };
        let after = promise(ends.b, index as u16)
            .filter(|(_, of)| of.is_none_or(was_there))
            .map(|(within, of)| (within, of.map(Some)));
        if before != after {
            return Err(format!("the promise of `{}` has changed", milestone.name));
        }
    }
    let lost = (ends.a.milestones.iter().enumerate())
        .find(|(index, it)| it.promise.is_some() && road.milestones[*index].is_none());
    match lost {
        Some((_, milestone)) => Err(format!("the promise of `{}` is no more", milestone.name)),
        None => Ok(()),
    }
}

/// A variable's value there. One that was never set stays so, whatever its type.
pub(super) fn adapted(value: &Value, from: &Type, to: &Type) -> Option<Value> {
    if value.is_null() && !from.is_nullable() {
        return Some(Value::Null);
    }
    adapt(value, from, to)
}

impl JourneyType {
    /// What its steps send and call.
    fn deliveries(&self) -> impl Iterator<Item = usize> {
        let rules = self.milestones.iter().flat_map(|it| &it.rules);
        let codes = (self.milestones.iter().map(|it| &it.code))
            .chain(self.rules.iter().chain(rules).map(|it| &it.code));
        codes
            .flat_map(|code| &code.ops)
            .filter_map(|op| match &op.kind {
                OpKind::Send { delivery, .. } | OpKind::Call { delivery, .. } => Some(*delivery),
                _ => None,
            })
    }
}
