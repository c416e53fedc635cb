//! Which parts of a model a set of runs has reached: milestones, rules, branches and actions.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::engine::{Record, What};
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
    /// A message or a call.
    Action,
}

impl PartKind {
    pub const ALL: [Self; 4] = [Self::Milestone, Self::Rule, Self::Branch, Self::Action];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Milestone => "milestone",
            Self::Rule => "rule",
            Self::Branch => "branch",
            Self::Action => "action",
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
}

/// The parts of one model, and which of them were reached.
#[derive(Clone, Debug)]
pub struct Coverage {
    parts: Vec<Part>,
    by_sign: BTreeMap<Sign, usize>,
}

impl Coverage {
    /// Nothing is reached yet.
    pub fn new(model: &Model) -> Self {
        let mut coverage = Self {
            parts: Vec::new(),
            by_sign: BTreeMap::new(),
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
        }
        coverage.rules(&model.rules);
        coverage
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

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match &step.kind {
                StepKind::Send { template, .. } => self.action(step, template),
                StepKind::Call {
                    action, otherwise, ..
                } => {
                    self.action(step, action);
                    self.steps(otherwise);
                }
                StepKind::If {
                    then, otherwise, ..
                } => {
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
                StepKind::Wait(Wait::On { any, otherwise, .. }) => {
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
                | StepKind::End(_) => {}
            }
        }
    }
}

fn sign(record: &Record) -> Option<Sign> {
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
        _ => None,
    }
}
