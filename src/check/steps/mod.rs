//! Steps, one after the other: each is checked with what holds by then, and changes it.

mod branch;
mod wait;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::content::{Reads, Signature, With};
use super::context::Checker;
use super::flow::{Entry, Flow, Scope};
use super::pii::Destination;
use super::places::gone;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::env::{Here, Place};
use crate::model::{self, StepKind};
use crate::resolve::dotted;
use crate::source::Span;
use crate::syntax::ast::{self, Assign, EventRef, Name, Step};

impl Checker<'_> {
    /// Checks a block of steps; what holds before it becomes what holds after it.
    pub fn steps(
        &mut self,
        steps: &[Step],
        scope: &mut Scope<'_>,
        flow: &mut Flow,
    ) -> Vec<model::Step> {
        let mut ids = Ids::default();
        let mut out = Vec::new();
        for step in steps {
            let id = ids.of(step);
            if let Err(first) = id
                && let Some(written) = &step.id
            {
                self.report(crate::resolve::duplicate(
                    "step",
                    &written.text,
                    written.span,
                    first,
                ));
            }
            let id = id_text(step, &mut ids);
            if let Some(kind) = self.step(step, scope, flow) {
                out.push(model::Step {
                    id,
                    kind,
                    at: self.at(step.span),
                });
            }
        }
        out
    }

    fn step(&mut self, step: &Step, scope: &mut Scope<'_>, flow: &mut Flow) -> Option<StepKind> {
        match &step.kind {
            ast::StepKind::Wait(wait) => {
                self.may_wait(step.span, scope);
                Some(StepKind::Wait(self.wait(wait, scope, flow)))
            }
            ast::StepKind::Send {
                template,
                with,
                hold,
                transactional,
            } => {
                let model = self.send(template, with, *hold, *transactional, scope, flow);
                if *hold {
                    self.may_wait(step.span, scope);
                    let message = "`event` is gone after a `send` that holds";
                    flow.wait(gone(
                        message,
                        template.span,
                        "this waits until the message is out",
                    ));
                }
                model
            }
            ast::StepKind::Call { .. } => self.call(step, scope, flow),
            ast::StepKind::Set(assigns) => {
                Some(StepKind::Set(self.assigns(assigns, scope, flow, None)))
            }
            ast::StepKind::Update(assigns) => {
                Some(StepKind::Update(self.update(assigns, scope, flow)))
            }
            ast::StepKind::Emit { event, with } => self.emit(event, with, scope, flow),
            ast::StepKind::If {
                condition,
                then,
                otherwise,
            } => Some(self.branch_if(condition, then, otherwise, scope, flow)),
            ast::StepKind::Choose { choices } => Some(self.choose(choices, scope, flow)),
            ast::StepKind::Split { name, by, arms } => {
                Some(self.split(name, *by, arms, scope, flow))
            }
            ast::StepKind::Decide {
                name,
                among,
                fallback,
            } => Some(self.decide(name, among, fallback, scope, flow)),
            ast::StepKind::Parallel(branches) => Some(self.parallel(branches, scope, flow)),
            ast::StepKind::Goto(name) => {
                self.may_move(step.span, scope);
                let known = self.milestone(name, &scope.journeys);
                if known && !flow.ended {
                    scope.gotos.push((name.text.clone(), entry(flow)));
                }
                flow.ended = true;
                known.then(|| StepKind::Goto(name.text.clone()))
            }
            ast::StepKind::End(name) => {
                self.may_move(step.span, scope);
                if !flow.ended {
                    scope.ends.push(entry(flow));
                }
                flow.ended = true;
                Some(StepKind::End(name.text.clone()))
            }
            ast::StepKind::Error => None,
        }
    }

    /// Under `on: end` the variables are about to go.
    fn may_wait(&mut self, span: Span, scope: &Scope<'_>) {
        if let Some(end) = scope.over {
            self.report(
                Diagnostic::new(
                    &codes::INVALID_TIME,
                    span,
                    "a rule under `on: end` may not wait: the session is over",
                )
                .label(end, "it runs when the session has ended")
                .help("wait in a journey that starts `on: journey.NAME.ended`"),
            );
        }
    }

    fn may_move(&mut self, span: Span, scope: &Scope<'_>) {
        if let Some(end) = scope.over {
            self.report(
                Diagnostic::new(
                    &codes::CONFLICTING_KEYS,
                    span,
                    "a rule under `on: end` moves nothing: the session is over",
                )
                .label(end, "it runs when the session has ended")
                .help("remove the step"),
            );
        }
    }

    fn send(
        &mut self,
        template: &Name,
        with: &[(Name, ast::Content)],
        hold: bool,
        transactional: bool,
        scope: &Scope<'_>,
        flow: &Flow,
    ) -> Option<StepKind> {
        let id = self.found(self.names.find_template(template))?;
        let params = self.names.templates[id.index()].params.clone();
        let signature = Signature {
            what: "template",
            name: &template.text,
            span: template.span,
            params: &params,
        };
        let values = self.values(&signature, with, scope, flow, &Destination::Template(id));
        Some(StepKind::Send {
            template: template.text.clone(),
            with: values,
            hold,
            transactional,
        })
    }

    fn call(&mut self, step: &Step, scope: &mut Scope<'_>, flow: &mut Flow) -> Option<StepKind> {
        let ast::StepKind::Call {
            action,
            with,
            set,
            timeout,
            otherwise,
            transactional,
        } = &step.kind
        else {
            return None;
        };
        let found = self.found(self.names.find_action(action));
        let values = found.map(|id| {
            let called = self.names.actions[id.index()].clone();
            let name = dotted(action);
            let signature = Signature {
                what: "action",
                name: &name,
                span: action.span,
                params: &called.params,
            };
            let to = Destination::Connection(called.connection);
            self.values(&signature, with, scope, flow, &to)
        });
        let mut missed = flow.clone();
        let set_model = if set.is_empty() {
            Vec::new()
        } else {
            self.may_wait(step.span, scope);
            let gone = gone(
                "`event` is gone after a `call` that waits for its answer",
                action.span,
                "this waits for the answer",
            );
            flow.wait(gone.clone());
            missed.wait(gone);
            let place = Place {
                returned: match found {
                    Some(id) => Here::Is(id),
                    None => Here::not("`returned` is not known here", "mend the action's name"),
                },
                ..scope.place(flow)
            };
            if found.is_some() {
                self.assigns(set, scope, flow, Some(&place))
            } else {
                Vec::new()
            }
        };
        let otherwise_model = self.steps(otherwise, scope, &mut missed);
        // Without an answer the variables stay as they were.
        if !set.is_empty() || !otherwise.is_empty() {
            *flow = flow.clone().or(missed);
        }
        found.map(|id| StepKind::Call {
            action: self.names.vocabulary.action(id).name.clone(),
            with: values.unwrap_or_default(),
            set: set_model,
            timeout: timeout.as_ref().map(|t| t.value),
            otherwise: otherwise_model,
            transactional: *transactional,
        })
    }

    fn emit(
        &mut self,
        event: &EventRef,
        with: &[(Name, ast::Content)],
        scope: &Scope<'_>,
        flow: &Flow,
    ) -> Option<StepKind> {
        let id = self.found(self.names.find_event(event))?;
        let fields = self.names.events[id.index()].fields.clone();
        let name = self.names.vocabulary.event(id).name.clone();
        let signature = Signature {
            what: "event",
            name: &name,
            span: event.span,
            params: &fields,
        };
        let values = self.checked_with(&signature, with, scope, flow).values;
        Some(StepKind::Emit {
            event: name.clone(),
            with: values,
        })
    }

    /// The values under `with`, on their way out.
    fn values(
        &mut self,
        signature: &Signature<'_>,
        with: &[(Name, ast::Content)],
        scope: &Scope<'_>,
        flow: &Flow,
        to: &Destination,
    ) -> BTreeMap<Arc<str>, model::Content> {
        let checked = self.checked_with(signature, with, scope, flow);
        if !self.quiet {
            let place = scope.place(flow);
            for reads in checked.reads.values() {
                for journey in &scope.journeys {
                    let source = Self::source(reads, scope, &place, Some(*journey));
                    self.note_flow(to.clone(), source);
                }
            }
        }
        checked.values
    }

    fn checked_with(
        &mut self,
        signature: &Signature<'_>,
        with: &[(Name, ast::Content)],
        scope: &Scope<'_>,
        flow: &Flow,
    ) -> With {
        if self.quiet {
            return With::default();
        }
        let checked = self.with(signature, with, &scope.place(flow), &flow.facts);
        let reads: Reads = checked.reads.values().flatten().cloned().collect();
        self.read_before_set(&reads, scope, flow);
        checked
    }

    fn update(
        &mut self,
        assigns: &[Assign],
        scope: &Scope<'_>,
        flow: &mut Flow,
    ) -> Vec<model::Assign> {
        let mut out = Vec::new();
        let mut written = Vec::new();
        for assign in assigns {
            let due = scope
                .place
                .traveler
                .and_then(|traveler| self.profile_target(traveler, &assign.target));
            let absent = due.clone().map(crate::cel::Type::nullable);
            let typed = self.in_flow(&assign.value, scope, flow, absent.as_ref());
            if due.is_none() {
                continue;
            }
            let name = dotted(&assign.target);
            written.push((format!("traveler.{name}"), typed.ty.clone()));
            out.push(model::Assign {
                name: Arc::from(name),
                value: typed.model,
            });
        }
        for (path, ty) in written {
            // An absent value writes nothing; only the literal `null` empties.
            if ty == crate::cel::Type::Null {
                flow.facts.forget(&path);
            } else if !ty.is_nullable() && !ty.is_error() {
                flow.facts.assume(path);
            }
        }
        out
    }
}

fn entry(flow: &Flow) -> Entry {
    Entry {
        event: flow.event.clone(),
        set: flow.set.clone(),
    }
}

/// Ids of the steps of one block.
#[derive(Default)]
struct Ids {
    written: BTreeMap<Arc<str>, Span>,
    counts: BTreeMap<String, u32>,
}

impl Ids {
    /// Notes a written id; the error is the place of the step that has it already.
    fn of(&mut self, step: &Step) -> Result<(), Span> {
        let Some(id) = &step.id else {
            return Ok(());
        };
        match self.written.insert(id.text.clone(), id.span) {
            Some(first) => Err(first),
            None => Ok(()),
        }
    }
}

/// As written, or the place among the steps of its kind and target in the block.
fn id_text(step: &Step, ids: &mut Ids) -> Arc<str> {
    let base = base(&step.kind);
    let count = ids.counts.entry(base.clone()).or_default();
    *count += 1;
    match (&step.id, *count) {
        (Some(id), _) => id.text.clone(),
        (None, 1) => Arc::from(base),
        (None, n) => Arc::from(format!("{base} {n}")),
    }
}

fn base(kind: &ast::StepKind) -> String {
    match kind {
        ast::StepKind::Wait(_) => "wait".to_owned(),
        ast::StepKind::Send { template, .. } => format!("send {template}"),
        ast::StepKind::Call { action, .. } => format!("call {}", dotted(action)),
        ast::StepKind::Set(_) => "set".to_owned(),
        ast::StepKind::Update(_) => "update".to_owned(),
        ast::StepKind::Emit { event, .. } => format!("emit {}", dotted(event)),
        ast::StepKind::If { .. } => "if".to_owned(),
        ast::StepKind::Choose { .. } => "choose".to_owned(),
        ast::StepKind::Split { name, .. } => format!("split {name}"),
        ast::StepKind::Decide { name, .. } => format!("decide {name}"),
        ast::StepKind::Parallel(_) => "parallel".to_owned(),
        ast::StepKind::Goto(name) => format!("goto {name}"),
        ast::StepKind::End(name) => format!("end {name}"),
        ast::StepKind::Error => "error".to_owned(),
    }
}
