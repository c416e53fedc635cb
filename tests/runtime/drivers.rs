//! The same events, given to a dry run and to the runtime: the same actions, the same verdicts and
//! the same final states, to the byte, however small the working set is, wherever groups end and
//! however often it is opened again.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use cjoc::engine::Engine;
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::Value;

use super::side::{incoming, side_by_side};
use super::world;

/// An engine and events for it.
type World = (Arc<Engine>, Vec<Value>);

/// The examples of the repository, with their sample events.
static EXAMPLES: LazyLock<Vec<World>> = LazyLock::new(|| {
    let read = |name: &&str| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = root.join("examples").join(name);
        let text = std::fs::read_to_string(root.join("events.jsonl")).expect("it has events");
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let events = lines.map(|line| serde_json::from_str(line).expect("samples are JSON"));
        (world::compiled(&root).1, events.collect())
    };
    ["nto", "shop", "bank", "telecom"]
        .iter()
        .map(read)
        .collect()
});

#[test]
fn sample_events_come_to_the_same() {
    for (engine, events) in EXAMPLES.iter() {
        let mut events = events.clone();
        events.sort_by_key(|event| incoming(event).time);
        for (cache, seed) in [(1, 1), (3, 2), (1000, 3)] {
            side_by_side(engine, &events, cache, seed).expect("both come to the same");
        }
    }
}

#[test]
fn people_who_turn_out_to_be_one_come_to_the_same() {
    let events = world::events(7, 400, 16);
    for cache in [1, 5, 1000] {
        side_by_side(&world::ENGINE, &events, cache, 11).expect("both come to the same");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_events_come_to_the_same(
        example in 0..5_usize,
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0..4000_u16, any::<bool>()), 1..60),
        cache in 1..4_usize,
        seed in any::<u64>(),
    ) {
        let own: World;
        let (engine, samples) = if let Some(example) = EXAMPLES.get(example) {
            example
        } else {
            own = (world::ENGINE.clone(), world::events(seed, 80, 8));
            &own
        };
        let mut at = world::time(world::START);
        let mut events = Vec::new();
        for (index, (pick, minutes, own)) in picks.iter().enumerate() {
            // Many at one instant: that is where order matters.
            let minutes = if minutes % 3 == 0 { 0 } else { i64::from(*minutes) };
            at += SignedDuration::from_mins(minutes);
            let mut event = pick.get(samples).clone();
            event["time"] = at.to_string().into();
            if *own {
                event["id"] = format!("own-{index}").into();
            }
            events.push(event);
        }
        side_by_side(engine, &events, cache, seed)?;
    }
}
