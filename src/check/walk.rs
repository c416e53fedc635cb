//! All steps of a block and of the blocks in it.

use crate::syntax::ast::{Step, StepKind, Wait, WaitKind};

/// Visits every step of a block and of the blocks in it, in order.
pub(super) fn each<'a>(steps: &'a [Step], visit: &mut dyn FnMut(&'a Step)) {
    for step in steps {
        visit(step);
        for block in blocks(step) {
            each(block, visit);
        }
    }
}

/// The blocks of steps in a step.
fn blocks(step: &Step) -> Vec<&[Step]> {
    match &step.kind {
        StepKind::Wait(wait) => wait_blocks(wait),
        StepKind::Call { otherwise, .. } => vec![otherwise],
        StepKind::If {
            then, otherwise, ..
        } => vec![then, otherwise],
        StepKind::Choose { choices } => choices.iter().map(|c| &c.steps[..]).collect(),
        StepKind::Split { arms, .. } => arms.iter().map(|a| &a.steps[..]).collect(),
        StepKind::Decide {
            among, fallback, ..
        } => {
            let offers = among.iter().map(|o| &o.steps[..]);
            offers.chain([&fallback[..]]).collect()
        }
        StepKind::Parallel(branches) => branches.iter().map(|b| &b.steps[..]).collect(),
        StepKind::Send { .. }
        | StepKind::Set(_)
        | StepKind::Update(_)
        | StepKind::Emit { .. }
        | StepKind::Goto(_)
        | StepKind::End(_)
        | StepKind::Error => Vec::new(),
    }
}

fn wait_blocks(wait: &Wait) -> Vec<&[Step]> {
    let mut blocks = vec![&wait.then[..], &wait.otherwise[..]];
    if let WaitKind::Any(alternatives) = &wait.kind {
        blocks.extend(alternatives.iter().map(|a| &a.then[..]));
    }
    blocks
}
