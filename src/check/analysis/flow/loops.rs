//! Rules that trigger themselves, directly or through others, at one instant.
//!
//! A circle of listeners is told where it can be walked twice with what is known on the way: a
//! condition that its own steps turn false ends it, as does a wait.

use std::collections::BTreeSet;

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
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

/// So often is something fired at the most, over the whole workspace.
const MAX_WORK: u32 = 20_000;

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
        world,
        work: 0,
        found: Vec::new(),
    };
    for start in (0..count).filter(|start| !next[*start].is_empty()) {
        let back = leading_to(start, &before);
        if next[start].iter().any(|to| back.contains(to)) {
            search.go(start, start, &Facts::default(), &mut Vec::new(), &back);
        }
    }
    let Search { world, found, .. } = search;
    let mut told = BTreeSet::new();
    let mut diagnostics = Vec::new();
    for hops in &found {
        let spans: BTreeSet<Span> = hops.iter().map(|hop| hop.by).collect();
        if told.insert(spans) {
            diagnostics.extend(tell(&world, hops));
        }
    }
    for diagnostic in diagnostics {
        checker.report(diagnostic);
    }
}

/// The listeners, none before `start`, from which a circle may come back to it.
fn leading_to(start: usize, before: &[Vec<usize>]) -> BTreeSet<usize> {
    let mut back = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        for from in before[at].iter().filter(|from| **from >= start) {
            if back.insert(*from) {
                open.push(*from);
            }
        }
    }
    back
}

struct Search<'w, 'c> {
    world: World<'w, 'c>,
    work: u32,
    found: Vec<Vec<Hop>>,
}

impl Search<'_, '_> {
    fn go(
        &mut self,
        start: usize,
        at: usize,
        facts: &Facts,
        hops: &mut Vec<Hop>,
        back: &BTreeSet<usize>,
    ) {
        for (to, by, facts) in self.steps(at, facts) {
            let closes = to == start;
            let known = hops.iter().any(|hop| hop.listener == to) || to == at;
            if !closes && (known || !back.contains(&to)) {
                continue;
            }
            hops.push(Hop { listener: at, by });
            if closes {
                let same = |other: &Vec<Hop>| {
                    let ours = hops.iter().map(|hop| hop.listener);
                    other.iter().map(|hop| hop.listener).eq(ours)
                };
                if !self.found.iter().any(same) && self.again(hops, 0, &facts) {
                    self.found.push(hops.clone());
                }
            } else {
                self.go(start, to, &facts, hops, back);
            }
            hops.pop();
        }
    }

    /// Whether the circle can be walked once more, with what is known after the first time.
    fn again(&mut self, hops: &[Hop], index: usize, facts: &Facts) -> bool {
        let Some(hop) = hops.get(index) else {
            return true;
        };
        let due = hops.get(index + 1).unwrap_or(&hops[0]).listener;
        let steps = self.steps(hop.listener, facts);
        steps
            .into_iter()
            .filter(|(to, by, _)| *to == due && *by == hop.by)
            .any(|(_, _, facts)| self.again(hops, index + 1, &facts))
    }

    /// What a listener that fires may set off: the next, by what, and what is known then.
    fn steps(&mut self, at: usize, facts: &Facts) -> Vec<(usize, Span, Facts)> {
        self.work += 1;
        if self.work > MAX_WORK {
            return Vec::new();
        }
        let world = &self.world;
        let mut all = Vec::new();
        for set in world.fire(at, facts.clone()) {
            for to in world.hearers(at, &set.what) {
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
        all
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
        let Some(first) = self.hearing.of_journey(journey).find(certain) else {
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
    let mut others: Vec<String> = Vec::new();
    for hop in hops {
        let other = world.listeners[hop.listener].name();
        if other != name && !others.contains(&other) {
            others.push(other);
        }
    }
    let message = match others.as_slice() {
        [] => format!("{name} triggers itself"),
        others => format!("{name} triggers itself through {}", others.join(" and ")),
    };
    let first = &world.listeners[hops.first()?.listener];
    let first_name = first.name();
    let mut diagnostic = Diagnostic::new(&codes::RULE_LOOP, last.by, message).here(format!(
        "this sets off {first_name} again, at the same instant"
    ));
    for (index, hop) in hops.iter().enumerate() {
        let span = trigger_span(world.listeners[hop.listener].trigger);
        if span != last.by && index == 0 {
            diagnostic = diagnostic.label(span, format!("{first_name} listens to it here"));
        }
        if let Some(next) = hops.get(index + 1) {
            let next = world.listeners[next.listener].name();
            diagnostic = diagnostic.label(hop.by, format!("this sets off {next}"));
        }
    }
    Some(diagnostic.help(
        "let time pass in between with a `wait`, or give one of them a `when` that its own steps turn false",
    ))
}
