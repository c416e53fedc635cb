//! Sample events through the engine: in the order of their times, however often.

use std::sync::Arc;

use jiff::Timestamp;

use super::counts::Counts;
use super::samples::{Bad, Sample};
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
/// of the last event. Timers that are due at that very time fire; what stands behind it in time is
/// left out.
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
    Inputs::new(samples, until).run(engine, listening).0
}

/// One entry of the input and when it is handled.
#[derive(Debug)]
pub(super) struct Input {
    pub time: Timestamp,
    place: Arc<str>,
    content: Result<Incoming, Bad>,
}

impl Input {
    /// `before`: the time of what stands before it. What has none of its own stays behind that.
    pub(super) fn new(sample: Sample, before: Timestamp) -> Self {
        Self {
            time: time_of(&sample).unwrap_or(before),
            place: sample.place,
            content: sample.content.map(Incoming::from),
        }
    }
}

/// The time that an entry has of its own.
pub(super) fn time_of(sample: &Sample) -> Option<Timestamp> {
    match &sample.content {
        Ok(event) => Some(event.time),
        Err(bad) => bad.time,
    }
}

/// Samples in the order in which they are handled, to be run as often as need be.
#[derive(Debug)]
pub struct Inputs {
    list: Vec<Input>,
    until: Option<Timestamp>,
}

impl Inputs {
    /// By time, the order of the input where times are equal.
    pub fn new(samples: Vec<Sample>, until: Option<Timestamp>) -> Self {
        let first = samples.iter().find_map(time_of);
        let mut before = first.unwrap_or(Timestamp::UNIX_EPOCH);
        let take = |sample| {
            let input = Input::new(sample, before);
            before = input.time;
            input
        };
        let mut list: Vec<Input> = samples.into_iter().map(take).collect();
        list.sort_by_key(|input| input.time);
        Self { list, until }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The payloads of those that are events.
    pub fn payloads(&self) -> impl Iterator<Item = &serde_json::Value> {
        let events = self.list.iter().filter_map(|it| it.content.as_ref().ok());
        events.map(|event| &event.data)
    }

    /// Runs them from the beginning; with the state at the end.
    pub fn run(&self, engine: &Engine, listening: Listening) -> (DryRun, State) {
        let last = self.list.last().map(|input| input.time);
        let Some(end) = self.until.or(last) else {
            return (DryRun::default(), State::default());
        };
        let mut records = Vec::new();
        let mut tell = |record| records.push(record);
        let mut run = Run::new(engine, end, listening);
        for input in &self.list {
            run.take(input, &mut tell);
        }
        let (whole, state) = run.finish(&mut tell);
        let counts = Counts {
            events: whole.events,
            left_out: whole.left_out,
            pending: whole.pending,
            ..Counts::of(&records)
        };
        let done = DryRun {
            records,
            counts,
            end,
        };
        (done, state)
    }
}

/// A run on its way.
pub(super) struct Run<'e> {
    engine: &'e Engine,
    state: State,
    end: Timestamp,
    /// Entries of the input, and those of them that are left out.
    counts: Counts,
}

impl<'e> Run<'e> {
    pub(super) fn new(engine: &'e Engine, end: Timestamp, listening: Listening) -> Self {
        let mut state = State::default();
        state.options.listening = listening;
        Self {
            engine,
            state,
            end,
            counts: Counts::default(),
        }
    }

    /// Handles one entry; they come by time.
    pub(super) fn take(&mut self, input: &Input, tell: &mut dyn FnMut(Record)) {
        self.counts.events += 1;
        if input.time > self.end {
            self.counts.left_out += 1;
            return;
        }
        (self.engine).advance_before(&mut self.state, input.time, tell);
        let event = match &input.content {
            Ok(event) => event,
            Err(bad) => return tell(rejected(bad.clone(), input.time, input.place.clone())),
        };
        let mut placed = |mut record: Record| {
            // What is wrong with a sample stands in the sample file.
            if matches!(&record.what, What::EventRejected { id, .. } if *id == event.id) {
                record.at = Some(Arc::clone(&input.place));
            }
            tell(record);
        };
        self.engine.handle(&mut self.state, event, &mut placed);
    }

    /// Lets go the ids of events that nothing can repeat: a driver promises that no event will come
    /// that is older.
    pub(super) fn forget_before(&mut self, time: Timestamp) {
        self.engine.forget_ids(&mut self.state, time);
    }

    /// Runs timers on to the end.
    pub(super) fn finish(mut self, tell: &mut dyn FnMut(Record)) -> (Counts, State) {
        self.engine.advance(&mut self.state, self.end, tell);
        let counts = Counts {
            pending: self.engine.pending(&self.state),
            ..self.counts
        };
        (counts, self.state)
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
        origin: None,
        key: None,
        what: What::EventRejected {
            name: bad.name,
            id: bad.id,
            reason: bad.reason.into(),
        },
        at: Some(place),
    }
}
