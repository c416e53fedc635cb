//! Journeys in which everything leads to everything, or on and on.

use std::fmt::Write as _;

use super::cases::{Case, Size, journey, many};

/// A connection with so many events, and a journey with these rules.
fn rules(events: usize, rules: &str) -> String {
    let events = many(events, |i, text| {
        let _ = writeln!(text, "  e{i}: {{ identify: {{ id: trigger.subject }} }}");
    });
    format!(
        "connection: k\nuses: std/webhook\nevents:\n{events}---\njourney: j\ntraveler: customer\n\
         variables: {{ v: int = 0 }}\nstart: {{ on: k.e0 }}\nmilestones: {{ m: {{}} }}\n\
         end: {{ after: 1d, outcome: done }}\nrules:\n{rules}"
    )
}

/// A journey with these variables and milestones.
fn milestones(variables: &str, milestones: &str) -> String {
    format!(
        "journey: j\ntraveler: customer\nstart: {{ when: traveler.n > 1 }}\nvariables:\n  a: int = 0\n\
         {variables}milestones:\n{milestones}end: {{ after: 90d, outcome: done }}\n"
    )
}

/// Rules that hear whatever any of them sends; each looks and does something before it sends.
fn all_hear_all(count: usize, when: &str, first: &str) -> String {
    let all = many(count, |i, text| {
        let _ = write!(text, "k.e{i}, ");
    });
    rules(
        count,
        &many(count, |i, text| {
            let _ = writeln!(
                text,
                "  - {{ rule: r{i}, on: [{all}], {when}do: [{first}{{ emit: k.e{i} }}] }}"
            );
        }),
    )
}

pub(crate) fn cases(size: Size) -> Vec<Case> {
    // At every size: who follows it by recursion runs out of stack.
    let chain = 5_000;
    let many_rules = size.of(8_000).min(223);
    let crowd = size.of(60_000).min(2_000);
    let round = rules(
        chain,
        &many(chain, |i, text| {
            let next = (i + 1) % chain;
            let _ = writeln!(
                text,
                "  - {{ rule: r{i}, on: k.e{i}, do: [{{ emit: k.e{next} }}] }}"
            );
        }),
    );
    let of_one_variable = rules(
        1,
        &many(crowd, |i, text| {
            let _ = writeln!(
                text,
                "  - {{ rule: r{i}, when: vars.v == {i}, do: [{{ set: {{ v: vars.v + 2 }} }}] }}"
            );
        }),
    );
    let arms = size.of(80_000).min(400);
    let ways = many(arms, |i, text| {
        let _ = write!(
            text,
            "  m{i}:\n    do:\n      - wait: 1h\n      - choose: ["
        );
        for to in (0..arms).filter(|to| *to != i) {
            let _ = write!(
                text,
                "{{ when: traveler.n == {to}, do: [{{ goto: m{to} }}] }}, "
            );
        }
        text.push_str("]\n");
    });
    let set = size.of(90_000).min(450);
    let variables = many(set, |i, text| {
        let _ = writeln!(text, "  v{i}: int");
    });
    let branches = many(set, |i, text| {
        let _ = write!(
            text,
            "      - if: traveler.n > {i}\n        then: [{{ set: {{ v{i}: 1 }} }}]\n        \
             else: [{{ set: {{ v{i}: 2 }} }}]\n"
        );
    });
    let circle = many(chain, |i, text| {
        let _ = write!(
            text,
            "---\njourney: j{i}\ntraveler: customer\nstart: {{ on: journey.j{}.ended }}\n\
             milestones: {{ m: {{}} }}\nend: {{ after: 1d, outcome: done }}\n",
            (i + 1) % chain
        );
    });
    let sets = many(set, |i, text| {
        let _ = write!(text, "{}v{i}: 1", if i > 0 { ", " } else { "" });
    });
    let upwards = many(set, |i, text| {
        let to = (i + set - 1) % set;
        let _ = write!(
            text,
            "  m{i}:\n    do:\n      - wait: 1d\n      - goto: m{to}\n"
        );
    });
    let upwards = milestones(&variables, &upwards).replacen(
        "when: traveler.n > 1",
        &format!("when: traveler.n > 1, set: {{ {sets} }}"),
        1,
    );
    vec![
        Case::fine("milestones_that_lead_up", upwards, ""),
        Case::check(
            "rules_in_a_circle",
            round,
            "rule `r0` triggers itself through",
        ),
        Case::check(
            "rules_that_hear_all",
            all_hear_all(many_rules, "", ""),
            "rule-loop",
        ),
        Case::fine(
            "rules_that_hear_all_at_times",
            all_hear_all(many_rules, "when: vars.v < 1, ", "{ set: { v: 2 } }, "),
            "",
        ),
        Case::fine("rules_of_one_variable", of_one_variable, ""),
        Case::fine("ways_from_all_to_all", milestones("", &ways), ""),
        Case::fine(
            "branches_that_set_variables",
            milestones(&variables, &format!("  m:\n    do:\n{branches}")),
            "",
        ),
        Case::fine("journeys_in_a_circle", circle, ""),
        Case::check(
            "more_milestones_than_a_journey_may_have",
            milestones(
                "",
                &many(size.of(400_000).max(1_001), |i, text| {
                    let _ = writeln!(text, "  m{i}: {{}}");
                }),
            ),
            "there are more than 1000 milestones here",
        ),
        Case::check(
            "more_variables_than_a_journey_may_have",
            milestones(
                &many(size.of(400_000), |i, text| {
                    let _ = writeln!(text, "  v{i}: int = 0");
                }),
                "  m: {}\n",
            ),
            "there are more than 500 variables here",
        ),
        Case::fine(
            "steps_in_forty_conditions",
            journey(&within(40, size.of(1_000_000).min(100_000))),
            "",
        ),
    ]
}

/// So many steps within so many conditions.
fn within(levels: usize, steps: usize) -> String {
    let mut text = String::new();
    for level in 0..levels {
        let indent = " ".repeat(6 + level * 4);
        let _ = write!(
            text,
            "{indent}- if: traveler.n > {level}\n{indent}  then:\n"
        );
    }
    let indent = " ".repeat(6 + levels * 4);
    text + &format!("{indent}- set: {{ a: 1 }}\n").repeat(steps)
}
