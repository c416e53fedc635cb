//! What holds as steps run one after the other: which event is being handled, what has been
//! proved to be there, which variables are surely set.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::places::{Cause, either, same};
use crate::cel::Facts;
use crate::model::JourneyId;
use crate::model::env::{Here, Place};
use crate::source::Span;

/// Names of variables.
pub(super) type Set = BTreeSet<Arc<str>>;

/// The state between two steps.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub event: Cause,
    pub facts: Facts,
    /// Variables that are set on every path that leads here.
    pub set: Set,
    /// Nothing comes here: a `goto` or `end` stands before.
    pub ended: bool,
}

impl Flow {
    pub fn new(event: Cause, facts: Facts, set: Set) -> Self {
        Self {
            event,
            facts,
            set,
            ended: false,
        }
    }

    /// What holds where either path may have been taken.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self.ended, other.ended) {
            (true, _) => Self {
                ended: other.ended,
                ..other
            },
            (false, true) => self,
            (false, false) => Self {
                event: either(&self.event, &other.event),
                facts: self.facts.or(&other.facts),
                set: self.set.intersection(&other.set).cloned().collect(),
                ended: false,
            },
        }
    }

    /// Time passes: the event is gone, and what was proved may have changed.
    pub fn wait(&mut self, event: Cause) {
        self.event = event;
        self.facts = Facts::default();
    }
}

/// One way into a milestone: what it brings along.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub event: Cause,
    pub set: Set,
}

impl Entry {
    pub fn or(&self, other: &Self) -> Self {
        Self {
            event: either(&self.event, &other.event),
            set: self.set.intersection(&other.set).cloned().collect(),
        }
    }

    fn same(&self, other: &Self) -> bool {
        same(&self.event, &other.event) && self.set == other.set
    }
}

/// How the sessions of a journey start, move and end: what is common to all ways.
#[derive(Clone, Debug, Default)]
pub(super) struct Causes {
    pub start: Option<Entry>,
    pub end: Option<Entry>,
    /// Milestones that can be reached.
    pub milestones: BTreeMap<Arc<str>, Entry>,
    /// Those that a `goto` leads to: no trigger's condition holds there for sure.
    pub jumped: BTreeSet<Arc<str>>,
}

impl Causes {
    pub fn enter(&mut self, milestone: &Arc<str>, entry: &Entry) {
        let entry = match self.milestones.get(milestone) {
            Some(known) => known.or(entry),
            None => entry.clone(),
        };
        self.milestones.insert(milestone.clone(), entry);
    }

    pub fn started(&mut self, entry: &Entry) {
        self.start = Some(match &self.start {
            Some(known) => known.or(entry),
            None => entry.clone(),
        });
    }

    pub fn ended(&mut self, entry: &Entry) {
        self.end = Some(match &self.end {
            Some(known) => known.or(entry),
            None => entry.clone(),
        });
    }

    /// Adds the ways of another journey: for rules that are bound to both.
    pub fn add(&mut self, other: &Self) {
        for (name, entry) in &other.milestones {
            self.enter(name, entry);
        }
        self.jumped.extend(other.jumped.iter().cloned());
        if let Some(start) = &other.start {
            self.started(start);
        }
        if let Some(end) = &other.end {
            self.ended(end);
        }
    }

    /// Variables that are set in every session, whatever milestone it is in.
    pub fn always_set(&self) -> Set {
        let mut milestones = self.milestones.values();
        let Some(first) = milestones.next() else {
            return Set::new();
        };
        milestones.fold(first.set.clone(), |set, entry| {
            set.intersection(&entry.set).cloned().collect()
        })
    }

    pub fn same(&self, other: &Self) -> bool {
        let both = |a: &Option<Entry>, b: &Option<Entry>| match (a, b) {
            (Some(a), Some(b)) => a.same(b),
            (None, None) => true,
            _ => false,
        };
        both(&self.start, &other.start)
            && both(&self.end, &other.end)
            && self.jumped == other.jumped
            && self.milestones.len() == other.milestones.len()
            && self
                .milestones
                .iter()
                .zip(&other.milestones)
                .all(|((name, a), (other, b))| name == other && a.same(b))
    }
}

/// Where steps run: what does not change from one to the next, and what they do to the journey.
pub(super) struct Scope<'s> {
    /// `event` is that of the flow.
    pub place: Place,
    /// Those whose sessions run the steps: a `goto` must make sense in each.
    pub journeys: Vec<JourneyId>,
    pub causes: &'s Causes,
    /// Variables without `| null` or a default: they are set before they are read.
    pub required: Set,
    /// The `on: end` under which the steps run: the session is over.
    pub over: Option<Span>,
    pub gotos: Vec<(Arc<str>, Entry)>,
    pub ends: Vec<Entry>,
}

impl Scope<'_> {
    pub fn place(&self, flow: &Flow) -> Place {
        Place {
            event: flow.event.clone(),
            ..self.place.clone()
        }
    }
}

/// The cause of what nothing leads to: nothing is said of `event` there.
pub(super) fn cause_of(entry: Option<&Entry>) -> Cause {
    entry.map_or_else(|| Here::Is(Vec::new()), |entry| entry.event.clone())
}

/// The variables that one way surely sets; all that are required where nothing leads here.
pub(super) fn set_of(entry: Option<&Entry>, required: &Set) -> Set {
    entry.map_or_else(|| required.clone(), |entry| entry.set.clone())
}
