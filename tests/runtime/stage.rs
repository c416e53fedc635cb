//! The runtime as a stage for scenarios: the other driver of what a dry run plays.
//!
//! Its clock is turned by hand from one thing that is due to the next. After each input all is given
//! to the store; now and then it is opened again, with nobody in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cjoc::dryrun::scenario::{self, Stage};
use cjoc::engine::{Engine, Incoming, Options, RECORD_VERSION, Record, SeedError, State, What};
use cjoc::model::Model;
use cjoc::runtime::core::{Core, Hears, Settings, Verdict};
use cjoc::runtime::outgoing::{Outcome, Outgoing};
use cjoc::runtime::store::{Kept, LAYOUT, Meta, Store};
use cjoc::syntax::ast::Scenario;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

/// The least that a time can be before another.
const INSTANT: SignedDuration = SignedDuration::from_nanos(1);

/// How actions come to be answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// By the engine, at once, as in a dry run.
    AtOnce,
    /// By those who carry them out, as in the world.
    Delivered,
}

struct Runtime<'a> {
    engine: &'a Arc<Engine>,
    folder: tempfile::TempDir,
    settings: Settings,
    /// Opened with the first thing that happens.
    core: Option<Core>,
    now: Timestamp,
    /// What was heard, all of it.
    records: Arc<Mutex<Vec<Record>>>,
    /// What actions answer, where those who carry them out do.
    replies: Option<BTreeMap<Arc<str>, Value>>,
    inputs: u64,
}

/// Plays a scenario on the runtime: all that happened, or why it cannot be played.
pub(crate) fn play(
    model: &Model,
    engine: &Arc<Engine>,
    scenario: &Scenario,
    answers: Answers,
) -> Result<Vec<Record>, String> {
    let mut options = scenario::options(scenario);
    let replies = (answers == Answers::Delivered).then(|| std::mem::take(&mut options.replies));
    options.answers_later = replies.is_some();
    let mut runtime = Runtime::new(engine, options, replies);
    scenario::play(model, scenario, &mut runtime).map_err(|failure| failure.found)?;
    drop(runtime.core);
    let records = runtime.records.lock().expect("nobody panics").clone();
    Ok(records)
}

impl<'a> Runtime<'a> {
    fn new(
        engine: &'a Arc<Engine>,
        options: Options,
        replies: Option<BTreeMap<Arc<str>, Value>>,
    ) -> Self {
        Self {
            engine,
            folder: tempfile::tempdir().expect("a temporary folder"),
            settings: Settings {
                cache: 1,
                options,
                ..Settings::default()
            },
            core: None,
            now: Timestamp::MIN,
            records: Arc::default(),
            replies,
            inputs: 0,
        }
    }

    /// As it is at a time, when nothing is due before.
    fn at(&mut self, time: Timestamp) -> &mut Core {
        self.now = self.now.max(time);
        if self.core.is_none() {
            let settings = self.settings.clone();
            let path = self.folder.path();
            let core = Core::open(self.engine.clone(), "plan", path, settings, self.now);
            let mut core = core.expect("it opens");
            let records = self.records.clone();
            core.heard_by(Hears {
                record: Some(Box::new(move |record| {
                    records.lock().expect("nobody panics").push(record.clone());
                })),
                notice: Some(Box::new(|notice| panic!("{notice}"))),
            });
            self.core = Some(core);
        }
        let now = self.now;
        let core = self.core.as_mut().expect("it was opened");
        core.turn(now);
        core
    }

    /// All that is due up to a time happens, each at its own.
    fn run_to(&mut self, time: Timestamp) {
        if self.now == Timestamp::MIN {
            self.now = time;
        }
        loop {
            let now = self.now;
            let next = self.at(now).next_due().filter(|due| *due <= time);
            let Some(due) = next else { break };
            self.at(due).fire(1).expect("timers fire");
            self.settle();
        }
        self.at(time);
    }

    /// What an input did is kept and goes out, until nothing more comes of it.
    fn settle(&mut self) {
        self.inputs += 1;
        loop {
            let now = self.now;
            let core = self.at(now);
            let sealed = core.seal().expect("it is kept");
            core.durable(sealed).expect("it goes on");
            let going = core.outgoing().expect("they can be read");
            let outcomes: Vec<(u64, Outcome)> = (going.into_iter())
                .filter_map(|(number, going)| Some((number, self.outcome(&going)?)))
                .collect();
            if outcomes.is_empty() {
                break;
            }
            for (number, outcome) in outcomes {
                let settled = self.at(now).settle(number, outcome);
                settled.expect("it is kept");
            }
        }
        // Whoever was asked before is asked again.
        if self.inputs.is_multiple_of(7)
            && let Some(core) = self.core.take()
        {
            core.syncer().sync().expect("it is durable");
        }
    }

    /// What comes of an action; nothing where nobody answers.
    fn outcome(&self, going: &Outgoing) -> Option<Outcome> {
        let replies = self.replies.as_ref()?;
        let name = format!("{}.{}", going.connection, going.action);
        if let Some(returned) = replies.get(&*name).cloned() {
            return Some(Outcome::Done { returned });
        }
        let records = self.records.lock().expect("nobody panics");
        let waits = |at: usize| {
            let told = |it: &&Record| !matches!(it.what, What::Why(_));
            match &records[at + 1..].iter().find(told)?.what {
                What::WaitStarted { until, .. } => Some(until.is_some()),
                _ => None,
            }
        };
        let of_action = |it: &Record| match &it.what {
            What::ActionEmitted(action) => *action.idempotency_key == *going.key,
            _ => false,
        };
        let emitted = records.iter().rposition(of_action).expect("it came up");
        match waits(emitted) {
            // Its time runs out.
            Some(true) => None,
            // In a dry run nobody answers, and nobody waits for that.
            Some(false) => Some(Outcome::Dead {
                reason: "no".to_owned(),
            }),
            None => Some(Outcome::Done {
                returned: Value::Null,
            }),
        }
    }
}

impl Stage for Runtime<'_> {
    fn seed(
        &mut self,
        ty: &str,
        profile: &Map<String, Value>,
        consents: &BTreeMap<Arc<str>, bool>,
        at: Timestamp,
    ) -> Result<(), SeedError> {
        self.now = at - INSTANT;
        let mut state = State::default();
        state.watch();
        self.engine.seed(&mut state, ty, profile, consents, at)?;
        let (store, _) = Store::open(self.folder.path(), 1 << 20).expect("it opens");
        let mut group = store.group();
        let record = self.engine.record(&state, 0).expect("they are known");
        group.traveler(&store, 0, &Kept::Record { noted: 0, record });
        group.due(&store, 0, state.due_of(0));
        for (lead, leads) in state.changed().leads {
            group.lead(&store, &lead, leads);
        }
        let meta = Meta {
            layout: LAYOUT,
            records: RECORD_VERSION,
            plan: "plan".to_owned(),
            fingerprint: self.engine.fingerprint(),
            clock: at - INSTANT,
            numbers: state.numbers(),
            sequence: state.inputs(),
            posted: 0,
            noted: 0,
            unswept: None,
            generation: 0,
            generation_since: at,
        };
        group.meta(&store, &meta);
        store.commit(group).expect("it is kept");
        store.sync().expect("it is durable");
        Ok(())
    }

    fn advance_before(&mut self, time: Timestamp) {
        self.run_to(time - INSTANT);
    }

    fn advance(&mut self, until: Timestamp) {
        self.run_to(until);
    }

    fn event(&mut self, event: &Incoming) {
        match self.engine.ready(event) {
            Ok(ready) => {
                let now = self.now;
                let verdict = self.at(now).event(&ready).expect("it is handled");
                assert!(!matches!(verdict, Verdict::Damaged(_)));
            }
            Err(refused) => self.records.lock().expect("nobody panics").push(*refused),
        }
        self.settle();
    }
}
