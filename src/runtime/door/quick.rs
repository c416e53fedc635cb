//! The quick way in: the events of a body straight from its bytes.
//!
//! An event that is out of the ordinary is read as [`super::events`] reads it, which comes to the
//! same and has words for what is wrong; a body that is out of the ordinary is left to it as a whole.

use jiff::Timestamp;
use memchr::{memchr2, memchr3};

use super::events::{MAX_BATCH, MAX_NAME, Refused, media, read_one};
use crate::engine::{Decoder, Engine, Incoming, Ready};

const ONE: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";
const LINES: [&str; 2] = ["application/x-ndjson", "application/jsonl"];

/// An event of a body.
pub(super) enum Event {
    Ready(Ready),
    /// It is still to be checked, or is none.
    Read(Result<Incoming, Refused>),
}

/// Whether a body of this kind is one event.
pub(super) fn is_single(content_type: Option<&str>) -> bool {
    media(content_type) == ONE
}

/// The events of a body, where it is in order. One without a time is of this time.
pub(super) fn read(
    engine: &Engine,
    content_type: Option<&str>,
    body: &[u8],
    now: Timestamp,
) -> Option<Vec<Event>> {
    let media = media(content_type);
    let body = std::str::from_utf8(body).ok()?;
    let mut decoder = Decoder::keeping_all(engine, now);
    let mut events = Vec::new();
    let mut take = |text: &str| -> Option<()> {
        let ready = decoder.decode(text).filter(|it| it.longest() <= MAX_NAME);
        events.push(match ready {
            Some(ready) => Event::Ready(ready),
            None => Event::Read(read_one(serde_json::from_str(text).ok()?, now)),
        });
        (events.len() <= MAX_BATCH).then_some(())
    };
    match &*media {
        ONE => take(body.trim_ascii())?,
        BATCH => {
            let mut rest = body.trim_ascii().strip_prefix('[')?;
            loop {
                let (event, behind) = rest.split_at(object(rest.as_bytes())?);
                take(event.trim_ascii_start())?;
                rest = behind.trim_ascii_start();
                if rest == "]" {
                    break;
                }
                rest = rest.strip_prefix(',')?;
            }
        }
        _ if LINES.contains(&&*media) => {
            let lines = body.split('\n').map(str::trim_ascii);
            lines.filter(|line| !line.is_empty()).try_for_each(take)?;
        }
        _ => return None,
    }
    Some(events)
}

/// Where the object ends that these bytes begin with, behind blanks; of what is JSON.
fn object(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_u32);
    loop {
        at += memchr3(b'"', b'{', b'}', bytes.get(at..)?)? + 1;
        match bytes[at - 1] {
            b'{' => depth += 1,
            b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => loop {
                at += memchr2(b'"', b'\\', bytes.get(at..)?)? + 1;
                if bytes[at - 1] == b'"' {
                    break;
                }
                at += 1;
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::object;

    #[test]
    fn an_object_ends_where_its_brace_is() {
        let rows = [
            ("{}", Some(2)),
            (r#" {"a":{"b":"}"}} , {"#, Some(16)),
            (r#"{"a":"\"}\\"},"#, Some(13)),
            (r#"{"a":"\"#, None),
            (r#"{"a":{}"#, None),
            ("}", None),
            ("1", None),
        ];
        for (text, end) in rows {
            assert_eq!(object(text.as_bytes()), end, "{text}");
        }
    }
}
