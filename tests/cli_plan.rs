//! `cjoc plan`: the plan as a file, and what it does to sample events.

mod support;

use serde_json::Value;
use support::Workspace;

const MANIFEST: &str = "name: shop\nedition: 2026\n";
const TRAVELER: &str = "\
traveler: customer
key: customer_id
identities: [customer_id, visitor_id]
profile: { customer_id: string | null, visitor_id: string | null, score: double = 0.1 }
";
const CONNECTION: &str = "\
connection: shop
uses: std/webhook
events:
  seen: { fields: { score: double }, identify: { visitor_id: trigger.subject }, update: { score: event.score } }
  named: { fields: { id: string }, identify: { customer_id: event.id, visitor_id: trigger.subject } }
";

const WATCHING: &str = "\
journey: watching
traveler: customer
start: { on: shop.seen }
milestones: { m: { do: [{ wait: 1h }] } }
end: { after: 2h, outcome: over }
";

fn workspace(more: &[(&str, &str)]) -> Workspace {
    let mut files = vec![
        ("cjoc.yaml", MANIFEST),
        ("customer.yaml", TRAVELER),
        ("shop.yaml", CONNECTION),
    ];
    files.extend(more);
    Workspace::new(&files)
}

fn event(id: &str, time: &str, subject: &str, data: &str) -> String {
    let kind = if data.contains("score") {
        "seen"
    } else {
        "named"
    };
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"shop","type":"shop.{kind}","time":"2026-03-{time}Z","subject":"{subject}","data":{data}}}"#
    )
}

/// `kind name` or `kind name=value` of every line, with the day and hour.
fn told(trace: &str) -> Vec<String> {
    trace
        .lines()
        .map(|line| {
            let line: Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            let text = |key: &str| line[key].as_str().unwrap_or("-").to_owned();
            let value = match &line["value"] {
                Value::Null => String::new(),
                value => format!("={value}"),
            };
            format!(
                "{} {} {}{value}",
                &text("time")[8..13],
                text("kind"),
                text("name")
            )
        })
        .collect()
}

#[test]
fn the_same_workspace_gives_the_same_plan_on_every_way_out() {
    let (one, two) = (workspace(&[]), workspace(&[]));
    let ran = one.run(&["plan", "--out", "plan.json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.starts_with("shop  plan "), "{}", ran.out);
    assert!(ran.err.contains("to plan.json"), "{}", ran.err);
    let file = std::fs::read_to_string(one.path().join("plan.json")).expect("it was written");
    assert_eq!(two.run(&["plan", "--format", "json"]).out, file);
    assert_eq!(two.run(&["plan", "--out", "-"]).out, file);
    let plan = cjoc::plan::Plan::from_json(&file).expect("it is a plan");
    assert_eq!(&*plan.model.name, "shop");
    let folder = one.path().to_string_lossy().into_owned();
    assert!(!file.contains(&folder), "the machine is in the plan");
}

#[test]
fn a_plan_that_cannot_be_written_is_an_error_of_use() {
    let ran = workspace(&[]).run(&["plan", "--out", "no/such/folder/plan.json"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no/such/folder/plan.json"), "{}", ran.err);
}

#[test]
fn events_are_taken_by_time_from_files_and_standard_input() {
    let workspace = workspace(&[
        (
            "b.jsonl",
            &event("2", "02T10:00:00", "v-1", r#"{"score":2}"#),
        ),
        (
            "c.json",
            &format!("[{}]", event("3", "03T10:00:00", "v-1", r#"{"score":3}"#)),
        ),
    ]);
    let first = event("1", "01T10:00:00", "v-1", r#"{"score":1}"#);
    let arguments = [
        "plan", "--format", "json", "--events", "c.json", "b.jsonl", "-",
    ];
    let ran = workspace.run_with(&arguments, &[], &first);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        told(&ran.out),
        [
            "01T10 traveler_created visitor_id:v-1",
            "01T10 profile_changed visitor_id=\"v-1\"",
            "01T10 profile_changed score=1.0",
            "02T10 profile_changed score=2.0",
            "03T10 profile_changed score=3.0",
        ]
    );
    assert!(ran.err.starts_with("3 events\n1 traveler\n"), "{}", ran.err);
}

#[test]
fn a_bad_event_is_told_with_its_line_and_the_others_run() {
    let lines = [
        event("1", "01T10:00:00", "v-1", r#"{"score":1}"#),
        "{ no json".to_owned(),
        event("2", "01T11:00:00", "v-1", r#"{"score":"x"}"#),
        event("3", "01T12:00:00", "v-1", r#"{"score":3}"#).replace("shop.seen", "shop.sene"),
        event("4", "01T13:00:00", "v-1", r#"{"score":4}"#),
    ];
    let workspace = workspace(&[("e.jsonl", &lines.join("\n"))]);
    let ran = workspace.run(&["plan", "--format", "json", "--events", "e.jsonl"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let rejected: Vec<Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("it is JSON"))
        .filter(|line| line["kind"] == "event_rejected")
        .collect();
    let reason = |index: usize| rejected[index]["reason"].as_str().unwrap_or_default();
    assert_eq!(rejected.len(), 3, "{}", ran.out);
    let at: Vec<_> = rejected.iter().map(|line| &line["at"]).collect();
    assert_eq!(at, ["e.jsonl:2", "e.jsonl:3", "e.jsonl:4"]);
    assert!(reason(0).starts_with("invalid JSON: "), "{}", reason(0));
    assert!(reason(1).starts_with("invalid payload"), "{}", reason(1));
    assert!(reason(1).contains("score"), "{}", reason(1));
    assert_eq!(reason(2), "unknown type");
    assert!(ran.out.contains(r#""value":4.0"#), "{}", ran.out);
    assert!(ran.err.contains("5 events: 3 rejected"), "{}", ran.err);
    let told = workspace.run(&["plan", "--events", "e.jsonl"]);
    assert!(
        told.out.contains("rejected (e.jsonl:2): invalid JSON"),
        "{}",
        told.out
    );
    let early = [
        "plan",
        "--events",
        "e.jsonl",
        "--until",
        "2026-01-01T00:00:00Z",
    ];
    // What comes after the end was never reached, whatever it is.
    let ran = workspace.run(&early);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.err.contains("5 events: 5 later than `--until`"),
        "{}",
        ran.err
    );
    let numbers = workspace.run(&[&early[..], &["--summary"]].concat());
    assert_eq!(numbers.code, 0, "{}", numbers.err);
}

#[test]
fn a_page_and_a_plan_cannot_both_go_to_standard_output() {
    let workspace = workspace(&[]);
    let ran = workspace.run(&["plan", "--out", "-", "--format", "markdown"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(
        ran.err.contains("`--out` writes the plan as JSON"),
        "{}",
        ran.err
    );
    let ran = workspace.run(&["plan", "--out", "plan.json", "--format", "markdown"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.starts_with("# "), "{}", ran.out);
}

/// The traces of a log, however it is read: as it comes, out of order, from standard input.
#[test]
fn a_log_in_order_is_told_as_any_other() {
    let lines = [
        event("1", "01T10:00:00", "v-1", r#"{"score":1}"#),
        "{ no json".to_owned(),
        event("2", "01T11:00:00", "v-2", r#"{"score":"x"}"#),
        event("3", "01T11:00:00", "v-2", r#"{"score":2}"#),
        event("3", "01T12:00:00", "v-2", r#"{"score":3}"#),
        event("4", "01T13:00:00", "v-1", r#"{"score":4}"#),
    ];
    let in_order = lines.join("\n");
    let mut turned = lines.to_vec();
    // The first event comes last: the run is the same, but for the lines that it names.
    turned.rotate_left(1);
    let turned = turned.join("\n");
    let logs = [("e.jsonl", &*in_order), ("t.jsonl", &*turned)];
    let workspace = workspace(&[&[("watching.yaml", WATCHING)], &logs[..]].concat());
    let trace = |file: &str, more: &[&str]| {
        let ran = workspace.run(&[&["plan", "--format", "json", "--events", file], more].concat());
        assert_eq!(ran.code, 1, "{}", ran.err);
        let kept = ran.out.lines().map(|line| {
            let mut record: Value = serde_json::from_str(line).expect("it is JSON");
            if record["kind"] == "event_rejected" {
                record["at"].take();
            }
            record.to_string()
        });
        (kept.collect::<Vec<_>>(), ran.err)
    };
    for more in [
        &[][..],
        &["--journey", "watching"],
        &["--until", "2026-03-01T12:30:00Z"],
    ] {
        let (mut streamed, numbers) = trace("e.jsonl", more);
        let (mut held, told) = trace("t.jsonl", more);
        assert!(!streamed.is_empty());
        assert_eq!(numbers, told);
        // What has no time of its own stands behind another line there.
        streamed.retain(|line| !line.contains("invalid JSON"));
        held.retain(|line| !line.contains("invalid JSON"));
        assert_eq!(streamed, held, "{more:?}");
    }
    let again = workspace.run_with(
        &["plan", "--format", "json", "--events", "-"],
        &[],
        &in_order,
    );
    let (from_file, _) = trace("e.jsonl", &[]);
    assert_eq!(again.out.lines().count(), from_file.len());
}

#[test]
fn numbers_of_a_part_are_of_that_part() {
    let lines = [
        event("1", "01T10:00:00", "v-1", r#"{"score":1}"#),
        event("2", "01T11:00:00", "v-2", r#"{"score":2}"#),
        event("3", "01T12:00:00", "v-3", r#"{"score":"x"}"#),
        event("4", "01T13:00:00", "v-3", r#"{"score":4}"#),
    ];
    let workspace = workspace(&[("watching.yaml", WATCHING), ("e.jsonl", &lines.join("\n"))]);
    let counts = |more: &[&str]| -> Value {
        let args = [
            "plan",
            "--summary",
            "--format",
            "json",
            "--events",
            "e.jsonl",
        ];
        let ran = workspace.run(&[&args[..], more].concat());
        assert_eq!(ran.code, 1, "{}", ran.err);
        serde_json::from_str(&ran.out).expect("it is one document")
    };
    let all = counts(&[]);
    assert_eq!(all["travelers"], 3, "{all}");
    let one = counts(&["--traveler", "visitor_id:v-1"]);
    // The input is the whole one; what came of it is theirs.
    assert_eq!(
        (&one["events"], &one["rejected"]),
        (&all["events"], &all["rejected"])
    );
    assert_eq!(one["travelers"], 1, "{one}");
    assert_eq!(one["sessions_started"], 1, "{one}");
    let two = counts(&["--travelers", "2"]);
    assert_eq!(two["travelers"], 2, "{two}");
    assert_eq!(two["sessions_started"], 2, "{two}");
    let sum = |key: &str| all[key].as_u64().unwrap_or_default();
    let of_all = counts(&["--journey", "watching"]);
    for key in [
        "sessions_started",
        "sessions_ended",
        "milestones",
        "messages",
        "calls",
        "pending",
    ] {
        assert_eq!(of_all[key].as_u64(), Some(sum(key)), "{key} {of_all}");
    }
}

#[test]
fn a_run_ends_when_it_is_told_to() {
    let lines = [
        event("1", "01T10:00:00", "v-1", r#"{"score":1}"#),
        event("2", "02T10:00:00", "v-1", r#"{"score":2}"#),
    ];
    let workspace = workspace(&[("e.jsonl", &lines.join("\n"))]);
    let ran = workspace.run(&[
        "plan",
        "--format",
        "json",
        "--events",
        "e.jsonl",
        "--until",
        "2026-03-01T12:00:00Z",
    ]);
    assert_eq!(
        told(&ran.out).last().map(String::as_str),
        Some("01T10 profile_changed score=1.0")
    );
    assert!(ran.err.contains("1 later than `--until`"), "{}", ran.err);
    let ran = workspace.run(&["plan", "--events", "e.jsonl", "--until", "tomorrow"]);
    assert_eq!(ran.code, 2);
}

#[test]
fn a_part_of_the_trace_can_be_asked_for() {
    let lines = [
        event("1", "01T10:00:00", "v-1", r#"{"score":1}"#),
        event("2", "01T11:00:00", "v-2", r#"{"score":2}"#),
        event("3", "01T12:00:00", "v-1", r#"{"id":"n-1"}"#),
    ];
    let workspace = workspace(&[("e.jsonl", &lines.join("\n"))]);
    let events = ["plan", "--format", "json", "--events", "e.jsonl"];
    let all = workspace.run(&events).out;
    let of = |traveler: &str| {
        workspace
            .run(&[&events[..], &["--traveler", traveler]].concat())
            .out
    };
    // Under each of its names, all of its lines.
    assert_eq!(of("n-1"), of("visitor_id:v-1"));
    assert_eq!(
        of("n-1").lines().count() + of("visitor_id:v-2").lines().count(),
        all.lines().count()
    );
    let nobody: Value = serde_json::from_str(&of("nobody")).expect("it is one document");
    assert_eq!(
        nobody["error"]["message"],
        "these events are of no traveler `nobody`"
    );
    let summary = workspace.run(&[&events[..], &["--summary"]].concat());
    let counts: Value = serde_json::from_str(&summary.out).expect("it is one document");
    assert_eq!(
        (&counts["events"], &counts["travelers"]),
        (&3.into(), &2.into())
    );
    let unknown = workspace.run(&["plan", "--events", "e.jsonl", "--journey", "backpack"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.err.contains("no journey `backpack`"),
        "{}",
        unknown.err
    );
}

#[test]
fn no_events_are_no_error_and_no_file_is() {
    let workspace = workspace(&[("none.jsonl", "")]);
    let told = "Nothing happens: there are no events in the input.\n";
    for (format, out) in [("human", told), ("json", "")] {
        let ran = workspace.run(&["plan", "--format", format, "--events", "none.jsonl"]);
        assert_eq!((ran.code, &*ran.out), (0, out), "{}", ran.err);
    }
    let ran = workspace.run(&["plan", "--events", "missing.jsonl"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("missing.jsonl"), "{}", ran.err);
}

#[test]
fn a_traveler_that_is_not_there_is_a_slip_and_gets_a_hint() {
    let events = event("1", "01T10:00:00", "v-1", r#"{"score":1}"#);
    let workspace = workspace(&[("e.jsonl", &events)]);
    for (written, help) in [
        ("v-1", "did you mean `visitor_id:v-1`?"),
        ("visitor_id:v1", "did you mean `visitor_id:v-1`?"),
        ("nobody-of-these", "there is only `visitor_id:v-1`"),
    ] {
        let ran = workspace.run(&["plan", "--events", "e.jsonl", "--traveler", written]);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{written}");
        assert!(ran.err.contains(help), "{written}: {}", ran.err);
    }
}

#[test]
fn a_run_that_ends_before_the_first_event_says_so() {
    let events = event("1", "01T10:00:00", "v-1", r#"{"score":1}"#);
    let workspace = workspace(&[("e.jsonl", &events)]);
    let until = ["--until", "2026-01-01T00:00:00Z"];
    let ran = workspace.run(&[&["plan", "--events", "e.jsonl"][..], &until[..]].concat());
    assert_eq!(
        (ran.code, &*ran.out),
        (0, "Nothing happens: all events are later than `--until`.\n")
    );
}

#[test]
fn what_has_no_time_is_told_at_none() {
    let workspace = workspace(&[("e.jsonl", "no event at all")]);
    let ran = workspace.run(&["plan", "--events", "e.jsonl"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.starts_with("Events of no traveler\n  At no time\n"),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("1970"), "{}", ran.out);
}

#[test]
fn an_old_plan_stays_where_a_new_one_cannot_be_written() {
    let workspace = workspace(&[("out/plan.json", "old")]);
    let ran = workspace.run(&["plan", "--out", "out/plan.json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let folder = std::fs::read_dir(workspace.path().join("out")).expect("it is a folder");
    assert_eq!(folder.count(), 1);
    let ran = workspace.run(&["plan", "--out", "out"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`out` cannot be written"), "{}", ran.err);
}

/// A journey that sends a message with every event, on a channel that lets two a week through.
const MESSAGES: &str = "\
connection: mailer
uses: std/email
---
channel: email
via: mailer
address: \"\\\"a@example.org\\\"\"
cap: [{ max: 2, per: 7d }]
---
template: hello
channel: email
subject: Hello
body: You
---
journey: greet
title: \"Say <b>hello</b> | `now`\"
traveler: customer
start: { on: shop.seen, when: event.score > 1.0 || event.score == 0.0 }
reentry: always
milestones:
  met:
    title: \"Met \\\"them\\\"; end\"
    do: [{ wait: 1d }, { send: hello }]
  known: { enter: { on: shop.named } }
end: { after: 60d, outcome: over }
---
rule: every_time
in: [greet]
on: shop.seen
do: [{ send: hello }]
";

#[test]
fn a_plan_takes_the_place_of_its_workspace() {
    let events = event("1", "01T10:00:00", "v-1", r#"{"score":1}"#);
    let from = workspace(&[("e.jsonl", &events), ("m.yaml", MESSAGES)]);
    let plan = from.run(&["plan", "--format", "json"]).out;
    let to = Workspace::new(&[("plan.json", &plan), ("e.jsonl", &events)]);
    for arguments in [
        &["--format", "json"][..],
        &[],
        &["--format", "markdown"],
        &["--events", "e.jsonl"],
        &["--events", "e.jsonl", "--format", "json"],
        &["--out", "-"],
    ] {
        let before = from.run(&[&["plan"], arguments].concat());
        let after = to.run(&[&["plan", "plan.json"], arguments].concat());
        assert_eq!((after.code, &after.out), (0, &before.out), "{}", after.err);
        let piped = to.run_with(&[&["plan", "-"], arguments].concat(), &[], &plan);
        assert_eq!((piped.code, &piped.out), (0, &before.out), "{}", piped.err);
    }
}

#[test]
fn what_is_no_sound_plan_is_refused_with_the_reason() {
    let plan = workspace(&[]).run(&["plan", "--format", "json"]).out;
    // Made by other means: the hash is right, and there is no such traveler.
    let mut other = cjoc::plan::Plan::from_json(&plan)
        .expect("it is a plan")
        .model;
    other.events[0].identify[0].traveler = "nobody".into();
    let odd = cjoc::plan::Plan::new(other).to_json();
    let to = Workspace::new(&[
        ("odd.json", &odd),
        ("changed.json", &plan.replace("0.1", "0.2")),
        (
            "newer.json",
            &plan.replace("\"version\": 1", "\"version\": 7"),
        ),
        ("other.json", "[1, 2]"),
        ("cut.json", &plan[..plan.len() / 2]),
        (
            "deep.json",
            &format!("{{\"version\": 1, \"model\": {}", "[".repeat(100_000)),
        ),
    ]);
    for (file, why, help) in [
        (
            "changed.json",
            "the plan was changed after it was written",
            "write it again",
        ),
        ("newer.json", "the plan has version 7", "write it again"),
        (
            "other.json",
            "this is not a plan",
            "give the path of a workspace",
        ),
        (
            "cut.json",
            "this is not a plan",
            "give the path of a workspace",
        ),
        ("deep.json", "levels within one another", "write it again"),
        ("missing.json", "cannot be read", ""),
        ("odd.json", "cannot run: ", "write it again"),
    ] {
        let ran = to.run(&["plan", file]);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{file}");
        let told = ran.err.contains(&format!("`{file}`")) && ran.err.contains(why);
        assert!(told && ran.err.contains(help), "{file}: {}", ran.err);
        let ran = to.run(&["plan", file, "--format", "json"]);
        let json: Value = serde_json::from_str(&ran.out).expect("it is one document");
        let message = json["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(why), "{file}: {message}");
    }
    let both = to.run(&["plan", "-", "--events", "-"]);
    assert_eq!(both.code, 2);
    assert!(
        both.err.contains("cannot both come from standard input"),
        "{}",
        both.err
    );
}

#[test]
fn the_summary_tells_the_worst_case() {
    let ran = workspace(&[("m.yaml", MESSAGES)]).run(&["plan"]);
    let told: Vec<&str> = (ran.out.lines())
        .skip_while(|line| !line.starts_with("At worst"))
        .collect();
    assert_eq!(
        told,
        [
            "At worst, one traveler gets within any 7 days",
            "  email: 2 messages: the cap of 2 in 7d",
            "    ✉ 1 by greet/met: greet starts again and again, and a session takes 60d at least",
            "    ✉ any number by rules/every_time in greet: every_time fires with every shop.seen",
        ]
    );
    let without = workspace(&[]).run(&["plan"]);
    assert!(!without.out.contains("At worst"), "{}", without.out);
}

#[test]
fn a_page_for_a_pull_request_has_pictures_and_tables() {
    let ran = workspace(&[("m.yaml", MESSAGES)]).run(&["plan", "--format", "markdown"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    for part in [
        "# Plan of `shop`\n",
        "| `email` | `customer` | 2 | the cap of 2 in `7d` |",
        "## Journey `greet`: Say &lt;b&gt;hello&lt;/b&gt; | \\`now\\`\n",
        "- starts on `shop.seen` when `event.score > 1.0 || event.score == 0.0`\n",
        "```mermaid\nflowchart TD\n    start((start))\n",
        "    m0[\"Met #34;them#34;#59; end<br/>sends hello\"]\n",
        "    start -->|\"on shop.seen when event.score #62; 1.0 #124;#124; event.score #61;#61; 0.0\"| m0\n",
        "    m0 -->|\"on shop.named\"| m1\n",
        "    any -->|\"after 60d\"| e0\n",
        "    e0([\"over\"])\n",
        "| `hello` | `email` | `met` | 1d later |\n",
        "| `hello` | `email` | rule `every_time` | on `shop.seen` |\n",
    ] {
        let part = part.replace("`7d`", "7d");
        assert!(ran.out.contains(&part), "{part}\n{}", ran.out);
    }
    // Every picture is closed, and rows have as many cells as their heads.
    assert_eq!(ran.out.matches("```").count() % 2, 0);
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    for table in ran.out.split("\n\n").filter(|part| part.starts_with("| ")) {
        let columns = table.lines().next().map(cells);
        assert!(
            table.lines().all(|line| Some(cells(line)) == columns),
            "{table}"
        );
    }
}
