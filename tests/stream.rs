//! Logs that are counted as they are read: what kind of log that is possible with, and that it does
//! not matter where the pieces of a long one end.

use std::io::{self, Read};
use std::path::Path;

use cjoc::compile;
use cjoc::dryrun::{self, Counts, samples};
use cjoc::engine::Engine;
use cjoc::source::OsFiles;

fn shop() -> (Engine, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let events = std::fs::read_to_string(root.join("events.jsonl")).expect("it has events");
    let outcome = compile::check(&OsFiles::new(root)).expect("the example is there");
    let engine = Engine::new(&outcome.model.expect("the example compiles")).expect("it links");
    (engine, events)
}

fn count(engine: &Engine, log: &str, threads: usize) -> Option<Counts> {
    dryrun::count(engine, &mut log.as_bytes(), None, threads).expect("memory can be read")
}

fn known(engine: &Engine, log: &str) -> Counts {
    dryrun::run(engine, samples::read("e", log.as_bytes()), None).counts
}

#[test]
fn only_lines_in_the_order_of_time_are_counted_as_they_are_read() {
    let (engine, log) = shop();
    let lines: Vec<&str> = log.lines().collect();
    let (first, last) = (lines[0], lines[lines.len() - 1]);
    for other in [
        String::new(),
        " \n".to_owned(),
        format!("[{}]", lines.join(",")),
        format!("{last}\n{first}\n"),
        "id,source\n1,shop\n".to_owned(),
        format!("{{}}\n{first}\n"),
    ] {
        assert_eq!(count(&engine, &other, 1), None, "{other}");
        assert_eq!(count(&engine, &other, 2), None, "{other}");
    }
    for lines in [
        format!("{first}\n{last}"),
        format!("\u{FEFF}\n {first}\r\n\n{last}\n"),
    ] {
        assert_eq!(
            count(&engine, &lines, 1),
            Some(known(&engine, &lines)),
            "{lines}"
        );
    }
}

/// The events of the example again and again, each time later and of others, with a line that is
/// longer than a piece.
fn long(events: &str) -> String {
    let mut log = String::new();
    for round in 0..60 {
        for line in events.lines() {
            let mut event: serde_json::Value = serde_json::from_str(line).expect("an event");
            let time: jiff::Timestamp = event["time"]
                .as_str()
                .expect("a time")
                .parse()
                .expect("one");
            event["time"] = (time + jiff::SignedDuration::from_hours(24 * 400 * round))
                .to_string()
                .into();
            event["id"] = format!("{}-{round}", event["id"]).into();
            event["padding"] = "x".repeat(if round == 30 { 700_000 } else { 3_000 }).into();
            log.push_str(&event.to_string());
            log.push('\n');
            if round == 30 {
                return log + &long_rest(events);
            }
        }
    }
    log
}

fn long_rest(events: &str) -> String {
    let mut last: serde_json::Value =
        serde_json::from_str(events.lines().next().unwrap_or_default()).expect("an event");
    last["time"] = "2099-01-01T00:00:00Z".into();
    let lines = (0..400).map(|id| {
        last["id"] = id.to_string().into();
        last.to_string()
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn it_does_not_matter_where_pieces_end() {
    let (engine, events) = shop();
    let log = long(&events);
    assert!(log.len() > 1_500_000, "{}", log.len());
    let known = known(&engine, &log);
    for threads in 1..4 {
        assert_eq!(count(&engine, &log, threads), Some(known));
    }
}

/// A stream that breaks off.
struct Broken<'a>(&'a [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Err(io::Error::other("the disk is gone"));
        }
        self.0.read(into)
    }
}

#[test]
fn a_stream_that_breaks_off_is_an_error() {
    let (engine, events) = shop();
    let log = long(&events);
    for threads in [1, 2] {
        let counted = dryrun::count(&engine, &mut Broken(log.as_bytes()), None, threads);
        assert_eq!(
            counted.expect_err("it breaks off").to_string(),
            "the disk is gone"
        );
    }
}

#[test]
fn a_key_that_is_there_twice_is_rejected_wherever_it_stands() {
    let (engine, log) = shop();
    let lines: Vec<&str> = log.lines().collect();
    let first = lines[0];
    let data = first.find(r#""data":{"#).expect("it has data") + r#""data":{"#.len();
    let field = &first[data..];
    let field = &field[..=field.find(',').expect("it has several fields")];
    for (at, added) in [
        (1, r#""id":"another","#.to_owned()),
        (1, r#""tenant":1,"tenant":1,"#.to_owned()),
        (1, r#""tenant":{"a":[{"b":1,"b":1}]},"#.to_owned()),
        (data, field.to_owned()),
        (data, r#""hint":1,"hint":1,"#.to_owned()),
        (data, r#""hint":{"a":{},"a":{}},"#.to_owned()),
    ] {
        let (before, behind) = first.split_at(at);
        let log = format!("{before}{added}{behind}\n{}\n", lines[1..].join("\n"));
        let known = known(&engine, &log);
        let streamed = count(&engine, &log, 1);
        assert!(streamed.is_none_or(|it| it == known), "{added}");
        let told = dryrun::run(&engine, samples::read("e", log.as_bytes()), None);
        let rejected = format!("{:?}", told.records);
        assert!(rejected.contains("is there twice"), "{added}");
    }
}
