//! `cjoc test`: how much the scenarios reach, and expectations brought up to date.

mod support;

use serde_json::Value;
use support::Workspace;

const BASE: &[(&str, &str)] = &[
    ("cjoc.yaml", "name: shop\nedition: 2026\n"),
    (
        "shop.yaml",
        "\
traveler: customer
key: id
identities: [id]
profile: { id: string | null }
---
connection: shop
uses: std/webhook
events:
  viewed: { fields: { kind: string }, identify: { id: trigger.subject } }
  ordered: { fields: { total: double }, identify: { id: trigger.subject } }
actions:
  thank: { params: { percent: int, note: string } }
---
journey: buying
traveler: customer
variables: { big: bool = false }
start: { on: shop.viewed }
milestones:
  looking:
    do:
      - wait: { on: shop.ordered, timeout: 2d, then: [{ set: { big: true } }], else: [{ end: lost }] }
  bought:
    enter: { on: shop.ordered, when: event.total > 10.0 }
    do:
      - call: shop.thank
        with: { percent: 10, note: thanks }
end: [{ after: 30d, outcome: over }]
",
    ),
];

const EVENTS: &str = "\
events:
  - { at: 2026-03-02T10:00:00Z, shop.viewed: { kind: tent }, subject: c-1 }
  - { after: 1d, shop.ordered: { total: 20.0 }, subject: c-1 }
";

fn workspace(expect: &str) -> Workspace {
    let workspace = Workspace::new(BASE);
    workspace.write("test.yaml", &format!("test: One buys\n{EVENTS}{expect}"));
    workspace
}

fn coverage(workspace: &Workspace) -> Vec<String> {
    let ran = workspace.run(&["test", "--format", "json"]);
    let document: Value = serde_json::from_str(&ran.out).expect("it is JSON");
    let parts = document["coverage"]
        .as_array()
        .expect("there are parts")
        .clone();
    let told = |part: &Value| {
        let text = |key: &str| part[key].as_str().unwrap_or_default().to_owned();
        let sign = if part["reached"] == true { "+" } else { "-" };
        format!("{sign} {} {} {}", text("kind"), text("name"), text("at"))
    };
    parts.iter().map(told).collect()
}

#[test]
fn coverage_counts_steps_conditions_time_outs_and_ends() {
    let workspace = workspace("expect: [{ milestone: bought }]\n");
    assert_eq!(
        coverage(&workspace),
        [
            "+ milestone buying.looking shop.yaml:19:3",
            "+ step wait shop.yaml:21:9",
            "- timeout wait in vain shop.yaml:21:9",
            "+ step set shop.yaml:21:55",
            "- step end lost shop.yaml:21:87",
            "+ milestone buying.bought shop.yaml:22:3",
            "+ action shop.thank shop.yaml:25:9",
            "- outcome buying: over shop.yaml:27:7",
            "+ condition entering bought holds shop.yaml:23:38",
            "- condition entering bought does not hold shop.yaml:23:38",
        ]
    );
}

#[test]
fn too_little_coverage_fails() {
    let workspace = workspace("expect: [{ milestone: bought }]\n");
    for (least, code) in [
        ("60", 0),
        ("60%", 0),
        ("61", 1),
        ("100", 1),
        ("101", 2),
        ("x", 2),
    ] {
        let ran = workspace.run(&["test", "--min-coverage", least]);
        assert_eq!(ran.code, code, "{least}: {}{}", ran.out, ran.err);
        let told = ran.err.contains(&format!(
            "60.0 % of the workspace is reached, less than {least} %"
        ));
        assert_eq!(told, code == 1, "{}", ran.err);
    }
}

/// What is expected, and what that becomes.
const UPDATES: &[(&str, &str)] = &[
    // Nothing is wrong: nothing changes.
    (
        "expect:\n  - { milestone: bought } # yes\n",
        "expect:\n  - { milestone: bought } # yes\n",
    ),
    // Only the value that differs, and no comment moves.
    (
        "expect:\n  # first\n  - { milestone: bought, at: 2026-03-04T10:00:00Z } # when\n  - call: shop.thank # who\n    with:\n      percent: 20 # how much\n      note: \"thanks\"\n",
        "expect:\n  # first\n  - { milestone: bought, at: 2026-03-03T10:00:00Z } # when\n  - call: shop.thank # who\n    with:\n      percent: 10 # how much\n      note: \"thanks\"\n",
    ),
    // What did not happen goes, in lists of both styles.
    (
        "expect:\n  - { milestone: looking }\n  - { end: lost } # really?\n  # kept\n  - { milestone: bought }\n",
        "expect:\n  - { milestone: looking }\n  # kept\n  - { milestone: bought }\n",
    ),
    (
        "expect: [{ milestone: looking }, { end: lost }, { milestone: bought }, { end: over }]\n",
        "expect: [{ milestone: looking }, { milestone: bought }]\n",
    ),
    (
        "expect: [{ milestone: looking }, { end: lost }, { end: over }]\n",
        "expect: [{ milestone: looking }]\n",
    ),
    (
        "expect:\n  - { milestone: looking }\n  - { not: { milestone: bought } }\n",
        "expect:\n  - { milestone: looking }\n",
    ),
    (
        "expect:\n  - { milestone: looking, times: 3 }\n",
        "expect:\n  - { milestone: looking, times: 1 }\n",
    ),
    // What came earlier moves up.
    (
        "expect:\n  - { milestone: bought }\n  - { milestone: looking }\n",
        "expect:\n  - { milestone: looking }\n  - { milestone: bought }\n",
    ),
    (
        "expect: [{ milestone: bought }, { milestone: looking }]\n",
        "expect: [{ milestone: looking }, { milestone: bought }]\n",
    ),
    // All that happened, where nothing was expected.
    (
        "expect: []\n# the end\n",
        "expect:\n  - { milestone: looking, at: 2026-03-02T10:00:00Z }\n  - { milestone: bought, at: 2026-03-03T10:00:00Z }\n  - { call: shop.thank, with: { note: thanks, percent: 10 }, at: 2026-03-03T10:00:00Z }\n# the end\n",
    ),
    // Nothing of it was true.
    (
        "expect:\n  - { end: over }\n",
        "expect:\n  - { milestone: looking, at: 2026-03-02T10:00:00Z }\n  - { milestone: bought, at: 2026-03-03T10:00:00Z }\n  - { call: shop.thank, with: { note: thanks, percent: 10 }, at: 2026-03-03T10:00:00Z }\n",
    ),
];

#[test]
fn what_happened_is_written_and_the_rest_stays_byte_for_byte() {
    for (expect, becomes) in UPDATES {
        let workspace = workspace(expect);
        let ran = workspace.run(&["test", "--update"]);
        let text =
            std::fs::read_to_string(workspace.path().join("test.yaml")).expect("it is there");
        assert_eq!(
            text,
            format!("test: One buys\n{EVENTS}{becomes}"),
            "{expect}{}",
            ran.err
        );
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        let told = ran.err.contains("updated test.yaml");
        assert_eq!(told, expect != becomes, "{}", ran.err);
    }
}

/// JSON is YAML too.
#[test]
fn a_scenario_in_a_flow_map_stays_one() {
    for expect in ["[]", "[{ end: over }]"] {
        let workspace = Workspace::new(BASE);
        let text = |expect: &str| {
            format!(
                "{{ test: One looks, events: [{{ at: 2026-03-02T10:00:00Z, shop.viewed: {{ kind: tent }}, subject: c-1 }}], expect: {expect} }}\n"
            )
        };
        workspace.write("test.yaml", &text(expect));
        let ran = workspace.run(&["test", "--update"]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        let after =
            std::fs::read_to_string(workspace.path().join("test.yaml")).expect("it is there");
        assert_eq!(
            after,
            text("[\n    { milestone: looking, at: 2026-03-02T10:00:00Z }\n  ]")
        );
    }
}

#[test]
fn a_failure_shows_what_was_expected_against_what_happened() {
    let workspace = workspace(
        "expect:\n  - { milestone: looking }\n  - { milestone: bought, at: 2026-03-04T10:00:00Z }\n  - { end: lost }\n",
    );
    let ran = workspace.run(&["test"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let difference = "
    expected (-) against what happened (+); `cjoc test --update` writes it:
      - { milestone: looking }
    -  - { milestone: bought, at: 2026-03-04T10:00:00Z }
    -  - { end: lost }
    +  - { milestone: bought, at: 2026-03-03T10:00:00Z }
";
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat(&ran.out).contains(&flat(difference)), "{}", ran.out);
    assert!(ran.out.contains("event.total > 10.0"), "{}", ran.out);
}

#[test]
fn windows_line_ends_and_marks_stay() {
    let workspace = Workspace::new(BASE);
    let text = format!(
        "\u{feff}test: One buys\n{EVENTS}expect:\n  - {{ call: shop.thank, with: {{ percent: 1 }} }} # x\n"
    );
    workspace.write("test.yaml", &text.replace('\n', "\r\n"));
    let ran = workspace.run(&["test", "--update"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let after = std::fs::read_to_string(workspace.path().join("test.yaml")).expect("it is there");
    assert_eq!(
        after,
        text.replace("percent: 1 }", "percent: 10 }")
            .replace('\n', "\r\n")
    );
}

#[test]
fn what_does_not_compile_is_told_and_not_touched() {
    let workspace = workspace("expect:\n  - { milestone: nowhere }\n");
    let ran = workspace.run(&["test", "--update"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let text = std::fs::read_to_string(workspace.path().join("test.yaml")).expect("it is there");
    assert!(
        text.ends_with("expect:\n  - { milestone: nowhere }\n"),
        "{text}"
    );
}
