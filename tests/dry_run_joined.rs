//! A dry run whose traveler turns out to be another one in the middle: who is asked about, whose
//! session it was, and what is told of persons on the way.

mod support;

use support::Workspace;

const WORKSPACE: &[(&str, &str)] = &[
    ("cjoc.yaml", "name: gym\nedition: 2026\n"),
    (
        "gym.yaml",
        "\
traveler: member
key: member_no
identities: [member_no, email, card]
profile:
  member_no: string | null
  email: { type: string | null, pii: true }
  card: string | null
---
connection: desk
uses: std/webhook
pii: allowed
events:
  booked: { fields: { email: { type: string, pii: true } }, identify: { email: event.email } }
  checked_in: { fields: { card: string }, identify: { card: event.card } }
  signed:
    fields: { email: { type: string, pii: true }, card: string }
    identify: { member_no: trigger.subject, email: event.email, card: event.card }
log: { event: checked_in, time: at, fields: [card] }
---
journey: trial
traveler: member
start: { on: desk.booked }
milestones:
  asked: {}
  came: { enter: { on: desk.checked_in } }
end: { after: 14d, outcome: over }
",
    ),
];

const EVENTS: &str = r#"
{"specversion":"1.0","id":"e-1","source":"s","type":"desk.booked","time":"2026-03-02T09:00:00Z","data":{"email":"ann@x.example"}}
{"specversion":"1.0","id":"e-2","source":"s","type":"desk.checked_in","time":"2026-03-03T09:00:00Z","data":{"card":"c-7"}}
{"specversion":"1.0","id":"e-3","source":"s","type":"desk.signed","subject":"m-1","time":"2026-03-04T09:00:00Z","data":{"email":"ann@x.example","card":"c-7"}}
"#;

fn workspace() -> Workspace {
    let workspace = Workspace::new(WORKSPACE);
    workspace.write("events.jsonl", EVENTS.trim_start());
    workspace
}

#[test]
fn before_a_join_the_session_of_the_one_is_not_that_of_the_other() {
    let workspace = workspace();
    let ask = ["why-not", "--traveler", "m-1", "--milestone", "came"];
    let ran = workspace.run(&[&ask[..], &["--events", "events.jsonl"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let told =
        "no session of trial runs for card:c-7, a traveler of its own until 2026-03-04T09:00:00Z";
    assert!(ran.out.contains(told), "{}", ran.out);

    let later = EVENTS.trim_start().to_owned()
        + r#"{"specversion":"1.0","id":"e-4","source":"s","type":"desk.checked_in","time":"2026-03-05T09:00:00Z","data":{"card":"c-7"}}"#;
    workspace.write("later.jsonl", &later);
    let ran = workspace.run(&[&ask[..], &["--events", "later.jsonl"]].concat());
    assert!(
        ran.out.contains("It happened once, and did not once."),
        "{}",
        ran.out
    );
}

#[test]
fn masked_answers_name_nobody() {
    let workspace = workspace();
    let masked = ["--events", "events.jsonl", "--mask-pii"];
    for command in [
        &["plan", "--traveler", "nobody"][..],
        &["plan", "--traveler", "nobody", "--summary"],
        &["plan", "--traveler", "email:ann@y.example"],
        &["why-not", "--traveler", "nobody", "--milestone", "came"],
    ] {
        let ran = workspace.run(&[command, &masked].concat());
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(!ran.err.contains("ann@x.example"), "{}", ran.err);
        assert!(ran.err.contains("`card:c-7`"), "{}", ran.err);
    }
    let ask = [
        "why-not",
        "--traveler",
        "email:ann@x.example",
        "--milestone",
        "came",
    ];
    for format in ["human", "json"] {
        let ran = workspace.run(&[&ask[..], &masked, &["--format", format]].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains("email:•••"), "{}", ran.out);
        assert!(!ran.out.contains("ann@x"), "{}", ran.out);
    }
}

#[test]
fn standard_input_is_read_once() {
    let workspace = workspace();
    let ran = workspace.run(&["plan", "--events", "-", "events.jsonl", "-"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("error: `-` is given twice"), "{}", ran.err);
}

#[test]
fn a_row_that_is_rejected_is_named_once_and_what_is_empty_is_called_so() {
    let workspace = workspace();
    workspace.write("log.csv", "at,card\n2026-03-02T09:00:00Z,\n ,c-7\n");
    let ran = workspace.run(&["plan", "--events", "log.csv"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    for told in [
        "✗ rejected desk.checked_in log.csv:2: invalid payload: column `card` is empty",
        "✗ rejected desk.checked_in log.csv:3: bad time: column `at` is empty",
    ] {
        assert!(ran.out.contains(told), "{}", ran.out);
    }
}
