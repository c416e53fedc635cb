//! Sample events through the engine.

use std::sync::Arc;

use jiff::Timestamp;

use super::counts::Counts;
use super::samples::{Bad, Envelope, Sample};
use crate::engine::{Engine, Incoming, Listening, Record, State, What};

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DryRun {
    /// By time, then input, then cause.
    pub records: Vec<Record>,
    pub counts: Counts,
    /// The time at which it ended.
    pub end: Timestamp,
}

/// Runs the samples in the order of their times, then timers up to the end: `until`, or the time
/// of the last event. Timers that are due at that very time fire. What is no event is told
/// wherever it stands.
pub fn run(engine: &Engine, samples: Vec<Sample>, until: Option<Timestamp>) -> DryRun {
    run_telling(engine, samples, until, Listening::ToNobody)
}

/// The same, with the reasons among the records, of those of whom somebody wants to know.
pub fn run_telling(
    engine: &Engine,
    samples: Vec<Sample>,
    until: Option<Timestamp>,
    listening: Listening,
) -> DryRun {
    let events = samples.len();
    let mut inputs = in_order(samples);
    let last = inputs.last().map(|input| input.time);
    let Some(end) = until.or(last) else {
        return DryRun::default();
    };
    inputs.retain(|input| input.time <= end || input.content.is_err());
    let left_out = events - inputs.len();
    let mut state = State::default();
    state.options.listening = listening;
    let mut records = Vec::new();
    for input in inputs {
        let mut tell = |record| records.push(record);
        engine.advance_before(&mut state, input.time.min(end), &mut tell);
        match input.content {
            Ok(envelope) => {
                let id = Arc::clone(&envelope.id);
                engine.handle(
                    &mut state,
                    &incoming(envelope),
                    &mut |mut record: Record| {
                        // What is wrong with a sample stands in the sample file.
                        if matches!(&record.what, What::EventRejected { id: of, .. } if *of == id) {
                            record.at = Some(Arc::clone(&input.place));
                        }
                        tell(record);
                    },
                );
            }
            Err(bad) => tell(rejected(bad, input.time, input.place)),
        }
    }
    engine.advance(&mut state, end, &mut |record| records.push(record));
    let counts = Counts {
        events,
        left_out,
        pending: engine.pending(&state),
        ..Counts::of(&records)
    };
    DryRun {
        records,
        counts,
        end,
    }
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

pub(super) fn incoming(event: Envelope) -> Incoming {
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
pub(super) fn rejected(bad: Bad, time: Timestamp, place: Arc<str>) -> Record {
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
