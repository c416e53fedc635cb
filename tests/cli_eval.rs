//! `cjoc eval`: one expression, as people and scripts try it.

mod support;

use serde_json::{Value as Json, json};
use support::{Ran, Workspace, cjoc};

const ORDER: (&str, &str) = (
    "order.yaml",
    "order:\n  total: 12.5\n  items: [{ sku: a, size: 1 }, { sku: b }]\nnobody: null\n",
);

fn eval(arguments: &[&str]) -> Ran {
    let arguments: Vec<&str> = ["eval"]
        .into_iter()
        .chain(arguments.iter().copied())
        .collect();
    Workspace::new(&[ORDER]).run(&arguments)
}

fn json_of(ran: &Ran) -> Json {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out))
}

#[test]
fn the_value_is_printed_and_then_its_type() {
    for (expression, printed) in [
        ("1 + 2", "3\nint\n"),
        ("-7", "-7\nint\n"),
        ("7.0 / 2.0", "3.5\ndouble\n"),
        ("'a' + \"b\"", "\"ab\"\nstring\n"),
        (
            "{'a': [1.0, null]}",
            "{\"a\": [1.0, null]}\nmap(list(double | null))\n",
        ),
        ("duration('90s')", "duration(\"90s\")\nduration\n"),
        ("[1].filter(x, x > 1)", "[]\nlist(int)\n"),
        ("optional.of(1)", "optional.of(1)\noptional(int)\n"),
    ] {
        let ran = eval(&[expression]);
        assert_eq!(
            (&*ran.out, ran.code),
            (printed, 0),
            "{expression}: {}",
            ran.err
        );
    }
}

#[test]
fn what_is_wrong_is_shown_in_the_expression() {
    for (expression, parts) in [
        (
            "size(",
            &["error[invalid-expression]", "[expression:1:5]"][..],
        ),
        ("1 + 'a'", &["error[invalid-operands]", "this is `string`"]),
        ("[1, 'a']", &["error[type-mismatch]", "[expression:1:5]"]),
        ("totl", &["error[unknown-name]", "there is no `totl`"]),
        (
            "1 / int('0')",
            &["error: division by zero", "[expression:1:1]"],
        ),
        (
            "true && 1 / int('0') > 1",
            &["error: division by zero", "[expression:1:9]"],
        ),
    ] {
        let ran = eval(&[expression]);
        assert_eq!(ran.code, 1, "{expression}");
        for part in parts {
            assert!(ran.out.contains(part), "{expression}: {}", ran.out);
        }
    }
}

#[test]
fn the_keys_of_a_file_are_variables_with_the_types_of_their_values() {
    for (expression, printed) in [
        ("order.total > 10.0", "true\nbool\n"),
        ("order.items[0].sku", "\"a\"\nstring\n"),
        ("order.items[1].?size.orValue(9)", "9\nint\n"),
        ("nobody == null", "true\nbool\n"),
    ] {
        let ran = eval(&[expression, "--with", "order.yaml"]);
        assert_eq!(
            (&*ran.out, ran.code),
            (printed, 0),
            "{expression}: {}",
            ran.err
        );
    }
    for (expression, part) in [
        ("order.totl", "did you mean `total`?"),
        ("ordr.total", "did you mean `order`?"),
        ("order.items[1].size + 1", "error[possibly-absent]"),
        ("order.total + 'x'", "error[invalid-operands]"),
    ] {
        let ran = eval(&[expression, "--with", "order.yaml"]);
        assert!(ran.out.contains(part), "{expression}: {}", ran.out);
        assert_eq!(ran.code, 1);
    }
    let json = Workspace::new(&[]).run_with(
        &["eval", "a + b", "--with", "-"],
        &[],
        "{\"a\": 1, \"b\": 2}",
    );
    assert_eq!((&*json.out, json.code), ("3\nint\n", 0), "{}", json.err);
}

#[test]
fn what_cannot_be_read_is_no_fault_of_the_expression() {
    let run = |input: &str| Workspace::new(&[]).run_with(&["eval", "1", "--with", "-"], &[], input);
    for (input, part) in [
        ("[1]", "holds no object"),
        ("", "holds no object"),
        ("a: [1", "error[invalid-yaml]"),
    ] {
        let ran = run(input);
        assert!(ran.err.contains(part), "{input}: {}", ran.err);
        assert_eq!((ran.code, &*ran.out), (2, ""));
    }
    assert_eq!(eval(&["1", "--with", "absent.yaml"]).code, 2);
    assert_eq!(eval(&[]).code, 2);
    assert_eq!(eval(&["1", "--batch"]).code, 2);
}

#[test]
fn an_explanation_tells_what_each_part_came_to() {
    let ran = eval(&[
        "order.total > 10.0 && order.total < 12.0",
        "--with",
        "order.yaml",
        "--explain",
    ]);
    let lines: Vec<Vec<&str>> = ran
        .out
        .lines()
        .map(|line| {
            line.split("  ")
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .collect()
        })
        .collect();
    assert_eq!(
        lines,
        [
            vec!["false"],
            vec!["bool"],
            vec!["order.total", "12.5"],
            vec!["order.total > 10.0", "true"],
            vec!["order.total", "12.5"],
            vec!["order.total < 12.0", "false"],
            vec!["order.total > 10.0 && order.total < 12.0", "false"],
        ]
    );
}

#[test]
fn the_json_form_is_one_document() {
    let value = json_of(&eval(&["1.5 + 1.0", "--format", "json"]));
    assert_eq!(
        value,
        json!({"version": 1, "type": "double", "value": 2.5, "cel": "2.5"})
    );
    let failed = json_of(&eval(&["1 / int('0')", "--format", "json"]));
    assert_eq!(failed["error"]["message"], "division by zero");
    assert_eq!(failed["error"]["start"]["column"], 1);
    let refused = json_of(&cjoc(&["eval", "1 + 'a'", "--format", "json"]));
    assert_eq!(refused["diagnostics"][0]["name"], "invalid-operands");
    assert_eq!(refused["summary"]["errors"], 1);
    let explained = json_of(&eval(&["1 + 1 == 2", "--format", "json", "--explain"]));
    assert_eq!(explained["explain"][0]["text"], "1 + 1");
    assert_eq!(explained["explain"][0]["value"], 2);
}

#[test]
fn what_no_variable_can_hold_is_refused() {
    for (input, says) in [
        (
            "{\"x\":1e400}",
            "`1e400` in `standard input` is not a number",
        ),
        ("x: .nan", "`.nan` in `standard input` is not a number"),
        ("x: [-.inf]", "`-.inf` in `standard input` is not a number"),
        ("{\"x\":1,\"x\":2}", "duplicate-key"),
        (
            "x: 1\n---\nx: 2\n",
            "`standard input` holds several documents",
        ),
    ] {
        let ran = Workspace::new(&[]).run_with(&["eval", "x", "--with", "-"], &[], input);
        assert_eq!(ran.code, 2, "{input}: {}", ran.out);
        assert!(ran.err.contains(says), "{input}: {}", ran.err);
    }
    let tabs = Workspace::new(&[]).run_with(
        &["eval", "x", "--with", "-"],
        &[],
        "{\n\t\"x\":\t\"\\u00e9\\/\"\n}\n",
    );
    assert_eq!(tabs.out, "\"é/\"\nstring\n", "{}", tabs.err);
}

#[test]
fn input_that_is_no_case_is_answered_and_found() {
    for line in ["\"x\"", "null", "{}", "[null]", "[{}]"] {
        let ran = Workspace::new(&[]).run_with(&["eval", "--batch"], &[], line);
        assert_eq!(ran.code, 1, "{line}: {}", ran.out);
        assert!(ran.out.contains("\"error\":"), "{line}: {}", ran.out);
    }
}
