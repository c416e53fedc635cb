//! Going through steps, and what is said in few words of triggers.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use crate::source::Span;
use crate::syntax::ast::{Name, On, Step, StepKind, Trigger, TriggerKind};

/// The blocks of steps right below a step, in the order of the text.
pub(super) fn blocks(kind: &StepKind) -> SmallVec<[&[Step]; 4]> {
    match kind {
        StepKind::Wait(wait) => {
            let mut blocks: SmallVec<_> = smallvec![wait.then.as_slice()];
            if let crate::syntax::ast::WaitKind::Any(any) = &wait.kind {
                blocks.extend(any.iter().map(|it| it.then.as_slice()));
            }
            blocks.push(wait.otherwise.as_slice());
            blocks
        }
        StepKind::Call { otherwise, .. } => smallvec![otherwise.as_slice()],
        StepKind::If {
            then, otherwise, ..
        } => smallvec![then.as_slice(), otherwise.as_slice()],
        StepKind::Choose { choices } => choices.iter().map(|it| it.steps.as_slice()).collect(),
        StepKind::Split { arms, .. } => arms.iter().map(|it| it.steps.as_slice()).collect(),
        StepKind::Decide {
            among, fallback, ..
        } => {
            let offers = among.iter().map(|it| it.steps.as_slice());
            offers.chain([fallback.as_slice()]).collect()
        }
        StepKind::Parallel(branches) => branches.iter().map(|it| it.steps.as_slice()).collect(),
        StepKind::Send { .. }
        | StepKind::Set(_)
        | StepKind::Update(_)
        | StepKind::Emit { .. }
        | StepKind::Goto(_)
        | StepKind::End(_)
        | StepKind::Error => SmallVec::new(),
    }
}

/// Calls `see` with every step, those below others included.
pub(in crate::check) fn each<'a>(steps: &'a [Step], see: &mut impl FnMut(&'a Step)) {
    for step in steps {
        see(step);
        for block in blocks(&step.kind) {
            each(block, see);
        }
    }
}

/// Where the steps go, wherever that stands in them.
pub(super) fn gotos(steps: &[Step]) -> Vec<&Name> {
    let mut gotos = Vec::new();
    each(steps, &mut |step| {
        if let StepKind::Goto(name) = &step.kind {
            gotos.push(name);
        }
    });
    gotos
}

/// Whether any of the steps ends the session.
pub(super) fn ends(steps: &[Step]) -> bool {
    let mut ends = false;
    each(steps, &mut |step| {
        ends |= matches!(step.kind, StepKind::End(_));
    });
    ends
}

/// What a trigger listens to, as it is written: `shop.order_placed`, `milestone.ordered`.
pub(in crate::check::analysis) fn written(on: &On) -> Arc<str> {
    match on {
        On::Event(event) => event.text().clone(),
        On::Start(_) => "start".into(),
        On::End(_) => "end".into(),
        On::Milestone(name) => format!("milestone.{name}").into(),
        On::SegmentEntered(name) => format!("segment.{name}.entered").into(),
        On::SegmentLeft(name) => format!("segment.{name}.left").into(),
        On::JourneyStarted(name) => format!("journey.{name}.started").into(),
        On::JourneyEnded(name) => format!("journey.{name}.ended").into(),
    }
}

/// Where a trigger listens to something.
pub(super) fn listens(trigger: &Trigger, to: &str) -> Option<Span> {
    let TriggerKind::On(ons) = &trigger.kind else {
        return None;
    };
    let on = ons.iter().find(|on| is(on, to))?;
    Some(crate::check::triggers::on_span(on))
}

/// Whether a trigger listens to what is [`written`] so.
fn is(on: &On, text: &str) -> bool {
    let named = |root: &str, name: &Name, what: &str| {
        let rest = text.strip_prefix(root);
        rest.and_then(|it| it.strip_prefix(&*name.text)) == Some(what)
    };
    match on {
        On::Event(event) => {
            let mut rest = Some(text);
            for (index, name) in event.names().iter().enumerate() {
                let at_name = rest.and_then(|it| match index {
                    0 => Some(it),
                    _ => it.strip_prefix('.'),
                });
                rest = at_name.and_then(|it| it.strip_prefix(&*name.text));
            }
            rest == Some("")
        }
        On::Start(_) => text == "start",
        On::End(_) => text == "end",
        On::Milestone(name) => named("milestone.", name, ""),
        On::SegmentEntered(name) => named("segment.", name, ".entered"),
        On::SegmentLeft(name) => named("segment.", name, ".left"),
        On::JourneyStarted(name) => named("journey.", name, ".started"),
        On::JourneyEnded(name) => named("journey.", name, ".ended"),
    }
}
