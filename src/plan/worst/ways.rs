//! The ways between the milestones of a journey, by `enter` and by `goto`: what each takes, and which
//! of them lie on a round.
//!
//! A journey of many milestones has a way between nearly any two of them, so that all that is asked
//! of one is looked up, and nothing is asked of all for each.

use std::collections::BTreeMap;

use super::walk::{Jump, down, jumps};
use crate::model::{Journey, Occurrence, On, Rule, Trigger};

/// A wait for a time of day ends no more often than that, whatever clocks do.
const DAILY: u64 = 22 * 3_600;

/// What happens so often in a session, at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Limit<'m> {
    /// Once.
    Once(&'m str),
    /// With so many seconds between two times.
    Gap(&'m str, u64),
    /// When a schedule is due.
    Schedule(&'m Trigger),
}

#[derive(Clone, Copy, Debug)]
enum Takes {
    /// So many seconds at least, since the milestone before was entered.
    Least(u64),
    /// It can be taken only so often: the number of a limit.
    Limited(usize),
}

/// What leads out of a milestone.
#[derive(Debug, Default)]
struct Out {
    /// Where to, and the least that it takes.
    quick: Vec<(usize, u64)>,
    /// Where to, and what bounds it.
    limited: Vec<(usize, usize)>,
}

/// What leads into a milestone.
#[derive(Debug, Default)]
pub(super) struct Entered {
    /// Whether any way is taken as often as its event comes.
    pub free: bool,
    /// The limits of the others, each with how many ways it bounds.
    pub limited: Vec<(usize, u64)>,
}

/// All ways of a journey.
#[derive(Debug)]
pub(super) struct Ways<'m> {
    out: Vec<Out>,
    into: Vec<Entered>,
    limits: Vec<Limit<'m>>,
    /// By milestone: those with which it lies on a round, itself among them; none: on no round.
    around: Vec<Option<usize>>,
    /// The milestones that lie on rounds with one another, sorted.
    groups: Vec<Vec<usize>>,
}

impl<'m> Ways<'m> {
    pub(super) fn new(journey: &'m Journey, rules: &[&'m Rule]) -> Self {
        let count = journey.milestones.len();
        let mut making = Making {
            index: (journey.milestones.iter().enumerate())
                .map(|(index, milestone)| (&*milestone.name, index))
                .collect(),
            out: (0..count).map(|_| Out::default()).collect(),
            into: (0..count).map(|_| Entered::default()).collect(),
            limits: Vec::new(),
        };
        making.enters(journey);
        making.leads(journey, rules);
        let Making {
            out, into, limits, ..
        } = making;
        let (around, groups) = rounds(&out);
        Self {
            out,
            into,
            limits,
            around,
            groups,
        }
    }

    pub(super) fn leading_to(&self, milestone: usize) -> Option<&Entered> {
        self.into.get(milestone)
    }

    pub(super) fn limit(&self, number: usize) -> Limit<'m> {
        self.limits[number]
    }

    /// The milestones on rounds through one, sorted; none where there is no way back.
    pub(super) fn around(&self, milestone: usize) -> Option<&[usize]> {
        let group = (*self.around.get(milestone)?)?;
        self.groups.get(group).map(Vec::as_slice)
    }

    /// What bounds ways on the rounds through a milestone, each once.
    pub(super) fn limits_around(&self, around: &[usize]) -> Vec<usize> {
        let mut found = Vec::new();
        let mut known = vec![false; self.limits.len()];
        for (to, limit) in around.iter().flat_map(|from| &self.out[*from].limited) {
            if !known[*limit] && around.binary_search(to).is_ok() {
                known[*limit] = true;
                found.push(*limit);
            }
        }
        found
    }

    /// The quickest round through a milestone by ways that are not limited otherwise.
    pub(super) fn quickest(&self, milestone: usize, around: &[usize]) -> Option<(u64, Vec<usize>)> {
        let group = self.around[milestone];
        let mut best: Vec<Option<(u64, usize)>> = vec![None; self.out.len()];
        let mut closed: Option<(u64, usize)> = None;
        let mut open = std::collections::BTreeSet::from([(0, milestone)]);
        let mut done = vec![false; self.out.len()];
        let mut left = around.len();
        while let Some((time, at)) = open.pop_first() {
            // What comes now takes no less.
            if left == 0 || closed.is_some_and(|(known, _)| known <= time) {
                break;
            }
            if std::mem::replace(&mut done[at], true) {
                continue;
            }
            left -= 1;
            for (to, least) in &self.out[at].quick {
                if self.around[*to] != group {
                    continue;
                }
                let total = time.saturating_add(*least);
                if *to == milestone {
                    if closed.is_none_or(|(known, _)| total < known) {
                        closed = Some((total, at));
                    }
                } else if best[*to].is_none_or(|(known, _)| total < known) {
                    best[*to] = Some((total, at));
                    open.insert((total, *to));
                }
            }
        }
        let (total, mut at) = closed?;
        let mut path = vec![milestone];
        while at != milestone {
            path.push(at);
            at = best[at].map_or(milestone, |(_, before)| before);
        }
        path.push(milestone);
        path.reverse();
        Some((total, path))
    }
}

/// Ways as they are found.
struct Making<'m> {
    index: BTreeMap<&'m str, usize>,
    out: Vec<Out>,
    into: Vec<Entered>,
    limits: Vec<Limit<'m>>,
}

impl<'m> Making<'m> {
    fn limited(&mut self, limit: Limit<'m>) -> Takes {
        let known = self.limits.iter().position(|it| *it == limit);
        Takes::Limited(known.unwrap_or_else(|| {
            self.limits.push(limit);
            self.limits.len() - 1
        }))
    }

    fn way(&mut self, from: usize, to: usize, takes: Takes) {
        let (out, into) = (&mut self.out[from], &mut self.into[to]);
        match takes {
            Takes::Least(least) => {
                into.free = true;
                match out.quick.last_mut() {
                    Some((known, takes)) if *known == to => *takes = least.min(*takes),
                    _ => out.quick.push((to, least)),
                }
            }
            Takes::Limited(limit) => {
                match into.limited.iter_mut().find(|known| known.0 == limit) {
                    Some((_, ways)) => *ways += 1,
                    None => into.limited.push((limit, 1)),
                }
                out.limited.push((to, limit));
            }
        }
    }

    /// Ways by `enter`.
    fn enters(&mut self, journey: &'m Journey) {
        for (to, milestone) in journey.milestones.iter().enumerate() {
            for trigger in &milestone.enter {
                let takes = match &trigger.on {
                    On::After(time) | On::Every(time) => Takes::Least(down(*time)),
                    On::Schedule { .. } => self.limited(Limit::Schedule(trigger)),
                    On::Any(_) | On::Condition => Takes::Least(0),
                };
                for from in &trigger.from {
                    if let Some(from) = self.index.get(&**from).copied() {
                        self.way(from, to, takes);
                    }
                }
            }
        }
    }

    /// Ways by `goto`.
    fn leads(&mut self, journey: &'m Journey, rules: &[&'m Rule]) {
        let everywhere: Vec<usize> = (0..journey.milestones.len()).collect();
        for (index, milestone) in journey.milestones.iter().enumerate() {
            let here = [index];
            let from = if milestone.detached {
                &everywhere[..]
            } else {
                &here
            };
            for jump in jumps(&milestone.steps) {
                let takes = match jump.daily {
                    _ if milestone.detached => Takes::Least(0),
                    Some(step) if jump.least < DAILY => self.limited(Limit::Gap(step, DAILY)),
                    _ => Takes::Least(jump.least),
                };
                self.lead(from, &jump, takes);
            }
            for rule in &milestone.rules {
                for jump in jumps(&rule.steps) {
                    let takes = match &rule.trigger.on {
                        On::After(time) | On::Every(time) => {
                            Takes::Least(down(*time).saturating_add(jump.least))
                        }
                        On::Schedule { .. } if !jump.waits => {
                            self.limited(Limit::Schedule(&rule.trigger))
                        }
                        _ => Takes::Least(jump.least),
                    };
                    self.lead(&here, &jump, takes);
                }
            }
        }
        for rule in rules {
            let once = |on: &Occurrence| *on == Occurrence::Start;
            let limit = match &rule.trigger.on {
                On::After(_) => Some(Limit::Once(&rule.id)),
                On::Every(time) => Some(Limit::Gap(&rule.id, down(*time))),
                On::Schedule { .. } => Some(Limit::Schedule(&rule.trigger)),
                On::Any(any) if any.len() == 1 && any.iter().all(once) => {
                    Some(Limit::Once(&rule.id))
                }
                On::Any(_) | On::Condition => None,
            };
            for jump in jumps(&rule.steps) {
                let takes = match limit {
                    Some(limit) if !jump.waits => self.limited(limit),
                    _ => Takes::Least(0),
                };
                self.lead(&everywhere, &jump, takes);
            }
        }
    }

    fn lead(&mut self, from: &[usize], jump: &Jump<'m>, takes: Takes) {
        if let Some(to) = jump.to.and_then(|to| self.index.get(to).copied()) {
            for from in from {
                self.way(*from, to, takes);
            }
        }
    }
}

/// Which milestones lie on rounds with one another: the strongly connected parts, as Tarjan finds
/// them, without calls within calls.
fn rounds(out: &[Out]) -> (Vec<Option<usize>>, Vec<Vec<usize>>) {
    const NEW: usize = usize::MAX;
    let next = |at: usize, way: usize| {
        let Out { quick, limited } = &out[at];
        match way.checked_sub(quick.len()) {
            None => Some(quick[way].0),
            Some(way) => limited.get(way).map(|way| way.0),
        }
    };
    let mut around = vec![None; out.len()];
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let (mut order, mut low) = (vec![NEW; out.len()], vec![NEW; out.len()]);
    let mut on_stack = vec![false; out.len()];
    let (mut stack, mut count) = (Vec::new(), 0);
    for root in 0..out.len() {
        if order[root] != NEW {
            continue;
        }
        let mut work = vec![(root, 0)];
        while let Some((at, way)) = work.pop() {
            if way == 0 {
                (order[at], low[at]) = (count, count);
                count += 1;
                stack.push(at);
                on_stack[at] = true;
            }
            if let Some(to) = next(at, way) {
                work.push((at, way + 1));
                if order[to] == NEW {
                    work.push((to, 0));
                } else if on_stack[to] {
                    low[at] = low[at].min(order[to]);
                }
                continue;
            }
            if let Some((before, _)) = work.last() {
                low[*before] = low[*before].min(low[at]);
            }
            if low[at] == order[at] {
                let start = stack.iter().rposition(|it| *it == at).unwrap_or_default();
                let mut group = stack.split_off(start);
                for it in &group {
                    on_stack[*it] = false;
                }
                group.sort_unstable();
                let mut ways = (0..).map_while(|way| next(at, way));
                if group.len() > 1 || ways.any(|to| to == at) {
                    for it in &group {
                        around[*it] = Some(groups.len());
                    }
                    groups.push(group);
                }
            }
        }
    }
    (around, groups)
}
