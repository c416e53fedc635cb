//! Milestones that nothing leads to.

use super::context::Checker;
use super::milestones::Journeying;
use super::triggers::trigger_span;
use crate::diagnostic::{Diagnostic, codes};

impl Checker<'_> {
    /// Says why a milestone is never reached, and how it could be.
    pub(super) fn unreachable(&mut self, journey: &Journeying<'_>, index: usize) {
        let decl = journey.milestones[index].decl;
        let name = &decl.name;
        let message = format!("milestone `{name}` is never reached");
        let mut diagnostic = Diagnostic::new(&codes::UNREACHABLE_MILESTONE, name.span, message);
        diagnostic = match decl.enter.first() {
            None => diagnostic
                .here("not the first, without `enter`, and no `goto` leads here")
                .help(format!(
                    "add `enter:` with the event that leads here, or a `goto: {name}`"
                )),
            Some(trigger) => {
                let from: Vec<String> = journey.milestones[index]
                    .from
                    .iter()
                    .flat_map(|from| &from.milestones)
                    .map(|from| format!("`{}`", journey.milestones[*from].decl.name))
                    .collect();
                let own = format!("`{name}`");
                let mut reached = (journey.milestones[index].from.iter())
                    .flat_map(|from| &from.milestones)
                    .filter(|from| journey.milestones[**from].entry.is_some());
                let label = match from.as_slice() {
                    _ if reached.next().is_some() => format!(
                        "it can be entered only from {}, and no session stays there until this happens",
                        from.join(" and ")
                    ),
                    [] => "no milestone stands above this one to come from".to_owned(),
                    [only] if *only == own => "it can be entered only from itself".to_owned(),
                    from => format!(
                        "it can be entered only from {}, which no path from the start reaches",
                        from.join(" and ")
                    ),
                };
                let span = trigger
                    .from
                    .as_ref()
                    .and_then(|from| Some(from.first()?.span.cover(from.last()?.span)))
                    .unwrap_or_else(|| trigger_span(trigger));
                diagnostic
                    .label(span, label)
                    .help("name a milestone that is reached under `from`, or leave `from` out")
            }
        };
        self.report(diagnostic);
    }
}
