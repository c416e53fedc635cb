//! The quick reader of YAML and the thorough one: wherever the quick one reads a text, both give the
//! same tree with the same places, comments and findings; and it reads what people write.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

mod texts;

#[allow(unreachable_pub, reason = "the bench is a crate of its own")]
#[path = "../../benches/check/src/conditions.rs"]
mod conditions;
#[allow(unreachable_pub, reason = "the bench is a crate of its own")]
#[path = "../../benches/check/src/workspace.rs"]
mod workspace;

use cjoc::source::FileId;
use cjoc::yaml::{parse_quickly, parse_thoroughly};
use proptest::prelude::*;
use proptest::sample::Index;
use texts::{broken, lines, nested};

/// Whether the quick reader reads the text; panics where it reads something else than the thorough
/// one.
fn is_quick(name: &str, text: &str) -> bool {
    let text: Arc<str> = text.into();
    let Some(quick) = parse_quickly(FileId(0), &text) else {
        return false;
    };
    let thorough = parse_thoroughly(FileId(0), &text);
    assert!(
        quick == thorough,
        "{name} is read otherwise:\n{}\n{:?}\n{:#?}",
        &*text,
        thorough.diagnostics,
        first_difference(&format!("{quick:#?}"), &format!("{thorough:#?}"))
    );
    true
}

/// The lines around the first that differs.
fn first_difference(quick: &str, thorough: &str) -> (String, String) {
    let quick: Vec<&str> = quick.lines().collect();
    let thorough: Vec<&str> = thorough.lines().collect();
    let same = quick.iter().zip(&thorough).take_while(|(a, b)| a == b);
    let from = same.count().saturating_sub(12);
    let part = |lines: &[&str]| lines[from..lines.len().min(from + 24)].join("\n");
    (part(&quick), part(&thorough))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, by what its name ends with.
fn files(folder: &str, ends: &[&str]) -> Vec<PathBuf> {
    let mut open = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else if ends.iter().any(|end| path.to_string_lossy().ends_with(end)) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} holds nothing");
    found
}

fn read(path: &Path) -> Option<String> {
    String::from_utf8(std::fs::read(path).expect("the file can be read")).ok()
}

/// How many texts the quick reader reads, and which it does not.
#[derive(Default)]
struct Share {
    read: usize,
    left: Vec<String>,
}

impl Share {
    fn add(&mut self, name: &str, text: &str) {
        // Windows' line breaks change nothing.
        let other = is_quick(name, &text.replace('\n', "\r\n"));
        if is_quick(name, text) {
            self.read += 1;
            assert!(
                other || text.contains('\r'),
                "{name} with line breaks of Windows"
            );
        } else {
            self.left.push(name.to_owned());
        }
    }

    fn percent(&self) -> usize {
        100 * self.read / (self.read + self.left.len()).max(1)
    }
}

fn name_of(path: &Path) -> String {
    let name = path.strip_prefix(root()).unwrap_or(path);
    name.to_string_lossy().into_owned()
}

#[test]
fn what_people_write_is_read_quickly() {
    let mut share = Share::default();
    for folder in ["examples", "tests/workspaces", "src/std"] {
        for path in files(folder, &[".yaml", ".yml"]) {
            share.add(&name_of(&path), &read(&path).expect("it is text"));
        }
    }
    assert!(share.read > 50, "only {} files", share.read);
    assert_eq!(share.left, [""; 0], "these are left to the thorough reader");
}

#[test]
fn the_workspaces_of_the_benches_are_read_quickly() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let mut share = Share::default();
    for one_file in [false, true] {
        let folder = root.path().join(one_file.to_string());
        let plan = workspace::Plan {
            conditions: 2 * workspace::TEAM,
            faulty: one_file,
            one_file,
        };
        workspace::write(&folder, plan).expect("files can be written");
        for path in files(&folder.to_string_lossy(), &[".yaml"]) {
            share.add(&name_of(&path), &read(&path).expect("it is text"));
        }
    }
    assert!(share.read > 20, "only {} files", share.read);
    assert_eq!(share.left, [""; 0], "these are left to the thorough reader");
}

/// The cases of a file of marked cases, each a file of its own.
fn cases(text: &str) -> Vec<String> {
    let mut cases = vec![String::new()];
    for line in text.lines() {
        if line.starts_with("#### ") {
            cases.push(String::new());
        }
        let case = cases.last_mut().expect("there is one");
        case.push_str(line);
        case.push('\n');
    }
    cases
}

/// The blocks of YAML in a page.
fn blocks(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in page.lines() {
        match &mut open {
            Some(_) if line.trim_start().starts_with("```") => found.extend(open.take()),
            Some(block) => {
                block.push_str(line);
                block.push('\n');
            }
            None if line.trim_start().starts_with("```yaml") => open = Some(String::new()),
            None => {}
        }
    }
    found
}

#[test]
fn marked_cases_and_pages_are_read_the_same() {
    let mut share = Share::default();
    for path in files("tests/cases", &[".yaml"]) {
        let text = read(&path).expect("it is text");
        is_quick(&name_of(&path), &text);
        for (at, case) in cases(&text).iter().enumerate() {
            share.add(&format!("{}, case {at}", name_of(&path)), case);
        }
    }
    for path in files("spec", &[".md"]) {
        let text = read(&path).expect("it is text");
        for (at, block) in blocks(&text).iter().enumerate() {
            share.add(&format!("{}, block {at}", name_of(&path)), block);
        }
    }
    assert!(share.read > 800, "only {} texts", share.read);
    // Many of them are wrong on purpose.
    let percent = share.percent();
    assert!(
        percent >= 95,
        "only {percent} % are read quickly: {:#?}",
        share.left
    );
}

#[test]
fn the_seeds_of_the_fuzzer_are_read_the_same() {
    for folder in ["fuzz/seeds", "fuzz/found"] {
        for path in files(folder, &[""]) {
            let bytes = std::fs::read(&path).expect("the file can be read");
            is_quick(&name_of(&path), &String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn the_yaml_test_suite_is_read_the_same() {
    let shared =
        std::env::var_os("CJOC_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let places = ["yaml/suite.json", "data/yaml/suite.json"];
    let found = places
        .iter()
        .find_map(|place| std::fs::read(shared.join(place)).ok());
    let Some(bytes) = found else {
        return;
    };
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&bytes).expect("the suite is JSON");
    let mut compared = 0;
    for case in &cases {
        for key in ["yaml", "out_yaml"] {
            let text = case[key].as_str().unwrap_or_default();
            for (at, _) in text.char_indices() {
                compared +=
                    usize::from(is_quick(&format!("{} up to {at}", case["id"]), &text[..at]));
                is_quick(&format!("{} from {at}", case["id"]), &text[at..]);
            }
            let crlf = text.replace('\n', "\r\n");
            is_quick(&format!("{}", case["id"]), &crlf);
        }
    }
    assert!(compared > 5000, "only {compared} texts");
}

/// Documents of the examples, of the workspaces and of the marked cases.
static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut texts = Vec::new();
    for folder in ["examples", "tests/workspaces"] {
        for path in files(folder, &[".yaml"]) {
            let text = read(&path).expect("it is text");
            texts.extend(text.split("\n---\n").map(str::to_owned));
        }
    }
    for path in files("tests/cases", &[".yaml"]) {
        texts.extend(cases(&read(&path).expect("it is text")));
    }
    texts
});

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lines_of_any_kind_are_read_the_same(text in lines()) {
        is_quick("this", &text);
    }

    #[test]
    fn values_within_values_are_read_quickly((_, lines) in nested(4)) {
        let text = format!("top:\n  {}\n", lines.join("\n  "));
        prop_assert!(is_quick("this", &text), "this is left to the thorough reader:\n{}", text);
    }

    #[test]
    fn what_people_write_is_read_the_same_with_faults(
        text in any::<Index>(),
        faults in prop::collection::vec(any::<(Index, Index, u8)>(), 1..4),
    ) {
        is_quick("this", &broken(text.get::<String>(&TEXTS), &faults));
    }
}
