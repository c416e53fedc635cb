//! One line that slipped, or was lost above others, is one message, in whatever files it is felt; and
//! where it is clear what was meant, the fix gives the text back.

use cjoc::compile;
use cjoc::diagnostic::{Applicability, Diagnostic};
use cjoc::source::MemoryFiles;

const PEOPLE: &str = "\
traveler: flyer
key: number
identities: [number, email]
profile:
  number: string | null
  email: { type: string | null, pii: true }
  miles: int = 0
traits:
  flights_year: { count: air.booked, within: 365d }
consents: [offers]
---
segment: regulars
traveler: flyer
when: traveler.flights_year > 3 && traveler.miles > 100
---
template: welcome
channel: mail
params: { leg: string }
subject: Hello
body: ${params.leg}
---
channel: mail
via: post
address: traveler.email
consent: offers
---
connection: post
uses: std/email
pii: allowed
";

const AIR: &str = "\
connection: air
uses: std/webhook
types:
  Seat: { row: int, window: bool }
  Leg:
    from: string
    seat: Seat
events:
  booked:
    fields: { number: string, email: string, leg: Leg }
    identify: { number: event.number }
    update: { email: event.email }
  boarded:
    fields: { number: string, gate: string }
    identify: { number: event.number }
  landed:
    fields: { number: string }
    identify: { number: event.number }
actions:
  rebook:
    params: { number: string }
    returns: { ticket: string }
";

const TRIP: &str = "\
journey: trip
traveler: flyer
variables:
  leg: string | null
  ticket: string | null
start:
  on: air.booked
  set: { leg: event.leg.from }
milestones:
  booked:
    title: Waits
    do:
      - wait: 1d
      - send: welcome
        with: { leg: \"${vars.?leg.orValue('here')}\" }
  boarded:
    title: On board
    enter: { on: air.boarded }
    do:
      - call: air.rebook
        with: { number: \"${event.number}\" }
        set: { ticket: returned.ticket }
      - if: vars.?ticket.orValue(\"\") == \"x\"
        then: [{ end: moved }]
rules:
  - rule: regular
    on: segment.regulars.entered
    do: [{ set: { leg: '\"home\"' } }]
end:
  - { on: air.landed, outcome: done }
  - { after: 9d, outcome: lost }
";

const TESTS: &str = "\
test: a trip
traveler: { number: n-1, email: a@b.example, consents: { offers: true } }
events:
  - { at: 2026-03-02T18:00:00Z, air.booked: { number: n-1, email: a@b.example, leg: { from: LYS, seat: { row: 1, window: true } } } }
  - { after: 2d, air.boarded: { number: n-1, gate: A } }
  - { after: 1h, air.landed: { number: n-1 } }
expect:
  - { send: welcome }
  - { milestone: boarded }
  - { end: done }
";

const FILES: [(&str, &str); 4] = [
    ("air.yaml", AIR),
    ("people.yaml", PEOPLE),
    ("tests.yaml", TESTS),
    ("trip.yaml", TRIP),
];

/// A workspace in which one file is another.
fn told(path: &str, text: &str) -> (Vec<Diagnostic>, String) {
    let own = FILES.map(|(at, of)| (at, if at == path { text } else { of }));
    let files: MemoryFiles = [("cjoc.yaml", "name: slips\nedition: 2026\n")]
        .into_iter()
        .chain(own)
        .collect();
    let outcome = compile::diagnose(&files).expect("memory is readable");
    let lines = outcome.diagnostics.iter().map(|it| {
        let (file, at) = (
            outcome.sources.path(it.span.file),
            outcome.sources.start(it.span),
        );
        format!(
            "{file}:{}:{} {}: {}\n",
            at.line, at.column, it.code.name, it.message
        )
    });
    let lines = lines.collect();
    (outcome.diagnostics, lines)
}

/// What the safe fix of the only diagnostic makes of the text.
fn mended(told: &[Diagnostic], text: &str) -> Option<String> {
    let [only] = told else { return None };
    let mut fixes = only.fixes.iter();
    let fix = fixes.find(|fix| fix.applicability == Applicability::Safe)?;
    let mut edits: Vec<_> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start()));
    let mut text = text.to_owned();
    for edit in edits {
        text.replace_range(edit.span.range.as_usize(), &edit.text);
    }
    Some(text)
}

fn without(text: &str, line: &str) -> String {
    let mut found = false;
    let kept = text.split_inclusive('\n').filter(|it| {
        let is = !found && it.trim_end() == line;
        found |= is;
        !is
    });
    let kept = kept.collect();
    assert!(found, "{line:?} is there");
    kept
}

/// The text with a line and all below it, as long as it is further in, moved by two.
fn shifted(text: &str, line: &str, inwards: bool) -> String {
    let indent = |it: &str| it.len() - it.trim_start().len();
    let mut inside = false;
    let mut found = false;
    let lines = text.split_inclusive('\n').map(|it| {
        inside = it.trim_end() == line || inside && indent(it) > indent(line);
        found |= inside;
        match (inside, inwards) {
            (false, _) => it.to_owned(),
            (true, true) => format!("  {it}"),
            (true, false) => it.strip_prefix("  ").expect("it is further in").to_owned(),
        }
    });
    let text = lines.collect();
    assert!(found, "{line:?} is there");
    text
}

#[test]
fn the_workspace_is_clean_as_it_is() {
    assert_eq!(told("", "").1, "");
}

#[test]
fn a_block_under_its_neighbour_or_out_of_it_is_told_once_and_brought_back() {
    for (path, text, line, inwards, expected) in [
        (
            "air.yaml",
            AIR,
            "events:",
            true,
            "air.yaml:8:3 wrong-shape: `events` of a connection stands under `types`\n",
        ),
        (
            "air.yaml",
            AIR,
            "actions:",
            true,
            "air.yaml:19:3 wrong-shape: `actions` of a connection stands under `events`\n",
        ),
        (
            "people.yaml",
            PEOPLE,
            "traits:",
            true,
            "people.yaml:8:3 wrong-shape: `traits` of a traveler stands under `profile`\n",
        ),
        (
            "trip.yaml",
            TRIP,
            "start:",
            true,
            "trip.yaml:6:3 wrong-shape: `start` of a journey stands under `variables`\n",
        ),
        (
            "air.yaml",
            AIR,
            "  Leg:",
            false,
            "air.yaml:5:1 unknown-key: a connection has no key `Leg`\n",
        ),
        (
            "trip.yaml",
            TRIP,
            "  boarded:",
            false,
            "trip.yaml:16:1 unknown-key: a journey has no key `boarded`\n",
        ),
    ] {
        let broken = shifted(text, line, inwards);
        let (diagnostics, lines) = told(path, &broken);
        assert_eq!(lines, expected);
        assert_eq!(mended(&diagnostics, &broken).as_deref(), Some(text));
    }
}

#[test]
fn what_is_no_further_in_than_the_key_it_belongs_to_is_told_once_and_brought_in() {
    let split = "      - split:
          name: half
          by: session
          arms:
            some: { weight: 1, do: [{ set: { leg: '\"a\"' } }] }
            rest: { weight: 1 }
";
    let text = TRIP.replace("      - wait: 1d\n", split);
    for (broken, expected) in [
        (
            text.replace("          name:", "        name:")
                .replace("          by:", "        by:")
                .replace(
                    "          arms:\n            some:",
                    "        arms:\n          some:",
                )
                .replace("            rest:", "          rest:"),
            "trip.yaml:13:9 wrong-shape: the value of `split` is missing\n",
        ),
        (
            text.replace("            some:", "          some:")
                .replace("            rest:", "          rest:"),
            "trip.yaml:16:11 wrong-shape: the value of `arms` is missing\n",
        ),
    ] {
        assert_ne!(broken, text);
        let (diagnostics, lines) = told("trip.yaml", &broken);
        assert_eq!(lines, expected);
        assert_eq!(mended(&diagnostics, &broken).as_deref(), Some(&*text));
    }
}

#[test]
fn a_key_under_its_neighbour_without_what_belongs_to_it_is_told_once_and_brought_back() {
    for (path, text, line, expected) in [
        (
            "air.yaml",
            AIR,
            "events:",
            "air.yaml:8:3 wrong-shape: `events` of a connection stands under `types`\n",
        ),
        (
            "air.yaml",
            AIR,
            "actions:",
            "air.yaml:19:3 wrong-shape: `actions` of a connection stands under `events`\n",
        ),
        (
            "people.yaml",
            PEOPLE,
            "traits:",
            "people.yaml:8:3 wrong-shape: `traits` of a traveler stands under `profile`\n",
        ),
        (
            "trip.yaml",
            TRIP,
            "start:",
            "trip.yaml:6:3 wrong-shape: `start` of a journey stands under `variables`\n",
        ),
    ] {
        let broken = text.replacen(&format!("\n{line}"), &format!("\n  {line}"), 1);
        assert_ne!(broken, text);
        let (diagnostics, lines) = told(path, &broken);
        assert_eq!(lines, expected);
        assert_eq!(mended(&diagnostics, &broken).as_deref(), Some(text));
    }
}

#[test]
fn what_belongs_to_one_of_several_and_stands_too_deep_is_told_once_and_brought_back() {
    let fields = "    fields: { number: string, gate: string }\n";
    let due = "    fields:\n      number: string\n      gate: string\n";
    let text = AIR.replace(fields, due);
    let identify = format!("{due}    identify");
    let broken = text.replace(&identify, &format!("{due}      identify"));
    assert_ne!(broken, text);
    let (diagnostics, lines) = told("air.yaml", &broken);
    let expected = "air.yaml:17:7 wrong-shape: `identify` of an event stands under `fields`\n";
    assert_eq!(lines, expected);
    assert_eq!(mended(&diagnostics, &broken), Some(text));
}

#[test]
fn a_key_lost_above_what_belongs_to_it_is_told_once_and_put_back() {
    for (path, text, line, expected) in [
        (
            "air.yaml",
            AIR,
            "events:",
            "air.yaml:8:3 wrong-shape: an event stands under `types`\n",
        ),
        (
            "air.yaml",
            AIR,
            "actions:",
            "air.yaml:19:3 wrong-shape: an action stands under `events`\n",
        ),
        (
            "people.yaml",
            PEOPLE,
            "traits:",
            "people.yaml:8:3 wrong-shape: a trait stands under `profile`\n",
        ),
        (
            "trip.yaml",
            TRIP,
            "start:",
            "trip.yaml:6:3 wrong-shape: a `start` stands under `variables`\n",
        ),
        (
            "trip.yaml",
            TRIP,
            "end:",
            "trip.yaml:29:7 wrong-shape: an `end` stands under `rules`\n",
        ),
        (
            "tests.yaml",
            TESTS,
            "expect:",
            "tests.yaml:7:7 wrong-shape: an expectation stands under `events`\n",
        ),
    ] {
        let broken = without(text, line);
        let (diagnostics, lines) = told(path, &broken);
        assert_eq!(lines, expected);
        assert_eq!(mended(&diagnostics, &broken).as_deref(), Some(text));
    }
}

#[test]
fn a_name_lost_above_what_belongs_to_it_is_told_once() {
    for (path, text, line, expected) in [
        (
            "air.yaml",
            AIR,
            "  boarded:",
            "air.yaml:13:5 duplicate-key: `fields` is set twice\n",
        ),
        (
            "air.yaml",
            AIR,
            "  rebook:",
            "air.yaml:20:5 wrong-shape: expected the name of an action, found its key `params`\n",
        ),
        (
            "trip.yaml",
            TRIP,
            "  boarded:",
            "trip.yaml:16:5 duplicate-key: `title` is set twice\n",
        ),
    ] {
        let broken = without(text, line);
        let (diagnostics, lines) = told(path, &broken);
        assert_eq!(lines, expected);
        assert_eq!(mended(&diagnostics, &broken), None, "its name is not known");
    }
}

#[test]
fn a_line_lost_between_two_declarations_is_told_once_and_put_back() {
    let twice = format!("{PEOPLE}---\n{}", AIR.replace("air", "sea"));
    for (text, number, expected) in [
        (
            PEOPLE,
            1,
            "people.yaml:16:1 unknown-key: a segment has no key `template`\n",
        ),
        (
            &*twice,
            4,
            "people.yaml:30:1 duplicate-key: `connection` is set twice\n",
        ),
    ] {
        let at = text
            .match_indices("---\n")
            .nth(number)
            .expect("it is there")
            .0;
        let broken = format!("{}{}", &text[..at], &text[at + 4..]);
        let (diagnostics, lines) = told("people.yaml", &broken);
        let expected = expected.replace("16:1", "15:1");
        assert_eq!(lines, expected);
        assert_eq!(mended(&diagnostics, &broken).as_deref(), Some(text));
    }
}

#[test]
fn what_is_written_twice_is_still_told_at_each_place() {
    let twice = AIR
        .replace("uses: std/webhook\n", "uses: std/webhook\nuses: std/http\n")
        .replace(
            "    identify: { number: event.number }\n    update",
            "    identify: { number: event.number }\n    identify: { number: trigger.subject }\n    update",
        );
    let expected = "\
air.yaml:3:1 duplicate-key: `uses` is set twice
air.yaml:13:5 duplicate-key: `identify` is set twice
";
    assert_eq!(told("air.yaml", &twice).1, expected);
}

#[test]
fn a_merge_that_nobody_finished_is_told_once_at_its_first_mark() {
    for (line, at) in [("milestones:\n", "9:1"), ("      - wait: 1d\n", "13:1")] {
        let sides = format!("<<<<<<< HEAD\n{line}=======\n{line}>>>>>>> other\n");
        let lines = told("trip.yaml", &TRIP.replace(line, &sides)).1;
        assert_eq!(
            lines,
            format!("trip.yaml:{at} invalid-yaml: a merge was left unfinished here\n")
        );
    }
}

#[test]
fn a_blank_that_does_not_break_is_replaced_rather_than_kept() {
    let broken = PEOPLE.replace("subject: Hello", "subject:\u{A0}Hello");
    let (diagnostics, lines) = told("people.yaml", &broken);
    let expected = "people.yaml:19:8 invalid-yaml: there must be a space after this `:`\n";
    assert_eq!(lines, expected);
    assert_eq!(mended(&diagnostics, &broken).as_deref(), Some(PEOPLE));
}
