//! Sample events through the engine as they are read: of a log in the order of time nothing is
//! held but the state of its travelers, and the ids of events that may come again.
//!
//! Whether a log is in that order is known when it has been read once: a [`Survey`] does so. Then
//! it is read again, into [`Streamed`].

use jiff::Timestamp;

use super::counts::Counts;
use super::run::{Input, Run, time_of};
use super::samples::Sample;
use crate::engine::{Engine, Listening, Record};

/// A first look at an input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Survey {
    /// The first and the last time that is told.
    times: Option<(Timestamp, Timestamp)>,
    disorder: bool,
    any: bool,
}

impl Survey {
    /// Looks at the next entry.
    pub fn see(&mut self, sample: &Sample) {
        self.any = true;
        let Some(time) = time_of(sample) else {
            return;
        };
        let (first, last) = self.times.unwrap_or((time, time));
        self.disorder |= time < last;
        self.times = Some((first, time));
    }

    /// Whether the entries come by time.
    pub fn is_in_order(&self) -> bool {
        !self.disorder
    }
}

/// A run whose entries come by time, one after the other.
pub struct Streamed<'e> {
    run: Run<'e>,
    /// The time of the entry before.
    last: Timestamp,
    counts: Counts,
}

impl<'e> Streamed<'e> {
    /// A run of what was surveyed; none where there is nothing.
    pub fn new(engine: &'e Engine, survey: Survey, until: Option<Timestamp>) -> Option<Self> {
        let epoch = Timestamp::UNIX_EPOCH;
        let (first, last) = survey.times.unwrap_or((epoch, epoch));
        let end = until.or(survey.any.then_some(last))?;
        Some(Self {
            run: Run::new(engine, end, Listening::ToNobody),
            last: first,
            counts: Counts::default(),
        })
    }

    /// Handles the next entry.
    pub fn take(&mut self, sample: Sample, tell: &mut dyn FnMut(Record)) {
        let input = Input::new(sample, self.last);
        self.last = self.last.max(input.time);
        self.run.forget_before(self.last);
        let counts = &mut self.counts;
        self.run.take(&input, &mut |record: Record| {
            counts.add(&record.what);
            tell(record);
        });
    }

    /// Runs timers on to the end.
    pub fn finish(self, tell: &mut dyn FnMut(Record)) -> Counts {
        let mut counts = self.counts;
        let (whole, _) = self.run.finish(&mut |record: Record| {
            counts.add(&record.what);
            tell(record);
        });
        Counts {
            events: whole.events,
            left_out: whole.left_out,
            pending: whole.pending,
            ..counts
        }
    }
}
