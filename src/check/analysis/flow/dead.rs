//! Triggers that never fire, and milestones that nobody reaches because another trigger always
//! comes first.

use std::sync::Arc;

use super::map::{Map, Taker, asks_no_more, places};
use super::visit::listens;
use crate::check::context::Checker;
use crate::check::triggers::trigger_span;
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::model::JourneyId;
use crate::source::Span;
use crate::syntax::ast::{Scope, Trigger, TriggerKind};

/// A place of a trigger at which it never fires, and what comes before it.
struct Dead<'w> {
    span: Span,
    /// None for a time.
    what: Option<Arc<str>>,
    taker: Taker<'w>,
}

/// Reports what is wrong with triggers, where nothing is said yet of what comes before them.
fn report(checker: &mut Checker<'_>, triggers: &[Trigger], diagnostic: Diagnostic) {
    let within = |inner: Span| {
        let mut all = triggers.iter().map(|it| it.span);
        all.any(|outer| outer.file == inner.file && outer.cover(inner) == outer)
    };
    let told = |it: &Diagnostic| it.code == &codes::SHADOWED_BRANCH && within(it.span);
    if !checker.out.iter().any(told) {
        checker.report(diagnostic);
    }
}

pub(super) fn check(checker: &mut Checker<'_>, map: &Map<'_>) {
    first(checker, map);
    in_order(checker, &map.decl.start, "starts the session", "start");
    in_order(checker, &map.decl.end, "ends the session", "end");
    for index in 1..map.decl.milestones.len() {
        milestone(checker, map, index);
    }
}

/// Rules outside journeys that are in none, of those that `homes` tells of each.
pub(super) fn outside(checker: &mut Checker<'_>, homes: &[Vec<JourneyId>]) {
    for (rule, homes) in checker.names.rules.clone().into_iter().zip(homes) {
        if let (Some(Scope::All(span)), true) = (&rule.scope, homes.is_empty()) {
            let message = format!("rule `{}` is in no journey, so it never fires", rule.name);
            checker.report(
                Diagnostic::new(&codes::DEAD_TRIGGER, *span, message)
                    .label(
                        trigger_span(&rule.trigger),
                        "no journey is for this type of traveler",
                    )
                    .help("declare a journey for these travelers, or remove the rule"),
            );
        }
    }
}

/// The first milestone has none above it: without `from`, its `enter` never fires.
fn first(checker: &mut Checker<'_>, map: &Map<'_>) {
    let Some(milestone) = map.decl.milestones.first() else {
        return;
    };
    for trigger in milestone.enter.iter().filter(|it| it.from.is_none()) {
        let name = &milestone.name;
        let message = format!("this `enter` of `{name}` never fires");
        checker.report(
            Diagnostic::new(&codes::DEAD_TRIGGER, trigger_span(trigger), message)
                .here("without `from` it may be entered from the milestones above, and there are none")
                .label(name.span, "the first milestone: every session starts here")
                .help("remove it; or say with `from` which milestones lead back here"),
        );
    }
}

/// Of several starts or ends the first that matches counts.
fn in_order(checker: &mut Checker<'_>, triggers: &[Trigger], does: &str, key: &str) {
    for (index, trigger) in triggers.iter().enumerate() {
        for (what, span) in places(trigger) {
            let Some(what) = what else { continue };
            let before = (triggers[..index].iter())
                .filter(|before| asks_no_more(before, trigger))
                .find_map(|before| listens(before, &what));
            let Some(before) = before else { continue };
            let message = format!("this `{key}` never fires on `{what}`");
            report(
                checker,
                std::slice::from_ref(trigger),
                Diagnostic::new(&codes::DEAD_TRIGGER, span, message)
                    .label(before, format!("this one always {does} first"))
                    .help(narrower(trigger)),
            );
        }
    }
}

fn narrower(trigger: &Trigger) -> &'static str {
    if trigger.when.is_some() {
        "put the one with the narrower condition first"
    } else {
        "remove it, or give the one before it a narrower `when`"
    }
}

fn milestone(checker: &mut Checker<'_>, map: &Map<'_>, index: usize) {
    let decl = &map.decl.milestones[index];
    let dead: Vec<Dead<'_>> = (0..decl.enter.len())
        .flat_map(|at| passed_over(map, index, at))
        .collect();
    let Some(reason) = dead.first() else { return };
    let name = &decl.name;
    if !map.reached[index] {
        let message = format!("milestone `{name}` is never reached");
        let first = match reason.taker {
            Taker::End(_) => "ends the session".to_owned(),
            Taker::Milestone(other, _) => format!("leads to `{}`", other.name),
        };
        let label = match &reason.what {
            Some(what) => format!("`{what}` always {first} first"),
            None => format!("this always {first} first"),
        };
        let help = match reason.taker {
            Taker::End(_) => format!(
                "to end there, write `on: milestone.{name}` under `end`; or give that `end` a narrower `when`"
            ),
            Taker::Milestone(other, _) => format!(
                "put it above `{}` with a narrower `when`, or say with `from` where each is entered from",
                other.name
            ),
        };
        let (Taker::End(span) | Taker::Milestone(_, span)) = reason.taker;
        // What it says can be run, as what comes before is taken: unlike where nothing leads there.
        let warning = Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::new(&codes::UNREACHABLE_MILESTONE, name.span, message)
        };
        report(checker, &decl.enter, warning.label(span, label).help(help));
        return;
    }
    for it in dead {
        let message = match &it.what {
            Some(what) => format!("`{what}` never leads to `{name}`"),
            None => format!("this time never leads to `{name}`"),
        };
        let (span, label) = match it.taker {
            Taker::End(span) => (span, "this always ends the session first".to_owned()),
            Taker::Milestone(other, span) => {
                (span, format!("this always leads to `{}` first", other.name))
            }
        };
        report(
            checker,
            &decl.enter,
            Diagnostic::new(&codes::DEAD_TRIGGER, it.span, message)
                .label(span, label)
                .help("remove it, or give the one before it a narrower `when`"),
        );
    }
}

/// The places of a trigger at which another always comes first, wherever a session may come from.
fn passed_over<'w>(map: &Map<'w>, index: usize, at: usize) -> Vec<Dead<'w>> {
    let trigger = &map.decl.milestones[index].enter[at];
    let from: Vec<usize> = (0..map.decl.milestones.len())
        .filter(|from| map.reached[*from] && map.is_from(trigger, index, *from))
        .collect();
    if matches!(trigger.kind, TriggerKind::Condition) {
        return Vec::new();
    }
    let mut dead = Vec::new();
    for (what, span) in places(trigger) {
        let takers: Option<Vec<Taker<'w>>> = (from.iter())
            .map(|from| map.taker(index, at, *from, what.as_deref()))
            .collect();
        if let Some(taker) = takers.and_then(|takers| takers.first().copied()) {
            dead.push(Dead { span, what, taker });
        }
    }
    dead
}
