//! Records into sentences.

use std::fmt;

use super::super::Ink;
use super::super::text::{arguments, value};
use super::{moment, reasons};
use crate::dryrun::why::{Assertion, Conditions};
use crate::engine::{Action, ActionKind, Record, WaitEnd, What};

/// Whose line it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Traveler,
    Session { journey: String, label: String },
}

impl Scope {
    fn of(record: &Record) -> Self {
        let Some(journey) = &record.journey else {
            return Self::Traveler;
        };
        let key = record.key.as_ref().map(|key| format!(" {}", value(key)));
        let session = record.session.map(|number| format!(", session {number}"));
        Self::Session {
            journey: journey.to_string(),
            label: format!("{}{}", key.unwrap_or_default(), session.unwrap_or_default()),
        }
    }
}

/// "backpack, session 1".
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Traveler => Ok(()),
            Self::Session { journey, label } => write!(f, "{journey}{label}"),
        }
    }
}

/// A line of the timeline.
pub(super) struct Line {
    pub(super) scope: Scope,
    pub(super) symbol: &'static str,
    pub(super) text: String,
    /// Said aloud in the next line: a message's subject.
    pub(super) quote: Option<String>,
    pub(super) ink: Option<Ink>,
    /// A condition that was looked at, with the values of its parts.
    pub(super) shown: Option<Assertion>,
}

/// The lines of one instant. What belongs together is said together.
pub(super) fn lines(records: &[&Record], conditions: &Conditions) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut at = 0;
    while let Some(record) = records.get(at) {
        if let What::Why(why) = &record.what {
            if let Some(mut line) = reasons::line_of(why, &records[at + 1..], conditions) {
                line.scope = Scope::of(record);
                lines.push(line);
            }
            at += 1;
            continue;
        }
        let scope = Scope::of(record);
        let same: Vec<&What> = records[at..]
            .iter()
            .take_while(|next| Scope::of(next) == scope)
            .map(|next| &next.what)
            .collect();
        let (taken, mut line) = together(&same).unwrap_or_else(|| (1, one(record)));
        line.scope = scope;
        lines.push(line);
        at += taken;
    }
    lines
}

/// How many of the first records make one line, and the line; none where the first stands alone.
fn together(records: &[&What]) -> Option<(usize, Line)> {
    if let [
        What::MilestoneLeft { name: left },
        What::MilestoneEntered { name: entered },
        ..,
    ] = records
    {
        let text = format!("reaches {entered} (from {left})");
        return Some((2, line("●", text, Some(Ink::Good))));
    }
    let pairs = |pick: fn(&What) -> Option<String>| {
        records
            .iter()
            .map_while(|what| pick(what))
            .collect::<Vec<_>>()
    };
    let profile = pairs(|what| match what {
        What::ProfileChanged { name, value: new } => Some(format!("{name} = {}", value(new))),
        _ => None,
    });
    if !profile.is_empty() {
        let text = format!("profile: {}", profile.join(", "));
        return Some((profile.len(), line("·", text, None)));
    }
    let variables = pairs(|what| match what {
        What::VariableSet { name, value: new } => Some(format!("{name} = {}", value(new))),
        _ => None,
    });
    if !variables.is_empty() {
        let text = format!("notes {}", variables.join(", "));
        return Some((variables.len(), line("·", text, None)));
    }
    None
}

fn one(record: &Record) -> Line {
    let now = record.time;
    match &record.what {
        What::EventIgnored { name, reason, .. } => line(
            "·",
            because(
                format!("{name} comes and changes nothing"),
                // What the sentence says already.
                Some(&**reason)
                    .filter(|reason| **reason != *"nothing changed")
                    .unwrap_or(""),
            ),
            Some(Ink::Faint),
        ),
        What::EventDuplicate { name, id, .. } => line(
            "·",
            format!("{name} comes again (id {}) and is dropped", shorten(id)),
            Some(Ink::Faint),
        ),
        What::EventRejected { name, id, reason } => {
            // A row of a log without ids is called by its place.
            let place = (record.at.as_ref().map(ToString::to_string))
                .filter(|place| **place != **id)
                .map(|place| format!("({place})"));
            let event = [&**name, &**id, place.as_deref().unwrap_or_default()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .map(shorten)
                .collect::<Vec<_>>()
                .join(" ");
            let text = because(format!("rejected {event}"), reason);
            line("✗", text, Some(Ink::Error))
        }
        What::EventEmitted { name, with } => {
            line("↗", with_arguments(format!("emits {name}"), with), None)
        }
        What::TravelerCreated { name } => line("+", format!("first seen, as {name}"), None),
        What::TravelerMerged { name } => line(
            "+",
            format!("turns out to be the same as {name}: joined"),
            Some(Ink::Help),
        ),
        What::ProfileChanged { .. } | What::VariableSet { .. } => {
            // Said together, above.
            line("·", String::new(), None)
        }
        What::SegmentEntered { name } => line("+", format!("joins the segment {name}"), None),
        What::SegmentLeft { name } => line("-", format!("leaves the segment {name}"), None),
        What::PersonaChanged { name: Some(name) } => {
            line("+", format!("is now a {name} (persona)"), None)
        }
        What::PersonaChanged { name: None } => {
            line("-", "has no persona any more".to_owned(), None)
        }
        What::SessionStarted => line("▶", "starts".to_owned(), Some(Ink::Good)),
        What::SessionEnded { outcome } => line("■", format!("ends: {outcome}"), Some(Ink::Strong)),
        What::MilestoneEntered { name } => line("●", format!("reaches {name}"), Some(Ink::Good)),
        What::MilestoneLeft { name } => line("○", format!("leaves {name}"), None),
        What::RuleFired { name } => line("!", format!("rule {name} fires"), Some(Ink::Help)),
        What::BranchTaken {
            name,
            value: arm,
            scores,
        } => {
            let scores = match scores.as_slice() {
                [] => String::new(),
                scores => format!(" ({})", scored(scores)),
            };
            line("◇", format!("{name}: takes {}{scores}", value(arm)), None)
        }
        What::WaitStarted {
            until: Some(until), ..
        } => line(
            "…",
            format!("waits until {}", moment(*until, now)),
            Some(Ink::Faint),
        ),
        What::WaitStarted { until: None, .. } => line("…", "waits".to_owned(), Some(Ink::Faint)),
        What::WaitEnded { reason, .. } => {
            let text = match reason {
                WaitEnd::Time => "the wait is over",
                WaitEnd::Event => "what it waited for has come",
                WaitEnd::Timeout => "has waited in vain",
            };
            line("…", text.to_owned(), Some(Ink::Faint))
        }
        What::ActionEmitted(action) => emitted(action),
        What::ActionDeferred(action) => {
            let until = action.until.map(|until| moment(until, now));
            let text = format!(
                "{} is held back until {}",
                action_name(action),
                until.as_deref().unwrap_or("later")
            );
            line("…", because(text, reason(action)), Some(Ink::Warning))
        }
        What::ActionSuppressed(action) => {
            let done = match action.kind {
                ActionKind::Send => "sent",
                ActionKind::Call => "called",
            };
            let text = format!("{} is not {done}", action_name(action));
            line("✗", because(text, reason(action)), Some(Ink::Warning))
        }
        // Told with its condition, above.
        What::Why(_) => line("·", String::new(), None),
        What::PromiseMissed { name, reason } => line(
            "✗",
            because(
                "promise missed".to_owned(),
                format!("{name} {reason}").trim(),
            ),
            Some(Ink::Error),
        ),
        What::ConditionFailed { name, reason } => line(
            "✗",
            because(
                format!("{name}: the condition fails and counts as false"),
                reason,
            ),
            Some(Ink::Error),
        ),
    }
}

/// The offers that could be made, with three digits after the point at most.
fn scored(scores: &[(std::sync::Arc<str>, f64)]) -> String {
    let one = |(offer, score): &(_, f64)| {
        let digits = format!("{score:.3}");
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        format!("{offer} {digits}")
    };
    scores.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn emitted(action: &Action) -> Line {
    match action.kind {
        ActionKind::Send => {
            let message = action.message.as_ref();
            let to = message.map(|message| format!(" to {}", message.to));
            let text = format!("sends {}{}", action_name(action), to.unwrap_or_default());
            let mut line = line("✉", text, Some(Ink::Strong));
            line.quote = message.and_then(|message| {
                let text = message.subject.as_deref().or(message.body.as_deref())?;
                text.lines()
                    .find(|line| !line.trim().is_empty())
                    .map(str::to_owned)
            });
            line
        }
        ActionKind::Call => {
            let text = format!("calls {}", action_name(action));
            line("→", with_arguments(text, &action.with), Some(Ink::Strong))
        }
    }
}

/// `discount_mail by email`.
fn action_name(action: &Action) -> String {
    match &action.channel {
        Some(channel) => format!("{} by {channel}", action.name),
        None => action.name.to_string(),
    }
}

fn reason(action: &Action) -> &'static str {
    action.reason.map_or("", crate::engine::Reason::as_str)
}

/// What a stranger sent may be of any length; what tells events apart stands at the front.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

fn because(text: String, reason: &str) -> String {
    if reason.is_empty() {
        text
    } else {
        format!("{text}: {reason}")
    }
}

fn with_arguments(text: String, with: &serde_json::Value) -> String {
    let arguments = arguments(with);
    if arguments.is_empty() {
        text
    } else {
        format!("{text} with {arguments}")
    }
}

pub(super) fn line(symbol: &'static str, text: String, ink: Option<Ink>) -> Line {
    Line {
        scope: Scope::Traveler,
        symbol,
        text,
        quote: None,
        ink,
        shown: None,
    }
}
