//! `cjoc eval --batch`: the standard's own cases and ours, answered by the program.

mod standard;
mod support;

use std::path::Path;

use serde_json::{Value as Json, json};
use support::{Ran, Workspace};

/// What a case says without what it expects.
const INPUT: [&str; 8] = [
    "name",
    "expr",
    "types",
    "bindings",
    "container",
    "disable_check",
    "disable_macros",
    "check_only",
];

fn batch(input: &str) -> Ran {
    Workspace::new(&[]).run_with(&["eval", "--batch"], &[], input)
}

fn input(case: &Json) -> Json {
    let known = INPUT
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), case.get(*key)?.clone())));
    Json::Object(known.collect())
}

fn answers(ran: &Ran) -> Vec<Json> {
    ran.out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect()
}

/// What is wrong with an answer, given what the case expects.
fn wrong(case: &Json, answer: &Json) -> Option<String> {
    let expect = &case["expect"];
    if answer["name"] != case["name"] {
        return Some("has another name".to_owned());
    }
    match (expect.get("value"), expect.get("error")) {
        (Some(value), _) if answer.get("value") != Some(value) => {
            return Some(format!("has not the value {value}"));
        }
        (None, Some(words)) => {
            let words = words.as_str().unwrap_or_default();
            let told = answer["error"].as_str().filter(|told| told.contains(words));
            if told.is_none() || answer.get("value").is_some() {
                return Some(format!("is not the error `{words}`"));
            }
        }
        _ => {}
    }
    let checks = case.get("disable_check").is_none();
    let wanted = case.get("celgo_type").filter(|_| checks);
    (wanted.is_some() && answer.get("type") != wanted).then(|| format!("is no {wanted:?}"))
}

#[test]
fn our_cases_hold() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/cel-batch.jsonl");
    let text = std::fs::read_to_string(path).expect("the cases are there");
    let cases: Vec<Json> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect();
    let ran = batch(&text);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let answers = answers(&ran);
    assert_eq!(answers.len(), cases.len());
    let told: Vec<String> = cases
        .iter()
        .zip(&answers)
        .filter_map(|(case, answer)| Some(format!("{answer} {}", wrong(case, answer)?)))
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn the_standards_cases_hold_but_for_those_that_are_listed() {
    let Some(cases) = standard::cases() else {
        return;
    };
    let different: Vec<String> = standard::exceptions()
        .into_iter()
        .filter(|(_, exception)| *exception == standard::Exception::Different)
        .map(|(name, _)| name)
        .collect();
    let array = Json::Array(cases.iter().map(input).collect()).to_string();
    let ran = batch(&array);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let found = answers(&ran);
    assert_eq!(found.len(), cases.len());
    let lines: Vec<String> = cases.iter().map(|case| input(case).to_string()).collect();
    assert_eq!(
        batch(&lines.join("\n")).out,
        ran.out,
        "lines are as an array"
    );
    let mut told = Vec::new();
    for (case, answer) in cases.iter().zip(&found) {
        let mut case = case.clone();
        // The standard's words for errors are not ours.
        if case["expect"].get("error").is_some() {
            case["expect"] = json!({"error": ""});
        }
        let name = standard::name(&case);
        match (wrong(&case, answer), different.contains(&name)) {
            (Some(why), false) => told.push(format!("{name}: {answer} {why}")),
            (None, true) => told.push(format!("{name}: is listed, but holds")),
            _ => {}
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn a_bad_line_is_answered_with_its_number_and_the_others_go_on() {
    let ran = batch("{\"name\": \"a\", \"expr\": \"1\"}\n\nnonsense\n[3]\n{\"name\": 7}\n");
    let one = json!({"t": "int", "v": "1"});
    assert_eq!(
        answers(&ran),
        [
            json!({"name": "a", "value": one, "type": "int"}),
            json!({"name": null, "error": "line 3: invalid JSON: expected ident at column 2"}),
            json!({"name": null, "error": "line 4: a case is a JSON object"}),
            json!({"name": 7, "error": "`expr` is text"}),
        ]
    );
    assert_eq!(ran.code, 1);
}

#[test]
fn an_array_cut_short_is_one_mistake() {
    let ran = batch("[\n{\"name\": \"a\", \"expr\": \"1\"},\n");
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    assert!(ran.out.contains("line 3: invalid JSON"), "{}", ran.out);
    assert_eq!(ran.code, 1);
}

#[test]
fn nothing_is_answered_with_nothing() {
    for input in ["", "\n \n", "[]"] {
        let ran = batch(input);
        assert_eq!((ran.code, &*ran.out, &*ran.err), (0, "", ""));
    }
}
