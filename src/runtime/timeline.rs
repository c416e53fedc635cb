//! What happened to each traveler lately: the lines of the trace, by input, for people who ask.
//!
//! Of each traveler so many inputs are remembered; the next takes the place of the oldest.
//! Nothing that the engine decides depends on it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::store::{Group, Store, StoreError};
use crate::engine::{Action, Record, What};
use crate::render::trace_json;

/// How many actions are remembered over all travelers, since the start.
const MAX_RECENT: usize = 100;

/// What is remembered.
#[derive(Debug)]
pub(super) struct Timeline {
    /// How many inputs of a traveler; 0: none of any.
    most: u32,
    /// Of those who are in memory, by number: how many inputs were ever noted.
    counts: Vec<u32>,
    /// Rows for the store: traveler, slot.
    rows: BTreeMap<(u32, u32), Vec<u8>>,
    /// The latest last.
    recent: VecDeque<Recent>,
}

/// An action, as it came up.
#[derive(Clone, Debug)]
pub struct Recent {
    time: Timestamp,
    traveler: Arc<str>,
    journey: Option<Arc<str>>,
    name: Arc<str>,
    result: &'static str,
    reason: Option<&'static str>,
}

impl Recent {
    pub fn shown(&self) -> Value {
        json!({
            "time": self.time.to_string(),
            "traveler": &*self.traveler,
            "journey": self.journey.as_deref(),
            "name": &*self.name,
            "result": self.result,
            "reason": self.reason,
        })
    }
}

impl Timeline {
    pub(super) fn new(most: u32) -> Self {
        Self {
            most,
            counts: Vec::new(),
            rows: BTreeMap::new(),
            recent: VecDeque::new(),
        }
    }

    /// Whether everything that happens is to be told.
    pub(super) fn reads(&self) -> bool {
        self.most > 0
    }

    /// A traveler is in memory, of whom so many inputs were noted.
    pub(super) fn admit(&mut self, number: u32, count: u32) {
        *self.place(number) = count;
    }

    pub(super) fn evict(&mut self, number: u32) {
        *self.place(number) = 0;
    }

    fn place(&mut self, number: u32) -> &mut u32 {
        let index = number as usize;
        if self.counts.len() <= index {
            self.counts.resize(index + 1, 0);
        }
        &mut self.counts[index]
    }

    /// How many inputs of a traveler in memory were noted.
    pub(super) fn count(&self, number: u32) -> u32 {
        self.counts
            .get(number as usize)
            .copied()
            .unwrap_or_default()
    }

    /// Notes what an input did; `sequence`: its place among all.
    pub(super) fn note(&mut self, sequence: u64, told: &[Record]) {
        let mut by_traveler: BTreeMap<u32, Vec<&Record>> = BTreeMap::new();
        for record in told {
            let (action, result) = match &record.what {
                // They tell of an input that did nothing.
                What::EventIgnored { .. } | What::EventDuplicate { .. } => continue,
                What::ActionEmitted(action) => (Some(action), "emitted"),
                What::ActionDeferred(action) => (Some(action), "deferred"),
                What::ActionSuppressed(action) => (Some(action), "suppressed"),
                _ => (None, ""),
            };
            if let Some(action) = action {
                self.remember(record, action, result);
            }
            if let Some(number) = record.number.filter(|_| self.most > 0) {
                by_traveler.entry(number).or_default().push(record);
            }
        }
        for (number, records) in by_traveler {
            let mut row = sequence.to_be_bytes().to_vec();
            row.extend_from_slice(trace_json::lines(records).as_bytes());
            let most = self.most;
            let count = self.place(number);
            let slot = *count % most;
            *count = count.wrapping_add(1);
            self.rows.insert((number, slot), row);
        }
    }

    fn remember(&mut self, record: &Record, action: &Action, result: &'static str) {
        if self.recent.len() == MAX_RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(Recent {
            time: record.time,
            traveler: record.traveler.clone().unwrap_or_default(),
            journey: record.journey.clone(),
            name: action.name.clone(),
            result,
            reason: action.reason.map(crate::engine::Reason::as_str),
        });
    }

    /// Gives the store what was noted.
    pub(super) fn flush(&mut self, store: &Store, group: &mut Group) {
        for ((number, slot), row) in std::mem::take(&mut self.rows) {
            group.timeline(store, number, slot, &row);
        }
    }

    /// Actions, the latest first.
    pub(super) fn recent(&self) -> Vec<Recent> {
        self.recent.iter().rev().cloned().collect()
    }

    /// The lines of a traveler and of those who were joined to it, in order; as far as groups were
    /// sealed.
    pub(super) fn lines(store: &Store, number: u32) -> Result<Vec<String>, StoreError> {
        let (mut rows, mut open, mut seen) = (Vec::new(), vec![number], Vec::new());
        while let Some(number) = open.pop() {
            seen.push(number);
            let joined = store.each_timeline(number, |row| {
                if let Some((sequence, lines)) = row.split_first_chunk::<8>() {
                    let lines = String::from_utf8_lossy(lines).into_owned();
                    rows.push((u64::from_be_bytes(*sequence), lines));
                }
            })?;
            open.extend(joined.into_iter().filter(|it| !seen.contains(it)));
        }
        rows.sort();
        Ok(rows.into_iter().map(|(_, lines)| lines).collect())
    }
}
