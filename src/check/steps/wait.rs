//! `wait`: for a time, until a time, for the first of several occurrences.

use crate::cel::Type;
use crate::check::analysis::Awaited;
use crate::check::context::Checker;
use crate::check::flow::{Scope, State, because};
use crate::check::triggers::{Fired, Role};
use crate::diagnostic::{Diagnostic, codes};
use crate::model;
use crate::model::StepKind;
use crate::model::env::Here;
use crate::source::Span;
use crate::syntax::ast::{Step, TimeOfDay, Trigger, Wait, WaitKind};

impl Checker<'_> {
    pub(super) fn wait(
        &mut self,
        wait: &Wait,
        span: Span,
        scope: &mut Scope,
        state: &mut State,
    ) -> Option<StepKind> {
        let span = self.first_line(span);
        let kind = match &wait.kind {
            WaitKind::For(duration) => Some(model::Wait::For(duration.value)),
            WaitKind::At { days, at, zone } => {
                let place = scope.place(state);
                let at = match at {
                    TimeOfDay::Literal(time) => model::TimeOfDay::Literal(time.value),
                    TimeOfDay::Cel(expr) => {
                        let typed = self.read(expr, &place, scope, state, Some(&Type::String));
                        model::TimeOfDay::Cel(typed.model)
                    }
                };
                let zone = zone.as_ref().map(|zone| {
                    self.read(zone, &place, scope, state, Some(&Type::String))
                        .model
                });
                Some(model::Wait::At {
                    days: *days,
                    at,
                    zone,
                })
            }
            WaitKind::Until(until) => {
                let place = scope.place(state);
                let typed = self.read(until, &place, scope, state, Some(&Type::Timestamp));
                Some(model::Wait::Until(typed.model))
            }
            WaitKind::On(trigger) => {
                let alternatives = [(&**trigger, wait.then.as_slice())];
                return Some(self.wait_on(wait, &alternatives, span, scope, state));
            }
            WaitKind::Any(any) => {
                let alternatives: Vec<_> = any
                    .iter()
                    .map(|alternative| (&alternative.trigger, alternative.then.as_slice()))
                    .collect();
                return Some(self.wait_on(wait, &alternatives, span, scope, state));
            }
        };
        self.waits("`event` is gone after a `wait`", span, scope, state);
        kind.map(StepKind::Wait)
    }

    /// Waits for the first of several; each goes on with what it brings.
    fn wait_on(
        &mut self,
        wait: &Wait,
        alternatives: &[(&Trigger, &[Step])],
        span: Span,
        scope: &mut Scope,
        state: &mut State,
    ) -> StepKind {
        self.waits("`event` is gone after a `wait`", span, scope, state);
        let waiting = state.clone();
        let mut after: Option<State> = None;
        let mut any = Vec::new();
        let fired: Vec<Fired> = (alternatives.iter())
            .map(|(trigger, _)| self.trigger(trigger, Role::Wait, scope, &waiting))
            .collect();
        let awaited: Vec<Awaited<'_>> = (alternatives.iter().zip(&fired))
            .map(|((written, _), fired)| Awaited { written, fired })
            .collect();
        self.alternatives(&awaited, wait.timeout.as_ref());
        for ((_, then), fired) in alternatives.iter().zip(fired) {
            let (steps, end) = self.block(then, scope, &fired.state);
            after = Some(match after {
                Some(before) => before.or(end),
                None => end,
            });
            any.push(model::Alternative {
                trigger: fired.model,
                then: steps,
            });
        }
        if let (WaitKind::Any(_), false, Some(step)) =
            (&wait.kind, wait.timed, wait.otherwise.first())
        {
            self.report(
                Diagnostic::new(
                    &codes::MISSING_KEY,
                    self.first_line(step.span),
                    "`else` without `timeout` never runs",
                )
                .help("add `timeout:` with a duration"),
            );
        }
        let mut otherwise = Vec::new();
        if wait.timed {
            let mut late = waiting.clone();
            late.event = timed_out(span);
            let (steps, end) = self.block(&wait.otherwise, scope, &late);
            otherwise = steps;
            after = Some(match after {
                Some(before) => before.or(end),
                None => end,
            });
        }
        *state = after.unwrap_or(waiting);
        StepKind::Wait(model::Wait::On {
            any,
            timeout: wait.timeout.as_ref().map(|t| t.value),
            otherwise,
        })
    }
}

fn timed_out<T>(span: Span) -> Here<T> {
    because(
        "`event` is not available here: the `wait` may have timed out",
        "read it in the `then` of the `wait`, or save what you need in a variable there",
        span,
        "on time-out there is no event",
    )
}
