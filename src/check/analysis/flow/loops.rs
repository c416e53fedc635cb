//! Rules that trigger themselves, directly or through others, at one instant.
//!
//! A circle of listeners is told where it can be walked twice with what is known on the way: a
//! condition that its own steps turn false ends it, as does a wait.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::facts::Facts;
use super::listeners::{Happened, Listener, Role, active_key, kept, listeners, milestone_key};
use super::map::Map;
use super::occurrences::World;
use super::reach::in_circles;
use super::visit::listens;
use crate::cel::Literal;
use crate::check::context::Checker;
use crate::check::triggers::trigger_span;
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::source::Span;

/// So much that sets something off is followed at the most, over the whole workspace.
const MAX_WORK: usize = 100_000;

/// So many listeners are passed at the most to find those that a circle may come back from.
const MAX_BACK: usize = 20_000_000;

/// Circles that are told.
const MAX_FOUND: usize = 100;

/// Listeners of a circle that are told by name, and pointed at.
const MAX_NAMED: usize = 8;

/// A listener on the way round, and what in it sets off the next.
#[derive(Clone, Copy)]
struct Hop {
    listener: usize,
    by: Span,
}

pub(super) fn check(checker: &mut Checker<'_>, maps: &[Map<'_>], traits: &[BTreeSet<String>]) {
    let world = World::new(checker, maps, listeners(maps), traits);
    let count = world.listeners.len();
    let may_return = in_circles(&world);
    let next: Vec<BTreeSet<usize>> = (0..count)
        .into_par_iter()
        .map(|index| {
            if !may_return[index] {
                return BTreeSet::new();
            }
            let set_off = world.fire(index, Facts::default());
            let heard = set_off
                .iter()
                .flat_map(|set| world.hearers(index, &set.what));
            heard.collect()
        })
        .collect();
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, to) in next.iter().enumerate() {
        for to in to {
            before[*to].push(from);
        }
    }
    let mut search = Search {
        on_way: vec![false; count],
        world,
        work: 0,
        found: BTreeMap::new(),
    };
    let mut passed = 0;
    for start in (0..count).filter(|start| !next[*start].is_empty()) {
        if search.found.len() >= MAX_FOUND {
            break;
        }
        if passed > MAX_BACK {
            search.world.cut();
            break;
        }
        let back = leading_to(start, &before, &mut passed);
        if next[start].iter().any(|to| back[*to]) {
            search.go(start, &back);
        }
    }
    let Search { world, found, .. } = search;
    let mut told = BTreeSet::new();
    let mut diagnostics = Vec::new();
    for hops in found.values() {
        let spans: BTreeSet<Span> = hops.iter().map(|hop| hop.by).collect();
        if told.insert(spans) {
            diagnostics.extend(tell(&world, hops));
        }
    }
    if diagnostics.is_empty() && world.is_cut() {
        diagnostics.extend(unseen(&world, &may_return));
    }
    for diagnostic in diagnostics {
        checker.report(diagnostic);
    }
}

/// Says that there may be circles that were not looked for.
fn unseen(world: &World<'_, '_>, may_return: &[bool]) -> Option<Diagnostic> {
    let first = may_return.iter().position(|may| *may)?;
    let message = "this may trigger itself in more ways than the check explores";
    let span = trigger_span(world.listeners[first].trigger);
    let mut diagnostic = Diagnostic::new(&codes::LIMIT_EXCEEDED, span, message)
        .note("no loop was found in those it explored")
        .help("let fewer rules read what other rules write, or split the journey");
    diagnostic.severity = Severity::Warning;
    Some(diagnostic)
}

/// By listener, whether a circle may come back from it to `start` without one before that; `passed`
/// counts those that were looked at.
fn leading_to(start: usize, before: &[Vec<usize>], passed: &mut usize) -> Vec<bool> {
    let mut back = vec![false; before.len()];
    back[start] = true;
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        *passed += before[at].len();
        for from in before[at].iter().filter(|from| **from >= start) {
            if !std::mem::replace(&mut back[*from], true) {
                open.push(*from);
            }
        }
    }
    back
}

struct Search<'w, 'c> {
    world: World<'w, 'c>,
    work: usize,
    /// By listener, whether the way that is walked passes it.
    on_way: Vec<bool>,
    /// By the listeners of each.
    found: BTreeMap<Vec<usize>, Vec<Hop>>,
}

/// What a listener may set off: the next, by what, and what is known then.
type Steps = std::vec::IntoIter<(usize, Span, Facts)>;

impl Search<'_, '_> {
    /// Walks all ways from a listener that come back to it. Thousands of rules may set off one
    /// another in a row, so it keeps the way itself.
    fn go(&mut self, start: usize, back: &[bool]) {
        let mut open: Vec<(usize, Steps)> = vec![(start, self.steps(start, &Facts::default()))];
        // What led to each that is open, but for the first.
        let mut hops: Vec<Hop> = Vec::new();
        while let Some((at, steps)) = open.last_mut() {
            let at = *at;
            let Some((to, by, facts)) = steps.next() else {
                self.on_way[at] = false;
                open.pop();
                hops.pop();
                continue;
            };
            let hop = Hop { listener: at, by };
            if to == start {
                hops.push(hop);
                let listeners: Vec<usize> = hops.iter().map(|hop| hop.listener).collect();
                if self.found.len() < MAX_FOUND
                    && !self.found.contains_key(&listeners)
                    && self.again(&hops, &facts)
                {
                    self.found.insert(listeners, hops.clone());
                }
                hops.pop();
            } else if back[to] && !std::mem::replace(&mut self.on_way[to], true) {
                hops.push(hop);
                open.push((to, self.steps(to, &facts)));
            }
        }
    }

    /// Whether the circle can be walked once more, with what is known after the first time.
    fn again(&mut self, hops: &[Hop], facts: &Facts) -> bool {
        let mut open = vec![self.on(hops, 0, facts)];
        while let Some(ways) = open.last_mut() {
            let Some(facts) = ways.next() else {
                open.pop();
                continue;
            };
            if open.len() == hops.len() {
                return true;
            }
            let ways = self.on(hops, open.len(), &facts);
            open.push(ways);
        }
        false
    }

    /// What may be known when a hop of a circle has led to the next.
    fn on(&mut self, hops: &[Hop], index: usize, facts: &Facts) -> std::vec::IntoIter<Facts> {
        let hop = hops[index];
        let due = hops.get(index + 1).unwrap_or(&hops[0]).listener;
        let ways: Vec<Facts> = self
            .steps(hop.listener, facts)
            .filter(|(to, by, _)| *to == due && *by == hop.by)
            .map(|(_, _, facts)| facts)
            .collect();
        ways.into_iter()
    }

    /// What a listener that fires may set off: the next, by what, and what is known then.
    fn steps(&mut self, at: usize, facts: &Facts) -> Steps {
        let world = &self.world;
        let mut all = Vec::new();
        if self.work > MAX_WORK {
            return all.into_iter();
        }
        for set in world.fire(at, facts.clone()) {
            for to in world.hearers(at, &set.what) {
                self.work += 1 + set.facts.len() / 4;
                if self.work > MAX_WORK {
                    world.cut();
                    return all.into_iter();
                }
                let it = &world.listeners[to];
                let whose = world.whose(it.journey);
                if !it.may_fire(&world.maps[it.journey], &set.facts, whose) {
                    continue;
                }
                let Some(facts) = world.moved(to, &set.what, set.facts.clone()) else {
                    continue;
                };
                all.push((to, set.by, facts));
            }
        }
        all.into_iter()
    }
}

impl World<'_, '_> {
    /// An occurrence moves a session at most once: what is known once it has been, where something
    /// certainly does; none where that comes before the listener and takes its turn.
    fn moved(&self, to: usize, what: &Happened, mut facts: Facts) -> Option<Facts> {
        let listener = &self.listeners[to];
        let journey = listener.journey;
        let name = match what {
            Happened::Named(name) | Happened::Within(_, name) => name,
            Happened::Turned(_) => return Some(facts),
        };
        if listener.role == Role::Start {
            return Some(facts);
        }
        let own = match listener.role {
            Role::Rule(Some(milestone)) => Some(milestone),
            _ => None,
        };
        let at = match facts.get(&milestone_key(journey)) {
            Some(Literal::Int(at)) => usize::try_from(*at).ok(),
            _ => own,
        };
        let map = &self.maps[journey];
        let whose = self.whose(journey);
        let certain = |index: &usize| {
            let it: &Listener<'_> = &self.listeners[*index];
            let holds = (it.trigger.when.as_ref())
                .is_none_or(|when| facts.holds(when, whose) == Some(true));
            let here = match it.role {
                Role::End => true,
                Role::Enter(other) => at.is_some_and(|at| map.is_from(it.trigger, other, at)),
                Role::Rule(_) | Role::Start => false,
            };
            here && holds && listens(it.trigger, name).is_some()
        };
        let Some(first) = self.movers[journey].iter().copied().find(certain) else {
            return Some(facts);
        };
        let mover = &self.listeners[first];
        if matches!(listener.role, Role::End | Role::Enter(_)) {
            return (to <= first).then_some(facts);
        }
        match mover.role {
            Role::Enter(milestone) => {
                facts.put(milestone_key(journey), kept(milestone));
            }
            _ => facts.put(active_key(journey), Literal::Bool(false)),
        }
        Some(facts)
    }
}

fn tell(world: &World<'_, '_>, hops: &[Hop]) -> Option<Diagnostic> {
    let last = hops.last()?;
    // A rule says it best.
    let is_rule = |hop: &&Hop| matches!(world.listeners[hop.listener].role, Role::Rule(_));
    let named = hops.iter().find(is_rule).or_else(|| hops.first())?;
    let name = world.listeners[named.listener].name();
    let mut seen = BTreeSet::from([name.clone()]);
    let mut others: Vec<String> = Vec::new();
    for hop in hops {
        let other = world.listeners[hop.listener].name();
        if seen.insert(other.clone()) {
            others.push(other);
        }
    }
    if others.len() > MAX_NAMED {
        let rest = others.len() - MAX_NAMED;
        others.truncate(MAX_NAMED);
        others.push(format!("{rest} more"));
    }
    let message = match others.as_slice() {
        [] => format!("{name} triggers itself"),
        others => format!("{name} triggers itself through {}", others.join(" and ")),
    };
    let first = &world.listeners[hops.first()?.listener];
    let first_name = first.name();
    let mut diagnostic = Diagnostic::new(&codes::RULE_LOOP, last.by, message).here(format!(
        "this triggers {first_name} again, at the same instant"
    ));
    let span = trigger_span(first.trigger);
    if span != last.by {
        diagnostic = diagnostic.label(span, format!("{first_name} listens to it here"));
    }
    for pair in hops.windows(2).take(MAX_NAMED) {
        let next = world.listeners[pair[1].listener].name();
        diagnostic = diagnostic.label(pair[0].by, format!("this triggers {next}"));
    }
    let whose = if others.is_empty() {
        "it"
    } else {
        "one of them"
    };
    Some(diagnostic.help(format!(
        "put a `wait` in between, or give {whose} a `when` that its own steps turn false"
    )))
}
