//! Stable ids: a model goes in, every journey, milestone, rule and step has one that is made of
//! names only, so that neither another order, nor another file, nor another layout changes it.
//!
//! `journeys/backpack`, `journeys/backpack/milestones/delivered/rules/ask`,
//! `journeys/backpack/milestones/delivered/do/if/then/call crm.open_case`, `rules/thank_vip`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::{Model, Rule, Step, StepKind, Wait};

/// Stands in no name of the language: what lives on from an earlier plan is `NAME@HASH` beside the
/// `NAME` of today's. See [`plain`].
pub const KEPT: char = '@';

/// What travelers, traces and counts know a journey, rule or template as, whichever plan it is of.
pub fn plain(name: &str) -> &str {
    name.split(KEPT).next().unwrap_or(name)
}

/// Gives all their ids.
pub fn assign(model: &mut Model) {
    for journey in &mut model.journeys {
        let mut path = Path::of("journeys", &journey.name);
        journey.id = path.id();
        for milestone in &mut journey.milestones {
            path.below("milestones", |path| {
                path.below(&milestone.name, |path| {
                    milestone.id = path.id();
                    path.below("do", |path| steps(&mut milestone.steps, path));
                    path.below("rules", |path| rules(&mut milestone.rules, path));
                });
            });
        }
        path.below("rules", |path| rules(&mut journey.rules, path));
    }
    let mut path = Path(String::from("rules"));
    rules(&mut model.rules, &mut path);
}

/// Whether all have the ids that [`assign`] gives them; else one that should be there.
pub fn verify(model: &Model) -> Result<(), Arc<str>> {
    let mut again = model.clone();
    assign(&mut again);
    let (mut stated, mut due) = (Vec::new(), Vec::new());
    collect(model, &mut stated);
    collect(&again, &mut due);
    match stated.iter().zip(&due).find(|(a, b)| a != b) {
        Some((_, due)) => Err(due.clone()),
        None => Ok(()),
    }
}

struct Path(String);

impl Path {
    fn of(kind: &str, name: &str) -> Self {
        Self(format!("{kind}/{name}"))
    }

    fn id(&self) -> Arc<str> {
        Arc::from(&*self.0)
    }

    fn below(&mut self, name: &str, then: impl FnOnce(&mut Self)) {
        let before = self.0.len();
        let _ = write!(self.0, "/{name}");
        then(self);
        self.0.truncate(before);
    }
}

fn rules(rules: &mut [Rule], path: &mut Path) {
    for rule in rules {
        path.below(&rule.name, |path| {
            rule.id = path.id();
            path.below("do", |path| steps(&mut rule.steps, path));
        });
    }
}

fn steps(all: &mut [Step], path: &mut Path) {
    for step in all {
        let local = step.id.clone();
        path.below(&local, |path| {
            step.path = path.id();
            for (name, block) in step.kind.blocks_mut() {
                match name {
                    Some(name) => path.below(&name, |path| steps(block, path)),
                    None => steps(block, path),
                }
            }
        });
    }
}

/// Names blocks that have none after their first steps, so that their order does not matter; of
/// several alike the second is `send a 2`.
#[derive(Default)]
struct Unnamed(BTreeMap<Arc<str>, u32>);

impl Unnamed {
    fn name(&mut self, block: &[Step]) -> Option<Arc<str>> {
        let first = block.first()?.id.clone();
        let count = self.0.entry(first.clone()).or_default();
        *count += 1;
        Some(match *count {
            1 => first,
            count => format!("{first} {count}").into(),
        })
    }
}

impl StepKind {
    /// The blocks below a step, each with what it is called.
    pub(crate) fn blocks_mut(&mut self) -> Vec<(Option<Arc<str>>, &mut [Step])> {
        let named = |name: &str| Some(Arc::from(name));
        let mut unnamed = Unnamed::default();
        match self {
            Self::Call { otherwise, .. } => vec![(named("else"), otherwise)],
            Self::If {
                then, otherwise, ..
            } => vec![(named("then"), then), (named("else"), otherwise)],
            Self::Choose(choices) => (choices.iter_mut())
                .map(|choice| match choice.when {
                    Some(_) => (unnamed.name(&choice.steps), &mut *choice.steps),
                    None => (named("otherwise"), &mut *choice.steps),
                })
                .collect(),
            Self::Split(split) => (split.arms.iter_mut())
                .map(|arm| (Some(arm.name.clone()), &mut *arm.steps))
                .collect(),
            Self::Decide {
                among, fallback, ..
            } => (among.iter_mut())
                .map(|offer| (named(&format!("offer {}", offer.name)), &mut *offer.steps))
                .chain([(named("fallback"), &mut **fallback)])
                .collect(),
            Self::Parallel(blocks) => (blocks.iter_mut())
                .map(|block| (unnamed.name(block), &mut **block))
                .collect(),
            Self::Wait(Wait::On { any, otherwise, .. }) => (any.iter_mut())
                .map(|it| (unnamed.name(&it.then), &mut *it.then))
                .map(|(name, block)| (name.map(|name| format!("then {name}").into()), block))
                .chain([(named("else"), &mut **otherwise)])
                .collect(),
            Self::Wait(_)
            | Self::Send { .. }
            | Self::Set(_)
            | Self::Update(_)
            | Self::Emit { .. }
            | Self::Goto(_)
            | Self::End(_) => Vec::new(),
        }
    }
}

fn collect(model: &Model, ids: &mut Vec<Arc<str>>) {
    fn rules(rules: &[Rule], ids: &mut Vec<Arc<str>>) {
        for rule in rules {
            ids.push(rule.id.clone());
            collect_steps(&rule.steps, ids);
        }
    }
    for journey in &model.journeys {
        ids.push(journey.id.clone());
        for milestone in &journey.milestones {
            ids.push(milestone.id.clone());
            collect_steps(&milestone.steps, ids);
            rules(&milestone.rules, ids);
        }
        rules(&journey.rules, ids);
    }
    rules(&model.rules, ids);
}

fn collect_steps(steps: &[Step], ids: &mut Vec<Arc<str>>) {
    for step in steps {
        ids.push(step.path.clone());
        for block in step.kind.blocks() {
            collect_steps(block, ids);
        }
    }
}
