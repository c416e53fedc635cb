//! What is known at one point of the steps.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cel::Facts;
use crate::model::EventId;
use crate::model::env::Here;

/// What holds at a point, on every path that leads there.
#[derive(Clone, Debug)]
pub(in crate::check) struct State {
    /// The events one of which is being handled.
    pub event: Here<Vec<EventId>>,
    pub facts: Facts,
    /// The variables without `| null` and default that have been set.
    pub set: BTreeSet<Arc<str>>,
    /// A path leads here.
    pub alive: bool,
}

impl PartialEq for State {
    /// Why `event` is not here makes no difference.
    fn eq(&self, other: &Self) -> bool {
        let same_event = match (&self.event, &other.event) {
            (Here::Is(a), Here::Is(b)) => a == b,
            (Here::Not(_), Here::Not(_)) => true,
            _ => false,
        };
        same_event
            && self.facts == other.facts
            && self.set == other.set
            && self.alive == other.alive
    }
}

impl State {
    pub(crate) fn new(event: Here<Vec<EventId>>, set: BTreeSet<Arc<str>>) -> Self {
        Self {
            event,
            facts: Facts::default(),
            set,
            alive: true,
        }
    }

    /// What holds where either holds; a path that does not get there does not count.
    #[must_use]
    pub(crate) fn or(self, other: Self) -> Self {
        if !other.alive {
            return self;
        }
        if !self.alive {
            return other;
        }
        Self {
            event: either(self.event, other.event),
            facts: self.facts.or(&other.facts),
            set: self.set.intersection(&other.set).cloned().collect(),
            alive: true,
        }
    }

    /// The session has waited: nothing that was proved need hold any longer.
    pub(crate) fn waited(&mut self, event: Here<Vec<EventId>>) {
        self.event = event;
        self.facts = Facts::default();
    }

    /// Forgets what only a part of the roots proves.
    pub(crate) fn keep_facts(&mut self, roots: &[&str]) {
        let mut kept = Facts::default();
        for path in self.facts.paths() {
            let root = path.split('.').next().unwrap_or(path);
            if roots.contains(&root) {
                kept.assume(Arc::clone(path));
            }
        }
        self.facts = kept;
    }
}

/// The event where either path led here: one of both; none where one has none.
pub(in crate::check) fn either(
    one: Here<Vec<EventId>>,
    other: Here<Vec<EventId>>,
) -> Here<Vec<EventId>> {
    match (one, other) {
        (Here::Is(mut events), Here::Is(more)) => {
            for event in more {
                if !events.contains(&event) {
                    events.push(event);
                }
            }
            Here::Is(events)
        }
        (Here::Not(absent), _) | (_, Here::Not(absent)) => Here::Not(absent),
    }
}
