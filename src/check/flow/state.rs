//! What is known at one point of the steps.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cel::Facts;
use crate::model::env::{Events, Here};

/// Names of variables. A copy costs nothing: what does not change is shared.
pub(in crate::check) type Names = Arc<BTreeSet<Arc<str>>>;

/// The names that are among both.
pub(in crate::check) fn common(one: &Names, other: &Names) -> Names {
    if Arc::ptr_eq(one, other) || one.is_subset(other) {
        return Arc::clone(one);
    }
    Arc::new(one.intersection(other).cloned().collect())
}

/// The names that are among either.
pub(in crate::check) fn both(one: &Names, other: &Names) -> Names {
    if Arc::ptr_eq(one, other) || other.is_subset(one) {
        return Arc::clone(one);
    }
    Arc::new(one.union(other).cloned().collect())
}

/// What holds at a point, on every path that leads there.
#[derive(Clone, Debug)]
pub(in crate::check) struct State {
    /// The events one of which is being handled.
    pub event: Here<Events>,
    pub facts: Facts,
    /// The variables without `| null` and default that have been set.
    pub set: Names,
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
    pub(crate) fn new(event: Here<Events>, set: Names) -> Self {
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
            set: common(&self.set, &other.set),
            alive: true,
        }
    }

    /// The session has waited: nothing that was proved need hold any longer.
    pub(crate) fn waited(&mut self, event: Here<Events>) {
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
pub(in crate::check) fn either(one: Here<Events>, other: Here<Events>) -> Here<Events> {
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
