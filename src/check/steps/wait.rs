//! Waits: what holds when they go on, by the event they wait for or by time.

use super::super::context::Checker;
use super::super::flow::{Flow, Scope};
use super::super::places::{Cause, gone};
use crate::cel::{Facts, Type};
use crate::model;
use crate::source::Span;
use crate::syntax::ast::{self, Step, TimeOfDay, TriggerKind, Wait, WaitKind};

impl Checker<'_> {
    pub(super) fn wait(
        &mut self,
        wait: &Wait,
        scope: &mut Scope<'_>,
        flow: &mut Flow,
    ) -> model::Wait {
        let place = wait.span;
        match &wait.kind {
            WaitKind::For(time) => {
                flow.wait(after_wait(time.span));
                model::Wait::For(time.value)
            }
            WaitKind::At { days, at, zone } => {
                let at = match at {
                    TimeOfDay::Literal(time) => model::TimeOfDay::Literal(time.value),
                    TimeOfDay::Cel(expr) => {
                        let typed = self.in_flow(expr, scope, flow, Some(&Type::String));
                        model::TimeOfDay::Cel(typed.model)
                    }
                };
                let zone = zone
                    .as_ref()
                    .map(|zone| self.in_flow(zone, scope, flow, Some(&Type::String)).model);
                flow.wait(after_wait(place));
                model::Wait::At {
                    days: *days,
                    at,
                    zone,
                }
            }
            WaitKind::Until(expr) => {
                let typed = self.in_flow(expr, scope, flow, Some(&Type::Timestamp));
                flow.wait(after_wait(place));
                model::Wait::Until(typed.model)
            }
            WaitKind::On(trigger) => {
                let one = [(&**trigger, &wait.then[..])];
                self.wait_on(&one, wait, scope, flow)
            }
            WaitKind::Any(alternatives) => {
                let all: Vec<(&ast::Trigger, &[Step])> = alternatives
                    .iter()
                    .map(|a| (&a.trigger, &a.then[..]))
                    .collect();
                self.wait_on(&all, wait, scope, flow)
            }
        }
    }

    fn wait_on(
        &mut self,
        alternatives: &[(&ast::Trigger, &[Step])],
        wait: &Wait,
        scope: &mut Scope<'_>,
        flow: &mut Flow,
    ) -> model::Wait {
        let mut after: Option<Flow> = None;
        let mut any = Vec::new();
        for (trigger, then) in alternatives {
            let (model, mut met) = self.trigger(trigger, scope, flow.set.clone());
            met.ended = flow.ended;
            // A condition that holds already goes on at once, which is not the event's doing.
            if matches!(trigger.kind, TriggerKind::Condition) {
                met.event = after_wait(trigger.span);
            }
            let then = self.steps(then, scope, &mut met);
            any.push(model::Alternative {
                trigger: model,
                then,
            });
            after = Some(match after {
                Some(known) => known.or(met),
                None => met,
            });
        }
        let mut late = Flow {
            event: timed_out(wait.timeout.as_ref().map_or(wait.span, |t| t.span)),
            facts: Facts::default(),
            ..flow.clone()
        };
        let otherwise = self.steps(&wait.otherwise, scope, &mut late);
        let mut after = after.unwrap_or_else(|| late.clone());
        if wait.timeout.is_some() {
            after = after.or(late);
        }
        *flow = after;
        model::Wait::On {
            any,
            timeout: wait.timeout.as_ref().map(|t| t.value),
            otherwise,
        }
    }
}

fn after_wait(span: Span) -> Cause {
    gone("`event` is gone after a `wait`", span, "this waits")
}

fn timed_out(span: Span) -> Cause {
    gone(
        "`event` is not here: the wait may have timed out",
        span,
        "after this time no event is being handled",
    )
}
