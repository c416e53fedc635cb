//! The trace of a dry run for people: what each traveler went through, told in the order of time.
//!
//! Records go in as they came; travelers come out one after the other, in the order in which they
//! were first met, each under one heading, whatever names they had on the way.

mod reasons;
mod story;
mod words;

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::text::{clean, count, duration, wrap};
use super::{Ink, Look, asserted};
use crate::dryrun::why::Conditions;
use crate::engine::Record;
use story::{Story, stories};
use words::{Line, Scope};

/// The whole timeline; empty without records.
///
/// Where somebody listened, what happened comes with the conditions that it hung on.
pub fn render<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    conditions: &Conditions,
    look: Look,
) -> String {
    let records: Vec<&Record> = records.into_iter().collect();
    let mut out = String::new();
    for story in stories(&records) {
        if !out.is_empty() {
            out.push('\n');
        }
        write_story(&mut out, &story, conditions, look);
    }
    if !out.is_empty() {
        let _ = writeln!(out, "\n{}", look.paint(Ink::Faint, "All times are UTC."));
    }
    out
}

fn write_story(out: &mut String, story: &Story<'_>, conditions: &Conditions, look: Look) {
    let _ = writeln!(out, "{}", look.paint(Ink::Title, &story.title));
    let mut day = None;
    let mut before: Option<Timestamp> = None;
    let mut at = 0;
    while let Some(first) = story.records.get(at) {
        let moment = first.time;
        let together = story.records[at..]
            .iter()
            .take_while(|record| record.time == moment)
            .count();
        let zoned = moment.to_zoned(TimeZone::UTC);
        // What is no event has no time, and where nothing else has one it comes at the epoch.
        if moment == Timestamp::UNIX_EPOCH {
            let _ = writeln!(out, "  {}", look.paint(Ink::Strong, "At no time"));
        } else if day != Some(zoned.date()) {
            write_day(out, &zoned, before, look);
            day = Some(zoned.date());
        }
        let lines = words::lines(&story.records[at..at + together], conditions);
        write_moment(out, &zoned, &lines, look);
        before = Some(moment);
        at += together;
    }
}

/// "Tue 3 Mar 2026 · 1 day later".
fn write_day(out: &mut String, day: &Zoned, before: Option<Timestamp>, look: Look) {
    let date = day.strftime("%a %-d %b %Y").to_string();
    let later = before.map(|before| {
        let days = (day.date() - before.to_zoned(TimeZone::UTC).date()).get_days();
        format!(" · {} later", count(days.unsigned_abs() as usize, "day"))
    });
    let _ = writeln!(
        out,
        "  {}{}",
        look.paint(Ink::Strong, &date),
        look.paint(Ink::Faint, &later.unwrap_or_default())
    );
}

/// What happened at one instant: the time beside the first line, sessions under their journey.
fn write_moment(out: &mut String, time: &Zoned, lines: &[Line], look: Look) {
    let mut clock = clock(time);
    let mut scope = Scope::Traveler;
    for line in lines {
        if line.scope != scope {
            if let Scope::Session { .. } = line.scope {
                let head = look.paint(Ink::Help, &line.scope.to_string());
                let _ = writeln!(out, "    {clock:8}  {head}");
                clock.clear();
            }
            scope = line.scope.clone();
        }
        write_line(out, &clock, line, look);
        clock.clear();
    }
}

fn write_line(out: &mut String, clock: &str, line: &Line, look: Look) {
    let indent = match line.scope {
        Scope::Traveler => 0,
        Scope::Session { .. } => 2,
    };
    let rest = " ".repeat(TEXT + indent + 2);
    let text = format!("{} {}", line.symbol, clean(&line.text));
    let body = wrap(
        &text,
        look.columns().max(TEXT + 20),
        &rest[..TEXT + indent],
        &rest,
    );
    // Colours come last, so that they do not count as columns.
    let body = body.trim_end().trim_start();
    let body = match line.ink {
        Some(ink) => body
            .lines()
            .map(|part| {
                let blank = part.len() - part.trim_start().len();
                format!("{}{}", &part[..blank], look.paint(ink, &part[blank..]))
            })
            .collect::<Vec<_>>()
            .join("\n"),
        None => body.to_owned(),
    };
    let _ = writeln!(out, "    {clock:8}  {}{body}", " ".repeat(indent));
    if let Some(shown) = &line.shown {
        out.push_str(&asserted::draw(shown, &rest, look));
    }
    if let Some(quote) = &line.quote {
        let quote = wrap(
            &format!("“{}”", clean(quote)),
            look.columns().max(TEXT + 20),
            &rest,
            &rest,
        );
        for part in quote.lines() {
            let blank = part.len() - part.trim_start().len();
            let _ = writeln!(
                out,
                "{}{}",
                &part[..blank],
                look.paint(Ink::Message, &part[blank..])
            );
        }
    }
}

/// Where the text of a line begins, behind the clock.
const TEXT: usize = 14;

/// `18:00`, with seconds where there are any.
fn clock(time: &Zoned) -> String {
    let format = if time.second() == 0 {
        "%H:%M"
    } else {
        "%H:%M:%S"
    };
    time.strftime(format).to_string()
}

/// "Tue 3 Mar 18:00 (in 1d)", with the year where it is another.
fn moment(time: Timestamp, from: Timestamp) -> String {
    let (zoned, now) = (time.to_zoned(TimeZone::UTC), from.to_zoned(TimeZone::UTC));
    let date = if zoned.date() == now.date() {
        String::new()
    } else if zoned.year() == now.year() {
        zoned.strftime("%a %-d %b ").to_string()
    } else {
        zoned.strftime("%a %-d %b %Y ").to_string()
    };
    let wait = time.duration_since(from);
    format!("{date}{} (in {})", clock(&zoned), duration(wait))
}

#[cfg(test)]
mod tests;
