//! Which parts of a model a set of runs has reached: milestones, rules, steps, branches, both
//! outcomes of every condition, time-outs and ends.
//!
//! Runs to which somebody listened, that is: conditions and steps are told only then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::why::Conditions;
use crate::engine::{Record, WaitEnd, What, Why};
use crate::model::{At, Model, Rule, Step, StepKind, Wait};

/// A part of a model that can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub kind: PartKind,
    /// `backpack.considering`, `rule long_hold`, `if: then`.
    pub name: String,
    pub at: At,
    pub reached: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartKind {
    Milestone,
    Rule,
    Branch,
    /// A condition that holds, or does not; an `if` is two branches.
    Condition,
    /// A message or a call.
    Action,
    /// Any other step.
    Step,
    /// Of a step that waits.
    Timeout,
    /// An `end` of a journey.
    Outcome,
}

impl PartKind {
    pub const ALL: [Self; 8] = [
        Self::Milestone,
        Self::Rule,
        Self::Branch,
        Self::Condition,
        Self::Action,
        Self::Step,
        Self::Timeout,
        Self::Outcome,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Milestone => "milestone",
            Self::Rule => "rule",
            Self::Branch => "branch",
            Self::Condition => "condition",
            Self::Action => "action",
            Self::Step => "step",
            Self::Timeout => "timeout",
            Self::Outcome => "outcome",
        }
    }
}

/// What tells that a part was reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Milestone { journey: Arc<str>, name: Arc<str> },
    Rule { at: At },
    Branch { at: At, taken: String },
    Action { at: At },
    Condition { at: At, holds: bool },
    Step { at: At },
    Timeout { at: At },
    Outcome { at: At },
}

/// The parts of one model, and which of them were reached.
#[derive(Clone, Debug)]
pub struct Coverage {
    parts: Vec<Part>,
    by_sign: BTreeMap<Sign, usize>,
    /// Conditions whose two outcomes are branches.
    branching: BTreeSet<At>,
}

impl Coverage {
    /// Nothing is reached yet.
    pub fn new(model: &Model) -> Self {
        let mut coverage = Self {
            parts: Vec::new(),
            by_sign: BTreeMap::new(),
            branching: BTreeSet::new(),
        };
        for journey in &model.journeys {
            for milestone in &journey.milestones {
                let sign = Sign::Milestone {
                    journey: journey.name.clone(),
                    name: milestone.name.clone(),
                };
                let name = format!("{}.{}", journey.name, milestone.name);
                coverage.add(PartKind::Milestone, name, &milestone.at, sign);
                coverage.steps(&milestone.steps);
                coverage.rules(&milestone.rules);
            }
            coverage.rules(&journey.rules);
            for end in &journey.end {
                let outcome = end.outcome.as_deref().unwrap_or("end");
                let name = format!("{}: {outcome}", journey.name);
                let at = end.at.clone();
                coverage.add(PartKind::Outcome, name, &end.at, Sign::Outcome { at });
            }
        }
        coverage.rules(&model.rules);
        coverage.conditions(model);
        coverage
    }

    fn conditions(&mut self, model: &Model) {
        for condition in Conditions::new(model).list() {
            if self.branching.contains(&condition.at) {
                continue;
            }
            for (holds, told) in [(true, "holds"), (false, "does not hold")] {
                let name = format!("{} {told}", condition.name);
                let sign = Sign::Condition {
                    at: condition.at.clone(),
                    holds,
                };
                self.add(PartKind::Condition, name, &condition.at, sign);
            }
        }
    }

    /// How many parts are reached, and how many there are.
    pub fn count(&self) -> (usize, usize) {
        let reached = self.parts.iter().filter(|part| part.reached).count();
        (reached, self.parts.len())
    }

    /// The share of the parts that is reached, in per cent; all of nothing.
    #[expect(clippy::cast_precision_loss, reason = "a model has far fewer parts")]
    pub fn percent(&self) -> f64 {
        match self.count() {
            (_, 0) => 100.0,
            (reached, all) => reached as f64 * 100.0 / all as f64,
        }
    }

    /// Marks what these records tell of.
    pub fn reach<'a>(&mut self, records: impl IntoIterator<Item = &'a Record>) {
        for record in records {
            if let Some(sign) = sign(record)
                && let Some(part) = self.by_sign.get(&sign)
            {
                self.parts[*part].reached = true;
            }
        }
    }

    /// In the order of the model.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn add(&mut self, kind: PartKind, name: String, at: &At, sign: Sign) {
        self.by_sign.insert(sign, self.parts.len());
        self.parts.push(Part {
            kind,
            name,
            at: at.clone(),
            reached: false,
        });
    }

    fn rules(&mut self, rules: &[Rule]) {
        for rule in rules {
            let sign = Sign::Rule {
                at: rule.trigger.at.clone(),
            };
            self.add(PartKind::Rule, rule.name.to_string(), &rule.at, sign);
            self.steps(&rule.steps);
        }
    }

    fn branch(&mut self, step: &Step, taken: impl Into<String>) {
        let taken = taken.into();
        let name = format!("{}: {taken}", step.id);
        let sign = Sign::Branch {
            at: step.at.clone(),
            taken,
        };
        self.add(PartKind::Branch, name, &step.at, sign);
    }

    fn action(&mut self, step: &Step, name: &str) {
        let sign = Sign::Action {
            at: step.at.clone(),
        };
        self.add(PartKind::Action, name.to_owned(), &step.at, sign);
    }

    fn step(&mut self, step: &Step) {
        let at = step.at.clone();
        self.add(
            PartKind::Step,
            step.id.to_string(),
            &step.at,
            Sign::Step { at },
        );
    }

    fn timeout(&mut self, step: &Step) {
        let at = step.at.clone();
        let name = format!("{} in vain", step.id);
        self.add(PartKind::Timeout, name, &step.at, Sign::Timeout { at });
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match &step.kind {
                StepKind::Send { template, .. } => self.action(step, template),
                StepKind::Call {
                    action,
                    timeout,
                    otherwise,
                    ..
                } => {
                    self.action(step, action);
                    if timeout.is_some() {
                        self.timeout(step);
                    }
                    self.steps(otherwise);
                }
                StepKind::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    self.branching.insert(condition.at.clone());
                    self.branch(step, "then");
                    self.steps(then);
                    self.branch(step, "else");
                    self.steps(otherwise);
                }
                StepKind::Choose(choices) => {
                    for (index, choice) in choices.iter().enumerate() {
                        self.branch(step, index.to_string());
                        self.steps(&choice.steps);
                    }
                }
                StepKind::Split(split) => {
                    for arm in &split.arms {
                        self.branch(step, &*arm.name);
                        self.steps(&arm.steps);
                    }
                }
                StepKind::Decide {
                    among, fallback, ..
                } => {
                    for offer in among {
                        self.branch(step, &*offer.name);
                        self.steps(&offer.steps);
                    }
                    self.steps(fallback);
                }
                StepKind::Parallel(branches) => {
                    for branch in branches {
                        self.steps(branch);
                    }
                }
                StepKind::Wait(Wait::On {
                    any,
                    timeout,
                    otherwise,
                }) => {
                    self.step(step);
                    if timeout.is_some() {
                        self.timeout(step);
                    }
                    for alternative in any {
                        self.steps(&alternative.then);
                    }
                    self.steps(otherwise);
                }
                StepKind::Wait(Wait::For(_) | Wait::At { .. } | Wait::Until(_))
                | StepKind::Set(_)
                | StepKind::Update(_)
                | StepKind::Emit { .. }
                | StepKind::Goto(_)
                | StepKind::End(_) => self.step(step),
            }
        }
    }
}

fn sign(record: &Record) -> Option<Sign> {
    if let What::Why(why) = &record.what {
        return match &**why {
            Why::Looked(looked) => Some(Sign::Condition {
                at: looked.at.clone(),
                holds: looked.holds,
            }),
            Why::Reached { at } => Some(Sign::Step { at: at.clone() }),
            Why::Occurred { .. } | Why::Hindered { .. } => None,
        };
    }
    let at = record.at.clone();
    match &record.what {
        What::MilestoneEntered { name } => Some(Sign::Milestone {
            journey: record.journey.clone()?,
            name: name.clone(),
        }),
        What::RuleFired { .. } => Some(Sign::Rule { at: at? }),
        What::BranchTaken { value, .. } => Some(Sign::Branch {
            at: at?,
            taken: match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            },
        }),
        // Held back is reached as well: the step has run.
        What::ActionEmitted(_) | What::ActionDeferred(_) | What::ActionSuppressed(_) => {
            Some(Sign::Action { at: at? })
        }
        What::WaitEnded {
            reason: WaitEnd::Timeout,
            ..
        } => Some(Sign::Timeout { at: at? }),
        What::SessionEnded { .. } => Some(Sign::Outcome { at: at? }),
        _ => None,
    }
}
