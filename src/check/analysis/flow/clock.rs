//! How much time has passed, at the least, when steps come to a place.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::source::Span;
use crate::syntax::ast::{Step, StepKind, Trigger, TriggerKind, Wait, WaitKind};

/// What is learned on the way through steps.
#[derive(Default)]
pub(super) struct Clock {
    /// Where they go, and how long after the start of the session at the earliest.
    pub gotos: Vec<(Arc<str>, SignedDuration)>,
    /// The times that are waited for, and when they are over at the earliest.
    pub waits: Vec<(Span, SignedDuration)>,
}

impl Clock {
    /// Goes through steps that start then; answers when they are done at the earliest, none where
    /// they never come to their end.
    pub(super) fn walk(&mut self, steps: &[Step], start: SignedDuration) -> Option<SignedDuration> {
        steps
            .iter()
            .try_fold(start, |now, step| self.step(step, now))
    }

    fn step(&mut self, step: &Step, now: SignedDuration) -> Option<SignedDuration> {
        match &step.kind {
            StepKind::Wait(wait) => self.wait(wait, now),
            StepKind::Goto(name) => {
                self.gotos.push((name.text.clone(), now));
                None
            }
            StepKind::End(_) => None,
            StepKind::Call { otherwise, .. } => {
                self.walk(otherwise, now);
                Some(now)
            }
            StepKind::If {
                then, otherwise, ..
            } => self.first([then, otherwise], now),
            StepKind::Choose { choices } => {
                let all = choices.iter().any(|it| it.when.is_none());
                let first = self.first(choices.iter().map(|it| &it.steps), now);
                if all { first } else { Some(now) }
            }
            StepKind::Split { arms, .. } => self.first(arms.iter().map(|it| &it.steps), now),
            StepKind::Decide {
                among, fallback, ..
            } => {
                let offers = among.iter().map(|it| &it.steps);
                self.first(offers.chain([fallback]), now)
            }
            StepKind::Parallel(branches) => {
                let mut last = Some(now);
                for branch in branches {
                    let done = self.walk(&branch.steps, now);
                    last = last.and_then(|last| Some(last.max(done?)));
                }
                last
            }
            StepKind::Send { .. }
            | StepKind::Set(_)
            | StepKind::Update(_)
            | StepKind::Emit { .. }
            | StepKind::Error => Some(now),
        }
    }

    fn first<'a>(
        &mut self,
        blocks: impl IntoIterator<Item = &'a Vec<Step>>,
        now: SignedDuration,
    ) -> Option<SignedDuration> {
        let blocks = blocks.into_iter();
        blocks.filter_map(|block| self.walk(block, now)).min()
    }

    fn wait(&mut self, wait: &Wait, now: SignedDuration) -> Option<SignedDuration> {
        let met = match &wait.kind {
            WaitKind::For(time) => {
                let over = now.saturating_add(time.value);
                self.waits.push((time.span, over));
                return Some(over);
            }
            WaitKind::At { days, .. } if *days > 1 => {
                let over = now.saturating_add(midnights(*days));
                self.waits.push((wait.span, over));
                return Some(over);
            }
            WaitKind::At { .. } | WaitKind::Until(_) => return Some(now),
            WaitKind::On(trigger) => {
                let due = self.due(trigger, now);
                self.walk(&wait.then, due)
            }
            WaitKind::Any(any) => (any.iter())
                .filter_map(|it| {
                    let due = self.due(&it.trigger, now);
                    self.walk(&it.then, due)
                })
                .min(),
        };
        let Some(timeout) = &wait.timeout else {
            return met;
        };
        let over = now.saturating_add(timeout.value);
        self.waits.push((timeout.span, over));
        let otherwise = self.walk(&wait.otherwise, over);
        met.into_iter().chain(otherwise).min()
    }

    /// When a trigger fires at the earliest that comes into force then.
    pub(super) fn due(&mut self, trigger: &Trigger, now: SignedDuration) -> SignedDuration {
        match &trigger.kind {
            TriggerKind::After(time) | TriggerKind::Every(time) => {
                let due = now.saturating_add(time.value);
                self.waits.push((time.span, due));
                due
            }
            _ => now,
        }
    }
}

/// How long so many midnights take at the least: the first may be near, and one of the days an hour
/// short, where the clocks go forward.
fn midnights(days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * (i64::from(days) - 1) - 1)
}
