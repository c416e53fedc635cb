//! `goto` and `end`: steps after which none of the block follows.

use std::sync::Arc;

use crate::check::context::Checker;
use crate::check::flow::{Goto, Scope, State};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{JourneyId, StepKind};
use crate::source::Span;
use crate::syntax::ast::Name;

impl Checker<'_> {
    pub(super) fn goto(
        &mut self,
        milestone: &Name,
        span: Span,
        scope: &mut Scope,
        state: &mut State,
    ) -> Option<StepKind> {
        self.not_over("go to a milestone", span, scope);
        let journeys = scope.journeys.clone();
        let known = journeys
            .iter()
            .all(|journey| self.milestone(milestone, *journey));
        scope.broken |= !known;
        if known && state.alive && scope.over.is_none() {
            scope.gotos.push(Goto {
                milestone: milestone.text.clone(),
                state: state.clone(),
                span: self.first_line(span),
            });
        }
        // Over already, it goes nowhere: that has been told.
        state.alive &= scope.over.is_some();
        known.then(|| StepKind::Goto(milestone.text.clone()))
    }

    pub(super) fn end_step(
        &mut self,
        outcome: &Name,
        span: Span,
        scope: &mut Scope,
        state: &mut State,
    ) -> StepKind {
        self.not_over("end the session", span, scope);
        if state.alive {
            scope.ends.push(state.clone());
        }
        state.alive &= scope.over.is_some();
        StepKind::End(outcome.text.clone())
    }

    /// Whether the journey has the milestone; otherwise says so.
    pub(in crate::check) fn milestone(&mut self, name: &Name, journey: JourneyId) -> bool {
        let head = self.names.vocabulary.journey(journey);
        if head.milestones.contains(&name.text) {
            return true;
        }
        let known: Vec<Arc<str>> = head.milestones.clone();
        let message = format!("journey `{}` has no milestone `{name}`", head.name);
        self.report(
            Diagnostic::new(&codes::UNKNOWN_MILESTONE, name.span, message)
                .suggest(&name.text, known.iter().map(|m| &**m)),
        );
        false
    }

    /// Reports what cannot be done once the session is over.
    pub(super) fn not_over(&mut self, what: &str, span: Span, scope: &Scope) {
        if let Some(rule) = scope.over {
            self.report(
                Diagnostic::new(
                    &codes::SESSION_OVER,
                    self.first_line(span),
                    format!("a rule on `end` cannot {what}: the session is over"),
                )
                .label(rule, "this rule runs when it ends")
                .help(
                    "remove this step, or do it in a journey that starts on `journey.NAME.ended`",
                ),
            );
        }
    }
}
