//! States as bytes: whatever the bytes are, they are refused, or are a state with which the engine
//! goes on: events, timers, and saving it again.
//!
//! Input that begins with `#` changes a state that was saved: the next byte picks it, and each
//! three bytes after that a place and what stands there.

use std::sync::LazyLock;

use cjoc::compile;
use cjoc::dryrun::samples;
use cjoc::engine::{Engine, Incoming, State};
use cjoc::source::MemoryFiles;
use jiff::SignedDuration;

use crate::check::split;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let files: MemoryFiles = split(include_str!("../seeds/check/nto"))
        .into_iter()
        .collect();
    let outcome = compile::check(&files).expect("memory can be listed");
    Engine::new(&outcome.model.expect("the example compiles")).expect("the example links")
});

static EVENTS: LazyLock<Vec<Incoming>> = LazyLock::new(|| {
    let samples = samples::read("e", include_bytes!("../seeds/events/nto"));
    let mut events: Vec<Incoming> = (samples.into_iter())
        .filter_map(|sample| sample.content.ok())
        .map(Incoming::from)
        .collect();
    events.sort_by_key(|event| event.time);
    events
});

/// The states after each event.
static SAVED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut state = State::default();
    state.options.answers_later = true;
    let mut saved = Vec::new();
    for event in EVENTS.iter() {
        ENGINE.advance_before(&mut state, event.time, &mut |_| {});
        ENGINE.handle(&mut state, event, &mut |_| {});
        saved.push(ENGINE.save(&state));
    }
    saved
});

pub fn run(data: &[u8]) {
    let [b'#', pick, changes @ ..] = data else {
        return go_on(data);
    };
    let mut bytes = SAVED[usize::from(*pick) % SAVED.len()].clone();
    let (changes, _) = changes.as_chunks::<3>();
    for [high, low, byte] in changes {
        let place = usize::from(u16::from_be_bytes([*high, *low])) % bytes.len();
        bytes[place] = *byte;
    }
    go_on(&bytes);
}

fn go_on(bytes: &[u8]) {
    let mut state = match ENGINE.load(bytes) {
        Ok(state) => state,
        Err(refused) => return assert!(!refused.message.contains('\n'), "{refused}"),
    };
    let saved = ENGINE.save(&state);
    let again = ENGINE.load(&saved).expect("it was saved by us");
    assert!(ENGINE.save(&again) == saved, "saving twice gives the same");
    let mut end = EVENTS[0].time;
    for event in EVENTS.iter() {
        end = event.time;
        let mut event = event.clone();
        event.id = format!("again-{}", event.id).into();
        ENGINE.handle(&mut state, &event, &mut |_| {});
    }
    // Not for long: a timer that somebody made up may come again every second.
    for _ in 0..200 {
        match ENGINE.next_due(&state) {
            Some(due) if due <= end + SignedDuration::from_hours(24 * 40) => {
                ENGINE.fire(&mut state, &mut cjoc::engine::Listener::Kinds(&mut |_| {}));
            }
            _ => break,
        }
    }
    for number in 0..state.numbers() {
        let _ = ENGINE.view(&state, number, "n-1001");
    }
    let _ = ENGINE.save(&state);
}
