//! Sample events: `CloudEvents` 1.0 as JSON, one a line or in an array; what is no event is kept,
//! with the reason, so that it can be told and counted.
//!
//! Bytes go in, entries in the order of the input come out. Payloads are not looked at.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::document::Document;
use crate::cel::parse_timestamp;
use crate::engine::Incoming;

/// What one place of a sample file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// `events.jsonl:3`.
    pub place: Arc<str>,
    pub content: Result<Envelope, Bad>,
}

/// An event as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    pub id: Arc<str>,
    pub source: Arc<str>,
    /// The `CloudEvents` type.
    pub name: Arc<str>,
    pub time: Timestamp,
    pub subject: Option<Arc<str>>,
    /// The payload; `null` where there is none.
    pub data: Value,
}

impl From<Envelope> for Incoming {
    /// It is handled at its own time.
    fn from(event: Envelope) -> Self {
        Self {
            id: event.id,
            source: event.source,
            cloud_type: event.name,
            time: event.time,
            subject: event.subject,
            data: event.data,
            arrives: None,
        }
    }
}

/// No event, and why; what could be read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    pub name: Arc<str>,
    pub id: Arc<str>,
    pub time: Option<Timestamp>,
    /// `invalid JSON: …`, `invalid event: …`, `invalid payload: …` or `bad time`.
    pub reason: String,
}

impl Bad {
    fn new(reason: String) -> Self {
        Self {
            name: "".into(),
            id: "".into(),
            time: None,
            reason,
        }
    }
}

/// Values of a file that are no events: with more of them it is no log. Each is told.
pub(super) const MAX_BAD: usize = 500_000;

/// Reads a file. An empty one holds no events.
pub fn read(file: &str, bytes: &[u8]) -> Vec<Sample> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        read_array(file, bytes)
    } else {
        read_lines(file, bytes)
    }
}

fn sample(file: &str, line: usize, content: Result<Envelope, Bad>) -> Sample {
    Sample {
        place: format!("{file}:{line}").into(),
        content,
    }
}

fn read_lines(file: &str, bytes: &[u8]) -> Vec<Sample> {
    bytes
        .split(|byte| *byte == b'\n')
        .enumerate()
        .filter_map(|(index, line)| read_line(file, index + 1, line))
        .collect()
}

/// Reads one line. A blank one holds no event.
pub(super) fn read_line(file: &str, number: usize, line: &[u8]) -> Option<Sample> {
    if line.trim_ascii().is_empty() {
        return None;
    }
    Some(sample(file, number, read_event(line)))
}

/// What one line that is not blank holds.
pub(super) fn read_event(line: &[u8]) -> Result<Envelope, Bad> {
    serde_json::from_slice::<Document>(line)
        .map_err(|error| not_json(&error, 0))
        .and_then(envelope)
}

/// Element by element, so that each has its line, and one that is no event does not hide others.
fn read_array(file: &str, bytes: &[u8]) -> Vec<Sample> {
    let mut samples = Vec::new();
    let line_at = |at: usize| bytes[..at].split(|byte| *byte == b'\n').count();
    let blank = |at: usize| at + bytes[at..].len() - bytes[at..].trim_ascii_start().len();
    let broken = |at: usize, what: &str| {
        let reason = format!("invalid JSON: {what}");
        sample(file, line_at(at.min(bytes.len())), Err(Bad::new(reason)))
    };
    let mut at = blank(0) + 1;
    let mut lines = Lines { at: 0, line: 1 };
    let mut bad = 0;
    loop {
        at = blank(at);
        match bytes.get(at) {
            Some(b']') if samples.is_empty() || !after_comma(bytes, at) => {
                if blank(at + 1) < bytes.len() {
                    samples.push(broken(blank(at + 1), "something follows the array"));
                }
                return samples;
            }
            None => {
                samples.push(broken(at, "the array is not closed"));
                return samples;
            }
            Some(_) => {}
        }
        if bad > MAX_BAD {
            samples.push(broken(
                at,
                "so many values are no events that the rest is not read",
            ));
            return samples;
        }
        let line = lines.advance(bytes, at);
        let mut stream = serde_json::Deserializer::from_slice(&bytes[at..]).into_iter::<Document>();
        match stream.next() {
            Some(Ok(document)) => {
                let content = envelope(document);
                bad += usize::from(content.is_err());
                samples.push(sample(file, line, content));
            }
            Some(Err(error)) => {
                // It counts lines and columns from where the value begins.
                let before = bytes[..at].iter().rev();
                let indent = match error.line() {
                    0 | 1 => before.take_while(|byte| **byte != b'\n').count(),
                    _ => 0,
                };
                let mut bad = not_json(&error, indent);
                bad.reason.push_str("; the rest of the array is not read");
                let line = line + error.line().saturating_sub(1);
                samples.push(sample(file, line, Err(bad)));
                return samples;
            }
            None => return samples,
        }
        at = blank(at + stream.byte_offset());
        match bytes.get(at) {
            Some(b',') => at += 1,
            Some(b']') | None => {}
            Some(_) => {
                samples.push(broken(at, "a comma is missing between two events"));
                return samples;
            }
        }
    }
}

/// Whether the last thing before `at` is a comma.
fn after_comma(bytes: &[u8], at: usize) -> bool {
    bytes[..at].trim_ascii_end().last() == Some(&b',')
}

/// Counts lines once over the whole text.
struct Lines {
    at: usize,
    line: usize,
}

impl Lines {
    fn advance(&mut self, bytes: &[u8], to: usize) -> usize {
        self.line += bytes[self.at..to].split(|byte| *byte == b'\n').count() - 1;
        self.at = to;
        self.line
    }
}

/// `indent`: how many columns stand before the value.
fn not_json(error: &serde_json::Error, indent: usize) -> Bad {
    // The line within the value says nothing: the place is told already.
    let text = error.to_string();
    let (what, column) = (text.split(" at line ").next(), indent + error.column());
    Bad::new(format!(
        "invalid JSON: {} at column {column}",
        what.unwrap_or(&text)
    ))
}

/// An event as JSON has it.
pub fn envelope(document: Document) -> Result<Envelope, Bad> {
    let ambiguous = document.ambiguous();
    let in_data = (document.repeated.as_deref())
        .is_some_and(|path| path.starts_with("data.") || path.starts_with("data["));
    let Value::Object(mut map) = document.value else {
        return Err(Bad::new("invalid event: not an object".to_owned()));
    };
    let text = |map: &Map<String, Value>, key: &str| -> Option<Arc<str>> {
        map.get(key).and_then(Value::as_str).map(Arc::from)
    };
    let time = text(&map, "time").map(|time| parse_timestamp(&time));
    let bad = |map: &Map<String, Value>, reason: String| Bad {
        name: text(map, "type").unwrap_or_default(),
        id: text(map, "id").unwrap_or_default(),
        time: time.and_then(Result::ok),
        reason,
    };
    if let Some(what) = ambiguous {
        let part = if in_data { "payload" } else { "event" };
        return Err(bad(&map, format!("invalid {part}: {what}")));
    }
    if map.get("specversion").and_then(Value::as_str) != Some("1.0") {
        let found = match map.get("specversion") {
            None => "`specversion` is missing".to_owned(),
            Some(other) => format!("`specversion` is {other}, not \"1.0\""),
        };
        return Err(bad(&map, format!("invalid event: {found}")));
    }
    for key in ["id", "source", "type"] {
        let problem = match map.get(key) {
            None | Some(Value::Null) => "is missing",
            Some(Value::String(text)) if text.is_empty() => "is empty",
            Some(Value::String(_)) => continue,
            Some(_) => "is not a string",
        };
        return Err(bad(&map, format!("invalid event: `{key}` {problem}")));
    }
    let Some(Ok(at)) = time else {
        let why = match (map.get("time"), &time) {
            (None | Some(Value::Null), _) => "`time` is missing".to_owned(),
            (_, Some(Err(why))) => (*why).to_owned(),
            _ => "it is not a string".to_owned(),
        };
        return Err(bad(&map, format!("bad time: {why}")));
    };
    if !matches!(
        map.get("subject"),
        None | Some(Value::Null | Value::String(_))
    ) {
        return Err(bad(
            &map,
            "invalid event: `subject` is not a string".to_owned(),
        ));
    }
    if map.contains_key("data_base64") {
        let reason = "invalid event: `data_base64` is not read; send `data` as JSON";
        return Err(bad(&map, reason.to_owned()));
    }
    Ok(Envelope {
        id: text(&map, "id").unwrap_or_default(),
        source: text(&map, "source").unwrap_or_default(),
        name: text(&map, "type").unwrap_or_default(),
        time: at,
        subject: text(&map, "subject"),
        data: map.remove("data").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"specversion":"1.0","id":"e-1","source":"shop","type":"shop.x","time":"2026-03-02T18:00:00Z","subject":"v-1","data":{"a":1}}"#;

    fn told(text: &[u8]) -> Vec<String> {
        read("e.jsonl", text)
            .into_iter()
            .map(|sample| match sample.content {
                Ok(event) => format!("{} {}", sample.place, event.id),
                Err(bad) => format!("{} {}", sample.place, bad.reason),
            })
            .collect()
    }

    #[test]
    fn lines_and_arrays_hold_the_same_events() {
        let lines = format!("\n{GOOD}\r\n\n{GOOD}");
        assert_eq!(told(lines.as_bytes()), ["e.jsonl:2 e-1", "e.jsonl:4 e-1"]);
        let array = format!("\u{FEFF}\n[\n{GOOD},\n\n{GOOD}\n]\n");
        assert_eq!(told(array.as_bytes()), ["e.jsonl:3 e-1", "e.jsonl:5 e-1"]);
        assert_eq!(told(b""), [""; 0]);
        assert_eq!(told(b" [ ] "), [""; 0]);
    }

    #[test]
    fn in_an_array_what_is_no_json_is_told_at_its_own_line_and_column() {
        let place = |text: &str| told(text.as_bytes()).pop();
        assert_eq!(
            place(&format!("[\n{GOOD},\n  {{\"id\":\n   x }},\n{GOOD}]")).as_deref(),
            Some(
                "e.jsonl:4 invalid JSON: expected value at column 4; the rest of the array is not \
                 read"
            )
        );
        assert_eq!(
            place("[  x]").as_deref(),
            Some(
                "e.jsonl:1 invalid JSON: expected value at column 4; the rest of the array is not \
                 read"
            )
        );
    }

    #[test]
    fn what_is_no_event_is_told_with_its_line_and_the_others_run() {
        let table = [
            ("{", "invalid JSON: EOF while parsing an object at column 1"),
            ("7", "invalid event: not an object"),
            (r#"{"id":"x"}"#, "invalid event: `specversion` is missing"),
            (
                &GOOD.replace(r#""id":"#, r#""id":"e-0","id":"#),
                "invalid event: `id` is there twice, and either may be meant; send it once",
            ),
            (
                &GOOD.replace(r#"{"a":1}"#, r#"{"a":1,"b":[{"c":1,"c":1}]}"#),
                "invalid payload: `data.b[0].c` is there twice, and either may be meant; send it once",
            ),
            (
                &GOOD.replace("1.0", "0.3"),
                r#"invalid event: `specversion` is "0.3", not "1.0""#,
            ),
            (
                &GOOD.replace(r#""id":"e-1","#, ""),
                "invalid event: `id` is missing",
            ),
            (
                &GOOD.replace(r#""e-1""#, "7"),
                "invalid event: `id` is not a string",
            ),
            (
                &GOOD.replace(r#""shop""#, r#""""#),
                "invalid event: `source` is empty",
            ),
            (
                &GOOD.replace(r#""v-1""#, "{}"),
                "invalid event: `subject` is not a string",
            ),
            (
                &GOOD.replace(r#""data":{"a":1}"#, r#""data_base64":"e30=""#),
                "invalid event: `data_base64` is not read; send `data` as JSON",
            ),
            (
                &GOOD.replace("2026-03-02T18:00:00Z", "yesterday"),
                "bad time: it must look like `2026-03-02T18:00:00Z`",
            ),
            (
                &GOOD.replace("\"time\"", "\"when\""),
                "bad time: `time` is missing",
            ),
        ];
        for (line, reason) in table {
            let text = format!("{line}\n{GOOD}\n");
            assert_eq!(
                told(text.as_bytes()),
                [format!("e.jsonl:1 {reason}"), "e.jsonl:2 e-1".to_owned()],
                "{line}"
            );
        }
    }

    #[test]
    fn a_broken_array_keeps_what_stands_before() {
        let table = [
            (format!("[{GOOD}"), "the array is not closed"),
            (format!("[{GOOD},]"), "expected value"),
            (format!("[{GOOD} {GOOD}]"), "a comma is missing"),
            (format!("[{GOOD}] {GOOD}"), "something follows"),
            (format!("[{GOOD}, nul]"), "expected"),
        ];
        for (text, reason) in table {
            let told = told(text.as_bytes());
            assert_eq!(told[0], "e.jsonl:1 e-1", "{text}");
            assert!(told[1].contains(reason), "{told:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_and_deep_nesting_are_bad_events() {
        assert!(told(b"\"\xff\"")[0].contains("invalid JSON"));
        assert!(told("{\"a\":".repeat(100_000).as_bytes())[0].contains("invalid JSON"));
        assert!(told("[".repeat(100_000).as_bytes())[0].contains("invalid JSON"));
    }
}
