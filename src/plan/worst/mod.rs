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

use std::sync::Arc;

use crate::model::{At, Channel, Journey, Model, Overflow, Rule, Step};
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
    /// Of all caps but that of the channel: none where there is no bound.
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
            let mut found = Vec::new();
            sends(travel, kind, channel, &mut found);
            for sender in found {
                let rate = Rate::new(sender.messages, sender.why.clone());
                *sum = Some(match sum.take() {
                    Some(sum) => Rate::or(sum, rate),
                    None => rate,
                });
                senders.push(sender);
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

fn sends(travel: &Travel<'_>, kind: Kind<'_>, channel: &Channel, found: &mut Vec<Sender>) {
    let window = tried(channel, kind.transactional);
    let block = Block {
        journey: travel.journey,
        kind,
        window,
    };
    for (index, milestone) in travel.milestones() {
        let runs = |window| travel.entries(index, window);
        let alone = !milestone.detached;
        found.extend(block.sender(
            (&milestone.id, &milestone.at),
            &milestone.steps,
            alone,
            runs,
        ));
        for rule in &milestone.rules {
            found.extend(block.rule(travel, rule, Some(index)));
        }
    }
    for rule in &travel.rules {
        found.extend(block.rule(travel, rule, None));
    }
}

/// What is asked of every block of a journey.
struct Block<'m> {
    journey: &'m Journey,
    kind: Kind<'m>,
    window: Window,
}

impl Block<'_> {
    fn rule(&self, travel: &Travel<'_>, rule: &Rule, of: Option<usize>) -> Option<Sender> {
        let runs = |window| travel.fires(rule, of, window);
        self.sender((&rule.id, &rule.at), &rule.steps, false, runs)
    }

    /// `alone`: one run stops where the next begins; `runs` are how many begin within a window.
    fn sender(
        &self,
        (id, at): (&Arc<str>, &At),
        steps: &[Step],
        alone: bool,
        runs: impl Fn(Window) -> Rate,
    ) -> Option<Sender> {
        let walk = walk(steps, self.kind);
        if walk.sites == 0 {
            return None;
        }
        let ever = runs(Window::EVER).by(walk.most);
        let mut rate = ever.min(runs(self.window.and(walk.last)).by(walk.most));
        if walk.exact {
            rate = rate.min(runs(self.window).by(walk.sites));
        }
        if alone {
            rate = rate.min(runs(self.window).plus(1).by(walk.most));
        }
        Some(Sender {
            id: id.clone(),
            journey: self.journey.name.clone(),
            messages: rate.times,
            why: rate.why,
            at: at.clone(),
        })
    }
}
