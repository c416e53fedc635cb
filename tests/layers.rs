//! The shape of the code, held by reading it: who may import whom, and who may touch the world.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// From the bottom to the top: a folder imports only what stands before it. Those on one line do
/// not know each other, but for `source` and `diagnostic`, which describe each other.
const LAYERS: &[&[&str]] = &[
    &["source", "diagnostic"],
    &["yaml", "cel", "onnx"],
    &["syntax"],
    &["model"],
    &["resolve"],
    &["check"],
    &["compile"],
    &["fix"],
    &["plan"],
    &["engine"],
    &["deploy"],
    &["dryrun"],
    &["render"],
    &["runtime"],
    &["cli"],
];

/// `plan` and what runs it know models only, never how they came about.
const BLIND: &[(&str, &[&str])] = &[
    ("model", &["yaml", "syntax"]),
    ("plan", &["yaml", "syntax", "resolve", "check", "compile"]),
    (
        "engine",
        &["yaml", "syntax", "resolve", "check", "compile", "plan"],
    ),
];

/// What touches files, the environment, the clock or the standard streams.
const WORLD: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "use std::{fs",
    "env::var",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "Zoned::now",
    "println!",
    "print!",
    "eprintln!",
    "eprint!",
    "stdout()",
    "stderr()",
    "stdin()",
];

/// Where the world may be touched.
fn may_touch_the_world(path: &str) -> bool {
    path == "source/os.rs"
        || path == "source/opened.rs"
        || path == "main.rs"
        || path.starts_with("cli/")
        || path.starts_with("runtime/")
}

#[test]
fn a_folder_imports_only_what_is_below_it() {
    let level: BTreeMap<&str, usize> = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(level, folders)| folders.iter().map(move |folder| (*folder, level)))
        .collect();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let folder = path.split('/').next().unwrap_or_default();
        let Some(own) = level.get(folder) else {
            let root = ["lib.rs", "main.rs"].contains(&&*path);
            assert!(
                root,
                "`{folder}` has no place in the table of tests/layers.rs"
            );
            continue;
        };
        let blind = BLIND
            .iter()
            .find(|(of, _)| *of == folder)
            .map_or(&[][..], |(_, to)| to);
        for (number, line) in code_lines(&text) {
            for import in imports(line) {
                let Some(other) = level.get(import) else {
                    continue;
                };
                let same = import == folder || (*own == 0 && *other == 0);
                if import != "diagnostic" && !same && (other >= own || blind.contains(&import)) {
                    wrong.push(format!("src/{path}:{number} imports `{import}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_edge_touches_the_world() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if may_touch_the_world(&path) {
            continue;
        }
        for (number, line) in code_lines(&text) {
            for name in WORLD.iter().filter(|name| mentions(line, name)) {
                wrong.push(format!("src/{path}:{number} uses `{name}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A file that no `mod` names is never compiled, and nothing else would say so.
#[test]
fn every_file_is_a_module() {
    let sources: BTreeMap<String, String> = sources().into_iter().collect();
    for path in sources.keys() {
        if ["lib.rs", "main.rs"].contains(&path.as_str()) {
            continue;
        }
        let module = path.trim_end_matches(".rs").trim_end_matches("/mod");
        let (folder, name) = module.rsplit_once('/').unwrap_or(("", module));
        let parents = match folder {
            "" => ["lib.rs".to_owned(), "main.rs".to_owned()],
            folder => [format!("{folder}/mod.rs"), format!("{folder}.rs")],
        };
        let declared = parents.iter().filter_map(|it| sources.get(it)).any(|text| {
            let line = format!("mod {name};");
            text.lines().any(|it| {
                it.trim_start()
                    .trim_start_matches("pub ")
                    .starts_with(&line)
                    || it.contains(&format!(") {line}"))
            })
        });
        assert!(declared, "no `mod {name};` brings in src/{path}");
    }
}

#[test]
fn every_module_says_what_it_is() {
    for (path, text) in sources() {
        assert!(
            text.starts_with("//!"),
            "src/{path} has no `//!` at its top"
        );
    }
}

#[test]
fn the_reading_itself_finds_what_it_looks_for() {
    assert_eq!(
        imports("use crate::{plan::Plan, cli};").collect::<Vec<_>>(),
        ["plan", "cli"]
    );
    assert_eq!(
        imports("    crate::engine::run()").collect::<Vec<_>>(),
        ["engine"]
    );
    assert!(mentions("let t = Instant::now();", "Instant"));
    assert!(!mentions("let x: Instantaneous", "Instant"));
    let text = "use a;\n// println!()\n#[cfg(test)]\nmod tests { println!() }\n";
    assert_eq!(code_lines(text).collect::<Vec<_>>(), [(1, "use a;")]);
}

/// The folders that a line names after `crate::`.
fn imports(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("crate::").flat_map(|(at, found)| {
        let rest = &line[at + found.len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(list) => list.split(',').map(first_word).collect(),
            None => vec![first_word(rest)],
        };
        names
    })
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

/// Whether the name stands in the line, not as a part of a longer one.
fn mentions(line: &str, name: &str) -> bool {
    let in_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(name).any(|(at, _)| {
        !in_word(line[..at].chars().next_back()) && !in_word(line[at + name.len()..].chars().next())
    })
}

/// The lines with their numbers, without comments and without the tests at the bottom.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .take_while(|(_, line)| *line != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Every source below `src/`, by path with `/`; files that hold only tests are left out.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src can be listed") {
            let path = entry.expect("src can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).expect("it is below src");
            let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
            (
                name.join("/"),
                fs::read_to_string(&path).expect("it is text"),
            )
        })
        .collect()
}
