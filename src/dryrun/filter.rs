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
    let names = traveler.map(|name| names_of(records, name));
    records
        .iter()
        .filter(|record| {
            let of_traveler = names.as_ref().is_none_or(|names| {
                let name = record.traveler.as_deref();
                name.is_some_and(|name| names.contains(name))
            });
            let of_journey = journey.is_none_or(|wanted| record.journey.as_deref() == Some(wanted));
            of_traveler && of_journey
        })
        .collect()
}

/// The name, and those of all travelers that were joined to it, directly or not.
fn names_of<'a>(records: &'a [Record], name: &'a str) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::from([name]);
    loop {
        let before = names.len();
        for record in records {
            if let (Some(survivor), What::TravelerMerged { name: ended }) =
                (record.traveler.as_deref(), &record.what)
                && (names.contains(survivor) || names.contains(&**ended))
            {
                names.extend([survivor, &**ended]);
            }
        }
        if names.len() == before {
            return names;
        }
    }
}
