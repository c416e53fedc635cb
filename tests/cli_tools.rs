//! What surrounds a check: the version, completions, manual pages, `doctor` and `init`.

mod support;

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::{Workspace, cjoc};

const MANIFEST: (&str, &str) = ("cjoc.yaml", "name: shop\nedition: 2026\n");

/// Gives the text to a program; `None` where there is no such program.
fn pipe(program: &str, arguments: &[&str], text: &str) -> Option<(bool, String)> {
    use std::io::Write as _;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take().expect("it is piped");
    let _ = stdin.write_all(text.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    Some((output.status.success(), err))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn the_version_is_a_line_and_its_details_are_a_command() {
    let version = format!("cjoc {}\n", env!("CARGO_PKG_VERSION"));
    for flag in ["-V", "--version"] {
        assert_eq!(cjoc(&[flag]).out, version);
    }
    let ran = cjoc(&["version"]);
    assert!(ran.out.starts_with(&version), "{}", ran.out);
    for part in ["edition:     2026\n", "time zones:  IANA 20", "std/slack"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    let document = json(&cjoc(&["version", "--format", "json"]).out);
    assert_eq!(document["edition"], "2026");
}

#[test]
fn shells_take_the_completions_and_know_the_names_of_diagnostics() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = cjoc(&["completions", shell]);
        assert_eq!(ran.code, 0, "{shell}");
        assert!(ran.out.contains("doctor"), "{shell} knows commands");
        // The others complete no positional arguments.
        if ["bash", "zsh"].contains(&shell) {
            assert!(ran.out.contains("possibly-absent"), "{shell} knows names");
        }
        if let Some((good, err)) = pipe(shell, &["-n"], &ran.out)
            && ["bash", "zsh", "fish"].contains(&shell)
        {
            assert!(good && err.is_empty(), "{shell}: {err}");
        }
    }
    assert_eq!(cjoc(&["completions", "cmd"]).code, 2);
}

#[test]
fn there_is_a_manual_page_a_command() {
    let workspace = Workspace::new(&[("man1/.keep", "")]);
    let ran = workspace.run(&["man", "--out", "man1"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for name in ["cjoc", "cjoc-check", "cjoc-explain", "cjoc-doctor"] {
        let path = workspace.path().join(format!("man1/{name}.1"));
        let page = std::fs::read_to_string(&path).expect("the page is there");
        assert!(page.contains(".SH EXAMPLES\n") && page.contains("EXIT STATUS"));
        if let Some((good, err)) = pipe("groff", &["-man", "-ww", "-Tutf8"], &page) {
            assert!(good && err.is_empty(), "{name}: {err}");
        }
    }
    let page = cjoc(&["man"]).out;
    let written = std::fs::read_to_string(workspace.path().join("man1/cjoc.1"));
    assert_eq!(page, written.expect("the page is there"));
    assert_eq!(workspace.run(&["man", "--out", "none"]).code, 2);
}

#[test]
fn the_doctor_tells_what_is_compiled_what_is_left_out_and_why() {
    let workspace = Workspace::new(&[
        (
            "cjoc.yaml",
            "name: shop\nedition: 2026\nexclude: [old.yaml]\n",
        ),
        (".gitignore", "/drafts/\n*.gen.yaml\n"),
        ("a.yaml", "connection: web\n---\nconnection: shop\n"),
        ("empty.yaml", "# nothing yet\n"),
        ("old.yaml", "x: y\n"),
        ("b.gen.yaml", "x: y\n"),
        ("drafts/c.yaml", "x: y\n"),
        (".hidden/d.yaml", "x: y\n"),
        ("other/cjoc.yaml", "name: other\nedition: 2026\n"),
        ("notes.txt", ""),
        ("deep/er/e.yaml", "connection: crm\n"),
    ]);
    let ran = workspace.run(&["doctor", "deep/er", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    let health = json(&ran.out);
    let found = &health["workspace"];
    assert_eq!(found["name"], "shop");
    assert_eq!(found["edition"], "2026");
    assert_eq!(found["kinds"], serde_json::json!({ "connection": 3 }));
    assert_eq!(found["empty"], serde_json::json!(["empty.yaml"]));
    assert_eq!(
        health["searched"].as_array().map(Vec::len),
        Some(2),
        "{}",
        health["searched"]
    );
    assert_eq!(
        found["left_out"],
        serde_json::json!([
            { "path": ".hidden/", "reason": "its name starts with a dot" },
            { "path": "b.gen.yaml", "reason": "`*.gen.yaml` in .gitignore" },
            { "path": "drafts/", "reason": "`/drafts/` in .gitignore" },
            { "path": "old.yaml", "reason": "`exclude` in cjoc.yaml" },
            { "path": "other/", "reason": "a workspace of its own" },
        ])
    );
    let stages: Vec<&str> = found["stages"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|stage| stage["name"].as_str())
        .collect();
    assert_eq!(stages, ["read", "parse", "resolve", "check", "settle"]);
    let text = workspace.run(&["doctor"]).out;
    for part in [
        "nothing stands in the way",
        "3 connection",
        "drafts/: `/drafts/`",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn the_doctor_finds_what_stands_in_the_way_and_says_what_to_do() {
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, i32, &'a str, &'a str);
    let cases: [Case<'_>; 7] = [
        (
            &[MANIFEST, ("a.YAML", "connection: web\n")],
            ".",
            1,
            "`a.YAML` is not compiled",
            "rename it",
        ),
        (
            &[MANIFEST, ("a.yaml", "connection: web\nevnts: {}\n")],
            ".",
            1,
            "does not compile: 1 error",
            "cjoc check",
        ),
        (&[MANIFEST], ".", 1, "declares nothing", "cjoc init"),
        (
            &[("cjoc.yaml", "name: shop\nedition: 1999\n")],
            ".",
            1,
            "`cjoc.yaml` has errors",
            "cjoc check",
        ),
        (
            &[
                MANIFEST,
                ("a.yaml", "connection: web\n"),
                ("in/cjoc.yaml", "name: inner\nedition: 2026\n"),
                ("in/b.yaml", "connection: web\n"),
            ],
            "in",
            1,
            "lies in another",
            "remove its `cjoc.yaml`",
        ),
        (
            &[("cjoc.yml", "name: shop\n")],
            ".",
            2,
            "is in no workspace",
            "rename `",
        ),
        (
            &[("deep/cjoc.yaml", "name: shop\nedition: 2026\n")],
            ".",
            2,
            "is in no workspace",
            "there is one in `",
        ),
    ];
    for (files, path, code, message, help) in cases {
        let workspace = Workspace::new(files);
        let ran = workspace.run(&["doctor", path, "--format", "json"]);
        assert_eq!(ran.code, code, "{}", ran.out);
        let health = json(&ran.out);
        let problems = health["problems"].as_array().expect("a list");
        assert!(
            problems.iter().any(|problem| {
                let text = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
                text("message").contains(message) && text("help").contains(help)
            }),
            "{message}: {problems:#?}"
        );
    }
}

#[test]
fn a_new_workspace_checks_clean_and_its_tests_pass() {
    let workspace = Workspace::new(&[]);
    let ran = workspace.run(&["init", "My Shop"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let checked = workspace.run(&["check", "My Shop", "--deny", "warnings"]);
    assert_eq!((checked.code, &*checked.out), (0, ""));
    let tested = workspace.run(&["test", "My Shop", "--format", "json"]);
    assert_eq!(tested.code, 0, "{}", tested.out);
    let document = json(&tested.out);
    assert_eq!(document["summary"]["failed"], 0);
    assert!(document["summary"]["passed"].as_u64() > Some(1));
    let reached = document["coverage"].as_array().expect("a list");
    assert!(
        reached
            .iter()
            .all(|it| it["reached"] != 0 && it["reached"] != false)
    );
    let again = workspace.run(&["init", "My Shop"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("a workspace already"), "{}", again.err);
}

#[test]
fn what_was_there_is_not_written_over_and_not_compiled() {
    let workspace = Workspace::new(&[
        ("compose.yaml", "services: {}\n"),
        ("journeys/welcome.yaml", "# mine\n"),
        (".gitlab-ci.yml", "stages: []\n"),
    ]);
    let ran = workspace.run(&["init", "--ci", "gitlab", "--ci", "github"]);
    assert_eq!(
        ran.code, 1,
        "what is left of it does not compile: {}",
        ran.err
    );
    let read = |path: &str| {
        std::fs::read_to_string(workspace.path().join(path)).expect("the file is there")
    };
    assert_eq!(read("journeys/welcome.yaml"), "# mine\n");
    assert_eq!(read(".gitlab-ci.yml"), "stages: []\n");
    assert!(
        read("cjoc.yaml")
            .contains("exclude:\n  - \"/compose.yaml\"\n  - \"/journeys/welcome.yaml\"\n")
    );
    assert!(read(".github/workflows/cjoc.yml").contains("cjoc check --deny"));
    // What could not be written is given to be pasted.
    assert!(ran.out.contains("\ncjoc:\n  image:"), "{}", ran.out);
}

#[test]
fn files_for_ci_stand_at_the_top_of_the_repository_and_know_the_way() {
    let workspace = Workspace::new(&[(".git/HEAD", "ref: refs/heads/main\n")]);
    let ran = workspace.run(&["init", "my shop", "--ci", "pre-commit"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let path = workspace.path().join(".pre-commit-config.yaml");
    let text = std::fs::read_to_string(path).expect("the file is there");
    assert!(
        text.contains("entry: cjoc check './my shop' --deny"),
        "{text}"
    );
    assert!(!Path::new(&workspace.path().join("my shop/.pre-commit-config.yaml")).exists());
    // Later, to a workspace that is there.
    let ran = workspace.run(&["init", "my shop", "--ci", "github"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        workspace
            .path()
            .join(".github/workflows/cjoc.yml")
            .is_file()
    );
}

#[test]
fn a_manifest_that_is_no_file_is_not_renamed_to_itself() {
    let workspace = Workspace::new(&[("cjoc.yaml/a.txt", "")]);
    let ran = workspace.run(&["doctor"]);
    assert_eq!(ran.code, 2);
    let all = format!("{}{}", ran.out, ran.err);
    assert!(all.contains("is no file: put a manifest"), "{all}");
    assert!(!all.contains("rename"), "{all}");
}
