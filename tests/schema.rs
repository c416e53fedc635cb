//! `cjoc schema workspace`: what the schema for editors accepts and refuses, held against the
//! reader's own cases. `spec/schema/workspace.json` is generated: `CJOC_UPDATE=1 cargo test`.

mod support;

use std::path::{Path, PathBuf};

use cjoc::diagnostic::Severity;
use cjoc::source::{Exclude, FileId, MANIFEST, OsFiles, Sources};
use cjoc::syntax::schema;
use cjoc::{syntax, yaml};
use jsonschema::Validator;
use support::cjoc;

/// What a schema can see. The other codes are about what stands inside of scalars.
const STRUCTURAL: [&str; 6] = [
    "unknown-kind",
    "unknown-key",
    "missing-key",
    "wrong-shape",
    "conflicting-keys",
    "invalid-value",
];

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema::schema()).expect("it is a schema")
}

/// Why the schema refuses some document of the text; none where it accepts all.
fn refused(validator: &Validator, text: &str) -> Option<String> {
    let text = text.into();
    let parsed = yaml::parse(FileId(0), &text);
    parsed.tree.documents().find_map(|document| {
        let json = yaml::to_json(document);
        let error = validator.iter_errors(&json).next()?;
        Some(format!("{error} in {json}"))
    })
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_copy_is_what_the_program_prints() {
    let ran = cjoc(&["schema", "workspace"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let copy = root("spec/schema/workspace.json");
    if std::env::var_os("CJOC_UPDATE").is_some() {
        std::fs::create_dir_all(root("spec/schema")).expect("the folder can be made");
        std::fs::write(&copy, &ran.out).expect("the copy can be written");
    }
    let written = std::fs::read_to_string(&copy).unwrap_or_default();
    assert!(
        written == ran.out,
        "spec/schema/workspace.json is out of date: run `CJOC_UPDATE=1 cargo test --test schema`"
    );
}

#[test]
fn the_schema_is_one_and_describes_every_key() {
    let schema = schema::schema();
    assert!(jsonschema::meta::is_valid(&schema));
    assert_eq!(
        schema["$defs"]["journey"]["properties"]["happy_path"]["description"],
        "The milestones as they should follow."
    );
    assert_eq!(
        schema["$defs"]["journey"]["properties"]["status"]["enum"],
        serde_json::json!(["hypothetical", "shadow", "live", "paused"])
    );
}

#[test]
fn the_example_workspaces_are_accepted() {
    let validator = validator();
    let mut files = 0;
    for folder in std::fs::read_dir(root("examples")).expect("the examples are there") {
        let folder = folder.expect("a readable folder").path();
        if !folder.join(MANIFEST).is_file() {
            continue;
        }
        let (sources, _) =
            Sources::load(&OsFiles::new(&folder), &Exclude::none()).expect("it can be read");
        for (_, file) in sources.iter() {
            let place = folder.join(&*file.path);
            assert_eq!(refused(&validator, &file.text), None, "{}", place.display());
            files += 1;
        }
    }
    assert!(files > 10, "only {files} files");
}

#[test]
fn what_the_reader_accepts_is_accepted() {
    let validator = validator();
    let text = read("tests/cases/shape-clean.yaml");
    let mut refusals = Vec::new();
    let cases = cases(&text);
    assert!(cases.len() > 20, "{}", cases.len());
    for (title, case) in cases {
        if let Some(why) = refused(&validator, &case) {
            refusals.push(format!("{title}: {why}"));
        }
    }
    assert!(refusals.is_empty(), "{}", refusals.join("\n"));
}

/// The cases of `tests/cases/shape.yaml` that a schema cannot tell from right ones: all others that
/// are about shape are refused.
const UNTOLD: &[(&str, &[&str])] = &[
    (
        "the order of keys is no matter of JSON",
        &[
            "kind: sorted below other keys",
            "kind: sorted, and the first key is a kind too",
            "kind: sorted, with another key that is a kind",
        ],
    ),
    (
        "keys that are no texts are not in the JSON",
        &[
            "keys: not scalars",
            "keys: a step's key that is no scalar is told once",
        ],
    ),
    (
        "the tables do not say which keys exclude each other",
        &[
            "time: in a test",
            "segment: when and members",
            "kpi: two measures",
            "test: profile twice",
            "`times` does not go with `not`",
        ],
    ),
    (
        "an empty value and a number that JSON lacks are values of a text place",
        &[
            "text: empty values",
            "text: numbers that JSON does not have",
            "expression: a number of YAML that CEL does not have",
        ],
    ),
    (
        "the tables do not say how many entries a map has",
        &["shape: no milestones"],
    ),
];

#[test]
fn what_has_not_the_shape_is_refused_as_far_as_a_schema_can_tell() {
    let validator = validator();
    let text = read("tests/cases/shape.yaml");
    let mut untold: Vec<&str> = UNTOLD
        .iter()
        .flat_map(|(_, titles)| *titles)
        .copied()
        .collect();
    let (mut told, mut wrong) = (0, Vec::new());
    for (title, case) in cases(&text) {
        let found = diagnostics(&case);
        let structural = found.iter().any(|code| STRUCTURAL.contains(&&**code));
        let listed = untold.iter().position(|other| *other == title);
        match (structural, refused(&validator, &case), listed) {
            (true, Some(_), None) => told += 1,
            (true, None, Some(at)) => {
                untold.remove(at);
            }
            (true, None, None) => wrong.push(format!("{title}: is accepted")),
            (_, Some(_), Some(_)) => wrong.push(format!("{title}: is listed, but refused")),
            // What the reader accepts must not be marked by an editor.
            (false, Some(why), _) if found.is_empty() => wrong.push(format!("{title}: {why}")),
            _ => {}
        }
    }
    wrong.extend(
        untold
            .iter()
            .map(|title| format!("{title}: is listed, but not found")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(told > 50, "only {told} are refused");
}

/// The names of the errors that the reader reports.
fn diagnostics(text: &str) -> Vec<String> {
    let sources = Sources::from_texts([("a.yaml", text)]);
    let parsed = yaml::parse(FileId(0), &sources.file(FileId(0)).text);
    parsed
        .diagnostics
        .into_iter()
        .chain(
            if text.starts_with("name:") || text.contains("\nedition:") {
                syntax::read_manifest(&parsed.tree).1.into_parts().0
            } else {
                syntax::read(&parsed.tree).1.into_parts().0
            },
        )
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|diagnostic| diagnostic.code.name.to_owned())
        .collect()
}

/// The texts of a file of marked cases, each with its title; what they are when fixed is left out.
fn cases(text: &str) -> Vec<(String, String)> {
    let parts = text.split("\n#### ").skip(1);
    let mut title = String::new();
    parts
        .filter_map(|part| {
            let (head, body) = part.split_once('\n')?;
            if head.starts_with("fixed:") {
                return None;
            }
            if let Some(path) = head.strip_prefix("file:") {
                return Some((format!("{title} ({})", path.trim()), body.to_owned()));
            }
            head.clone_into(&mut title);
            (!body.trim().is_empty()).then(|| (head.to_owned(), body.to_owned()))
        })
        .collect()
}
