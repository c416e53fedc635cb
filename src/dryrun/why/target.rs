//! What is asked about: a name goes in, the places of the model where it could happen come out.

use crate::diagnostic::{did_you_mean, nearest};
use crate::model::{At, Journey, Model, Rule, Step, StepKind, Trigger, Wait};

/// What did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// `NAME` or `JOURNEY.NAME`.
    Milestone(String),
    Rule(String),
    /// `TEMPLATE` or `CONNECTION.ACTION`.
    Action(String),
}

impl Question {
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Milestone(_) => "milestone",
            Self::Rule(_) => "rule",
            Self::Action(_) => "action",
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Milestone(name) | Self::Rule(name) | Self::Action(name) => name,
        }
    }
}

/// A place where it could happen, in one journey.
#[derive(Clone, Debug)]
pub(super) struct Site<'m> {
    pub journey: &'m Journey,
    pub what: SiteKind<'m>,
}

#[derive(Clone, Debug)]
pub(super) enum SiteKind<'m> {
    /// The journey starts, and so enters its first milestone.
    Start(&'m Trigger),
    Enter(&'m Trigger),
    /// In the milestone, or in all.
    Rule(&'m Rule, Option<&'m str>),
    Step {
        within: Within<'m>,
        /// What has to be passed on the way, in order.
        way: Vec<Passage<'m>>,
        step: &'m Step,
    },
}

/// Whose steps.
#[derive(Clone, Copy, Debug)]
pub(super) enum Within<'m> {
    Milestone(&'m str),
    Rule(&'m Rule, Option<&'m str>),
}

/// A step that can keep others from being reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passage<'m> {
    pub step: &'m Step,
    /// Which of its blocks leads on; none: the step lies behind it.
    pub block: Option<usize>,
}

/// Where it could happen; or why there is no such thing, and what may have been meant.
pub(super) fn sites<'m>(
    model: &'m Model,
    question: &Question,
) -> Result<Vec<Site<'m>>, (String, Option<String>)> {
    let name = question.name();
    let (found, known) = match question {
        Question::Milestone(_) => milestone_sites(model, name),
        Question::Rule(_) => rule_sites(model, name),
        Question::Action(_) => action_sites(model, name),
    };
    if !found.is_empty() {
        return Ok(found);
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    if known.contains(&name) {
        let message = match question {
            Question::Action(_) => format!("no step does `{name}`"),
            _ => format!("nothing leads to {} `{name}`", question.kind()),
        };
        return Err((message, None));
    }
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None => did_you_mean::list(&known),
    };
    let message = format!("there is no {} `{}`", question.kind(), name.escape_debug());
    Err((message, help))
}

/// `JOURNEY.NAME` or `NAME`.
fn is_named(journey: &Journey, name: &str, wanted: &str) -> bool {
    wanted == name
        || wanted
            .split_once('.')
            .is_some_and(|(of, rest)| of == &*journey.name && rest == name)
}

fn milestone_sites<'m>(model: &'m Model, wanted: &str) -> (Vec<Site<'m>>, Vec<String>) {
    let (mut sites, mut known) = (Vec::new(), Vec::new());
    for journey in &model.journeys {
        for (index, milestone) in journey.milestones.iter().enumerate() {
            known.push(milestone.name.to_string());
            known.push(format!("{}.{}", journey.name, milestone.name));
            if !is_named(journey, &milestone.name, wanted) {
                continue;
            }
            sites.extend(ways_into(model, journey, index));
        }
    }
    (sites, known)
}

/// All that leads to a milestone of a journey.
pub(super) fn ways_into<'m>(
    model: &'m Model,
    journey: &'m Journey,
    milestone: usize,
) -> Vec<Site<'m>> {
    let Some(declared) = journey.milestones.get(milestone) else {
        return Vec::new();
    };
    let starts = (milestone == 0).then_some(&journey.start);
    let starts = starts.into_iter().flatten().map(SiteKind::Start);
    let enters = declared.enter.iter().map(SiteKind::Enter);
    let sites = starts.chain(enters).map(|what| Site { journey, what });
    let goes = |step: &Step| matches!(&step.kind, StepKind::Goto(to) if *to == declared.name);
    sites.chain(step_sites(model, journey, &goes)).collect()
}

fn rule_sites<'m>(model: &'m Model, wanted: &str) -> (Vec<Site<'m>>, Vec<String>) {
    let (mut sites, mut known) = (Vec::new(), Vec::new());
    for journey in &model.journeys {
        for (rule, milestone) in rules_of(model, journey) {
            known.push(rule.name.to_string());
            known.push(format!("{}.{}", journey.name, rule.name));
            if is_named(journey, &rule.name, wanted) {
                let what = SiteKind::Rule(rule, milestone);
                sites.push(Site { journey, what });
            }
        }
    }
    (sites, known)
}

fn action_sites<'m>(model: &'m Model, wanted: &str) -> (Vec<Site<'m>>, Vec<String>) {
    let does = |step: &Step| match &step.kind {
        StepKind::Send { template, .. } => **template == *wanted,
        StepKind::Call { action, .. } => **action == *wanted,
        StepKind::Emit { event, .. } => **event == *wanted,
        _ => false,
    };
    let sites = (model.journeys.iter())
        .flat_map(|journey| step_sites(model, journey, &does))
        .collect();
    let templates = model.templates.iter().map(|it| it.name.to_string());
    let actions = model.actions.iter().map(|it| it.name.to_string());
    (sites, templates.chain(actions).collect())
}

/// The rules that hold in a journey, each with the milestone that it belongs to.
fn rules_of<'m>(
    model: &'m Model,
    journey: &'m Journey,
) -> impl Iterator<Item = (&'m Rule, Option<&'m str>)> {
    let global = (model.rules.iter()).filter(|rule| rule.journeys.contains(&journey.name));
    let own = global.chain(&journey.rules).map(|rule| (rule, None));
    let of_milestones = (journey.milestones.iter())
        .flat_map(|it| it.rules.iter().map(|rule| (rule, Some(&*it.name))));
    own.chain(of_milestones)
}

/// The steps of a journey that are looked for, each with the way to it.
fn step_sites<'m>(
    model: &'m Model,
    journey: &'m Journey,
    is_one: &dyn Fn(&Step) -> bool,
) -> Vec<Site<'m>> {
    let mut found = Vec::new();
    for milestone in &journey.milestones {
        let within = Within::Milestone(&milestone.name);
        ways(
            &milestone.steps,
            &mut Vec::new(),
            is_one,
            &mut |way, step| {
                found.push((within, way, step));
            },
        );
    }
    for (rule, milestone) in rules_of(model, journey) {
        let within = Within::Rule(rule, milestone);
        ways(&rule.steps, &mut Vec::new(), is_one, &mut |way, step| {
            found.push((within, way, step));
        });
    }
    let site = |(within, way, step)| Site {
        journey,
        what: SiteKind::Step { within, way, step },
    };
    found.into_iter().map(site).collect()
}

fn ways<'m>(
    steps: &'m [Step],
    way: &mut Vec<Passage<'m>>,
    is_one: &dyn Fn(&Step) -> bool,
    found: &mut dyn FnMut(Vec<Passage<'m>>, &'m Step),
) {
    let before = way.len();
    for step in steps {
        if is_one(step) {
            found(way.clone(), step);
        }
        for (index, block) in step.kind.blocks().into_iter().enumerate() {
            way.push(Passage {
                step,
                block: Some(index),
            });
            ways(block, way, is_one, found);
            way.pop();
        }
        if can_hold_up(step) {
            way.push(Passage { step, block: None });
        }
    }
    way.truncate(before);
}

/// Whether the steps behind it may be reached later, or never.
fn can_hold_up(step: &Step) -> bool {
    match &step.kind {
        StepKind::Wait(Wait::For(_) | Wait::At { .. } | Wait::Until(_) | Wait::On { .. }) => true,
        StepKind::Call { set, .. } => !set.is_empty(),
        StepKind::Send { hold, .. } => *hold,
        _ => false,
    }
}

impl SiteKind<'_> {
    /// Where it is written.
    pub(super) fn at(&self) -> &At {
        match self {
            Self::Start(trigger) | Self::Enter(trigger) => &trigger.at,
            Self::Rule(rule, _) => &rule.trigger.at,
            Self::Step { step, .. } => &step.at,
        }
    }

    pub(super) fn trigger(&self) -> Option<&Trigger> {
        match self {
            Self::Start(trigger) | Self::Enter(trigger) => Some(trigger),
            Self::Rule(rule, _) => Some(&rule.trigger),
            Self::Step { .. } => None,
        }
    }
}
