//! `decide`: of the offers that may be made, the one with the highest score.

use super::branch::joined;
use crate::cel::{Kind, Type};
use crate::check::context::Checker;
use crate::check::flow::{Scope, State};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{self, Expr, StepKind};
use crate::syntax::ast::{self, Name, Offer, Step};

impl Checker<'_> {
    pub(super) fn decide(
        &mut self,
        name: &Name,
        among: &[Offer],
        fallback: &[Step],
        scope: &mut Scope,
        state: &mut State,
    ) -> StepKind {
        self.unique("offer", among.iter().map(|offer| &offer.name));
        let mut ends = Vec::new();
        let mut checked = Vec::new();
        for offer in among {
            let mut taken = state.clone();
            let when = offer.when.as_ref().map(|when| {
                let place = scope.place(state);
                let typed = self.read(when, &place, scope, state, Some(&Type::Bool));
                self.asked(when, &typed);
                taken.facts = typed.when_true;
                typed.model
            });
            let value = self.score(&offer.score, scope, &taken);
            let steps = self.steps(&offer.steps, scope, &mut taken);
            ends.push(taken);
            checked.push(model::Offer {
                name: offer.name.text.clone(),
                when,
                score: value,
                steps,
                at: self.at(offer.span),
            });
        }
        // Without an offer that always may be made, none may be left.
        let always = among.iter().any(|offer| offer.when.is_none());
        self.never_falls_back(among, fallback);
        let (fallback, mut end) = self.block(fallback, scope, state);
        end.alive &= !always;
        ends.push(end);
        *state = joined(ends, state.clone());
        StepKind::Decide {
            name: name.text.clone(),
            among: checked,
            fallback,
        }
    }

    /// Tells a fallback that an offer leaves nothing for: it may always be made, and its score
    /// cannot fail.
    fn never_falls_back(&mut self, among: &[Offer], fallback: &[Step]) {
        let Some(first) = fallback.first() else {
            return;
        };
        let certain = |offer: &&Offer| {
            let ast = &offer.score.ast;
            offer.when.is_none()
                && ast.ids().all(|id| {
                    matches!(
                        ast.kind(id),
                        Kind::Literal(_) | Kind::Ident(_) | Kind::Select { .. }
                    )
                })
        };
        if let Some(offer) = among.iter().find(certain) {
            let message = format!(
                "`fallback` is never taken: offer `{}` may always be made",
                offer.name
            );
            self.report(
                Diagnostic::new(
                    &codes::SHADOWED_BRANCH,
                    self.first_line(first.span),
                    message,
                )
                .label(offer.name.span, "it asks for nothing")
                .help("give the offer a `when`, or remove the fallback"),
            );
        }
    }

    fn score(&mut self, written: &ast::Expr, scope: &Scope, state: &State) -> Expr {
        let place = scope.place(state);
        let typed = self.read(written, &place, scope, state, None);
        let number = matches!(
            typed.ty,
            Type::Int | Type::Uint | Type::Double | Type::Error | Type::Dyn
        );
        if !number {
            let span = self.span_of(written);
            let (code, message) = if typed.ty.is_nullable() {
                (
                    &codes::POSSIBLY_ABSENT,
                    "the score may be absent".to_owned(),
                )
            } else {
                let message = format!("expected a number, found `{}`", typed.ty);
                (&codes::TYPE_MISMATCH, message)
            };
            self.report(
                Diagnostic::new(code, span, message)
                    .help("a score is an `int` or a `double`, there for every traveler"),
            );
        }
        typed.model
    }
}
