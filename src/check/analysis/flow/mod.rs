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
    let homes = checker.homes();
    let outside = checker.outside_of(&homes);
    let journeys = checker.names.journeys.par_iter().zip(outside);
    let (maps, traits): (Vec<Map<'_>>, Vec<BTreeSet<String>>) = journeys
        .map(|(journey, outside)| {
            let own = (checker.names.travelers.iter())
                .filter(|it| it.decl.name.text == journey.decl.traveler.text);
            let traits = own.flat_map(|it| &it.traits);
            let traits = traits.map(|it| format!("traveler.{}", it.decl.name));
            (Map::new(journey.decl, outside), traits.collect())
        })
        .unzip();
    // Loops begin with what one thread does alone: the journeys are looked at beside it.
    let mut looped = checker.beside();
    rayon::join(
        || {
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
            dead::outside(checker, &homes);
            times::outside(checker, &maps, &homes);
        },
        || loops::check(&mut looped, &maps, &traits),
    );
    checker.out.extend(looped.out);
}
