//! `kill -9` at any moment: every event that was acknowledged is applied, and once; every action is
//! carried out, under its own key.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::program::{Program, Setup, carried_out};
use super::side::{self, Dry, mixed};
use super::world::{self, WITHOUT_ANSWERS};

/// Kills the program so many times while events come in, and holds what is left against a dry run.
#[allow(
    clippy::print_stdout,
    reason = "who runs the long form wants to know how long it was"
)]
fn killed(times: u64, events: usize, batch: usize, seed: u64) {
    // Without a journal to speak of, all goes into tables all the time.
    let journal = (seed % 2).to_string();
    let setup = Setup::new(&["--time", "events", "--cache", "20", "--journal", &journal]);
    let events = world::events(seed, events, 60);
    let batches: Vec<&[Value]> = events.chunks(batch).collect();
    let address: Arc<Mutex<Option<String>>> = Arc::default();
    let (done, shown) = (Arc::new(AtomicBool::new(false)), address.clone());
    let sender = {
        let bodies: Vec<String> = (batches.iter())
            .map(|it| Value::from(it.to_vec()).to_string())
            .collect();
        let done = done.clone();
        std::thread::spawn(move || {
            let request =
                "POST /events HTTP/1.1\r\ncontent-type: application/cloudevents-batch+json";
            for body in bodies {
                // The same again until it is acknowledged, as a sender does.
                loop {
                    let to = shown.lock().expect("nobody panics").clone();
                    let answer =
                        to.and_then(|to| super::program::ask(&to, request, body.as_bytes()));
                    match answer {
                        Some(answer) if answer.status == 202 => break,
                        Some(answer) => assert_eq!(answer.status, 503, "{}", answer.text),
                        None => std::thread::sleep(Duration::from_millis(2)),
                    }
                }
            }
            done.store(true, Ordering::Release);
        })
    };
    let mut kills = 0;
    let mut program: Program = setup.start();
    while !done.load(Ordering::Acquire) {
        *address.lock().expect("nobody panics") = Some(program.address.clone());
        if kills == times {
            std::thread::sleep(Duration::from_millis(20));
            continue;
        }
        std::thread::sleep(Duration::from_micros(mixed(seed ^ kills) % 120_000));
        program.kill();
        kills += 1;
        program = setup.start();
    }
    sender.join().expect("all was acknowledged");
    program.drained();
    assert_eq!(program.stop(), 0);
    let mut dry = Dry::new(WITHOUT_ANSWERS.clone());
    for event in &events {
        dry.event(event);
    }
    let (found, lines) = carried_out(&setup.sink());
    let missing: Vec<_> = dry
        .actions
        .keys()
        .filter(|key| !found.contains_key(*key))
        .collect();
    println!(
        "{kills} kills, {} events, {} actions in {lines} lines",
        events.len(),
        found.len()
    );
    assert!(kills >= times.min(3), "it was killed {kills} times only");
    assert_eq!(missing, [""; 0], "each action was carried out");
    assert_eq!(found, dry.actions);
    let mut core = side::open(&WITHOUT_ANSWERS, &setup.data(), 1000);
    assert!(
        core.save().expect("it can be read") == dry.save(),
        "the final states are those of a dry run"
    );
}

#[test]
fn a_few_kills_lose_and_double_nothing() {
    killed(8, 4000, 20, 0);
}

/// 250 kills in five logs of events, some minutes: run it when the store, the core or the keeper
/// changed.
#[test]
#[ignore = "takes minutes; the short form always runs"]
fn many_kills_lose_and_double_nothing() {
    for seed in 2..7 {
        killed(50, 60_000, 10 + seed as usize * 7, seed);
    }
}
