//! What a deployment does, for people: a line a journey, why sessions stay or end, the sum.

use std::fmt::Write as _;

use super::{Ink, Look};
use crate::deploy::{Answer, Change, Counts, Fated, JourneyAnswer};
use crate::model::Status;

/// The answer, as lines.
pub fn answer(answer: &Answer, dry_run: bool, look: Look) -> String {
    let mut text = String::new();
    let width = (answer.journeys.iter().map(|it| it.journey.chars().count()))
        .max()
        .unwrap_or(0);
    for journey in &answer.journeys {
        line(&mut text, journey, width, look);
    }
    if !answer.journeys.is_empty() {
        text.push('\n');
    }
    for note in &answer.notes {
        let head = look.paint(Ink::Help, "note:");
        let _ = writeln!(text, "{head} {note}");
    }
    for reason in &answer.refused {
        let head = look.paint(Ink::Error, "refused:");
        let _ = writeln!(text, "{head} {reason}");
    }
    let sessions = sessions(answer.total());
    let sum = match (answer.is_refused(), answer.deployed) {
        (true, _) => format!("Nothing was changed. It would be: {sessions}."),
        (false, true) => format!("Plan {} runs: {sessions}.", short(&answer.plan)),
        (false, false) if dry_run => {
            format!(
                "Nothing was changed. With plan {}: {sessions}.",
                short(&answer.plan)
            )
        }
        (false, false) => format!("Nothing was changed: {sessions}."),
    };
    text.push_str(&look.paint(Ink::Strong, &sum));
    text.push('\n');
    text
}

/// The first digits of a hash tell plans apart well enough.
fn short(plan: &str) -> &str {
    plan.get(..12).unwrap_or(plan)
}

fn line(text: &mut String, journey: &JourneyAnswer, width: usize, look: Look) {
    let (mark, ink) = match journey.change {
        Change::New => ("+", Ink::Good),
        Change::Same => (" ", Ink::Faint),
        Change::Changed => ("~", Ink::Warning),
        Change::Gone => ("-", Ink::Error),
    };
    let status = match journey.status {
        Some(Status::Shadow) => ", in shadow",
        Some(Status::Paused) => ", paused",
        Some(Status::Hypothetical) => ", hypothetical",
        Some(Status::Live) | None => "",
    };
    let change = match journey.change {
        Change::New => "new",
        Change::Same => "the same",
        Change::Changed => "changed",
        Change::Gone => "gone",
    };
    let name = format!("{:width$}", journey.journey);
    let counts = sessions(journey.sessions);
    let _ = writeln!(
        text,
        "  {} {}  {change}{status}: {counts}",
        look.paint(ink, mark),
        look.paint(Ink::Strong, &name),
    );
    if journey.change != Change::Same && journey.milestones.len() > 1 {
        for it in &journey.milestones {
            let counts = sessions(it.sessions);
            let _ = writeln!(text, "      in `{}`: {counts}", it.milestone);
        }
    }
    for why in &journey.why {
        let (count, reason) = (why.sessions, &why.reason);
        let does = match (why.fate, &why.outcome, count) {
            (Fated::Stay, _, 1) => "1 stays".to_owned(),
            (Fated::Stay, _, _) => format!("{count} stay"),
            (Fated::End, outcome, _) => {
                let ends = if count == 1 { "ends" } else { "end" };
                let outcome = outcome.as_deref().unwrap_or("end");
                format!("{count} {ends} with `{outcome}`")
            }
        };
        let _ = writeln!(text, "      {does}: {reason}");
    }
    for reason in &journey.cannot_stay {
        let _ = writeln!(text, "      as it was it cannot run: {reason}");
    }
}

fn sessions(counts: Counts) -> String {
    let mut parts = Vec::new();
    for (count, one, many) in [
        (counts.same, "goes on", "go on"),
        (counts.moves, "moves", "move"),
        (
            counts.stay,
            "stays on the journey as it was",
            "stay on the journey as it was",
        ),
        (counts.end, "ends", "end"),
    ] {
        match count {
            0 => {}
            1 => parts.push(format!("1 session {one}")),
            count => parts.push(format!("{count} sessions {many}")),
        }
    }
    if parts.is_empty() {
        return "no sessions".to_owned();
    }
    parts.join(", ")
}
