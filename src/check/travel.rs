//! The way through a journey: every body is checked with what is known before it.
//!
//! What is known before a body depends on the bodies that lead to it, in circles too: each is
//! checked until nothing changes. What is known only ever becomes less, so this comes to an end.

use std::sync::Arc;

use super::context::Checker;
use super::flow::{Names, State, Unit, both, common};
use super::milestones::{Journeying, Place};
use super::triggers::{Role, trigger_span};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::env::{Events, Here};
use crate::syntax::ast::{On, Trigger, TriggerKind};

/// How often all bodies of a journey are looked at, at the most.
const MAX_ROUNDS: usize = 50;

/// After so many rounds every other one goes from the last milestone to the first.
const UP_FROM: usize = 3;

impl Checker<'_> {
    /// Checks all bodies of a journey until what is known before each holds.
    pub(super) fn travel(&mut self, journey: &mut Journeying<'_>) {
        self.starts(journey);
        for round in 1.. {
            if round > MAX_ROUNDS {
                let message = format!(
                    "what holds in the milestones of `{}` depends on too many others",
                    journey.decl.name
                );
                self.report(
                    Diagnostic::new(&codes::LIMIT_EXCEEDED, journey.decl.name.span, message)
                        .help("set the variables where the session starts, or give them a default"),
                );
                break;
            }
            let before: Vec<_> = journey
                .milestones
                .iter()
                .map(|m| (m.entry.clone(), m.rest.clone(), m.hears))
                .collect();
            let causes = journey.scope.causes.clone();
            let count = journey.milestones.len();
            for at in 0..count {
                // What many milestones hand up takes one round, as what they hand down.
                let up = round > UP_FROM && round % 2 == 0;
                let index = if up { count - 1 - at } else { at };
                self.entered(journey, index);
                self.stays(journey, index);
            }
            self.everywhere(journey);
            journey.scope.causes = Arc::new(journey.causes());
            let after = journey.milestones.iter();
            let same = (before.iter().zip(after)).all(|((entry, rest, hears), after)| {
                (entry, rest, *hears) == (&after.entry, &after.rest, after.hears)
            });
            if same && causes == journey.scope.causes {
                break;
            }
        }
        self.unreached(journey);
    }

    fn starts(&mut self, journey: &mut Journeying<'_>) {
        let mut scope = journey.scope.clone();
        scope.place = Self::before_start(&scope.place);
        let before = State::new(Here::Is(Events::new()), Names::default());
        let mut units = std::mem::take(&mut journey.start);
        for (unit, written) in units.iter_mut().zip(&journey.decl.start) {
            self.unit(unit, &scope, &before, |checker, scope, before| {
                checker.trigger(written, Role::Start, scope, before)
            });
            if let (Some(unit), false) = (unit, journey.milestones.is_empty()) {
                journey.enters(0, unit.made.state.clone(), trigger_span(written));
            }
        }
        journey.start = units;
        if let Some(first) = journey.milestones.first_mut()
            && first.entry.is_none()
        {
            first.entry = Some(State::new(
                Here::Is(Events::new()),
                Names::clone(&scope.must_set),
            ));
        }
    }

    /// The triggers of a milestone's `enter` that can fire.
    fn entered(&mut self, journey: &mut Journeying<'_>, index: usize) {
        let decl = journey.milestones[index].decl;
        for (at, written) in decl.enter.iter().enumerate() {
            let from = &journey.milestones[index].from[at];
            let hears = comes_later(written);
            let rest = |m: &Place<'_>| m.rest.clone().filter(|_| m.hears || !hears);
            let mut rests = from
                .milestones
                .iter()
                .filter_map(|from| rest(&journey.milestones[*from]))
                .collect::<Vec<_>>();
            if from.any {
                rests.extend(journey.milestones.iter().filter_map(rest));
            }
            let set = rests.into_iter().reduce(|a, b| common(&a, &b));
            let Some(set) = set else { continue };
            let state = self.enter(journey, index, at, set);
            journey.enters(index, state, trigger_span(written));
        }
    }

    fn enter(
        &mut self,
        journey: &mut Journeying<'_>,
        index: usize,
        at: usize,
        set: Names,
    ) -> State {
        let milestone = &mut journey.milestones[index];
        let before = State::new(Here::Is(Events::new()), set);
        let written = &milestone.decl.enter[at];
        let unit = &mut milestone.enter[at];
        self.unit(unit, &journey.scope, &before, |checker, scope, before| {
            checker.trigger(written, Role::Enter, scope, before)
        });
        unit.as_ref().map_or(before, |unit| unit.made.state.clone())
    }

    /// The steps and rules of a milestone that is reached.
    fn stays(&mut self, journey: &mut Journeying<'_>, index: usize) {
        let Some(entry) = journey.milestones[index].entry.clone() else {
            return;
        };
        let over = journey.is_over_at_once();
        let milestone = &mut journey.milestones[index];
        let decl = milestone.decl;
        self.unit(
            &mut milestone.steps,
            &journey.scope,
            &entry,
            |checker, scope, before| {
                let mut state = before.clone();
                let steps = checker.steps(&decl.steps, scope, &mut state);
                scope.rests(&state);
                steps
            },
        );
        let mut gotos = Vec::new();
        let mut rest = entry.set.clone();
        if let Some(unit) = &milestone.steps {
            rest = unit.rest.iter().fold(rest, |rest, more| both(&rest, more));
            gotos.extend(unit.gotos.iter().cloned());
        }
        milestone.rest = Some(rest.clone());
        let leaves = |unit: &Unit<_>| unit.rest.is_none() && !unit.broken;
        milestone.hears = !over && !milestone.steps.as_ref().is_some_and(leaves);
        let before = State::new(Here::Is(Events::new()), rest);
        for (unit, rule) in milestone.rules.iter_mut().zip(&decl.rules) {
            self.unit(unit, &journey.scope, &before, |checker, scope, before| {
                checker.rule(rule, scope, before)
            });
            gotos.extend(unit.iter().flat_map(|unit| unit.gotos.clone()));
        }
        journey.go(gotos);
    }

    /// What holds in every milestone: the journey's rules, those outside it, and `end`.
    fn everywhere(&mut self, journey: &mut Journeying<'_>) {
        let before = State::new(Here::Is(Events::new()), journey.rest());
        let scope = &journey.scope;
        let mut gotos = Vec::new();
        let own = journey.rules.iter_mut().zip(&journey.decl.rules);
        let global = journey
            .global
            .iter_mut()
            .map(|(rule, unit)| (unit, &**rule));
        for (unit, rule) in own.chain(global) {
            self.unit(unit, scope, &before, |checker, scope, before| {
                checker.rule(rule, scope, before)
            });
            gotos.extend(unit.iter().flat_map(|unit| unit.gotos.clone()));
        }
        for (unit, written) in journey.end.iter_mut().zip(&journey.decl.end) {
            self.unit(unit, scope, &before, |checker, scope, before| {
                checker.trigger(written, Role::End, scope, before)
            });
        }
        journey.go(gotos);
    }

    /// Milestones that nothing leads to are told, and their bodies checked by themselves.
    fn unreached(&mut self, journey: &mut Journeying<'_>) {
        let all = Names::clone(&journey.scope.must_set);
        let unreached: Vec<usize> = (0..journey.milestones.len())
            .filter(|index| journey.milestones[*index].entry.is_none())
            .collect();
        let broken = journey.is_broken();
        for index in unreached {
            if !broken {
                self.unreachable(journey, index);
            }
            let mut entry: Option<State> = None;
            for at in 0..journey.milestones[index].enter.len() {
                let state = self.enter(journey, index, at, all.clone());
                entry = Some(match entry {
                    Some(before) => before.or(state),
                    None => state,
                });
            }
            let entry = entry.unwrap_or_else(|| State::new(Here::Is(Events::new()), all.clone()));
            let milestone = &mut journey.milestones[index];
            let decl = milestone.decl;
            self.unit(
                &mut milestone.steps,
                &journey.scope,
                &entry,
                |checker, scope, before| checker.steps(&decl.steps, scope, &mut before.clone()),
            );
            let before = State::new(Here::Is(Events::new()), all.clone());
            for (unit, rule) in milestone.rules.iter_mut().zip(&decl.rules) {
                self.unit(unit, &journey.scope, &before, |checker, scope, before| {
                    checker.rule(rule, scope, before)
                });
            }
        }
        // Triggers whose `from` is never reached, of milestones that others lead to.
        for index in 0..journey.milestones.len() {
            for at in 0..journey.milestones[index].enter.len() {
                if journey.milestones[index].enter[at].is_none() {
                    self.enter(journey, index, at, all.clone());
                }
            }
        }
    }
}

/// Whether a trigger fires only at events and times that come after a milestone was entered and its
/// steps have run up to their first wait.
fn comes_later(trigger: &Trigger) -> bool {
    match &trigger.kind {
        TriggerKind::On(ons) => ons.iter().all(|on| matches!(on, On::Event(_))),
        TriggerKind::After(time) => time.value.is_positive(),
        TriggerKind::Every(_) | TriggerKind::Schedule { .. } => true,
        TriggerKind::Condition => false,
    }
}
