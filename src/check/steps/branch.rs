//! `if`, `choose` and `split`: one of several ways is taken.

use crate::cel::{Facts, World};
use crate::check::analysis::Earlier;
use crate::check::context::Checker;
use crate::check::flow::{Scope, State};
use crate::model::{self, StepKind};
use crate::syntax::ast::{Arm, Choice, Expr, Name, SplitBy, Step};

/// Joins the states at the ends of several ways.
pub(super) fn joined(ends: Vec<State>, otherwise: State) -> State {
    ends.into_iter().reduce(State::or).unwrap_or(otherwise)
}

impl Checker<'_> {
    pub(super) fn if_(
        &mut self,
        condition: &Expr,
        then: &[Step],
        otherwise: &[Step],
        scope: &mut Scope,
        state: &mut State,
    ) -> StepKind {
        let place = scope.place(state);
        let typed = self.read(
            condition,
            &place,
            scope,
            state,
            Some(&crate::cel::Type::Bool),
        );
        self.asked(condition, &typed);
        let mut yes = state.clone();
        yes.facts = typed.when_true;
        let mut no = state.clone();
        no.facts = typed.when_false;
        let then = self.steps(then, scope, &mut yes);
        let otherwise = self.steps(otherwise, scope, &mut no);
        *state = yes.or(no);
        StepKind::If {
            condition: typed.model,
            then,
            otherwise,
        }
    }

    pub(super) fn choose(
        &mut self,
        choices: &[Choice],
        scope: &mut Scope,
        state: &mut State,
    ) -> StepKind {
        let mut ends = Vec::new();
        let mut checked = Vec::new();
        let mut rest = Some(state.clone());
        let mut earlier: Vec<Earlier> = Vec::new();
        let mut told = false;
        for choice in choices {
            // What follows `otherwise` is reported elsewhere; it is checked all the same.
            let before = rest.clone().unwrap_or_else(|| state.clone());
            let mut taken = before.clone();
            let when = choice.when.as_ref().map(|when| {
                let place = scope.place(&before);
                let expected = crate::cel::Type::Bool;
                // What it repeats of the branches before it is for the reader.
                let mut alone = before.clone();
                alone.facts.world = state.facts.world.clone();
                let typed = self.read(when, &place, scope, &alone, Some(&expected));
                self.asked(when, &typed);
                let span = when.text.span();
                if !told {
                    told =
                        self.shadowed("this branch is never taken", span, &earlier, &typed.taken);
                }
                let left = typed.left;
                let after = |facts: &mut Facts, known: &Facts, world: &World| {
                    *facts = known.clone();
                    facts.world = before.facts.world.and(world);
                    if facts.world.is_never() {
                        facts.world = state.facts.world.clone();
                    }
                };
                after(&mut taken.facts, &typed.when_true, &typed.taken);
                if let Some(rest) = &mut rest {
                    after(&mut rest.facts, &typed.when_false, &left);
                }
                earlier.push(Earlier { span, left });
                typed.model
            });
            if when.is_none() {
                let span = self.first_line(choice.span);
                if !told && rest.is_some() {
                    let world = state.facts.world.clone();
                    self.shadowed("`otherwise` is never taken", span, &earlier, &world);
                }
                rest = None;
            }
            let steps = self.steps(&choice.steps, scope, &mut taken);
            ends.push(taken);
            checked.push(model::Choice {
                when,
                steps,
                at: self.at(choice.span),
            });
        }
        ends.extend(rest);
        *state = joined(ends, state.clone());
        StepKind::Choose(checked)
    }

    pub(super) fn split(
        &mut self,
        name: &Name,
        by: SplitBy,
        arms: &[Arm],
        scope: &mut Scope,
        state: &mut State,
    ) -> StepKind {
        let mut ends = Vec::new();
        let mut checked = Vec::new();
        for arm in arms {
            let (steps, mut end) = self.block(&arm.steps, scope, state);
            // An arm without weight is never taken.
            end.alive &= arm.weight.value > 0;
            ends.push(end);
            checked.push(model::Arm {
                name: arm.name.text.clone(),
                weight: arm.weight.value,
                steps,
                at: self.at(arm.name.span),
            });
        }
        self.unique("arm", arms.iter().map(|arm| &arm.name));
        *state = joined(ends, state.clone());
        StepKind::Split(model::Split {
            name: name.text.clone(),
            by_session: by == SplitBy::Session,
            arms: checked,
        })
    }
}
