//! Triggers and the like as parts of a sentence.

use crate::model::{Expr, Journey, Occurrence, On, Reentry, Since, Trigger};
use crate::render::text::duration;

/// How often a journey may be travelled.
pub(in crate::render) fn reentry(journey: &Journey) -> String {
    match journey.reentry {
        Reentry::Never => "once".to_owned(),
        Reentry::Always => "again and again".to_owned(),
        Reentry::After { wait, since } => {
            let since = match since {
                Since::End => "the end",
                Since::Start => "the start",
            };
            format!("again {} after {since} of the last", duration(wait))
        }
    }
}

/// `on shop.review_read when event.x == 1`, `after 3d`, `as soon as traveler.vip`.
pub(in crate::render) fn sentence(trigger: &Trigger) -> String {
    let when = condition(trigger.when.as_ref());
    match &trigger.on {
        On::Any(occurrences) => {
            let names: Vec<String> = occurrences.iter().map(occurrence).collect();
            format!("on {}{when}", names.join(" or "))
        }
        On::After(time) => format!("after {}{when}", duration(*time)),
        On::Every(time) => format!("every {}{when}", duration(*time)),
        On::Schedule { cron, .. } => format!("on the schedule {cron}{when}"),
        On::Condition => match &trigger.when {
            Some(when) => format!("as soon as {}", when.cel),
            None => "at once".to_owned(),
        },
    }
}

/// What happened, as a part of a sentence.
fn occurrence(occurrence: &Occurrence) -> String {
    match occurrence {
        Occurrence::Event(name) => name.to_string(),
        Occurrence::Start => "the start".to_owned(),
        Occurrence::End => "the end".to_owned(),
        Occurrence::Milestone(name) => format!("reaching {name}"),
        Occurrence::SegmentEntered(name) => format!("joining the segment {name}"),
        Occurrence::SegmentLeft(name) => format!("leaving the segment {name}"),
        Occurrence::JourneyStarted(name) => format!("the start of {name}"),
        Occurrence::JourneyEnded(name) => format!("the end of {name}"),
    }
}

/// ` when event.x == 1`.
pub(super) fn condition(when: Option<&Expr>) -> String {
    when.map_or(String::new(), |when| format!(" when {}", when.cel))
}
