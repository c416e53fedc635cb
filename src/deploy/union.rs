//! The plan that runs: the new one, and journeys of earlier plans for those who are still on them.
//!
//! A kept journey is `NAME@CONTENT` beside the `NAME` of today, or `NAME` itself where the new plan
//! has none; it never starts. With it come the rules outside any journey that hold in it, and the
//! templates that it sends, where they are others now. Everything else is of the new plan: whether
//! the journey can live in that is found out by linking it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::content::{each_step, of_journey, of_template, outside};
use crate::engine::{Engine, LinkError};
use crate::model::ids::{KEPT, plain};
use crate::model::{Journey, Model, Rule, StepKind, Template};

/// A journey of an earlier plan, ready to live in the new one.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// What the running plan calls it.
    pub old: Arc<str>,
    /// What the new one does.
    pub name: Arc<str>,
    journey: Journey,
    rules: Vec<Rule>,
    templates: Vec<Template>,
}

impl Kept {
    /// A journey of the running plan, beside those of the new one.
    pub(super) fn new(
        running: &Model,
        old: &Journey,
        new: &Model,
        taken: &BTreeSet<Arc<str>>,
    ) -> Self {
        let known_as = plain(&old.name);
        let own = format!("{known_as}{KEPT}{}", of_journey(running, old));
        let today = new.journeys.iter().find(|it| *it.name == *known_as);
        let name: Arc<str> = match today {
            None if !taken.contains(known_as) => known_as.into(),
            _ => own.into(),
        };
        let mut journey = old.clone();
        journey.name = name.clone();
        journey.start.clear();
        journey.migrate = None;
        // What is paused or in shadow is the journey, whichever plan its sessions began with.
        if let Some(today) = today {
            journey.status = today.status;
        }
        let mut rules = outside(running, &old.name);
        for rule in &mut rules {
            rule.name = format!("{}{KEPT}{name}", plain(&rule.name)).into();
            rule.journeys = vec![name.clone()];
        }
        let mut templates = BTreeMap::new();
        let mut rename = |template: &mut Arc<str>| {
            let Some(sent) = running.templates.iter().find(|it| it.name == *template) else {
                return;
            };
            let known_as = plain(template);
            let content = of_template(sent);
            let today = new.templates.iter().find(|it| *it.name == *known_as);
            *template = match today {
                Some(today) if of_template(today) == content => today.name.clone(),
                _ => format!("{known_as}{KEPT}{content}").into(),
            };
            if today.is_none_or(|it| it.name != *template) {
                let kept = Template {
                    name: template.clone(),
                    ..sent.clone()
                };
                templates.insert(template.clone(), kept);
            }
        };
        let milestones = journey.milestones.iter_mut();
        let (does, inner): (Vec<_>, Vec<_>) =
            (milestones.map(|it| (&mut it.steps, &mut it.rules))).unzip();
        let from_rules = (inner.into_iter().flatten())
            .chain(&mut journey.rules)
            .chain(&mut rules)
            .map(|rule| &mut rule.steps);
        for steps in does.into_iter().chain(from_rules) {
            each_step(steps, &mut |step| {
                if let StepKind::Send { template, .. } = &mut step.kind {
                    rename(template);
                }
            });
        }
        Self {
            old: old.name.clone(),
            name,
            journey,
            rules,
            templates: templates.into_values().collect(),
        }
    }

    /// The journey without anything that it does: others may still speak of it.
    fn stub(&self) -> Self {
        let mut stub = self.clone();
        let journey = &mut stub.journey;
        for milestone in &mut journey.milestones {
            milestone.steps.clear();
            milestone.rules.clear();
            milestone.enter.clear();
            milestone.promise = None;
        }
        journey.rules.clear();
        journey.end.clear();
        journey.key = None;
        stub.rules.clear();
        stub.templates.clear();
        stub
    }
}

/// The new plan with these journeys. Of two with the same name and so the same content one is
/// enough.
pub(super) fn union<'k>(new: &Model, kept: impl Iterator<Item = &'k Kept>) -> Model {
    let mut model = new.clone();
    let mut known = BTreeSet::new();
    for kept in kept {
        if !known.insert(kept.name.clone()) {
            continue;
        }
        model.journeys.push(kept.journey.clone());
        model.rules.extend(kept.rules.iter().cloned());
        for template in &kept.templates {
            if !model.templates.iter().any(|it| it.name == template.name) {
                model.templates.push(template.clone());
            }
        }
    }
    model.journeys.sort_by(|a, b| a.name.cmp(&b.name));
    model.rules.sort_by(|a, b| a.name.cmp(&b.name));
    model.templates.sort_by(|a, b| a.name.cmp(&b.name));
    model
}

/// Which of them can live in the new plan: the others with the reasons why not.
pub(super) fn living(
    new: &Model,
    kept: Vec<Kept>,
) -> (Vec<Kept>, BTreeMap<Arc<str>, Vec<LinkError>>) {
    if Engine::new(&union(new, kept.iter())).is_ok() {
        return (kept, BTreeMap::new());
    }
    // Each by itself, beside what the others are called: they may speak of each other.
    let links = |stub: &Kept| Engine::new(&union(new, [stub].into_iter())).is_ok();
    let stubs: Vec<Option<Kept>> = (kept.iter().map(Kept::stub))
        .map(|stub| Some(stub).filter(links))
        .collect();
    let mut dead = BTreeMap::new();
    let mut living = Vec::with_capacity(kept.len());
    for (index, it) in kept.into_iter().enumerate() {
        let others = stubs.iter().enumerate().filter(|(at, _)| *at != index);
        let all = [&it]
            .into_iter()
            .chain(others.filter_map(|(_, stub)| stub.as_ref()));
        match Engine::new(&union(new, all)) {
            Ok(_) => living.push(it),
            Err(errors) => {
                dead.insert(it.old.clone(), errors);
                living.extend(stubs[index].clone());
            }
        }
    }
    (living, dead)
}
