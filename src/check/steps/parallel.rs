//! `parallel`: lists of steps that run side by side and join when all are done.

use std::collections::BTreeSet;

use crate::check::context::Checker;
use crate::check::flow::{Scope, State, both};
use crate::model::StepKind;
use crate::model::env::Here;
use crate::syntax::ast::{Assign, Branch, Step, StepKind as Written, WaitKind};

impl Checker<'_> {
    pub(super) fn parallel(
        &mut self,
        branches: &[Branch],
        scope: &mut Scope,
        state: &mut State,
    ) -> StepKind {
        // What one branch writes, another cannot rely on.
        let mut written = BTreeSet::new();
        for branch in branches {
            writes(&branch.steps, &mut written);
        }
        for path in &written {
            state.facts.forget(path);
        }
        self.acted(&mut state.facts);
        let before = state.clone();
        let mut after: Option<State> = None;
        let mut event = before.event.clone();
        let mut checked = Vec::new();
        for branch in branches {
            let (steps, end) = self.block(&branch.steps, scope, &before);
            checked.push(steps);
            event = last_event(event, &before.event, &end.event);
            after = Some(match after {
                None => end,
                Some(after) => State {
                    event: after.event,
                    facts: after.facts.or(&end.facts),
                    set: both(&after.set, &end.set),
                    // A `goto` or `end` in one stops all.
                    alive: after.alive && end.alive,
                },
            });
        }
        if let Some(after) = after {
            *state = State { event, ..after };
            for path in &written {
                state.facts.forget(path);
            }
            self.acted(&mut state.facts);
        }
        StepKind::Parallel(checked)
    }
}

type Event = Here<crate::model::env::Events>;

/// The event at the join: of the branch that was done last.
fn last_event(so_far: Event, before: &Event, end: &Event) -> Event {
    let unchanged = |event: &Event| match (before, event) {
        (Here::Is(a), Here::Is(b)) => a == b,
        (Here::Not(_), Here::Not(_)) => true,
        _ => false,
    };
    if unchanged(end) {
        so_far
    } else if unchanged(&so_far) {
        end.clone()
    } else {
        crate::check::flow::either(so_far, end.clone())
    }
}

/// The paths that steps write.
pub(in crate::check) fn writes(steps: &[Step], paths: &mut BTreeSet<String>) {
    let mut all = |root: &str, assigns: &[Assign]| {
        paths.extend(
            assigns
                .iter()
                .map(|a| [root, ".", a.target.text()].concat()),
        );
    };
    for step in steps {
        match &step.kind {
            Written::Set(assigns) => all("vars", assigns),
            Written::Update(assigns) => all("traveler", assigns),
            Written::Call { set, .. } => all("vars", set),
            _ => {}
        }
    }
    for step in steps {
        match &step.kind {
            Written::Call { otherwise, .. } => writes(otherwise, paths),
            Written::If {
                then, otherwise, ..
            } => {
                writes(then, paths);
                writes(otherwise, paths);
            }
            Written::Choose { choices } => {
                for choice in choices {
                    writes(&choice.steps, paths);
                }
            }
            Written::Split { arms, .. } => {
                for arm in arms {
                    writes(&arm.steps, paths);
                }
            }
            Written::Decide {
                among, fallback, ..
            } => {
                for offer in among {
                    writes(&offer.steps, paths);
                }
                writes(fallback, paths);
            }
            Written::Parallel(branches) => {
                for branch in branches {
                    writes(&branch.steps, paths);
                }
            }
            Written::Wait(wait) => {
                writes(&wait.then, paths);
                writes(&wait.otherwise, paths);
                if let WaitKind::Any(any) = &wait.kind {
                    for alternative in any {
                        writes(&alternative.then, paths);
                    }
                }
            }
            _ => {}
        }
    }
}
