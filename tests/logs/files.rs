//! Files of events: which log reads which, what is packed, what cannot be read at all.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::store;
use crate::support::{Ran, Workspace};

const EVENTS: &str = "  visited: { fields: { page: string } }\n  left: {}";
const ROWS: &str = "what,at,who,page\nvisited,2026-03-02,u-1,home\nleft,2026-03-03,u-1,\n";
const LOG: &str = "  type: what\n  time: at\n  subject: who\n  fields: [page]";

fn workspace() -> Workspace {
    store(EVENTS, LOG)
}

fn plan(workspace: &Workspace, files: &[&str], input: &str) -> Ran {
    let mut arguments = vec!["plan", "--summary", "--format", "json", "--events"];
    arguments.extend(files);
    workspace.run_with(&arguments, &[], input)
}

/// The exit code, how many events there were, and how many of them were rejected.
fn counted(ran: &Ran) -> (i32, u64, u64) {
    let counts: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
    let number = |key: &str| counts[key].as_u64().expect("a number");
    (ran.code, number("events"), number("rejected"))
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn csv_and_json_are_known_by_what_they_hold_packed_or_not() {
    let workspace = workspace();
    let json = r#"{"specversion":"1.0","id":"e","source":"store","type":"store.left","time":"2026-03-04T00:00:00Z","subject":"u-1"}"#;
    let array = format!("[{json}]");
    for (text, events) in [(ROWS, 2), (json, 1), (&*array, 1)] {
        let bytes = text.as_bytes();
        for (name, bytes) in [
            ("log", bytes.to_vec()),
            ("log.csv", bytes.to_vec()),
            ("log.csv.gz", pack(bytes)),
            ("log.csv.zst", zstd(bytes)),
            // The name says nothing, or something else.
            ("log.txt", pack(bytes)),
            ("log.gz", zstd(bytes)),
        ] {
            std::fs::write(workspace.path().join(name), bytes).expect("it can be written");
            let ran = plan(&workspace, &[name], "");
            assert_eq!(counted(&ran), (0, events, 0), "{name} {text} {}", ran.err);
        }
        let ran = plan(&workspace, &["-"], text);
        assert_eq!(counted(&ran), (0, events, 0), "{text} {}", ran.err);
    }
    let ran = plan(&workspace, &["log.csv", "log.txt", "-"], ROWS);
    // The last of `log.csv` and `log.txt` was the array: one id from two files is one event.
    assert_eq!(counted(&ran), (0, 4, 0), "{}", ran.err);
    assert!(ran.out.contains(r#""duplicates":1"#), "{}", ran.out);
}

#[test]
fn a_bad_row_is_in_the_trace_the_summary_and_the_exit_code() {
    let workspace = workspace();
    workspace.write("a.csv", &format!("{ROWS}visited,2026-03-04,u-2,\n"));
    let ran = workspace.run(&["plan", "--events", "a.csv", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let rejected = r#""kind":"event_rejected","name":"store.visited","id":"a.csv:4","reason":"invalid payload: column `page` is empty","at":"a.csv:4""#;
    assert!(ran.out.contains(rejected), "{}", ran.out);
    assert!(ran.err.contains("3 events: 1 rejected"), "{}", ran.err);
    assert_eq!(counted(&plan(&workspace, &["a.csv"], "")), (1, 3, 1));
}

#[test]
fn rows_that_are_left_out_are_counted_and_named() {
    let workspace = store(
        EVENTS,
        &format!("{LOG}\n  events: [visited]\n  others: skip"),
    );
    workspace.write(
        "a.csv",
        &format!("{ROWS}left,2026-03-04,u-2,\nhome,2026-03-04,u-2,\n"),
    );
    let ran = workspace.run(&["plan", "--events", "a.csv"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let told = "a.csv: 3 rows left out: 2 `left`, 1 `home`\n";
    assert!(ran.err.contains(told), "{}", ran.err);
    assert!(ran.err.contains("1 event\n3 rows skipped\n"), "{}", ran.err);
    let ran = plan(&workspace, &["a.csv"], "");
    assert!(ran.out.contains(r#""skipped":3"#), "{}", ran.out);
}

#[test]
fn what_a_file_lacks_is_told_before_anything_runs() {
    let workspace = workspace();
    for (text, parts) in [
        (
            "what,att,who,page\n",
            &[
                "`a.csv` has no column `at`",
                "did you mean `att`?",
                "the log is at store.yaml:",
            ][..],
        ),
        (
            "wht,at,who,pgae\n",
            &[
                "`a.csv` has no columns `what`, `page`",
                "`wht` may be meant for `what`; `pgae` may be meant for `page` (the log is at",
            ],
        ),
        (
            "what,at,who,page,at\n",
            &["`a.csv` has several columns `at`"],
        ),
        (
            "who,who,at,at\n",
            &[
                "`a.csv` has no columns `what`, `page`, and several columns each of `at`, `who`",
                "give each a name of its own",
            ],
        ),
        (
            "what;at;who;page\n",
            &[
                "the first line of `a.csv` is one cell",
                "say `delimiter: \";\"`",
            ],
        ),
        (
            "",
            &["`a.csv` is empty: its first line should name the columns"],
        ),
        ("\n\n", &["is empty"]),
        (
            "\"what,at\n",
            &["the first line of `a.csv` cannot be read: a quote is never closed"],
        ),
    ] {
        workspace.write("a.csv", text);
        let ran = plan(&workspace, &["a.csv"], "");
        assert_eq!(ran.code, 2, "{text}: {}", ran.err);
        for part in parts {
            assert!(ran.err.contains(part), "`{part}` in {}", ran.err);
        }
        assert!(ran.out.contains(r#""error":{"message""#), "{}", ran.out);
    }
    let ran = plan(&workspace, &["nowhere.csv"], "");
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("`nowhere.csv` cannot be read"),
        "{}",
        ran.err
    );
}

#[test]
fn a_file_that_is_damaged_is_told() {
    let workspace = workspace();
    let rows = format!(
        "what,at,who,page\n{}",
        "left,2026-03-03,u-1,\n".repeat(5_000)
    );
    for (packed, kind) in [
        (pack(rows.as_bytes()), "gzip"),
        (zstd(rows.as_bytes()), "Zstandard"),
    ] {
        let cut = &packed[..packed.len() - 9];
        std::fs::write(workspace.path().join("a.csv.gz"), cut).expect("it can be written");
        let ran = plan(&workspace, &["a.csv.gz"], "");
        assert_eq!(ran.code, 2, "{}", ran.err);
        let told = format!("cannot be read: it is packed with {kind}, and damaged or cut off");
        assert!(ran.err.contains(&told), "{}", ran.err);
    }
}

#[test]
fn a_file_is_read_by_the_log_that_is_for_it() {
    let log = |file: &str, column: &str| {
        format!("  - {{ {file}event: left, time: {column}, subject: who }}\n")
    };
    let logs = |entries: &[(&str, &str)]| -> Workspace {
        let entries = entries.iter().map(|(file, column)| log(file, column));
        store(EVENTS, &entries.collect::<String>())
    };
    let visits = ("file: \"visits_*.csv\", ", "at");
    let orders = ("file: [orders.csv, o.txt], ", "day");
    let (any, again) = (("", "any"), ("", "at"));
    let read = |workspace: &Workspace, file: &str, column: &str, more: &[&str]| {
        workspace.write(file, &format!("{column},who\n2026-03-03,u-1\n"));
        let mut arguments = vec![file];
        arguments.extend(more);
        plan(workspace, &arguments, "")
    };

    let workspace = logs(&[visits, orders, any]);
    for (file, column) in [
        ("visits_1.csv", "at"),
        ("orders.csv", "day"),
        ("data/orders.csv", "day"),
        ("o.txt", "day"),
        ("else.csv", "any"),
    ] {
        let ran = read(&workspace, file, column, &[]);
        assert_eq!(counted(&ran), (0, 1, 0), "{file} {}", ran.err);
    }

    let workspace = logs(&[visits, orders]);
    let ran = read(&workspace, "else.csv", "any", &[]);
    assert_eq!(ran.code, 2);
    let told = "no log reads `else.csv`: they are for `visits_*.csv`, `orders.csv`, `o.txt`";
    assert!(ran.err.contains(told), "{}", ran.err);

    let workspace = logs(&[again, any]);
    let ran = read(&workspace, "else.csv", "any", &[]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .contains("several logs of `store` could read `else.csv`"),
        "{}",
        ran.err
    );

    let workspace = logs(&[visits]);
    let ran = read(&workspace, "else.csv", "at", &["--log", "store"]);
    assert_eq!(counted(&ran), (0, 1, 0), "{}", ran.err);
    let ran = read(&workspace, "else.csv", "at", &["--log", "stoer"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("no connection `stoer` with a log"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("did you mean `store`?"), "{}", ran.err);
}

#[test]
fn without_a_log_csv_is_told_and_other_text_is_no_json() {
    let workspace = Workspace::new(&[
        ("cjoc.yaml", "name: store\nedition: 2026\n"),
        ("guest.yaml", crate::TRAVELER),
        ("a.csv", ROWS),
        ("a.txt", "what\n"),
    ]);
    let ran = plan(&workspace, &["a.csv"], "");
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("no connection says how to read it"),
        "{}",
        ran.err
    );
    assert_eq!(counted(&plan(&workspace, &["a.txt"], "")), (1, 1, 1));
}

#[test]
fn a_limit_takes_the_first_events_by_time() {
    let workspace = workspace();
    workspace.write("a.csv", ROWS);
    workspace.write(
        "b.csv",
        "what,at,who,page\nleft,2026-03-05,u-2,\nleft,2026-03-01,u-2,\n",
    );
    let arguments = ["--limit", "2", "--events", "a.csv", "b.csv"];
    let mut all = vec!["plan", "--format", "json"];
    all.extend(arguments);
    let ran = workspace.run(&all);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let created: Vec<Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("it is JSON"))
        .filter(|line| line["kind"] == "traveler_created")
        .collect();
    assert_eq!(created.len(), 2, "{}", ran.out);
    assert_eq!(created[0]["traveler"], "u-2", "{}", ran.out);
    assert!(
        ran.err.contains("the first 2 of 4 events\n2 events"),
        "{}",
        ran.err
    );
    let ran = workspace.run(&["plan", "--events", "a.csv", "--limit", "0"]);
    assert_eq!(ran.code, 2);
}

#[test]
fn a_long_log_is_read_without_a_bar_where_nobody_sees_it() {
    let workspace = workspace();
    let rows = "left,2026-03-03,u-1,\n".repeat(60_000);
    workspace.write("a.csv", &format!("what,at,who,page\n{rows}"));
    let ran = plan(&workspace, &["a.csv"], "");
    assert_eq!(counted(&ran), (0, 60_000, 0));
    assert!(
        !ran.err.contains('\u{1b}') && !ran.err.contains('█'),
        "{:?}",
        ran.err
    );
}
