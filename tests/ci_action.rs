//! `action.yml` for GitHub and the hooks for pre-commit: the steps are run as a runner would, with
//! stand-ins for `cargo` and `cjoc` that tell what they were asked.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use cjoc::source::FileId;
use cjoc::yaml::{self, Node, Tree};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn tree(path: &str) -> Tree {
    let text = fs::read_to_string(Path::new(ROOT).join(path)).expect("the file is there");
    let parsed = yaml::parse(FileId(0), &Arc::from(text));
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    parsed.tree
}

fn get<'t>(node: Node<'t>, key: &str) -> Option<Node<'t>> {
    Some(node.as_map()?.get(key)?.value)
}

fn text(node: Node<'_>, key: &str) -> String {
    get(node, key)
        .and_then(Node::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// How the steps of the action went.
struct Job {
    code: i32,
    out: String,
    /// What the stand-ins were asked, an argument a line after the name of the program.
    asked: Vec<String>,
    outputs: String,
    path: String,
    folder: tempfile::TempDir,
}

/// Runs the steps of the action one after the other until one fails, as a runner does.
fn run(inputs: &[(&str, &str)], cjoc_exits: i32) -> Job {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("bin")).expect("a folder");
    fs::create_dir_all(at("temp/cjoc/bin")).expect("a folder");
    let log = at("asked");
    let tell = format!(
        "#!/usr/bin/env bash\nprintf '%s\\n' \"${{0##*/}}\" \"$@\" >>'{}'\n",
        log.display()
    );
    let check = format!("{tell}[ \"$1\" != check ] || exit {cjoc_exits}\n");
    for (path, script) in [("bin/cargo", &tell), ("temp/cjoc/bin/cjoc", &check)] {
        fs::write(at(path), script).expect("a file");
        fs::set_permissions(at(path), fs::Permissions::from_mode(0o755)).expect("a script");
    }
    for file in ["output", "path", "asked"] {
        fs::write(at(file), "").expect("a file");
    }
    let tree = tree("action.yml");
    let action = tree.documents().next().expect("it has a document");
    let declared = get(action, "inputs").expect("it has inputs");
    let mut values: BTreeMap<String, String> = declared
        .as_map()
        .expect("a map")
        .entries()
        .filter_map(|entry| Some((entry.key.as_str()?.to_owned(), text(entry.value, "default"))))
        .collect();
    for (name, value) in inputs {
        let known = values.insert((*name).to_owned(), (*value).to_owned());
        assert!(known.is_some(), "there is no input {name}");
    }
    let steps = get(action, "runs").and_then(|runs| get(runs, "steps"));
    let mut job = Job {
        code: 0,
        out: String::new(),
        asked: Vec::new(),
        outputs: String::new(),
        path: String::new(),
        folder: tempfile::tempdir().expect("a temporary folder"),
    };
    for step in steps.and_then(Node::as_seq).expect("steps").items() {
        if text(step, "if") == "inputs.test == 'true'" && values["test"] != "true" {
            continue;
        }
        let added = fs::read_to_string(at("path")).expect("it is there");
        let path: Vec<PathBuf> = added
            .lines()
            .map(PathBuf::from)
            .chain([at("bin")])
            .collect();
        let system = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(path.into_iter().chain(std::env::split_paths(&system)));
        let mut command = Command::new("bash");
        command
            .args([
                "--noprofile",
                "--norc",
                "-eo",
                "pipefail",
                "-c",
                &text(step, "run"),
            ])
            .current_dir(folder.path())
            .env("PATH", path.expect("it can be a path"))
            .env("GITHUB_ACTION_PATH", ROOT)
            .env("GITHUB_OUTPUT", at("output"))
            .env("GITHUB_PATH", at("path"))
            .env("RUNNER_TEMP", at("temp"));
        if let Some(env) = get(step, "env").and_then(Node::as_map) {
            for entry in env.entries() {
                let value = entry.value.as_str().expect("a text");
                let name = value
                    .strip_prefix("${{ inputs.")
                    .and_then(|rest| rest.strip_suffix(" }}"))
                    .expect("variables are inputs");
                command.env(entry.key.as_str().expect("a name"), &values[name]);
            }
        }
        let ran = command.output().expect("bash runs");
        job.out += &String::from_utf8_lossy(&ran.stdout);
        job.out += &String::from_utf8_lossy(&ran.stderr);
        job.code = ran.status.code().expect("it ends by itself");
        if job.code != 0 {
            break;
        }
    }
    let read = |name: &str| fs::read_to_string(at(name)).expect("it is there");
    job.asked = read("asked").lines().map(str::to_owned).collect();
    job.outputs = read("output");
    job.path = read("path");
    job.folder = folder;
    job
}

/// What was asked of a program, beginning with the first argument.
fn asked<'j>(job: &'j Job, program: &str, first: &str) -> Option<Vec<&'j str>> {
    let lines: Vec<&str> = job.asked.iter().map(String::as_str).collect();
    let start = lines.windows(2).position(|it| it == [program, first])?;
    let rest = &lines[start + 1..];
    let end = rest.iter().position(|it| ["cargo", "cjoc"].contains(it));
    Some(rest[..end.unwrap_or(rest.len())].to_vec())
}

#[test]
fn without_inputs_it_builds_these_sources_and_checks_the_workspace_around() {
    let job = run(&[], 0);
    assert_eq!(job.code, 0, "{}", job.out);
    let root = job.folder.path().join("temp/cjoc");
    let root = root.to_str().expect("a path");
    assert_eq!(
        asked(&job, "cargo", "install").expect("it is installed"),
        ["install", "--locked", "--root", root, "--path", ROOT]
    );
    assert_eq!(
        asked(&job, "cjoc", "check").expect("it is checked"),
        ["check", "--format", "github", "--", "."]
    );
    assert_eq!(
        asked(&job, "cjoc", "test").expect("it is tested"),
        ["test", "--", "."]
    );
    assert_eq!(job.outputs, "exit-code=0\n");
    assert_eq!(job.path, format!("{root}/bin\n"));
}

#[test]
fn inputs_become_arguments() {
    let job = run(
        &[
            ("path", "my shop"),
            ("version", "0.1.0"),
            ("deny", "warnings"),
            ("sarif", "out.sarif"),
            ("args", "--color never\n--color\tauto"),
            ("test", "false"),
        ],
        0,
    );
    assert_eq!(job.code, 0, "{}", job.out);
    let install = asked(&job, "cargo", "install").expect("it is installed");
    assert_eq!(install[4..], ["--version", "=0.1.0"], "{install:?}");
    assert_eq!(
        asked(&job, "cjoc", "check").expect("it is checked"),
        [
            "check",
            "--format",
            "github",
            "--deny",
            "warnings",
            "--output",
            "sarif=out.sarif",
            "--color",
            "never",
            "--color",
            "auto",
            "--",
            "my shop"
        ]
    );
    assert_eq!(asked(&job, "cjoc", "test"), None);
}

#[test]
fn what_the_check_says_is_how_the_action_ends() {
    for code in [1, 2, 101] {
        let job = run(&[], code);
        assert_eq!(job.code, code, "{}", job.out);
        assert_eq!(job.outputs, format!("exit-code={code}\n"));
        assert_eq!(asked(&job, "cjoc", "test"), None);
    }
}

/// Inputs may come from a pull request: nothing of them is run, or ends up in the outputs.
#[test]
fn inputs_are_never_commands() {
    let evil = "\"; touch evil; $(touch evil) `touch evil` && touch evil #";
    for name in ["path", "deny", "sarif", "args"] {
        let job = run(&[(name, evil)], 0);
        assert!(!job.folder.path().join("evil").exists(), "{name}");
        assert_eq!(job.outputs, "exit-code=0\n", "{name}");
    }
    for version in [evil, "--git=x", "1.0.0 --git x", "latest"] {
        let job = run(&[("version", version)], 0);
        assert_eq!((job.code, job.asked.len()), (2, 0), "{}", job.out);
        assert!(!job.folder.path().join("evil").exists(), "{version}");
    }
    let job = run(&[("sarif", "a\nexit-code=7")], 0);
    assert_eq!((job.code, &*job.outputs), (2, ""), "{}", job.out);
    let text = fs::read_to_string(Path::new(ROOT).join("action.yml")).expect("it is there");
    for line in text.lines().filter(|line| line.contains("run:")) {
        assert!(!line.contains("${{"), "{line}");
    }
}

/// What the hooks start is there, and they start when a file of a workspace changes.
#[test]
fn hooks_run_commands_that_are_there_on_all_files_that_count() {
    let tree = tree(".pre-commit-hooks.yaml");
    let hooks = tree.documents().next().expect("it has a document");
    let mut ids = Vec::new();
    for hook in hooks.as_seq().expect("a list").items() {
        ids.push(text(hook, "id"));
        let entry = text(hook, "entry");
        let words: Vec<&str> = entry.split(' ').skip(1).collect();
        let ran = Command::new(env!("CARGO_BIN_EXE_cjoc"))
            .args(words)
            .current_dir(Path::new(ROOT).join("examples/nto"))
            .output()
            .expect("the program runs");
        assert!(ran.status.success(), "{entry}");
        assert_eq!(text(hook, "language"), "rust");
        assert_eq!(text(hook, "pass_filenames"), "false");
        let files = regex::Regex::new(&text(hook, "files")).expect("a pattern");
        for (path, counts) in [
            ("journeys/a.yaml", true),
            ("a.yml", true),
            ("lists/beta.csv", true),
            (".gitignore", true),
            ("deep/.gitignore", true),
            ("README.md", false),
            ("a.yaml.bak", false),
        ] {
            assert_eq!(files.is_match(path), counts, "{path}");
        }
    }
    assert_eq!(ids, ["cjoc-check", "cjoc-test"]);
}
