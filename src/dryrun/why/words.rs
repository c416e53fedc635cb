//! What stood in the way, in words.

use super::answer::{Moment, Reason};
use super::story::{Occasion, Stay};
use super::target::{Site, SiteKind};
use crate::cel::{format_duration, format_timestamp};
use crate::engine::Hindrance;
use crate::model::Occurrence;

/// Where the session stands is not where the trigger is in force.
pub(super) fn wrong_milestone(site: &Site<'_>, stay: &Stay<'_>) -> Option<String> {
    match &site.what {
        SiteKind::Enter(trigger) => {
            let from = &trigger.from;
            let here = from.iter().any(|name| **name == *stay.milestone);
            (!here).then(|| {
                format!(
                    "the session is in {}, and it can be entered only from {}",
                    stay.milestone,
                    from.join(" or ")
                )
            })
        }
        SiteKind::Rule(_, Some(milestone)) => (*milestone != stay.milestone).then(|| {
            format!(
                "the session is in {}, and the rule holds in {milestone}",
                stay.milestone
            )
        }),
        _ => None,
    }
}

/// What happened, with the id of an event.
pub(super) fn occasion(it: &Occasion<'_>) -> String {
    match it.id {
        Some(id) if matches!(it.what, Occurrence::Event(_)) => format!("{} ({id})", named(it.what)),
        _ => named(it.what),
    }
}

/// As it is written behind `on:`.
pub(super) fn named(what: &Occurrence) -> String {
    match what {
        Occurrence::Event(name) => name.to_string(),
        Occurrence::Start => "start".to_owned(),
        Occurrence::End => "end".to_owned(),
        Occurrence::Milestone(name) => format!("milestone.{name}"),
        Occurrence::SegmentEntered(name) => format!("segment.{name}.entered"),
        Occurrence::SegmentLeft(name) => format!("segment.{name}.left"),
        Occurrence::JourneyStarted(name) => format!("journey.{name}.started"),
        Occurrence::JourneyEnded(name) => format!("journey.{name}.ended"),
    }
}

/// A moment with what held back what had matched.
pub(super) fn hindrance(moment: Moment, by: Hindrance) -> Moment {
    let (reason, text, remedy) = match by {
        Hindrance::Paused => (
            Reason::Paused,
            "the journey is paused: nothing starts".to_owned(),
            Some("`status: live`".to_owned()),
        ),
        Hindrance::Running => (
            Reason::Running,
            "a session is running, and `while_active` is ignore".to_owned(),
            Some("`while_active: restart`, or a `key` that tells sessions apart".to_owned()),
        ),
        Hindrance::Reentry { from: None } => (
            Reason::Reentry,
            "there was a session before, and `reentry` is never".to_owned(),
            Some("`reentry: always`, or `{ after: … }`".to_owned()),
        ),
        Hindrance::Reentry { from: Some(from) } => (
            Reason::Reentry,
            format!(
                "`reentry` lets it start only from {} on",
                format_timestamp(from)
            ),
            moment.time.map(|time| {
                let later = format_duration(from.duration_since(time));
                format!("the same {later} later")
            }),
        ),
        Hindrance::Decided => (
            Reason::Decided,
            "another `end` or `enter` matched before it: the first one counts".to_owned(),
            None,
        ),
        Hindrance::Moved => (
            Reason::Moved,
            "it matched, but a rule or step before it had moved the session".to_owned(),
            None,
        ),
    };
    Moment {
        reason,
        text,
        remedy,
        ..moment
    }
}
