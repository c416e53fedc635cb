//! One run of a block of steps: how many messages of a kind it can make, when after its begin, and
//! where it can go.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::model::{Action, Choice, Model, Step, StepKind, Template, TimeOfDay, Wait};

const DAY: u64 = 86_400;

/// The messages that are looked for.
#[derive(Clone, Copy)]
pub(super) struct Kind<'m> {
    pub model: &'m Model,
    pub channel: &'m str,
    pub transactional: bool,
    /// An action on the channel may be put off, and what holds for it with it.
    pub defers: bool,
}

impl Kind<'_> {
    /// Whether a step makes such a message.
    fn is(&self, step: &StepKind) -> bool {
        let on = |channel: Option<&Arc<str>>| channel.is_some_and(|it| **it == *self.channel);
        match step {
            StepKind::Send {
                template,
                transactional,
                ..
            } => {
                let found = |it: &&Template| it.name == *template;
                self.model.templates.iter().find(found).is_some_and(|it| {
                    on(Some(&it.channel))
                        && (it.transactional || *transactional) == self.transactional
                })
            }
            StepKind::Call {
                action,
                transactional,
                ..
            } => {
                let found = |it: &&Action| it.name == *action;
                let found = self.model.actions.iter().find(found);
                found.is_some_and(|it| on(it.channel.as_ref()))
                    && *transactional == self.transactional
            }
            _ => false,
        }
    }
}

/// How long after its begin a run is at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// At most; none: nobody knows.
    pub most: Option<u64>,
    /// In every run exactly so.
    pub exact: bool,
}

impl Offset {
    const NOW: Self = Self {
        most: Some(0),
        exact: true,
    };

    fn later(self, by: Option<u64>, exact: bool) -> Self {
        Self {
            most: self.most.zip(by).map(|(most, by)| most.saturating_add(by)),
            exact: self.exact && exact,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            most: self.most.zip(other.most).map(|(a, b)| a.max(b)),
            exact: self.exact && other.exact && self.most == other.most,
        }
    }
}

/// What one run does at most.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    /// Messages on the way with the most.
    pub most: u64,
    /// Steps that make a message, on all ways.
    pub sites: u64,
    /// How late the last of them can be.
    pub last: Option<u64>,
    /// Each is in every run at the same time after the begin.
    pub exact: bool,
    /// Messages on the way to the end with the most, and when it is reached; none where every way
    /// leads elsewhere.
    through: Option<(u64, Offset)>,
}

/// Walks through a block.
pub(super) fn walk(steps: &[Step], kind: Kind<'_>) -> Walk {
    let begin = Walk {
        most: 0,
        sites: 0,
        last: Some(0),
        exact: true,
        through: Some((0, Offset::NOW)),
    };
    block(steps, kind, begin)
}

fn block(steps: &[Step], kind: Kind<'_>, before: Walk) -> Walk {
    steps
        .iter()
        .fold(before, |walk, step| one(step, kind, walk))
}

fn one(step: &Step, kind: Kind<'_>, mut walk: Walk) -> Walk {
    let Some((sent, at)) = walk.through else {
        return walk;
    };
    if kind.is(&step.kind) {
        walk.through = Some((sent + 1, at));
        walk.most = walk.most.max(sent + 1);
        walk.sites += 1;
        walk.last = walk.last.zip(at.most).map(|(last, at)| last.max(at));
        walk.exact &= at.exact;
    }
    // Where the ways part, each is walked from here, and those that come back are joined.
    let after = |walk: &mut Walk, by: Option<u64>, exact: bool| {
        if let Some((_, at)) = &mut walk.through {
            *at = at.later(by, exact);
        }
    };
    match &step.kind {
        StepKind::Wait(Wait::On {
            any,
            timeout,
            otherwise,
        }) => {
            let mut ways: Vec<(&[Step], Option<u64>, bool)> = Vec::new();
            let limit = timeout.map(up);
            ways.extend(any.iter().map(|it| (&*it.then, limit, false)));
            if timeout.is_some() {
                ways.push((otherwise, limit, true));
            }
            part(ways, kind, &walk)
        }
        StepKind::Wait(wait) => {
            let (most, exact) = takes(wait);
            after(&mut walk, most, exact);
            walk
        }
        StepKind::Send { hold, .. } => {
            if *hold {
                after(&mut walk, (!kind.defers).then_some(0), false);
            }
            walk
        }
        StepKind::Call {
            set,
            timeout,
            otherwise,
            ..
        } => {
            if set.is_empty() {
                return walk;
            }
            let limit = timeout.map(up);
            part(
                vec![(&[], limit, false), (otherwise, limit, false)],
                kind,
                &walk,
            )
        }
        StepKind::If {
            then, otherwise, ..
        } => part(now([&**then, &**otherwise]), kind, &walk),
        StepKind::Choose(choices) => {
            let always = choices.iter().any(|it| it.when.is_none());
            let ways = choices.iter().map(|Choice { steps, .. }| &**steps);
            let none = (!always).then_some(&[][..]);
            part(now(ways.chain(none)), kind, &walk)
        }
        StepKind::Split(split) => {
            let taken = split.arms.iter().filter(|arm| arm.weight > 0);
            part(now(taken.map(|arm| &*arm.steps)), kind, &walk)
        }
        StepKind::Decide {
            among, fallback, ..
        } => {
            let offers = among.iter().map(|offer| &*offer.steps);
            part(now(offers.chain([&**fallback])), kind, &walk)
        }
        StepKind::Parallel(branches) => {
            let (begin, end) = (at, walk.through);
            let mut joined = end;
            for branch in branches {
                walk.through = joined.map(|(sent, _)| (sent, begin));
                walk = block(branch, kind, walk);
                joined = match (joined, walk.through) {
                    (Some((_, a)), Some((sent, b))) => Some((sent, a.or(b).later(Some(0), a == b))),
                    // A branch that leads elsewhere stops the others, sooner or later.
                    (Some(joined), None) => Some((walk.most.max(joined.0), joined.1)),
                    (None, _) => None,
                };
            }
            walk.through = joined;
            walk
        }
        StepKind::Goto(_) | StepKind::End(_) => {
            walk.through = None;
            walk
        }
        StepKind::Set(_) | StepKind::Update(_) | StepKind::Emit { .. } => walk,
    }
}

/// Ways that are taken at once.
fn now<'s>(ways: impl IntoIterator<Item = &'s [Step]>) -> Vec<(&'s [Step], Option<u64>, bool)> {
    ways.into_iter()
        .map(|steps| (steps, Some(0), true))
        .collect()
}

/// One of several ways is taken, each so long after.
fn part(ways: Vec<(&[Step], Option<u64>, bool)>, kind: Kind<'_>, before: &Walk) -> Walk {
    let mut all = before.clone();
    all.through = None;
    for (steps, by, exact) in ways {
        let mut begin = before.clone();
        if let Some((_, at)) = &mut begin.through {
            *at = at.later(by, exact);
        }
        let way = block(steps, kind, begin);
        all.most = all.most.max(way.most);
        all.sites += way.sites - before.sites;
        all.last = all.last.zip(way.last).map(|(a, b)| a.max(b));
        all.exact &= way.exact;
        all.through = match (all.through, way.through) {
            (Some((a, at)), Some((b, other))) => Some((a.max(b), at.or(other))),
            (a, b) => a.or(b),
        };
    }
    all
}

/// How long a wait takes at most, and whether always so.
fn takes(wait: &Wait) -> (Option<u64>, bool) {
    match wait {
        Wait::For(time) => (Some(up(*time)), true),
        // Midnights, and a day that is longer by a change of clocks.
        Wait::At { days, .. } => (Some((u64::from(*days) + 3) * (DAY + 7_200)), false),
        Wait::Until(_) | Wait::On { .. } => (None, false),
    }
}

/// Whole seconds, not less.
pub(super) fn up(time: SignedDuration) -> u64 {
    let more = u64::from(time.subsec_nanos() > 0);
    u64::try_from(time.as_secs()).unwrap_or(0) + more
}

/// Whole seconds, not more.
pub(super) fn down(time: SignedDuration) -> u64 {
    u64::try_from(time.as_secs()).unwrap_or(0)
}

/// A step that leads elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Jump<'m> {
    /// The milestone; none where the session ends.
    pub to: Option<&'m str>,
    /// So long after the begin of the block, at least.
    pub least: u64,
    /// A wait for a time of day that every way here passes: it ends once a day.
    pub daily: Option<&'m str>,
    /// Something is waited for on the way.
    pub waits: bool,
}

/// All of a block.
pub(super) fn jumps(steps: &[Step]) -> Vec<Jump<'_>> {
    let mut found = Vec::new();
    let begin = Jump {
        to: None,
        least: 0,
        daily: None,
        waits: false,
    };
    jumps_in(steps, begin, &mut found);
    found
}

/// Answers where the block is left at its end, at the earliest.
fn jumps_in<'m>(steps: &'m [Step], mut at: Jump<'m>, found: &mut Vec<Jump<'m>>) -> Jump<'m> {
    for step in steps {
        match &step.kind {
            StepKind::Goto(milestone) => {
                found.push(Jump {
                    to: Some(milestone),
                    ..at.clone()
                });
                return at;
            }
            StepKind::End(_) => {
                found.push(at.clone());
                return at;
            }
            StepKind::Wait(Wait::For(time)) => {
                at.least = at.least.saturating_add(down(*time));
                at.waits = true;
            }
            StepKind::Wait(Wait::At { days, at: time, .. }) => {
                let whole = u64::from(*days).saturating_sub(1);
                at.least = at.least.saturating_add(whole * (DAY - 7_200));
                at.waits = true;
                if matches!(time, TimeOfDay::Literal(_)) {
                    at.daily = at.daily.or(Some(&step.path));
                }
            }
            StepKind::Wait(Wait::Until(_)) => at.waits = true,
            StepKind::Wait(Wait::On {
                any,
                timeout,
                otherwise,
            }) => {
                at.waits = true;
                let mut ends = Vec::new();
                for alternative in any {
                    ends.push(jumps_in(&alternative.then, at.clone(), found));
                }
                if let Some(timeout) = timeout {
                    let mut late = at.clone();
                    late.least = late.least.saturating_add(down(*timeout));
                    ends.push(jumps_in(otherwise, late, found));
                }
                at = earliest(ends, at);
            }
            kind => {
                at.waits |= matches!(kind, StepKind::Call { set, .. } if !set.is_empty())
                    || matches!(kind, StepKind::Send { hold: true, .. });
                let mut ends = vec![at.clone()];
                for block in kind.blocks() {
                    ends.push(jumps_in(block, at.clone(), found));
                }
                at = earliest(ends, at);
            }
        }
    }
    at
}

/// Where several ways meet.
fn earliest<'m>(ends: Vec<Jump<'m>>, before: Jump<'m>) -> Jump<'m> {
    let joined = ends.into_iter().reduce(|a, b| Jump {
        to: None,
        least: a.least.min(b.least),
        daily: a.daily.filter(|daily| b.daily == Some(*daily)),
        waits: a.waits || b.waits,
    });
    joined.unwrap_or(before)
}
