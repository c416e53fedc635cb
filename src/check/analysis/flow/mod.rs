//! Where sessions can go, and what follows from that: triggers that never fire, sessions that never
//! end, times that are too long, happy paths that cannot be walked, circles.
//!
//! Works on journeys as written, for their places; that nothing in them is an error is known.

mod clock;
mod dead;
mod ends;
mod happy;
mod map;
mod times;
mod visit;

use crate::check::context::Checker;
use crate::model::JourneyId;
use map::Map;

pub(super) fn run(checker: &mut Checker<'_>) {
    let maps: Vec<Map<'_>> = (0..checker.names.journeys.len())
        .map(|index| {
            let outside = checker.rules_in(JourneyId(index as u32));
            Map::new(checker.names.journeys[index].decl, outside)
        })
        .collect();
    for map in &maps {
        dead::check(checker, map);
        ends::check(checker, map);
        happy::check(checker, map);
        times::check(checker, map);
    }
    times::outside(checker, &maps);
}
