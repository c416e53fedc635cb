//! Where sessions can go, and what follows from that: triggers that never fire, sessions that never
//! end, times that are too long, happy paths that cannot be walked, circles.
//!
//! Works on journeys as written, for their places; that nothing in them is an error is known.

mod circles;
mod circuits;
mod clock;
mod dead;
mod ends;
mod facts;
mod happy;
mod hearing;
mod listeners;
mod loops;
mod map;
mod occurrences;
mod path;
mod reach;
mod times;
mod visit;

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::check::context::Checker;
use facts::Whose;
use map::Map;
pub(in crate::check) use visit::each;
pub(super) use visit::written;

pub(super) fn run(checker: &mut Checker<'_>) {
    let outside = checker.outside();
    let journeys = checker.names.journeys.par_iter().zip(outside);
    let maps: Vec<Map<'_>> = journeys
        .map(|(journey, outside)| Map::new(journey.decl, outside))
        .collect();
    let traits: Vec<BTreeSet<String>> = maps
        .iter()
        .map(|map| {
            let own = (checker.names.travelers.iter())
                .filter(|it| it.decl.name.text == map.decl.traveler.text);
            let traits = own.flat_map(|it| &it.traits);
            traits
                .map(|it| format!("traveler.{}", it.decl.name))
                .collect()
        })
        .collect();
    checker.in_parallel(maps.len(), |checker, journey| {
        let map = &maps[journey];
        let whose = Whose {
            journey,
            traits: &traits[journey],
        };
        circles::check(checker, map, whose);
        dead::check(checker, map);
        ends::check(checker, map);
        happy::check(checker, map);
        times::check(checker, map);
    });
    dead::outside(checker, &maps);
    times::outside(checker, &maps);
    loops::check(checker, &maps, &traits);
}
