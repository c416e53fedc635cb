//! The YAML test suite: every invalid case is refused, every valid one accepted with the value
//! that the suite gives, and every scalar's text is found again in the source byte by byte.

use std::path::PathBuf;
use std::sync::Arc;

use cjoc::diagnostic::{Severity, codes};
use cjoc::source::{FileId, TextRange};
use cjoc::yaml::{Node, Style, Value, parse};
use serde_json::Value as Json;

/// Valid cases that are refused, and why.
const REFUSED: &[(&str, &str)] = &[(
    "2JQS",
    "two empty keys in one map: YAML asks for unique keys, the suite tests the syntax alone",
)];

fn cases() -> Option<Vec<Json>> {
    let shared = std::env::var_os("CJOC_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    // It names the folder of the data, or the one around it.
    let mut places = ["yaml/suite.json", "data/yaml/suite.json"]
        .map(|place| shared.join(place))
        .into_iter();
    let Some(bytes) = places.find_map(|path| std::fs::read(path).ok()) else {
        let note = format!("SKIPPED: no YAML test suite in {}\n", shared.display());
        std::io::Write::write_all(&mut std::io::stderr(), note.as_bytes()).expect("stderr");
        return None;
    };
    Some(serde_json::from_slice(&bytes).expect("the suite is JSON"))
}

fn text(case: &Json, key: &str) -> Arc<str> {
    Arc::from(case[key].as_str().unwrap_or_default())
}

/// The errors of a text, as `code: message`.
fn errors(text: &Arc<str>) -> Vec<String> {
    parse(FileId(0), text)
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .map(|d| format!("{}: {}", d.code.name, d.message))
        .collect()
}

#[test]
fn every_case_is_judged_as_the_suite_does() {
    let Some(cases) = cases() else { return };
    let mut wrong = Vec::new();
    for case in &cases {
        let id = case["id"].as_str().expect("an id");
        let errors = errors(&text(case, "yaml"));
        let must_fail = case["fail"].as_bool().expect("a verdict");
        let is_excused = REFUSED.iter().any(|(excused, _)| *excused == id);
        let fails = !errors.is_empty();
        if fails != (must_fail || is_excused) {
            wrong.push(format!("{id} must_fail={must_fail} {errors:?}"));
        }
    }
    assert_eq!(cases.iter().filter(|c| c["fail"] == true).count(), 94);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_value_is_the_suites() {
    let Some(cases) = cases() else { return };
    let mut wrong = Vec::new();
    let mut compared = 0;
    for case in &cases {
        let Some(expected) = case["json"].as_array().filter(|_| case["fail"] == false) else {
            continue;
        };
        let id = case["id"].as_str().expect("an id");
        if REFUSED.iter().any(|(excused, _)| *excused == id) {
            continue;
        }
        let parsed = parse(FileId(0), &text(case, "yaml"));
        let found: Vec<Json> = parsed
            .tree
            .all_documents()
            .map(cjoc::yaml::to_json)
            .collect();
        compared += 1;
        if !found.iter().zip(expected).all(|(a, b)| equal(a, b)) || found.len() != expected.len() {
            wrong.push(format!(
                "{id}\n  found    {found:?}\n  expected {expected:?}"
            ));
        }
    }
    assert!(compared > 200, "only {compared} values compared");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Numbers by value, everything else as it is.
fn equal(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

#[test]
fn every_character_of_every_scalar_is_found_where_it_is_written() {
    let Some(cases) = cases() else { return };
    let mut wrong = Vec::new();
    let mut characters = 0;
    for case in cases.iter().filter(|case| case["fail"] == false) {
        for key in ["yaml", "out_yaml"] {
            for line_break in ["\n", "\r\n"] {
                let source: Arc<str> = text(case, key).replace('\n', line_break).into();
                let parsed = parse(FileId(0), &source);
                for root in parsed.tree.all_documents() {
                    each_scalar(root, &mut |node| {
                        characters += check_offsets(node, &source, &mut |problem| {
                            wrong.push(format!("{} {key}: {problem}", case["id"]));
                        });
                    });
                }
            }
        }
    }
    assert!(characters > 10_000, "only {characters} characters checked");
    assert!(
        wrong.is_empty(),
        "{} problems\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn each_scalar(node: Node<'_>, visit: &mut impl FnMut(Node<'_>)) {
    match node.value() {
        Value::Scalar(_) if !node.is_alias() => visit(node),
        Value::Seq(seq) if !node.is_alias() => {
            seq.items().for_each(|item| each_scalar(item, visit));
        }
        Value::Map(map) if !node.is_alias() => map.entries().for_each(|entry| {
            each_scalar(entry.key, visit);
            each_scalar(entry.value, visit);
        }),
        _ => {}
    }
}

/// Every character of a value must be written where `locate` says: as itself, as an escape, or,
/// for blanks and line breaks, as white space.
fn check_offsets(node: Node<'_>, source: &str, problem: &mut impl FnMut(String)) -> usize {
    let scalar = node.as_scalar().expect("a scalar");
    let text = scalar.to_text();
    for (at, c) in text.value().char_indices() {
        let range = TextRange::new(at as u32, (at + c.len_utf8()) as u32);
        let span = text.locate(range, source);
        let written = &source[span.range.as_usize()];
        let is_fine = match (c, text.style()) {
            (' ' | '\n', _) if written.trim_matches([' ', '\t', '\r', '\n']).is_empty() => true,
            (_, Style::DoubleQuoted) if written.starts_with('\\') => true,
            ('\'', Style::SingleQuoted) => written == "''",
            _ => written.chars().eq([c]),
        };
        let only_breaks_at_the_end = text.value()[at..].trim_matches('\n').is_empty();
        let all_blank = text.value().trim_matches('\n').is_empty();
        if !(is_fine || all_blank || (only_breaks_at_the_end && written.is_empty())) {
            problem(format!(
                "{c:?} at {at} of {:?} ({:?}) is at {:?} {written:?}",
                text.value(),
                text.style(),
                span.range,
            ));
        }
    }
    text.value().chars().count()
}

#[test]
fn no_prefix_of_a_case_makes_it_panic() {
    let Some(cases) = cases() else { return };
    for case in &cases {
        let source = text(case, "yaml");
        for (at, _) in source.char_indices() {
            let parsed = parse(FileId(0), &Arc::from(&source[..at]));
            for diagnostic in &parsed.diagnostics {
                let span = diagnostic.span.range.as_usize();
                assert!(source.get(span).is_some(), "{}: {diagnostic:?}", case["id"]);
                assert_ne!(diagnostic.code, &codes::LIMIT_EXCEEDED);
            }
        }
    }
}
