//! The formats of diagnostics: what each prints, reviewed as a whole, and that those who read it
//! can.

mod documents;
mod readers;
mod shop;

#[path = "../support/mod.rs"]
mod support;

use cjoc::render::{Look, github, gitlab, human, json, junit, plain, sarif, short};

/// With line ends and escapes made visible, so that a review sees them.
fn lined(document: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(document).expect("it is JSON");
    serde_json::to_string_pretty(&value).expect("it is JSON")
}

#[test]
fn every_format_shows_the_same_findings() {
    let outcome = shop::compiled();
    let report = shop::report(&outcome);
    let (sources, found) = (&outcome.sources, &outcome.diagnostics);
    insta::assert_snapshot!("human", human::diagnostics(sources, found, Look::plain()));
    insta::assert_snapshot!("plain", plain::diagnostics(&report));
    insta::assert_snapshot!("short", short::diagnostics(sources, found));
    insta::assert_snapshot!("json", lined(&shop::text(|out| json::write(&report, out))));
    insta::assert_snapshot!(
        "sarif",
        without_pages(&shop::text(|out| sarif::write(&report, out)))
    );
    insta::assert_snapshot!("github", github::commands(&report));
    insta::assert_snapshot!("github_summary", github::summary(&report, 1 << 20));
    insta::assert_snapshot!(
        "gitlab",
        lined(&shop::text(|out| gitlab::write(&report, out)))
    );
    insta::assert_snapshot!("junit", junit::diagnostics(&report));
}

/// The pages are reviewed where they stand.
fn without_pages(document: &str) -> String {
    let mut log: serde_json::Value = serde_json::from_str(document).expect("it is JSON");
    let rules = &mut log["runs"][0]["tool"]["driver"]["rules"];
    for rule in rules.as_array_mut().expect("there are rules") {
        for text in ["text", "markdown"] {
            let page = rule["help"][text].as_str().expect("there is a page");
            assert!(
                page.starts_with("# ") && !page.contains("# error: 1"),
                "{page}"
            );
            rule["help"][text] = "THE PAGE".into();
        }
        rule["fullDescription"]["text"] = "ITS FIRST PARAGRAPH".into();
    }
    serde_json::to_string_pretty(&log).expect("it is JSON")
}

/// A terminal may be as narrow as it likes.
#[test]
fn twenty_columns_are_enough_for_people() {
    let outcome = shop::compiled();
    for width in [0, 1, 20, 33] {
        let look = Look {
            colour: false,
            width,
        };
        let shown = human::diagnostics(&outcome.sources, &outcome.diagnostics, look);
        for diagnostic in &outcome.diagnostics {
            assert!(shown.contains(diagnostic.code.name), "{shown}");
        }
        // Every text is broken or cut; only a single word, and what frames a label, may stand out.
        let widest = shown.lines().filter(|line| line.contains(' '));
        let widest = widest.map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(widest <= width.max(20) + 40, "{widest} columns:\n{shown}");
    }
    let narrow = Look {
        colour: false,
        width: 20,
    };
    insta::assert_snapshot!(
        "human_narrow",
        human::diagnostics(&outcome.sources, &outcome.diagnostics, narrow)
    );
}
