//! A small workspace, events for it, and a dry run to hold the runtime against.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use cjoc::compile;
use cjoc::dryrun::samples;
use cjoc::engine::{Engine, Incoming, Record, State, What};
use cjoc::model::Model;
use cjoc::runtime::core::{Core, Settings, Time, Verdict};
use cjoc::runtime::posted::Posted;
use cjoc::source::OsFiles;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The workspace of these tests: its files, in one.
pub(crate) const WORKSPACE: &str = include_str!("workspace.yaml");

/// The same, where nobody waits for an answer: when answers come does not matter then.
pub(crate) fn without_answers() -> String {
    let (before, rest) = WORKSPACE
        .split_once("      - call: crm.open\n")
        .expect("it calls");
    let (_, after) = rest
        .split_once("\"no ticket\" }\n")
        .expect("it has an else");
    format!("{before}{after}")
}

/// Writes a workspace into a folder.
pub(crate) fn write_workspace(folder: &Path, text: &str) {
    let (manifest, rest) = text.split_once("---\n").expect("it has several documents");
    std::fs::write(folder.join("cjoc.yaml"), manifest).expect("files can be written");
    std::fs::write(folder.join("all.yaml"), rest).expect("files can be written");
}

pub(crate) fn compiled(folder: &Path) -> (Model, Arc<Engine>) {
    let outcome = compile::check(&OsFiles::new(folder)).expect("the workspace is there");
    let told = format!("{:?}", outcome.diagnostics);
    let model = outcome.model.unwrap_or_else(|| panic!("{told}"));
    let engine = Engine::new(&model).expect("it links");
    (model, Arc::new(engine))
}

/// The engine of the workspace of these tests.
pub(crate) static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(|| linked(WORKSPACE));

/// That of the workspace in which nobody waits for an answer.
pub(crate) static WITHOUT_ANSWERS: LazyLock<Arc<Engine>> =
    LazyLock::new(|| linked(&without_answers()));

fn linked(text: &str) -> Arc<Engine> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_workspace(folder.path(), text);
    compiled(folder.path()).1
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().expect("it is a time")
}

pub(crate) const START: &str = "2026-03-02T12:00:00Z";

/// A number that looks random and is not.
pub(crate) fn mixed(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// So many events of some people, in the order of their times: people visit, buy, join and turn out
/// to be one; some events come twice.
pub(crate) fn events(seed: u64, count: usize, people: u64) -> Vec<Value> {
    let mut at = time(START);
    (0..count as u64)
        .map(|index| {
            let roll = |salt: u64, sides: u64| mixed(seed ^ mixed(index * 8 + salt)) % sides;
            at += SignedDuration::from_secs((roll(0, 3000)).cast_signed());
            let who = roll(1, people);
            let email = format!("p{}@example.org", who / 2);
            let (ty, data) = match roll(2, 10) {
                0..=5 => {
                    let page = ["shop", "home", "help"][roll(3, 3) as usize];
                    ("visited", json!({ "page": page }))
                }
                6..=8 => (
                    "bought",
                    json!({ "email": email, "total": roll(4, 900) as u32 }),
                ),
                _ => (
                    "joined",
                    json!({ "email": email, "customer_id": format!("c-{}", who / 2) }),
                ),
            };
            let id = if roll(5, 20) == 0 { index / 2 } else { index };
            json!({
                "specversion": "1.0",
                "id": format!("e-{id}"),
                "source": "shop",
                "type": format!("shop.{ty}"),
                "time": at.to_string(),
                "subject": format!("v-{who}"),
                "data": data,
            })
        })
        .collect()
}

pub(crate) fn incoming(event: &Value) -> Incoming {
    let event = samples::envelope(event.clone()).expect("it is an event");
    Incoming {
        id: event.id,
        source: event.source,
        cloud_type: event.name,
        time: event.time,
        subject: event.subject,
        data: event.data,
        arrives: None,
    }
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
        records.iter().for_each(|record| self.note(record));
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
    let now = time("2026-11-01T00:00:00Z");
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
