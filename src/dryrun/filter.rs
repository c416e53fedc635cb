//! A part of a trace: one traveler, one journey.

use std::collections::BTreeSet;

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

/// The traveler that once had this name, and all that were joined with it, directly or not.
fn numbers_of(records: &[Record], name: &str) -> BTreeSet<u32> {
    let named = |name: &str| -> BTreeSet<u32> {
        records
            .iter()
            .filter(|record| record.traveler.as_deref() == Some(name))
            .filter_map(|record| record.number)
            .collect()
    };
    let mut numbers = named(name);
    let joins: Vec<(u32, BTreeSet<u32>)> = records
        .iter()
        .filter_map(|record| match (&record.what, record.number) {
            (What::TravelerMerged { name }, Some(survivor)) => Some((survivor, named(name))),
            _ => None,
        })
        .collect();
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
