//! Steps that branch: each way is checked with what its condition proves; after it holds what
//! holds on every way.

use super::super::context::Checker;
use super::super::flow::{Flow, Scope};
use super::super::places::{Cause, gone, same};
use crate::cel::Type;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{self, StepKind};
use crate::syntax::ast::{Arm, Branch, Choice, Expr, Name, Offer, SplitBy, Step};

impl Checker<'_> {
    pub(super) fn branch_if(
        &mut self,
        condition: &Expr,
        then: &[Step],
        otherwise: &[Step],
        scope: &mut Scope<'_>,
        flow: &mut Flow,
    ) -> StepKind {
        let typed = self.in_flow(condition, scope, flow, Some(&Type::Bool));
        let mut yes = Flow {
            facts: typed.when_true,
            ..flow.clone()
        };
        let mut no = Flow {
            facts: typed.when_false,
            ..flow.clone()
        };
        let then = self.steps(then, scope, &mut yes);
        let otherwise = self.steps(otherwise, scope, &mut no);
        *flow = yes.or(no);
        StepKind::If {
            condition: typed.model,
            then,
            otherwise,
        }
    }

    pub(super) fn choose(
        &mut self,
        choices: &[Choice],
        scope: &mut Scope<'_>,
        flow: &mut Flow,
    ) -> StepKind {
        let mut rest = Some(flow.clone());
        let mut after: Option<Flow> = None;
        let mut out = Vec::new();
        for choice in choices {
            // What stands after `otherwise` is never chosen; it is checked all the same.
            let mut before = rest.clone().unwrap_or_else(|| flow.clone());
            let when = choice.when.as_ref().map(|when| {
                let typed = self.in_flow(when, scope, &before, Some(&Type::Bool));
                if let Some(rest) = &mut rest {
                    rest.facts = typed.when_false.clone();
                }
                before.facts = typed.when_true;
                typed.model
            });
            if when.is_none() {
                rest = None;
            }
            let steps = self.steps(&choice.steps, scope, &mut before);
            out.push(model::Choice {
                when,
                steps,
                at: self.at(choice.span),
            });
            after = Some(match after {
                Some(known) => known.or(before),
                None => before,
            });
        }
        *flow = match (after, rest) {
            (Some(after), Some(rest)) => after.or(rest),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => flow.clone(),
        };
        StepKind::Choose(out)
    }

    pub(super) fn split(
        &mut self,
        name: &Name,
        by: SplitBy,
        arms: &[Arm],
        scope: &mut Scope<'_>,
        flow: &mut Flow,
    ) -> StepKind {
        self.unique("arm", arms.iter().map(|arm| &arm.name));
        if !arms.is_empty() && arms.iter().all(|arm| arm.weight.value == 0) {
            self.report(
                Diagnostic::new(
                    &codes::INVALID_VALUE,
                    name.span,
                    format!("no arm of `{name}` has a weight above zero"),
                )
                .help("give at least one arm a share"),
            );
        }
        let mut after: Option<Flow> = None;
        let mut out = Vec::new();
        for arm in arms {
            let mut taken = flow.clone();
            let steps = self.steps(&arm.steps, scope, &mut taken);
            out.push(model::Arm {
                name: arm.name.text.clone(),
                weight: arm.weight.value,
                steps,
            });
            after = Some(match after {
                Some(known) => known.or(taken),
                None => taken,
            });
        }
        if let Some(after) = after {
            *flow = after;
        }
        StepKind::Split(model::Split {
            name: name.text.clone(),
            by_session: by == SplitBy::Session,
            arms: out,
        })
    }

    pub(super) fn decide(
        &mut self,
        name: &Name,
        among: &[Offer],
        fallback: &[Step],
        scope: &mut Scope<'_>,
        flow: &mut Flow,
    ) -> StepKind {
        self.unique("offer", among.iter().map(|offer| &offer.name));
        let mut none = flow.clone();
        let mut offers = Vec::new();
        let mut after: Option<Flow> = None;
        for offer in among {
            let mut taken = flow.clone();
            let when = offer.when.as_ref().map(|when| {
                let typed = self.in_flow(when, scope, &taken, Some(&Type::Bool));
                taken.facts = typed.when_true;
                typed.model
            });
            let score = self.in_flow(&offer.score, scope, &taken, None);
            self.is_number(&offer.score, &score.ty);
            let steps = self.steps(&offer.steps, scope, &mut taken);
            offers.push(model::Offer {
                name: offer.name.text.clone(),
                when,
                score: score.model,
                steps,
                at: self.at(offer.span),
            });
            after = Some(match after {
                Some(known) => known.or(taken),
                None => taken,
            });
        }
        let fallback = self.steps(fallback, scope, &mut none);
        *flow = match after {
            Some(after) => after.or(none),
            None => none,
        };
        StepKind::Decide {
            name: name.text.clone(),
            among: offers,
            fallback,
        }
    }

    fn is_number(&mut self, expr: &Expr, ty: &Type) {
        if matches!(
            ty,
            Type::Int | Type::Uint | Type::Double | Type::Dyn | Type::Error
        ) {
            return;
        }
        let text = &self.sources.file(expr.text.span().file).text;
        let span = expr.locate(expr.ast.range(expr.ast.root()), text);
        let (code, help) = if ty.is_nullable() {
            (
                &codes::POSSIBLY_ABSENT,
                "say what counts then, with `.orValue(0.0)`, or guard the offer with `when`",
            )
        } else {
            (&codes::TYPE_MISMATCH, "write an int or a double")
        };
        self.report(
            Diagnostic::new(code, span, format!("a score is a number, this is `{ty}`")).help(help),
        );
    }

    /// All branches run until each waits, in order; they join when all are done.
    pub(super) fn parallel(
        &mut self,
        branches: &[Branch],
        scope: &mut Scope<'_>,
        flow: &mut Flow,
    ) -> StepKind {
        let mut before = flow.clone();
        for branch in branches {
            // What one branch sets, another cannot take for granted.
            super::super::walk::each(&branch.steps, &mut |step| {
                if let crate::syntax::ast::StepKind::Set(assigns) = &step.kind {
                    for assign in assigns {
                        let name = crate::resolve::dotted(&assign.target);
                        before.facts.forget(&format!("vars.{name}"));
                    }
                }
            });
        }
        let mut after: Option<Flow> = None;
        let mut out = Vec::new();
        for branch in branches {
            let mut own = before.clone();
            out.push(self.steps(&branch.steps, scope, &mut own));
            // A branch that leaves stops all, so what follows needs every branch to come through.
            after = Some(match after {
                Some(known) => joined(known, own, flow, branch),
                None => joined(before.clone(), own, flow, branch),
            });
        }
        if let Some(after) = after {
            *flow = after;
        }
        StepKind::Parallel(out)
    }
}

fn joined(known: Flow, own: Flow, before: &Flow, branch: &Branch) -> Flow {
    let event: Cause = if same(&own.event, &before.event) && same(&known.event, &before.event) {
        known.event
    } else {
        gone(
            "`event` is gone after a `parallel` that waits",
            branch.span,
            "this branch waits",
        )
    };
    Flow {
        event,
        facts: known.facts.or(&own.facts),
        set: known.set.union(&own.set).cloned().collect(),
        ended: known.ended || own.ended,
    }
}
