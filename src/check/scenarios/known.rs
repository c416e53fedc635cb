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

    /// The steps of one block: a step without an `id` is known by its place among its like.
    fn block(&mut self, steps: &'w [Step]) {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for step in steps {
            self.step(step, &mut counts);
        }
    }

    fn step(&mut self, step: &'w Step, counts: &mut BTreeMap<String, u32>) {
        let mut branch = |known: &mut Self, names: &[String], ways: Ways<'w>| {
            if let Some(id) = &step.id {
                known.branches.entry(id.to_string()).or_default().push(ways);
                return;
            }
            for name in names {
                let count = counts.entry(name.clone()).or_default();
                *count += 1;
                let id = match count {
                    1 => name.clone(),
                    count => format!("{name} {count}"),
                };
                let all = known.branches.entry(id).or_default();
                all.push(ways.clone());
            }
        };
        match &step.kind {
            StepKind::If {
                then, otherwise, ..
            } => {
                branch(self, &["if".into()], Ways::Words(vec!["then", "else"]));
                self.block(then);
                self.block(otherwise);
            }
            StepKind::Choose { choices } => {
                branch(self, &["choose".into()], Ways::Index(choices.len()));
                for choice in choices {
                    self.block(&choice.steps);
                }
            }
            StepKind::Split { name, arms, .. } => {
                let words: Vec<&str> = arms.iter().map(|arm| &*arm.name.text).collect();
                self.splits.entry(&name.text).or_default().extend(&words);
                let names = ["split".into(), format!("split {name}")];
                branch(self, &names, Ways::Words(words));
                for arm in arms {
                    self.block(&arm.steps);
                }
            }
            StepKind::Decide {
                name,
                among,
                fallback,
            } => {
                let mut words: Vec<&str> = among.iter().map(|offer| &*offer.name.text).collect();
                words.push("fallback");
                let names = ["decide".into(), format!("decide {name}")];
                branch(self, &names, Ways::Words(words));
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
