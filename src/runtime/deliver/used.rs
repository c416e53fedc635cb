//! Which actions a plan may ever emit: those of its steps, and the messages of its channels.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Emits, Model, Rule, Step};
use crate::runtime::outgoing::DELIVER;

/// The actions of each connection, by name.
pub(super) fn used(model: &Model) -> BTreeMap<Arc<str>, BTreeSet<Arc<str>>> {
    let mut calls = BTreeSet::new();
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
            Emits::Action(name) => match name.split_once('.') {
                Some((connection, action)) => (connection.into(), action.into()),
                None => continue,
            },
            Emits::Template(name) => {
                let template = model.templates.iter().find(|it| it.name == *name);
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

fn rules<'m>(all: &'m [Rule], emitted: &mut BTreeSet<Emits<'m>>) {
    for rule in all {
        steps(&rule.steps, emitted);
    }
}

fn steps<'m>(all: &'m [Step], emitted: &mut BTreeSet<Emits<'m>>) {
    for step in all {
        emitted.extend(step.kind.emits());
        for block in step.kind.blocks() {
            steps(block, emitted);
        }
    }
}
