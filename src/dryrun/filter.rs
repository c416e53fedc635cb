//! A part of a trace: one traveler, one journey.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{Record, What};

/// The records of the traveler with this name, under all the names that it had, and of this
/// journey; none given means all.
pub fn filter<'a>(
    records: &'a [Record],
    traveler: Option<&str>,
    journey: Option<&str>,
) -> Vec<&'a Record> {
    let numbers = traveler.map(|name| numbers_of(records, name));
    records
        .iter()
        .filter(|record| {
            let of_traveler = numbers.as_ref().is_none_or(|numbers| {
                let number = record.number;
                number.is_some_and(|number| numbers.contains(&number))
            });
            let of_journey = journey.is_none_or(|wanted| record.journey.as_deref() == Some(wanted));
            of_traveler && of_journey
        })
        .collect()
}

/// Of these records, those of the first so many travelers, those who were joined counting as one;
/// and how many travelers are left out. What concerns nobody stays. `all`: where joins are told.
pub fn limit<'a>(
    records: Vec<&'a Record>,
    all: &[Record],
    limit: usize,
) -> (Vec<&'a Record>, usize) {
    let mut first_of: BTreeMap<u32, u32> = BTreeMap::new();
    for (survivor, ended) in joins(all) {
        for number in ended {
            first_of.insert(number, survivor);
        }
    }
    let one = |number: u32| {
        let mut number = number;
        // Who was joined may be joined again; nobody comes back.
        for _ in 0..=first_of.len() {
            match first_of.get(&number) {
                Some(next) if *next != number => number = *next,
                _ => break,
            }
        }
        number
    };
    let mut kept = BTreeSet::new();
    let mut left = BTreeSet::new();
    for number in records.iter().filter_map(|record| record.number).map(one) {
        if kept.len() < limit || kept.contains(&number) {
            kept.insert(number);
        } else {
            left.insert(number);
        }
    }
    let shown = records.into_iter().filter(|record| {
        let number = record.number.map(one);
        number.is_none_or(|number| kept.contains(&number))
    });
    (shown.collect(), left.len())
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
