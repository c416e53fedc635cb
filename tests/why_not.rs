//! `cjoc why-not`: what stood in the way, moment by moment, and what would have let it pass.

mod support;

use serde_json::Value;
use support::Workspace;

const WORKSPACE: &[(&str, &str)] = &[
    ("cjoc.yaml", "name: shop\nedition: 2026\n"),
    (
        "people.yaml",
        "\
traveler: customer
key: customer_id
identities: [customer_id]
profile:
  customer_id: string | null
  email: { type: string | null, pii: true }
  spent: double = 0.0
consents: [marketing]
---
segment: big_spenders
traveler: customer
when: traveler.spent >= 1000.0
---
connection: mailer
uses: std/email
---
channel: email
via: mailer
address: traveler.email
consent: marketing
cap: [{ max: 1, per: 7d }]
quiet: { from: \"21:00\", to: \"08:00\" }
---
template: hello
channel: email
subject: Hello
---
template: later
channel: email
subject: Later
",
    ),
    (
        "shop.yaml",
        "\
connection: shop
uses: std/webhook
types:
  Item: { kind: string }
events:
  known: { fields: { email: string | null, spent: double, ok: bool }, identify: { customer_id: trigger.subject }, update: { email: event.email, spent: event.spent, consents.marketing: event.ok } }
  viewed: { fields: { kind: string }, identify: { customer_id: trigger.subject } }
  ordered: { fields: { total: double, items: list(Item) }, identify: { customer_id: trigger.subject } }
  delivered: { fields: { late: bool }, identify: { customer_id: trigger.subject } }
  closed: { identify: { customer_id: trigger.subject } }
  packed: { fields: { box: string, step: string }, identify: { customer_id: trigger.subject } }
actions:
  call_them: { params: { about: string } }
",
    ),
    (
        "journey.yaml",
        "\
journey: buying
traveler: customer
variables: { gift: bool = false }
start: { on: shop.viewed, when: event.kind == \"tent\" }
reentry: { after: 10d }
milestones:
  looking:
    do:
      - send: hello
      - wait: 1d
      - send: later
    rules:
      - { rule: remind, after: 2d, when: vars.gift, do: [{ set: { gift: true } }] }
  bought:
    enter: { on: shop.ordered, when: 'event.total > 100.0 && event.items.exists(i, i.kind == \"tent\")' }
    do:
      - if: segment.big_spenders
        then: [{ call: shop.call_them, with: { about: thanks } }]
      - wait: { on: shop.delivered, when: \"!event.late\", timeout: 5d, then: [{ send: later }], else: [{ goto: lost }] }
  happy:
    enter: { on: shop.delivered, when: \"!event.late\", from: [bought] }
  lost: {}
rules:
  - { rule: again, on: shop.ordered, when: event.total > 1000.0, do: [{ goto: lost }] }
  - { rule: rich, when: segment.big_spenders, do: [{ set: { gift: true } }] }
end:
  - { on: shop.closed, outcome: done }
  - { on: shop.closed, when: vars.gift, outcome: gifted }
",
    ),
];

/// More journeys, in a file of their own.
const PACKING: &str = "\
journey: packing
traveler: customer
key: event.box
start: { on: shop.packed, when: event.step == \"open\" }
milestones:
  opened:
    do:
      - wait: { on: shop.packed, when: event.step == \"fill\", timeout: 1d, then: [{ call: shop.call_them, with: { about: full } }], else: [{ goto: given_up }] }
      - choose:
          - { when: session.number > 1, do: [{ send: hello, transactional: true }] }
          - { otherwise: [] }
  sealed:
    enter: { on: shop.packed, when: event.step == \"seal\" }
  given_up:
    do: [{ call: desk.page, with: { about: given up } }]
end: [{ on: shop.packed, when: event.step == \"seal\" && event.box == \"b-0\", outcome: gone }]
---
journey: asleep
traveler: customer
status: paused
start: { on: shop.packed }
milestones: { dozing: {} }
end: [{ after: 1d, outcome: over }]
---
journey: rich_ones
traveler: customer
start: { when: traveler.spent >= 100.0 }
reentry: always
milestones: { spoilt: {} }
end: [{ on: shop.closed, outcome: over }]
---
connection: desk
uses: std/webhook
actions:
  page: { params: { about: string } }
  count: { params: { n: int } }
  later: { params: { about: string } }
---
channel: night
via: mailer
address: traveler.email
quiet: { from: \"12:00\", to: \"18:00\", then: defer }
---
template: asleep
channel: night
subject: Asleep
---
journey: shifts
traveler: customer
start:
  - { on: shop.delivered }
  - { on: shop.delivered, when: event.late }
milestones:
  first:
    do:
      - send: asleep
      - call: desk.count
        with: { n: \"${100 / (size(session.milestone) - 5)}\" }
  second: { enter: { on: shop.closed, from: [first] }, do: [{ goto: third }] }
  third: { do: [{ goto: fourth }] }
  fourth: { do: [{ goto: fifth }] }
  fifth: { do: [{ call: desk.later, with: { about: night } }] }
end: [{ after: 9d, outcome: over }]
";

/// A way in that leads from its own milestone.
const ROUNDS: &str = "\
journey: rounds
traveler: customer
variables: { laps: int = 0 }
start: { on: shop.closed }
milestones: { walked: { enter: { after: 2d, from: [walked] } } }
rules: [{ rule: again_and_again, every: 2d, do: [{ set: { laps: vars.laps + 1 } }] }]
end: [{ after: 5d, outcome: over }]
";

const TENT: &str = r#"[{"kind":"tent"}]"#;

/// An event of traveler c-1: its name, its time in March 2026 and its data.
fn event(number: usize, name: &str, time: &str, data: &str) -> String {
    let data = data.replace("TENT", TENT);
    format!(
        r#"{{"specversion":"1.0","id":"e-{number}","source":"shop","type":"shop.{name}","time":"2026-03-{time}:00Z","subject":"c-1","data":{data}}}"#
    )
}

/// Lines of `name time data`.
fn events(lines: &str) -> String {
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .enumerate()
        .map(|(index, line)| {
            let mut parts = line.splitn(3, ' ');
            let mut next = || parts.next().unwrap_or("{}");
            event(index + 1, next(), next(), next()) + "\n"
        })
        .collect()
}

fn ask(lines: &str, question: &[&str]) -> Value {
    let workspace = Workspace::new(WORKSPACE);
    workspace.write("packing.yaml", PACKING);
    workspace.write("rounds.yaml", ROUNDS);
    workspace.write("events.jsonl", &events(lines));
    let mut args = vec!["why-not", "--events", "events.jsonl", "--traveler", "c-1"];
    args.extend(["--format", "json"]);
    args.extend(question);
    let ran = workspace.run(&args);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out))
}

/// `reason: text [changes] (remedy)` of each moment.
fn told(answer: &Value) -> Vec<String> {
    let moments = answer["moments"].as_array().expect("there are moments");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    moments
        .iter()
        .map(|moment| {
            let changes: Vec<String> = (moment["changes"].as_array().into_iter().flatten())
                .map(|it| format!("{} = {}", text(&it["fact"]), text(&it["to"])))
                .collect();
            let changes = match changes.join(", ") {
                none if none.is_empty() => none,
                some => format!(" [{some}]"),
            };
            let remedy = moment["remedy"].as_str();
            let remedy = remedy.map_or(String::new(), |remedy| format!(" ({remedy})"));
            let (reason, words) = (text(&moment["reason"]), text(&moment["text"]));
            format!("{reason}: {words}{changes}{remedy}")
        })
        .collect()
}

const STARTED: &str = "viewed 02T10:00 {\"kind\":\"tent\"}\n";
const CLEAR: &str = "known 01T10:00 {\"email\":\"c@x.example\",\"spent\":10.0,\"ok\":true}\n";

/// What happened, the question, and what each moment must tell.
const CASES: &[(&str, &str, &str, &[&str])] = &[
    (
        "viewed 02T10:00 {\"kind\":\"boots\"}",
        "--milestone",
        "looking",
        &["condition: its condition does not hold [event.kind = \"tent\"]"],
    ),
    (
        "closed 02T10:00 {}",
        "--milestone",
        "buying.looking",
        &["never came: shop.viewed never came"],
    ),
    (
        "ordered 02T10:00 {\"total\":200.0,\"items\":TENT}",
        "--milestone",
        "bought",
        &["not started: no session of buying has started \
           (to see why it does not start, ask for `--milestone buying.looking`)"],
    ),
    (
        "STARTED ordered 02T11:00 {\"total\":50.0,\"items\":TENT}",
        "--milestone",
        "bought",
        &["condition: its condition does not hold [event.total = 100.01]"],
    ),
    (
        "STARTED ordered 02T11:00 {\"total\":50.0,\"items\":[{\"kind\":\"mug\"},{\"kind\":\"map\"}]}",
        "--milestone",
        "bought",
        &["condition: its condition does not hold \
           [event.total = 100.01, event.items[0].kind = \"tent\"]"],
    ),
    (
        "STARTED delivered 02T11:00 {\"late\":false}",
        "--milestone",
        "happy",
        &["wrong milestone: the session is in looking, and it can be entered only from bought"],
    ),
    (
        "STARTED ordered 02T11:00 {\"total\":2000.0,\"items\":TENT}",
        "--milestone",
        "bought",
        &["moved before: it matched, but a rule or step before it had moved the session"],
    ),
    (
        "STARTED viewed 02T11:00 {\"kind\":\"tent\"}",
        "--milestone",
        "looking",
        &[
            "happened: it happens",
            "running: a session is running, and `while_active` is ignore \
             (`while_active: restart`, or a `key` that tells sessions apart)",
        ],
    ),
    (
        "STARTED closed 03T10:00 {}\nviewed 04T10:00 {\"kind\":\"tent\"}\nviewed 13T10:00 {\"kind\":\"tent\"}",
        "--milestone",
        "looking",
        &[
            "happened: it happens",
            "reentry: `reentry` lets it start only from 2026-03-13T10:00:00Z on \
             (the same 9d later)",
            "happened: it happens",
        ],
    ),
    (
        "STARTED closed 05T10:00 {}",
        "--rule",
        "remind",
        &["condition: its time came, and its condition did not hold [vars.gift = true]"],
    ),
    (
        "STARTED closed 03T10:00 {}",
        "--rule",
        "remind",
        &[
            "left: it would be due at 2026-03-04T10:00:00Z, and the session ends at \
           2026-03-03T10:00:00Z (done) (1d more in looking)",
        ],
    ),
    (
        "STARTED",
        "--rule",
        "remind",
        &[
            "pending: it would be due at 2026-03-04T10:00:00Z, and the run ends before \
           (`--until 2026-03-04T10:00:00Z`)",
        ],
    ),
    (
        "STARTED",
        "--rule",
        "rich",
        &[
            "condition: its condition does not hold [segment.big_spenders = true] \
           (segment.big_spenders by traveler.spent: 1000.0 rather than 0.0)",
        ],
    ),
    (
        "STARTED",
        "--action",
        "hello",
        &[
            "suppressed: the step is reached, and nothing goes out: channel email needs the consent \
           `marketing`, which is not given (traveler.consents.marketing: true rather than false)",
        ],
    ),
    (
        "known 01T10:00 {\"spent\":1.0,\"ok\":true}\nSTARTED",
        "--action",
        "hello",
        &[
            "suppressed: the step is reached, and nothing goes out: `traveler.email`, the address of \
           channel email, is not known (traveler.email: present rather than absent)",
        ],
    ),
    (
        "CLEAR viewed 02T22:00 {\"kind\":\"tent\"}",
        "--action",
        "hello",
        &[
            "suppressed: the step is reached, and nothing goes out: channel email is quiet from \
           21:00:00 to 08:00:00 (the same outside 21:00:00 to 08:00:00)",
        ],
    ),
    (
        "CLEAR STARTED closed 04T10:00 {}",
        "--action",
        "later",
        &[
            "suppressed: the step is reached, and nothing goes out: channel email takes 1 in 7d, and \
             these went out: 2026-03-02T10:00:00Z (the same 6d later, or one message fewer before it)",
        ],
    ),
    (
        "STARTED closed 02T20:00 {}",
        "--action",
        "later",
        &[
            "left: wait waits until 2026-03-03T10:00:00Z, and the session ends at \
           2026-03-02T20:00:00Z (done) (14h more before it is left)",
        ],
    ),
    (
        "STARTED ordered 02T11:00 {\"total\":200.0,\"items\":TENT}",
        "--action",
        "shop.call_them",
        &[
            "condition: if takes else, not then [segment.big_spenders = true] \
           (segment.big_spenders by traveler.spent: 1000.0 rather than 0.0)",
        ],
    ),
    (
        "STARTED ordered 02T11:00 {\"total\":200.0,\"items\":TENT}\nclosed 02T12:00 {}",
        "--milestone",
        "lost",
        &[
            "condition",
            "left: wait waits until 2026-03-07T11:00:00Z, and the session ends at \
           2026-03-02T12:00:00Z (done) (4d23h more before it is left)",
        ],
    ),
    (
        "STARTED ordered 02T11:00 {\"total\":200.0,\"items\":TENT}\nclosed 09T12:00 {}",
        "--milestone",
        "lost",
        &["condition", "happened: it happens"],
    ),
];

/// Of the other journeys.
const OTHER_CASES: &[(&str, &str, &str, &[&str])] = &[
    (
        "packed 02T10:00 {\"box\":\"b-1\",\"step\":\"open\"}\npacked 02T11:00 {\"box\":\"b-2\",\"step\":\"seal\"}",
        "--milestone",
        "sealed",
        &["other key: it is about the session with the key \"b-2\", and none runs"],
    ),
    (
        "packed 02T10:00 {\"box\":\"b-0\",\"step\":\"open\"}\npacked 02T11:00 {\"box\":\"b-0\",\"step\":\"seal\"}",
        "--milestone",
        "sealed",
        &["decided before: another `end` or `enter` matched before it: the first one counts"],
    ),
    (
        "packed 02T10:00 {\"box\":\"b-1\",\"step\":\"open\"}\npacked 02T11:00 {\"box\":\"b-1\",\"step\":\"shut\"}",
        "--milestone",
        "packing.sealed",
        &["condition: its condition does not hold [event.step = \"seal\"]"],
    ),
    (
        "packed 02T10:00 {\"box\":\"b-1\",\"step\":\"open\"}",
        "--milestone",
        "dozing",
        &["paused: the journey is paused: nothing starts (`status: live`)"],
    ),
    (
        "packed 02T10:00 {\"box\":\"b-1\",\"step\":\"open\"}\nclosed 05T10:00 {}",
        "--action",
        "shop.call_them",
        &["timed out: wait waited in vain"],
    ),
    (
        "packed 02T10:00 {\"box\":\"b-1\",\"step\":\"open\"}\npacked 02T11:00 {\"box\":\"b-1\",\"step\":\"fill\"}\nclosed 05T10:00 {}",
        "--milestone",
        "given_up",
        &["other branch: what wait waited for came in time"],
    ),
    (
        "packed 02T10:00 {\"box\":\"b-1\",\"step\":\"open\"}\npacked 02T11:00 {\"box\":\"b-1\",\"step\":\"fill\"}",
        "--action",
        "hello",
        &["condition: choose takes 1, not 0 [session.number = 2]"],
    ),
    (
        "packed 02T10:00 {\"box\":\"b-1\",\"step\":\"open\"}",
        "--milestone",
        "packing.sealed",
        &["starts: it starts the session, and does nothing more in it"],
    ),
    (
        "packed 02T10:00 {\"box\":\"b-0\",\"step\":\"open\"}\npacked 02T11:00 {\"box\":\"b-0\",\"step\":\"seal\"}\npacked 02T12:00 {\"box\":\"b-0\",\"step\":\"open\"}",
        "--milestone",
        "packing.opened",
        &[
            "happened: it happens",
            "condition: its condition does not hold [event.step = \"open\"]",
            "reentry: there was a session before, and `reentry` is never \
             (`reentry: always`, or `{ after: … }`)",
        ],
    ),
    (
        "packed 02T10:00 {\"box\":\"b-1\",\"step\":\"open\"}\nclosed 02T12:00 {}",
        "--action",
        "desk.page",
        &[
            "pending: it is among the steps of milestone given_up, which is not reached: \
             wait waits until 2026-03-03T10:00:00Z, and the run ends before \
             (`--until 2026-03-03T10:00:00Z`)",
        ],
    ),
    (
        "CLEAR delivered 02T13:00 {\"late\":false}",
        "--action",
        "asleep",
        &[
            "deferred: the step is reached, and held back until 2026-03-02T18:00:00Z: \
             channel night is quiet from 12:00:00 to 18:00:00 (the same outside 12:00:00 to 18:00:00)",
        ],
    ),
    (
        "CLEAR delivered 02T13:00 {\"late\":true}",
        "--action",
        "desk.count",
        &["failed: call desk.count fails: division by zero"],
    ),
    (
        "CLEAR delivered 02T13:00 {\"late\":true}",
        "--milestone",
        "shifts.first",
        &[
            "happened: it happens",
            "decided before: another of the journey's starts matched first",
        ],
    ),
    (
        "CLEAR delivered 02T13:00 {\"late\":true}",
        "--action",
        "desk.later",
        &["not reached"],
    ),
    (
        "known 01T10:00 {\"spent\":100.0,\"ok\":true}\nclosed 02T10:00 {}\nviewed 03T10:00 {\"kind\":\"mug\"}",
        "--milestone",
        "spoilt",
        &[
            "happened: it happens",
            "true already: its condition holds already: it fires only when it turns true \
             [traveler.spent = 99.99]",
        ],
    ),
    (
        "closed 02T10:00 {}\nviewed 08T10:00 {\"kind\":\"boots\"}",
        "--milestone",
        "walked",
        &[
            "happened: it happens",
            "happened: it happens",
            "happened: it happens",
            "left",
        ],
    ),
    (
        "closed 02T10:00 {}\nviewed 08T10:00 {\"kind\":\"boots\"}",
        "--rule",
        "again_and_again",
        &["happened: it happens", "happened: it happens"],
    ),
];

#[test]
fn each_moment_tells_what_stood_in_the_way() {
    for (lines, flag, name, expected) in CASES.iter().chain(OTHER_CASES) {
        let lines = lines.replace("STARTED", STARTED).replace("CLEAR", CLEAR);
        let lines = lines.replace("\n ", "\n");
        let answer = ask(&lines, &[flag, name]);
        let told = told(&answer);
        assert_eq!(
            told.len(),
            expected.len(),
            "{flag} {name} of\n{lines}{told:#?}"
        );
        for (told, expected) in told.iter().zip(*expected) {
            let whole = expected.contains(": ");
            let fits = if whole {
                told == expected
            } else {
                told.starts_with(expected)
            };
            assert!(fits, "{flag} {name} of\n{lines}{told}\n{expected}");
        }
    }
}

/// Each reason of the reference stands in a case.
#[test]
fn every_reason_has_a_case() {
    let page = include_str!("../spec/why-not.md");
    let table = page.split_once("| reason | what stood in the way |");
    let rows = table.expect("the table is there").1.lines().skip(2);
    let rows = rows.take_while(|row| row.starts_with('|'));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let reasons = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let told: Vec<&str> = (CASES.iter().chain(OTHER_CASES))
        .flat_map(|case| case.3.iter().copied())
        .collect();
    let missing: Vec<&str> = reasons
        .filter(|reason| !told.iter().any(|it| it.split(':').next() == Some(reason)))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn an_earlier_end_that_matched_decides() {
    // `gifted` could only come behind `done`, which has no condition.
    let lines = format!("{STARTED}closed 02T12:00 {{}}");
    let workspace = Workspace::new(WORKSPACE);
    workspace.write("events.jsonl", &events(&lines));
    let ran = workspace.run(&["plan", "--events", "events.jsonl"]);
    assert!(
        ran.out
            .contains("the end as gifted: passed over: another `end` or `enter`"),
        "{}",
        ran.out
    );
}

#[test]
fn people_read_the_condition_with_its_values() {
    let workspace = Workspace::new(WORKSPACE);
    let lines = format!("{STARTED}ordered 02T11:00 {{\"total\":50.0,\"items\":TENT}}");
    workspace.write("events.jsonl", &events(&lines));
    let args = [
        "why-not",
        "--events",
        "events.jsonl",
        "--traveler",
        "c-1",
        "--milestone",
        "bought",
    ];
    let ran = workspace.run(&args);
    assert_eq!(
        ran.out,
        "\
c-1: milestone bought

  2026-03-02T11:00:00Z  shop.ordered (e-2)  buying, session 1
    ✗ its condition does not hold
      event.total > 100.0 && event.items.exists(i, i.kind == \"tent\")
      │           │       │
      50.0        false   false
      would have passed with event.total: 100.01 rather than 50.0
      at journey.yaml:15:39

It never happened: one thing stood in the way.
"
    );
}

#[test]
fn what_is_not_there_is_told_with_what_may_have_been_meant() {
    let workspace = Workspace::new(WORKSPACE);
    workspace.write("events.jsonl", &events(STARTED));
    let table = [
        (
            ["--traveler", "c-1", "--milestone", "bougt"],
            "did you mean `bought`?",
        ),
        (
            ["--traveler", "c-1", "--rule", "buying.remand"],
            "did you mean `buying.remind`?",
        ),
        (
            ["--traveler", "c-1", "--action", "helo"],
            "did you mean `hello`?",
        ),
        (
            ["--traveler", "c-2", "--action", "hello"],
            "did you mean `c-1`?",
        ),
    ];
    for (question, help) in table {
        let mut args = vec!["why-not", "--events", "events.jsonl"];
        args.extend(question);
        let ran = workspace.run(&args);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains(help), "{}", ran.err);
    }
}

#[test]
fn the_timeline_masks_persons_where_asked() {
    let workspace = Workspace::new(WORKSPACE);
    workspace.write("events.jsonl", &events(&format!("{CLEAR}{STARTED}")));
    let args = ["plan", "--events", "events.jsonl", "--mask-pii"];
    for format in ["human", "json"] {
        let mut args = args.to_vec();
        args.extend(["--format", format]);
        let ran = workspace.run(&args);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(!ran.out.contains("c@x.example"), "{}", ran.out);
        assert!(ran.out.contains("•••"), "{}", ran.out);
        assert!(ran.out.contains("hello"), "{}", ran.out);
    }
}

#[test]
fn a_limit_keeps_the_first_travelers() {
    let workspace = Workspace::new(WORKSPACE);
    let lines = events(STARTED);
    let other = lines.replace("c-1", "c-2").replace("e-1", "e-9");
    workspace.write("events.jsonl", &format!("{lines}{other}"));
    let ran = workspace.run(&["plan", "--events", "events.jsonl", "--travelers", "1"]);
    assert!(ran.out.starts_with("c-1\n"), "{}", ran.out);
    assert!(!ran.out.contains("c-2"), "{}", ran.out);
    assert!(ran.out.contains("… and 1 more traveler:"), "{}", ran.out);
    let all = workspace.run(&[
        "plan",
        "--events",
        "events.jsonl",
        "--travelers",
        "0",
        "--no-why",
    ]);
    assert!(
        all.out.contains("c-2") && !all.out.contains("its condition"),
        "{}",
        all.out
    );
}
