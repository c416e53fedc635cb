//! What a journey is to those who travel it: its places, notes and starts left out, so that two
//! plans can be compared.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Serialize;

use crate::cel::{Tree, Type};
use crate::model::ids::plain;
use crate::model::{
    Assign, Content, Expr, Field, Journey, Milestone, Model, On, Rule, SessionKey, Step, StepKind,
    Template, Text, TextPart, TimeOfDay, Trigger, Wait,
};

/// How many digits of a hash tell one content from another.
const DIGITS: usize = 8;

/// All that matters to a session, and nothing that does not.
#[derive(Serialize)]
struct Travelled {
    traveler: Arc<str>,
    key: Option<SessionKey>,
    variables: Vec<Field>,
    milestones: Vec<Milestone>,
    /// Its own.
    rules: Vec<Rule>,
    /// Those outside any journey that hold in it, by name.
    outside: Vec<Rule>,
    end: Vec<Trigger>,
}

/// Tells the content of a journey from that of any other: the same for sessions is the same text.
pub(super) fn of_journey(model: &Model, journey: &Journey) -> String {
    let mut outside = outside(model, &journey.name);
    for rule in &mut outside {
        rule.name = plain(&rule.name).into();
        rule.journeys.clear();
    }
    outside.sort_by(|a, b| a.name.cmp(&b.name));
    let mut travelled = Travelled {
        traveler: journey.traveler.clone(),
        key: journey.key.clone(),
        variables: journey.variables.clone(),
        milestones: journey.milestones.clone(),
        rules: journey.rules.clone(),
        outside,
        end: journey.end.clone(),
    };
    if let Some(key) = &mut travelled.key {
        key.at = Arc::default();
        key.by.values_mut().for_each(expr);
    }
    travelled.variables.iter_mut().for_each(field);
    for milestone in &mut travelled.milestones {
        milestone.title = None;
        milestone.at = Arc::default();
        milestone.enter.iter_mut().for_each(trigger);
        if let Some(promise) = &mut milestone.promise {
            promise.at = Arc::default();
        }
        steps(&mut milestone.steps);
        rules(&mut milestone.rules);
    }
    rules(&mut travelled.rules);
    rules(&mut travelled.outside);
    travelled.end.iter_mut().for_each(trigger);
    hash(&travelled)
}

/// The same for a template.
pub(super) fn of_template(template: &Template) -> String {
    let mut bare = template.clone();
    bare.name = plain(&template.name).into();
    bare.at = Arc::default();
    bare.params.iter_mut().for_each(field);
    (bare.subject.iter_mut())
        .chain(&mut bare.body)
        .for_each(text);
    hash(&bare)
}

/// The rules outside any journey that hold in this one.
pub(super) fn outside(model: &Model, journey: &str) -> Vec<Rule> {
    let holds = |rule: &&Rule| rule.journeys.iter().any(|it| **it == *journey);
    model.rules.iter().filter(holds).cloned().collect()
}

fn hash(value: &impl Serialize) -> String {
    let bytes = serde_json::to_vec(value).expect("the keys of a model's maps are strings");
    blake3::hash(&bytes).to_hex().as_str()[..DIGITS].to_owned()
}

/// All blocks of steps below these, and these.
pub(super) fn each_step(all: &mut [Step], act: &mut impl FnMut(&mut Step)) {
    for step in all {
        act(step);
        for (_, block) in step.kind.blocks_mut() {
            each_step(block, act);
        }
    }
}

fn rules(all: &mut [Rule]) {
    for rule in all {
        rule.at = Arc::default();
        trigger(&mut rule.trigger);
        steps(&mut rule.steps);
    }
}

fn steps(all: &mut [Step]) {
    each_step(all, &mut |step| {
        step.at = Arc::default();
        match &mut step.kind {
            StepKind::Wait(Wait::For(_))
            | StepKind::Parallel(_)
            | StepKind::Goto(_)
            | StepKind::End(_) => {}
            StepKind::Wait(Wait::At { at, zone, .. }) => {
                if let TimeOfDay::Cel(at) = at {
                    expr(at);
                }
                zone.iter_mut().for_each(expr);
            }
            StepKind::Wait(Wait::Until(until)) => expr(until),
            StepKind::Wait(Wait::On { any, .. }) => {
                for alternative in any {
                    trigger(&mut alternative.trigger);
                }
            }
            StepKind::Send { template, with, .. } => {
                *template = plain(template).into();
                contents(with);
            }
            StepKind::Call { with, set, .. } => {
                contents(with);
                assigns(set);
            }
            StepKind::Set(set) | StepKind::Update(set) => assigns(set),
            StepKind::Emit { with, .. } => contents(with),
            StepKind::If { condition, .. } => expr(condition),
            StepKind::Choose(choices) => {
                for choice in choices {
                    choice.at = Arc::default();
                    choice.when.iter_mut().for_each(expr);
                }
            }
            StepKind::Split(split) => {
                for arm in &mut split.arms {
                    arm.at = Arc::default();
                }
            }
            StepKind::Decide { among, .. } => {
                for offer in among {
                    offer.at = Arc::default();
                    offer.when.iter_mut().for_each(expr);
                    expr(&mut offer.score);
                }
            }
        }
    });
}

fn trigger(it: &mut Trigger) {
    it.at = Arc::default();
    it.when.iter_mut().for_each(expr);
    assigns(&mut it.set);
    if let On::Schedule {
        zone: Some(zone), ..
    } = &mut it.on
    {
        expr(zone);
    }
}

fn assigns(all: &mut [Assign]) {
    for assign in all {
        expr(&mut assign.value);
    }
}

fn contents(all: &mut BTreeMap<Arc<str>, Content>) {
    all.values_mut().for_each(content);
}

fn content(it: &mut Content) {
    match it {
        Content::Literal(_) => {}
        Content::Text(it) => text(it),
        Content::Value(value) => expr(value),
        Content::List(items) => items.iter_mut().for_each(content),
        Content::Map(entries) => contents(entries),
    }
}

fn text(it: &mut Text) {
    for part in &mut it.parts {
        if let TextPart::Cel(part) = part {
            expr(part);
        }
    }
}

fn field(it: &mut Field) {
    it.at = Arc::default();
}

/// Its text says it all: types follow from the vocabulary.
fn expr(it: &mut Expr) {
    static BARE: LazyLock<Tree> = LazyLock::new(|| Tree::uniform("null", &Type::Null));
    it.tree = BARE.clone();
    it.at = Arc::default();
}
