//! The records of one traveler, read for an answer: which sessions ran when, what a moment set off,
//! and the conditions that were looked at in it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::engine::{Hindrance, Looked, Record, What, Why};
use crate::model::{Occurrence, On};

/// Which session: its number alone may come twice, where travelers were joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SessionOf<'a> {
    pub journey: &'a str,
    /// Who started it.
    origin: &'a str,
    pub number: u64,
}

impl<'a> SessionOf<'a> {
    /// The session of a record, if it is of one.
    pub(super) fn of(record: &'a Record) -> Option<Self> {
        Some(Self {
            journey: record.journey.as_deref()?,
            origin: record.origin.as_deref()?,
            number: record.session?,
        })
    }
}

/// A session, from one record to another.
#[derive(Clone, Debug)]
pub(super) struct Stay<'a> {
    pub session: SessionOf<'a>,
    /// The number of the traveler whose it was at first.
    pub whose: Option<u32>,
    pub key: Option<&'a serde_json::Value>,
    pub milestone: &'a str,
    /// Index of the record that began it, and of the one that ended it.
    pub from: usize,
    pub to: Option<usize>,
    /// Since when: of the milestone, of the session.
    pub entered: Timestamp,
    pub started: Timestamp,
}

/// The records of one traveler, in order.
pub(super) struct Story<'a> {
    pub records: Vec<&'a Record>,
    /// Each stay in a milestone, in the order of their beginnings.
    pub stays: Vec<Stay<'a>>,
    pub end: Timestamp,
    joins: Vec<Join>,
}

/// Two travelers turned out to be one.
#[derive(Clone, Copy, Debug)]
struct Join {
    /// Index of the record that tells it.
    at: usize,
    gone: u32,
    into: u32,
}

impl Stay<'_> {
    /// Whether it is one in this journey that lasts right before a record.
    fn runs(&self, journey: &str, at: usize) -> bool {
        self.session.journey == journey && self.from < at && self.to.is_none_or(|to| to >= at)
    }
}

/// What happened to a journey at one moment: the records from one occurrence to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occasion<'a> {
    pub from: usize,
    pub to: usize,
    pub what: &'a Occurrence,
    pub id: Option<&'a Arc<str>>,
    pub key: Option<&'a serde_json::Value>,
}

impl<'a> Story<'a> {
    pub(super) fn new(records: Vec<&'a Record>, end: Timestamp) -> Self {
        let mut stays: Vec<Stay<'a>> = Vec::new();
        let mut started: Vec<(SessionOf<'a>, Timestamp)> = Vec::new();
        let joins = joins(&records);
        for (index, record) in records.iter().enumerate() {
            let Some(session) = SessionOf::of(record) else {
                continue;
            };
            match &record.what {
                What::SessionStarted => started.push((session, record.time)),
                What::MilestoneEntered { name } => {
                    close(&mut stays, session, index);
                    stays.push(Stay {
                        session,
                        whose: record.number,
                        key: record.key.as_ref(),
                        milestone: name,
                        from: index,
                        to: None,
                        entered: record.time,
                        started: started
                            .iter()
                            .rfind(|it| it.0 == session)
                            .map_or(record.time, |it| it.1),
                    });
                }
                What::MilestoneLeft { .. } | What::SessionEnded { .. } => {
                    close(&mut stays, session, index);
                }
                _ => {}
            }
        }
        Self {
            records,
            stays,
            end,
            joins,
        }
    }

    /// Whether two numbers are one traveler right before a record.
    fn is_same(&self, one: Option<u32>, other: Option<u32>, at: usize) -> bool {
        let now = |number: Option<u32>| {
            let before = self.joins.iter().filter(|join| join.at < at);
            before.fold(number, |number, join| match number {
                Some(number) if number == join.gone => Some(join.into),
                number => number,
            })
        };
        one.is_none() || other.is_none() || now(one) == now(other)
    }

    /// Whose moment a record is.
    fn whose(&self, at: usize) -> Option<u32> {
        self.records.get(at).and_then(|record| record.number)
    }

    /// The name of who was a traveler of its own at a record, and until when: a session of the
    /// journey ran, but for the one that it was joined with later.
    pub(super) fn not_joined(&self, journey: &str, at: usize) -> Option<(&'a str, Timestamp)> {
        let whose = self.whose(at);
        let runs = |stay: &&Stay<'a>| stay.runs(journey, at);
        let others = self.stays.iter().find(runs)?;
        if self.is_same(others.whose, whose, at) {
            return None;
        }
        let join = (self.joins.iter().map(|join| join.at))
            .find(|join| *join >= at && self.is_same(others.whose, whose, join + 1))?;
        let name = self.records.get(at)?.traveler.as_deref()?;
        Some((name, self.time(join)))
    }

    pub(super) fn time(&self, index: usize) -> Timestamp {
        self.records.get(index).map_or(self.end, |it| it.time)
    }

    /// The sessions of a journey that are running right before a record.
    pub(super) fn running(&self, journey: &str, at: usize) -> Vec<&Stay<'a>> {
        let whose = self.whose(at);
        let runs = |stay: &&Stay<'a>| stay.runs(journey, at) && self.is_same(stay.whose, whose, at);
        self.stays.iter().filter(runs).collect()
    }

    /// How the last session of a journey before a record ended.
    pub(super) fn last_end(&self, journey: &str, before: usize) -> Option<(Timestamp, &'a str)> {
        let records = self.records.get(..before)?;
        let whose = self.whose(before);
        records.iter().rev().find_map(|record| match &record.what {
            What::SessionEnded { outcome }
                if record.journey.as_deref() == Some(journey)
                    && self.is_same(record.number, whose, before) =>
            {
                Some((record.time, &**outcome))
            }
            _ => None,
        })
    }

    /// When a journey was told of what one of its triggers waits for.
    pub(super) fn occasions(&self, journey: &str, on: &On) -> Vec<Occasion<'a>> {
        let On::Any(any) = on else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (from, record) in self.records.iter().enumerate() {
            if let What::Why(why) = &record.what
                && let Why::Occurred {
                    journey: Some(told),
                    what,
                    id,
                    key,
                } = &**why
                && **told == *journey
                && any.contains(what)
            {
                found.push(Occasion {
                    from,
                    to: self.next_occasion(from + 1),
                    what,
                    id: id.as_ref(),
                    key: key.as_ref(),
                });
            }
        }
        found
    }

    fn next_occasion(&self, from: usize) -> usize {
        let time = self.time(from.saturating_sub(1));
        let ends = |record: &&Record| {
            record.time != time
                || matches!(&record.what, What::Why(why) if matches!(&**why, Why::Occurred { .. }))
        };
        let rest = self.records.get(from..).unwrap_or_default();
        from + rest.iter().position(ends).unwrap_or(rest.len())
    }

    /// A condition that was looked at, of a session of this journey or of none: a rule outside any
    /// journey is one text in several.
    pub(super) fn looked(
        &self,
        range: std::ops::Range<usize>,
        journey: &str,
        at: &str,
        session: Option<SessionOf<'_>>,
    ) -> Option<(usize, &'a Looked)> {
        let records = self.records.get(range.clone())?;
        records.iter().enumerate().find_map(|(index, record)| {
            let What::Why(why) = &record.what else {
                return None;
            };
            if record.journey.as_deref().is_some_and(|it| it != journey) {
                return None;
            }
            match &**why {
                Why::Looked(looked)
                    if *looked.at == *at
                        && (session.is_none() || SessionOf::of(record) == session) =>
                {
                    Some((range.start + index, looked))
                }
                _ => None,
            }
        })
    }

    /// What held back what had matched there.
    pub(super) fn hindered(&self, range: std::ops::Range<usize>, at: &str) -> Option<Hindrance> {
        let records = self.records.get(range)?;
        records.iter().find_map(|record| match &record.what {
            What::Why(why) => match &**why {
                Why::Hindered { at: place, by } if **place == *at => Some(*by),
                _ => None,
            },
            _ => None,
        })
    }
}

/// Each join that is told, in order.
fn joins(records: &[&Record]) -> Vec<Join> {
    let join = |(at, record): (usize, &&Record)| {
        let What::TravelerMerged { name } = &record.what else {
            return None;
        };
        let into = record.number?;
        let of = |it: &&&Record| it.traveler.as_ref() == Some(name) && it.number != Some(into);
        let gone = records.get(..at)?.iter().rfind(of)?.number?;
        Some(Join { at, gone, into })
    };
    records.iter().enumerate().filter_map(join).collect()
}

fn close(stays: &mut [Stay<'_>], session: SessionOf<'_>, index: usize) {
    let open = |stay: &&mut Stay<'_>| stay.session == session && stay.to.is_none();
    if let Some(stay) = stays.iter_mut().rfind(open) {
        stay.to = Some(index);
    }
}
