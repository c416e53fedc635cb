//! Which actions a plan may ever emit: those of its steps, and the messages of its channels.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Model, Rule, Step, StepKind};
use crate::runtime::outgoing::DELIVER;

/// The actions of each connection, by name.
pub(super) fn used(model: &Model) -> BTreeMap<Arc<str>, BTreeSet<Arc<str>>> {
    let mut calls = BTreeSet::new();
    let rules = |rules: &[Rule], calls: &mut BTreeSet<_>| {
        for rule in rules {
            steps(&rule.steps, calls);
        }
    };
    for journey in &model.journeys {
        for milestone in &journey.milestones {
            steps(&milestone.steps, &mut calls);
            rules(&milestone.rules, &mut calls);
        }
        rules(&journey.rules, &mut calls);
    }
    rules(&model.rules, &mut calls);
    let mut used: BTreeMap<Arc<str>, BTreeSet<Arc<str>>> = BTreeMap::new();
    for emitted in calls {
        let (connection, action) = match emitted {
            Emitted::Call(name) => match name.split_once('.') {
                Some((connection, action)) => (connection.into(), action.into()),
                None => continue,
            },
            Emitted::Send(name) => {
                let template = model.templates.iter().find(|it| it.name == name);
                let channel = template.and_then(|template| {
                    model.channels.iter().find(|it| it.name == template.channel)
                });
                match channel.and_then(|channel| channel.via.clone()) {
                    Some(via) => (via, DELIVER.into()),
                    None => continue,
                }
            }
        };
        used.entry(connection).or_default().insert(action);
    }
    used
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Emitted {
    Call(Arc<str>),
    Send(Arc<str>),
}

fn steps(all: &[Step], emitted: &mut BTreeSet<Emitted>) {
    for step in all {
        match &step.kind {
            StepKind::Send { template, .. } => {
                emitted.insert(Emitted::Send(template.clone()));
            }
            StepKind::Call { action, .. } => {
                emitted.insert(Emitted::Call(action.clone()));
            }
            _ => {}
        }
        for block in step.kind.blocks() {
            steps(block, emitted);
        }
    }
}
