//! From a journey to what it has become: which milestone, variable, trigger and step of the one is
//! which of the other. By name, by the declared migration, and where there is no name by content.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::linked::{Engine, Expr, JourneyType, On, Op, OpKind, RuleType, Trigger};
use crate::engine::state::{CodeRef, Place, Strand, Waiting};
use crate::model::{Migrate, Onward};

/// What of a journey is what of another.
#[derive(Debug)]
pub(super) struct Road {
    /// The other.
    pub to: u32,
    /// By milestone: which it is there.
    pub milestones: Vec<Option<u16>>,
    /// By milestone: whether the migration says so.
    pub declared: Vec<bool>,
    /// By milestone: the outcome with which the migration ends the sessions in it.
    pub ends: Vec<Option<Arc<str>>>,
    /// By variable of the other: which it is here.
    pub vars: Vec<Option<usize>>,
    /// By start of the journey.
    pub starts: Vec<Option<u16>>,
    places: BTreeMap<Place, Place>,
}

impl Road {
    pub(super) fn new(a: &JourneyType, to: &Engine, index: u32, migrate: Option<&Migrate>) -> Self {
        let b = &to.journeys[index as usize];
        let onward = |name: &str| migrate.and_then(|it| it.milestones.get(name));
        let find = |name: &str| {
            let found = b.milestones.iter().position(|it| *it.name == *name);
            found.map(|index| index as u16)
        };
        let milestones: Vec<Option<u16>> = (a.milestones.iter())
            .map(|it| match onward(&it.name) {
                Some(Onward::Milestone(name)) => find(name),
                Some(Onward::End(_)) => None,
                None => find(&it.name),
            })
            .collect();
        let renamed = |name: &str| {
            let all = migrate.map(|it| &it.variables);
            all.and_then(|it| it.iter().find(|(_, new)| ***new == *name))
                .map(|(old, _)| old.clone())
        };
        let vars = (b.vars.fields.iter())
            .map(|field| {
                let old = renamed(&field.name).and_then(|old| a.vars.field(&old));
                let old = old.or_else(|| a.vars.field(&field.name));
                old.map(|(index, _)| index)
            })
            .collect();
        let mut places = BTreeMap::new();
        for (rule, known) in a.rules.iter().enumerate() {
            let same = |it: &RuleType| it.path() == known.path();
            if let Some(other) = b.rules.iter().position(same) {
                places.insert(Place::Rule(rule as u16), Place::Rule(other as u16));
            }
        }
        for (end, other) in pairs(&a.end, &b.end).into_iter().enumerate() {
            if let Some(other) = other {
                places.insert(Place::End(end as u16), Place::End(other));
            }
        }
        for (milestone, target) in milestones.iter().enumerate() {
            let Some(target) = *target else { continue };
            let (known, other) = (&a.milestones[milestone], &b.milestones[usize::from(target)]);
            let milestone = milestone as u16;
            for (rule, it) in known.rules.iter().enumerate() {
                if let Some(found) = other.rules.iter().position(|new| new.name == it.name) {
                    let place = Place::MilestoneRule(milestone, rule as u16);
                    places.insert(place, Place::MilestoneRule(target, found as u16));
                }
            }
            let enters = pairs(&known.enter, &other.enter);
            for (enter, found) in enters.into_iter().enumerate() {
                if let Some(found) = found {
                    let place = Place::Enter(milestone, enter as u16);
                    places.insert(place, Place::Enter(target, found));
                }
            }
        }
        Self {
            to: index,
            declared: (a.milestones.iter())
                .map(|it| onward(&it.name).is_some())
                .collect(),
            ends: (a.milestones.iter())
                .map(|it| match onward(&it.name) {
                    Some(Onward::End(outcome)) => Some(outcome.clone()),
                    _ => None,
                })
                .collect(),
            milestones,
            vars,
            starts: pairs(&a.start, &b.start),
            places,
        }
    }

    /// A trigger there.
    pub(super) fn place(&self, place: Place) -> Option<Place> {
        self.places.get(&place).copied()
    }

    /// A trigger there, if its time is the same.
    pub(super) fn timed(&self, ends: &Ends<'_>, place: Place) -> Option<Place> {
        let there = self.place(place)?;
        let (mine, other) = (ends.a.trigger(place)?, ends.b.trigger(there)?);
        same_on(&mine.on, &other.on).then_some(there)
    }

    /// Where a strand that waits goes on.
    pub(super) fn spot(&self, ends: &Ends<'_>, strand: &Strand) -> Option<(CodeRef, u32)> {
        let milestone = |it: u16| self.milestones.get(usize::from(it)).copied().flatten();
        let code = match strand.code {
            CodeRef::Milestone(it) => CodeRef::Milestone(milestone(it)?),
            CodeRef::Rule(it) => JourneyType::code_of(self.place(Place::Rule(it))?)?,
            CodeRef::MilestoneRule(it, rule) => {
                JourneyType::code_of(self.place(Place::MilestoneRule(it, rule))?)?
            }
        };
        let (old, new) = (ends.a.code(strand.code)?, ends.b.code(code)?);
        let renamed = |step: &Arc<str>| self.step(ends, strand.code, step);
        if let Waiting::Join(_) = strand.waiting {
            // Strands that wait for others stand behind the step that made them.
            let step = old.ops.iter().find_map(|op| match &op.kind {
                OpKind::Fork { join, .. } if *join == strand.ip => Some(renamed(&op.step)),
                _ => None,
            })?;
            return new.ops.iter().find_map(|op| match &op.kind {
                OpKind::Fork { join, .. } if op.step == step => Some((code, *join)),
                _ => None,
            });
        }
        let op = old.ops.get(strand.ip as usize)?;
        let (pause, step) = (pause(&op.kind)?, renamed(&op.step));
        let same = |it: &Op| it.step == step && self::pause(&it.kind) == Some(pause);
        Some((code, new.ops.iter().position(same)? as u32))
    }

    /// What a strand waits for by time, of its several triggers, and which that is there.
    pub(super) fn alternatives(&self, ends: &Ends<'_>, strand: &Strand) -> Vec<Option<u16>> {
        let triggers = |any: &[(Trigger, u32)]| -> Vec<Trigger> {
            any.iter().map(|(trigger, _)| trigger.clone()).collect()
        };
        let old = triggers(ends.a.alternatives(strand.code, strand.ip));
        let new = match self.spot(ends, strand) {
            Some((code, ip)) => triggers(ends.b.alternatives(code, ip)),
            None => Vec::new(),
        };
        pairs(&old, &new)
    }

    /// A step's id, below a milestone that may be called otherwise now.
    fn step(&self, ends: &Ends<'_>, code: CodeRef, step: &Arc<str>) -> Arc<str> {
        let (CodeRef::Milestone(milestone) | CodeRef::MilestoneRule(milestone, _)) = code else {
            return step.clone();
        };
        let old = &ends.a.milestones[usize::from(milestone)].name;
        let Some(new) = self.milestones[usize::from(milestone)] else {
            return step.clone();
        };
        let new = &ends.b.milestones[usize::from(new)].name;
        let head = |name: &str| format!("journeys/{}/milestones/{name}/", ends.a.name);
        match step.strip_prefix(&*head(old)) {
            Some(rest) if old != new => format!("{}{rest}", head(new)).into(),
            _ => step.clone(),
        }
    }
}

/// Both ends of a road.
#[derive(Clone, Copy)]
pub(super) struct Ends<'a> {
    pub from: &'a Engine,
    pub a: &'a JourneyType,
    pub to: &'a Engine,
    pub b: &'a JourneyType,
}

/// What a strand can wait in: strands go on only in a step of the same kind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pause {
    Time,
    Triggers,
    Send,
    Answer,
}

fn pause(kind: &OpKind) -> Option<Pause> {
    match kind {
        OpKind::WaitFor(_) | OpKind::WaitAt { .. } | OpKind::WaitUntil(_) => Some(Pause::Time),
        OpKind::WaitOn { .. } => Some(Pause::Triggers),
        OpKind::Send { .. } => Some(Pause::Send),
        OpKind::Call {
            answer: Some(_), ..
        } => Some(Pause::Answer),
        _ => None,
    }
}

/// Which trigger without a name is which: those with the same condition, then those with another,
/// each once.
fn pairs(old: &[Trigger], new: &[Trigger]) -> Vec<Option<u16>> {
    let mut found = vec![None; old.len()];
    let mut taken = vec![false; new.len()];
    for exact in [true, false] {
        for (index, mine) in old.iter().enumerate() {
            if found[index].is_some() {
                continue;
            }
            let same = |other: &Trigger| {
                same_on(&mine.on, &other.on) && (!exact || same_when(mine, other))
            };
            let other = (new.iter().enumerate()).position(|(at, it)| !taken[at] && same(it));
            if let Some(other) = other {
                taken[other] = true;
                found[index] = Some(other as u16);
            }
        }
    }
    found
}

/// Whether two triggers have the same condition.
pub(super) fn same_when(a: &Trigger, b: &Trigger) -> bool {
    let text = |it: &Trigger| it.when.as_ref().map(|when| when.text.clone());
    text(a) == text(b)
}

/// Whether two triggers are looked at at the same times: on a schedule, or on and on. Those that are
/// told of something have nothing to remember.
pub(super) fn same_on(a: &On, b: &On) -> bool {
    match (a, b) {
        (On::After(a), On::After(b)) | (On::Every(a), On::Every(b)) => a == b,
        (On::Schedule { cron, zone }, On::Schedule { cron: c, zone: z }) => {
            let text = |it: &Option<Expr>| it.as_ref().map(|zone| zone.text.clone());
            cron == c && text(zone) == text(z)
        }
        (On::Condition, On::Condition) => true,
        _ => false,
    }
}

/// Whether a trigger goes by time.
pub(super) fn by_time(on: &On) -> bool {
    matches!(on, On::After(_) | On::Every(_) | On::Schedule { .. })
}

impl RuleType {
    /// Tells a rule from all others of its journey: its own and those outside have paths of their
    /// own.
    fn path(&self) -> Option<&Arc<str>> {
        self.code.ops.last().map(|op| &op.path)
    }
}
