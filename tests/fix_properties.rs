//! What holds of fixes whatever is wrong: random faults are put into the examples, and mended.

#[allow(dead_code, reason = "its classes are of no interest here")]
#[path = "mutations/mutants.rs"]
mod mutants;
#[allow(dead_code, reason = "what is judged here is made in other ways")]
#[path = "mutations/workspace.rs"]
mod workspace;

use std::sync::LazyLock;

use cjoc::compile::{self, Outcome};
use cjoc::diagnostic::{Applicability, Severity};
use cjoc::fix::{self, Overlay};
use cjoc::source::{Files as _, MemoryFiles};
use mutants::Mutant;
use proptest::prelude::*;
use proptest::sample::Index;
use workspace::Workspace;

/// The file that it is put into, by its number, and what is done to it.
type Fault = (usize, Mutant);

/// The smallest examples: every case is compiled several times.
static EXAMPLES: LazyLock<Vec<(Workspace, Vec<Fault>)>> = LazyLock::new(|| {
    let faults = |example: &Workspace| {
        let texts = example.texts.iter().enumerate();
        texts
            .filter(|(_, (path, _))| !path.ends_with("csv"))
            .flat_map(|(at, (_, text))| mutants::all(text).into_iter().map(move |m| (at, m)))
            .collect()
    };
    ["nto", "shop"]
        .map(Workspace::load)
        .into_iter()
        .map(|example| {
            let faults = faults(&example);
            (example, faults)
        })
        .collect()
});

/// An example with some faults, each in a text as it was before all of them.
fn broken(example: Index, picks: &[Index]) -> MemoryFiles {
    let (example, faults) = example.get(EXAMPLES.as_slice());
    let mut texts = example.texts.clone();
    let mut chosen: Vec<&Fault> = picks.iter().map(|pick| pick.get(faults)).collect();
    chosen.sort_by_key(|(file, mutant)| (*file, std::cmp::Reverse(mutant.cut.start)));
    let mut last = (usize::MAX, 0);
    for (file, mutant) in chosen {
        // From the end to the start, so that no fault moves another; those that overlap are one.
        if *file != last.0 || mutant.cut.end < last.1 {
            texts[*file]
                .1
                .replace_range(mutant.cut.clone(), &mutant.put);
            last = (*file, mutant.cut.start);
        }
    }
    texts.into_iter().collect()
}

/// Whether parts of a text could not be read: what is in them may come to light.
fn hides(outcome: &Outcome) -> bool {
    let mut errors = outcome.diagnostics.iter();
    errors.any(|d| d.severity == Severity::Error && d.code.id < "CJ03")
}

fn mends(files: &MemoryFiles, least: Applicability, single: bool) -> Result<(), TestCaseError> {
    let before = compile::check(files).expect("memory lists");
    let once = fix::mend(Overlay::new(files), least, &|_| true).expect("memory lists");
    prop_assert!(
        once.outcome.summary.errors <= before.summary.errors || (!single && hides(&before)),
        "more errors than before: {:#?}",
        once.outcome.diagnostics
    );
    let changes = once.overlay.changes().expect("memory is readable");
    prop_assert_eq!(once.fixes > 0, !changes.is_empty());
    for change in &changes {
        prop_assert_eq!(
            &files.read(&change.path).expect("it is there"),
            &change.before
        );
    }
    let twice = fix::mend(once.overlay, least, &|_| true).expect("memory lists");
    prop_assert_eq!(twice.fixes, 0);
    prop_assert_eq!(twice.outcome.diagnostics, once.outcome.diagnostics);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn one_fault_is_not_made_worse(example: Index, pick: Index) {
        let files = broken(example, &[pick]);
        mends(&files, Applicability::Safe, true)?;
        mends(&files, Applicability::Unsafe, true)?;
    }

    #[test]
    fn mending_several_faults_comes_to_an_end(example: Index, picks in prop::collection::vec(any::<Index>(), 2..5)) {
        let files = broken(example, &picks);
        mends(&files, Applicability::Unsafe, false)?;
    }

    #[test]
    fn what_is_allowed_stays_allowed(example: Index, picks in prop::collection::vec(any::<Index>(), 1..4)) {
        let files = broken(example, &picks);
        let once = fix::allow(Overlay::new(&files), "it was here", &|_| true).expect("memory lists");
        let warnings = once.outcome.diagnostics.iter().filter(|d| d.severity == Severity::Warning);
        let left: Vec<&str> = warnings.map(|d| d.code.name).filter(|n| *n != "unused-suppression").collect();
        prop_assert!(left.is_empty(), "{:?}", left);
        let twice = fix::allow(once.overlay, "it was here", &|_| true).expect("memory lists");
        prop_assert_eq!(twice.warnings, 0);
    }
}
