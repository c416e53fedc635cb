//! What can come of a scenario, by name: what the journeys and rules of a workspace declare.

use std::collections::BTreeMap;

use crate::resolve::Resolved;
use crate::syntax::ast::{self, Kind, Step, StepKind, WaitKind};

/// Outcomes that the engine gives by itself: a restart, a join, an `end` that says none.
const OUTCOMES: [&str; 3] = ["incomplete", "merged", "end"];

/// The values of a step that branches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ways<'w> {
    /// `then`, `else`; the arms of a split; the offers of a `decide`.
    Words(Vec<&'w str>),
    /// A `choose` of so many.
    Index(usize),
}

/// Names that expectations can use, each list sorted.
#[derive(Default)]
pub(super) struct Known<'w> {
    pub milestones: Vec<&'w str>,
    pub rules: Vec<&'w str>,
    pub outcomes: Vec<&'w str>,
    /// By step id.
    pub branches: BTreeMap<String, Vec<Ways<'w>>>,
    /// The arms of all splits of a name.
    pub splits: BTreeMap<&'w str, Vec<&'w str>>,
    /// Some journey or rule could not be read: nothing is said of names that are not found.
    pub incomplete: bool,
}

impl<'w> Known<'w> {
    pub(super) fn collect(names: &Resolved<'w>) -> Self {
        let mut known = Self {
            outcomes: OUTCOMES.to_vec(),
            incomplete: names
                .broken
                .iter()
                .any(|(kind, _)| matches!(kind, Kind::Journey | Kind::Rule)),
            ..Self::default()
        };
        for journey in &names.journeys {
            let decl = journey.decl;
            known.incomplete |= decl.end.is_empty();
            known.rules(&decl.rules);
            let outcomes = decl.end.iter().filter_map(|t| t.outcome.as_ref());
            known.outcomes.extend(outcomes.map(|o| &*o.text));
            for milestone in &decl.milestones {
                known.milestones.push(&milestone.name.text);
                known.rules(&milestone.rules);
                known.block(&milestone.steps);
            }
        }
        for rule in &names.rules {
            known.rule(rule);
        }
        let lists = [&mut known.milestones, &mut known.rules, &mut known.outcomes];
        for list in lists.into_iter().chain(known.splits.values_mut()) {
            list.sort_unstable();
            list.dedup();
        }
        known
    }

    fn rules(&mut self, rules: &'w [ast::Rule]) {
        for rule in rules {
            self.rule(rule);
        }
    }

    fn rule(&mut self, rule: &'w ast::Rule) {
        self.rules.push(&rule.name.text);
        self.block(&rule.steps);
    }

    fn block(&mut self, steps: &'w [Step]) {
        // Only what branches is asked for by its id.
        let branches = |step: &Step| {
            use StepKind as Kind;
            matches!(
                step.kind,
                Kind::If { .. } | Kind::Choose { .. } | Kind::Split { .. } | Kind::Decide { .. }
            )
        };
        if steps.iter().any(branches) {
            for (step, id) in steps.iter().zip(ast::step_ids(steps)) {
                self.step(step, &id);
            }
        } else {
            for step in steps {
                self.step(step, "");
            }
        }
    }

    fn branch(&mut self, id: &str, ways: Ways<'w>) {
        self.branches.entry(id.to_owned()).or_default().push(ways);
    }

    fn step(&mut self, step: &'w Step, id: &str) {
        match &step.kind {
            StepKind::If {
                then, otherwise, ..
            } => {
                self.branch(id, Ways::Words(vec!["then", "else"]));
                self.block(then);
                self.block(otherwise);
            }
            StepKind::Choose { choices } => {
                self.branch(id, Ways::Index(choices.len()));
                for choice in choices {
                    self.block(&choice.steps);
                }
            }
            StepKind::Split { name, arms, .. } => {
                let words: Vec<&str> = arms.iter().map(|arm| &*arm.name.text).collect();
                self.splits.entry(&name.text).or_default().extend(&words);
                self.branch(id, Ways::Words(words));
                for arm in arms {
                    self.block(&arm.steps);
                }
            }
            StepKind::Decide {
                among, fallback, ..
            } => {
                let mut words: Vec<&str> = among.iter().map(|offer| &*offer.name.text).collect();
                words.push("fallback");
                self.branch(id, Ways::Words(words));
                for offer in among {
                    self.block(&offer.steps);
                }
                self.block(fallback);
            }
            StepKind::Wait(wait) => {
                if let WaitKind::Any(alternatives) = &wait.kind {
                    for alternative in alternatives {
                        self.block(&alternative.then);
                    }
                }
                self.block(&wait.then);
                self.block(&wait.otherwise);
            }
            StepKind::Call { otherwise, .. } => self.block(otherwise),
            StepKind::Parallel(branches) => {
                for branch in branches {
                    self.block(&branch.steps);
                }
            }
            StepKind::End(outcome) => self.outcomes.push(&outcome.text),
            StepKind::Error => self.incomplete = true,
            StepKind::Send { .. }
            | StepKind::Set(_)
            | StepKind::Update(_)
            | StepKind::Emit { .. }
            | StepKind::Goto(_) => {}
        }
    }
}
