//! Slips that nobody wrote down: each example is broken at every place, one fault at a time, and
//! what the compiler says is judged by rule.
//!
//! A fault is *silent* when nothing is reported, *noisy* when it is reported more than once,
//! *far* when no report touches its line, *helpless* when a report has no help, and *unmended*
//! when the fixes that are offered leave something to report. `ceilings.txt` holds how often that
//! may happen, class by class: a number that got lower must be written down there.
//!
//! By default a part of the faults is tried, always the same, and held to the table. With
//! `CJOC_FULL=1` all are tried, with `CJOC_FULL=n` every n-th, and nothing is held. Both leave the
//! list of what they found in `mutations.txt` in cargo's folder for tests.

mod judge;
mod mutants;
mod workspace;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use rayon::prelude::*;

use judge::{Verdict, judge};
use mutants::{CLASSES, Mutant};
use workspace::Workspace;

/// Of the faults, every so-manieth is tried; a prime, so that all kinds of places come up.
const SAMPLE: usize = 97;

#[derive(Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Counts {
    tried: usize,
    silent: usize,
    noisy: usize,
    far: usize,
    helpless: usize,
    unmended: usize,
}

impl Counts {
    fn add(&mut self, verdict: &Verdict) {
        self.tried += 1;
        self.silent += usize::from(verdict.silent);
        self.noisy += usize::from(verdict.noisy);
        self.far += usize::from(verdict.far);
        self.helpless += usize::from(verdict.helpless);
        self.unmended += usize::from(verdict.unmended);
    }

    fn line(&self) -> String {
        format!(
            "{:6} {:6} {:6} {:6} {:8} {:8}",
            self.tried, self.silent, self.noisy, self.far, self.helpless, self.unmended
        )
    }
}

fn campaign(step: usize) -> (BTreeMap<&'static str, Counts>, String) {
    let examples: Vec<_> = ["nto", "shop", "bank", "telecom"]
        .map(Workspace::load)
        .into_iter()
        .collect();
    let mut faults: Vec<(&Workspace, &str, &str, Mutant)> = Vec::new();
    for example in &examples {
        for (path, text) in &example.texts {
            if path.ends_with(".yaml") {
                let mutants = mutants::all(text).into_iter();
                faults.extend(mutants.map(|mutant| (example, &**path, &**text, mutant)));
            }
        }
    }
    let verdicts: Vec<_> = faults
        .par_iter()
        .skip(step / 2)
        .step_by(step)
        .map(|(example, path, text, mutant)| (mutant.class, judge(example, path, text, mutant)))
        .collect();
    let mut counts = BTreeMap::new();
    let mut list = String::new();
    for (class, verdict) in verdicts {
        let counted: &mut Counts = counts.entry(class).or_default();
        counted.add(&verdict);
        list.push_str(&verdict.story);
    }
    (counts, list)
}

#[test]
fn a_slip_anywhere_is_reported_once_where_it_stands_with_what_mends_it() {
    let step = std::env::var("CJOC_FULL").ok().and_then(|v| v.parse().ok());
    let full = step.is_some();
    let (counts, list) = campaign(step.unwrap_or(SAMPLE));
    let mut table = String::new();
    for class in CLASSES {
        let counted = counts.get(class).copied().unwrap_or_default();
        writeln!(table, "{class:8} {}", counted.line()).expect("strings can be written to");
    }
    let report = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutations.txt");
    std::fs::write(&report, format!("{table}\n{list}")).expect("the folder for tests is writable");
    if full {
        return;
    }
    let (_, wanted) = include_str!("ceilings.txt")
        .split_once('\n')
        .expect("a heading and a table");
    assert_eq!(
        table.trim_end(),
        wanted.trim_end(),
        "the counts moved: see {}",
        report.display()
    );
}
