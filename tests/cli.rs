//! The command line as scripts and people meet it: exit codes, streams, formats, colours.

mod support;

use serde_json::Value;
use support::{Ran, Workspace, cjoc};

const MANIFEST: (&str, &str) = ("cjoc.yaml", "name: shop\nedition: 2026\n");
/// An error of the YAML layer, and nothing else.
const BROKEN: (&str, &str) = ("a.yaml", "template: hello\nchannel: email\nbody: \"open\n");
/// A warning of the YAML layer, and nothing else.
const DOUBTFUL: (&str, &str) = ("a.yaml", "connection: web\ntitle: no\n");

fn clean() -> Workspace {
    Workspace::new(&[MANIFEST, ("a.yaml", "connection: web\n")])
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out))
}

#[test]
fn exit_codes_say_how_it_ended() {
    let broken = Workspace::new(&[MANIFEST, BROKEN]);
    let doubtful = Workspace::new(&[MANIFEST, DOUBTFUL]);
    let none = Workspace::new(&[]);
    let table: &[(&Workspace, &[&str], i32)] = &[
        (&clean(), &["check"], 0),
        (&clean(), &["check", "a.yaml"], 0),
        (&doubtful, &["check"], 0),
        (&doubtful, &["check", "--deny", "warnings"], 1),
        (&broken, &["check"], 1),
        (&broken, &["check", "--format", "json"], 1),
        (&broken, &["plan"], 1),
        (&broken, &["test"], 1),
        (&none, &["check"], 2),
        (&none, &["plan"], 2),
        (&none, &["test"], 2),
        (&clean(), &["check", "no/such/path"], 2),
        (&clean(), &["check", "--format", "nonsense"], 2),
        (&clean(), &["plan", "--until", "2026-01-01T00:00:00Z"], 2),
        (&clean(), &["no-such-command"], 2),
        (&none, &["explain"], 0),
        (&none, &["explain", "unknown-event"], 0),
        (&none, &["explain", "cj0301"], 0),
        (&none, &["explain", "unknown-evnt"], 2),
        (&none, &["explain", "--list", "unknown-event"], 2),
        (&none, &["--version"], 0),
        (&none, &["check", "--help"], 0),
        (&none, &[], 2),
    ];
    for (workspace, arguments, code) in table {
        let ran = workspace.run(arguments);
        assert_eq!(ran.code, *code, "cjoc {}: {}", arguments.join(" "), ran.err);
    }
}

#[test]
fn a_clean_check_is_silent() {
    let ran = clean().run(&["check"]);
    assert_eq!(ran.out, "");
    assert_eq!(ran.err, "");
}

#[test]
fn diagnostics_go_to_standard_output_and_the_summary_to_standard_error() {
    let ran = Workspace::new(&[MANIFEST, DOUBTFUL]).run(&["check", "--deny", "warnings"]);
    assert!(
        ran.out.starts_with("warning[ambiguous-scalar]: "),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("[a.yaml:2:8]"), "{}", ran.out);
    assert!(
        ran.out.contains("cjoc explain ambiguous-scalar"),
        "{}",
        ran.out
    );
    assert!(
        ran.err
            .starts_with("1 warning in 1 declaration (2 files)\n"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("--deny warnings"), "{}", ran.err);
}

#[test]
fn the_short_format_is_a_line_a_diagnostic() {
    let ran = Workspace::new(&[MANIFEST, DOUBTFUL]).run(&["check", "--format", "short"]);
    assert_eq!(
        ran.out,
        "a.yaml:2:8: warning[CJ0103 ambiguous-scalar]: `no` is a string here, but `false` to YAML \
         1.1 tools\n"
    );
}

#[test]
fn the_json_format_is_fixed_to_the_letter() {
    let text = "channel: web\ntitle: é no\n---\nchannel: größe\ntitle: no\n";
    let workspace = Workspace::new(&[
        MANIFEST,
        ("sub/a.yaml", "connection: web\n# ü\ntitle: no\n"),
    ]);
    let ran = workspace.run(&["check", "--format", "json"]);
    assert_eq!(
        ran.out,
        concat!(
            r#"{"version":1,"diagnostics":[{"code":"CJ0103","name":"ambiguous-scalar","#,
            r#""severity":"warning","message":"`no` is a string here, but `false` to YAML 1.1 tools","#,
            r#""file":"sub/a.yaml","start":{"line":3,"column":8,"offset":28},"#,
            r#""end":{"line":3,"column":10,"offset":30},"labels":[],"#,
            r#""help":"quote it, so that every tool reads it the same way","#,
            r#""fixes":[{"message":"quote it","edits":[{"file":"sub/a.yaml","#,
            r#""start":{"line":3,"column":8,"offset":28},"end":{"line":3,"column":10,"offset":30},"#,
            r#""text":"\"no\""}],"applicability":"safe"}]}],"summary":{"errors":0,"warnings":1,"files":2,"declarations":1}}"#,
            "\n"
        )
    );
    // Columns count characters, offsets bytes.
    let ran = Workspace::new(&[MANIFEST, ("a.yaml", text)]).run(&["check", "--format", "json"]);
    let found = json(&ran);
    let name = found["diagnostics"]
        .as_array()
        .and_then(|all| all.iter().find(|d| d["name"] == "invalid-name"))
        .unwrap_or_else(|| panic!("no invalid name in {found}"));
    assert_eq!(name["start"]["line"], 4);
    assert_eq!(name["start"]["column"], 10);
    assert_eq!(name["end"]["column"], 15);
    assert_eq!(
        name["end"]["offset"]
            .as_u64()
            .zip(name["start"]["offset"].as_u64())
            .map(|(e, s)| e - s),
        Some(7)
    );
}

#[test]
fn a_machine_gets_one_document_whatever_is_wrong() {
    let manifests = [
        "",
        "\n",
        "name: [",
        "- 1\n",
        "edition: 2026\n",
        "name: x\nedition: 1999\n",
        "\u{0}",
        "a: b: c",
    ];
    for manifest in manifests {
        let workspace = Workspace::new(&[("cjoc.yaml", manifest)]);
        for arguments in [
            &["check", "--format", "json"][..],
            &["plan", "--format", "json"],
            &["test", "--format", "json"],
        ] {
            let ran = workspace.run(arguments);
            assert_eq!(ran.code, 1, "{manifest:?} {arguments:?}: {}", ran.err);
            let document = json(&ran);
            assert!(
                document["summary"]["errors"].as_u64() > Some(0),
                "{document}"
            );
            assert_eq!(
                document["diagnostics"][0]["file"], "cjoc.yaml",
                "{document}"
            );
        }
    }
    let nothing = json(&clean().run(&["check", "--format", "json"]));
    assert_eq!(nothing["diagnostics"], serde_json::json!([]));
    let list = json(&cjoc(&["explain", "--format", "json"]));
    assert!(
        list["diagnostics"]
            .as_array()
            .is_some_and(|all| all.len() > 40),
        "{list}"
    );
}

#[test]
fn two_runs_say_the_same_bytes_in_the_order_of_files_and_places() {
    let files: Vec<(String, String)> = (0..40)
        .map(|n| {
            (
                format!("f{n:02}.yaml"),
                "connection: web\ntitle: no\nowner: off\n".to_owned(),
            )
        })
        .collect();
    let mut all: Vec<(&str, &str)> = vec![MANIFEST];
    all.extend(files.iter().map(|(path, text)| (&**path, &**text)));
    let workspace = Workspace::new(&all);
    let first = workspace.run(&["check", "--format", "short"]);
    assert_eq!(
        first.out,
        workspace.run(&["check", "--format", "short"]).out
    );
    let places: Vec<&str> = first
        .out
        .lines()
        .filter_map(|line| line.split(": ").next())
        .collect();
    let mut sorted = places.clone();
    sorted.sort_unstable();
    assert_eq!(places, sorted);
    assert!(places.len() >= 40, "{}", first.out);
}

#[test]
fn colours_are_for_who_wants_them() {
    type Row<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], bool);
    let workspace = Workspace::new(&[MANIFEST, DOUBTFUL]);
    let table: &[Row<'_>] = &[
        (&["check"], &[], false),
        (&["check", "--color", "always"], &[], true),
        (&["check", "--color", "always"], &[("NO_COLOR", "1")], true),
        (
            &["--color", "never", "check"],
            &[("CLICOLOR_FORCE", "1")],
            false,
        ),
        (&["check"], &[("CLICOLOR_FORCE", "1")], true),
        (&["check"], &[("CLICOLOR_FORCE", "0")], false),
        (
            &["check"],
            &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")],
            false,
        ),
        (
            &["check", "--color", "always", "--format", "json"],
            &[],
            false,
        ),
        (
            &["check", "--color", "always", "--format", "short"],
            &[],
            false,
        ),
    ];
    for (arguments, environment, coloured) in table {
        let ran = workspace.run_with(arguments, environment, "");
        assert_eq!(
            ran.out.contains('\u{1b}'),
            *coloured,
            "{arguments:?} {environment:?}"
        );
    }
}

#[test]
fn without_a_workspace_it_says_where_it_looked_and_what_to_do() {
    let nowhere = Workspace::new(&[("deep/file.txt", "")]);
    let ran = nowhere.run(&["check", "deep"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.out, "");
    for part in ["deep", "cjoc.yaml", "folder above", "help:", "cjoc init"] {
        assert!(ran.err.contains(part), "`{part}` in {}", ran.err);
    }
}

#[test]
fn a_workspace_is_found_from_a_file_or_folder_in_it() {
    let workspace = Workspace::new(&[MANIFEST, ("deep/er/a.yaml", DOUBTFUL.1)]);
    for path in [".", "deep", "deep/er", "deep/er/a.yaml"] {
        let ran = workspace.run(&["check", path, "--format", "short"]);
        assert!(
            ran.out.starts_with("deep/er/a.yaml:2:8: "),
            "{path}: {}{}",
            ran.out,
            ran.err
        );
    }
}

#[test]
fn the_manifest_and_comments_say_how_much_a_warning_matters() {
    let manifest = |levels: &str| format!("name: x\nedition: 2026\n{levels}");
    let run = |levels: &str, text: &str| {
        Workspace::new(&[("cjoc.yaml", &manifest(levels)), ("a.yaml", text)])
            .run(&["check", "--format", "short"])
    };
    let doubtful = DOUBTFUL.1;
    assert_eq!(
        run("levels: { ambiguous-scalar: ignore }", doubtful).out,
        ""
    );
    assert_eq!(run("levels: { CJ0103: ignore }", doubtful).out, "");
    let raised = run("levels: { ambiguous-scalar: error }", doubtful);
    assert!(
        raised.out.contains("error[CJ0103 ambiguous-scalar]"),
        "{}",
        raised.out
    );
    assert_eq!(raised.code, 1);

    let unknown = run("levels: { ambiguous-scaler: ignore }", "connection: web\n");
    assert_eq!(unknown.code, 1);
    assert!(
        unknown
            .out
            .contains("cjoc.yaml:3:11: error[CJ1001 unknown-diagnostic]"),
        "{}",
        unknown.out
    );
    let lowered = run("levels: { unknown-event: warning }", "connection: web\n");
    assert!(
        lowered
            .out
            .contains("cjoc.yaml:3:11: error[CJ0206 invalid-value]"),
        "{}",
        lowered.out
    );

    for allowed in [
        "connection: web\ntitle: no # cjoc: allow(ambiguous-scalar) it is a name\n",
        "connection: web\n# cjoc: allow(ambiguous-scalar) it is a name\ntitle: no\n",
        "connection: web\n# cjoc: allow(ambiguous-scalar, CJ0103) by either\n# because\ntitle: no\n",
    ] {
        assert_eq!(run("", allowed).out, "", "{allowed}");
    }
    let elsewhere = run(
        "",
        "# cjoc: allow(ambiguous-scalar)\nconnection: web\ntitle: no\n",
    );
    assert!(elsewhere.out.contains("a.yaml:3:8"), "{}", elsewhere.out);
    let slip = run("", "connection: web # cjoc: allow(unknown-evnt)\n");
    assert!(
        slip.out.contains("a.yaml:1:31: error[CJ1001"),
        "{}",
        slip.out
    );
}

#[test]
fn comments_meant_for_the_compiler_are_read_or_told() {
    let run = |levels: &str, text: &str| {
        let manifest = format!("name: shop\nedition: 2026\n{levels}\n");
        Workspace::new(&[("cjoc.yaml", &*manifest), ("a.yaml", text)])
            .run(&["check", "--format", "short"])
    };
    for bad in [
        "# cjoc: alow(ambiguous-scalar) x",
        "# cjoc: allow() x",
        "# cjoc: allow(ambiguous-scalar x",
        "# cjoc: allow ambiguous-scalar x",
        "# CJOC: allow(ambiguous-scalar) x",
    ] {
        let out = run("", &format!("{bad}\nconnection: web\n")).out;
        assert!(
            out.starts_with("a.yaml:1:1: warning[CJ1003 unused-suppression]: this looks"),
            "{bad}: {out}"
        );
    }
    for allowed in [
        "connection: web\n# cjoc: allow(ambiguous-scalar) a name\n\ntitle: no\n",
        "connection: web\n# cjoc: allow(ambiguous-scalar) a name\n---\n{ connection: x, title: no }\n",
    ] {
        assert_eq!(run("", allowed).out, "", "{allowed}");
    }
    let sharpened = "name: shop\nedition: 2026\nlevels: { ambiguous-scalar: error }\n";
    let text = "connection: web\ntitle: no # cjoc: allow(ambiguous-scalar) a name\n";
    let ran = Workspace::new(&[("cjoc.yaml", sharpened), ("a.yaml", text)]).run(&["check"]);
    assert!(
        ran.out.contains("the manifest makes it an error"),
        "{}",
        ran.out
    );
    let twice = run(
        "levels: { ambiguous-scalar: error, CJ0103: ignore }",
        "connection: web\n",
    );
    assert!(
        twice
            .out
            .starts_with("cjoc.yaml:3:36: error[CJ0102 duplicate-key]"),
        "{}",
        twice.out
    );
}

#[test]
fn a_level_of_another_linter_is_one_error() {
    let manifest = "name: shop\nedition: 2026\nlevels: { unused-segment: off }\n";
    let workspace = Workspace::new(&[("cjoc.yaml", manifest)]);
    let ran = workspace.run(&["check", "--format", "json"]);
    let found = json(&ran);
    let found = found["diagnostics"].as_array().expect("a list");
    assert_eq!(found.len(), 1, "{}", ran.out);
    assert_eq!(found[0]["help"], "write `ignore`");
    assert_eq!(workspace.run(&["check", "--unsafe-fixes"]).code, 0);
}

#[test]
fn bytes_that_are_no_text_have_no_follow_ups() {
    let workspace = Workspace::new(&[MANIFEST]);
    let put = |path: &str, bytes: &[u8]| {
        std::fs::write(workspace.path().join(path), bytes).expect("it is written");
    };
    put(
        "a.yaml",
        b"traveler: c\xff\nkey: id\nprofile: { id: string | null }\n",
    );
    let ran = workspace.run(&["check", "--format", "short"]);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    assert!(ran.out.contains("invalid-text"), "{}", ran.out);
    assert!(!ran.err.contains("fixable"), "{}", ran.err);
    put("a.yaml", b"");
    put("cjoc.yaml", b"\xff");
    let ran = workspace.run(&["check", "--format", "short"]);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    put("cjoc.yaml", b"\xff\xfe");
    let ran = workspace.run(&["check", "--format", "short"]);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
}

#[test]
fn explain_takes_what_a_report_says() {
    for pasted in ["error[unknown-event]", "error[CJ0301 unknown-event]"] {
        let ran = cjoc(&["explain", pasted]);
        assert_eq!(ran.code, 0, "{pasted}: {}", ran.err);
    }
    let far = cjoc(&["explain", "CJ0699"]);
    assert!(!far.err.contains("did you mean"), "{}", far.err);
    for (code, says) in [
        (
            "CJ0604",
            "the nearest are `CJ0603` (`wait-too-long`) and `CJ0605` (`literal-secret`)",
        ),
        ("cj0699", "the nearest is `CJ0614` (`zero-duration`)"),
        ("CJ0799", "`cjoc explain` lists all codes"),
    ] {
        let ran = cjoc(&["explain", code]);
        assert!(ran.err.contains(says), "{code}: {}", ran.err);
    }
}

#[test]
fn what_is_excluded_is_not_read_but_the_manifest_always_is() {
    let workspace = Workspace::new(&[
        (
            "cjoc.yaml",
            "name: x\nedition: 2026\nexclude: [drafts/, \"*.yaml\", \"!kept.yaml\"]\n",
        ),
        ("drafts/a.yaml", BROKEN.1),
        ("b.yaml", BROKEN.1),
        ("kept.yaml", DOUBTFUL.1),
    ]);
    let ran = workspace.run(&["check", "--format", "short"]);
    assert!(ran.out.starts_with("kept.yaml:2:8: "), "{}", ran.out);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    let bad = Workspace::new(&[("cjoc.yaml", "name: x\nedition: 2026\nexclude: [\"a{b\"]\n")]);
    let ran = bad.run(&["check", "--format", "short"]);
    assert!(
        ran.out.contains("cjoc.yaml:3:11: error[CJ0206"),
        "{}",
        ran.out
    );
}

#[test]
fn explain_tells_the_page_and_helps_with_slips() {
    let page = cjoc(&["explain", "CJ0301"]);
    assert!(
        page.out
            .contains("    start: { on: shop.review_raed }\n                 ^^^^^^^^^^^^^^^^\n"),
        "{}",
        page.out
    );
    assert!(page.out.contains("`unknown-event`"), "{}", page.out);
    let slip = cjoc(&["explain", "unknwn-event"]);
    assert_eq!(slip.out, "");
    assert!(
        slip.err.contains("did you mean `unknown-event`?"),
        "{}",
        slip.err
    );
    let list = cjoc(&["explain"]);
    assert_eq!(list.out, cjoc(&["explain", "--list"]).out);
    assert!(
        list.out
            .lines()
            .any(|line| line.starts_with("CJ0301  unknown-event")),
        "{}",
        list.out
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let ran = support::with_closed_output(&["explain", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.err, "");
}

#[test]
fn what_is_said_once_is_not_said_again() {
    let files = [
        MANIFEST,
        (
            "a.yaml",
            "channel: web\ntitel: no\n---\nchannel: app\ntitel: on\n",
        ),
    ];
    let ran = Workspace::new(&files).run(&["check"]);
    let count = |text: &str| ran.out.matches(text).count();
    assert_eq!(count("did you mean `title`?"), 2, "{}", ran.out);
    assert_eq!(count("rename to"), 0, "{}", ran.out);
    assert!(ran.out.contains("   2 + title: no\n"), "{}", ran.out);
    assert_eq!(count("cjoc explain unknown-key"), 1, "{}", ran.out);
}

#[test]
fn every_diagnostic_of_the_json_format_has_a_help() {
    let files = [
        MANIFEST,
        (
            "a.yaml",
            "segment: [s]\n---\n- no\n---\nchannel: 7\n---\n8\n",
        ),
    ];
    let found = json(&Workspace::new(&files).run(&["check", "--format", "json"]));
    let diagnostics = found["diagnostics"].as_array().expect("it is a list");
    assert!(diagnostics.len() >= 4, "{found}");
    for diagnostic in diagnostics {
        let help = diagnostic["help"].as_str().unwrap_or_default();
        assert!(!help.is_empty(), "{diagnostic}");
    }
}

#[test]
fn columns_can_be_asked_for() {
    let workspace = Workspace::new(&[MANIFEST, DOUBTFUL]);
    for (columns, widest) in [("40", 40), ("60", 60)] {
        let ran = workspace.run_with(&["check"], &[("COLUMNS", columns)], "");
        let width = ran.out.lines().map(|line| line.chars().count()).max();
        assert!(width.is_some_and(|width| width <= widest), "{}", ran.out);
    }
}

/// What newcomers write, and what they are told: once, with what to write instead.
#[test]
fn the_slips_of_newcomers_get_one_answer_each() {
    let base = "traveler: customer\nkey: id\nidentities: [id]\nprofile: { id: string | null }\n\
        ---\nconnection: shop\nuses: std/webhook\nevents:\n  \
        placed: { fields: { id: string }, identify: { id: event.id } }\n";
    let journey = |start: &str, enter: &str, step: &str, end: &str| {
        format!(
            "journey: a\ntraveler: customer\nstart: {start}\nmilestones:\n  one:\n    do:\n      \
             - {step}\n  two:\n    enter: {enter}\nend: {end}\n"
        )
    };
    let (start, step) = ("{ on: shop.placed }", "wait: 1d");
    let end = "{ after: 30d, outcome: over }";
    let table = [
        (
            journey("shop.placed", start, step, end),
            "write `{ on: shop.placed }`",
        ),
        (
            journey(start, "shop.placed", step, end),
            "write `{ on: shop.placed }`",
        ),
        (journey(start, start, step, "30d"), "write `{ after: 30d }`"),
        (
            journey(start, start, "else: []", end),
            "belongs to the `if` above",
        ),
        (journey(start, start, "wait: 1M", end), "count in days"),
        (
            journey(start, start, "wait: 5", end),
            "say which: `5s`, `5m`, `5h`, `5d`",
        ),
        (
            journey(start, start, "{ if: '${1 > 0}', then: [{ end: x }] }", end),
            "write it as it is",
        ),
        (
            journey(start, start, "wait: { until: '2026-01-01' }", end),
            "`timestamp(\"2026-03-02T18:00:00Z\")`",
        ),
        (
            journey(
                start,
                start,
                "{ if: len('a') > 0, then: [{ end: x }] }",
                end,
            ),
            "did you mean `size`?",
        ),
    ];
    for (text, help) in table {
        let files = [MANIFEST, ("base.yaml", base), ("a.yaml", &text)];
        let ran = Workspace::new(&files).run(&["check"]);
        assert!(ran.out.contains(help), "{help}: {}", ran.out);
        assert!(ran.err.starts_with("1 error in"), "{}{}", ran.out, ran.err);
    }
}
