//! A dry run and the runtime's core side by side: the same inputs, the same verdicts, actions and
//! final states, to the byte.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cjoc::dryrun::samples;
use cjoc::engine::{Engine, Incoming, Record, State, What};
use cjoc::runtime::core::{Core, Settings, Time, Verdict};
use cjoc::runtime::outgoing::Outcome;
use cjoc::runtime::posted::Posted;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A number that looks random and is not.
pub(crate) fn mixed(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

pub(crate) fn incoming(event: &Value) -> Incoming {
    (samples::envelope(event.clone().into()).expect("it is an event")).into()
}

/// A dry run that goes on.
pub(crate) struct Dry {
    pub(crate) engine: Arc<Engine>,
    pub(crate) state: State,
    /// Actions that are to be carried out: key → what.
    pub(crate) actions: BTreeMap<String, Value>,
}

impl Dry {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        let mut state = State::default();
        state.options.answers_later = true;
        Self {
            engine,
            state,
            actions: BTreeMap::new(),
        }
    }

    pub(crate) fn event(&mut self, event: &Value) -> Verdict {
        let event = incoming(event);
        let mut verdict = Verdict::Accepted;
        let mut records = Vec::new();
        let mut tell = |record: Record| records.push(record);
        (self.engine).advance_before(&mut self.state, event.time, &mut tell);
        self.engine.handle(&mut self.state, &event, &mut tell);
        for record in records {
            match &record.what {
                What::EventDuplicate { .. } => verdict = Verdict::Duplicate,
                What::EventIgnored { .. } => verdict = Verdict::Ignored,
                What::EventRejected { reason, .. } => verdict = Verdict::Rejected(reason.clone()),
                _ => self.note(&record),
            }
        }
        verdict
    }

    pub(crate) fn note(&mut self, record: &Record) {
        let What::ActionEmitted(action) = &record.what else {
            return;
        };
        let Some(posted) = Posted::of(record, action, Timestamp::UNIX_EPOCH) else {
            return;
        };
        let of = posted.outgoing;
        let what = json!([&*of.connection, &*of.action, of.with, &*of.traveler]);
        let before = self.actions.insert(of.key.to_string(), what);
        assert_eq!(before, None, "a key stands for one action");
    }

    pub(crate) fn answer(&mut self, key: &str, answer: Option<&Value>, at: Timestamp) {
        let mut records = Vec::new();
        (self.engine).reply(&mut self.state, key, answer, at, &mut |it| records.push(it));
        for record in &records {
            self.note(record);
        }
    }

    /// The final states, as bytes; ids of events apart.
    pub(crate) fn save(&mut self) -> Vec<u8> {
        self.engine.hand_over_ids(&mut self.state);
        self.engine.save(&self.state)
    }
}

/// The runtime's core over a folder, which follows the time of events.
pub(crate) fn open(engine: &Arc<Engine>, folder: &Path, cache: usize) -> Core {
    let settings = Settings {
        time: Time::Events,
        cache,
        ..Settings::default()
    };
    let now: Timestamp = "2026-11-01T00:00:00Z".parse().expect("it is a time");
    Core::open(engine.clone(), "plan", folder, settings, now).expect("it opens")
}

/// Makes all durable that was done.
pub(crate) fn settle(core: &mut Core) {
    let sealed = core.seal().expect("it is kept");
    core.syncer().sync().expect("it is durable");
    core.durable(sealed).expect("it goes on");
}

/// Handles an event, as the door would.
pub(crate) fn take(core: &mut Core, engine: &Engine, event: &Value) -> Verdict {
    match engine.ready(&incoming(event)) {
        Ok(ready) => core.event(&ready).expect("it is handled"),
        Err(record) => match record.what {
            What::EventRejected { reason, .. } => Verdict::Rejected(reason),
            other => panic!("{other:?}"),
        },
    }
}

/// What is answered to an action: something, or that nothing will be.
fn answer(key: &str) -> Option<Value> {
    let of = u64::from_str_radix(&key[..12], 16).expect("a key is hexadecimal");
    (!mixed(of).is_multiple_of(4)).then(|| json!({ "id": "t-1", "case_id": "c-1" }))
}

/// Runs both side by side.
pub(crate) fn side_by_side(
    engine: &Arc<Engine>,
    events: &[Value],
    cache: usize,
    seed: u64,
) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut dry = Dry::new(engine.clone());
    let mut core = open(engine, folder.path(), cache);
    let mut carried_out = BTreeMap::new();
    for (index, event) in events.iter().enumerate() {
        let roll = mixed(seed ^ index as u64);
        prop_assert_eq!(
            take(&mut core, engine, event),
            dry.event(event),
            "{}",
            event
        );
        if roll % 5 < 2 {
            continue;
        }
        settle(&mut core);
        for (number, outgoing) in core.outgoing().expect("they can be read") {
            let key = outgoing.key.to_string();
            let reply = answer(&key);
            let outcome = match (&reply, roll % 3) {
                // What goes wrong at first is tried again, and comes to the same.
                (_, 0) if outgoing.attempt == 1 => Outcome::Again {
                    reason: "not now".to_owned(),
                    after: Some(std::time::Duration::ZERO),
                },
                (Some(reply), _) => Outcome::Done {
                    returned: reply.clone(),
                },
                (None, _) => Outcome::Dead {
                    reason: "no".to_owned(),
                },
            };
            let again = matches!(outcome, Outcome::Again { .. });
            core.settle(number, outcome).expect("it is kept");
            if again {
                continue;
            }
            let (of, now) = (&outgoing, core.now());
            let what = json!([&*of.connection, &*of.action, of.with, &*of.traveler]);
            if what[1] != "deliver" {
                dry.answer(&key, reply.as_ref(), now);
            }
            prop_assert_eq!(carried_out.insert(key, what), None);
        }
        if roll.is_multiple_of(7) {
            settle(&mut core);
            drop(core);
            core = open(engine, folder.path(), cache);
        }
    }
    settle(&mut core);
    for (number, outgoing) in core.outgoing().expect("they can be read") {
        let of = &outgoing;
        let what = json!([&*of.connection, &*of.action, of.with, &*of.traveler]);
        carried_out.insert(of.key.to_string(), what);
        let again = Outcome::Again {
            reason: "later".to_owned(),
            after: None,
        };
        core.settle(number, again).expect("it is kept");
    }
    prop_assert_eq!(&carried_out, &dry.actions);
    prop_assert!(core.save().expect("it can be read") == dry.save());
    Ok(())
}
