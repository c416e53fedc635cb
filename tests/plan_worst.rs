//! The worst case of a plan: what it says of journeys that people write, and that no events lead
//! to more than it says of journeys that nobody would write.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use cjoc::compile;
use cjoc::dryrun::{self, samples};
use cjoc::engine::Engine;
use cjoc::model::Model;
use cjoc::plan::worst_case;
use cjoc::render::trace_json;
use cjoc::source::MemoryFiles;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

const BASE: &str = "\
traveler: customer
key: id
identities: [id]
profile: { id: string | null, address: string = \"a@b.example\", score: int = 0 }
consents: [marketing]
---
connection: shop
uses: std/webhook
events:
  a: { fields: { n: int }, identify: { id: trigger.subject }, update: { score: event.n } }
  b: { fields: { n: int }, identify: { id: trigger.subject }, update: { score: event.n } }
  c: { fields: { n: int }, identify: { id: trigger.subject } }
---
connection: mailer
uses: std/email
actions:
  ring: { params: {}, channel: push }
---
channel: push
via: mailer
address: traveler.address
---
template: mail
channel: email
subject: Hello
body: You
---
template: receipt
channel: email
transactional: true
subject: Hello
body: You
---
template: note
channel: push
body: You
---
";

/// A workspace of one journey; the channel `email` is given apart.
fn compiled(channel: &str, journey: &str) -> Result<Model, String> {
    let text = format!(
        "{BASE}channel: email\nvia: mailer\naddress: traveler.address\n{channel}\n---\n{journey}"
    );
    let files: MemoryFiles = [
        ("cjoc.yaml", "name: t\nedition: 2026\n".to_owned()),
        ("all.yaml", text.clone()),
    ]
    .into_iter()
    .collect();
    let outcome = compile::check(&files).expect("memory can be read");
    outcome.model.ok_or_else(|| {
        let found = outcome.diagnostics.iter();
        let errors = found.map(|it| format!("{}: {}\n", it.code.name, it.message));
        format!("{}{text}", errors.collect::<String>())
    })
}

fn bounds(channel: &str, journey: &str) -> BTreeMap<String, (Option<u64>, String)> {
    let model = compiled(channel, journey).unwrap_or_else(|why| panic!("{why}"));
    (worst_case(&model).into_iter())
        .map(|worst| (worst.channel.to_string(), (worst.messages, worst.why)))
        .collect()
}

/// A journey from `a` to `c` with one milestone.
fn simple(reentry: &str, steps: &str) -> String {
    format!(
        "journey: j\ntraveler: customer\nstart: {{ on: shop.a }}\nreentry: {reentry}\n\
         milestones:\n  one:\n    do: {steps}\nend: {{ on: shop.c, outcome: done }}\n"
    )
}

#[test]
fn what_bounds_a_week() {
    let cap = "cap: [{ max: 2, per: 7d }]";
    let table: &[(&str, String, Option<u64>, &str)] = &[
        ("", simple("never", "[{ send: mail }]"), Some(1), "once"),
        ("", simple("never", "[{ send: mail }, { wait: 1d }, { send: mail }]"), Some(2), "once"),
        // A reader that has three arms sends on one of them.
        (
            "",
            simple("never", "[{ if: traveler.score > 1, then: [{ send: mail }], else: [{ send: mail }, { send: mail }] }]"),
            Some(2),
            "once",
        ),
        ("", simple("never", "[{ parallel: [[{ send: mail }], [{ send: mail }]] }]"), Some(2), "once"),
        ("", simple("{ after: 30d, since: start }", "[{ send: mail }]"), Some(1), "`j` starts again 30d after its start"),
        ("", simple("{ after: 3d, since: start }", "[{ send: mail }]"), Some(3), "3d after its start"),
        // A session that began before the week can send in it.
        ("", simple("{ after: 30d }", "[{ wait: { on: shop.b } }, { send: mail }]"), Some(2), "30d after its end"),
        ("", simple("always", "[{ send: mail }]"), None, "`j` starts with every `shop.a`"),
        (cap, simple("always", "[{ send: mail }]"), Some(2), "the cap of 2 in 7d"),
        ("cap: [{ max: 1, per: 1d }, { max: 5, per: 7d }]", simple("always", "[{ send: mail }]"), Some(5), "the cap of 5 in 7d"),
        ("cap: [{ max: 1, per: 2d }]", simple("always", "[{ send: mail }]"), Some(4), "the cap of 1 in 2d"),
        // What is below the cap anyway is not the cap's doing.
        (cap, simple("never", "[{ send: mail }]"), Some(1), "once"),
        // A transactional message is not counted by caps.
        (cap, simple("never", "[{ send: mail }, { send: receipt }]"), Some(2), "once"),
        (cap, simple("always", "[{ send: mail }, { send: receipt }]"), None, "`j` starts with every `shop.a`"),
        // What is put off can come weeks later; no more than there is.
        ("cap: [{ max: 3, per: 7d, then: defer }]", simple("never", "[{ send: mail }]"), Some(1), "once"),
        (
            "",
            "journey: j\ntraveler: customer\nstart: { on: shop.a }\nmilestones:\n  one:\n    do: [{ send: mail }, { wait: 2d }, { goto: one }]\nend: { on: shop.c, outcome: done }\n".to_owned(),
            Some(4),
            "`one` → `one` takes 2d at least",
        ),
        (
            "",
            "journey: j\ntraveler: customer\nstart: { on: shop.a }\nmilestones:\n  one:\n    do: [{ send: mail }]\n  two:\n    enter: { on: shop.b }\n    do: [{ wait: { on: shop.a } }, { goto: one }]\nend: { on: shop.c, outcome: done }\n".to_owned(),
            None,
            "`one` → `two` → `one` goes round as often as events come",
        ),
        (
            "",
            "journey: j\ntraveler: customer\nstart: { schedule: \"0 9 * * MON\" }\nreentry: always\nmilestones:\n  one:\n    do: [{ send: mail }]\nend: { after: 1h, outcome: done }\n".to_owned(),
            Some(1),
            "on the schedule `0 9 * * MON`",
        ),
        (
            "",
            "journey: j\ntraveler: customer\nstart: { on: shop.a }\nmilestones:\n  one: {}\nrules:\n  - { rule: weekly, every: 7d, do: [{ send: mail }] }\nend: { on: shop.c, outcome: done }\n".to_owned(),
            Some(1),
            "`weekly` fires every 7d",
        ),
        (
            "",
            "journey: j\ntraveler: customer\nstart: { on: shop.a }\nmilestones:\n  one: {}\nrules:\n  - { rule: each, on: shop.b, do: [{ send: mail }] }\nend: { on: shop.c, outcome: done }\n".to_owned(),
            None,
            "`each` fires with every `shop.b`",
        ),
        (
            "",
            "journey: j\ntraveler: customer\nkey: event.n\nstart: { on: shop.a }\nmilestones:\n  one:\n    do: [{ send: mail }]\nend: { on: shop.c, outcome: done }\n".to_owned(),
            None,
            "`j` has a session for every key",
        ),
        (
            "",
            simple("never", "[{ send: mail }]").replace("reentry", "while_active: restart\nreentry"),
            None,
            "`j` starts with every `shop.a`",
        ),
        ("", simple("always", "[{ send: mail }]").replace("traveler: c", "status: shadow\ntraveler: c"), Some(0), "nothing goes out in shadow"),
    ];
    for (channel, journey, messages, why) in table {
        let found = &bounds(channel, journey)["email"];
        assert_eq!(found.0, *messages, "{channel}\n{journey}\n{}", found.1);
        assert!(found.1.contains(why), "{}\n{journey}", found.1);
    }
}

#[test]
fn a_channel_is_told_with_who_sends_on_it() {
    let model = compiled(
        "cap: [{ max: 2, per: 7d }]",
        "journey: j\ntraveler: customer\nstart: { on: shop.a }\nmilestones:\n  one:\n    do: [{ send: mail }, { send: note }]\n\
         end: { on: shop.c, outcome: done }\n---\nrule: g\nin: [j]\non: shop.b\ndo: [{ send: mail }, { call: mailer.ring }]\n",
    )
    .unwrap_or_else(|why| panic!("{why}"));
    let told: Vec<_> = (worst_case(&model).into_iter())
        .map(|worst| {
            let senders = worst.senders.iter();
            let senders: Vec<_> = senders.map(|it| (it.id.to_string(), it.messages)).collect();
            (worst.channel.to_string(), worst.messages, senders)
        })
        .collect();
    let one = |count| ("journeys/j/milestones/one".to_owned(), Some(count));
    let rule = ("rules/g".to_owned(), None);
    assert_eq!(
        told,
        [
            ("email".to_owned(), Some(2), vec![one(1), rule.clone()]),
            ("push".to_owned(), None, vec![one(1), rule]),
        ]
    );
}

/// Choices, one after the other; zero where there are no more.
struct Choices<'a>(&'a [u8], Cell<usize>);

impl Choices<'_> {
    fn of<'t>(&self, all: &[&'t str]) -> &'t str {
        all[self.below(all.len())]
    }

    fn below(&self, many: usize) -> usize {
        let at = self.1.replace(self.1.get() + 1);
        usize::from(self.0.get(at).copied().unwrap_or(0)) % many
    }
}

const DELAYS: [&str; 6] = ["1h", "8h", "1d", "3d", "7d", "10d"];

fn steps(choices: &Choices<'_>, depth: usize, last: bool) -> String {
    let mut all = Vec::new();
    for _ in 0..=choices.below(3) {
        let delay = choices.of(&DELAYS);
        let nested = |last| {
            if depth == 0 {
                "[{ send: note }]".to_owned()
            } else {
                steps(choices, depth - 1, last)
            }
        };
        all.push(match choices.below(14) {
            0..=3 => "{ send: mail }".to_owned(),
            4 => "{ send: note }".to_owned(),
            5 => "{ send: receipt }".to_owned(),
            6 | 7 => format!("{{ wait: {delay} }}"),
            8 => "{ wait: { at: \"09:00\" } }".to_owned(),
            9 => format!(
                "{{ wait: {{ on: shop.b, timeout: {delay}, then: {}, else: {} }} }}",
                nested(false),
                nested(false)
            ),
            10 => format!(
                "{{ if: traveler.score > 3, then: {}, else: {} }}",
                nested(true),
                nested(false)
            ),
            11 => format!("{{ parallel: [{}, {}] }}", nested(false), nested(false)),
            12 => "{ call: mailer.ring }".to_owned(),
            _ => "{ wait: { days: 1, at: \"18:00\" } }".to_owned(),
        });
    }
    if last {
        match choices.below(6) {
            0 => all.push("{ goto: m0 }".to_owned()),
            1 => all.push("{ goto: m1 }".to_owned()),
            2 => all.push("{ end: over }".to_owned()),
            _ => {}
        }
    }
    format!("[{}]", all.join(", "))
}

fn trigger(choices: &Choices<'_>) -> String {
    match choices.below(6) {
        0 | 1 => "on: shop.a".to_owned(),
        2 => "on: shop.b".to_owned(),
        3 => format!("after: {}", choices.of(&DELAYS)),
        4 => format!("every: {}", choices.of(&DELAYS)),
        _ => format!(
            "schedule: \"{}\"",
            choices.of(&["0 9 * * *", "30 7 * * MON", "0 */6 * * *"])
        ),
    }
}

fn rule(choices: &Choices<'_>, name: &str) -> String {
    let (on, waits) = match choices.below(6) {
        0 => ("on: start".to_owned(), true),
        1 => ("on: milestone.m1".to_owned(), true),
        2 => ("on: end".to_owned(), false),
        _ => (trigger(choices), true),
    };
    let steps = if waits {
        steps(choices, 1, true)
    } else {
        "[{ send: mail }]".to_owned()
    };
    format!("{{ rule: {name}, {on}, do: {steps} }}")
}

fn journey(choices: &Choices<'_>) -> (String, String) {
    let channel = choices.of(&[
        "",
        "",
        "",
        "cap: [{ max: 2, per: 7d }]",
        "cap: [{ max: 1, per: 1d, then: defer }, { max: 9, per: 30d }]",
        "quiet: { from: \"20:00\", to: \"08:00\", then: defer }",
        "quiet: { from: \"20:00\", to: \"08:00\" }",
        "cap: [{ max: 3, per: 2d }]\nquiet: { from: \"22:00\", to: \"06:00\", then: defer }",
    ]);
    let mut text = String::from("journey: j\ntraveler: customer\n");
    let start = choices.of(&[
        "on: shop.a",
        "on: [shop.a, shop.b]",
        "schedule: \"0 12 * * *\"",
    ]);
    let reentry = choices.of(&[
        "never",
        "never",
        "always",
        "{ after: 3d }",
        "{ after: 2d, since: start }",
        "{ after: 7d, since: start }",
    ]);
    let active = choices.of(&["ignore", "ignore", "ignore", "restart"]);
    let _ = writeln!(
        text,
        "start: {{ {start} }}\nreentry: {reentry}\nwhile_active: {active}\nmilestones:"
    );
    for index in 0..2 + choices.below(2) {
        let _ = writeln!(text, "  m{index}:");
        if index > 0 {
            let from = choices.of(&["", "", ", from: [m0]", ", from: [m0, m1]"]);
            let _ = writeln!(text, "    enter: {{ {}{from} }}", trigger(choices));
        }
        if choices.below(5) == 0 {
            let _ = writeln!(text, "    detached: true");
        }
        let _ = writeln!(text, "    do: {}", steps(choices, 1, true));
        if choices.below(3) == 0 {
            let _ = writeln!(text, "    rules: [{}]", rule(choices, &format!("r{index}")));
        }
    }
    if choices.below(2) == 0 {
        let _ = writeln!(text, "rules: [{}]", rule(choices, "all"));
    }
    let end = match choices.below(3) {
        0 => "on: shop.c".to_owned(),
        _ => format!("after: {}", choices.of(&DELAYS)),
    };
    let _ = writeln!(text, "end: {{ {end}, outcome: over }}");
    if choices.below(3) == 0 {
        let global = rule(choices, "g");
        let _ = writeln!(
            text,
            "---\n{}",
            global.replacen("rule: g,", "rule: g, in: [j],", 1)
        );
    }
    (channel.to_owned(), text)
}

/// The most messages of a channel in any seven days of a run.
fn most(engine: &Engine, events: &[(u8, u8)]) -> BTreeMap<String, usize> {
    let mut time: Timestamp = "2026-01-05T07:00:00Z".parse().expect("a time");
    let mut lines = String::new();
    for (index, (gap, kind)) in events.iter().enumerate() {
        let minutes = [0, 20, 60, 180, 480, 1_440, 2_880][usize::from(*gap) % 7];
        time += SignedDuration::from_mins(minutes);
        let name = ["a", "b", "a", "b", "c"][usize::from(*kind) % 5];
        let event = json!({
            "specversion": "1.0", "id": index.to_string(), "source": "shop", "subject": "x",
            "type": format!("shop.{name}"), "time": time.to_string(), "data": { "n": kind % 7 },
        });
        let _ = writeln!(lines, "{event}");
    }
    let until = time + SignedDuration::from_hours(24 * 15);
    let run = dryrun::run(
        engine,
        samples::read("events", lines.as_bytes()),
        Some(until),
    );
    let mut sent: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
    for line in trace_json::lines(&run.records).lines() {
        let line: Value = serde_json::from_str(line).expect("a trace is JSON");
        if line["kind"] == "action_emitted" {
            let time = line["time"]
                .as_str()
                .and_then(|it| it.parse::<Timestamp>().ok());
            let channel = line["channel"].as_str().expect("it is on a channel");
            sent.entry(channel.to_owned()).or_default().extend(time);
        }
    }
    let week = SignedDuration::from_hours(7 * 24);
    let most = |times: &Vec<Timestamp>| {
        let from = |first: &Timestamp| {
            let within = |time: &&Timestamp| *time >= first && **time < *first + week;
            times.iter().filter(within).count()
        };
        times.iter().map(from).max().unwrap_or(0)
    };
    sent.iter()
        .map(|(channel, times)| (channel.clone(), most(times)))
        .collect()
}

#[test]
fn no_events_lead_to_more_messages_than_the_worst_case() {
    let (compiles, bounded, reached) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let cases = 192;
    let mut runner = TestRunner::new(ProptestConfig::with_cases(cases));
    let events = || prop::collection::vec((any::<u8>(), any::<u8>()), 1..60);
    let journeys = prop::collection::vec(any::<u8>(), 60..120);
    let strategy = (journeys, prop::collection::vec(events(), 3));
    let result = runner.run(&strategy, |(choices, runs)| {
        let (channel, journey) = journey(&Choices(&choices, Cell::new(0)));
        let Ok(model) = compiled(&channel, &journey) else {
            return Ok(());
        };
        compiles.set(compiles.get() + 1);
        let worst: BTreeMap<String, Option<u64>> = (worst_case(&model).into_iter())
            .map(|worst| (worst.channel.to_string(), worst.messages))
            .collect();
        let engine = Engine::new(&model).expect("what compiles links");
        for events in runs {
            for (name, count) in most(&engine, &events) {
                let Some(bound) = worst.get(&name) else {
                    return Err(TestCaseError::fail(format!(
                        "{name} is not told\n{journey}"
                    )));
                };
                let Some(bound) = bound else { continue };
                bounded.set(bounded.get() + 1);
                let count = count as u64;
                reached.set(reached.get() + u64::from(count == *bound));
                prop_assert!(
                    count <= *bound,
                    "{count} > {bound} on {name}\n{channel}\n{journey}"
                );
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    // The test looks at something, and the bounds are not far off.
    let (compiles, bounded, reached) = (compiles.get(), bounded.get(), reached.get());
    let seen = format!("{compiles} of {cases} compile, {reached} of {bounded} bounds are reached");
    assert!(
        compiles * 4 > cases && bounded > 60 && reached * 20 > bounded,
        "{seen}"
    );
}
