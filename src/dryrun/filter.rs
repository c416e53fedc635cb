//! A part of a trace: one traveler, one journey, the first few travelers.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{Record, What};

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part<'q> {
    /// By any name that it had.
    pub traveler: Option<&'q str>,
    pub journey: Option<&'q str>,
    /// The first so many travelers, those who were joined counting as one; 0 is all.
    pub limit: usize,
}

/// Which records are shown.
#[derive(Debug)]
pub struct Selection<'q> {
    journey: Option<&'q str>,
    /// Whose, but for what concerns nobody.
    numbers: BTreeSet<u32>,
    /// Whether what concerns nobody is shown.
    of_nobody: bool,
    /// How many travelers are shown.
    pub travelers: usize,
    /// How many travelers are not, beyond the limit.
    pub left_out: usize,
}

impl<'q> Selection<'q> {
    /// What is shown of these records, which are all that there are.
    pub fn new(records: &[Record], part: Part<'q>) -> Self {
        let wanted = part.traveler.map(|name| numbers_of(records, name));
        let shown = records.iter().filter(|record| {
            let reason = matches!(record.what, What::Why(_));
            !reason && of_journey(record, part.journey)
        });
        let shown = shown.filter_map(|record| record.number);
        let shown = shown.filter(|number| wanted.as_ref().is_none_or(|it| it.contains(number)));
        let mut into: BTreeMap<u32, u32> = BTreeMap::new();
        for (survivor, ended) in joins(records) {
            into.extend(ended.into_iter().map(|number| (number, survivor)));
        }
        let one = |mut number: u32| {
            // Who was joined may be joined again; nobody comes back.
            for _ in 0..=into.len() {
                match into.get(&number) {
                    Some(next) if *next != number => number = *next,
                    _ => break,
                }
            }
            number
        };
        let (mut kept, mut left) = (BTreeSet::new(), BTreeSet::new());
        let mut numbers = BTreeSet::new();
        for number in shown {
            let whole = one(number);
            if part.limit == 0 || kept.len() < part.limit || kept.contains(&whole) {
                kept.insert(whole);
                numbers.insert(number);
            } else {
                left.insert(whole);
            }
        }
        Self {
            journey: part.journey,
            numbers,
            of_nobody: wanted.is_none(),
            travelers: kept.len(),
            left_out: left.len(),
        }
    }

    /// Whether a record is shown.
    pub fn shows(&self, record: &Record) -> bool {
        let whose = match record.number {
            Some(number) => self.numbers.contains(&number),
            None => self.of_nobody,
        };
        whose && of_journey(record, self.journey)
    }

    /// Whose records are shown.
    pub fn numbers(&self) -> &BTreeSet<u32> {
        &self.numbers
    }
}

/// Whether a record is of this journey; none asked for means all.
pub fn of_journey(record: &Record, journey: Option<&str>) -> bool {
    journey.is_none_or(|wanted| record.journey.as_deref() == Some(wanted))
}

/// By name: the travelers who had it, at any time.
fn names(records: &[Record]) -> BTreeMap<&str, BTreeSet<u32>> {
    let mut names: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for record in records {
        if let (Some(name), Some(number)) = (record.traveler.as_deref(), record.number) {
            names.entry(name).or_default().insert(number);
        }
    }
    names
}

/// Each join: who survived, and who ended.
fn joins(records: &[Record]) -> Vec<(u32, BTreeSet<u32>)> {
    let names = names(records);
    let of = |name: &str| names.get(name).cloned().unwrap_or_default();
    records
        .iter()
        .filter_map(|record| match (&record.what, record.number) {
            (What::TravelerMerged { name }, Some(survivor)) => Some((survivor, of(name))),
            _ => None,
        })
        .collect()
}

/// The traveler that once had this name, and all that were joined with it, directly or not.
pub fn numbers_of(records: &[Record], name: &str) -> BTreeSet<u32> {
    let mut numbers = names(records).remove(name).unwrap_or_default();
    let joins = joins(records);
    loop {
        let before = numbers.len();
        for (survivor, ended) in &joins {
            if numbers.contains(survivor) || !numbers.is_disjoint(ended) {
                numbers.insert(*survivor);
                numbers.extend(ended);
            }
        }
        if numbers.len() == before {
            return numbers;
        }
    }
}
