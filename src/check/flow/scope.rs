//! Where a body of steps stands: what it can name, and what its steps do to the session.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Names, State, common};
use crate::cel::ObjectType;
use crate::check::flow_notes::Origin;
use crate::model::env::{Events, Here, Place};
use crate::model::{JourneyId, TravelerId};
use crate::source::Span;

/// The surroundings of triggers and steps.
#[derive(Clone)]
pub(in crate::check) struct Scope {
    /// The journey; for a rule outside any, those it is in.
    pub journeys: Arc<[JourneyId]>,
    pub traveler: Option<TravelerId>,
    /// What can be read, `event` aside.
    pub place: Place,
    pub variables: Arc<ObjectType>,
    /// The variables that must be set before they are read.
    pub must_set: Names,
    pub causes: Arc<Causes>,
    /// The session is over: where the rule says so.
    pub over: Option<Span>,
    /// The `goto`s that were met.
    pub gotos: Vec<Goto>,
    /// What holds at each `end` step.
    pub ends: Vec<State>,
    /// What has been set wherever the steps wait or are done.
    pub rest: Option<Names>,
    /// A step could not be read: what it does is not known.
    pub broken: bool,
}

/// A `goto` and what holds there.
#[derive(Clone)]
pub(in crate::check) struct Goto {
    pub milestone: Arc<str>,
    pub state: State,
    pub span: Span,
}

/// What holds when something of the session itself happens.
#[derive(Clone, Default, PartialEq)]
pub(in crate::check) struct Causes {
    pub start: Option<State>,
    pub end: Option<State>,
    /// By milestone.
    pub entered: BTreeMap<Arc<str>, State>,
}

impl Causes {
    /// What holds in both of two journeys.
    pub(crate) fn or(mut self, mut other: Self) -> Self {
        let either = |one: Option<State>, other: Option<State>| match (one, other) {
            (Some(one), Some(other)) => Some(one.or(other)),
            (one, other) => one.or(other),
        };
        self.start = either(self.start, other.start);
        self.end = either(self.end, other.end);
        for (name, state) in &mut self.entered {
            if let Some(more) = other.entered.remove(name) {
                *state = state.clone().or(more);
            }
        }
        self.entered.extend(other.entered);
        self
    }
}

impl Scope {
    /// What can be read where this holds.
    pub(crate) fn place(&self, state: &State) -> Place {
        Place {
            event: state.event.clone(),
            ..self.place.clone()
        }
    }

    pub(crate) fn origin(&self, place: &Place) -> Origin {
        Origin {
            traveler: self.traveler,
            journeys: self.journeys.clone(),
            events: match &place.event {
                Here::Is(events) => events.clone(),
                Here::Not(_) => Events::new(),
            },
            returned: match &place.returned {
                Here::Is(action) => Some(*action),
                Here::Not(_) => None,
            },
        }
    }

    /// The steps wait here, or are done.
    pub(crate) fn rests(&mut self, state: &State) {
        if state.alive {
            let set = match self.rest.take() {
                Some(rest) => common(&rest, &state.set),
                None => state.set.clone(),
            };
            self.rest = Some(set);
        }
    }
}
