//! Milestones whose steps go to each other in a circle, without a wait.
//!
//! A circle is told where it goes round for ever once it is entered: what its conditions read stays
//! as it is on the way. One that something on the way may end is left alone.

use std::collections::BTreeSet;

use super::circuits::in_circuits;
use super::facts::{Facts, Whose};
use super::map::Map;
use super::path::{Walker, Way};
use crate::check::context::Checker;
use crate::diagnostic::{Diagnostic, codes};

pub(super) fn check(checker: &mut Checker<'_>, map: &Map<'_>, whose: Whose<'_>) {
    let decl = map.decl;
    let mut told: BTreeSet<Vec<usize>> = BTreeSet::new();
    let next: Vec<Vec<usize>> = (decl.milestones.iter())
        .map(|milestone| map.targets(&milestone.steps))
        .collect();
    let mut within = in_circuits(&next);
    for (start, milestone) in decl.milestones.iter().enumerate() {
        // A circle is told at the first of its milestones: those before are done with.
        let circular = within[start] && comes_back(start, &next, &within);
        if !map.reached[start] || !circular {
            within[start] = false;
            continue;
        }
        let mut walker = Walker {
            map,
            whose,
            within: Some(&within),
            circles: Vec::new(),
        };
        walker.run(&milestone.steps, Way::new(Facts::default(), Some(start)));
        let circles = walker.circles;
        for way in circles {
            let Some(((last, Some(closing)), before)) = way.line.split_last() else {
                continue;
            };
            let since = before.iter().rposition(|(index, _)| index == last);
            let Some(since) = since.filter(|_| *last == start && goes_on(&way, whose)) else {
                continue;
            };
            let round = &before[since..];
            let mut members: Vec<usize> = round.iter().map(|(index, _)| *index).collect();
            members.sort_unstable();
            if members.first() != Some(&start) || !told.insert(members) {
                continue;
            }
            let name = &milestone.name;
            let message = if round.len() == 1 {
                format!("`{name}` goes to itself without a wait")
            } else {
                format!("milestones loop from `{name}` without a wait")
            };
            let mut diagnostic = Diagnostic::new(&codes::LOOP_WITHOUT_WAIT, closing.span, message)
                .here("this closes the loop")
                .help("put a `wait` between them, or a condition that changes on the way");
            for (_, goto) in &round[1..] {
                if let Some(goto) = goto {
                    diagnostic = diagnostic.label(goto.span, format!("goes to `{goto}`"));
                }
            }
            checker.report(diagnostic);
        }
        within[start] = false;
    }
}

/// Whether steps lead from a milestone back to it, by others of these.
fn comes_back(start: usize, next: &[Vec<usize>], within: &[bool]) -> bool {
    let mut seen = vec![false; next.len()];
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        for to in next[at].iter().filter(|to| within[**to]) {
            if *to == start {
                return true;
            }
            if !std::mem::replace(&mut seen[*to], true) {
                open.push(*to);
            }
        }
    }
    false
}

/// Whether nothing on a way changes what its conditions read.
fn goes_on(way: &Way<'_>, whose: Whose<'_>) -> bool {
    let steady = |key: &String| {
        let path = key.split_once('/').map_or(key.as_str(), |(_, path)| path);
        let mut names = path.split('.');
        match names.next() {
            Some("vars" | "event" | "traveler") if names.next().is_none() => true,
            Some("vars" | "event") => !way.changed.contains(key),
            Some("traveler") => {
                !way.changed.contains(key)
                    && !whose.traits.contains(path)
                    && path != "traveler.persona"
            }
            // Names that a macro binds, and the clock, which stands still.
            Some("segment" | "journey" | "session" | "models") => false,
            _ => true,
        }
    };
    way.read.iter().all(steady)
}
