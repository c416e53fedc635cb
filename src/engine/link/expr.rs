//! Expressions: CEL text and its environment go in, a program comes out.

use std::sync::Arc;

use super::{Link, Linker, refused};
use crate::cel::{self, Binding, Env, Facts, ObjectType, Type};
use crate::diagnostic::{Severity, codes};
use crate::engine::linked::{Expr, Write};
use crate::model::env::{Here, Place, slot};
use crate::model::{self, Assign, EventId};

impl Linker<'_> {
    /// Compiles an expression at a place; `name` is what a trace calls it where it fails.
    pub(super) fn expr(
        &self,
        expr: &model::Expr,
        place: &Place,
        expected: &Type,
        name: &Arc<str>,
    ) -> Link<Expr> {
        self.expr_text(expr, &expr.cel, place, expected, name)
    }

    /// The same with other text, such as a conversion around it.
    pub(super) fn expr_text(
        &self,
        expr: &model::Expr,
        text: &str,
        place: &Place,
        expected: &Type,
        name: &Arc<str>,
    ) -> Link<Expr> {
        let mut events = Vec::with_capacity(expr.events.len());
        for event in &expr.events {
            match self.engine.vocabulary.find_event(event) {
                Some(id) => events.push(id),
                None => return refused(&expr.at, format!("there is no event `{event}`")),
            }
        }
        let mut place = place.clone();
        let common = self.common(&events);
        if !events.is_empty() {
            place.event = Here::Is(events.into());
        }
        let env = place.env(&self.engine.vocabulary);
        let mut linked = compile(expr, text, &env, expected, name)?;
        self.keep_reads(&linked, &env);
        linked.common = common;
        Ok(linked)
    }

    /// With another type of `event`: a trait that looks at actions.
    pub(super) fn expr_over(
        &self,
        expr: &model::Expr,
        place: &Place,
        event: &Arc<ObjectType>,
        name: &Arc<str>,
    ) -> Link<Expr> {
        let mut env = place.env(&self.engine.vocabulary);
        if let Some(root) = env.roots.get_mut(usize::from(slot::EVENT)) {
            root.binding = Binding::Value(Type::Object(event.clone()));
        }
        let linked = compile(expr, &expr.cel, &env, &Type::Bool, name)?;
        self.keep_reads(&linked, &env);
        Ok(linked)
    }

    /// Values for variables.
    pub(super) fn assigns(
        &self,
        assigns: &[Assign],
        place: &Place,
        name: &Arc<str>,
    ) -> Link<Vec<(usize, Expr)>> {
        let Here::Is(vars) = &place.vars else {
            return match assigns.first() {
                Some(assign) => refused(&assign.value.at, "there are no variables here"),
                None => Ok(Vec::new()),
            };
        };
        let assign = |assign: &Assign| match vars.field(&assign.name) {
            Some((index, field)) => Ok((index, self.expr(&assign.value, place, &field.ty, name)?)),
            None => refused(
                &assign.value.at,
                format!("there is no variable `{}`", assign.name),
            ),
        };
        assigns.iter().map(assign).collect()
    }

    /// Values for the profile; `strict`: every name must be of this traveler type.
    pub(super) fn writes(
        &self,
        assigns: &[Assign],
        place: &Place,
        name: &Arc<str>,
        strict: bool,
    ) -> Link<Vec<Write>> {
        let Some(traveler) = place.traveler else {
            return Ok(Vec::new());
        };
        let mut writes = Vec::with_capacity(assigns.len());
        for assign in assigns {
            match self.target(traveler, &assign.name) {
                Some((target, ty)) => writes.push(Write {
                    target,
                    value: self.expr(&assign.value, place, &ty, name)?,
                }),
                None if strict => {
                    return refused(
                        &assign.value.at,
                        format!("there is no profile field `{}`", assign.name),
                    );
                }
                None => {}
            }
        }
        Ok(writes)
    }

    /// What several events have in common; none where there are not several.
    fn common(&self, events: &[EventId]) -> Option<Arc<ObjectType>> {
        if events.len() < 2 {
            return None;
        }
        self.engine.vocabulary.common_payload(events)
    }
}

/// The checker has proved before what a guard elsewhere makes present; that alone is let pass.
fn compile(
    expr: &model::Expr,
    text: &str,
    env: &Env,
    expected: &Type,
    name: &Arc<str>,
) -> Link<Expr> {
    let parsed = cel::parse(text);
    let checked = cel::check(&parsed.ast, env, &Facts::default(), Some(expected));
    let wrong = (parsed.problems.iter().chain(&checked.problems)).find(|problem| {
        problem.code.severity == Severity::Error && *problem.code != codes::POSSIBLY_ABSENT
    });
    if let Some(problem) = wrong {
        return refused(&expr.at, problem.message.clone());
    }
    Ok(Expr {
        program: Arc::new(cel::compile(&parsed.ast, &checked, env)),
        text: text.into(),
        name: name.clone(),
        at: expr.at.clone(),
        common: None,
    })
}
