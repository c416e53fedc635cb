//! Rows: each is the event that the log makes of it, or is rejected with its line, its column and
//! the reason.

use serde_json::Value;

use crate::store;

/// Writes all that an event holds to the profile, where the trace shows it.
const EVENTS: &str = r"
  visited:
    fields:
      num: int
      x: double | null
      t: timestamp | null
      p: pc | phone | null
      s: string | null
      b: bool | null
      place: Place | null
      tags: list(string) = []
  left: {}
";

/// What comes of rows: `line time id subject` of each event with its payload, or the reason.
fn told(log: &str, rows: &str) -> Vec<String> {
    let workspace = store(EVENTS, log);
    workspace.write("log.csv", rows);
    let model = model(&workspace);
    let cjoc::model::Model { connections, .. } = &model;
    let log = connections
        .iter()
        .find_map(|connection| connection.logs.first())
        .expect("it has a log");
    let mut told = Vec::new();
    let skipped = cjoc::dryrun::log::read("log", log, &model, rows.as_bytes(), &mut |sample| {
        let place = &sample.place;
        told.push(match sample.content {
            Ok(event) => {
                let subject = event.subject.as_deref().unwrap_or("-");
                let (time, name, id) = (event.time, &event.name, &event.id);
                let data: Value = event.data;
                format!("{place} {time} {name} {id} {subject} {data}")
            }
            Err(bad) => format!("{place} [{}] {}", bad.name, bad.reason),
        });
    })
    .expect("the file has the columns");
    for (value, count) in skipped.values {
        told.push(format!("skipped {value} {count}"));
    }
    told
}

fn model(workspace: &crate::support::Workspace) -> cjoc::model::Model {
    let files = cjoc::source::OsFiles::new(workspace.path());
    let outcome = cjoc::compile::check(&files).expect("it can be read");
    let messages: Vec<_> = outcome.diagnostics.iter().map(|it| &it.message).collect();
    outcome.model.unwrap_or_else(|| panic!("{messages:?}"))
}

#[test]
fn rows_become_events_by_what_their_columns_hold() {
    let log = "
  type: what
  events: { v: visited, l: left }
  time: at
  subject: who
  id: nr
  fields: { num: num, s: note }";
    let rows = "nr,who,what,at,num,note,unused\n\
                1,u-1,v,2026-03-02 18:00:00,3,\"a \"\"b\"\", c\",\n\
                2,,l,2026-07-02T18:00:00Z,,,\n\
                \n\
                3, u-1 ,v,2026-03-02 19:00,4,,x\n";
    assert_eq!(
        told(log, rows),
        [
            r#"log:2 2026-03-02T17:00:00Z store.visited 1 u-1 {"num":3,"s":"a \"b\", c"}"#,
            "log:3 2026-07-02T18:00:00Z store.left 2 - {}",
            r#"log:5 2026-03-02T18:00:00Z store.visited 3 u-1 {"num":4}"#,
        ]
    );
}

#[test]
fn without_a_list_the_column_names_the_event() {
    let log = "\n  type: what\n  time: at\n  subject: what\n  fields: [num]";
    let rows = "what,at,num\nvisited,2026-03-02,1\nstore.left,2026-03-02,2\nlefft,2026-03-02,3\n";
    assert_eq!(
        told(log, rows),
        [
            r#"log:2 2026-03-01T23:00:00Z store.visited log:2 visited {"num":1}"#,
            "log:3 2026-03-01T23:00:00Z store.left log:3 store.left {}",
            "log:4 [lefft] unknown type",
        ]
    );
}

#[test]
fn a_log_of_one_event_needs_no_column_for_it() {
    let log = "
  event: visited
  delimiter: \";\"
  decimal: \",\"
  absent: [NULL, \"-\"]
  time: { column: [day, clock], format: \"%d.%m.%Y %H.%M\", zone: America/New_York }
  id: [who, day]
  subject: who
  fields:
    num: { column: num, empty: 7, values: { many: 99 } }
    x: x
    t: { column: t, format: unix_s }
    p: { column: p, values: { PC: pc, none: null } }
    b: { value: true }
    place.city: { value: Lyon }
    place.zip: zip
    tags: tags";
    let rows = "\u{feff}day;clock;who;num;x;t;p;zip;tags\r\n\
                02.03.2026;13.30;u-1;many;1,5;1772474400;PC;69001;\"[\"\"a\"\"]\"\r\n\
                02.03.2026;13.30;-;NULL;;-;none;;\r\n";
    assert_eq!(
        told(log, rows),
        [
            r#"log:2 2026-03-02T18:30:00Z store.visited u-1:02.03.2026 u-1 {"b":true,"num":99,"p":"pc","place":{"city":"Lyon","zip":"69001"},"t":"2026-03-02T18:00:00Z","tags":["a"],"x":1.5}"#,
            r#"log:3 2026-03-02T18:30:00Z store.visited -:02.03.2026 - {"b":true,"num":7,"place":{"city":"Lyon"}}"#,
        ]
    );
}

#[test]
fn a_bad_row_is_told_with_its_column_and_the_others_are_read() {
    let log = "
  type: what
  events: { v: visited }
  time: at
  id: nr
  subject: who
  fields: { num: num, x: amount, p: { column: device }, b: known, t: { column: seen }, tags: tags }";
    let head = "nr,who,what,at,num,amount,device,known,seen,tags\n";
    let good = "1,u,v,2026-03-02,1,,,,,\n";
    for (row, reason) in [
        (
            "1,u,v,2026-03-02,1",
            "[] invalid row: it has 5 cells, the first line has 10",
        ),
        (
            "1,u,v,\"2026-03-02,1,,,,,",
            "[] invalid row: a quote is never closed",
        ),
        (
            "1,u,v,\"2026-03-02\"x,1,,,,,",
            "[] invalid row: text follows a closing quote",
        ),
        ("1,u,x,2026-03-02,1,,,,,", "[x] unknown type"),
        (
            "1,u,v,yesterday,1,,,,,",
            "[store.visited] bad time: column `at`: `yesterday`: it must look like \
             `2026-03-02T18:00:00Z` or `2026-03-02 18:00:00`",
        ),
        (
            "1,u,v,2026-02-30,1,,,,,",
            "[store.visited] bad time: column `at`: `2026-02-30`: there is no such date or time",
        ),
        (
            " ,u,v,2026-03-02,1,,,,,",
            "[store.visited] invalid event: `id` is empty: column `nr`",
        ),
        (
            "1,u,v,2026-03-02,,,,,,",
            "[store.visited] invalid payload: column `num` is empty",
        ),
        (
            "1,u,v,2026-03-02,1.5,,,,,",
            "[store.visited] invalid payload: column `num`: `1.5` is no whole number within 64 bits",
        ),
        (
            "1,u,v,2026-03-02,1,\"12,50\",,,,",
            "[store.visited] invalid payload: column `amount`: `12,50` is not a number",
        ),
        (
            "1,u,v,2026-03-02,1,,Handy,,,",
            "[store.visited] invalid payload: column `device`: `Handy` is not one of `pc | phone`",
        ),
        (
            "1,u,v,2026-03-02,1,,,maybe,,",
            "[store.visited] invalid payload: column `known`: `maybe` is neither true nor false",
        ),
        (
            "1,u,v,2026-03-02,1,,,,12,",
            "[store.visited] invalid payload: column `seen`: `12` is no time: it must look like \
             `2026-03-02T18:00:00Z` or `2026-03-02 18:00:00`",
        ),
        (
            "1,u,v,2026-03-02,1,,,,,a|b",
            "[store.visited] invalid payload: column `tags`: `a|b` is no JSON",
        ),
    ] {
        let found = told(log, &format!("{head}{row}\n{good}"));
        assert_eq!(found[0], format!("log:2 {reason}"), "{row}");
        let rest = r#"log:3 2026-03-01T23:00:00Z store.visited 1 u {"num":1}"#;
        assert_eq!(found[1..], [rest], "{row}");
    }
}

#[test]
fn rows_of_no_event_are_left_out_where_the_log_says_so() {
    let log = "\n  type: what\n  events: [left]\n  others: skip\n  time: at\n  subject: what";
    let rows = "what,at\nhome,2026-03-02\nleft,2026-03-02\nhome,soon\n,\n";
    assert_eq!(
        told(log, rows),
        [
            "log:3 2026-03-01T23:00:00Z store.left log:3 left {}",
            "skipped  1",
            "skipped home 2",
        ]
    );
}
