//! Everything that something can set off: rules, starts, ways into milestones, ends.

use std::sync::Arc;

use super::facts::{Facts, Whose};
use super::map::Map;
use super::visit::listens;
use crate::cel::Literal;
use crate::syntax::ast::{
    Expr, Journey, Name, Reentry, Rule, Step, Trigger, TriggerKind, WhileActive,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Of a milestone, by index, or of the whole journey.
    Rule(Option<usize>),
    Start,
    Enter(usize),
    End,
}

pub(super) struct Listener<'w> {
    pub journey: usize,
    pub decl: &'w Journey,
    pub role: Role,
    pub trigger: &'w Trigger,
    /// Of a milestone that is entered they stand there.
    pub steps: &'w [Step],
    /// What it is called after.
    named: &'w Name,
}

/// What has happened, for a type of travelers.
#[derive(Clone)]
pub(super) enum Happened {
    /// As a trigger names it: `shop.order_placed`.
    Named(Arc<str>),
    /// In sessions of one journey: `start`, `milestone.ordered`.
    Within(usize, Arc<str>),
    /// The condition of a listener may have turned true.
    Turned(usize),
}

/// All listeners, in the order of the journeys and of the file.
pub(super) fn listeners<'w>(maps: &[Map<'w>]) -> Vec<Listener<'w>> {
    let mut all = Vec::new();
    for (journey, map) in maps.iter().enumerate() {
        let decl = map.decl;
        let mut add = |role, trigger: &'w Trigger, steps: &'w [Step], named: &'w Name| {
            all.push(Listener {
                journey,
                decl,
                role,
                trigger,
                steps,
                named,
            });
        };
        for start in &decl.start {
            add(Role::Start, start, &[], &decl.name);
        }
        let mut rule = |role, rule: &'w Rule| {
            add(role, &rule.trigger, &rule.steps, &rule.name);
        };
        for it in map.outside.iter().copied().chain(&decl.rules) {
            rule(Role::Rule(None), it);
        }
        for (index, milestone) in decl.milestones.iter().enumerate() {
            for it in &milestone.rules {
                rule(Role::Rule(Some(index)), it);
            }
        }
        for end in &decl.end {
            add(Role::End, end, &[], &decl.name);
        }
        for (index, milestone) in decl.milestones.iter().enumerate() {
            for enter in &milestone.enter {
                add(Role::Enter(index), enter, &[], &milestone.name);
            }
        }
    }
    all
}

/// The key under which the milestone of a journey's session is kept.
pub(super) fn milestone_key(journey: usize) -> String {
    format!("at/{journey}")
}

/// A milestone, as it is kept there.
pub(super) fn kept(milestone: usize) -> Literal {
    Literal::Int(i64::try_from(milestone).unwrap_or(i64::MAX))
}

/// The key under which it is kept whether a journey has a session.
pub(super) fn active_key(journey: usize) -> String {
    format!("active/{journey}")
}

/// The key under which the truth of a listener's condition is kept.
pub(super) fn truth_key(listener: usize) -> String {
    format!("truth/{listener}")
}

impl Listener<'_> {
    /// What it is called in a message.
    pub(super) fn name(&self) -> String {
        let name = self.named;
        match self.role {
            Role::Start => format!("the start of `{name}`"),
            Role::Rule(_) => format!("rule `{name}`"),
            Role::End => format!("the end of `{name}`"),
            Role::Enter(_) => format!("milestone `{name}`"),
        }
    }

    /// Its condition, where that is all that it listens to.
    pub(super) fn turning(&self) -> Option<&Expr> {
        let only = matches!(self.trigger.kind, TriggerKind::Condition);
        self.trigger.when.as_ref().filter(|_| only)
    }

    pub(super) fn traveler(&self) -> &Arc<str> {
        &self.decl.traveler.text
    }

    /// Whether it may be in force and its condition may hold, with what is known.
    pub(super) fn may_fire(&self, map: &Map<'_>, facts: &Facts, whose: Whose<'_>) -> bool {
        let holds =
            (self.trigger.when.as_ref()).is_none_or(|when| facts.holds(when, whose) != Some(false));
        let active = facts.get(&active_key(self.journey));
        let at = match facts.get(&milestone_key(self.journey)) {
            Some(Literal::Int(at)) => usize::try_from(*at).ok(),
            _ => None,
        };
        let late = ["start", "end"]
            .iter()
            .any(|what| listens(self.trigger, what).is_some());
        let running = late || active != Some(&Literal::Bool(false));
        holds
            && match self.role {
                Role::Start => {
                    let restarts = self.decl.while_active == WhileActive::Restart;
                    let again = match &self.decl.reentry {
                        Reentry::Always => true,
                        Reentry::Never => false,
                        Reentry::After { wait, .. } => wait.value.is_zero(),
                    };
                    restarts || (again && active != Some(&Literal::Bool(true)))
                }
                Role::Rule(Some(milestone)) => running && at.is_none_or(|at| at == milestone),
                Role::Rule(None) | Role::End => running,
                Role::Enter(to) => running && at.is_none_or(|at| map.is_from(self.trigger, to, at)),
            }
    }
}
