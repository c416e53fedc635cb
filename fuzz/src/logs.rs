//! Rows of a log in CSV: whatever they are, each is told at its line, and what is read runs.

use std::sync::LazyLock;

use cjoc::compile;
use cjoc::dryrun::log;
use cjoc::engine::Engine;
use cjoc::model::Model;
use cjoc::source::MemoryFiles;

use crate::events;

const MANIFEST: &str = "name: logs\nedition: 2026\ntimezone: Europe/Paris\n";

const WORKSPACE: &str = r#"
traveler: guest
key: user
identities: [user]
profile: { user: string | null, city: string | null }
---
connection: store
uses: std/webhook
types:
  Place: { city: string, zip: string | null }
events:
  visited:
    fields:
      pages: int
      rate: double | null
      seen: timestamp | null
      stay: duration | null
      device: pc | phone | null
      known: bool | null
      place: Place | null
      tags: list(string) = []
    update: { city: event.?place.?city.orValue("") }
  left: {}
log:
  decimal: ","
  absent: [NULL]
  type: what
  events: { v: visited, l: left }
  others: skip
  time: [day, clock]
  subject: who
  id: [who, nr]
  fields:
    pages: { column: nr, empty: 1, values: { many: 99 } }
    rate: a
    seen: { column: b, format: "%d.%m.%Y %H:%M" }
    stay: a
    device: a
    known: b
    place.city: c
    tags: c
---
journey: stay
traveler: guest
start: { on: store.visited, when: event.pages > 1 }
milestones: { here: { enter: { on: store.visited, when: event.?rate.orValue(0.0) > 1.0 } } }
end: [{ on: store.left, outcome: gone }, { after: 1d, outcome: late }]
"#;

/// The first line of every file.
const HEAD: &[u8] = b"what,day,clock,who,nr,a,b,c\n";

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let files: MemoryFiles = [("cjoc.yaml", MANIFEST), ("a.yaml", WORKSPACE)]
        .into_iter()
        .collect();
    let outcome = compile::check(&files).expect("memory can be listed");
    let messages: Vec<_> = outcome.diagnostics.iter().map(|it| &it.message).collect();
    outcome.model.unwrap_or_else(|| panic!("{messages:?}"))
});

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(&MODEL).expect("it links"));

pub fn run(data: &[u8]) {
    let log = MODEL.connections.iter().find_map(|it| it.logs.first());
    let log = log.expect("the connection has a log");
    let bytes = [HEAD, data].concat();
    let mut samples = Vec::new();
    let mut last = 1;
    let read = log::read("l.csv", log, &MODEL, &*bytes, &mut |sample| {
        let line = sample.place.strip_prefix("l.csv:").expect("its file");
        let line: u64 = line.parse().expect("its line");
        assert!(line > last, "rows are told in their order");
        last = line;
        samples.push(sample);
    });
    let skipped = read.expect("the columns are there");
    let lines = bytes
        .iter()
        .filter(|byte| matches!(byte, b'\n' | b'\r'))
        .count()
        + 1;
    assert!(last <= lines as u64, "the line is one of the file");
    assert!(
        samples.len() + skipped.rows <= lines,
        "a row is a line at least"
    );
    events::show(&MODEL, &ENGINE, samples);
}
