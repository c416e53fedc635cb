//! Triggers of a journey that others on the same occurrence leave nothing for: of `start`, the
//! first that matches; then the first `end`; then the first milestone whose `enter` matches.

use super::shadowed::{Earlier, takers};
use crate::check::context::Checker;
use crate::check::flow::Unit;
use crate::check::milestones::{From, Journeying};
use crate::check::triggers::{Fired, trigger_span};
use crate::model::{Occurrence, On};
use crate::source::Span;
use crate::syntax::ast::Trigger;

/// A trigger that has been checked.
struct Asked<'j> {
    written: &'j Trigger,
    fired: &'j Fired,
    /// Where it moves a session from; everywhere where nothing is said.
    from: Option<&'j From>,
}

impl Checker<'_> {
    pub(in crate::check) fn shadowed_triggers(&mut self, journey: &Journeying<'_>) {
        let starts = asked(&journey.decl.start, &journey.start);
        self.in_order("this `start` is never taken", &starts, 0);
        let mut moves = asked(&journey.decl.end, &journey.end);
        self.in_order("this `end` is never taken", &moves, 0);
        let ends = moves.len();
        for milestone in &journey.milestones {
            let triggers = milestone.decl.enter.iter().zip(&milestone.enter);
            for ((written, unit), from) in triggers.zip(&milestone.from) {
                if let Some(unit) = unit {
                    moves.push(Asked {
                        written,
                        fired: &unit.made,
                        from: Some(from),
                    });
                }
            }
        }
        self.in_order("this `enter` is never taken", &moves, ends);
    }

    /// Tells those from `first` on that are never the first to match.
    fn in_order(&mut self, what: &str, all: &[Asked<'_>], first: usize) {
        for (index, asked) in all.iter().enumerate().skip(first) {
            if let Some(takers) = asked.shadowed(&all[..index]) {
                let span = span_of(asked.written);
                self.tell_shadowed(what, span, &takers);
            }
        }
    }
}

fn asked<'j>(written: &'j [Trigger], units: &'j [Option<Unit<Fired>>]) -> Vec<Asked<'j>> {
    let both = written.iter().zip(units);
    both.filter_map(|(written, unit)| {
        Some(Asked {
            written,
            fired: &unit.as_ref()?.made,
            from: None,
        })
    })
    .collect()
}

impl Asked<'_> {
    fn occurrences(&self) -> &[Occurrence] {
        match &self.fired.model.on {
            On::Any(occurrences) => occurrences,
            _ => &[],
        }
    }

    /// It has no condition, or the very same.
    fn asks_no_more(&self, other: &Self) -> bool {
        match (&self.written.when, &other.written.when) {
            (None, _) => true,
            (Some(one), Some(other)) => one.source() == other.source(),
            (Some(_), None) => false,
        }
    }

    /// Whether it moves sessions from a milestone.
    fn is_from(&self, milestone: Option<usize>) -> bool {
        match (self.from, milestone) {
            (None, _) => true,
            (Some(from), Some(milestone)) => from.milestones.contains(&milestone),
            (Some(_), None) => false,
        }
    }

    /// Those that take all of it, wherever and whatever sets it off.
    fn shadowed(&self, before: &[Asked<'_>]) -> Option<Vec<(Span, &'static str)>> {
        let places: Vec<Option<usize>> = match self.from {
            None => vec![None],
            Some(from) if from.any => return None,
            Some(from) => from.milestones.iter().copied().map(Some).collect(),
        };
        let mut all = Vec::new();
        for occurrence in self.occurrences() {
            for place in &places {
                let rivals = || {
                    before
                        .iter()
                        .filter(|it| it.is_from(*place) && it.occurrences().contains(occurrence))
                };
                // One that asks for nothing more is a dead trigger's, which is told as such.
                if rivals().any(|it| it.asks_no_more(self)) {
                    return None;
                }
                let earlier: Vec<Earlier> = rivals()
                    .map(|it| Earlier {
                        span: span_of(it.written),
                        left: it.fired.left.clone(),
                    })
                    .collect();
                for taker in takers(&earlier, &self.fired.taken)? {
                    if !all.contains(&taker) {
                        all.push(taker);
                    }
                }
            }
        }
        (!all.is_empty()).then_some(all)
    }
}

/// What says when a trigger fires: its condition, or what it is on.
fn span_of(trigger: &Trigger) -> Span {
    match &trigger.when {
        Some(when) => when.text.span(),
        None => trigger_span(trigger),
    }
}
