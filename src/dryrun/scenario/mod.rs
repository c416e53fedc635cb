//! `test:` scenarios: a traveler, events in time, and what must come of them.
//!
//! Each runs on its own, from nothing but its traveler. A checked workspace is assumed; what does
//! not fit all the same fails the scenario, with the reason.

mod data;
mod expect;
mod update;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

pub use expect::Failure;
use update::update;
pub use update::{Edit, apply};

use crate::engine::{Engine, Incoming, Listening, Options, Record, SeedError, State, What};
use crate::model::Model;
use crate::source::Span;
use crate::syntax::ast::{self, Scenario};

/// What came of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Its title.
    pub name: Arc<str>,
    /// Of the title.
    pub span: Span,
    pub failures: Vec<Failure>,
    /// Whether it could be run at all.
    pub played: bool,
    /// What would make it hold, where somebody asked; empty where it does.
    pub edits: Vec<Edit>,
    /// What happened, and why.
    pub records: Vec<Record>,
}

impl Verdict {
    /// With what would make it hold, in the text of its file.
    #[must_use]
    pub fn with_edits(mut self, engine: &Engine, scenario: &Scenario, text: &str) -> Self {
        if self.played && (!self.passed() || scenario.expect.is_empty()) {
            self.edits = update(engine, scenario, &self.records, text);
        }
        self
    }

    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        let told = |record: &Record| !matches!(record.what, What::Why(_));
        !self.records.iter().any(told)
    }
}

/// What a scenario is played on: a dry run, or whatever else runs journeys.
pub trait Stage {
    /// A traveler is known before anything comes.
    fn seed(
        &mut self,
        ty: &str,
        profile: &Map<String, Value>,
        consents: &BTreeMap<Arc<str>, bool>,
        at: Timestamp,
    ) -> Result<(), SeedError>;

    /// All fires that is due before a time.
    fn advance_before(&mut self, time: Timestamp);

    /// All fires that is due up to a time, and at it.
    fn advance(&mut self, until: Timestamp);

    /// An event comes.
    fn event(&mut self, event: &Incoming);
}

/// A dry run.
struct Dry<'a> {
    engine: &'a Engine,
    state: State,
    records: Vec<Record>,
}

impl Stage for Dry<'_> {
    fn seed(
        &mut self,
        ty: &str,
        profile: &Map<String, Value>,
        consents: &BTreeMap<Arc<str>, bool>,
        at: Timestamp,
    ) -> Result<(), SeedError> {
        (self.engine).seed(&mut self.state, ty, profile, consents, at)
    }

    fn advance_before(&mut self, time: Timestamp) {
        let mut tell = |record| self.records.push(record);
        (self.engine).advance_before(&mut self.state, time, &mut tell);
    }

    fn advance(&mut self, until: Timestamp) {
        let mut tell = |record| self.records.push(record);
        self.engine.advance(&mut self.state, until, &mut tell);
    }

    fn event(&mut self, event: &Incoming) {
        let mut tell = |record| self.records.push(record);
        self.engine.handle(&mut self.state, event, &mut tell);
    }
}

/// Runs a scenario and holds it against what it expects.
pub fn run(model: &Model, engine: &Engine, scenario: &Scenario) -> Verdict {
    let mut state = State::default();
    state.options = options(scenario);
    let mut dry = Dry {
        engine,
        state,
        records: Vec::new(),
    };
    let came = play(model, scenario, &mut dry);
    let records = dry.records;
    let played = came.is_ok();
    let failures = match came {
        Ok(()) => unmet(model, scenario, &records),
        Err(failure) => vec![failure],
    };
    Verdict {
        played,
        edits: Vec::new(),
        name: scenario.name.text.clone(),
        span: scenario.name.span,
        failures,
        records,
    }
}

/// An entry of `events`, with its time worked out.
struct Moment {
    handled: Timestamp,
    event: Option<Incoming>,
}

/// What of a scenario's expectations these records do not meet.
pub fn unmet(model: &Model, scenario: &Scenario, records: &[Record]) -> Vec<Failure> {
    let cloud_type = |name: &str| {
        let event = model.events.iter().find(|event| &*event.name == name)?;
        Some(event.cloud_type.to_string())
    };
    expect::unmet(&scenario.expect, cloud_type, records)
}

/// Plays a scenario on a stage that has its [`options`].
pub fn play(model: &Model, scenario: &Scenario, stage: &mut dyn Stage) -> Result<(), Failure> {
    let mut moments = moments(model, scenario)?;
    let Some(start) = moments.iter().map(|moment| moment.handled).min() else {
        return Ok(());
    };
    seed(model, scenario, stage, start)?;
    let end = moments.iter().map(|moment| moment.handled).max();
    // Stable: events of one instant keep the order in which they are written.
    moments.sort_by_key(|moment| moment.handled);
    for moment in moments {
        match moment.event {
            Some(event) => {
                stage.advance_before(moment.handled);
                stage.event(&event);
            }
            // What is due at that very time comes after the events of the instant.
            None => stage.advance_before(moment.handled),
        }
    }
    stage.advance(end.unwrap_or(start));
    Ok(())
}

/// What a scenario decides that the world decides otherwise.
pub fn options(scenario: &Scenario) -> Options {
    Options {
        replies: scenario
            .replies
            .iter()
            .map(|(action, answer)| (action.to_string().into(), answer.json()))
            .collect(),
        arms: scenario
            .arms
            .iter()
            .map(|(split, arm)| (split.text.clone(), arm.text.clone()))
            .collect(),
        models: scenario
            .models
            .iter()
            .map(|(model, outputs)| {
                let outputs = outputs.iter();
                let outputs = outputs.map(|(name, value)| (name.text.clone(), value.json()));
                (model.text.clone(), outputs.collect())
            })
            .collect(),
        listening: Listening::ToAll,
        ..Options::default()
    }
}

fn seed(
    model: &Model,
    scenario: &Scenario,
    stage: &mut dyn Stage,
    start: Timestamp,
) -> Result<(), Failure> {
    if scenario.profile.is_empty() {
        return Ok(());
    }
    let ty = match (&scenario.traveler_type, model.travelers.as_slice()) {
        (Some(name), _) => &name.text,
        (None, [only]) => &only.name,
        (None, _) => {
            let why = "the test does not say which type of traveler it is about";
            return Err(impossible(scenario.span, why.to_owned()));
        }
    };
    let mut profile = ast::object(&scenario.profile);
    let consents = consents(profile.remove("consents"));
    stage.seed(ty, &profile, &consents, start).map_err(|error| {
        let field = scenario
            .profile
            .iter()
            .find(|(name, _)| name.text == error.field);
        let span = field.map_or(scenario.span, |(name, _)| name.span);
        impossible(span, error.to_string())
    })
}

fn consents(written: Option<Value>) -> BTreeMap<Arc<str>, bool> {
    let map: Map<String, Value> = match written {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    map.into_iter()
        .filter_map(|(name, given)| Some((Arc::from(name), given.as_bool()?)))
        .collect()
}

fn moments(model: &Model, scenario: &Scenario) -> Result<Vec<Moment>, Failure> {
    let mut moments = Vec::with_capacity(scenario.events.len());
    let mut last: Option<Timestamp> = None;
    for (index, entry) in scenario.events.iter().enumerate() {
        let at = entry.at.as_ref().map(|at| at.value);
        let after = || {
            let wait = entry.after.as_ref()?.value;
            last?.checked_add(wait).ok()
        };
        let Some(time) = at.or_else(after).or(last) else {
            return Err(impossible(entry.span, "this entry has no time".to_owned()));
        };
        last = Some(time);
        let arrives = entry.arrives.as_ref().map(|at| at.value);
        let event = match &entry.event {
            None => None,
            Some((reference, payload)) => {
                let name = reference.to_string();
                let Some(declared) = model.events.iter().find(|event| *event.name == *name) else {
                    return Err(impossible(
                        reference.span,
                        format!("there is no event `{name}`"),
                    ));
                };
                let id = entry.id.as_ref().map(|id| Arc::from(&*id.value));
                Some(Incoming {
                    id: id.unwrap_or_else(|| Arc::from(format!("test-{}", index + 1))),
                    source: name.split('.').next().unwrap_or_default().into(),
                    cloud_type: declared.cloud_type.clone(),
                    time,
                    subject: entry
                        .subject
                        .as_ref()
                        .map(|subject| Arc::from(&*subject.value)),
                    data: payload.json(),
                    arrives,
                })
            }
        };
        moments.push(Moment {
            handled: event.as_ref().map_or(time, Incoming::handled_at),
            event,
        });
    }
    Ok(moments)
}

/// A scenario that cannot be played.
fn impossible(span: Span, why: String) -> Failure {
    Failure {
        span,
        expected: "a scenario that can be played".to_owned(),
        found: why,
    }
}
