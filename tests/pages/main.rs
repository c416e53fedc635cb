//! The pages of the diagnostics keep what they promise: each example of wrong gives exactly the
//! diagnostics that it marks, each example of right is clean, and fixes lead from one to the other.

#[path = "../marks/fixes.rs"]
mod fixes;
mod page;
mod rendered;
mod workspace;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use cjoc::diagnostic::codes;
use page::{Face, Mark};

/// Where the table of all diagnostics begins in the index.
const TABLE: &str = "| code | name | level | |\n| --- | --- | --- | --- |\n";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/diagnostics")
}

#[test]
fn ids_and_names_are_unique_and_in_order() {
    let ids: Vec<&str> = codes::ALL.iter().map(|code| code.id).collect();
    assert!(ids.is_sorted(), "the list is sorted by id");
    let names: BTreeSet<&str> = codes::ALL.iter().map(|code| code.name).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(unique.len(), codes::ALL.len(), "no id is used twice");
    assert_eq!(names.len(), codes::ALL.len(), "no name is used twice");
    for code in codes::ALL {
        let number = code.id.strip_prefix("CJ").expect("ids start with CJ");
        assert!(
            number.len() == 4
                && matches!(
                    &number[..2],
                    "01" | "02" | "03" | "04" | "05" | "06" | "07" | "08" | "09" | "10"
                ),
            "{} stands in the range of a stage",
            code.id
        );
        let kebab = code
            .name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b == b'-');
        assert!(kebab, "{} is lower-case words with hyphens", code.name);
    }
}

fn is_page(name: &str) -> bool {
    name != "README.md" && Path::new(name).extension().is_some_and(|end| end == "md")
}

#[test]
fn every_page_belongs_to_a_diagnostic() {
    let known: BTreeSet<String> = codes::ALL
        .iter()
        .map(|code| format!("{}.md", code.name))
        .collect();
    let orphans: Vec<String> = fs::read_dir(folder())
        .expect("the folder of the pages")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| is_page(name) && !known.contains(name))
        .collect();
    assert!(
        orphans.is_empty(),
        "pages without a line in codes.rs: {orphans:?}"
    );
}

#[test]
fn every_page_tells_its_story() {
    let mut faults = String::new();
    for code in codes::ALL {
        let mut fault =
            |what: &str| writeln!(faults, "{}.md: {what}", code.name).expect("a string");
        let mut lines = code.page.lines();
        if !lines.next().is_some_and(|line| line.starts_with("# ")) {
            fault("it starts with `# ` and a title");
        }
        let title = code.title();
        if title.is_empty() || title.ends_with('.') || title.contains(code.name) {
            fault("the title says in plain words what is wrong, without code and full stop");
        }
        let prose = code
            .page
            .lines()
            .skip(1)
            .take_while(|line| !line.starts_with("## "));
        if prose.map(str::len).sum::<usize>() < 120 {
            fault("what it means, why it matters and what to do stand above the examples");
        }
        if code.page.lines().any(|line| line != line.trim_end()) {
            fault("no line ends with a blank");
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn the_prelude_is_clean() {
    let outcome = workspace::check("", &[]);
    assert!(outcome.is_clean(), "\n{}", outcome.listing());
}

#[test]
fn every_page_keeps_its_word() {
    let mut faults = String::new();
    for code in codes::ALL {
        let faces = match page::faces(code.page) {
            Ok(faces) => faces,
            Err(why) => {
                writeln!(faults, "{}.md: {why}", code.name).expect("a string");
                continue;
            }
        };
        if faces.is_empty() {
            writeln!(faults, "{}.md: it has no example", code.name).expect("a string");
        }
        for face in faces {
            if let Err(why) = keeps_its_word(code.name, &face) {
                writeln!(faults, "{}.md:{}: {why}", code.name, face.line).expect("a string");
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// The wrong example gives the diagnostics of its marks, the right one none, and the fix leads
/// from one to the other.
fn keeps_its_word(name: &str, face: &Face) -> Result<(), String> {
    let wrong = workspace::check(name, &face.wrong);
    let mut due: Vec<Mark> = face
        .wrong
        .iter()
        .flat_map(|file| file.marks.clone())
        .collect();
    due.sort();
    if wrong.marks(name) != due || wrong.has_others(name) {
        return Err(format!("the wrong example gives\n{}", wrong.listing()));
    }
    let right = workspace::check(name, &face.right);
    if !right.is_clean() {
        return Err(format!("the right example gives\n{}", right.listing()));
    }
    let alone = wrong.faults_of_fixes(name, &face.wrong);
    if !alone.is_empty() {
        return Err(format!("a fix alone does not mend it: {alone:#?}"));
    }
    let Some(mended) = wrong.mended(&face.wrong) else {
        return Ok(());
    };
    for file in mended {
        let right = face.right.iter().find(|right| right.path == file.path);
        if right.is_none_or(|right| right.text != file.text) {
            return Err(format!("the fix gives\n{}", file.text));
        }
    }
    Ok(())
}

#[test]
fn the_index_lists_all_of_them() {
    let path = folder().join("README.md");
    let index = fs::read_to_string(&path).expect("the index");
    let (before, after) = index.split_once(TABLE).expect("the index has its table");
    let rows = after.lines().take_while(|line| line.starts_with('|'));
    let rest = &after[rows.map(|row| row.len() + 1).sum::<usize>()..];
    let mut table = String::new();
    for code in codes::ALL {
        let (id, name, level, title) = (code.id, code.name, code.severity.as_str(), code.title());
        writeln!(
            table,
            "| {id} | [`{name}`]({name}.md) | {level} | {title} |"
        )
        .expect("a string");
    }
    let due = format!("{before}{TABLE}{table}{rest}");
    if std::env::var_os("CJOC_UPDATE").is_some_and(|value| value == "1") {
        fs::write(&path, due).expect("the index can be written");
    } else {
        assert!(
            index == due,
            "spec/diagnostics/README.md is not up to date: run `CJOC_UPDATE=1 cargo test --test pages`"
        );
    }
}

#[test]
fn the_index_shows_what_people_see() {
    let index = fs::read_to_string(folder().join("README.md")).expect("the index");
    let shown = index
        .split("```text\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let faces = page::faces(codes::UNKNOWN_TYPE.page).expect("a page that can be read");
    let printed = workspace::check("unknown-type", &faces[0].wrong).printed();
    assert_eq!(shown.map(str::trim_end), Some(printed.trim_end()));
}
