//! What comes to the door of the runtime: whatever it is, it is events, or is told what is wrong,
//! in one line.
//!
//! The first line is the content type and headers, `NAME=VALUE` after `;`; the rest is the body.

use cjoc::runtime::door::events::{self, Body, MAX_BATCH};

pub fn run(data: &[u8]) {
    let at = data.iter().position(|byte| *byte == b'\n');
    let (head, body) = at.map_or((data, &[][..]), |at| (&data[..at], &data[at + 1..]));
    let Ok(head) = std::str::from_utf8(head) else {
        return;
    };
    let mut parts = head.split(';');
    let media = parts.next();
    let headers: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('=')).collect();
    let header = |name: &str| headers.iter().find(|it| it.0 == name).map(|it| it.1);
    let now = jiff::Timestamp::UNIX_EPOCH;
    let read = match events::read(media, header, body, now) {
        Ok(Body::One(event)) => vec![event],
        Ok(Body::Batch(events)) => events,
        Err(problem) => {
            assert!((400..500).contains(&problem.status), "{problem:?}");
            let json: serde_json::Value =
                serde_json::from_slice(&problem.to_json()).expect("a problem is JSON");
            assert!(json["detail"].as_str().is_some_and(|it| !it.contains('\n')));
            return;
        }
    };
    assert!(read.len() <= MAX_BATCH);
    for event in read {
        match event {
            Ok(event) => assert!(!event.id.is_empty() && event.id.len() <= 1024),
            Err(refused) => assert!(!refused.reason.contains('\n'), "{}", refused.reason),
        }
    }
}
