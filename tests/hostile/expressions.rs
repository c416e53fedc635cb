//! Expressions and texts with expressions that cost more than they look.

use std::fmt::Write as _;

use super::cases::{Case, Size, many};

const DEEP: usize = 100_000;

const TOO_DEEP: &str = "limit-exceeded]: the expression is nested more than 200 levels deep";

fn when(name: &'static str, cel: &str, says: &'static str) -> Case {
    Case::check(
        name,
        format!("segment: s\ntraveler: customer\nwhen: |\n  {cel}\n"),
        says,
    )
}

fn fine(name: &'static str, cel: &str) -> Case {
    Case {
        code: 0,
        ..when(name, cel, "")
    }
}

/// A template with this body.
fn body(name: &'static str, text: &str, says: &'static str) -> Case {
    let text = format!(
        "connection: m\nuses: std/webhook\n---\nchannel: c\nvia: m\naddress: traveler.name\n---\n\
         template: t\nchannel: c\nbody: |\n  {text}\n"
    );
    Case::check(name, text, says)
}

pub(crate) fn nesting(size: Size) -> Vec<Case> {
    // Past the limit at every size.
    let long = size.of(50_000_000).max(2_500_000);
    let around = |name, open: &str, inner: &str, close: &str| {
        let text = format!("{}{inner}{}", open.repeat(DEEP), close.repeat(DEEP));
        when(name, &text, TOO_DEEP)
    };
    vec![
        around("parentheses", "(", "1", ")"),
        around("parentheses_open", "(", "", ""),
        around("cel_lists", "[", "1", "]"),
        around("cel_lists_open", "[", "", ""),
        around("cel_maps", "{1: ", "1", "}"),
        around("cel_maps_open", "{1: ", "", ""),
        around("choices", "true ? ", "1", " : 1"),
        around("choices_in_a_row", "true ? 1 : ", "1", ""),
        around("choices_open", "true ? ", "", ""),
        around("negations", "!", "true", ""),
        around("minuses", "-", "1", ""),
        around("fields", "", "traveler", ".a"),
        around("optional_fields", "", "traveler", ".?a"),
        around("indexes", "", "traveler", "[0]"),
        around("methods", "", "traveler", ".size()"),
        around("sums", "", "1", " + 1"),
        around("comparisons", "", "1", " < 1"),
        around("calls", "size(", "1", ")"),
        around("calls_open", "has(", "", ""),
        around("macros", "[1].exists(x, ", "true", ")"),
        around("macros_open", "[1].exists(x, ", "", ""),
        fine(
            "ands",
            &format!("traveler.n == 1{}", " && traveler.n != 2".repeat(1_000)),
        ),
        when(
            "nothing_but_quotes",
            &"\"".repeat(DEEP),
            "invalid-expression",
        ),
        when(
            "nothing_but_signs",
            &"+".repeat(long),
            "limit-exceeded]: the expression is longer than 2 MiB",
        ),
        when("nothing_but_dots", &".".repeat(DEEP), "invalid-expression"),
        when(
            "nothing_but_commas",
            &format!("[{}]", ",".repeat(DEEP)),
            "invalid-expression",
        ),
        body("holes_open", &"${".repeat(DEEP), "invalid-expression"),
        body(
            "holes_within_holes",
            &"${\"".repeat(DEEP),
            "invalid-expression",
        ),
        body(
            "holes_of_brackets",
            &format!("${{{}", "{".repeat(DEEP)),
            "invalid-expression",
        ),
    ]
}

pub(crate) fn sizes(size: Size) -> Vec<Case> {
    let long = size.of(1_000_000);
    let list = many(size.of(DEEP), |i, text| {
        let _ = write!(text, "{i}, ");
    });
    let turns = many(300, |i, text| {
        let _ = write!(text, "{i}, ");
    });
    let turns = turns.trim_end_matches(", ");
    vec![
        when("a_name_of_a_million", &"a".repeat(long), "unknown-name"),
        when(
            "a_number_of_a_million",
            &"1".repeat(long),
            "invalid-literal",
        ),
        when(
            "an_exponent_of_a_million",
            &format!("1e{}", "9".repeat(long)),
            "invalid-literal",
        ),
        when(
            "a_text_of_a_million",
            &format!("\"{}\"", "a".repeat(long)),
            "type-mismatch",
        ),
        fine(
            "a_choice_of_a_hundred_thousand",
            &format!("traveler.n in [{list}-1]"),
        ),
        when(
            "names_that_are_not",
            &many(size.of(20_000), |i, text| {
                let _ = write!(
                    text,
                    "{}traveler.nn{i} == {i}",
                    if i > 0 { " || " } else { "" }
                );
            }),
            "unknown-field",
        ),
        fine(
            "names_that_are",
            &many(size.of(20_000), |i, text| {
                let _ = write!(text, "{}traveler.n == {i}", if i > 0 { " || " } else { "" });
            }),
        ),
        when(
            "a_pattern_that_unfolds",
            r#"traveler.?name.orValue("").matches("(((((a{1,100}){1,100}){1,100}){1,100}){1,100})")"#,
            "this is not a regular expression",
        ),
        when(
            "patterns_without_end",
            &many(size.of(200_000).min(1_000), |i, text| {
                let or = if i > 0 { " || " } else { "" };
                let _ = write!(
                    text,
                    r#"{or}traveler.?name.orValue("").matches("\\p{{L}}{{{}}}x{i}")"#,
                    i % 10 + 1
                );
            }),
            "an expression has at most 100 regular expressions",
        ),
        fine(
            "a_pattern_that_backtracks_elsewhere",
            r#"traveler.?name.orValue("").matches("(a*)*b")"#,
        ),
        when(
            "a_deep_pattern",
            &format!(
                "traveler.?name.orValue(\"\").matches(\"{}a{}\")",
                "(".repeat(DEEP),
                ")".repeat(DEEP)
            ),
            "this is not a regular expression",
        ),
        fine(
            "loops_within_loops",
            &format!("[{turns}].all(a, [{turns}].all(b, [{turns}].all(c, a + b + c >= 0)))"),
        ),
        body("holes", &"${params.x} ".repeat(size.of(DEEP)), "unknown"),
        body(
            "more_holes_than_a_text_may_have",
            &"${1} ".repeat(size.of(4_000_000)),
            "a text has at most 20000 parts",
        ),
        body("escaped_holes", &"$${".repeat(long), ""),
        body(
            "empty_holes",
            &"${}".repeat(size.of(DEEP)),
            "invalid-expression",
        ),
    ]
}
