//! What the engine tells to those who listen, as lines of the timeline: the event that came, the
//! conditions that were looked at, what held back what had matched.

use super::super::Ink;
use super::words::{Line, line};
use crate::cel::format_timestamp;
use crate::dryrun::why::{Assertion, Condition, Conditions, Owner};
use crate::engine::{Hindrance, Looked, Record, What, Why};
use crate::model::Occurrence;

/// The line, or none where nothing came of it that is worth one. `after`: what comes next.
pub(super) fn line_of(why: &Why, after: &[&Record], conditions: &Conditions) -> Option<Line> {
    match why {
        Why::Occurred {
            journey: None,
            what: Occurrence::Event(name),
            id,
            ..
        } => {
            let id = id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
            Some(line("»", format!("{name}{id}"), Some(Ink::Title)))
        }
        Why::Occurred { .. } | Why::Reached { .. } => None,
        Why::Looked(looked) => {
            let condition = conditions.at(&looked.at)?;
            if !tells(condition, looked, after) {
                return None;
            }
            let (_, assertion) = conditions.assertion(looked)?;
            Some(look(condition, assertion))
        }
        Why::Hindered { at, by } => {
            let why = hindered(*by);
            let why = match (by, conditions.trigger_at(at)) {
                // Where it stands, another one is told of.
                (Hindrance::Decided, Some(name)) => format!("{name}: {why}"),
                _ => why,
            };
            Some(line("✗", why, Some(Ink::Faint)))
        }
    }
}

fn look(condition: &Condition, assertion: Assertion) -> Line {
    let says = match (condition.of, assertion.holds) {
        (Owner::Segment | Owner::Persona, true) => "its condition holds now",
        (Owner::Segment | Owner::Persona, false) => "its condition does not hold any more",
        (_, true) => "its condition holds",
        (_, false) => "its condition does not hold",
    };
    let ink = (!assertion.holds).then_some(Ink::Faint);
    let mut line = line("?", format!("{}: {says}", condition.name), ink);
    line.shown = Some(assertion);
    line
}

/// Whether a person wants to see it: what is looked at over and over only when something came of
/// it.
fn tells(condition: &Condition, looked: &Looked, after: &[&Record]) -> bool {
    let next = after.iter().map(|record| &record.what);
    let mut next = next.filter(|what| !matches!(what, What::Why(_)));
    match condition.of {
        Owner::Segment => matches!(
            next.next(),
            Some(What::SegmentEntered { name } | What::SegmentLeft { name })
                if condition.name.strip_prefix("segment ") == Some(name)
        ),
        Owner::Persona => {
            looked.holds
                && matches!(next.next(), Some(What::PersonaChanged { name: Some(name) })
                if condition.name.strip_prefix("persona ") == Some(name))
        }
        _ if condition.alone => {
            looked.holds
                && match condition.of {
                    Owner::Start => next.any(|what| matches!(what, What::SessionStarted)),
                    Owner::Rule => next.any(|what| {
                        matches!(what, What::RuleFired { name }
                        if condition.name.strip_prefix("rule ") == Some(name))
                    }),
                    Owner::Enter => next.any(|what| {
                        matches!(what, What::MilestoneEntered { name }
                        if condition.name.strip_prefix("entering ") == Some(name))
                    }),
                    Owner::Wait => next.any(|what| matches!(what, What::WaitEnded { .. })),
                    _ => next.any(|what| matches!(what, What::SessionEnded { .. })),
                }
        }
        _ => true,
    }
}

/// Why something whose condition held did not happen.
fn hindered(by: Hindrance) -> String {
    match by {
        Hindrance::Paused => "it does not start: the journey is paused".to_owned(),
        Hindrance::Running => "it does not start again: a session is running".to_owned(),
        Hindrance::Reentry { from: None } => {
            "it does not start again: `reentry` is never".to_owned()
        }
        Hindrance::Reentry { from: Some(from) } => format!(
            "it does not start again: `reentry` lets it only from {} on",
            format_timestamp(from)
        ),
        Hindrance::Decided => {
            "passed over: another `end` or `enter` has matched before it".to_owned()
        }
        Hindrance::Moved => {
            "it does not move the session: this event has moved it already".to_owned()
        }
    }
}
