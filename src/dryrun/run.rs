//! Sample events through the engine.

use std::sync::Arc;

use jiff::Timestamp;

use super::counts::Counts;
use super::samples::{Bad, Envelope, Sample};
use crate::engine::{Engine, Incoming, Record, State, What};

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct DryRun {
    /// By time, then input, then cause.
    pub records: Vec<Record>,
    pub counts: Counts,
}

/// Runs the samples in the order of their times, then timers up to the end: `until`, or the time
/// of the last event. Timers that are due at that very time fire.
pub fn run(engine: &Engine, samples: Vec<Sample>, until: Option<Timestamp>) -> DryRun {
    let total = samples.len();
    let mut inputs = in_order(samples);
    let end = until.or_else(|| {
        inputs
            .iter()
            .rev()
            .find(|i| i.content.is_ok())
            .map(|i| i.time)
    });
    if let Some(end) = end {
        inputs.retain(|input| input.time <= end);
    }
    let left_out = total - inputs.len();
    let mut state = State::default();
    let mut records = Vec::new();
    for input in inputs {
        match input.content {
            Ok(envelope) => {
                let event = incoming(envelope);
                engine.advance_before(&mut state, event.time, &mut |record| records.push(record));
                engine.handle(&mut state, &event, &mut |record| records.push(record));
            }
            Err(bad) => records.push(rejected(bad, input.time, input.place)),
        }
    }
    if let Some(end) = end {
        engine.advance(&mut state, end, &mut |record| records.push(record));
    }
    let counts = Counts {
        events: total,
        left_out,
        pending: engine.pending(&state),
        ..Counts::of(&records)
    };
    DryRun { records, counts }
}

/// One entry of the input and when it is handled.
struct Input {
    time: Timestamp,
    place: Arc<str>,
    content: Result<Envelope, Bad>,
}

/// By time, the order of the input where times are equal. What has no time of its own stays
/// behind what it stands behind.
fn in_order(samples: Vec<Sample>) -> Vec<Input> {
    let time_of = |sample: &Sample| match &sample.content {
        Ok(event) => Some(event.time),
        Err(bad) => bad.time,
    };
    let first = samples.iter().find_map(time_of);
    let mut last = first.unwrap_or(Timestamp::UNIX_EPOCH);
    let mut inputs: Vec<Input> = samples
        .into_iter()
        .map(|sample| {
            last = time_of(&sample).unwrap_or(last);
            Input {
                time: last,
                place: sample.place,
                content: sample.content,
            }
        })
        .collect();
    inputs.sort_by_key(|input| input.time);
    inputs
}

fn incoming(event: Envelope) -> Incoming {
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

/// What is no event is told as one that was rejected, at its line of the sample file.
fn rejected(bad: Bad, time: Timestamp, place: Arc<str>) -> Record {
    Record {
        time,
        traveler: None,
        number: None,
        journey: None,
        session: None,
        key: None,
        what: What::EventRejected {
            name: bad.name,
            id: bad.id,
            reason: bad.reason.into(),
        },
        at: Some(place),
    }
}
