//! What happened, as expectations: a scenario, its records and its text go in, the edits come out
//! after which it holds.
//!
//! Only what differs is touched: a value is replaced where it stands, what did not happen goes,
//! what happened earlier moves up, and the rest of the file stays as it is, byte for byte. An empty
//! `expect` takes all that happened. It is for review: nobody knows here what was meant.

use serde_json::Value;

use super::data::fits;
use super::expect::{Wanted, details};
use crate::cel::format_timestamp;
use crate::engine::{ActionKind, Engine, Record, What};
use crate::source::TextRange;
use crate::syntax::ast::{Content, ContentKind, Scenario};

/// Text in place of other text; offsets are of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub range: TextRange,
    pub text: String,
}

/// The edits, in the order of the file; none where all holds.
pub(super) fn update(
    engine: &Engine,
    scenario: &Scenario,
    records: &[Record],
    text: &str,
) -> Vec<Edit> {
    if scenario.expect.is_empty() {
        return all(engine, scenario, records, text);
    }
    let cloud_type = |name: &str| engine.cloud_type(name).map(ToString::to_string);
    let mut edits = Vec::new();
    // Where each expectation that has its place in the order was met.
    let mut met: Vec<(usize, TextRange)> = Vec::new();
    let mut from = 0;
    for written in &scenario.expect {
        let wanted = Wanted::new(written, cloud_type);
        let before = from;
        if wanted.check(records, &mut from).is_none() {
            if from > before {
                met.push((from - 1, written.span.range));
            }
            continue;
        }
        let range = written.span.range;
        if let (Some(times), false) = (&written.times, written.not) {
            let count = records
                .iter()
                .filter(|record| wanted.matches(record))
                .count();
            edits.push(Edit {
                range: times.span.range,
                text: count.to_string(),
            });
            continue;
        }
        let like =
            |record: &&Record| wanted.is_of_kind(&record.what) && wanted.is_named(&record.what);
        let later = records[from..].iter().position(|record| like(&record));
        let earlier = records[..from]
            .iter()
            .rposition(|record| wanted.matches(record));
        match (written.not, later, earlier) {
            (false, Some(at), _) => {
                let at = from + at;
                differences(&wanted, &records[at], &mut edits);
                met.push((at, range));
                from = at + 1;
            }
            (false, None, Some(at)) => {
                edits.push(removed(text, range));
                let behind = met.iter().find(|(index, _)| *index > at);
                if let Some((_, next)) = behind {
                    edits.extend(inserted(text, range, *next));
                }
            }
            _ => edits.push(removed(text, range)),
        }
    }
    let kept = scenario.expect.len() > edits.iter().filter(|edit| edit.text.is_empty()).count();
    if !kept {
        return all(engine, scenario, records, text);
    }
    // Stable: what is put before an entry stands before what changes in it.
    edits.sort_by_key(|edit| edit.range.start);
    edits
}

/// The text after the edits, which do not overlap.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let range = edit.range.as_usize();
        if range.start < at {
            continue;
        }
        out.push_str(&text[at..range.start]);
        out.push_str(&edit.text);
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// What of an expectation is not as it came, each where it stands.
fn differences(wanted: &Wanted<'_>, record: &Record, edits: &mut Vec<Edit>) {
    let written = wanted.written;
    let mut put = |range: TextRange, text: String| edits.push(Edit { range, text });
    let (with, value, reason) = details(&record.what);
    if let Some(at) = &written.at
        && at.value != record.time
    {
        put(at.span.range, format_timestamp(record.time));
    }
    if let (Some(expected), Some(actual)) = (&written.reason, reason)
        && !actual.starts_with(&*expected.value)
    {
        let short = actual.split(':').next().unwrap_or(actual);
        put(expected.span.range, scalar(&Value::from(short)));
    }
    if let (Some(expected), Some(actual)) = (&written.traveler, &record.traveler)
        && *expected.value != **actual
    {
        put(expected.span.range, scalar(&Value::from(&**actual)));
    }
    for (name, content) in &written.with {
        let actual = with.and_then(|with| with.get(&*name.text));
        deeper(content, actual.unwrap_or(&Value::Null), &mut put);
    }
    if let Some(content) = &written.value {
        deeper(content, value.unwrap_or(&Value::Null), &mut put);
    }
}

/// The smallest values that differ.
fn deeper(written: &Content, actual: &Value, put: &mut dyn FnMut(TextRange, String)) {
    if fits(&written.json(), actual) {
        return;
    }
    match (&written.kind, actual) {
        (ContentKind::Map(entries), Value::Object(actual)) => {
            for (name, content) in entries {
                deeper(
                    content,
                    actual.get(&*name.text).unwrap_or(&Value::Null),
                    put,
                );
            }
        }
        (ContentKind::List(items), Value::Array(actual)) if items.len() == actual.len() => {
            for (item, actual) in items.iter().zip(actual) {
                deeper(item, actual, put);
            }
        }
        _ => put(written.span.range, scalar(actual)),
    }
}

/// An entry that did not happen goes, with its line or its comma.
fn removed(text: &str, range: TextRange) -> Edit {
    let at = range.as_usize();
    let line = text[..at.start].rfind('\n').map_or(0, |end| end + 1);
    let rest = &text[at.end..];
    let range = if text[line..at.start].trim() == "-" {
        let end = rest.find('\n').map_or(text.len(), |end| at.end + end + 1);
        line..end
    } else if let Some(comma) = rest
        .find(',')
        .filter(|comma| rest[..*comma].trim().is_empty())
    {
        let after = &rest[comma + 1..];
        let blank = after.len() - after.trim_start_matches(' ').len();
        at.start..at.end + comma + 1 + blank
    } else {
        let before = text[..at.start].trim_end();
        before.strip_suffix(',').map_or(at.start, str::len)..at.end
    };
    Edit {
        range: TextRange::new(range.start as u32, range.end as u32),
        text: String::new(),
    }
}

/// The same entry before another one; entries in a flow list stay where they are.
fn inserted(text: &str, range: TextRange, before: TextRange) -> Option<Edit> {
    let at = before.start as usize;
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let lead = &text[line..at];
    let entry = text.get(range.as_usize())?;
    let text = match lead.trim() {
        "-" => format!("{lead}{entry}\n"),
        _ => return None,
    };
    Some(Edit {
        range: TextRange::new(line as u32, line as u32),
        text,
    })
}

/// All that happened, in place of a list that is empty.
fn all(engine: &Engine, scenario: &Scenario, records: &[Record], text: &str) -> Vec<Edit> {
    let mut list = String::new();
    for entry in records.iter().filter_map(|record| entry(engine, record)) {
        list.push_str("\n  - ");
        list.push_str(&entry);
    }
    if list.is_empty() {
        return Vec::new();
    }
    let at = scenario.expect_at.range.as_usize();
    // An empty list, or nothing at all behind the colon.
    let start = text[..at.start].trim_end().len();
    let end = if text[start..at.start].contains('\n') && at.is_empty() {
        start
    } else {
        let written = text[..at.end].trim_end().len();
        written.max(start)
    };
    vec![Edit {
        range: TextRange::new(start as u32, end as u32),
        text: list,
    }]
}

/// A record as an expectation, in the form in which most are written; none where it is a detail.
fn entry(engine: &Engine, record: &Record) -> Option<String> {
    let (kind, name) = match &record.what {
        What::ActionEmitted(action) if action.kind == ActionKind::Send => ("send", &action.name),
        What::ActionEmitted(action) => ("call", &action.name),
        What::ActionSuppressed(action) => ("suppressed", &action.name),
        What::ActionDeferred(action) => ("deferred", &action.name),
        What::EventEmitted { name, .. } => ("emit", engine.event_name(name).unwrap_or(name)),
        What::EventRejected { name, .. } => ("rejected", engine.event_name(name).unwrap_or(name)),
        What::EventDuplicate { name, .. } => ("duplicate", engine.event_name(name).unwrap_or(name)),
        What::MilestoneEntered { name } => ("milestone", name),
        What::RuleFired { name } => ("rule", name),
        What::SegmentEntered { name } => ("segment", name),
        What::SessionEnded { outcome } => ("end", outcome),
        _ => return None,
    };
    let (with, _, reason) = details(&record.what);
    let mut parts = vec![format!("{kind}: {}", scalar(&Value::from(&**name)))];
    if let Some(Value::Object(with)) = with
        && !with.is_empty()
    {
        let pairs = with.iter().filter(|(_, value)| !value.is_null());
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{}: {}", scalar(&Value::from(&**name)), scalar(value)))
            .collect();
        parts.push(format!("with: {{ {} }}", pairs.join(", ")));
    }
    if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
        let short = reason.split(':').next().unwrap_or(reason);
        parts.push(format!("reason: {}", scalar(&Value::from(short))));
    }
    parts.push(format!("at: {}", format_timestamp(record.time)));
    Some(format!("{{ {} }}", parts.join(", ")))
}

/// A value in YAML; text without quotes where every reader reads text.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let special = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | ' ');
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(word)
        && !special.contains(&text.to_ascii_lowercase().as_str())
}
