//! All conditions of a model: a place goes in, the text of the condition and whose it is come out.

use std::collections::BTreeMap;

use super::nearest::{Change, nearest};
use super::parts::Assertion;
use crate::dryrun::Mask;
use crate::engine::Looked;
use crate::model::{
    At, Expr, Journey, Model, On, Rule, SegmentKind, Step, StepKind, Trigger, Wait,
};

/// A condition as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub at: At,
    pub cel: String,
    pub of: Owner,
    /// `rule long_hold`, `entering ordered`, `if 2`.
    pub name: String,
    /// Of a trigger that is only a condition: looked at whenever anything happens.
    pub alone: bool,
}

/// What hangs on a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Start,
    Enter,
    End,
    Rule,
    /// Of steps that wait.
    Wait,
    /// An `if`, an arm of a `choose`, an offer.
    Branch,
    Segment,
    Persona,
}

/// By place.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    list: Vec<Condition>,
    by_at: BTreeMap<At, usize>,
    /// What triggers lead to, by their places.
    triggers: BTreeMap<At, String>,
    mask: Option<Mask>,
}

impl Conditions {
    /// The same, with the values of persons masked.
    #[must_use]
    pub fn masking(self, mask: Option<Mask>) -> Self {
        Self { mask, ..self }
    }

    /// A value in words.
    pub(super) fn told(&self, value: &serde_json::Value) -> String {
        match &self.mask {
            Some(mask) => mask.json(value).to_string(),
            None => value.to_string(),
        }
    }

    /// The smallest change under which a condition comes to `want`.
    pub(super) fn nearest(&self, looked: &Looked, want: bool) -> Vec<Change> {
        let Some(condition) = self.at(&looked.at) else {
            return Vec::new();
        };
        let changes = nearest(&condition.cel, looked, want).into_iter();
        match &self.mask {
            Some(mask) => changes.map(|change| change.masked(mask)).collect(),
            None => changes.collect(),
        }
    }

    /// What a condition came to, part by part; none where it is no condition of this model.
    pub fn assertion(&self, looked: &Looked) -> Option<(&Condition, Assertion)> {
        let condition = self.at(&looked.at)?;
        let mut assertion = Assertion::new(&condition.cel, looked);
        if let Some(mask) = &self.mask {
            assertion.mask(mask);
        }
        Some((condition, assertion))
    }

    pub fn new(model: &Model) -> Self {
        let mut all = Self::default();
        for segment in &model.segments {
            if let SegmentKind::When(when) = &segment.kind {
                all.add(
                    when,
                    Owner::Segment,
                    format!("segment {}", segment.name),
                    false,
                );
            }
        }
        for persona in &model.personas {
            let name = format!("persona {}", persona.name);
            all.add(&persona.when, Owner::Persona, name, false);
        }
        for journey in &model.journeys {
            all.journey(journey);
        }
        all.rules(&model.rules);
        all
    }

    /// In the order of the model.
    pub fn list(&self) -> &[Condition] {
        &self.list
    }

    pub fn at(&self, at: &str) -> Option<&Condition> {
        self.by_at.get(at).map(|index| &self.list[*index])
    }

    /// What the trigger at a place leads to: `entering ordered`.
    pub fn trigger_at(&self, at: &str) -> Option<&str> {
        self.triggers.get(at).map(String::as_str)
    }

    /// Of the segment with this name.
    pub(super) fn segment(&self, name: &str) -> Option<&Condition> {
        let is = |it: &&Condition| {
            it.of == Owner::Segment && it.name.strip_prefix("segment ") == Some(name)
        };
        self.list.iter().find(is)
    }

    fn add(&mut self, expr: &Expr, of: Owner, name: String, alone: bool) {
        // What an alias repeats is one condition.
        if self.by_at.contains_key(&expr.at) {
            return;
        }
        self.by_at.insert(expr.at.clone(), self.list.len());
        self.list.push(Condition {
            at: expr.at.clone(),
            cel: expr.cel.to_string(),
            of,
            name,
            alone,
        });
    }

    fn trigger(&mut self, trigger: &Trigger, of: Owner, name: impl Into<String>) {
        let name = name.into();
        if let Some(when) = &trigger.when {
            let alone = matches!(trigger.on, On::Condition);
            self.add(when, of, name.clone(), alone);
        }
        self.triggers.insert(trigger.at.clone(), name);
    }

    fn journey(&mut self, journey: &Journey) {
        for start in &journey.start {
            self.trigger(
                start,
                Owner::Start,
                format!("the start of {}", journey.name),
            );
        }
        for milestone in &journey.milestones {
            for enter in &milestone.enter {
                self.trigger(enter, Owner::Enter, format!("entering {}", milestone.name));
            }
            self.steps(&milestone.steps);
            self.rules(&milestone.rules);
        }
        self.rules(&journey.rules);
        for end in &journey.end {
            let outcome = end.outcome.as_deref().unwrap_or("end");
            self.trigger(end, Owner::End, format!("the end as {outcome}"));
        }
    }

    fn rules(&mut self, rules: &[Rule]) {
        for rule in rules {
            self.trigger(&rule.trigger, Owner::Rule, format!("rule {}", rule.name));
            self.steps(&rule.steps);
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match &step.kind {
                StepKind::If { condition, .. } => {
                    self.add(condition, Owner::Branch, step.id.to_string(), false);
                }
                StepKind::Choose(choices) => {
                    for (index, choice) in choices.iter().enumerate() {
                        if let Some(when) = &choice.when {
                            let name = format!("{}, arm {}", step.id, index + 1);
                            self.add(when, Owner::Branch, name, false);
                        }
                    }
                }
                StepKind::Decide { among, .. } => {
                    for offer in among {
                        if let Some(when) = &offer.when {
                            let name = format!("{}, offer {}", step.id, offer.name);
                            self.add(when, Owner::Branch, name, false);
                        }
                    }
                }
                StepKind::Wait(Wait::On { any, .. }) => {
                    for alternative in any {
                        self.trigger(&alternative.trigger, Owner::Wait, step.id.to_string());
                    }
                }
                _ => {}
            }
            for block in step.kind.blocks() {
                self.steps(block);
            }
        }
    }
}
