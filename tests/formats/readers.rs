//! Each format is read back by somebody else's reader, or by the rules that its reader publishes.
//!
//! Tried by hand besides, with what these documents hold: `sarif-tools` 3.0 (summary, ls, csv,
//! codeclimate), `junitparser` 5.0, and the unescaping of GitHub's own runner.

use std::collections::{BTreeMap, BTreeSet};

use cjoc::compile::Outcome;
use cjoc::diagnostic::{Applicability, Diagnostic, Severity};
use cjoc::render::{Report, github, gitlab, json, junit, sarif};
use junit_parser::TestStatus;
use serde_json::Value;

use crate::shop;

/// Of OASIS, the standard's own.
const SARIF_SCHEMA: &str = include_str!("sarif-2.1.0.schema.json");

fn sarif_of(report: &Report<'_>) -> Value {
    let text = shop::text(|out| sarif::write(report, out));
    let log: Value = serde_json::from_str(&text).expect("SARIF is JSON");
    // One of its patterns has a bracket too many, which makes it none to strict readers.
    let schema = SARIF_SCHEMA.replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}?$");
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let schema = jsonschema::draft7::new(&schema).expect("it is a schema");
    let faults: Vec<String> = schema
        .iter_errors(&log)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
    log["runs"][0].clone()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The characters of a file as SARIF counts them: a byte order mark is none.
fn characters(uri: &str) -> Vec<char> {
    let path = decoded(uri);
    let path = path
        .strip_prefix(shop::PREFIX)
        .expect("below the workspace");
    let file = shop::FILES.iter().find(|(name, _)| *name == path);
    let (_, text) = file.unwrap_or_else(|| panic!("no file `{path}`"));
    text.trim_start_matches('\u{FEFF}').chars().collect()
}

fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next(), rest.next()].map(|digit| digit.expect("two digits"));
            let digits = std::str::from_utf8(&digits)
                .expect("they are digits")
                .to_owned();
            bytes.push(u8::from_str_radix(&digits, 16).expect("they are hexadecimal"));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).expect("paths are UTF-8")
}

fn number(value: &Value) -> usize {
    let number = value
        .as_u64()
        .unwrap_or_else(|| panic!("no number: {value}"));
    usize::try_from(number).expect("it fits")
}

/// The text of a region by its offset, and by its lines and columns: both have to agree.
fn region(place: &Value, key: &str) -> String {
    let chars = characters(place["artifactLocation"]["uri"].as_str().expect("a URI"));
    let region = &place[key];
    let (at, len) = (number(&region["charOffset"]), number(&region["charLength"]));
    let mut ends = vec![0];
    for (index, c) in chars.iter().enumerate() {
        let is_end = *c == '\n' || (*c == '\r' && chars.get(index + 1) != Some(&'\n'));
        if is_end {
            ends.push(index + 1);
        }
    }
    let offset = |line, column| ends[number(&region[line]) - 1] + number(&region[column]) - 1;
    assert_eq!(offset("startLine", "startColumn"), at, "{region}");
    assert_eq!(offset("endLine", "endColumn"), at + len, "{region}");
    chars[at..at + len].iter().collect()
}

fn text_of(outcome: &Outcome, diagnostic: &Diagnostic) -> String {
    outcome.sources.text(diagnostic.span).to_owned()
}

#[test]
fn sarif_keeps_its_schema_and_its_places_are_the_places() {
    let outcome = shop::compiled();
    let run = sarif_of(&shop::report(&outcome));
    let results = list(&run["results"]);
    assert_eq!(results.len(), outcome.diagnostics.len());
    let rules = list(&run["tool"]["driver"]["rules"]);
    for (result, diagnostic) in results.iter().zip(&outcome.diagnostics) {
        let rule = &rules[number(&result["ruleIndex"])];
        assert_eq!(result["ruleId"], diagnostic.code.id);
        assert_eq!(rule["id"], diagnostic.code.id);
        assert_eq!(rule["name"], diagnostic.code.name);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(region(place, "region"), text_of(&outcome, diagnostic));
        assert_eq!(
            list(&result["relatedLocations"]).len(),
            diagnostic.labels.len()
        );
        for (related, label) in list(&result["relatedLocations"])
            .iter()
            .zip(&diagnostic.labels)
        {
            let place = &related["physicalLocation"];
            if place.is_null() {
                // What comes with cjoc is in no file of the repository.
                let name = related["logicalLocations"][0]["fullyQualifiedName"].as_str();
                assert!(
                    name.is_some_and(|name| name.starts_with("std/")),
                    "{related}"
                );
            } else {
                assert_eq!(region(place, "region"), outcome.sources.text(label.span));
            }
        }
    }
    let related = results.iter().flat_map(|it| list(&it["relatedLocations"]));
    let kinds: BTreeSet<bool> = related.map(|it| it["physicalLocation"].is_null()).collect();
    assert_eq!(
        kinds.len(),
        2,
        "labels in a file and in a standard connection"
    );
}

#[test]
fn sarif_offers_the_fixes_that_a_machine_may_make() {
    let outcome = shop::compiled();
    let run = sarif_of(&shop::report(&outcome));
    let mut compared = 0;
    for (result, diagnostic) in list(&run["results"]).iter().zip(&outcome.diagnostics) {
        let due = diagnostic.fixes.iter();
        let due: Vec<_> = due
            .filter(|fix| fix.applicability != Applicability::DisplayOnly)
            .collect();
        assert_eq!(list(&result["fixes"]).len(), due.len());
        for (fix, due) in list(&result["fixes"]).iter().zip(due) {
            for change in list(&fix["artifactChanges"]) {
                for replacement in list(&change["replacements"]) {
                    let mut place = replacement.clone();
                    place["artifactLocation"] = change["artifactLocation"].clone();
                    let deleted = region(&place, "deletedRegion");
                    let inserted = &replacement["insertedContent"]["text"];
                    let same = due.edits.iter().any(|edit| {
                        outcome.sources.text(edit.span) == deleted && *inserted == edit.text
                    });
                    assert!(same, "{replacement}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared >= 3, "only {compared} replacements");
}

#[test]
fn sarif_says_where_and_why_nothing_was_checked() {
    let outcome = shop::compiled();
    let report = Report {
        diagnostics: &[],
        unable: Some(cjoc::render::Unable {
            message: "there is no workspace",
            help: Some("make one"),
        }),
        ..shop::report(&outcome)
    };
    let run = sarif_of(&report);
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let told = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(
        told["message"]["text"],
        "there is no workspace\nhelp: make one"
    );
    assert_eq!(run["results"], serde_json::json!([]));
    let nothing = Report {
        unable: None,
        ..report
    };
    let run = sarif_of(&nothing);
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn junit_is_read_by_a_reader_of_junit() {
    let outcome = shop::compiled();
    for deny_warnings in [false, true] {
        let report = Report {
            deny_warnings,
            ..shop::report(&outcome)
        };
        let text = junit::diagnostics(&report);
        let read = junit_parser::from_reader(text.as_bytes()).expect("it is a JUnit report");
        let [suite] = read.suites.as_slice() else {
            panic!("one suite: {text}");
        };
        assert_eq!(suite.cases.len(), shop::FILES.len());
        let mut failing = 0;
        for case in &suite.cases {
            let name = &case.original_name;
            let own = outcome.diagnostics.iter();
            let own = own.filter(|it| outcome.sources.path(it.span.file) == name);
            let own: Vec<_> = own.collect();
            let fails = |it: &&&Diagnostic| deny_warnings || it.severity == Severity::Error;
            assert_eq!(case.file, Some(format!("{}{name}", shop::PREFIX)));
            match (own.iter().find(fails), &case.status) {
                (None, TestStatus::Success) => {}
                (Some(first), TestStatus::Failure(failure)) => {
                    failing += 1;
                    assert!(
                        failure.message.starts_with(&first.message),
                        "{}",
                        failure.message
                    );
                    for diagnostic in own {
                        assert!(
                            failure.text.contains(&diagnostic.message),
                            "{}",
                            failure.text
                        );
                    }
                }
                (due, found) => panic!("{name}: {found:?} for {due:?}"),
            }
        }
        assert_eq!(suite.failures, failing);
        assert_eq!((suite.tests, suite.errors), (shop::FILES.len() as u64, 0));
    }
}

/// What the runner makes of a line, by the rules of its sources.
fn command(line: &str) -> (String, BTreeMap<String, String>, String) {
    let (head, data) = line
        .strip_prefix("::")
        .and_then(|rest| rest.split_once("::"))
        .unwrap_or_else(|| panic!("no command: {line}"));
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let unescape = |text: &str, all: &[(&str, &str)]| {
        let text = all
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        text.replace("%25", "%")
    };
    let breaks = [("%0D", "\r"), ("%0A", "\n")];
    let marks = [breaks[0], breaks[1], ("%3A", ":"), ("%2C", ",")];
    let properties = properties
        .split(',')
        .filter_map(|pair| pair.split_once('='));
    let properties = properties.map(|(key, value)| (key.to_owned(), unescape(value, &marks)));
    (
        name.to_owned(),
        properties.collect(),
        unescape(data, &breaks),
    )
}

#[test]
fn github_reads_what_was_meant() {
    let outcome = shop::compiled();
    let text = github::commands(&shop::report(&outcome));
    let mut due: Vec<&Diagnostic> = outcome.diagnostics.iter().collect();
    due.sort_by_key(|it| it.severity);
    assert_eq!(text.lines().count(), due.len());
    for (line, diagnostic) in text.lines().zip(due) {
        let (name, properties, data) = command(line);
        let start = outcome.sources.start(diagnostic.span);
        let end = outcome.sources.end(diagnostic.span);
        assert_eq!(name, diagnostic.severity.as_str());
        let file = outcome.sources.path(diagnostic.span.file);
        assert_eq!(properties["file"], format!("{}{file}", shop::PREFIX));
        assert_eq!(properties["line"], start.line.to_string());
        assert_eq!(properties["endLine"], end.line.to_string());
        // The runner drops a whole annotation that has columns on two lines.
        assert_eq!(
            properties.contains_key("col"),
            start.line == end.line,
            "{line}"
        );
        assert_eq!(
            properties["title"],
            format!("{} {}", diagnostic.code.id, diagnostic.code.name)
        );
        assert_eq!(data.lines().next(), Some(diagnostic.message.as_str()));
    }
}

#[test]
fn github_shows_the_worst_and_counts_the_rest() {
    let outcome = shop::compiled();
    let of = |severity| {
        let found = outcome
            .diagnostics
            .iter()
            .find(|it| it.severity == severity);
        found.expect("there is one").clone()
    };
    let mut all = vec![of(Severity::Warning); 14];
    all.extend(vec![of(Severity::Error); 11]);
    let report = Report {
        diagnostics: &all,
        ..shop::report(&outcome)
    };
    let text = github::commands(&report);
    let names: Vec<String> = text.lines().map(|line| command(line).0).collect();
    let mut due = vec!["error"; 10];
    due.extend(["warning"; 10]);
    due.push("notice");
    assert_eq!(names, due);
    assert!(text.contains("1 more error and 4 more warnings"), "{text}");
    // The table has them all, or says how many it has not.
    let whole = github::summary(&report, 1 << 20);
    assert_eq!(whole.matches("\n| error | ").count(), 11);
    assert_eq!(whole.matches("\n| warning | ").count(), 14);
    for budget in [0, 400, 1000, 2000] {
        let cut = github::summary(&report, budget);
        assert!(cut.len() <= budget.max(300), "{} of {budget}", cut.len());
        let rows = cut.matches("\n| error | ").count() + cut.matches("\n| warning | ").count();
        let rest = format!("… and {} more diagnostics", 25 - rows);
        assert!(cut.contains(&rest), "{cut}");
    }
}

#[test]
fn gitlab_gets_what_it_requires() {
    let outcome = shop::compiled();
    let text = shop::text(|out| gitlab::write(&shop::report(&outcome), out));
    let issues: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(list(&issues).len(), outcome.diagnostics.len());
    let mut prints = BTreeSet::new();
    for (issue, diagnostic) in list(&issues).iter().zip(&outcome.diagnostics) {
        let severities = ["info", "minor", "major", "critical", "blocker"];
        assert!(severities.contains(&issue["severity"].as_str().expect("a severity")));
        assert_eq!(issue["check_name"], diagnostic.code.name);
        let description = issue["description"].as_str().expect("a description");
        assert!(description.starts_with(&diagnostic.message), "{issue}");
        assert!(!description.contains('\n'), "{issue}");
        let path = issue["location"]["path"].as_str().expect("a path");
        assert!(path.starts_with(shop::PREFIX), "{issue}");
        let begin = number(&issue["location"]["lines"]["begin"]);
        assert_eq!(begin, outcome.sources.start(diagnostic.span).line as usize);
        assert!(
            prints.insert(issue["fingerprint"].to_string()),
            "twice: {issue}"
        );
    }
}

#[test]
fn a_file_of_one_line_is_no_longer_than_it_is() {
    // Thousands of findings in one line: each is shown by itself, not with the whole line.
    let keys: Vec<String> = (0..2_000).map(|index| format!("k{index}: 1")).collect();
    let text = format!("{{ channel: web, {} }}\n", keys.join(", "));
    let files: cjoc::source::MemoryFiles = [
        ("cjoc.yaml", "name: w\nedition: 2026\n"),
        ("a.yaml", text.as_str()),
    ]
    .into_iter()
    .collect();
    let outcome = cjoc::compile::check(&files).expect("memory can be listed");
    assert!(outcome.diagnostics.len() >= 2_000);
    let report = shop::report(&outcome);
    let documents = [
        cjoc::render::plain::diagnostics(&report),
        junit::diagnostics(&report),
        shop::text(|out| sarif::write(&report, out)),
        shop::text(|out| json::write(&report, out)),
        cjoc::render::human::diagnostics(
            &outcome.sources,
            &outcome.diagnostics,
            cjoc::render::Look::plain(),
        ),
    ];
    for document in documents {
        let each = document.len() / outcome.diagnostics.len();
        assert!(each < 2_500, "{each} bytes each");
    }
}
