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
    // Which go from where they stand.
    let mut gone: Vec<usize> = Vec::new();
    let mut from = 0;
    for (place, written) in scenario.expect.iter().enumerate() {
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
                gone.push(place);
                let behind = met.iter().find(|(index, _)| *index > at);
                if let Some((_, next)) = behind {
                    edits.extend(inserted(text, range, *next));
                }
            }
            _ => gone.push(place),
        }
    }
    if gone.len() == scenario.expect.len() {
        return all(engine, scenario, records, text);
    }
    let entries: Vec<TextRange> = scenario.expect.iter().map(|it| it.span.range).collect();
    edits.extend(removed(text, &entries, &gone));
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

/// Entries go, each with its line or its comma.
fn removed(text: &str, entries: &[TextRange], gone: &[usize]) -> Vec<Edit> {
    let cut = |start: u32, end: u32| Edit {
        range: TextRange::new(start, end),
        text: String::new(),
    };
    let kept = (0..entries.len()).rfind(|place| !gone.contains(place));
    let mut edits = Vec::new();
    for place in gone {
        let range = entries[*place];
        if let Some(line) = line_of(text, range) {
            let rest = &text[range.end as usize..];
            let end = rest.find('\n').map_or(rest.len(), |end| end + 1);
            edits.push(cut(line as u32, range.end + end as u32));
        } else if kept.is_some_and(|kept| kept > *place) {
            edits.push(cut(range.start, entries[place + 1].start));
        }
    }
    // Behind the last one that stays in a flow list the rest goes as a whole, so that no comma stays.
    if let (Some(kept), Some(last)) = (kept, entries.last())
        && kept + 1 < entries.len()
        && line_of(text, *last).is_none()
    {
        edits.push(cut(entries[kept].end, last.end));
    }
    edits
}

/// Where the line of an entry begins that has its line to itself; none in a flow list.
fn line_of(text: &str, entry: TextRange) -> Option<usize> {
    let at = entry.start as usize;
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    (text[line..at].trim() == "-").then_some(line)
}

/// The same entry before another one.
fn inserted(text: &str, range: TextRange, before: TextRange) -> Option<Edit> {
    let entry = text.get(range.as_usize())?;
    let (at, text) = match line_of(text, before) {
        Some(line) => {
            let lead = &text[line..before.start as usize];
            (line as u32, format!("{lead}{entry}\n"))
        }
        None => (before.start, format!("{entry}, ")),
    };
    Some(Edit {
        range: TextRange::new(at, at),
        text,
    })
}

/// All that happened, in place of a list that is empty.
fn all(engine: &Engine, scenario: &Scenario, records: &[Record], text: &str) -> Vec<Edit> {
    let entries = records.iter().filter_map(|record| entry(engine, record));
    let entries: Vec<String> = entries.collect();
    if entries.is_empty() {
        return Vec::new();
    }
    // In a document that is a flow map, a block list would end it.
    let in_flow = text[scenario.span.range.as_usize()].starts_with('{');
    let list = if in_flow {
        format!(" [\n    {}\n  ]", entries.join(",\n    "))
    } else {
        format!("\n  - {}", entries.join("\n  - "))
    };
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
