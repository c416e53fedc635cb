//! The example workspaces: each compiles without a finding, passes its scenarios and takes all of
//! its sample events. Together they use the whole language.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const EXAMPLES: [&str; 4] = ["shop", "bank", "telecom", "ecom"];

/// Workspaces about other things, with steps and triggers of all kinds.
const OTHERS: [&str; 3] = ["airline", "claims", "onboarding"];

fn folder(example: &str) -> PathBuf {
    let place = if OTHERS.contains(&example) {
        "tests/workspaces"
    } else {
        "examples"
    };
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(place)
        .join(example)
}

/// Runs the program on an example; panics with what it wrote where it does not end well.
fn run(example: &str, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_cjoc"))
        .args(arguments)
        .current_dir(folder(example))
        .env("NO_COLOR", "1")
        .output()
        .expect("the program runs");
    assert!(
        output.status.success(),
        "{example}: cjoc {}\n{}{}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

#[test]
fn the_examples_are_clean() {
    for example in EXAMPLES {
        run(example, &["check", "--deny", "warnings"]);
    }
}

#[test]
fn the_examples_pass_their_scenarios() {
    for example in EXAMPLES {
        run(example, &["test"]);
    }
}

#[test]
fn the_examples_take_their_events() {
    for example in EXAMPLES {
        let events = match example {
            "ecom" => "ecom_excerpt.csv",
            _ => "events.jsonl",
        };
        run(example, &["plan", "--events", events, "--summary"]);
    }
}

#[test]
fn workspaces_about_other_things_are_clean_and_pass_their_scenarios() {
    for other in OTHERS {
        run(other, &["check", "--deny", "warnings"]);
        run(other, &["test"]);
    }
}

/// All YAML of the examples.
fn sources() -> String {
    fn collect(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, text);
            } else if path.extension().is_some_and(|end| end == "yaml") {
                text.push_str(&fs::read_to_string(&path).expect("a file"));
                text.push('\n');
            }
        }
    }
    let mut text = String::new();
    for example in EXAMPLES {
        collect(&folder(example), &mut text);
    }
    text
}

#[test]
fn together_they_use_the_whole_language() {
    let text = sources();
    // A key stands behind a line's indent, a `- `, a `{ ` or a `, `.
    let keys: BTreeSet<&str> = text
        .split([' ', '{', '[', '\n'])
        .filter_map(|word| word.strip_suffix(':'))
        .collect();
    let due = "\
        traveler connection segment persona channel journey rule variables template kpi test \
        wait send call set update emit if choose split decide parallel goto end \
        on after every schedule when any until at days zone timeout then else otherwise hold \
        count sum min max avg first last list distinct within keep \
        consent cap quiet transactional pii normalize reentry while_active key status detached \
        promise valence moment_of_truth happy_path lifecycle fallback arms members identify \
        rate mean p50 p90 replies returns";
    let missing: Vec<&str> = due
        .split_whitespace()
        .filter(|key| !keys.contains(key))
        .collect();
    assert!(missing.is_empty(), "no example uses {missing:?}");
    for words in [
        "status: hypothetical",
        "status: shadow",
        "status: paused",
        "while_active: restart",
        "reentry: always",
        "since: start",
        ".entered",
        ".left",
        "journey.renewal.started",
        "journey.renewal.ended",
        "on: start",
        "on: end",
        "on: [",
        "on: milestone.",
        "by: session",
        "then: defer",
    ] {
        assert!(text.contains(words), "no example uses `{words}`");
    }
}
