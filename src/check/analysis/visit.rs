//! A walk over declarations as written: every expression, text and trigger below a step, in the
//! order of the file. Nothing is resolved or typed here.

use crate::syntax::ast::{
    Assign, Content, ContentKind, Expr, Milestone, Name, Part, Rule, Step, StepKind, TextExpr,
    TimeOfDay, Trigger, TriggerKind, Wait, WaitKind,
};

/// What a walk shows to who walks. Everything has a default that does nothing.
pub(in crate::check) trait Visitor<'w> {
    fn expr(&mut self, _expr: &'w Expr) {}

    /// A `NAME: CEL` that sets a variable; its value is not shown to [`Self::expr`].
    fn set(&mut self, _assign: &'w Assign) {}

    /// A trigger, before what stands in it.
    fn trigger(&mut self, _trigger: &'w Trigger) {}

    /// A step, before what stands in it.
    fn step(&mut self, _step: &'w Step) {}

    /// A value under `with`.
    fn content(&mut self, content: &'w Content) {
        content_exprs(content, &mut |expr| self.expr(expr));
    }
}

/// Every expression in a text.
pub(in crate::check) fn text_exprs<'w>(text: &'w TextExpr, see: &mut dyn FnMut(&'w Expr)) {
    for part in &text.parts {
        if let Part::Cel(expr) = part {
            see(expr);
        }
    }
}

/// Every expression in a value, lists and maps included.
pub(in crate::check) fn content_exprs<'w>(content: &'w Content, see: &mut dyn FnMut(&'w Expr)) {
    match &content.kind {
        ContentKind::Text(text) => text_exprs(text, see),
        ContentKind::List(items) => items.iter().for_each(|item| content_exprs(item, see)),
        ContentKind::Map(entries) => entries
            .iter()
            .for_each(|(_, value)| content_exprs(value, see)),
        ContentKind::Unknown
        | ContentKind::Null
        | ContentKind::Bool(_)
        | ContentKind::Int(_)
        | ContentKind::Double(_) => {}
    }
}

pub(in crate::check) fn milestone<'w>(milestone: &'w Milestone, see: &mut dyn Visitor<'w>) {
    triggers(&milestone.enter, see);
    steps(&milestone.steps, see);
    milestone.rules.iter().for_each(|r| rule(r, see));
}

pub(in crate::check) fn rule<'w>(rule: &'w Rule, see: &mut dyn Visitor<'w>) {
    trigger(&rule.trigger, see);
    steps(&rule.steps, see);
}

pub(in crate::check) fn triggers<'w>(all: &'w [Trigger], see: &mut dyn Visitor<'w>) {
    for each in all {
        trigger(each, see);
    }
}

fn trigger<'w>(trigger: &'w Trigger, see: &mut dyn Visitor<'w>) {
    see.trigger(trigger);
    if let TriggerKind::Schedule {
        zone: Some(zone), ..
    } = &trigger.kind
    {
        see.expr(zone);
    }
    if let Some(when) = &trigger.when {
        see.expr(when);
    }
    trigger.set.iter().for_each(|assign| see.set(assign));
}

pub(in crate::check) fn steps<'w>(all: &'w [Step], see: &mut dyn Visitor<'w>) {
    for each in all {
        step(each, see);
    }
}

fn with<'w>(entries: &'w [(Name, Content)], see: &mut dyn Visitor<'w>) {
    for (_, value) in entries {
        see.content(value);
    }
}

fn step<'w>(step: &'w Step, see: &mut dyn Visitor<'w>) {
    see.step(step);
    match &step.kind {
        StepKind::Wait(w) => wait(w, see),
        StepKind::Send { with: values, .. } | StepKind::Emit { with: values, .. } => {
            with(values, see);
        }
        StepKind::Call {
            with: values,
            set,
            otherwise,
            ..
        } => {
            with(values, see);
            for assign in set {
                see.set(assign);
            }
            steps(otherwise, see);
        }
        StepKind::Set(set) => set.iter().for_each(|assign| see.set(assign)),
        StepKind::Update(update) => update.iter().for_each(|assign| see.expr(&assign.value)),
        StepKind::If {
            condition,
            then,
            otherwise,
        } => {
            see.expr(condition);
            steps(then, see);
            steps(otherwise, see);
        }
        StepKind::Choose { choices } => {
            for choice in choices {
                choice.when.iter().for_each(|when| see.expr(when));
                steps(&choice.steps, see);
            }
        }
        StepKind::Split { arms, .. } => arms.iter().for_each(|arm| steps(&arm.steps, see)),
        StepKind::Decide {
            among, fallback, ..
        } => {
            for offer in among {
                offer.when.iter().for_each(|when| see.expr(when));
                see.expr(&offer.score);
                steps(&offer.steps, see);
            }
            steps(fallback, see);
        }
        StepKind::Parallel(branches) => {
            for branch in branches {
                steps(&branch.steps, see);
            }
        }
        StepKind::Goto(_) | StepKind::End(_) | StepKind::Error => {}
    }
}

fn wait<'w>(wait: &'w Wait, see: &mut dyn Visitor<'w>) {
    match &wait.kind {
        WaitKind::For(_) => {}
        WaitKind::At { at, zone, .. } => {
            if let TimeOfDay::Cel(at) = at {
                see.expr(at);
            }
            if let Some(zone) = zone {
                see.expr(zone);
            }
        }
        WaitKind::Until(until) => see.expr(until),
        WaitKind::On(on) => trigger(on, see),
        WaitKind::Any(any) => {
            for alternative in any {
                trigger(&alternative.trigger, see);
                steps(&alternative.then, see);
            }
        }
    }
    steps(&wait.then, see);
    steps(&wait.otherwise, see);
}
