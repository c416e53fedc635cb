//! What reaches a terminal, whatever is in the files, their names and the arguments.

use super::support::Workspace;

const MANIFEST: (&str, &str) = ("cjoc.yaml", "name: hostile\nedition: 2026\n");

/// Nothing that steers a terminal, but for line ends.
pub(crate) fn harmless(name: &str, text: &str) {
    let steers = |c: char| {
        c != '\n' && c.is_control()
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    if let Some(at) = text.find(steers) {
        let from = text[..at]
            .char_indices()
            .rev()
            .nth(40)
            .map_or(0, |(at, _)| at);
        let end = (at + 40..text.len()).find(|end| text.is_char_boundary(*end));
        panic!("{name}: {:?}", &text[from..end.unwrap_or(text.len())]);
    }
}

/// What would clear the screen, change its title, colour what follows and turn it round.
const STEERING: &str = "\u{1b}[2J\u{1b}]0;title\u{7}\u{1b}[31m\u{202E}\u{9b}1m\r\n";

/// The same as YAML and JSON can hold it.
const ESCAPED: &str = "\\u001b[2J\\u001b]0;title\\u0007\\u001b[31m\\u202e\\u009b1m\\r\\n";

fn customer() -> (&'static str, &'static str) {
    ("customer.yaml", super::cases::CUSTOMER)
}

/// Runs it with and without a terminal's width, and holds all that is written.
fn told(workspace: &Workspace, arguments: &[&str]) -> String {
    let mut told = String::new();
    for columns in ["", "20", "0", "18446744073709551615", "-1"] {
        let ran = workspace.run_with(arguments, &[("COLUMNS", columns)], "");
        assert!(ran.code <= 2, "{arguments:?} in {columns:?}: {}", ran.err);
        harmless(&arguments.join(" "), &ran.out);
        harmless(&arguments.join(" "), &ran.err);
        told.push_str(&ran.out);
        told.push_str(&ran.err);
    }
    told
}

#[test]
fn names_and_values_of_files_never_steer_the_terminal() {
    let declaration = format!(
        "segment: \"s{ESCAPED}\"\ntitle: \"{ESCAPED}\"\n\"{ESCAPED}\": 1\ntraveler: \"{ESCAPED}\"\n\
         when: \"traveler.n == '{ESCAPED}' && traveler.`{ESCAPED}` == 1 && '\u{202E}' == 1\"\n"
    );
    let comment = format!("# {}\n", STEERING.replace(['\r', '\n'], ""));
    let workspace = Workspace::new(&[MANIFEST, customer(), ("a.yaml", &(comment + &declaration))]);
    for format in ["human", "short"] {
        let told = told(&workspace, &["check", "--format", format]);
        assert!(told.contains("\\u{1b}[2J"), "{told}");
    }
}

#[test]
fn what_events_bring_never_steers_the_terminal() {
    let connection = "connection: shop\nuses: std/webhook\nevents:\n  \
        placed: { fields: { name: string }, identify: { id: trigger.subject }, update: { name: event.name } }\n\
        ---\nconnection: crm\nuses: std/webhook\npii: allowed\nactions:\n  tell: { params: { text: string } }\n";
    let journey = format!(
        "journey: j\ntitle: \"{ESCAPED}\"\ntraveler: customer\nreentry: always\nwhile_active: restart\n\
         start: {{ on: shop.placed }}\nvariables: {{ said: string | null }}\nmilestones:\n  m:\n    \
         title: \"{ESCAPED}\"\n    do:\n      - set: {{ said: event.name }}\n      - call: crm.tell\n        \
         with: {{ text: \"a ${{event.name}} {ESCAPED}\" }}\nend: {{ after: 1d, outcome: done }}\n"
    );
    let event = |id: &str, kind: &str, time: &str| {
        format!(
            "{{\"specversion\":\"1.0\",\"id\":\"{id}\",\"source\":\"{ESCAPED}\",\"type\":\"{kind}\",\
             \"time\":\"{time}\",\"subject\":\"{ESCAPED}\",\"data\":{{\"name\":\"{ESCAPED}\"}}}}\n"
        )
    };
    let events = [
        event("1", "shop.placed", "2026-03-02T18:00:00Z"),
        event(ESCAPED, "shop.placed", "2026-03-02T19:00:00Z"),
        event(ESCAPED, ESCAPED, "2026-03-02T19:00:00Z"),
        event("4", "shop.placed", ESCAPED),
        STEERING.to_owned(),
    ];
    let workspace = Workspace::new(&[
        MANIFEST,
        customer(),
        ("a.yaml", connection),
        ("j.yaml", &journey),
        ("e.jsonl", &events.concat()),
    ]);
    told(&workspace, &["plan"]);
    let timeline = told(&workspace, &["plan", "--events", "e.jsonl"]);
    assert!(timeline.contains("\\u{1b}[2J"), "{timeline}");
    told(
        &workspace,
        &["plan", "--events", "e.jsonl", "--traveler", STEERING],
    );
    told(
        &workspace,
        &["plan", "--events", "e.jsonl", "--journey", STEERING],
    );
}

#[test]
fn what_scenarios_say_never_steers_the_terminal() {
    let test = format!(
        "test: \"{ESCAPED}\"\ntraveler: customer\nprofile: {{ name: \"{ESCAPED}\" }}\nevents:\n  \
         - at: 2026-03-02T18:00:00Z\n    on: shop.placed\n    with: {{ name: \"{ESCAPED}\" }}\n    \
         subject: \"{ESCAPED}\"\nexpect:\n  - send: t\n"
    );
    let workspace = Workspace::new(&[MANIFEST, customer(), ("t.yaml", &test)]);
    told(&workspace, &["test"]);
}

#[test]
fn values_and_arguments_never_steer_the_terminal() {
    let variables = format!("{{\"a\": \"{ESCAPED}\", \"{ESCAPED}\": 1}}");
    let workspace = Workspace::new(&[MANIFEST, customer(), ("v.json", &variables)]);
    let value = told(&workspace, &["eval", "a", "--with", "v.json", "--explain"]);
    assert!(value.contains("[2J"), "{value}");
    let quoted = format!("'{STEERING}' + 1");
    for arguments in [
        ["eval", STEERING],
        ["eval", &quoted],
        ["eval", "unknown_name"],
        ["check", STEERING],
        ["explain", STEERING],
    ] {
        told(&workspace, &arguments);
    }
    told(&workspace, &["eval", "1", "--with", STEERING]);
    told(&workspace, &["plan", "--events", STEERING]);
}

#[test]
fn a_terminal_of_20_columns_is_wide_enough() {
    let long = "a_very_long_name_of_something_that_is_not_there";
    let text = format!(
        "segment: s\ntraveler: customer\nwhen: traveler.{long} == 1 && traveler.{long}2 == 2\n"
    );
    let workspace = Workspace::new(&[MANIFEST, customer(), ("a.yaml", &text)]);
    let ran = workspace.run_with(&["check"], &[("COLUMNS", "20")], "");
    assert_eq!(ran.code, 1);
    // A line of the file is cut to what fits; words of a message are not.
    let longest = |line: &str| {
        line.split_whitespace()
            .map(|word| word.chars().count())
            .max()
    };
    for line in ran.out.lines().filter(|line| line.chars().count() > 34) {
        assert!(
            longest(line).is_some_and(|word| word >= 20),
            "{line:?} in {}",
            ran.out
        );
    }
}

#[test]
fn text_that_hides_its_order_is_an_error_where_it_stands() {
    let text = "# a \u{202E} comment\nsegment: s\ntitle: \"x\u{2066}y\"\ntraveler: customer\n\
        when: traveler.name == 'a\u{202E}b'\n";
    let ran = Workspace::new(&[MANIFEST, customer(), ("a.yaml", text)])
        .run(&["check", "--format", "short"]);
    let places: Vec<&str> = ran
        .out
        .lines()
        .filter(|line| line.contains("invalid-text"))
        .map(|line| line.split(": ").next().unwrap_or_default())
        .collect();
    assert_eq!(
        places,
        ["a.yaml:1:5", "a.yaml:3:10", "a.yaml:5:26"],
        "{}",
        ran.out
    );
}

#[test]
fn names_without_end_are_cut_in_messages() {
    let name = "é".repeat(100_000);
    let text = format!("segment: s\ntraveler: {name}\nwhen: traveler.n == 1\n");
    let workspace = Workspace::new(&[MANIFEST, customer(), ("a.yaml", &text)]);
    for format in ["human", "short", "json"] {
        let ran = workspace.run(&["check", "--format", format]);
        assert_eq!(ran.code, 1);
        assert!(
            ran.out.len() < 20_000,
            "{} bytes in {format}",
            ran.out.len()
        );
        assert!(ran.out.contains("é…é"), "{}", ran.out);
    }
    let ran = workspace.run(&["eval", &"a".repeat(100_000)]);
    assert!(ran.out.len() < 20_000, "{} bytes", ran.out.len());
}
