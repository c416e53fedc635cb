//! Who hears what, looked up by what happened: what would otherwise compare every occurrence with
//! every listener, every segment and every condition of the workspace.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashMap;

use super::facts::{Whose, reads};
use super::listeners::{Happened, Listener};
use super::visit::written;
use crate::check::context::Checker;
use crate::syntax::ast::{Expr, SegmentKind, TriggerKind};

/// Tables over listeners and segments; all indexes in them ascend.
#[derive(Default)]
pub(super) struct Hearing {
    /// The listeners to a name.
    named: HashMap<Arc<str>, Vec<usize>>,
    /// The same of one journey.
    within: Vec<HashMap<Arc<str>, Vec<usize>>>,
    /// The listeners of each journey: they stand together.
    of_journey: Vec<Range<usize>>,
    /// By segment, what its condition reads; nothing where it has none.
    pub segment_reads: Vec<BTreeSet<Arc<str>>>,
    segments_by_read: HashMap<Arc<str>, Vec<usize>>,
    /// By listener, what its condition reads, where that is all that it listens to.
    pub turning_reads: Vec<BTreeSet<Arc<str>>>,
    turning_by_read: HashMap<Arc<str>, Vec<usize>>,
}

impl Hearing {
    pub(super) fn new<'t>(
        checker: &Checker<'_>,
        listeners: &[Listener<'_>],
        journeys: usize,
        whose: impl Fn(usize) -> Whose<'t>,
    ) -> Self {
        let mut hearing = Self {
            within: vec![HashMap::new(); journeys],
            of_journey: vec![0..0; journeys],
            ..Self::default()
        };
        for (index, listener) in listeners.iter().enumerate() {
            let range = &mut hearing.of_journey[listener.journey];
            if range.end == 0 {
                range.start = index;
            }
            range.end = index + 1;
            if let TriggerKind::On(ons) = &listener.trigger.kind {
                for on in ons {
                    let what = written(on);
                    note(&mut hearing.within[listener.journey], &what, index);
                    note(&mut hearing.named, &what, index);
                }
            }
            let whose = whose(listener.journey);
            let read = keys(listener.turning(), whose);
            for key in &read {
                note(&mut hearing.turning_by_read, key, index);
            }
            hearing.turning_reads.push(read);
        }
        // The condition of a segment reads no variables: whose they are makes no difference.
        let nobody = Whose {
            journey: 0,
            traits: &BTreeSet::new(),
        };
        for (index, segment) in checker.names.segments.iter().enumerate() {
            let when = match &segment.kind {
                SegmentKind::When(when) => Some(when),
                SegmentKind::Members(_) => None,
            };
            let read = keys(when, nobody);
            for key in &read {
                note(&mut hearing.segments_by_read, key, index);
            }
            hearing.segment_reads.push(read);
        }
        hearing
    }

    /// The listeners that hear what happened, whatever their travelers.
    pub(super) fn of<'h>(&'h self, what: &'h Happened) -> &'h [usize] {
        let found = match what {
            Happened::Named(what) => self.named.get(what),
            Happened::Within(journey, what) => self.within[*journey].get(what),
            Happened::Turned(index) => return std::slice::from_ref(index),
        };
        found.map_or(&[], Vec::as_slice)
    }

    /// All that some condition reads, each once, in order.
    pub(super) fn heard(&self) -> Vec<&str> {
        let turning = self.turning_by_read.keys();
        let all = turning.chain(self.segments_by_read.keys());
        let mut all: Vec<&str> = all.map(|key| &**key).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether anything listens to variables: the conditions of segments read none.
    pub(super) fn hears_variables(&self) -> bool {
        !self.turning_by_read.is_empty()
    }

    pub(super) fn of_journey(&self, journey: usize) -> Range<usize> {
        self.of_journey[journey].clone()
    }

    /// The segments whose condition reads something.
    pub(super) fn segments(&self, read: &str) -> &[usize] {
        self.segments_by_read.get(read).map_or(&[], Vec::as_slice)
    }

    /// The listeners to nothing but a condition that reads something.
    pub(super) fn turning(&self, read: &str) -> &[usize] {
        self.turning_by_read.get(read).map_or(&[], Vec::as_slice)
    }
}

fn keys(expr: Option<&Expr>, whose: Whose<'_>) -> BTreeSet<Arc<str>> {
    let read = expr.map(reads).unwrap_or_default();
    read.iter().map(|path| whose.key(path).into()).collect()
}

fn note(table: &mut HashMap<Arc<str>, Vec<usize>>, key: &Arc<str>, index: usize) {
    match table.get_mut(key) {
        // A list of events may name one twice.
        Some(all) if all.last() == Some(&index) => {}
        Some(all) => all.push(index),
        None => {
            table.insert(Arc::clone(key), vec![index]);
        }
    }
}
