//! Alternatives of a `wait: { any: … }` that can never be the first: what comes before them in the
//! list always fires on the same occurrence, or a time of the wait is always over sooner.

use super::shadowed::{Earlier, takers};
use crate::check::analysis::flow::written;
use crate::check::context::Checker;
use crate::check::triggers::{Fired, on_span, trigger_span};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{Occurrence, On};
use crate::source::Span;
use crate::syntax::ast::{self, Duration, Trigger, TriggerKind};

/// An alternative that has been checked.
pub(in crate::check) struct Awaited<'w> {
    pub written: &'w Trigger,
    pub fired: &'w Fired,
}

impl Checker<'_> {
    /// Tells the alternatives, and the time-out, that never come first.
    pub(in crate::check) fn alternatives(
        &mut self,
        all: &[Awaited<'_>],
        timeout: Option<&Duration>,
    ) {
        for (index, awaited) in all.iter().enumerate() {
            match &awaited.written.kind {
                TriggerKind::On(ons) => self.by_event(awaited, ons, &all[..index]),
                TriggerKind::Condition => self.by_condition(awaited, &all[..index]),
                TriggerKind::After(time) | TriggerKind::Every(time) => {
                    let others = all.iter().enumerate();
                    let sooner = others.filter_map(|(other, it)| {
                        let (due, no_more) = it.due(awaited.written)?;
                        let first = due.value < time.value && it.written.when.is_none();
                        let before = other < index && due.value <= time.value && no_more;
                        (first || before).then_some(due.span)
                    });
                    let late = timeout.filter(|timeout| timeout.value < time.value);
                    let sooner = sooner.chain(late.map(|timeout| timeout.span)).next();
                    if let Some(sooner) = sooner {
                        self.never_first("this time never comes", time.span, sooner);
                    }
                }
                TriggerKind::Schedule { .. } => {}
            }
        }
        let Some(timeout) = timeout else { return };
        let sooner = all.iter().find_map(|it| match &it.written.kind {
            TriggerKind::After(due) | TriggerKind::Every(due) => {
                (it.written.when.is_none() && due.value <= timeout.value).then_some(due.span)
            }
            _ => None,
        });
        if let Some(sooner) = sooner {
            self.never_first("this time-out never comes", timeout.span, sooner);
        }
    }

    fn by_event(&mut self, awaited: &Awaited<'_>, ons: &[ast::On], before: &[Awaited<'_>]) {
        let occurrences = awaited.occurrences();
        // One that could not be read has been told.
        if occurrences.len() != ons.len() {
            return;
        }
        let mut dead = false;
        for (on, occurrence) in ons.iter().zip(occurrences) {
            let first = before.iter().find_map(|it| {
                let place = it.place_of(occurrence)?;
                it.asks_no_more(awaited.written).then_some(place)
            });
            if let Some(first) = first {
                dead = true;
                let what = format!("this alternative never comes first on `{}`", written(on));
                self.never_first(&what, on_span(on), first);
            }
        }
        if dead {
            return;
        }
        let mut all = Vec::new();
        for occurrence in occurrences {
            let earlier: Vec<Earlier> = (before.iter())
                .filter(|it| it.occurrences().contains(occurrence))
                .map(Awaited::earlier)
                .collect();
            let Some(taken_by) = takers(&earlier, &awaited.fired.taken) else {
                return;
            };
            for taker in taken_by {
                if !all.contains(&taker) {
                    all.push(taker);
                }
            }
        }
        if !all.is_empty() {
            self.tell_shadowed("this alternative is never taken", awaited.span(), &all);
        }
    }

    /// Conditions are looked at in the order of the list, at one time.
    fn by_condition(&mut self, awaited: &Awaited<'_>, before: &[Awaited<'_>]) {
        let conditions = || {
            let kind = |it: &&Awaited<'_>| matches!(it.written.kind, TriggerKind::Condition);
            before.iter().filter(kind)
        };
        if let Some(first) = conditions().find(|it| it.asks_no_more(awaited.written)) {
            let what = "this alternative never comes first";
            self.never_first(what, awaited.span(), first.span());
            return;
        }
        let earlier: Vec<Earlier> = conditions().map(Awaited::earlier).collect();
        let what = "this alternative is never taken";
        self.shadowed(what, awaited.span(), &earlier, &awaited.fired.taken);
    }

    fn never_first(&mut self, what: &str, span: Span, first: Span) {
        let help = if what.starts_with("this time") {
            "remove it, or make it shorter than the other time"
        } else {
            "remove it, or give the one before it a narrower `when`"
        };
        self.report(
            Diagnostic::new(&codes::DEAD_TRIGGER, span, what)
                .label(first, "this always comes first")
                .help(help),
        );
    }
}

impl Awaited<'_> {
    fn occurrences(&self) -> &[Occurrence] {
        match &self.fired.model.on {
            On::Any(occurrences) => occurrences,
            _ => &[],
        }
    }

    /// Where it names an occurrence.
    fn place_of(&self, occurrence: &Occurrence) -> Option<Span> {
        let TriggerKind::On(ons) = &self.written.kind else {
            return None;
        };
        let all = self.occurrences();
        let at = all.iter().position(|it| it == occurrence)?;
        // One of them could not be read: which is which is not known.
        (all.len() == ons.len()).then(|| on_span(&ons[at]))
    }

    /// When it is over by time, and whether it asks no more than another then.
    fn due(&self, than: &Trigger) -> Option<(&Duration, bool)> {
        match &self.written.kind {
            TriggerKind::After(time) | TriggerKind::Every(time) => {
                let same = self.written.when.is_none()
                    || matches!(
                        (&self.written.kind, &than.kind),
                        (TriggerKind::After(a), TriggerKind::After(b)) if a.value == b.value
                    );
                Some((time, same && self.asks_no_more(than)))
            }
            _ => None,
        }
    }

    fn asks_no_more(&self, than: &Trigger) -> bool {
        match (&self.written.when, &than.when) {
            (None, _) => true,
            (Some(one), Some(other)) => one.source() == other.source(),
            (Some(_), None) => false,
        }
    }

    fn earlier(&self) -> Earlier {
        Earlier {
            span: self.span(),
            left: self.fired.left.clone(),
        }
    }

    /// What says when it fires: its condition, or what it is on.
    fn span(&self) -> Span {
        match &self.written.when {
            Some(when) => when.text.span(),
            None => trigger_span(self.written),
        }
    }
}
