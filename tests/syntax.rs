//! What the reader of declarations says of each place of the language, by marked cases.

mod marks;

use std::path::Path;

use cjoc::diagnostic::Diagnostic;
use cjoc::source::{Exclude, MANIFEST, OsFiles, Sources};
use cjoc::{syntax, yaml};

/// YAML and shape, file by file.
fn read(sources: &Sources) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (id, file) in sources.iter() {
        let parsed = yaml::parse(id, &file.text);
        diagnostics.extend(parsed.diagnostics);
        diagnostics.extend(if &*file.path == MANIFEST {
            syntax::read_manifest(&parsed.tree).1.into_parts().0
        } else {
            syntax::read(&parsed.tree).1.into_parts().0
        });
    }
    diagnostics
}

#[test]
fn everything_that_the_language_shows_is_read() {
    marks::run("tests/cases/shape-clean.yaml", read);
}

#[test]
fn shapes_that_do_not_fit_are_told_at_the_place() {
    marks::run("tests/cases/shape.yaml", read);
}

#[test]
fn the_example_workspace_is_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nto");
    let (sources, unreadable) =
        Sources::load(&OsFiles::new(root), &Exclude::none()).expect("the example is there");
    assert_eq!(unreadable, []);
    assert!(sources.len() > 10);
    assert_eq!(read(&sources), []);
}

#[test]
fn a_case_fails_for_what_is_not_marked_and_for_marks_that_are_not_met() {
    let unmarked = "#### a\nchanel: a\n";
    assert!(marks::report(unmarked, read).contains("unexpected # error: 1-7 [unknown-kind]"));
    let unmet = "#### a\nchannel: a  # error: 1-8 [unknown-kind]\n";
    assert!(marks::report(unmet, read).contains("unmet      # error: 1-8 [unknown-kind]"));
    for mark in [
        "1-7",
        "1",
        "1-7 [unknown-kind]",
        "1 \"not a kind\"",
        "1-7 [unknown-kind] \"not a kind\"",
    ] {
        let met = format!("#### a\nchanel: a  # error: {mark}\n");
        assert_eq!(marks::report(&met, read), "", "{mark}");
    }
    for mark in ["2-7", "1-8", "1-7 [unknown-key]", "1-7 \"some kind\""] {
        let other = format!("#### a\nchanel: a  # error: {mark}\n");
        assert!(marks::report(&other, read).contains("unmet"), "{mark}");
    }
}

/// Whatever is written, every place and every edit lies in the text, on characters.
#[test]
fn nothing_that_is_cut_short_or_left_out_breaks_the_reader() {
    let text =
        ["shape-clean", "shape"].map(|name| marks::read(&format!("tests/cases/{name}.yaml")));
    for case in text.iter().flat_map(|text| text.split("\n#### ")) {
        let cut = (0..case.len())
            .step_by(37)
            .filter_map(|end| case.get(..end));
        for part in cut {
            look(part);
        }
        for line in case.lines() {
            look(&case.replacen(line, "", 1));
        }
    }
}

fn look(text: &str) {
    for path in ["journeys/case.yaml", MANIFEST] {
        let sources = Sources::from_texts([(path, text)]);
        for diagnostic in read(&sources) {
            let spans = std::iter::once(diagnostic.span)
                .chain(diagnostic.labels.iter().map(|label| label.span))
                .chain(
                    diagnostic
                        .fixes
                        .iter()
                        .flat_map(|fix| &fix.edits)
                        .map(|edit| edit.span),
                );
            for span in spans {
                let place = text.get(span.range.as_usize());
                assert!(
                    place.is_some(),
                    "{} at {span:?} in:\n{text}",
                    diagnostic.message
                );
            }
            assert!(!diagnostic.message.is_empty() && !diagnostic.message.ends_with('.'));
        }
    }
}

#[test]
fn steps_may_nest_as_deep_as_yaml_lets_them() {
    let mut steps = "{ end: done }".to_owned();
    for _ in 0..200 {
        steps = format!("{{ if: true, then: [{steps}] }}");
    }
    let text = format!("rule: deep\nin: all\non: start\ndo: [{steps}]\n");
    let sources = Sources::from_texts([("a.yaml", text)]);
    let names: Vec<&str> = read(&sources).iter().map(|d| d.code.name).collect();
    assert_eq!(names, ["limit-exceeded"]);
}

/// A key that belongs to another place of a step, and what is said to do about it.
#[test]
fn a_key_in_the_wrong_place_of_a_step_is_told_where_it_belongs() {
    for (step, help) in [
        (
            "{ wait: { on: a.x, timeout: 2d, send: hello } }",
            "under `then`",
        ),
        ("{ wait: { until: now, call: a.y } }", "with its own `-`"),
        (
            "{ wait: { on: a.x }, timeout: 2d }",
            "it stands within the wait",
        ),
        (
            "{ send: hello, timeout: 2d }",
            "`hold: true` waits until it is out",
        ),
        ("{ send: hello, wiht: {} }", "did you mean `with`?"),
    ] {
        let journey = format!(
            "journey: j\ntraveler: p\nstart: {{ on: a.x }}\nmilestones:\n  m:\n    do:\n      - {step}\n\
             end: {{ after: 9d, outcome: over }}\n"
        );
        let manifest = "name: w\nedition: 2026\n".to_owned();
        let files = [
            ("cjoc.yaml".to_owned(), manifest),
            ("j.yaml".to_owned(), journey),
        ];
        let files: cjoc::source::MemoryFiles = files.into_iter().collect();
        let outcome = cjoc::compile::check(&files).expect("files in memory can be listed");
        let helps: Vec<&str> = (outcome.diagnostics.iter())
            .filter(|it| it.code.name == "unknown-key")
            .filter_map(|it| it.help.as_deref())
            .collect();
        let [told] = helps[..] else {
            panic!("{step}: {helps:?}");
        };
        assert!(told.contains(help), "{step}: {told}");
    }
}
