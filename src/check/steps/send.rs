//! `send`, `call` and `emit`: what goes out, with its parameters.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::content::Signature;
use crate::check::context::Checker;
use crate::check::flow::{Scope, State, gone};
use crate::check::flow_notes::Target;
use crate::diagnostic::{Diagnostic, codes};
use crate::model;
use crate::model::env::{Here, Place};
use crate::resolve::Field;
use crate::source::Span;
use crate::syntax::ast::{Content, EventRef, Name, StepKind};

/// Values by parameter.
type Values = BTreeMap<Arc<str>, model::Content>;

impl Checker<'_> {
    pub(super) fn send(
        &mut self,
        template: &Name,
        with: &[(Name, Content)],
        (hold, transactional): (bool, bool),
        scope: &mut Scope,
        state: &mut State,
    ) -> Option<model::StepKind> {
        let found = self.found(self.names.find_template(template));
        let names = Arc::clone(&self.names);
        let params = found.map(|id| &*names.templates[id.index()].params);
        let signature = Signed {
            what: "template",
            part: "parameter",
            name: &template.text,
            span: template.span,
            params,
        };
        let target = |param| found.map(|id| Target::Template(id, param));
        let with = self.filled(&signature, with, &target, scope, state);
        if hold {
            self.waits(
                "`event` is gone after a `send` with `hold`",
                template.span,
                scope,
                state,
            );
        }
        found?;
        Some(model::StepKind::Send {
            template: template.text.clone(),
            with,
            hold,
            transactional,
        })
    }

    pub(super) fn call(
        &mut self,
        step: &StepKind,
        scope: &mut Scope,
        state: &mut State,
    ) -> Option<model::StepKind> {
        let StepKind::Call {
            action,
            with,
            set,
            timeout,
            otherwise,
            transactional,
        } = step
        else {
            return None;
        };
        let found = self.found(self.names.find_action(action));
        let names = Arc::clone(&self.names);
        // Of one that is declared twice it is not clear what it takes and answers.
        let known = found.filter(|id| !names.actions[id.index()].twice);
        let params = known.map(|id| &*names.actions[id.index()].params);
        let name = action.text();
        let signature = Signed {
            what: "action",
            part: "parameter",
            name,
            span: action.span,
            params,
        };
        let target = |param| found.map(|id| Target::Action(id, param));
        let with = self.filled(&signature, with, &target, scope, state);
        let mut assigned = Vec::new();
        let mut other_steps = Vec::new();
        if set.is_empty() {
            self.unwaited(action, timeout.as_ref().map(|t| t.span), otherwise.first());
        } else {
            self.waits(
                "`event` is gone after a `call` that waits for its answer",
                action.span,
                scope,
                state,
            );
            let (steps, without_answer) = self.block(otherwise, scope, state);
            other_steps = steps;
            if let Some(id) = known {
                let place = Place {
                    returned: Here::Is(id),
                    ..scope.place(state)
                };
                assigned = self.set(set, &place, scope, state);
            } else {
                // What it answers is not known: what is set is taken for good.
                let names = set.iter().filter_map(|a| a.target.names().first());
                let names = names.map(|name| name.text.clone());
                Arc::make_mut(&mut state.set).extend(names);
            }
            *state = state.clone().or(without_answer);
        }
        found?;
        Some(model::StepKind::Call {
            action: Arc::clone(name),
            with,
            set: assigned,
            timeout: timeout.as_ref().map(|t| t.value),
            otherwise: other_steps,
            transactional: *transactional,
        })
    }

    /// `timeout` and `else` of a call that waits for nothing.
    fn unwaited(
        &mut self,
        action: &EventRef,
        timeout: Option<Span>,
        otherwise: Option<&crate::syntax::ast::Step>,
    ) {
        let place = timeout.map(|span| ("timeout", span));
        if let Some((key, span)) = place.or(otherwise.map(|step| ("else", step.span))) {
            self.report(
                Diagnostic::new(
                    &codes::MISSING_KEY,
                    span,
                    format!("`{key}` does nothing: the `call` does not wait for an answer"),
                )
                .label(action.span, "it waits only where it has a `set`")
                .help("add `set: { VARIABLE: returned.FIELD }`, or remove it"),
            );
        }
    }

    pub(super) fn emit(
        &mut self,
        event: &EventRef,
        with: &[(Name, Content)],
        scope: &mut Scope,
        state: &State,
    ) -> Option<model::StepKind> {
        let found = self.found(self.names.find_event(event));
        let fields = found.map(|id| self.names.events[id.index()].fields.clone());
        if let Some(id) = found {
            self.concerns(id, event.span, scope.traveler);
        }
        let name = event.text();
        let signature = Signed {
            what: "event",
            part: "field",
            name,
            span: event.span,
            params: fields.as_deref(),
        };
        let target = |field| found.map(|id| Target::Event(id, field));
        let with = self.filled(&signature, with, &target, scope, state);
        found?;
        Some(model::StepKind::Emit {
            event: Arc::clone(name),
            with,
        })
    }

    /// The session waits in its steps.
    pub(super) fn waits(
        &mut self,
        gone_after: &'static str,
        span: Span,
        scope: &mut Scope,
        state: &mut State,
    ) {
        self.not_over("wait", span, scope);
        scope.rests(state);
        state.waited(gone(gone_after, span));
    }

    /// The values under `with`; where what they go to is not known, they are checked by themselves.
    fn filled(
        &mut self,
        signed: &Signed<'_>,
        with: &[(Name, Content)],
        target: &dyn Fn(Arc<str>) -> Option<Target>,
        scope: &Scope,
        state: &State,
    ) -> Values {
        let place = scope.place(state);
        let Some(params) = signed.params else {
            for (_, content) in with {
                let mut reads = Vec::new();
                let due = crate::cel::Type::Error;
                self.content(content, &place, &state.facts, &due, &mut reads);
                self.read_set(&reads, scope, state);
            }
            return Values::new();
        };
        let signature = Signature {
            what: signed.what,
            part: signed.part,
            name: signed.name,
            span: signed.span,
            params,
        };
        let with = self.with(&signature, with, &place, &state.facts);
        for (param, reads) in with.reads {
            self.read_set(&reads, scope, state);
            if let Some(to) = target(param) {
                self.flows_to(to, reads, || scope.origin(&place));
            }
        }
        with.values
    }
}

/// What a step names, and its parameters where it is known.
struct Signed<'a> {
    what: &'static str,
    part: &'static str,
    name: &'a str,
    span: Span,
    params: Option<&'a [Field<'a>]>,
}
