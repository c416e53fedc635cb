//! The runtime by the clock: what is due fires in order, whatever the clock does.

use cjoc::runtime::core::{Core, Hears, Settings, Time, Verdict};
use cjoc::runtime::outgoing::Outcome;
use cjoc::runtime::posted::Policy;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::side::{settle, take};
use super::world::{ENGINE, START, time};

fn open(folder: &Path, now: Timestamp) -> Core {
    let settings = Settings {
        time: Time::Clock,
        cache: 1,
        policy: Policy {
            attempts: 3,
            from: Duration::from_secs(10),
            to: Duration::from_secs(60),
        },
        ..Settings::default()
    };
    Core::open(ENGINE.clone(), "plan", folder, settings, now).expect("it opens")
}

fn visit(id: &str, who: &str, at: Timestamp) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "shop", "type": "shop.visited",
        "time": at.to_string(), "subject": who, "data": { "page": "shop" },
    })
}

/// Lets the clock show this, and tells what goes out: traveler and text.
fn goes_out(core: &mut Core, now: Timestamp) -> Vec<String> {
    core.turn(now);
    while core.fire(1).expect("timers fire") {}
    settle(core);
    let mut told = Vec::new();
    for (number, outgoing) in core.outgoing().expect("they can be read") {
        let text = outgoing.with["text"].as_str().unwrap_or_default();
        told.push(format!("{} {text}", outgoing.traveler));
        let done = Outcome::Done {
            returned: Value::Null,
        };
        core.settle(number, done).expect("it is kept");
    }
    settle(core);
    told
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[test]
fn timers_fire_when_the_clock_is_there_and_not_before() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = time(START);
    let mut core = open(folder.path(), start);
    take(&mut core, &ENGINE, &visit("1", "v-1", start));
    assert!(goes_out(&mut core, start + HOUR * 6 - SignedDuration::from_secs(1)).is_empty());
    assert_eq!(core.next_due(), Some(start + HOUR * 6));
    assert_eq!(
        goes_out(&mut core, start + HOUR * 6),
        ["visitor_id:v-1 still looking"]
    );
    assert!(goes_out(&mut core, start + HOUR * 7).is_empty());
}

#[test]
fn a_clock_that_jumps_back_does_no_harm_and_one_that_jumps_ahead_fires_in_order() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = time(START);
    let mut core = open(folder.path(), start);
    for (hours, who) in [(0, "v-1"), (1, "v-2"), (2, "v-3")] {
        let now = start + HOUR * hours;
        core.turn(now);
        take(&mut core, &ENGINE, &visit(who, who, now));
    }
    settle(&mut core);
    // Back by a year, over a restart: time stands still until the clock is there again.
    let back = start - HOUR * 24 * 365;
    assert!(goes_out(&mut core, back).is_empty());
    drop(core);
    let mut core = open(folder.path(), back);
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let notices = heard.clone();
    core.heard_by(Hears {
        notice: Some(Box::new(move |it| {
            notices.lock().expect("nobody panics").push(it.to_owned());
        })),
        record: None,
    });
    core.turn(back);
    core.turn(back);
    let told = heard.lock().expect("nobody panics").clone();
    assert_eq!(
        told,
        [
            "the clock shows 2025-03-02T12:00:00Z, and showed 2026-03-02T14:00:00Z before: until \
          then nothing is due"
        ]
    );
    assert_eq!(core.levels().behind, 365 * 86_400 + 2 * 3600);
    assert_eq!(core.now(), start + HOUR * 2);
    assert_eq!(
        take(&mut core, &ENGINE, &visit("2", "v-2", start + HOUR * 2)),
        Verdict::Accepted
    );
    assert!(goes_out(&mut core, back + HOUR).is_empty());
    let told = goes_out(&mut core, start + HOUR * 24 * 30);
    assert_eq!(
        told,
        [
            "visitor_id:v-1 still looking",
            "visitor_id:v-2 still looking",
            "visitor_id:v-3 still looking",
            "visitor_id:v-1 gone",
            "visitor_id:v-2 gone",
            "visitor_id:v-3 gone",
        ]
    );
}

#[test]
fn an_event_from_the_future_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = time(START);
    let mut core = open(folder.path(), start);
    let ahead = visit("1", "v-1", start + HOUR);
    let verdict = take(&mut core, &ENGINE, &ahead);
    assert!(
        matches!(&verdict, Verdict::Rejected(why) if why.starts_with("bad time")),
        "{verdict:?}"
    );
    assert_eq!(core.levels().travelers, 0);
    core.turn(start + HOUR);
    assert_eq!(take(&mut core, &ENGINE, &ahead), Verdict::Accepted);
}

#[test]
fn an_action_that_comes_again_is_in_the_list_at_every_moment() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = time(START);
    let mut core = open(folder.path(), start);
    let listed = |core: &Core| {
        let list = core.outbox(10).expect("it can be read");
        let levels = core.levels();
        assert_eq!(list.len() as u64, levels.posted + levels.under_way);
        list.iter()
            .map(|it| it["attempt"].clone())
            .collect::<Vec<_>>()
    };
    take(&mut core, &ENGINE, &visit("1", "v-1", start));
    core.turn(start + HOUR * 6);
    core.fire(10).expect("timers fire");
    assert_eq!(listed(&core), [1], "it came up");
    settle(&mut core);
    assert_eq!(listed(&core), [1], "it may go out");
    let (number, _) = core.outgoing().expect("they can be read").remove(0);
    assert_eq!(listed(&core), [1], "it is under way");
    let (reason, after) = ("down".to_owned(), None);
    core.settle(number, Outcome::Again { reason, after })
        .expect("it is kept");
    assert_eq!(listed(&core), [2], "it failed");
    let sealed = core.seal().expect("it is kept");
    assert_eq!(listed(&core), [2], "that is on its way to the disk");
    core.syncer().sync().expect("it is durable");
    core.durable(sealed).expect("it is known");
    assert_eq!(listed(&core), [2], "it waits");
}

#[test]
fn what_fails_is_tried_again_later_and_then_is_dead_until_somebody_says_otherwise() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = time(START);
    let mut core = open(folder.path(), start);
    take(&mut core, &ENGINE, &visit("1", "v-1", start));
    let mut now = start + HOUR * 6;
    core.turn(now);
    core.fire(10).expect("timers fire");
    settle(&mut core);
    let mut keys = Vec::new();
    for (attempt, after) in [(1, None), (2, Some(Duration::from_secs(100))), (3, None)] {
        let (number, outgoing) = core.outgoing().expect("they can be read").remove(0);
        assert_eq!(outgoing.attempt, attempt);
        keys.push(outgoing.key.clone());
        let reason = "down".to_owned();
        core.settle(number, Outcome::Again { reason, after })
            .expect("it is kept");
        settle(&mut core);
        // Over a restart, too.
        drop(core);
        core = open(folder.path(), now);
        assert!(core.outgoing().expect("they can be read").is_empty());
        let due = core.next_due().expect("something is due");
        let pause = due.duration_since(now).as_secs_f64();
        match attempt {
            1 => assert!((7.5..12.6).contains(&pause), "{pause}"),
            2 => assert!((pause - 100.0).abs() < 0.1, "{pause}"),
            // Only the next wait of the journey.
            _ => assert!(pause > 3600.0, "{pause}"),
        }
        if attempt < 3 {
            now = due;
            core.turn(now);
        }
    }
    keys.dedup();
    let [key] = &keys[..] else {
        panic!("{keys:?}");
    };
    let dead = core.dead_letters("", 10).expect("they can be read");
    assert_eq!(dead.len(), 1);
    assert_eq!(
        (&dead[0].outgoing.key, dead[0].reason.as_deref()),
        (key, Some("down"))
    );
    assert_eq!(core.levels().dead, 1);
    assert!(!core.revive("no such key").expect("it can be looked up"));
    assert!(core.revive(key).expect("it can be looked up"));
    assert!(
        !core.revive(key).expect("it can be looked up"),
        "once is enough"
    );
    settle(&mut core);
    let (_, outgoing) = core.outgoing().expect("they can be read").remove(0);
    assert_eq!((&outgoing.key, outgoing.attempt), (key, 1));
    assert!(
        core.dead_letters("", 10)
            .expect("they can be read")
            .is_empty()
    );
}
