//! `CloudEvents` over HTTP: a content type, headers and a body go in; events, or what is wrong with
//! each, come out. Structured, batch and binary mode. Nothing is handled here.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::{Map, Value};

use super::problem::Problem;
use crate::dryrun::document::{Document, below};
use crate::dryrun::samples::{self, Envelope};
use crate::engine::Incoming;

/// The longest body.
pub const MAX_BODY: usize = 4 << 20;

/// How many events a batch may have.
pub const MAX_BATCH: usize = 10_000;

/// The longest `id`, `source`, `type` and `subject`.
pub(super) const MAX_NAME: usize = 1024;

/// What a body holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    One(Result<Incoming, Refused>),
    Batch(Vec<Result<Incoming, Refused>>),
}

/// An event that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub id: Arc<str>,
    pub reason: String,
}

/// Reads a request; `header` gives the value of a header by its name in lower case. An event
/// without a time is of this time: it has come now.
pub fn read<'a>(
    content_type: Option<&str>,
    header: impl Fn(&str) -> Option<&'a str>,
    body: &[u8],
    now: Timestamp,
) -> Result<Body, Problem> {
    let media = media(content_type);
    match &*media {
        "application/cloudevents+json" => Ok(Body::One(read_one(parse(body)?, now))),
        "application/cloudevents-batch+json" => {
            let events: Vec<Document> = parse(body)?;
            if events.len() > MAX_BATCH {
                return Err(too_many());
            }
            let events = events.into_iter().map(|it| read_one(it, now));
            Ok(Body::Batch(events.collect()))
        }
        "application/x-ndjson" | "application/jsonl" => read_lines(body, now),
        _ if header("ce-specversion").is_some() => read_binary(&media, header, body, now),
        _ => Err(Problem::new(
            415,
            "unknown content type",
            "events come as `application/cloudevents+json`, as \
             `application/cloudevents-batch+json`, as lines of `application/x-ndjson`, or as `application/json` with their attributes \
             in `ce-…` headers",
        )),
    }
}

/// What kind of body it is.
pub(super) fn media(content_type: Option<&str>) -> String {
    let media = content_type.unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    media.to_ascii_lowercase()
}

/// An event a line, as in a file of sample events: a line that is no JSON spoils no other.
fn read_lines(body: &[u8], now: Timestamp) -> Result<Body, Problem> {
    let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let lines: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).collect();
    if lines.len() > MAX_BATCH {
        return Err(too_many());
    }
    let read = lines.into_iter().map(|line| {
        let event = serde_json::from_slice(line).map_err(|error| {
            // As `curl -d @FILE` sends it.
            let joined = line.windows(2).any(|pair| pair == b"}{");
            let hint = if joined {
                "; an event a line is due: with curl, by `--data-binary`"
            } else {
                ""
            };
            Refused {
                id: Arc::default(),
                reason: format!("invalid JSON: {error}{hint}"),
            }
        });
        read_one(event?, now)
    });
    Ok(Body::Batch(read.collect()))
}

fn too_many() -> Problem {
    let detail = format!("a batch may have {MAX_BATCH} events; send several");
    Problem::new(413, "batch too large", detail)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        // Any JSON is a document, so that a batch was due.
        Category::Data => Problem::new(400, "no batch", "a batch is a JSON array of events"),
        _ => Problem::new(400, "no JSON", format!("the body is no JSON: {error}")),
    })
}

pub(super) fn read_one(mut event: Document, now: Timestamp) -> Result<Incoming, Refused> {
    if let Value::Object(map) = &mut event.value
        && map.get("time").is_none_or(Value::is_null)
    {
        map.insert("time".to_owned(), now.to_string().into());
    }
    let event = samples::envelope(event).map_err(|bad| Refused {
        id: bad.id,
        reason: bad.reason,
    })?;
    bounded(event)
}

/// The same, unless one of its names is longer than any that is meant.
fn bounded(event: Envelope) -> Result<Incoming, Refused> {
    let names = [
        ("id", Some(&event.id)),
        ("source", Some(&event.source)),
        ("type", Some(&event.name)),
        ("subject", event.subject.as_ref()),
    ];
    for (name, text) in names {
        if text.is_some_and(|text| text.len() > MAX_NAME) {
            let reason = format!("invalid event: `{name}` is longer than {MAX_NAME} bytes");
            let id: String = event.id.chars().take(64).collect();
            let id = id.into();
            return Err(Refused { id, reason });
        }
    }
    Ok(event.into())
}

fn read_binary<'a>(
    media: &str,
    header: impl Fn(&str) -> Option<&'a str>,
    body: &[u8],
    now: Timestamp,
) -> Result<Body, Problem> {
    let json = media == "application/json" || media.ends_with("+json");
    let data = if body.trim_ascii().is_empty() {
        Document::default()
    } else if json {
        parse(body)?
    } else {
        return Err(Problem::new(
            415,
            "unknown content type",
            "the data of an event is JSON: `content-type: application/json`",
        ));
    };
    let mut event = Map::new();
    for name in ["specversion", "id", "source", "type", "time", "subject"] {
        if let Some(value) = header(&format!("ce-{name}")) {
            let Some(value) = decoded(value) else {
                return Err(Problem::new(
                    400,
                    "no event",
                    format!("the header `ce-{name}` is no text in UTF-8"),
                ));
            };
            event.insert(name.to_owned(), value.into());
        }
    }
    event.insert("data".to_owned(), data.value);
    let event = Document {
        value: Value::Object(event),
        repeated: data.repeated.map(|path| below("data", &path)),
    };
    Ok(Body::One(read_one(event, now)))
}

/// The value of a header: `%` and two hexadecimal digits stand for a byte of UTF-8.
pub(super) fn decoded(value: &str) -> Option<String> {
    let decoded = percent_decode_str(value).decode_utf8();
    decoded.ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-03-02T18:00:00Z";

    fn ask(media: &str, headers: &[(&str, &'static str)], body: &str) -> Result<Body, Problem> {
        let header = |name: &str| headers.iter().find(|it| it.0 == name).map(|it| it.1);
        read(
            Some(media),
            header,
            body.as_bytes(),
            NOW.parse().expect("it is a time"),
        )
    }

    #[test]
    fn the_three_modes_hold_the_same_event() {
        let event = r#"{"specversion":"1.0","id":"é-1","source":"shop","type":"shop.x","subject":"v 1","data":{"a":1}}"#;
        let one = ask("application/cloudevents+json; charset=utf-8", &[], event);
        let batch = ask(
            "application/cloudevents-batch+json",
            &[],
            &format!("[{event},{event}]"),
        );
        let headers = [
            ("ce-specversion", "1.0"),
            ("ce-id", "%C3%A9-1"),
            ("ce-source", "shop"),
            ("ce-type", "shop.x"),
            ("ce-subject", "v%201"),
        ];
        let binary = ask("application/json", &headers, r#"{"a":1}"#);
        let Ok(Body::One(Ok(read))) = &one else {
            panic!("{one:?}");
        };
        assert_eq!(read.time.to_string(), NOW);
        assert_eq!(read.subject.as_deref(), Some("v 1"));
        assert_eq!(one, binary);
        let twice = vec![Ok(read.clone()), Ok(read.clone())];
        assert_eq!(batch, Ok(Body::Batch(twice)));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let long = "x".repeat(2000);
        let table = [
            ("application/json", "{}".to_owned(), "415"),
            ("text/plain", String::new(), "415"),
            (
                "application/cloudevents+json",
                "{".to_owned(),
                "400 the body is no JSON: EOF",
            ),
            (
                "application/cloudevents+json",
                "[".repeat(100_000),
                "400 the body is no JSON: recursion limit",
            ),
            (
                "application/cloudevents-batch+json",
                "{}".to_owned(),
                "400 a batch is",
            ),
            (
                "application/cloudevents-batch+json",
                format!("[{}]", vec!["1"; MAX_BATCH + 1].join(",")),
                "413",
            ),
            (
                "application/cloudevents+json",
                r#"{"specversion":"1.0"}"#.to_owned(),
                "invalid event: `id` is missing",
            ),
            (
                "application/cloudevents+json",
                format!(r#"{{"specversion":"1.0","id":"{long}","source":"s","type":"t"}}"#),
                "invalid event: `id` is longer than 1024 bytes",
            ),
            (
                "application/cloudevents+json",
                r#"{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"AA=="}"#
                    .to_owned(),
                "invalid event: `data_base64`",
            ),
            (
                "application/cloudevents+json",
                r#"{"specversion":"1.0","id":"1","id":"2","source":"s","type":"t"}"#.to_owned(),
                "invalid event: `id` is there twice",
            ),
            (
                "application/cloudevents+json",
                r#"{"specversion":"1.0","id":"1","source":"s","type":"t","time":"soon"}"#
                    .to_owned(),
                "bad time",
            ),
        ];
        for (media, body, told) in table {
            let text = match ask(media, &[], &body) {
                Err(problem) => format!("{} {}", problem.status, problem.detail),
                Ok(Body::One(Err(refused))) => refused.reason,
                other => panic!("{media} {other:?}"),
            };
            assert!(text.starts_with(told), "{text}");
        }
    }
}
