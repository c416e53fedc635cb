//! The worst case: how many messages one traveler can get within any seven days. A model goes in,
//! a bound for every channel comes out, with its reason.
//!
//! The bound is sound: no sequence of events leads to more. It is worked out of what the model
//! says of time and number: caps, `reentry`, `every`, schedules, waits, and the ways between
//! milestones. What events may do and how often is not known. Conditions are taken to hold.
//!
//! Two things are left out. Travelers who turn out to be one count as several until they are
//! joined, and a traveler who changes time zones meets other times of day.

mod rate;
mod schedule;
mod travel;
mod walk;
mod ways;

use std::sync::Arc;

use crate::model::{At, Channel, Model, Overflow, Rule, Step};
use rate::{Rate, Window};
use travel::{Travel, shown};
use walk::{Kind, down, up, walk};

/// Seven days.
const WEEK: u64 = 7 * 86_400;
/// Quiet hours put an action off by no more, whatever clocks do.
const QUIET: u64 = 26 * 3_600;

/// What one traveler of a type can get on a channel within any seven days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worst {
    pub traveler: Arc<str>,
    pub channel: Arc<str>,
    /// None: there is no bound.
    pub messages: Option<u64>,
    /// Why no more, or why there is no bound.
    pub why: String,
    /// Who sends, in the order of the plan.
    pub senders: Vec<Sender>,
}

/// A block of steps that sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The id of its milestone or rule; with the journey, where several have the rule.
    pub id: Arc<str>,
    pub journey: Arc<str>,
    /// What it hands to the channel within seven days, before caps and quiet hours: none where
    /// there is no bound.
    pub messages: Option<u64>,
    pub why: String,
    pub at: At,
}

/// The worst case of every type of traveler and channel that anything is sent on.
pub fn worst_case(model: &Model) -> Vec<Worst> {
    let travels: Vec<Travel<'_>> = (model.journeys.iter())
        .map(|journey| Travel::new(model, journey))
        .collect();
    let mut all = Vec::new();
    for traveler in &model.travelers {
        for channel in &model.channels {
            let travels = travels
                .iter()
                .filter(|it| it.journey.traveler == traveler.name);
            all.extend(on_channel(model, channel, &traveler.name, travels));
        }
    }
    all
}

fn on_channel<'a, 'm: 'a>(
    model: &'m Model,
    channel: &'m Channel,
    traveler: &Arc<str>,
    travels: impl Iterator<Item = &'a Travel<'m>>,
) -> Option<Worst> {
    let mut senders = Vec::new();
    // What caps count, and what they do not.
    let (mut capped, mut free) = (None, None);
    for travel in travels {
        for (transactional, sum) in [(false, &mut capped), (true, &mut free)] {
            let kind = Kind {
                model,
                channel: &channel.name,
                transactional,
                defers: !transactional && defers(channel),
            };
            let window = tried(channel, transactional);
            let rates = sends(travel, kind, window)
                .into_iter()
                .map(|(_, rate)| rate);
            *sum = sum.take().into_iter().chain(rates).reduce(Rate::or);
            for (block, rate) in sends(travel, kind, Window(Some(WEEK))) {
                senders.push(Sender {
                    id: block.id.clone(),
                    journey: travel.journey.name.clone(),
                    messages: rate.times,
                    why: rate.why,
                    at: block.at.clone(),
                });
            }
        }
    }
    if senders.is_empty() {
        return None;
    }
    let nothing = || Rate::of(0, "");
    let capped = match (capped, cap(channel)) {
        (Some(rate), Some(cap)) => rate.min(cap),
        (rate, _) => rate.unwrap_or_else(nothing),
    };
    let all = capped.or(free.unwrap_or_else(nothing));
    Some(Worst {
        traveler: traveler.clone(),
        channel: channel.name.clone(),
        messages: all.times,
        why: all.why,
        senders,
    })
}

fn defers(channel: &Channel) -> bool {
    let quiet = channel.quiet.as_ref().map(|quiet| quiet.then);
    let caps = channel.caps.iter().map(|cap| cap.then);
    caps.chain(quiet).any(|then| then == Overflow::Defer)
}

/// What the caps of a channel let through.
fn cap(channel: &Channel) -> Option<Rate> {
    let caps = channel.caps.iter().map(|cap| {
        let (max, per) = (u64::from(cap.max), down(cap.per));
        let windows = Window(Some(WEEK)).every(per);
        Rate::of(max, format!("the cap of {max} in {}", shown(up(cap.per))))
            .times(Rate::new(windows, ""))
    });
    caps.reduce(Rate::min)
}

/// In which actions are tried that may go out within seven days.
fn tried(channel: &Channel, transactional: bool) -> Window {
    if transactional {
        return Window(Some(WEEK));
    }
    if channel.caps.iter().any(|cap| cap.then == Overflow::Defer) {
        return Window::EVER;
    }
    let deferred = matches!(&channel.quiet, Some(quiet) if quiet.then == Overflow::Defer);
    Window(Some(if deferred { WEEK + QUIET } else { WEEK }))
}

/// A block of steps that is begun by a milestone or a rule.
struct Block<'m> {
    id: &'m Arc<str>,
    at: &'m At,
    steps: &'m [Step],
    /// One run stops where the next begins.
    alone: bool,
}

/// The blocks of a journey that make such messages, each with how many within a window.
fn sends<'m>(travel: &Travel<'m>, kind: Kind<'_>, window: Window) -> Vec<(Block<'m>, Rate)> {
    let mut found = Vec::new();
    for (index, milestone) in travel.milestones() {
        let block = Block {
            id: &milestone.id,
            at: &milestone.at,
            steps: &milestone.steps,
            alone: !milestone.detached,
        };
        let rate = block.most(kind, window, |window| travel.entries(index, window));
        found.extend(rate.map(|rate| (block, rate)));
        for rule in &milestone.rules {
            found.extend(of_rule(travel, rule, Some(index), kind, window));
        }
    }
    for rule in &travel.rules {
        found.extend(of_rule(travel, rule, None, kind, window));
    }
    found
}

fn of_rule<'m>(
    travel: &Travel<'m>,
    rule: &'m Rule,
    of: Option<usize>,
    kind: Kind<'_>,
    window: Window,
) -> Option<(Block<'m>, Rate)> {
    let block = Block {
        id: &rule.id,
        at: &rule.at,
        steps: &rule.steps,
        alone: false,
    };
    let rate = block.most(kind, window, |window| travel.fires(rule, of, window))?;
    Some((block, rate))
}

impl Block<'_> {
    /// The most messages within a window; `runs` are how many runs begin within one. None where no
    /// step makes any.
    fn most(&self, kind: Kind<'_>, window: Window, runs: impl Fn(Window) -> Rate) -> Option<Rate> {
        let walk = walk(self.steps, kind);
        if walk.sites == 0 {
            return None;
        }
        let mut rate = runs(Window::EVER).by(walk.most);
        // Runs that began so long before may still send.
        rate = rate.min(runs(window.and(walk.last)).by(walk.most));
        if walk.exact {
            // Each step follows the begins at its own distance, as often as they come.
            rate = rate.min(runs(window).by(walk.sites));
        }
        if self.alone {
            rate = rate.min(runs(window).plus(1).by(walk.most));
        }
        Some(rate)
    }
}
