//! A journey as a map: which milestone leads to which, and which ways nobody ever takes.
//!
//! A trigger is passed over where another one, that comes before it and asks no more, always takes
//! its occurrence: an `end`, or an `enter` further up.

use std::sync::Arc;

use hashbrown::HashMap;

use super::visit::{gotos, listens, written};
use crate::check::triggers::on_span;
use crate::source::Span;
use crate::syntax::ast::{Journey, Milestone, Rule, Step, Trigger, TriggerKind};

/// A journey and the rules outside it that hold in it.
pub(super) struct Map<'w> {
    pub decl: &'w Journey,
    pub outside: Vec<&'w Rule>,
    /// From a milestone to others, by index.
    pub ways: Vec<Vec<usize>>,
    /// By milestone: whether a session can come there.
    pub reached: Vec<bool>,
    by_name: HashMap<&'w str, usize>,
    /// The `enter`s that listen to something, by it, in the order of the file: those of a milestone
    /// by its index, each by its own.
    listening: HashMap<Arc<str>, Vec<(usize, usize)>>,
    /// Those that come with time.
    timed: Vec<(usize, usize)>,
}

/// What takes an occurrence before a trigger can.
#[derive(Clone, Copy)]
pub(super) enum Taker<'w> {
    End(Span),
    Milestone(&'w Milestone, Span),
}

impl<'w> Map<'w> {
    pub(super) fn new(decl: &'w Journey, outside: Vec<&'w Rule>) -> Self {
        let count = decl.milestones.len();
        let mut map = Self {
            decl,
            outside,
            ways: vec![Vec::new(); count],
            reached: vec![false; count],
            by_name: HashMap::with_capacity(count),
            listening: HashMap::new(),
            timed: Vec::new(),
        };
        map.look_up();
        let taken: Vec<Vec<bool>> = (0..count).map(|to| map.may_be_taken(to)).collect();
        let anywhere: Vec<usize> = (decl.rules.iter())
            .chain(map.outside.iter().copied())
            .flat_map(|rule| map.targets(&rule.steps))
            .collect();
        for from in 0..count {
            let milestone = &decl.milestones[from];
            let mut to = map.targets(&milestone.steps);
            to.extend((milestone.rules.iter()).flat_map(|rule| map.targets(&rule.steps)));
            to.extend(&anywhere);
            to.extend((0..count).filter(|to| map.enters(from, *to, &taken[*to])));
            to.sort_unstable();
            to.dedup();
            map.ways[from] = to;
        }
        map.add_detached();
        if count > 0 {
            map.reached = map.from(0, |_| true);
        }
        map
    }

    /// Steps that run on when their milestone is left lead on from wherever the session is by then:
    /// what follows their milestone, by their own ways too.
    fn add_detached(&mut self) {
        let all = self.decl.milestones.iter().enumerate();
        let mut detached: Vec<(usize, Vec<usize>)> = all
            .filter(|(_, it)| it.detached)
            .map(|(index, it)| (index, self.targets(&it.steps)))
            .collect();
        detached.retain(|(_, to)| !to.is_empty());
        let mut more = true;
        while more {
            more = false;
            for (index, targets) in &detached {
                let behind = self.from(*index, |_| true);
                let ways = self.ways.iter_mut().zip(behind);
                for ways in ways.filter_map(|(ways, is_behind)| is_behind.then_some(ways)) {
                    for to in targets {
                        if let Err(place) = ways.binary_search(to) {
                            ways.insert(place, *to);
                            more = true;
                        }
                    }
                }
            }
        }
    }

    /// Notes who is called what and who listens to what.
    fn look_up(&mut self) {
        for (index, milestone) in self.decl.milestones.iter().enumerate() {
            self.by_name.entry(&milestone.name.text).or_insert(index);
            for (at, trigger) in milestone.enter.iter().enumerate() {
                match &trigger.kind {
                    TriggerKind::On(ons) => {
                        for on in ons {
                            let all = self.listening.entry(written(on)).or_default();
                            if all.last() != Some(&(index, at)) {
                                all.push((index, at));
                            }
                        }
                    }
                    TriggerKind::After(_) => self.timed.push((index, at)),
                    TriggerKind::Every(_)
                    | TriggerKind::Schedule { .. }
                    | TriggerKind::Condition => {}
                }
            }
        }
    }

    /// By trigger of a milestone, whether anything else may take all that it is on.
    fn may_be_taken(&self, to: usize) -> Vec<bool> {
        let enter = self.decl.milestones[to].enter.iter().enumerate();
        let before = |at: usize, rivals: &[(usize, usize)]| {
            rivals.first().is_some_and(|first| *first < (to, at))
        };
        enter
            .map(|(at, trigger)| match &trigger.kind {
                TriggerKind::On(ons) => ons.iter().all(|on| {
                    let what = written(on);
                    let ends = |end: &Trigger| listens(end, &what).is_some();
                    before(at, self.rivals(Some(&what))) || self.decl.end.iter().any(ends)
                }),
                _ => before(at, &self.timed),
            })
            .collect()
    }

    /// The `enter`s that what a trigger is on may set off too.
    fn rivals(&self, what: Option<&str>) -> &[(usize, usize)] {
        match what {
            Some(what) => self.listening.get(what).map_or(&[], Vec::as_slice),
            None => &self.timed,
        }
    }

    /// Where steps go, wherever that stands in them.
    pub(super) fn targets(&self, steps: &[Step]) -> Vec<usize> {
        let index = |name: &crate::syntax::ast::Name| self.index(&name.text);
        gotos(steps).into_iter().filter_map(index).collect()
    }

    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The milestones that a session can be in, from one on, that itself included, by ways through
    /// those that `through` lets pass.
    pub(super) fn from(&self, start: usize, through: impl Fn(usize) -> bool) -> Vec<bool> {
        let mut seen = vec![false; self.ways.len()];
        let mut open = vec![start];
        seen[start] = true;
        while let Some(at) = open.pop() {
            if at != start && !through(at) {
                continue;
            }
            for to in &self.ways[at] {
                if !std::mem::replace(&mut seen[*to], true) {
                    open.push(*to);
                }
            }
        }
        seen
    }

    /// Whether a milestone may be entered from another by a trigger, as far as `from` says.
    pub(super) fn is_from(&self, trigger: &Trigger, to: usize, from: usize) -> bool {
        match &trigger.from {
            None => from < to,
            Some(names) => {
                let name = &self.decl.milestones[from].name.text;
                names.iter().any(|it| it.text == *name)
            }
        }
    }

    /// Whether any trigger leads from one milestone to another; `taken` says which of them others
    /// may come before.
    fn enters(&self, from: usize, to: usize, taken: &[bool]) -> bool {
        let triggers = self.decl.milestones[to].enter.iter().enumerate();
        triggers
            .filter(|(_, trigger)| self.is_from(trigger, to, from))
            .any(|(at, trigger)| match &trigger.kind {
                _ if !taken[at] => true,
                TriggerKind::On(ons) => ons
                    .iter()
                    .any(|on| self.taker(to, at, from, Some(&written(on))).is_none()),
                _ => self.taker(to, at, from, None).is_none(),
            })
    }

    /// What takes an occurrence (none: the time of an `after`) before a milestone's trigger does, in
    /// a session that is in `from`.
    pub(super) fn taker(
        &self,
        to: usize,
        at: usize,
        from: usize,
        what: Option<&str>,
    ) -> Option<Taker<'w>> {
        let trigger = &self.decl.milestones[to].enter[at];
        let end = (self.decl.end.iter())
            .filter(|end| asks_no_more(end, trigger))
            .find_map(|end| listens(end, what?));
        if let Some(span) = end {
            return Some(Taker::End(span));
        }
        let rivals = self.rivals(what).iter().copied();
        for (index, other) in rivals.take_while(|rival| *rival < (to, at)) {
            let milestone = &self.decl.milestones[index];
            let before = &milestone.enter[other];
            if !self.is_from(before, index, from) {
                continue;
            }
            let span = match what {
                Some(what) if asks_no_more(before, trigger) => listens(before, what),
                Some(_) => None,
                None => sooner(before, trigger),
            };
            if let Some(span) = span {
                return Some(Taker::Milestone(milestone, span));
            }
        }
        None
    }
}

/// Whether a trigger fires wherever another does that listens to the same.
pub(super) fn asks_no_more(first: &Trigger, second: &Trigger) -> bool {
    match (&first.when, &second.when) {
        (None, _) => true,
        (Some(first), Some(second)) => first.source() == second.source(),
        (Some(_), None) => false,
    }
}

/// Where a trigger by time says that it is due no later than another by time, on no condition.
fn sooner(first: &Trigger, second: &Trigger) -> Option<Span> {
    match (&first.kind, &second.kind) {
        (TriggerKind::After(first_time), TriggerKind::After(second_time)) => {
            let same = first_time.value == second_time.value && asks_no_more(first, second);
            let sooner = first_time.value <= second_time.value && first.when.is_none();
            (same || sooner).then_some(first_time.span)
        }
        _ => None,
    }
}

/// The places of a trigger, each with what it listens to there; none for a time.
pub(super) fn places(trigger: &Trigger) -> Vec<(Option<Arc<str>>, Span)> {
    match &trigger.kind {
        TriggerKind::On(ons) => (ons.iter())
            .map(|on| (Some(written(on)), on_span(on)))
            .collect(),
        TriggerKind::After(time) => vec![(None, time.span)],
        TriggerKind::Every(_) | TriggerKind::Schedule { .. } | TriggerKind::Condition => Vec::new(),
    }
}
