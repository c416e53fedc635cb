//! The standard's own cases, and which of them do not hold (`spec/cel-conformance.md`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

/// What may come of a case instead of what the standard says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Exception {
    /// The language's checker refuses it; judged as the standard does, it holds.
    Refused,
    /// It comes out otherwise.
    Different,
}

/// The cases; none, and a word about it, where they are not at hand.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn cases() -> Option<Vec<Json>> {
    let Some(folder) = shared() else {
        eprintln!("skipped: there is no ../shared/data, and CJOC_SHARED names no other folder");
        return None;
    };
    let cases: Vec<Json> = serde_json::from_str(&read(&folder.join("cel/conformance.json")))
        .expect("the cases are JSON");
    assert!(cases.len() > 500, "only {} cases", cases.len());
    Some(cases)
}

/// The shared data: named by the environment, else beside the repository.
fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("CJOC_SHARED").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The full name of a case: `file/section/name`.
pub(crate) fn name(case: &Json) -> String {
    let part = |key: &str| case[key].as_str().unwrap_or_default();
    format!("{}/{}/{}", part("file"), part("section"), part("name"))
}

/// The names in the tables of exceptions: `| file/section/name | reason |`.
pub(crate) fn exceptions() -> BTreeMap<String, Exception> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/cel-conformance.md");
    let mut known = BTreeMap::new();
    let mut exception = Exception::Different;
    for line in read(&page).lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            exception = match heading {
                "Refused by the checker" => Exception::Refused,
                _ => Exception::Different,
            };
        }
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if let [name, reason] = cells[..]
            && name.contains('/')
        {
            assert!(!reason.is_empty(), "{name}: no reason is given");
            known.insert(name.trim_matches('`').to_owned(), exception);
        }
    }
    known
}
