//! Steps as written and what holds before them go in; steps of the model and what holds after
//! them come out. One family of steps a file.

mod branch;
mod decide;
mod jump;
mod parallel;
mod send;
mod wait;
mod write;

pub(super) use parallel::writes;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::content::Reads;
use super::context::{Checker, Typed};
use super::flow::{Scope, State};
use crate::cel::{Type, World};
use crate::diagnostic::{Diagnostic, codes};
use crate::model;
use crate::model::env::Place;
use crate::source::Span;
use crate::syntax::ast::{self, Expr, Step, StepKind};

impl Checker<'_> {
    /// Checks a list of steps; `state` becomes what holds after them.
    pub(super) fn steps(
        &mut self,
        steps: &[Step],
        scope: &mut Scope,
        state: &mut State,
    ) -> Vec<model::Step> {
        let mut ids = self.step_ids(steps).into_iter();
        let mut jumped: Option<&Step> = None;
        let mut checked = Vec::new();
        for step in steps {
            if let Some(jump) = jumped.take() {
                self.report(
                    Diagnostic::new(
                        &codes::UNREACHABLE_STEP,
                        self.first_line(step.span),
                        "this step is never reached",
                    )
                    .label(
                        self.first_line(jump.span),
                        "no path goes on after this step",
                    )
                    .help("remove it, or move it before that step"),
                );
            }
            let was_alive = state.alive;
            let kind = self.step(&step.kind, step, scope, state);
            if acts(&step.kind) {
                self.acted(&mut state.facts);
            }
            if was_alive && !state.alive {
                jumped = Some(step);
            }
            let id = ids.next();
            if let (Some(kind), Some(id), true) = (kind, id, self.modelled) {
                checked.push(model::Step {
                    id,
                    path: Arc::default(),
                    kind,
                    at: self.at(step.span),
                });
            }
        }
        checked
    }

    /// A block below a step, from the state before it; answers the state after it too.
    fn block(
        &mut self,
        steps: &[Step],
        scope: &mut Scope,
        before: &State,
    ) -> (Vec<model::Step>, State) {
        let mut state = before.clone();
        let steps = self.steps(steps, scope, &mut state);
        (steps, state)
    }

    fn step(
        &mut self,
        kind: &StepKind,
        step: &Step,
        scope: &mut Scope,
        state: &mut State,
    ) -> Option<model::StepKind> {
        match kind {
            StepKind::Wait(wait) => self.wait(wait, step.span, scope, state),
            StepKind::Send {
                template,
                with,
                hold,
                transactional,
            } => self.send(template, with, (*hold, *transactional), scope, state),
            StepKind::Call { .. } => self.call(kind, scope, state),
            StepKind::Set(assigns) => {
                let place = scope.place(state);
                Some(model::StepKind::Set(
                    self.set(assigns, &place, scope, state),
                ))
            }
            StepKind::Update(assigns) => {
                Some(model::StepKind::Update(self.update(assigns, scope, state)))
            }
            StepKind::Emit { event, with } => self.emit(event, with, scope, state),
            StepKind::If {
                condition,
                then,
                otherwise,
            } => Some(self.if_(condition, then, otherwise, scope, state)),
            StepKind::Choose { choices } => Some(self.choose(choices, scope, state)),
            StepKind::Split { name, by, arms } => Some(self.split(name, *by, arms, scope, state)),
            StepKind::Decide {
                name,
                among,
                fallback,
            } => Some(self.decide(name, among, fallback, scope, state)),
            StepKind::Parallel(branches) => Some(self.parallel(branches, scope, state)),
            StepKind::Goto(milestone) => self.goto(milestone, step.span, scope, state),
            StepKind::End(outcome) => Some(self.end_step(outcome, step.span, scope, state)),
            StepKind::Error => {
                scope.broken = true;
                // It may have written anything.
                state.facts.world = World::default();
                None
            }
        }
    }

    /// A step as far as a label needs to show it.
    pub(super) fn first_line(&self, span: Span) -> Span {
        let line = self.sources.text(span).lines().next().unwrap_or_default();
        let line = line.split(" #").next().unwrap_or_default();
        let end = span.start() + line.trim_end().len() as u32;
        Span::new(span.file, span.start(), end)
    }

    /// Checks an expression and that the variables it reads have been set.
    pub(super) fn read(
        &mut self,
        expr: &Expr,
        place: &Place,
        scope: &Scope,
        state: &State,
        expected: Option<&Type>,
    ) -> Typed {
        let typed = self.expr(expr, place, &state.facts, expected);
        self.read_set(&typed.reads, scope, state);
        typed
    }

    /// Reports what is read of variables that may not have been set.
    pub(super) fn read_set(&mut self, reads: &Reads, scope: &Scope, state: &State) {
        let mut told = BTreeSet::new();
        for (path, span) in reads {
            let [root, name, ..] = path.as_slice() else {
                continue;
            };
            if &**root == "vars"
                && scope.must_set.contains(name)
                && !state.set.contains(name)
                && told.insert(name)
            {
                let declared = scope.variables.field(name).and_then(|(_, f)| f.declared);
                let message = format!("`vars.{name}` may not have been set here");
                let mut diagnostic = Diagnostic::new(&codes::UNSET_VARIABLE, *span, message).help(
                    format!("set it on every path that leads here, or give `{name}` a default or `| null`"),
                );
                if let Some(declared) = declared {
                    diagnostic = diagnostic.label(declared, "declared here, without a value");
                }
                self.report(diagnostic);
            }
        }
    }

    /// The id of each step: as written, or its place among those of its kind and target. Nothing
    /// where nobody asks for them.
    fn step_ids(&mut self, steps: &[Step]) -> Vec<Arc<str>> {
        let written: Vec<_> = steps.iter().filter_map(|step| step.id.as_ref()).collect();
        if written.is_empty() && !self.modelled {
            return Vec::new();
        }
        self.unique("step", written.iter().copied());
        let ids = ast::step_ids(steps);
        for (step, id) in steps.iter().zip(&ids).filter(|(step, _)| step.id.is_none()) {
            if let Some(taken) = written.iter().find(|name| name.text == *id) {
                self.report(
                    Diagnostic::new(
                        &codes::DUPLICATE_NAME,
                        taken.span,
                        format!("`{taken}` is the id of another step of this block"),
                    )
                    .label(step.span, "this step has it by its kind")
                    .help("choose another id"),
                );
            }
        }
        ids
    }
}

/// Whether a step sends something or writes the profile.
fn acts(step: &StepKind) -> bool {
    matches!(
        step,
        StepKind::Send { .. }
            | StepKind::Call { .. }
            | StepKind::Emit { .. }
            | StepKind::Update(_)
            | StepKind::Error
    )
}
