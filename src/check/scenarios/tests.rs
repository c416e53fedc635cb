use crate::check::samples::{checked, places};
use crate::source::{Exclude, OsFiles, Sources};

/// What the tests below are about.
const SHOP: &str = r#"traveler: customer
key: customer_id
identities: [customer_id, email]
profile:
  customer_id: string | null
  email: { type: string | null, normalize: email }
  tier: none | member | gold = none
  visits: int | null
consents: [marketing, phone_calls]
traits:
  orders: { count: shop.order_placed }
---
connection: shop
types:
  Item: { sku: string, colour: red | blue | null }
events:
  order_placed:
    type: com.shop.order.v1
    fields: { order_id: string, total: double, count: int, paid: bool, items: list(Item), tags: map(int) | null }
    identify: { customer_id: trigger.subject }
  called:
    fields: { at: timestamp, wait: duration, photo: bytes | null }
    identify: { customer_id: trigger.subject }
  opened:
    identify: { customer_id: trigger.subject }
---
connection: crm
actions:
  open_case:
    params: { subject: string, priority: low | high }
    returns: { case_id: string, position: int | null }
---
channel: web
---
template: hello
channel: web
params: { name: string, percent: int }
---
segment: vip
traveler: customer
when: traveler.orders > 3
---
persona: hiker
traveler: customer
priority: 1
when: traveler.orders > 1
---
journey: trip
traveler: customer
variables:
  sku: string | null
  count: int = 0
start: { on: shop.opened }
milestones:
  begun:
    do:
      - if: vars.count > 1
        then: [{ end: bored }]
      - if: vars.count > 2
        then:
          - if: vars.count > 3
            then: [{ goto: done }]
      - id: pick
        choose: [{ when: vars.count > 4, do: [{ send: hello, with: { name: a, percent: 1 } }] }, { otherwise: [] }]
      - split: { name: price, arms: { low: { weight: 1 }, high: { weight: 1 } } }
  done:
    enter: { on: shop.called }
    rules:
      - rule: nag
        after: 1d
        do: [{ set: { count: "1" } }]
end:
  - { after: 9d, outcome: lapsed }
---
rule: watch
in: [trip]
on: shop.called
do: [{ set: { count: "2" } }]
"#;

fn sources(test: &str) -> Sources {
    Sources::from_texts([("a.yaml", SHOP), ("test.yaml", test)])
}

/// The findings in a test document, placed in it.
fn found(test: &str) -> Vec<String> {
    let sources = sources(test);
    let ((), found) = checked(&sources, |checker| {
        checker.scenarios();
    });
    places(&sources, "test.yaml", &found)
}

fn messages(test: &str) -> Vec<(String, String)> {
    let sources = sources(test);
    let ((), found) = checked(&sources, |checker| {
        checker.scenarios();
    });
    found
        .into_iter()
        .map(|d| (d.message, d.help.unwrap_or_default()))
        .collect()
}

/// A test with one event of this payload.
fn event(entry: &str) -> String {
    format!("test: t\nevents:\n    - {{ at: 2026-03-02T18:00:00Z, {entry} }}\nexpect: []\n")
}

/// A test with this expectation; the expectation begins in column 5 of line 4.
fn expecting(expectation: &str) -> String {
    format!("test: t\nevents: [{{ at: 2026-03-02T18:00:00Z }}]\nexpect:\n  - {expectation}\n")
}

fn compare(table: &[(&str, &[&str])], document: impl Fn(&str) -> String) {
    let mut wrong = Vec::new();
    for (case, expected) in table {
        let found = found(&document(case));
        if found != *expected {
            wrong.push(format!(
                "{case}\n  expected {expected:?}\n  found    {found:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn payloads_are_held_against_the_event() {
    let table: &[(&str, &[&str])] = &[
        ("shop.opened: {}", &[]),
        ("shop.opened: ", &[]),
        (
            "shop.order_placed: { order_id: o, total: 1, count: 2.0, paid: true, items: [{ sku: a, colour: red }], tags: { a: 1 } }",
            &[],
        ),
        (
            "shop.order_placed: { order_id: o, total: 1, count: 2, paid: true, items: [{ sku: a, colour: null }], tags: null }",
            &[],
        ),
        ("shop.ordr_placed: {}", &["3:35-51 unknown-event"]),
        ("shp.opened: {}", &["3:35-38 unknown-connection"]),
        ("shop.opened: { x: 1 }", &["3:50-51 invalid-fixture"]),
        ("shop.opened: [1]", &["3:48-51 invalid-fixture"]),
        // The misspelt field is told, not that it misses.
        (
            "shop.order_placed: { order_id: o, totl: 1, count: 2, paid: true, items: [] }",
            &["3:69-73 invalid-fixture"],
        ),
        (
            "shop.order_placed: { order_id: o, count: 2, paid: true, items: [] }",
            &["3:35-52 invalid-fixture"],
        ),
        (
            "shop.order_placed: { order_id: 7, total: x, count: 2, paid: true, items: [] }",
            &["3:66-67 invalid-fixture", "3:76-77 invalid-fixture"],
        ),
        (
            "shop.order_placed: { order_id: o, total: 1, count: 2.5, paid: yes please, items: {} }",
            &[
                "3:86-89 invalid-fixture",
                "3:97-107 invalid-fixture",
                "3:116-118 invalid-fixture",
            ],
        ),
        (
            "shop.order_placed: { order_id: null, total: 1, count: 2, paid: true, items: [] }",
            &["3:66-70 invalid-fixture"],
        ),
        // Deep inside lists and objects.
        (
            "shop.order_placed: { order_id: o, total: 1, count: 2, paid: true, items: [{ sku: a }, { sku: b, colour: rd }] }",
            &["3:139-141 invalid-fixture"],
        ),
        (
            "shop.order_placed: { order_id: o, total: 1, count: 2, paid: true, items: [{ sku: a, colr: red }] }",
            &["3:119-123 invalid-fixture"],
        ),
        (
            "shop.order_placed: { order_id: o, total: 1, count: 2, paid: true, items: [{ colour: red }] }",
            &["3:109-124 invalid-fixture"],
        ),
        (
            "shop.order_placed: { order_id: o, total: 1, count: 2, paid: true, items: [{ sku: 7 }, a] }",
            &["3:116-117 invalid-fixture", "3:121-122 invalid-fixture"],
        ),
        (
            "shop.order_placed: { order_id: o, total: 1, count: 2, paid: true, items: [], tags: { a: x } }",
            &["3:123-124 invalid-fixture"],
        ),
        (
            "shop.called: { at: 2026-03-02T18:00:00Z, wait: PT20M, photo: aGk= }",
            &[],
        ),
        (
            "shop.called: { at: yesterday, wait: long, photo: \"*\" }",
            &[
                "3:54-63 invalid-fixture",
                "3:71-75 invalid-fixture",
                "3:84-87 invalid-fixture",
            ],
        ),
        // Data is data: nothing is filled in.
        (
            "shop.order_placed: { order_id: \"${x}\", total: 1, count: 2, paid: true, items: [] }",
            &[],
        ),
    ];
    compare(table, event);
}

#[test]
fn what_misses_is_named_with_its_type() {
    let found = messages(&event(
        "shop.order_placed: { order_id: o, paid: true, items: [] }",
    ));
    let (message, help) = &found[0];
    assert_eq!(
        message,
        "`shop.order_placed` needs the fields `total`, `count`"
    );
    assert_eq!(help, "add `total: double`, `count: int`");
    let found = messages(&event(
        "shop.called: { at: 2026-03-02T18:00:00Z, wiat: 1s }",
    ));
    let (message, help) = &found[0];
    assert_eq!(message, "`shop.called` has no field `wiat`");
    assert_eq!(help, "did you mean `wait`?");
    assert_eq!(found.len(), 1);
}

#[test]
fn travelers_fit_their_type() {
    let table: &[(&str, &[&str])] = &[
        (
            "{ customer_id: c, email: a@b.c, tier: gold, visits: 3, consents: { marketing: true } }",
            &[],
        ),
        ("{ tier: null, consents: {} }", &[]),
        ("{ emial: a@b.c }", &["2:13-18 unknown-field"]),
        ("{ orders: 3 }", &["2:13-19 invalid-fixture"]),
        ("{ persona: hiker }", &["2:13-20 invalid-fixture"]),
        ("{ tier: gld }", &["2:19-22 unknown-enum-value"]),
        (
            "{ visits: many, customer_id: 7 }",
            &["2:21-25 type-mismatch", "2:40-41 type-mismatch"],
        ),
        (
            "{ consents: { marketng: true } }",
            &["2:25-33 unknown-field"],
        ),
        (
            "{ consents: { marketing: given } }",
            &["2:36-41 type-mismatch"],
        ),
        ("{ consents: [marketing] }", &["2:23-34 type-mismatch"]),
        ("custmer", &["2:11-18 unknown-traveler"]),
        ("customer", &[]),
    ];
    compare(table, |traveler| {
        format!(
            "test: t\ntraveler: {traveler}\nevents: [{{ at: 2026-03-02T18:00:00Z }}]\nexpect: []\n"
        )
    });
}

#[test]
fn every_time_can_be_told() {
    let table: &[(&str, &[&str])] = &[
        ("{ after: 1h }, { after: 1h }", &["2:19-21 invalid-fixture"]),
        (
            "{ shop.opened: {} }, { after: 1h }",
            &["2:12-23 invalid-fixture"],
        ),
        (
            "{ at: 2026-03-02T18:00:00Z }, { shop.opened: {} }, { at: 2026-03-01T18:00:00Z }, { after: 1h }",
            &[],
        ),
        (
            "{ at: 9999-12-30T00:00:00Z }, { after: 90d }, { after: 1d }",
            &["2:49-52 invalid-fixture"],
        ),
        (
            "{ at: 2026-03-02T18:00:00Z, shop.opened: {}, arrives: 2026-03-02T17:00:00Z }",
            &["2:64-84 invalid-fixture"],
        ),
        (
            "{ at: 2026-03-02T18:00:00Z, shop.opened: {}, arrives: 2026-03-02T19:00:00Z, id: a, subject: b, traveler: customer }",
            &[],
        ),
        (
            "{ at: 2026-03-02T18:00:00Z, shop.opened: {}, traveler: nobody }",
            &["2:65-71 unknown-traveler"],
        ),
    ];
    compare(table, |events| {
        format!("test: t\nevents: [{events}]\nexpect: []\n")
    });
}

#[test]
fn replies_and_arms_are_known() {
    let table: &[(&str, &[&str])] = &[
        ("replies: { crm.open_case: { case_id: c-1 } }", &[]),
        ("replies: { crm.open_cse: {} }", &["2:12-24 unknown-action"]),
        (
            "replies: { crm.open_case: {} }",
            &["2:12-25 invalid-fixture"],
        ),
        (
            "replies: { crm.open_case: { case_id: 7 } }",
            &["2:38-39 invalid-fixture"],
        ),
        (
            "replies: { crm.open_case: { case_id: c, positoin: 1 } }",
            &["2:41-49 invalid-fixture"],
        ),
        ("arms: { price: low }", &[]),
        ("arms: { prise: low }", &["2:9-14 unknown-name"]),
        ("arms: { price: lo }", &["2:16-18 unknown-name"]),
    ];
    compare(table, |line| {
        format!("test: t\n{line}\nevents: [{{ at: 2026-03-02T18:00:00Z }}]\nexpect: []\n")
    });
}

#[test]
fn what_is_expected_can_happen() {
    let table: &[(&str, &[&str])] = &[
        (
            "{ send: hello, with: { percent: 10 }, at: 2026-03-02T18:00:00Z }",
            &[],
        ),
        ("{ send: helo }", &["4:13-17 unknown-template"]),
        (
            "{ send: hello, with: { percnt: 10 } }",
            &["4:28-34 unknown-parameter"],
        ),
        (
            "{ send: hello, with: { percent: ten } }",
            &["4:37-40 type-mismatch"],
        ),
        ("{ call: crm.open_case, with: { priority: high } }", &[]),
        ("{ call: crm.open_cases }", &["4:13-27 unknown-action"]),
        (
            "{ call: crm.open_case, with: { priority: hihg } }",
            &["4:46-50 unknown-enum-value"],
        ),
        ("{ emit: shop.called, with: { wait: 4m } }", &[]),
        (
            "{ emit: shop.called, with: { wait: 4 minutes } }",
            &["4:40-49 type-mismatch"],
        ),
        ("{ milestone: done }", &[]),
        ("{ milestone: don }", &["4:18-21 unknown-milestone"]),
        ("{ rule: nag }", &[]),
        ("{ rule: watch }", &[]),
        ("{ rule: wach }", &["4:13-17 unknown-name"]),
        ("{ branch: if, value: then }", &[]),
        ("{ branch: if 2, value: else }", &[]),
        ("{ branch: if 3 }", &["4:15-19 unknown-name"]),
        ("{ branch: if, value: thn }", &["4:26-29 invalid-value"]),
        ("{ branch: pick, value: 1 }", &[]),
        ("{ branch: pick, value: 2 }", &["4:28-29 invalid-value"]),
        ("{ branch: choose }", &["4:15-21 unknown-name"]),
        ("{ branch: split price, value: low }", &[]),
        ("{ branch: split, value: low }", &["4:15-20 unknown-name"]),
        ("{ variable: count, value: 3 }", &[]),
        (
            "{ variable: count, value: three }",
            &["4:31-36 type-mismatch"],
        ),
        ("{ variable: sku, value: null }", &[]),
        ("{ variable: cuont }", &["4:17-22 unknown-variable"]),
        ("{ segment: vip }", &[]),
        ("{ segment: vp }", &["4:16-18 unknown-segment"]),
        ("{ persona: hiker }", &[]),
        ("{ persona: biker }", &["4:16-21 unknown-name"]),
        ("{ end: lapsed }", &[]),
        ("{ end: bored }", &[]),
        ("{ end: merged }", &[]),
        ("{ end: lapse }", &["4:12-17 unknown-name"]),
        ("{ suppressed: hello, reason: no consent }", &[]),
        ("{ suppressed: crm.open_case, reason: cap }", &[]),
        (
            "{ suppressed: hello, reason: no consnt }",
            &["4:34-43 invalid-value"],
        ),
        ("{ deferred: hello, reason: quiet hours }", &[]),
        ("{ deferred: helo }", &["4:17-21 unknown-template"]),
        ("{ rejected: shop.called, reason: no traveler }", &[]),
        (
            "{ rejected: shop.called, reason: \"invalid payload: data.wait\" }",
            &[],
        ),
        (
            "{ rejected: shop.called, reason: nope }",
            &["4:38-42 invalid-value"],
        ),
        ("{ duplicate: shop.order_placed, times: 1 }", &[]),
        ("{ duplicate: com.shop.order.v1 }", &[]),
        ("{ duplicate: shop.orders }", &["4:18-29 unknown-event"]),
        ("{ not: { send: hello } }", &[]),
        ("{ not: { send: helo } }", &["4:20-24 unknown-template"]),
        (
            "{ not: { send: hello, times: 2 } }",
            &["4:34-35 conflicting-keys"],
        ),
        (
            "{ milestone: done, with: { x: 1 } }",
            &["4:32-33 invalid-fixture"],
        ),
        ("{ send: hello, value: 1 }", &["4:27-28 invalid-fixture"]),
        ("{ send: hello, reason: cap }", &["4:28-31 invalid-fixture"]),
    ];
    compare(table, expecting);
}

#[test]
fn a_misspelt_field_is_renamed_by_its_fix() {
    let sources = sources(&event(
        "shop.called: { at: 2026-03-02T18:00:00Z, wiat: 1s }",
    ));
    let ((), found) = checked(&sources, |checker| {
        checker.scenarios();
    });
    let edit = &found[0].fixes[0].edits[0];
    assert_eq!((sources.text(edit.span), &*edit.text), ("wiat", "wait"));
}

#[test]
fn with_several_types_a_test_names_its_own() {
    let other = "traveler: agent\nkey: id\nprofile: { id: string | null }\n";
    let test = "test: t\nevents: [{ at: 2026-03-02T18:00:00Z }]\nexpect: []\n---\n\
        test: u\ntraveler: agent\nprofile: { id: a-1, email: x }\nevents: [{ at: 2026-03-02T18:00:00Z }]\nexpect: []\n";
    let sources = Sources::from_texts([("a.yaml", SHOP), ("b.yaml", other), ("test.yaml", test)]);
    let ((), found) = checked(&sources, |checker| {
        checker.scenarios();
    });
    assert_eq!(
        places(&sources, "test.yaml", &found),
        ["1:7-8 missing-key", "7:21-26 unknown-field"]
    );
}

#[test]
fn the_tests_of_the_example_are_clean() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nto");
    let loaded = Sources::load(&OsFiles::new(root), &Exclude::none());
    let (sources, _) = loaded.expect("the example is there");
    let (tests, found) = checked(&sources, |checker| {
        checker.scenarios();
        checker.names.tests.len()
    });
    assert!(tests > 5);
    assert_eq!(found, []);
}
