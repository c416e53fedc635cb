//! A trace in numbers.

use serde::Serialize;

use crate::engine::{ActionKind, Record, What};

/// What happened in a dry run, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Entries of the input.
    pub events: usize,
    /// Of these: no events, or not to be handled.
    pub rejected: usize,
    pub duplicates: usize,
    /// Of these: handled, and nothing changed.
    pub ignored: usize,
    /// Of these: later than the end of the run.
    pub left_out: usize,
    /// Rows of logs that are no events.
    pub skipped: usize,
    pub travelers: usize,
    pub merged: usize,
    pub sessions_started: usize,
    pub sessions_ended: usize,
    pub milestones: usize,
    pub rules: usize,
    pub messages: usize,
    pub calls: usize,
    pub deferred: usize,
    pub suppressed: usize,
    pub promises_missed: usize,
    pub conditions_failed: usize,
    /// Timers that are due after the end of the run.
    pub pending: usize,
}

impl Counts {
    /// Counts what the records tell; the rest is for the caller to say.
    pub(super) fn of(records: &[Record]) -> Self {
        let mut counts = Self::default();
        for record in records {
            counts.add(&record.what);
        }
        counts
    }

    /// The same input, and of what came of it only these records; `travelers` and `pending` are
    /// theirs.
    #[must_use]
    pub fn part<'a>(
        self,
        records: impl Iterator<Item = &'a Record>,
        travelers: usize,
        pending: usize,
    ) -> Self {
        let mut part = Self::default();
        records.for_each(|record| part.add(&record.what));
        Self {
            events: self.events,
            rejected: self.rejected,
            duplicates: self.duplicates,
            ignored: self.ignored,
            left_out: self.left_out,
            skipped: self.skipped,
            travelers,
            merged: 0,
            pending,
            ..part
        }
    }

    /// Counts one thing that happened.
    pub(super) fn add(&mut self, what: &What) {
        let counts = self;
        match what {
            What::EventRejected { .. } => counts.rejected += 1,
            What::EventDuplicate { .. } => counts.duplicates += 1,
            What::EventIgnored { .. } => counts.ignored += 1,
            What::TravelerCreated { .. } => counts.travelers += 1,
            What::TravelerMerged { .. } => counts.merged += 1,
            What::SessionStarted => counts.sessions_started += 1,
            What::SessionEnded { .. } => counts.sessions_ended += 1,
            What::MilestoneEntered { .. } => counts.milestones += 1,
            What::RuleFired { .. } => counts.rules += 1,
            What::ActionEmitted(action) if action.kind == ActionKind::Send => {
                counts.messages += 1;
            }
            What::ActionEmitted(_) => counts.calls += 1,
            What::ActionDeferred(_) => counts.deferred += 1,
            What::ActionSuppressed(_) => counts.suppressed += 1,
            What::PromiseMissed { .. } => counts.promises_missed += 1,
            What::ConditionFailed { .. } => counts.conditions_failed += 1,
            _ => {}
        }
    }
}
