//! What `spec/architecture.md` promises of additions: a diagnostic, a CEL function, a step kind and
//! an output format each stand in the places that it names, and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cjoc::cel::functions;
use cjoc::diagnostic::codes;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The project's own sources by path, without the tests in them.
fn sources() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut open = vec![root().join("src")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("the sources are there") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !is_test(&path) {
                let text = std::fs::read_to_string(&path).expect("a readable source");
                let text = text
                    .split("#[cfg(test)]\nmod tests {")
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                let name = path
                    .strip_prefix(root())
                    .expect("below the root")
                    .to_string_lossy()
                    .into_owned();
                all.insert(name, text);
            }
        }
    }
    all
}

fn is_test(path: &Path) -> bool {
    path.components().any(|c| c.as_os_str() == "tests") || path.ends_with("tests.rs")
}

fn folder(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

/// Whether the text has the word, with no letter of a name before or after it.
fn has_word(text: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(part_of_name) && !text[at + word.len()..].starts_with(part_of_name)
    })
}

#[test]
fn a_diagnostic_stands_in_the_list_on_its_page_and_where_it_is_emitted() {
    let sources = sources();
    let list = "src/diagnostic/codes.rs";
    for code in codes::ALL {
        let constant = code.name.to_uppercase().replace('-', "_");
        let emitted: Vec<_> = sources
            .iter()
            .filter(|(path, text)| *path != list && has_word(text, &constant))
            .collect();
        assert!(!emitted.is_empty(), "nothing emits `{}`", code.name);
        for (path, text) in &sources {
            let named = [format!("\"{}\"", code.name), format!("\"{}\"", code.id)];
            assert!(
                path == list || !named.iter().any(|name| text.contains(name.as_str())),
                "{path} names `{}` by text: use `codes::{constant}`",
                code.name,
            );
        }
        assert!(
            root()
                .join(format!("spec/diagnostics/{}.md", code.name))
                .exists()
        );
    }
}

#[test]
fn a_function_is_one_entry_of_one_table() {
    let sources = sources();
    for function in functions::all() {
        let entry = format!("name: \"{}\"", function.name);
        let short = format!("\"{}\"", function.name);
        let tables: Vec<_> = sources
            .iter()
            .filter(|(path, text)| {
                path.starts_with("src/cel/functions/")
                    && (text.contains(&entry) || text.contains(&short))
            })
            .map(|(path, _)| path)
            .collect();
        assert_eq!(tables.len(), 1, "`{}` stands in {tables:?}", function.name);
        let elsewhere: Vec<_> = sources
            .iter()
            .filter(|(path, text)| {
                // A key of JSON is no function.
                let mut named = text.match_indices(&short);
                let is_named = named.any(|(at, it)| !text[at + it.len()..].starts_with(':'));
                folder(path) == "engine" && is_named
            })
            .collect();
        assert!(
            elsewhere.is_empty(),
            "`{}` is also in {elsewhere:?}",
            function.name
        );
    }
}

#[test]
fn a_step_kind_stands_in_the_folders_that_the_architecture_names() {
    let sources = sources();
    let kinds = [
        "Wait", "Send", "Call", "Set", "Update", "Emit", "If", "Choose", "Split", "Decide",
        "Parallel", "Goto", "End",
    ];
    for kind in kinds {
        let word = format!("StepKind::{kind}");
        let folders: BTreeSet<_> = sources
            .iter()
            .filter(|(_, text)| has_word(text, &word))
            .map(|(path, _)| folder(path))
            .collect();
        for needed in ["syntax", "check", "engine"] {
            assert!(
                folders.contains(needed),
                "`{word}` is missing in src/{needed}"
            );
        }
        let known = BTreeSet::from([
            "syntax", "check", "engine", "deploy", "render", "dryrun", "plan", "model",
        ]);
        assert!(folders.is_subset(&known), "`{word}` stands in {folders:?}");
    }
}

#[test]
fn an_output_format_is_a_file_of_render_and_a_value_of_a_command() {
    let sources = sources();
    for format in [
        "human", "plain", "short", "json", "sarif", "github", "gitlab", "junit",
    ] {
        let file = format!("src/render/{format}.rs");
        assert!(sources.contains_key(&file), "{file} is missing");
        let call = format!("render::{format}");
        let users: Vec<_> = sources
            .iter()
            .filter(|(path, text)| folder(path) != "render" && text.contains(&call))
            .map(|(path, _)| folder(path))
            .collect();
        assert!(
            users.iter().all(|user| *user == "cli"),
            "{call} is used in {users:?}"
        );
    }
}
