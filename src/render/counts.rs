//! A dry run in numbers.

use std::fmt::Write as _;

use super::text::count;
use super::{Ink, Look};
use crate::dryrun::Counts;

/// As one JSON object, with a line end.
pub fn json(counts: Counts) -> String {
    let mut text = serde_json::to_string(&counts).expect("numbers are always JSON");
    text.push('\n');
    text
}

/// A few lines, the most important first; what did not happen is left out.
pub fn human(counts: Counts, look: Look) -> String {
    let mut out = String::new();
    let mut line = |head: &str, parts: &[(usize, &str, Ink)]| {
        let told: Vec<String> = parts
            .iter()
            .filter(|(number, ..)| *number > 0)
            .map(|(number, what, ink)| {
                // `1 session started`, `2 sessions started`.
                let what = match number {
                    1 => what.replacen("s ", " ", 1),
                    _ => (*what).to_owned(),
                };
                look.paint(*ink, &format!("{number} {what}"))
            })
            .collect();
        let tail = if told.is_empty() {
            String::new()
        } else {
            format!(": {}", told.join(", "))
        };
        let _ = writeln!(out, "{head}{tail}");
    };
    line(
        &count(counts.events, "event"),
        &[
            (counts.rejected, "rejected", Ink::Error),
            (counts.duplicates, "sent twice", Ink::Warning),
            (counts.ignored, "without effect", Ink::Faint),
            (counts.left_out, "later than `--until`", Ink::Faint),
        ],
    );
    if counts.skipped > 0 {
        line(&format!("{} skipped", count(counts.skipped, "row")), &[]);
    }
    line(
        &count(
            counts.travelers - counts.merged.min(counts.travelers),
            "traveler",
        ),
        &[
            (counts.sessions_started, "sessions started", Ink::Good),
            (counts.sessions_ended, "ended", Ink::Strong),
            (counts.promises_missed, "promises missed", Ink::Error),
        ],
    );
    line(
        &count(counts.messages + counts.calls + counts.suppressed, "action"),
        &[
            (counts.messages, "sent", Ink::Good),
            (counts.calls, "called", Ink::Good),
            (counts.deferred, "deferred", Ink::Warning),
            (counts.suppressed, "suppressed", Ink::Warning),
        ],
    );
    if counts.pending > 0 {
        let _ = writeln!(out, "{} still to come", count(counts.pending, "timer"));
    }
    if counts.conditions_failed > 0 {
        let failed = count(counts.conditions_failed, "condition");
        let _ = writeln!(
            out,
            "{} failed and counted as false",
            look.paint(Ink::Error, &failed)
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_happen_is_left_out() {
        let counts = Counts {
            events: 3,
            duplicates: 1,
            travelers: 2,
            merged: 1,
            sessions_started: 1,
            messages: 1,
            pending: 2,
            ..Counts::default()
        };
        assert_eq!(
            human(counts, Look::plain()),
            "3 events: 1 sent twice\n1 traveler: 1 session started\n1 action: 1 sent\n\
             2 timers still to come\n"
        );
    }
}
