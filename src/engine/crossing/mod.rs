//! From plan to plan: travelers who are known under one engine go on under another.
//!
//! A [`Crossing`] is made of two engines and what their deployment decided of each journey
//! ([`Passage`]). [`fate`] says what becomes of a session, [`road`] which part of a journey is
//! which of another, [`people`] takes along what is known of the traveler, [`carry`] all of it, and [`arrive`] sets
//! what comes into force. It
//! decides nothing about journeys as a whole, and keeps nothing: that is `deploy`'s.
//!
//! What a traveler is after a crossing depends on what they were before, and on the time of the
//! deployment, not on when it is made: it can wait until they are looked at again.

mod arrive;
mod carry;
mod fate;
mod people;
mod record;
mod road;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::linked::Engine;
use super::listener::Listener;
use super::state::{Frame, State, Traveler};
use crate::model::{Migrate, Model};

pub use fate::{Fate, UNDEPLOYED};
use people::People;
pub use people::same_trait;
pub use record::admit_across;
use road::Road;

/// What a deployment makes of the sessions of a journey.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passage {
    /// The journey of the next plan, for those that fit it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Arc<str>>,
    /// It is the same, and all fit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub same: bool,
    /// The journey as it was, in the next plan, for those that do not. Without it they end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Arc<str>>,
    /// What the next plan declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migrate: Option<Migrate>,
}

/// By journey of the plan before.
pub type Passages = BTreeMap<Arc<str>, Passage>;

/// The way from one plan to the next.
#[derive(Debug)]
pub struct Crossing {
    from: Arc<Engine>,
    to: Arc<Engine>,
    /// When the next plan was deployed.
    at: Timestamp,
    /// By type of traveler: which it is there.
    people: Vec<Option<People>>,
    /// By journey.
    roads: Vec<Roads>,
}

/// The ways of the sessions of a journey.
#[derive(Debug)]
struct Roads {
    next: Option<Road>,
    same: bool,
    kept: Option<Road>,
}

/// What would become of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// The journey, as the plan before calls it.
    pub journey: Arc<str>,
    pub milestone: Arc<str>,
    pub fate: Fate,
}

impl Crossing {
    /// The way from an engine and the model that it is of to the next, deployed at that time.
    pub fn new(
        from: (&Model, &Arc<Engine>),
        to: (&Model, &Arc<Engine>),
        passages: &Passages,
        at: Timestamp,
    ) -> Self {
        let ((old, from), (new, to)) = (from, to);
        let roads = (from.vocabulary.journeys.iter().zip(&from.journeys))
            .map(|(head, journey)| {
                let nothing = Passage::default();
                let passage = passages.get(&head.name).unwrap_or(&nothing);
                let road = |name: &Option<Arc<str>>, migrate: Option<&Migrate>| {
                    let id = to.vocabulary.find_journey(name.as_ref()?)?;
                    Some(Road::new(journey, to, id.0, migrate))
                };
                let migrate = passage.migrate.as_ref();
                Roads {
                    // What is the same has nothing to migrate: that was done before.
                    next: road(&passage.next, migrate.filter(|_| !passage.same)),
                    same: passage.same,
                    kept: road(&passage.kept, None),
                }
            })
            .collect();
        Self {
            at,
            people: (0..from.travelers.len())
                .map(|index| People::new((old, from), index, (new, to)))
                .collect(),
            roads,
            from: from.clone(),
            to: to.clone(),
        }
    }

    /// What would become of each session: nothing changes.
    pub fn outlook(&self, state: &State, tell: &mut dyn FnMut(Outlook)) {
        for traveler in state.travelers.iter().flatten() {
            self.outlook_on(traveler, tell);
        }
    }

    fn outlook_on(&self, traveler: &Traveler, tell: &mut dyn FnMut(Outlook)) {
        for session in &traveler.sessions {
            let head = &self.from.vocabulary.journeys[session.journey as usize];
            tell(Outlook {
                journey: head.name.clone(),
                milestone: head.milestones[usize::from(session.milestone)].clone(),
                fate: self.fate(traveler, session).0,
            });
        }
    }

    /// How many travelers are of a type that the next plan does not have: they are forgotten.
    pub fn forgotten(&self, state: &State) -> usize {
        let all = state.travelers.iter().flatten();
        all.filter(|it| self.people[it.ty.index()].is_none())
            .count()
    }

    /// All travelers, under the next plan.
    pub fn cross(&self, mut state: State, out: &mut Listener<'_>) -> State {
        let travelers = std::mem::take(&mut state.travelers);
        let mut next = State {
            handled: state.handled,
            inputs: state.inputs,
            options: state.options,
            ..State::default()
        };
        for traveler in travelers {
            let traveler = traveler.and_then(|it| self.carry(it, &next.options, out));
            if let Some(traveler) = &traveler {
                for (identity, value) in &traveler.leads {
                    let number = traveler.number;
                    next.directory.add(traveler.ty, *identity, value, number);
                }
                for session in &traveler.sessions {
                    for key in session.strands.iter().filter_map(|it| it.asked.as_ref()) {
                        next.asked.insert(key.clone(), traveler.number);
                    }
                }
                if let Some((key, _)) = traveler.timers.first() {
                    next.due.insert((key.due, traveler.number));
                }
            }
            next.travelers.push(traveler);
        }
        next
    }

    /// An event that a strand remembers, there; none where it is no such event any more.
    fn frame(&self, frame: &Frame) -> Option<Frame> {
        let old = &self.from.events[frame.event.index()];
        let event = self.to.vocabulary.find_event(&old.name)?;
        let payload = &self.to.events[event.index()].payload;
        Some(Frame {
            event,
            payload: super::adapt::adapt(&frame.payload, &old.payload, payload)?,
            ..frame.clone()
        })
    }
}
