//! Faults put into the worked example, one at a time: each is reported once, at the exact span,
//! with a help that mends it. The faults stand in `faults.txt`.

use std::path::Path;

use cjoc::compile::{self, Outcome};
use cjoc::diagnostic::{Applicability, Diagnostic};
use cjoc::source::{Files, MemoryFiles, OsFiles};

struct Fault {
    title: String,
    file: String,
    /// Lines to find, and what stands in their place; the marks `«…»` are taken out.
    find: String,
    replace: String,
    /// The marked range, in bytes of `replace`.
    marked: std::ops::Range<usize>,
    code: String,
    mended_by_fix: bool,
}

fn faults() -> Vec<Fault> {
    let text = include_str!("faults.txt");
    text.split("\n#### ").skip(1).map(fault).collect()
}

fn fault(block: &str) -> Fault {
    let (title, rest) = block.split_once('\n').expect("a title and a body");
    let lines_after = |mark: &str| {
        let lines: Vec<_> = rest
            .lines()
            .filter_map(|line| line.strip_prefix(mark))
            .collect();
        lines.join("\n")
    };
    let marked_up = lines_after("+ ");
    let start = marked_up
        .find('«')
        .unwrap_or_else(|| panic!("{title}: no «mark»"));
    let without_start = marked_up.replacen('«', "", 1);
    let end = without_start
        .find('»')
        .unwrap_or_else(|| panic!("{title}: no end of the mark"));
    Fault {
        title: title.to_owned(),
        file: lines_after("file: "),
        find: lines_after("- "),
        replace: without_start.replacen('»', "", 1),
        marked: start..end,
        code: lines_after("error: "),
        mended_by_fix: rest.contains("\nmended by the fix"),
    }
}

fn example() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nto");
    let files = OsFiles::new(root);
    let mut all: Vec<_> = files.list().expect("the example is readable");
    all.push("segments/lists/beta.csv".to_owned());
    all.into_iter()
        .map(|path| {
            let bytes = files.read(&path).expect("the example is readable");
            (
                path,
                String::from_utf8(bytes).expect("the example is UTF-8"),
            )
        })
        .collect()
}

fn check(texts: &[(String, String)]) -> Outcome {
    let mut files = MemoryFiles::new();
    for (path, text) in texts {
        files.insert(path.clone(), text.clone());
    }
    compile::check(&files).expect("files in memory are readable")
}

fn describe(diagnostic: &Diagnostic, compiled: &Outcome) -> String {
    let file = &compiled.sources.file(diagnostic.span.file);
    let text = &file.text[diagnostic.span.range.as_usize()];
    format!(
        "{}:{:?} {} at `{text}`: {}",
        file.path, diagnostic.span.range, diagnostic.code.name, diagnostic.message
    )
}

/// What is wrong with how the fault is reported, if anything.
fn complaint(fault: &Fault, example: &[(String, String)]) -> Option<String> {
    let mut texts = example.to_vec();
    let (_, text) = texts
        .iter_mut()
        .find(|(path, _)| *path == fault.file)
        .expect("the file of the fault");
    assert_eq!(
        text.matches(&fault.find).count(),
        1,
        "{}: found exactly once",
        fault.title
    );
    let base = text.find(&fault.find).expect("just found");
    *text = text.replacen(&fault.find, &fault.replace, 1);

    let compiled = check(&texts);
    let [diagnostic] = compiled.diagnostics.as_slice() else {
        let all: Vec<_> = compiled
            .diagnostics
            .iter()
            .map(|d| describe(d, &compiled))
            .collect();
        return Some(format!(
            "wanted one diagnostic, got {}:\n  {}",
            all.len(),
            all.join("\n  ")
        ));
    };
    let range = diagnostic.span.range.as_usize();
    let path = &*compiled.sources.file(diagnostic.span.file).path;
    let wanted = base + fault.marked.start..base + fault.marked.end;
    if (path, &range, diagnostic.code.name) != (&fault.file, &wanted, &fault.code) {
        return Some(format!(
            "wanted {} at {wanted:?}, got {}",
            fault.code,
            describe(diagnostic, &compiled)
        ));
    }
    if diagnostic.help.is_none() {
        return Some("no help".to_owned());
    }
    if !fault.mended_by_fix {
        return None;
    }
    let Some(fix) = diagnostic
        .fixes
        .iter()
        .find(|fix| fix.applicability > Applicability::DisplayOnly)
    else {
        return Some(format!("no fix; help: {:?}", diagnostic.help));
    };
    for edit in fix.edits.iter().rev() {
        let path = compiled.sources.file(edit.span.file).path.to_string();
        let (_, text) = texts
            .iter_mut()
            .find(|(p, _)| *p == path)
            .expect("the edited file");
        text.replace_range(edit.span.range.as_usize(), &edit.text);
    }
    let mended = check(&texts);
    let left: Vec<_> = mended
        .diagnostics
        .iter()
        .map(|d| describe(d, &mended))
        .collect();
    (!left.is_empty()).then(|| format!("after the fix {:?}:\n  {}", fix, left.join("\n  ")))
}

#[test]
fn the_example_is_clean() {
    let compiled = check(&example());
    let all: Vec<_> = compiled
        .diagnostics
        .iter()
        .map(|d| describe(d, &compiled))
        .collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn each_fault_is_reported_once_at_its_place_with_what_mends_it() {
    let example = example();
    let complaints: Vec<_> = faults()
        .iter()
        .filter_map(|fault| {
            complaint(fault, &example).map(|why| format!("#### {}\n{why}", fault.title))
        })
        .collect();
    assert!(
        complaints.is_empty(),
        "{} faults:\n\n{}",
        complaints.len(),
        complaints.join("\n\n")
    );
}
