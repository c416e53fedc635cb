//! The reference keeps its word: its examples compile without a finding among the declarations of
//! the prelude, its links lead somewhere, and it leaves no key and no function out.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use cjoc::source::MemoryFiles;
use cjoc::syntax::ast::Kind;
use cjoc::syntax::keys::{self, Shape, Table};

/// The declarations that every example stands among.
const PRELUDE: &str = include_str!("../spec/diagnostics/prelude.yaml");
/// The model that examples name.
const CHURN: &[u8] = include_bytes!("models/churn.onnx");
const MANIFEST: &str = "name: examples\nedition: 2026\n";

/// A page of the reference.
struct Page {
    name: String,
    text: String,
}

/// An example that is a whole document, or several.
struct Example<'p> {
    page: &'p str,
    line: usize,
    text: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("spec")
}

fn pages() -> Vec<Page> {
    let mut pages: Vec<Page> = fs::read_dir(folder())
        .expect("the folder of the reference")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .map(|path| Page {
            name: path.file_name().expect("a file").to_string_lossy().into(),
            text: fs::read_to_string(&path).expect("a page"),
        })
        .collect();
    pages.sort_by(|a, b| a.name.cmp(&b.name));
    pages
}

/// The blocks of a page that are marked with exactly these words.
fn blocks<'p>(page: &'p Page, mark: &str) -> Vec<Example<'p>> {
    let mut found = Vec::new();
    let mut open: Option<(bool, Example<'p>)> = None;
    for (index, line) in page.text.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => {
                let example = Example {
                    page: &page.name,
                    line: index + 1,
                    text: String::new(),
                };
                open = Some((info == mark, example));
            }
            (Some(_), Some(_)) => found.extend(open.take().filter(|(due, _)| *due).map(|o| o.1)),
            (None, Some((_, example))) => {
                writeln!(example.text, "{line}").expect("a string");
            }
            (None, None) => {}
        }
    }
    found
}

/// What a check of a text among the prelude's declarations finds, a line each.
fn findings(text: &str) -> String {
    let taken: Vec<&str> = documents(text).filter_map(opening).collect();
    let prelude: Vec<&str> = documents(PRELUDE)
        .filter(|document| opening(document).is_none_or(|opening| !taken.contains(&opening)))
        .collect();
    let mut files = MemoryFiles::new();
    files.insert("cjoc.yaml", MANIFEST);
    files.insert("models/churn.onnx", CHURN);
    files.insert("prelude.yaml", prelude.join("---\n"));
    files.insert("example.yaml", text);
    let outcome = cjoc::compile::check(&files).expect("memory can be listed");
    let mut listing = String::new();
    // An example shows one thing, and leaves the rest of the prelude unused.
    let told = outcome.diagnostics.iter();
    for diagnostic in told.filter(|d| !d.code.name.starts_with("unused-")) {
        let at = outcome.sources.start(diagnostic.span);
        let file = &outcome.sources.file(diagnostic.span.file).path;
        let (name, message) = (diagnostic.code.name, &diagnostic.message);
        writeln!(
            listing,
            "    {file}:{}:{}: [{name}] {message}",
            at.line, at.column
        )
        .expect("a string");
    }
    listing
}

fn documents(text: &str) -> impl Iterator<Item = &str> {
    text.split("---\n")
}

/// The line that names a document's kind and name.
fn opening(document: &str) -> Option<&str> {
    document
        .lines()
        .find(|line| !line.starts_with('#') && !line.trim().is_empty())
}

#[test]
fn every_whole_example_is_clean() {
    let mut faults = String::new();
    let pages = pages();
    let examples: Vec<Example<'_>> = pages.iter().flat_map(|page| blocks(page, "yaml")).collect();
    assert!(examples.len() > 25, "only {} examples", examples.len());
    for example in examples {
        let found = findings(&example.text);
        if !found.is_empty() {
            let Example { page, line, .. } = example;
            writeln!(faults, "{page}:{line}:\n{found}").expect("a string");
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// What is only a part of a document is YAML all the same.
#[test]
fn every_part_of_a_document_is_yaml() {
    let mut faults = String::new();
    let pages = pages();
    let parts: Vec<Example<'_>> = pages
        .iter()
        .flat_map(|page| blocks(page, "yaml excerpt"))
        .collect();
    assert!(parts.len() > 8, "only {} parts", parts.len());
    for Example { page, line, text } in parts {
        for found in findings(&text).lines() {
            if ["[invalid-yaml]", "[duplicate-key]", "[unquoted-condition]"]
                .iter()
                .any(|name| found.contains(name))
            {
                writeln!(faults, "{page}:{line}:\n{found}").expect("a string");
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// The keys of a table and of those that stand in it, each with what it belongs to.
fn all_keys(table: &'static Table, found: &mut Vec<(&'static str, &'static str)>) {
    fn visit(shape: &'static Shape, found: &mut Vec<(&'static str, &'static str)>) {
        match shape {
            Shape::Map(table) | Shape::Triggers(table) => all_keys(table, found),
            Shape::Named(inner) | Shape::List(inner) => visit(inner, found),
            Shape::Any(shapes) => shapes.iter().for_each(|shape| visit(shape, found)),
            _ => {}
        }
    }
    if table
        .keys
        .first()
        .is_some_and(|first| found.contains(&(table.what, first.name)))
    {
        return;
    }
    found.extend(table.keys.iter().map(|key| (table.what, key.name)));
    table.keys.iter().for_each(|key| visit(&key.shape, found));
}

#[test]
fn every_key_is_told_on_its_page() {
    let pages = pages();
    let mut due: Vec<(String, Vec<(&str, &str)>)> = Kind::ALL
        .into_iter()
        .map(|kind| {
            let mut found = Vec::new();
            all_keys(keys::table(kind), &mut found);
            (format!("{}.md", kind.keyword()), found)
        })
        .collect();
    let mut found = Vec::new();
    all_keys(keys::manifest(), &mut found);
    due.push(("workspace.md".into(), found));
    let mut found = Vec::new();
    keys::steps().for_each(|table| all_keys(table, &mut found));
    due.push(("steps.md".into(), found));
    let mut faults = String::new();
    for (name, keys) in due {
        // Triggers and rules have pages of their own.
        let mut words = code_words(&page(&pages, &name).text);
        for shared in ["triggers.md", "rule.md"] {
            words.extend(code_words(&page(&pages, shared).text));
        }
        for (what, key) in keys {
            if !words.contains(key) {
                writeln!(faults, "{name}: `{key}` in {what}").expect("a string");
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// The words between back-ticks, outside of examples.
fn code_words(text: &str) -> BTreeSet<&str> {
    let mut example = false;
    let mut words = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with("```") {
            example = !example;
        } else if !example {
            let code = line.split('`').skip(1).step_by(2);
            words.extend(code.flat_map(|code| {
                code.split(|c: char| !c.is_alphanumeric() && c != '_')
                    .filter(|word| !word.is_empty())
            }));
        }
    }
    words
}

/// In the tables of `expressions.md`, the last cell is an expression.
#[test]
fn every_example_of_a_function_is_an_expression() {
    let pages = pages();
    let page = page(&pages, "expressions.md");
    let mut faults = String::new();
    let mut count = 0;
    for row in page.text.lines().skip_while(|line| *line != "## Macros") {
        let Some(example) = row
            .trim_end_matches(" |")
            .rsplit(" | ")
            .next()
            .filter(|_| row.starts_with("| `"))
            .and_then(|cell| cell.strip_prefix('`')?.strip_suffix('`'))
        else {
            continue;
        };
        count += 1;
        let text = format!(
            "rule: example\nin: [backpack]\non: shop.order_placed\nwhen: |-\n  size([{example}]) == 1\n\
             do: [{{ set: {{ gift_sent: true }} }}]\n"
        );
        let found = findings(&text);
        // A condition without a name in it is always the same, which is what it should show.
        let wrong: Vec<&str> = found
            .lines()
            .filter(|line| !line.contains("[constant-condition]"))
            .collect();
        if !wrong.is_empty() {
            writeln!(faults, "{example}\n{}", wrong.join("\n")).expect("a string");
        }
    }
    assert!(count > 60, "only {count} examples");
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn every_function_is_listed() {
    let pages = pages();
    let page = page(&pages, "expressions.md");
    let missing: Vec<&str> = cjoc::cel::functions::all()
        .map(|function| function.name)
        .filter(|name| !page.text.contains(&format!("{name}(")))
        .collect();
    assert!(missing.is_empty(), "not in expressions.md: {missing:?}");
}

#[test]
fn every_link_leads_somewhere() {
    let mut faults = String::new();
    let pages = pages();
    for page in &pages {
        for target in links(&page.text) {
            if target.contains("://") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let text = if path.is_empty() {
                Some(page.text.clone())
            } else {
                let path = folder().join(path);
                if path.is_dir() {
                    Some(String::new())
                } else {
                    fs::read_to_string(path).ok()
                }
            };
            let found =
                text.is_some_and(|text| anchor.is_empty() || anchors(&text).contains(anchor));
            if !found {
                writeln!(faults, "{}: {target}", page.name).expect("a string");
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

fn page<'p>(pages: &'p [Page], name: &str) -> &'p Page {
    let found = pages.iter().find(|page| page.name == name);
    found.expect("the page is there")
}

fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target)
}

/// The headings, as they are linked to.
fn anchors(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}
