//! Sessions that cannot end: milestones from which no `end` can come about.

use super::map::Map;
use super::visit::ends;
use crate::check::context::Checker;
use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::ast::{On, Rule, Trigger, TriggerKind, WhileActive};

pub(super) fn check(checker: &mut Checker<'_>, map: &Map<'_>) {
    let decl = map.decl;
    if decl.while_active == WhileActive::Restart {
        return;
    }
    let stuck: Vec<usize> = (0..decl.milestones.len())
        .filter(|index| map.reached[*index] && !can_end(map, *index))
        .collect();
    // Where all are stuck, the first says it for all; else those from which only stuck ones follow.
    for index in stuck.iter().copied() {
        let led_to = stuck.iter().any(|from| {
            *from < index && map.ways[*from].contains(&index) && !map.ways[index].contains(from)
        });
        if led_to {
            continue;
        }
        let name = &decl.milestones[index].name;
        let mut diagnostic = Diagnostic::new(
            &codes::ENDLESS_SESSION,
            name.span,
            format!("a session that reaches `{name}` never ends"),
        );
        for end in &decl.end {
            if let TriggerKind::On(ons) = &end.kind
                && let Some(On::Milestone(other)) = ons.first()
            {
                let label = format!("`{other}` is never entered from `{name}` on");
                diagnostic = diagnostic.label(other.span, label);
            }
        }
        checker.report(diagnostic.help(format!(
            "end it there, with `on: milestone.{name}` under `end` or a step `end: OUTCOME`; or after a while, with `end: {{ after: 60d }}`"
        )));
    }
}

/// Whether something may end a session that is in a milestone, now or later.
fn can_end(map: &Map<'_>, from: usize) -> bool {
    let decl = map.decl;
    let ahead = map.from(from, |_| true);
    // A milestone ahead is entered; that which the session is in only if a way leads back.
    let entered = |name: &str| {
        map.index(name).is_some_and(|index| {
            let mut others = (0..ahead.len()).filter(|it| ahead[*it]);
            ahead[index] && others.any(|it| map.ways[it].contains(&index)) || index == from
        })
    };
    let fires = |trigger: &Trigger| match &trigger.kind {
        TriggerKind::On(ons) => ons.iter().any(|on| match on {
            On::Milestone(name) => entered(&name.text),
            _ => true,
        }),
        _ => true,
    };
    let acts = |rule: &Rule| ends(&rule.steps) && fires(&rule.trigger);
    let here = |index: usize| {
        let milestone = &decl.milestones[index];
        ends(&milestone.steps) || milestone.rules.iter().any(acts)
    };
    let detached = |index: usize| {
        let milestone = &decl.milestones[index];
        milestone.detached && ends(&milestone.steps)
    };
    decl.end.iter().any(fires)
        || decl.rules.iter().any(acts)
        || map.outside.iter().any(|rule| acts(rule))
        || (0..ahead.len()).any(|index| ahead[index] && here(index) || detached(index))
}
