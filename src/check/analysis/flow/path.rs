//! The ways through steps at one instant: up to the first wait, milestones that they go to included.

use std::collections::BTreeSet;

use super::facts::{Facts, Whose, reads};
use super::map::Map;
use crate::source::Span;
use crate::syntax::ast::{
    Assign, Content, EventRef, Expr, Name, Step, StepKind, Trigger, TriggerKind, Wait, WaitKind,
};

/// More ways than these through one body are not looked at.
const MAX_WAYS: usize = 64;

/// What a step does that may set something off.
#[derive(Clone)]
pub(super) enum Effect<'w> {
    Emit(&'w EventRef, &'w [(Name, Content)]),
    /// `send.TEMPLATE` or `call.CONNECTION.ACTION`.
    Act(String),
    /// Keys that were written.
    Write(Vec<String>),
    Enter(usize),
    End,
}

/// Whether steps go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Going {
    On,
    Waits,
    /// They went to a milestone, by index, whose steps are next.
    Goes(usize),
    /// The session was ended, or the steps of a milestone that they went to.
    Over,
}

/// One way through steps.
#[derive(Clone)]
pub(super) struct Way<'w> {
    pub facts: Facts,
    pub effects: Vec<(Effect<'w>, Span)>,
    /// The milestones it went to, the one it began in first, with the `goto` that led there.
    pub line: Vec<(usize, Option<&'w Name>)>,
    /// What conditions on it have read.
    pub read: BTreeSet<String>,
    /// What was written on it and is not known.
    pub changed: BTreeSet<String>,
    going: Going,
}

impl Way<'_> {
    pub(super) fn new(facts: Facts, start: Option<usize>) -> Self {
        Self {
            facts,
            effects: Vec::new(),
            line: start.map(|index| (index, None)).into_iter().collect(),
            read: BTreeSet::new(),
            changed: BTreeSet::new(),
            going: Going::On,
        }
    }
}

/// Goes through the steps of one journey.
pub(super) struct Walker<'w, 'a> {
    pub map: &'a Map<'w>,
    pub whose: Whose<'a>,
    /// The milestones that it goes on to, where those are not all.
    pub within: Option<&'a [bool]>,
    /// Ways that came to a milestone for the third time.
    pub circles: Vec<Way<'w>>,
}

impl<'w> Walker<'w, '_> {
    /// The ways through steps, and on through the milestones that they go to.
    pub(super) fn run(&mut self, steps: &'w [Step], way: Way<'w>) -> Vec<Way<'w>> {
        let mut done = Vec::new();
        // The first way last. One goes on where it stands: thousands may follow each other.
        let mut open = self.block(steps, vec![way]);
        open.reverse();
        while done.len() < MAX_WAYS
            && let Some(mut way) = open.pop()
        {
            let Going::Goes(index) = way.going else {
                done.push(way);
                continue;
            };
            way.going = Going::On;
            let decl = self.map.decl;
            let after = self.block(&decl.milestones[index].steps, vec![way]);
            open.extend(after.into_iter().rev());
        }
        done
    }

    fn block(&mut self, steps: &'w [Step], mut ways: Vec<Way<'w>>) -> Vec<Way<'w>> {
        for step in steps {
            let mut after = Vec::new();
            for way in ways {
                if way.going == Going::On {
                    after.extend(self.step(step, way));
                } else {
                    after.push(way);
                }
            }
            after.truncate(MAX_WAYS);
            ways = after;
        }
        ways
    }

    fn step(&mut self, step: &'w Step, mut way: Way<'w>) -> Vec<Way<'w>> {
        match &step.kind {
            StepKind::Wait(wait) => return self.wait(wait, way),
            StepKind::Send { template, hold, .. } => {
                let what = format!("send.{template}");
                way.effects.push((Effect::Act(what), template.span));
                if *hold {
                    way.going = Going::Waits;
                }
            }
            StepKind::Call { action, set, .. } => {
                let what = format!("call.{action}");
                way.effects.push((Effect::Act(what), action.span));
                if !set.is_empty() {
                    way.going = Going::Waits;
                }
            }
            StepKind::Set(assigns) => self.write(assigns, "vars", &mut way),
            StepKind::Update(assigns) => self.write(assigns, "traveler", &mut way),
            StepKind::Emit { event, with } => {
                way.effects.push((Effect::Emit(event, with), event.span));
            }
            StepKind::If {
                condition,
                then,
                otherwise,
            } => {
                let arms = [(Some(condition), then.as_slice()), (None, otherwise)];
                return self.choose(&arms, way);
            }
            StepKind::Choose { choices } => {
                let mut arms: Vec<(Option<&Expr>, &[Step])> = (choices.iter())
                    .map(|it| (it.when.as_ref(), it.steps.as_slice()))
                    .collect();
                if choices.iter().all(|it| it.when.is_some()) {
                    arms.push((None, &[]));
                }
                return self.choose(&arms, way);
            }
            StepKind::Split { arms, .. } => {
                let blocks = arms.iter().map(|arm| arm.steps.as_slice());
                return blocks
                    .flat_map(|it| self.block(it, vec![way.clone()]))
                    .collect();
            }
            StepKind::Decide {
                among, fallback, ..
            } => {
                for offer in among {
                    let exprs = offer.when.iter().chain([&offer.score]);
                    let read = exprs.flat_map(reads).map(|path| self.whose.key(&path));
                    way.read.extend(read);
                }
                let blocks =
                    (among.iter().map(|it| it.steps.as_slice())).chain([fallback.as_slice()]);
                return blocks
                    .flat_map(|it| self.block(it, vec![way.clone()]))
                    .collect();
            }
            StepKind::Parallel(branches) => {
                let mut ways = vec![(way, false)];
                for branch in branches {
                    let mut after = Vec::new();
                    for (mut way, waits) in ways {
                        if matches!(way.going, Going::Goes(_) | Going::Over) {
                            after.push((way, waits));
                            continue;
                        }
                        way.going = Going::On;
                        let ran = self.block(&branch.steps, vec![way]);
                        after.extend(ran.into_iter().map(|way| {
                            let waits = waits || way.going == Going::Waits;
                            (way, waits)
                        }));
                    }
                    after.truncate(MAX_WAYS);
                    ways = after;
                }
                let joined = ways.into_iter().map(|(mut way, waits)| {
                    if waits && way.going == Going::On {
                        way.going = Going::Waits;
                    }
                    way
                });
                return joined.collect();
            }
            StepKind::Goto(name) => self.goto(name, &mut way),
            StepKind::End(name) => {
                way.effects.push((Effect::End, name.span));
                way.going = Going::Over;
            }
            StepKind::Error => {}
        }
        vec![way]
    }

    fn write(&self, assigns: &'w [Assign], root: &str, way: &mut Way<'w>) {
        let keys = way.facts.assign(assigns, root, self.whose);
        for (key, assign) in keys.into_iter().zip(assigns) {
            if way.facts.get(&key).is_none() {
                way.changed.insert(key.clone());
            }
            way.effects
                .push((Effect::Write(vec![key]), assign.target.span));
        }
    }

    /// The first of the arms that holds.
    fn choose(
        &mut self,
        arms: &[(Option<&'w Expr>, &'w [Step])],
        mut way: Way<'w>,
    ) -> Vec<Way<'w>> {
        let mut ways = Vec::new();
        for (when, steps) in arms {
            let Some(when) = when else {
                ways.extend(self.block(steps, vec![way]));
                return ways;
            };
            way.read
                .extend(reads(when).iter().map(|path| self.whose.key(path)));
            let known = way.facts.holds(when, self.whose);
            if known != Some(false) {
                let mut taken = way.clone();
                taken.facts.assume(when, true, self.whose);
                ways.extend(self.block(steps, vec![taken]));
            }
            if known == Some(true) {
                return ways;
            }
            way.facts.assume(when, false, self.whose);
        }
        ways
    }

    /// A wait for a condition is none where it is true already; any other ends the way.
    fn wait(&mut self, wait: &'w Wait, mut way: Way<'w>) -> Vec<Way<'w>> {
        let conditions: Vec<(Option<&Expr>, &[Step])> = match &wait.kind {
            kind if over_at_once(kind) => return vec![way],
            WaitKind::On(trigger) => condition(trigger)
                .map(|when| (Some(when), wait.then.as_slice()))
                .into_iter()
                .collect(),
            WaitKind::Any(any) => (any.iter())
                .filter_map(|it| Some((Some(condition(&it.trigger)?), it.then.as_slice())))
                .collect(),
            _ => Vec::new(),
        };
        if conditions.is_empty() {
            way.going = Going::Waits;
            return vec![way];
        }
        let mut waits = way.clone();
        waits.going = Going::Waits;
        let mut ways = self.choose(&conditions, way);
        ways.push(waits);
        ways
    }

    fn goto(&mut self, name: &'w Name, way: &mut Way<'w>) {
        let Some(index) = self.map.index(&name.text) else {
            return;
        };
        let before = way.line.iter().filter(|(it, _)| *it == index).count();
        way.line.push((index, Some(name)));
        way.effects.push((Effect::Enter(index), name.span));
        way.going = Going::Over;
        if before >= 2 {
            self.circles.push(way.clone());
        } else if self.within.is_none_or(|within| within[index]) {
            way.going = Going::Goes(index);
        }
    }
}

/// What a trigger waits for, where that is only a condition.
fn condition(trigger: &Trigger) -> Option<&Expr> {
    let only = matches!(trigger.kind, TriggerKind::Condition);
    trigger.when.as_ref().filter(|_| only)
}

/// Whether a wait may be over as soon as it begins.
pub(super) fn may_be_none(wait: &WaitKind) -> bool {
    match wait {
        WaitKind::On(trigger) => condition(trigger).is_some(),
        WaitKind::Any(any) => any.iter().any(|it| condition(&it.trigger).is_some()),
        wait => over_at_once(wait),
    }
}

/// Whether a wait is over as soon as it begins: for no time, or until a time that has come.
fn over_at_once(wait: &WaitKind) -> bool {
    match wait {
        WaitKind::For(time) => time.value.is_zero(),
        WaitKind::Until(time) => {
            let come = ["now", "session.started_at", "session.entered_at"];
            come.contains(&time.source().trim())
        }
        _ => false,
    }
}
