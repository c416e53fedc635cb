//! What the engine does, told as traces: a line per record, as short as it can be read.

mod build;
mod contact;
mod decode;
mod example;
mod hostile;
mod joins;
mod journeys;
mod moves;
mod replay;
mod small;
mod steps;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::{Engine, Incoming, Record, State, What};
use crate::cel::parse_duration;

/// An engine and the state of its travelers, on the way through a story.
struct Story {
    engine: Engine,
    state: State,
    now: Timestamp,
    events: u32,
    lines: String,
    start: Timestamp,
    records: Vec<Record>,
}

impl Story {
    fn of(spec: &Json) -> Self {
        let engine = Engine::new(&build::model(spec)).unwrap_or_else(|errors| panic!("{errors:?}"));
        let start = "2026-03-02T12:00:00Z".parse().unwrap();
        Self {
            engine,
            state: State::default(),
            now: start,
            events: 0,
            lines: String::new(),
            start,
            records: Vec::new(),
        }
    }

    fn known(&mut self, profile: &Json, consents: &[(&str, bool)]) {
        let consents: BTreeMap<Arc<str>, bool> = consents
            .iter()
            .map(|(name, given)| ((*name).into(), *given))
            .collect();
        let profile = profile.as_object().unwrap();
        self.engine
            .seed(&mut self.state, "customer", profile, &consents, self.now)
            .unwrap();
    }

    /// An event so long after the one before, for a subject.
    fn event(&mut self, after: &str, name: &str, subject: &str, data: Json) {
        self.events += 1;
        let id = format!("e-{}", self.events);
        self.event_with_id(after, &id, name, subject, data);
    }

    fn event_with_id(&mut self, after: &str, id: &str, name: &str, subject: &str, data: Json) {
        self.now += parse_duration(after).unwrap();
        let event = Incoming {
            id: id.into(),
            source: name.split('.').next().unwrap().into(),
            cloud_type: name.into(),
            time: self.now,
            subject: (!subject.is_empty()).then(|| subject.into()),
            data,
            arrives: None,
        };
        self.handle(&event);
    }

    fn handle(&mut self, event: &Incoming) {
        let mut records = Vec::new();
        let until = event.handled_at();
        self.engine
            .advance_before(&mut self.state, until, &mut |it| records.push(it));
        self.engine
            .handle(&mut self.state, event, &mut |it| records.push(it));
        self.tell(records);
    }

    /// Time goes by, up to and with the timers of the last instant.
    fn pass(&mut self, time: &str) {
        self.now += parse_duration(time).unwrap();
        let mut records = Vec::new();
        self.engine
            .advance(&mut self.state, self.now, &mut |it| records.push(it));
        self.tell(records);
    }

    fn tell(&mut self, records: Vec<Record>) {
        for record in records {
            let since = record.time.duration_since(self.start);
            writeln!(self.lines, "{} {}", clock(since), line(&record)).unwrap();
            self.records.push(record);
        }
    }

    /// What has happened since it was asked last, but for what these tests do not look at.
    #[track_caller]
    fn expect(&mut self, expected: &str) {
        let told = std::mem::take(&mut self.lines);
        let clean = |text: &str| {
            text.lines()
                .map(str::trim)
                .filter(|it| !it.is_empty())
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert_eq!(clean(&told), clean(expected), "\n{told}");
    }
}

fn clock(since: SignedDuration) -> String {
    if since.is_zero() {
        "0".into()
    } else {
        crate::cel::format_duration(since)
    }
}

/// A record in a line; a session's number is told from the second on.
fn line(record: &Record) -> String {
    let text = match &record.what {
        What::EventIgnored { name, .. } => format!("ignored {name}"),
        What::EventDuplicate { name, id, .. } => format!("duplicate {name} {id}"),
        What::EventRejected { name, reason, .. } => format!("rejected {name}: {reason}"),
        What::EventEmitted { name, with } => format!("emitted {name} {with}"),
        What::TravelerCreated { name } => format!("created {name}"),
        What::TravelerMerged { name } => {
            format!(
                "{} merged {name}",
                record.traveler.as_deref().unwrap_or("nobody")
            )
        }
        What::ProfileChanged { name, value } => format!("profile {name} = {value}"),
        What::VariableSet { name, value } => format!("set {name} = {value}"),
        What::SegmentEntered { name } => format!("into {name}"),
        What::SegmentLeft { name } => format!("out of {name}"),
        What::PersonaChanged { name } => format!("persona {}", name.as_deref().unwrap_or("none")),
        What::SessionStarted => "started".into(),
        What::SessionEnded { outcome } => format!("ended {outcome}"),
        What::MilestoneEntered { name } => format!("entered {name}"),
        What::MilestoneLeft { name } => format!("left {name}"),
        What::RuleFired { name } => format!("rule {name}"),
        What::BranchTaken { name, value, .. } => format!("branch {name} {value}"),
        What::WaitStarted { name, until } => match until {
            Some(until) => format!("{name} until {until}"),
            None => format!("{name} begins"),
        },
        What::WaitEnded { name, reason } => format!("{name} over: {reason:?}"),
        What::ActionEmitted(it) => format!("{:?} {} {}", it.kind, it.name, it.with),
        What::ActionDeferred(it) => format!(
            "deferred {} ({}) until {}",
            it.name,
            it.reason.map_or("", super::Reason::as_str),
            it.until.map_or("later".into(), |it| it.to_string()),
        ),
        What::ActionSuppressed(it) => {
            format!(
                "suppressed {} ({})",
                it.name,
                it.reason.map_or("", super::Reason::as_str)
            )
        }
        What::PromiseMissed { name, reason } => format!("promise {name} {reason}"),
        What::ConditionFailed { name, reason } => format!("failed {name}: {reason}"),
        What::Why(_) => "why".into(),
    };
    match (&record.journey, record.session) {
        (Some(journey), Some(number)) if number > 1 => format!("{journey} {number}: {text}"),
        (Some(journey), _) => format!("{journey}: {text}"),
        _ => text,
    }
}
