//! Times that are longer than the session: its `end` always comes first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::clock::Clock;
use super::map::Map;
use crate::check::context::Checker;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::JourneyId;
use crate::source::Span;
use crate::syntax::ast::{Duration, Journey, Rule, TriggerKind};

/// The time after which every session of a journey is over, where it is said on no condition.
fn limit(decl: &Journey) -> Option<&Duration> {
    let times = decl.end.iter().filter_map(|end| match &end.kind {
        TriggerKind::After(time) if end.when.is_none() => Some(time),
        _ => None,
    });
    times.min_by_key(|time| time.value)
}

pub(super) fn check(checker: &mut Checker<'_>, map: &Map<'_>) {
    let decl = map.decl;
    let Some(limit) = limit(decl) else { return };
    let entered = earliest(map, limit.value);
    let zero = SignedDuration::ZERO;
    let mut late = Late {
        checker,
        limit,
        name: &decl.name.text,
    };
    for end in &decl.end {
        if let TriggerKind::After(time) = &end.kind
            && time.value > limit.value
        {
            late.tell(time.span, "this `end` never comes");
        }
    }
    for rule in &decl.rules {
        late.rule(rule, zero);
    }
    for (index, milestone) in decl.milestones.iter().enumerate() {
        let promise = milestone.promise.as_ref().and_then(|promise| {
            let since = match &promise.of {
                Some(of) => entered[map.index(&of.text)?]?,
                None => zero,
            };
            let over = since.saturating_add(promise.within.value);
            (over > limit.value).then_some(promise.within.span)
        });
        if let Some(span) = promise {
            late.tell(span, "this promise can never be missed");
        }
        for trigger in &milestone.enter {
            let TriggerKind::After(time) = &trigger.kind else {
                continue;
            };
            let from = (0..entered.len()).filter(|from| map.is_from(trigger, index, *from));
            let soonest = from.filter_map(|from| entered[from]).min();
            if soonest.is_some_and(|since| since.saturating_add(time.value) >= limit.value) {
                late.tell(time.span, "this time never comes");
            }
        }
        let Some(since) = entered[index] else {
            continue;
        };
        let mut clock = Clock::default();
        clock.walk(&milestone.steps, since);
        late.waits(&clock);
        for rule in &milestone.rules {
            late.rule(rule, since);
        }
    }
}

/// Rules outside journeys: longer than the sessions of every journey that they are in, which is told
/// of each in `homes`.
pub(super) fn outside(checker: &mut Checker<'_>, maps: &[Map<'_>], homes: &[Vec<JourneyId>]) {
    for (rule, homes) in checker.names.rules.clone().into_iter().zip(homes) {
        let limits: Option<Vec<(&Duration, &str)>> = (homes.iter().map(|home| &maps[home.index()]))
            .map(|map| Some((limit(map.decl)?, &*map.decl.name.text)))
            .collect();
        let longest = limits.and_then(|all| all.into_iter().max_by_key(|(limit, _)| limit.value));
        if let Some((limit, name)) = longest {
            let mut late = Late {
                checker,
                limit,
                name,
            };
            late.rule(rule, SignedDuration::ZERO);
        }
    }
}

/// How long after its start a session enters each milestone at the earliest; none where it never
/// does before its end.
fn earliest(map: &Map<'_>, limit: SignedDuration) -> Vec<Option<SignedDuration>> {
    let decl = map.decl;
    let mut indexes = BTreeMap::new();
    for (index, milestone) in decl.milestones.iter().enumerate() {
        indexes.entry(&*milestone.name.text).or_insert(index);
    }
    let mut anywhere = Clock::default();
    for rule in decl.rules.iter().chain(map.outside.iter().copied()) {
        let due = anywhere.due(&rule.trigger, SignedDuration::ZERO);
        anywhere.walk(&rule.steps, due);
    }
    let mut entered: Vec<Option<SignedDuration>> = vec![None; decl.milestones.len()];
    let mut ways = anywhere.gotos;
    if let Some(first) = decl.milestones.first() {
        ways.push((first.name.text.clone(), SignedDuration::ZERO));
    }
    // The milestones that are entered sooner than when they were last looked at.
    let mut open = BTreeSet::new();
    loop {
        for (name, at) in ways.drain(..).filter(|(_, at)| *at < limit) {
            let Some(index) = indexes.get(&*name) else {
                continue;
            };
            if entered[*index].is_none_or(|before| at < before) {
                entered[*index] = Some(at);
                open.insert(*index);
            }
        }
        let Some(index) = open.pop_first() else {
            return entered;
        };
        let Some(since) = entered[index] else {
            continue;
        };
        let milestone = &decl.milestones[index];
        let mut clock = Clock::default();
        clock.walk(&milestone.steps, since);
        for rule in &milestone.rules {
            let due = clock.due(&rule.trigger, since);
            clock.walk(&rule.steps, due);
        }
        ways.extend(clock.gotos);
        for (to, other) in decl.milestones.iter().enumerate() {
            let triggers = other.enter.iter();
            for trigger in triggers.filter(|it| map.is_from(it, to, index)) {
                let due = Clock::default().due(trigger, since);
                ways.push((other.name.text.clone(), due));
            }
        }
    }
}

/// Tells of what comes too late.
struct Late<'c, 'w> {
    checker: &'c mut Checker<'w>,
    limit: &'c Duration,
    /// The journey's.
    name: &'c str,
}

impl Late<'_, '_> {
    /// At the same instant a rule fires before the session ends, a wait of its steps is over after.
    fn rule(&mut self, rule: &Rule, since: SignedDuration) {
        let mut clock = Clock::default();
        let due = clock.due(&rule.trigger, since);
        if due > self.limit.value {
            if let Some((span, _)) = clock.waits.first() {
                self.tell(*span, "this rule never fires");
            }
            return;
        }
        let mut clock = Clock::default();
        clock.walk(&rule.steps, due);
        self.waits(&clock);
    }

    /// The first of those that are never over says it for those after it.
    fn waits(&mut self, clock: &Clock) {
        let late = |(_, over): &&(Span, SignedDuration)| *over >= self.limit.value;
        if let Some((span, _)) = clock.waits.iter().find(late) {
            self.tell(*span, "this wait is never over");
        }
    }

    fn tell(&mut self, span: Span, what: &str) {
        let limit = self.limit.span;
        let text = &self.checker.sources.file(limit.file).text;
        let time = text.get(limit.start() as usize..limit.end() as usize);
        let (name, time) = (self.name, time.unwrap_or("that").to_owned());
        let message = format!("{what}: a session of `{name}` ends after {time} at the latest");
        let already = |it: &Diagnostic| it.code == &codes::WAIT_TOO_LONG && it.span == span;
        if self.checker.out.iter().any(already) {
            return;
        }
        self.checker.report(
            Diagnostic::new(&codes::WAIT_TOO_LONG, span, message)
                .here("counted from the start of the session, with the times before it")
                .label(limit, "every session ends by then")
                .help("shorten it, or let the session last longer"),
        );
    }
}
