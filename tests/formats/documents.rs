//! A program that asks for a format gets one document of it, whatever state the workspace is in.

use serde_json::Value;

use crate::support::Workspace;

const MANIFEST: (&str, &str) = ("cjoc.yaml", "name: shop\nedition: 2026\n");
/// A warning, and nothing else.
const DOUBTFUL: (&str, &str) = ("deep/a.yaml", "connection: web\ntitle: no\n");

/// Fails unless the text is exactly one document of this format.
fn holds(format: &str, text: &str) {
    match format {
        "json" | "sarif" | "gitlab" => {
            let document: Result<Value, _> = serde_json::from_str(text);
            document.unwrap_or_else(|error| panic!("{format}: {error}: {text}"));
        }
        "junit" => {
            assert!(text.starts_with("<?xml "), "{text}");
            junit_parser::from_reader(text.as_bytes())
                .unwrap_or_else(|error| panic!("{error}: {text}"));
        }
        "github" => assert!(text.lines().all(|line| line.starts_with("::")), "{text}"),
        other => panic!("no rule for {other}"),
    }
}

#[test]
fn there_is_always_one_document() {
    let states = [
        ("nothing to say", vec![MANIFEST], 0),
        ("a warning", vec![MANIFEST, DOUBTFUL], 0),
        ("a broken manifest", vec![("cjoc.yaml", "name: [")], 1),
        ("an empty manifest", vec![("cjoc.yaml", "")], 1),
        ("no workspace", vec![("a.txt", "")], 2),
    ];
    let commands: &[(&[&str], &str)] = &[
        (&["check"], "json"),
        (&["check"], "sarif"),
        (&["check"], "github"),
        (&["check"], "gitlab"),
        (&["check"], "junit"),
        (&["plan"], "json"),
        (&["plan", "--events", "none.jsonl"], "json"),
        (&["test"], "json"),
        (&["test"], "junit"),
    ];
    for (state, files, code) in states {
        let workspace = Workspace::new(&files);
        for (command, format) in commands {
            let arguments = [command, &["--format", format][..]].concat();
            let ran = workspace.run(&arguments);
            // The file of events is not there: that a plan could have been made does not help.
            let fits = ran.code == code || (command.len() > 1 && ran.code == 2);
            assert!(fits, "{state}: {arguments:?}: {} {}", ran.code, ran.err);
            holds(format, &ran.out);
        }
    }
    let nowhere = Workspace::new(&[]);
    for arguments in [
        &["check", "no/such/path", "--format", "json"][..],
        &["explain", "no-such-thing", "--format", "json"],
        &["eval", "x", "--with", "none.json", "--format", "json"],
        &["plan", "--out", "-"],
    ] {
        let ran = nowhere.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}");
        let document: Value = serde_json::from_str(&ran.out).expect("it is JSON");
        assert!(document["error"]["message"].is_string(), "{document}");
        assert_eq!(document["diagnostics"], serde_json::json!([]), "{document}");
    }
}

#[test]
fn several_formats_go_to_files_beside_the_one_for_people() {
    let workspace = Workspace::new(&[MANIFEST, DOUBTFUL]);
    let outputs = [
        "sarif=a.sarif",
        "junit=a.xml",
        "gitlab=gl.json",
        "github=a.txt",
    ];
    let mut arguments = vec!["check", "--deny", "warnings"];
    for output in outputs {
        arguments.extend(["--output", output]);
    }
    let ran = workspace.run(&arguments);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.out.starts_with("warning[ambiguous-scalar]"),
        "{}",
        ran.out
    );
    for output in outputs {
        let (format, file) = output.split_once('=').expect("FORMAT=FILE");
        let text = std::fs::read_to_string(workspace.path().join(file)).expect("it is written");
        holds(format, &text);
        assert!(text.contains("is a string here"), "{text}");
    }
    // A file may be standard output, and then that is all it holds.
    let ran = workspace.run(&["check", "--output", "json=-", "--output", "short=b.txt"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    holds("json", &ran.out);
    let short = std::fs::read_to_string(workspace.path().join("b.txt")).expect("it is written");
    assert!(short.starts_with("deep/a.yaml:2:8: "), "{short}");
}

#[test]
fn what_cannot_be_written_is_said_and_the_rest_is_written() {
    let workspace = Workspace::new(&[MANIFEST, DOUBTFUL]);
    let arguments = [
        "check",
        "--format",
        "json",
        "--output",
        "sarif=no/such/a.sarif",
    ];
    let ran = workspace.run(&[&arguments[..], &["--output", "short=b.txt"]].concat());
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("`no/such/a.sarif` cannot be written"),
        "{}",
        ran.err
    );
    holds("json", &ran.out);
    assert!(workspace.path().join("b.txt").exists());
    let table: &[(&[&str], &str)] = &[
        (
            &["--output", "json=-", "--output", "short=-"],
            "standard output",
        ),
        (
            &["--format", "json", "--output", "short=-"],
            "standard output",
        ),
        (&["--output", "json=a", "--output", "short=a"], "`a`"),
        (&["--output", "yaml=a"], "sarif"),
        (&["--output", "json"], "FORMAT=FILE"),
        (&["--output", "json="], "FORMAT=FILE"),
    ];
    for (arguments, part) in table {
        let ran = workspace.run(&[&["check"], *arguments].concat());
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert!(ran.err.contains(part), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
}

#[test]
fn paths_are_those_of_the_repository() {
    let repository = Workspace::new(&[
        (".git/config", ""),
        ("my shop/cjoc.yaml", MANIFEST.1),
        ("my shop/deep/a.yaml", DOUBTFUL.1),
    ]);
    let out = |format: &str| {
        repository
            .run(&["check", "my shop", "--format", format])
            .out
    };
    let sarif: Value = serde_json::from_str(&out("sarif")).expect("it is JSON");
    let run_ = &sarif["runs"][0];
    let place = &run_["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], "my%20shop/deep/a.yaml");
    assert!(run_["originalUriBaseIds"][place["uriBaseId"].as_str().expect("a base")].is_object());
    assert_eq!(run_["automationDetails"]["id"], "cjoc/my shop/");
    let gitlab: Value = serde_json::from_str(&out("gitlab")).expect("it is JSON");
    assert_eq!(gitlab[0]["location"]["path"], "my shop/deep/a.yaml");
    assert!(out("github").contains("file=my shop/deep/a.yaml,"));
    assert!(out("junit").contains("file=\"my shop/deep/a.yaml\""));
    // People and the fixed format stay in the workspace.
    assert!(out("short").starts_with("deep/a.yaml:"));
    assert!(out("json").contains("\"file\":\"deep/a.yaml\""));
}

#[test]
fn the_summary_of_a_step_is_added_to() {
    let workspace = Workspace::new(&[MANIFEST, DOUBTFUL, ("summary.md", "before\n")]);
    let path = workspace.path().join("summary.md");
    let place = path.to_string_lossy().into_owned();
    let environment = [("GITHUB_STEP_SUMMARY", place.as_str())];
    for format in ["json", "github"] {
        let ran = workspace.run_with(&["check", "--format", format], &environment, "");
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    let text = std::fs::read_to_string(&path).expect("it is there");
    assert!(text.starts_with("before\n### cjoc check\n"), "{text}");
    assert_eq!(
        text.matches("| warning | deep/a.yaml:2:8 | ").count(),
        1,
        "{text}"
    );
    let missing = [("GITHUB_STEP_SUMMARY", "no/such/file")];
    let ran = workspace.run_with(&["check", "--format", "github"], &missing, "");
    assert_eq!(ran.code, 0, "the check is what counts: {}", ran.err);
    assert!(ran.err.contains("summary"), "{}", ran.err);
}

#[test]
fn scenarios_are_the_cases_of_a_junit_report() {
    let workspace = Workspace::copy_of("examples/nto");
    let ran = workspace.run(&["test", "--format", "junit", "--output", "json=t.json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let json = std::fs::read_to_string(workspace.path().join("t.json")).expect("it is written");
    let json: Value = serde_json::from_str(&json).expect("it is JSON");
    let titles: Vec<&str> = json["tests"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|test| test["name"].as_str())
        .collect();
    let read = junit_parser::from_reader(ran.out.as_bytes()).expect("a JUnit report");
    let cases: Vec<&str> = read.suites[0]
        .cases
        .iter()
        .map(|case| case.original_name.as_str())
        .collect();
    assert!(cases.len() > 5);
    assert_eq!(cases, titles);

    let path = "tests/consent.yaml";
    let text = std::fs::read_to_string(workspace.path().join(path)).expect("it is there");
    workspace.write(
        path,
        &text.replace("reason: no consent", "reason: quiet hours"),
    );
    let ran = workspace.run(&["test", "--format", "junit"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let read = junit_parser::from_reader(ran.out.as_bytes()).expect("a JUnit report");
    let failed: Vec<_> = read.suites[0]
        .cases
        .iter()
        .filter(|case| case.status.is_failure())
        .collect();
    assert!(!failed.is_empty(), "{}", ran.out);
    assert_eq!(read.suites[0].failures, failed.len() as u64);
    for case in failed {
        assert_eq!(case.file.as_deref(), Some(path));
        assert!(case.line.is_some());
    }
}
