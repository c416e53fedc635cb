//! The quick reader of YAML and the thorough one: wherever the quick one reads a text, both give the
//! same tree with the same places, comments and findings; and it reads what people write.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

#[allow(unreachable_pub, reason = "the bench is a crate of its own")]
#[path = "../benches/check/src/conditions.rs"]
mod conditions;
#[allow(unreachable_pub, reason = "the bench is a crate of its own")]
#[path = "../benches/check/src/workspace.rs"]
mod workspace;

use cjoc::source::FileId;
use cjoc::yaml::{parse_quickly, parse_thoroughly};
use proptest::prelude::*;
use proptest::sample::{Index, select};

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

/// Whole values, and pieces of them, some of which end what they stand in.
const VALUES: &[&str] = &[
    "",
    "a",
    "a b",
    "a:b",
    "a: b",
    "a #b",
    "a# b",
    "a # b",
    "1",
    "010",
    "yes",
    "-1",
    "-",
    "- a",
    "- - a",
    "- a: b",
    "--- a",
    "...",
    "~",
    "<<: *x",
    "<<: [*x, *y]",
    "*x",
    "*x : a",
    "&x",
    "&y",
    "&x a",
    "&x {a: 1}",
    "&y [*x, b]",
    "&x a: b",
    "!!str a",
    "!t",
    "? a",
    ": a",
    "@a",
    "%a",
    "\"a\"",
    "\"a\" # b",
    "\"a\"b",
    "\"a\": b",
    "\"a\\n\\u00e9\\\"\"",
    "\"a\\ \"",
    "\"a ",
    "b\"",
    "'a'",
    "'a''b'",
    "'a': b",
    "'a ",
    "b'",
    "|",
    "|-",
    "|+",
    "|2",
    "| # a",
    "|a",
    ">",
    ">-",
    ">+",
    "[a, b]",
    "[a, b,]",
    "[a: b]",
    "[",
    "a,",
    "b]",
    "]",
    "{a: b, c: d}",
    "{a: b, a: c}",
    "{a: , b: c}",
    "{a, b}",
    "{\"a\":1, 'b': 2}",
    "{a: [b, {c: \"d\"}], e: 'f'}",
    "{a: [b]}: c",
    "{",
    "a: b,",
    "}",
    "[a, # b",
    "é: ü",
    "\u{FEFF}",
    "\u{85}",
    "\u{2028}a",
    "a\tb",
    "\t",
    "a\t# b",
    "# a",
    "#a",
    "a && b",
    "&& b",
    "(a || b) && c",
    "a ",
    "  ",
];

/// A line: how far it is indented, what stands before its value, the value, and how it ends.
fn line() -> impl Strategy<Value = String> {
    let indent = select(&[0, 0, 0, 2, 2, 2, 4, 4, 6, 1, 3][..]);
    let before = select(
        &[
            "", "", "- ", "- ", "a: ", "b: ", "c: ", "d:", "- e: ", "- - ", "'f': ", "\"g\": ",
        ][..],
    );
    let end = select(
        &[
            "\n", "\n", "\n", "\n", "\n", "\n\n", " # c\n", "\r\n", " \n", "\n  \n", "",
        ][..],
    );
    (indent, before, select(VALUES), end)
        .prop_map(|(indent, before, value, end)| format!("{:indent$}{before}{value}{end}", ""))
}

/// Lines of maps and sequences, most of which stand where they may.
fn lines() -> impl Strategy<Value = String> {
    let document = select(
        &[
            "",
            "",
            "",
            "",
            "---\n",
            "# a\n",
            "\n",
            "--- # a\n",
            "...\n",
            "%YAML 1.2\n",
        ][..],
    );
    let lines = prop::collection::vec(line(), 1..9).prop_map(|lines| lines.concat());
    prop::collection::vec((document, lines), 1..3).prop_map(|parts| {
        let pieces = parts
            .into_iter()
            .flat_map(|(start, lines)| [start.to_owned(), lines]);
        pieces.collect()
    })
}

/// Values within values, each in a style of its own, and all of them right: whether it is a scalar,
/// and its lines.
fn nested(depth: u32) -> BoxedStrategy<(bool, Vec<String>)> {
    let scalar = select(
        &[
            "a",
            "a b",
            "'a, b'",
            "\"a: \\\"b\\\"\"",
            "1.5",
            "true",
            "[a, {b: c}]",
            "{a: [], 'b': \"c\"}",
            "a  # c",
            "a.b(c, [d]) == 'e'",
            "{}",
            "|\n    a\n     b\n\n    c",
            ">-\n    a\n    b\n\n    c",
            "a\n    b",
            "'a\n    b'",
            "\"a\n\n    b\\t\"",
            "[a,\n    b # c\n    ]",
        ][..],
    );
    let scalar = scalar
        .prop_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .prop_map(|lines| (true, lines));
    if depth == 0 {
        return scalar.boxed();
    }
    let below = |lines: Vec<String>| lines.into_iter().map(|line| format!("  {line}"));
    let key = select(&["a", "b_c", "'d'", "\"e\"", "f.g", "é"][..]);
    let entry = (key, nested(depth - 1), any::<bool>(), 0..1000_usize);
    let map = prop::collection::vec(entry, 1..4).prop_map(move |entries| {
        let mut lines: Vec<String> = Vec::new();
        for (at, (key, (is_scalar, value), is_list, number)) in entries.into_iter().enumerate() {
            let key = match key.strip_suffix(['\'', '"']) {
                Some(quoted) => format!("{quoted}{at}{}", &key[..1]),
                None => format!("{key}{at}"),
            };
            if number % 7 == 0 {
                lines.push(format!("# {number}"));
            }
            if is_scalar && !is_list {
                lines.push(format!("{key}: {}", value[0]));
                lines.extend(below(value[1..].to_vec()));
            } else if is_list {
                lines.push(format!("{key}:"));
                lines.push(format!("- {}", value[0]));
                lines.extend(below(value[1..].to_vec()));
            } else {
                lines.push(format!("{key}:  # {number}"));
                lines.extend(below(value));
            }
        }
        (false, lines)
    });
    let list = prop::collection::vec(nested(depth - 1), 1..4).prop_map(move |items| {
        let mut lines = Vec::new();
        for (_, item) in items {
            lines.push(format!("- {}", item[0]));
            lines.extend(below(item[1..].to_vec()));
        }
        (false, lines)
    });
    prop_oneof![1 => scalar, 3 => map, 2 => list].boxed()
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

/// A text with a few faults: something is put in, taken out, or moved.
fn broken(text: &str, faults: &[(Index, Index, u8)]) -> String {
    let mut text = text.to_owned();
    for (place, other, what) in faults {
        let places: Vec<usize> = text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .collect();
        let at = *place.get(&places);
        let line = text[..at].rfind('\n').map_or(0, |before| before + 1);
        let end = text[at..]
            .find('\n')
            .map_or(text.len(), |feed| at + feed + 1);
        match what % 8 {
            0 => text.insert_str(at, other.get::<&str>(VALUES)),
            1 => text.insert_str(
                at,
                other.get::<&str>(&[
                    " ", "  ", "\n", "\n\n", ":", ": ", ",", "#", " #", "-", "- ", "\t", "\r\n",
                ]),
            ),
            2 => text.replace_range(
                at..at + text[at..].chars().next().map_or(0, char::len_utf8),
                "",
            ),
            3 => text.insert_str(
                line,
                other.get::<&str>(&[" ", "  ", "    ", "- ", "# ", "\n"]),
            ),
            4 => text.replace_range(line..end, ""),
            5 => {
                let copy = text[line..end].to_owned();
                text.insert_str(end, &copy);
            }
            6 if text[line..].starts_with(' ') => text.replace_range(line..=line, ""),
            _ => text.truncate(at),
        }
    }
    text
}

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
