//! The answer to `cjoc why-not`: for people, and as one JSON document.

use std::fmt::Write as _;

use serde::Serialize;

use super::text::{clean, count, wrap};
use super::{Ink, Look, asserted};
use crate::cel::format_timestamp;
use crate::dryrun::why::{Answer, Assertion, Change, Moment, Question, Reason};

/// Each moment with what stood in the way.
pub fn human(traveler: &str, question: &Question, answer: &Answer, look: Look) -> String {
    let title = format!(
        "{}: {} {}",
        clean(traveler),
        question.kind(),
        clean(question.name())
    );
    let mut out = format!("{}\n", look.paint(Ink::Title, &title));
    for moment in &answer.moments {
        out.push('\n');
        write_moment(&mut out, moment, look);
    }
    let _ = writeln!(out, "\n{}", summary(answer));
    out
}

/// "It happened once; 2 moments at which it did not."
fn summary(answer: &Answer) -> String {
    let happened = answer.happened();
    let never = (answer.moments.iter()).all(|it| it.time.is_none());
    let missed = answer.moments.len() - happened;
    match (happened, missed) {
        _ if never => "There was no moment at which it could have happened.".to_owned(),
        (0, missed) => format!("It never happened: {} stood in the way.", things(missed)),
        (happened, 0) => format!("It happened {}.", times(happened)),
        (happened, missed) => {
            format!(
                "It happened {}, and did not {}.",
                times(happened),
                times(missed)
            )
        }
    }
}

fn things(number: usize) -> String {
    if number == 1 {
        "one thing".to_owned()
    } else {
        format!("{number} things")
    }
}

fn times(number: usize) -> String {
    if number == 1 {
        "once".to_owned()
    } else {
        count(number, "time")
    }
}

fn write_moment(out: &mut String, moment: &Moment, look: Look) {
    let time = match moment.time {
        Some(time) => format_timestamp(time),
        None => "at no time".to_owned(),
    };
    let session = moment.session.map(|number| format!(", session {number}"));
    let head = [
        look.paint(Ink::Strong, &time),
        moment.occasion.as_deref().map(clean).unwrap_or_default(),
        look.paint(
            Ink::Help,
            &format!("{}{}", moment.journey, session.unwrap_or_default()),
        ),
    ];
    let head: Vec<String> = head.into_iter().filter(|part| !part.is_empty()).collect();
    let _ = writeln!(out, "  {}", head.join("  "));
    let (symbol, ink) = match moment.reason {
        Reason::Happened => ("✓", Ink::Good),
        Reason::Pending | Reason::Deferred => ("…", Ink::Warning),
        _ => ("✗", Ink::Error),
    };
    let text = wrap(&clean(&moment.text), look.columns(), "", "      ");
    let _ = write!(out, "    {} {text}", look.paint(ink, symbol));
    let at = match &moment.condition {
        Some((at, assertion)) => {
            out.push_str(&asserted::draw(assertion, "      ", look));
            at
        }
        None => &moment.at,
    };
    for line in remedies(moment) {
        let text = wrap(&clean(&line), look.columns(), "      ", "        ");
        out.push_str(&paint_lines(&text, Ink::Help, look));
    }
    let place = look.paint(Ink::Faint, &format!("at {}", clean(at)));
    let _ = writeln!(out, "      {place}");
}

/// What would have let it pass, a line each.
fn remedies(moment: &Moment) -> Vec<String> {
    let changes: Vec<String> = moment.changes.iter().map(Change::told).collect();
    let mut lines = Vec::new();
    if !changes.is_empty() {
        let verb = match moment.reason {
            Reason::NotTurned => "would have had to be false before",
            _ => "would have passed with",
        };
        lines.push(format!("{verb} {}", changes.join(", and ")));
    }
    if let Some(remedy) = &moment.remedy {
        let verb = match moment.reason {
            Reason::NotStarted | Reason::NeverCame => "",
            Reason::Pending => "see later: ",
            Reason::Condition | Reason::NotTurned => "and ",
            _ => "would have passed with ",
        };
        lines.push(format!("{verb}{remedy}"));
    }
    lines
}

fn paint_lines(text: &str, ink: Ink, look: Look) -> String {
    let paint = |line: &str| {
        let blank = line.len() - line.trim_start().len();
        format!("{}{}\n", &line[..blank], look.paint(ink, &line[blank..]))
    };
    text.lines().map(paint).collect()
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    traveler: &'a str,
    kind: &'a str,
    name: &'a str,
    happened: usize,
    moments: Vec<MomentItem<'a>>,
}

#[derive(Serialize)]
struct MomentItem<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    journey: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    occasion: Option<&'a str>,
    reason: &'a str,
    text: &'a str,
    at: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<ConditionItem<'a>>,
    changes: Vec<ChangeItem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
}

#[derive(Serialize)]
struct ConditionItem<'a> {
    cel: &'a str,
    holds: bool,
    at: &'a str,
    parts: Vec<PartItem<'a>>,
}

#[derive(Serialize)]
struct PartItem<'a> {
    text: &'a str,
    value: String,
}

#[derive(Serialize)]
struct ChangeItem<'a> {
    fact: &'a str,
    from: String,
    to: String,
}

/// The document, with a line end.
pub fn json(traveler: &str, question: &Question, answer: &Answer) -> String {
    let document = Document {
        version: 1,
        traveler,
        kind: question.kind(),
        name: question.name(),
        happened: answer.happened(),
        moments: answer.moments.iter().map(item).collect(),
    };
    let text = serde_json::to_string(&document);
    format!("{}\n", text.expect("strings and lists are always JSON"))
}

fn item(moment: &Moment) -> MomentItem<'_> {
    MomentItem {
        time: moment.time.map(format_timestamp),
        journey: &moment.journey,
        session: moment.session,
        occasion: moment.occasion.as_deref(),
        reason: moment.reason.as_str(),
        text: &moment.text,
        at: &moment.at,
        condition: moment.condition.as_ref().map(|(at, it)| condition(at, it)),
        changes: moment
            .changes
            .iter()
            .map(|change| ChangeItem {
                fact: &change.fact,
                from: change.from(),
                to: change.wanted(),
            })
            .collect(),
        remedy: moment.remedy.as_deref(),
    }
}

fn condition<'a>(at: &'a str, assertion: &'a Assertion) -> ConditionItem<'a> {
    ConditionItem {
        cel: &assertion.cel,
        holds: assertion.holds,
        at,
        parts: assertion
            .parts
            .iter()
            .map(|part| PartItem {
                text: assertion.cel.get(part.range.as_usize()).unwrap_or_default(),
                value: part.value(),
            })
            .collect(),
    }
}
