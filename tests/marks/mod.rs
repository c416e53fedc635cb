//! Marked cases: YAML in which a comment at the end of a line says what is wrong there.
//!
//! A mark is `# error: COL-COL [name] "part of the message"` (or `# warning: …`); columns count
//! characters from 1, the end is exclusive, and everything but the first column may be left out.
//! Several marks of a line follow each other, `-N:` before the columns means N lines above. Every
//! diagnostic without a mark fails, and every mark without its diagnostic.
//!
//! A file holds many cases, each under a line `#### title`. The text below is a workspace of one
//! file, `journeys/case.yaml`; `#### file: PATH` starts another. Where `#### fixed:` (or
//! `#### fixed: PATH`) follows, the file must read so when all fixes are applied. Every fix is
//! applied alone too: it must mend what it is offered for, and bring no error.

mod fixes;

use std::fmt::Write as _;
use std::path::Path;

use cjoc::diagnostic::{Applicability, Diagnostic, Edit};
use cjoc::source::Sources;

/// Runs every case of a file of cases; panics with all that differs.
pub(crate) fn run(path: &str, check: impl Fn(&Sources) -> Vec<Diagnostic>) {
    let text = read(path);
    let report = report(&text, check);
    assert!(report.is_empty(), "{path}:\n{report}");
}

/// All that differs in the cases of a text: nothing where every mark is met.
pub(crate) fn report(text: &str, check: impl Fn(&Sources) -> Vec<Diagnostic>) -> String {
    let cases = split(text);
    assert!(!cases.is_empty(), "there is no case");
    let mut report = String::new();
    for case in &cases {
        let problems = case.run(&check);
        if !problems.is_empty() {
            let title = &case.title;
            let _ = write!(report, "\n#### {title} (line {})\n{problems}", case.line);
        }
    }
    report
}

/// A file of cases.
pub(crate) fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()))
}

struct Case {
    title: String,
    /// Of the title, in the file of cases.
    line: usize,
    files: Vec<File>,
}

struct File {
    path: String,
    text: String,
    /// The line in the file of cases before the text's first.
    offset: usize,
    fixed: Option<String>,
}

/// Cases in which a fix is right, and something else comes to light behind it: a name that is
/// mended has a type, a value that can be read is judged.
const UNCOVERED: &[&str] = &[
    // The template and the action need parameters, the event has other fields.
    "names that lead nowhere",
    "a wrong event says nothing of its fields",
    // The connection that was meant has no such event.
    "travelers of another type",
    // The document has a kind again, and lacks what that kind needs.
    "kind: a slip",
    "kind: a slip with keys of other kinds below",
    // The field that was meant is mapped twice then.
    "entities map what they have",
];

const CASE_FILE: &str = "journeys/case.yaml";

fn split(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut fixed: Option<usize> = None;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let Some(head) = line.strip_prefix("#### ").map(str::trim_end) else {
            let Some(case) = cases.last_mut() else {
                assert!(
                    line.trim().is_empty() || line.starts_with('#'),
                    "text before a title"
                );
                continue;
            };
            match fixed {
                Some(file) => case.files[file]
                    .fixed
                    .get_or_insert_default()
                    .push_str(line),
                None => case
                    .files
                    .last_mut()
                    .expect("a case has a file")
                    .text
                    .push_str(line),
            }
            continue;
        };
        let new_file = |path: &str| File {
            path: path.to_owned(),
            text: String::new(),
            offset: index + 1,
            fixed: None,
        };
        fixed = None;
        if let Some(path) = head.strip_prefix("file:") {
            let case = cases.last_mut().expect("a case begins with its title");
            case.files.push(new_file(path.trim()));
        } else if let Some(path) = head.strip_prefix("fixed:") {
            let path = if path.trim().is_empty() {
                CASE_FILE
            } else {
                path.trim()
            };
            let case = cases.last_mut().expect("a case begins with its title");
            let file = case.files.iter().position(|file| file.path == path);
            let file = file.unwrap_or_else(|| panic!("`{}` has no file `{path}`", case.title));
            case.files[file].fixed = Some(String::new());
            fixed = Some(file);
        } else {
            cases.push(Case {
                title: head.to_owned(),
                line: index + 1,
                files: vec![new_file(CASE_FILE)],
            });
        }
    }
    for case in &mut cases {
        case.files.retain(|file| !file.text.trim().is_empty());
    }
    cases
}

/// What a mark asks for, or a diagnostic is.
#[derive(Debug)]
struct Finding {
    line: usize,
    start: usize,
    /// None where it is not said, or on another line.
    end: Option<usize>,
    severity: String,
    name: Option<String>,
    message: String,
}

impl Finding {
    fn meets(&self, mark: &Self) -> bool {
        self.line == mark.line
            && self.start == mark.start
            && (mark.end.is_none() || self.end == mark.end)
            && self.severity == mark.severity
            && (mark.name.is_none() || self.name == mark.name)
            && self.message.contains(&mark.message)
    }

    /// As a mark is written.
    fn show(&self) -> String {
        let mut text = format!("# {}: {}", self.severity, self.start);
        if let Some(end) = self.end {
            let _ = write!(text, "-{end}");
        }
        if let Some(name) = &self.name {
            let _ = write!(text, " [{name}]");
        }
        if !self.message.is_empty() {
            let _ = write!(text, " \"{}\"", self.message);
        }
        text
    }
}

impl Case {
    fn run(&self, check: &impl Fn(&Sources) -> Vec<Diagnostic>) -> String {
        let texts = self
            .files
            .iter()
            .map(|file| (file.path.as_str(), file.text.as_str()));
        let sources = Sources::from_texts(texts);
        let diagnostics = check(&sources);
        let mut report = String::new();
        let mut told = 0;
        for file in &self.files {
            let id = sources.find(&file.path).expect("the case's own file");
            let here: Vec<&Diagnostic> = diagnostics.iter().filter(|d| d.span.file == id).collect();
            told += here.len();
            file.compare(&sources, &here, &mut report);
            if let Some(fixed) = &file.fixed {
                let after = without_marks(&apply(&file.text, &here));
                if after.trim_end() != without_marks(fixed).trim_end() {
                    let _ = writeln!(
                        report,
                        "  {} after the fixes:\n{}",
                        file.path,
                        indent(&after)
                    );
                }
            }
        }
        let texts: Vec<fixes::Text> = self
            .files
            .iter()
            .map(|file| (file.path.clone(), file.text.clone()))
            .collect();
        let path = |file| sources.get(file).map(|file| file.path.to_string());
        let faults = fixes::faults(&texts, &diagnostics, path, |texts| {
            check(&Sources::from_texts(
                texts.iter().map(|(path, text)| (&**path, &**text)),
            ))
        });
        if UNCOVERED.contains(&&*self.title) == faults.is_empty() {
            let listed = if faults.is_empty() {
                " is listed, but keeps its word"
            } else {
                ""
            };
            let _ = writeln!(report, "  a fix alone{listed}: {faults:#?}");
        }
        for elsewhere in diagnostics
            .iter()
            .skip(told)
            .filter(|d| sources.get(d.span.file).is_none())
        {
            let _ = writeln!(
                report,
                "  unexpected, in no file of the case: {}",
                elsewhere.message
            );
        }
        report
    }
}

impl File {
    fn compare(&self, sources: &Sources, diagnostics: &[&Diagnostic], report: &mut String) {
        let mut unmet = self.marks();
        let mut unexpected = Vec::new();
        for diagnostic in diagnostics {
            let (start, end) = (sources.start(diagnostic.span), sources.end(diagnostic.span));
            let found = Finding {
                line: start.line as usize,
                start: start.column as usize,
                end: (start.line == end.line).then_some(end.column as usize),
                severity: diagnostic.severity.as_str().to_owned(),
                name: Some(diagnostic.code.name.to_owned()),
                message: diagnostic.message.clone(),
            };
            match unmet.iter().position(|mark| found.meets(mark)) {
                Some(met) => drop(unmet.remove(met)),
                None => unexpected.push(found),
            }
        }
        let lines: Vec<&str> = self.text.lines().collect();
        let mut differing: Vec<usize> = unmet
            .iter()
            .chain(&unexpected)
            .map(|finding| finding.line)
            .collect();
        differing.sort_unstable();
        differing.dedup();
        for line in differing {
            let source = lines.get(line - 1).copied().unwrap_or_default();
            let _ = writeln!(
                report,
                "  {}:{line} (line {})",
                self.path,
                self.offset + line
            );
            let _ = writeln!(report, "    | {}", without_marks(source).trim_end());
            for found in unexpected.iter().filter(|finding| finding.line == line) {
                let _ = writeln!(report, "    unexpected {}", found.show());
            }
            for mark in unmet.iter().filter(|finding| finding.line == line) {
                let _ = writeln!(report, "    unmet      {}", mark.show());
            }
        }
    }

    fn marks(&self) -> Vec<Finding> {
        let mut marks = Vec::new();
        for (index, line) in self.text.lines().enumerate() {
            let Some(mut at) = mark_start(line) else {
                continue;
            };
            loop {
                let rest = &line[at..];
                let next = mark_start(&rest[1..]).map(|next| next + 1);
                marks.push(mark(&rest[..next.unwrap_or(rest.len())], index + 1));
                match next {
                    Some(next) => at += next,
                    None => break,
                }
            }
        }
        marks
    }
}

/// Where the first mark of a line begins.
fn mark_start(line: &str) -> Option<usize> {
    ["# error: ", "# warning: "]
        .into_iter()
        .filter_map(|word| line.find(word))
        .min()
}

fn without_marks(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        match mark_start(line) {
            Some(at) => {
                let kept = line[..at].trim_end();
                out.push_str(kept);
                if !kept.is_empty() {
                    out.push('\n');
                }
            }
            None => out.push_str(line),
        }
    }
    out
}

fn bad(text: &str) -> ! {
    panic!("`{text}` is no mark: # error: COL-COL [name] \"part\"")
}

fn mark(text: &str, line: usize) -> Finding {
    let rest = text.trim_start_matches("# ").trim_end();
    let (severity, rest) = rest.split_once(": ").unwrap_or_else(|| bad(text));
    let (place, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let (above, columns) = match place
        .strip_prefix('-')
        .and_then(|rest| rest.split_once(':'))
    {
        Some((above, columns)) => (above.parse().unwrap_or_else(|_| bad(text)), columns),
        None => (0, place),
    };
    let (start, end) = columns
        .split_once('-')
        .map_or((columns, None), |(s, e)| (s, Some(e)));
    let (name, rest) = match rest
        .trim()
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((name, rest)) => (Some(name.to_owned()), rest),
        None => (None, rest),
    };
    let message = rest.trim().trim_matches('"').to_owned();
    Finding {
        line: line - above,
        start: start.parse().unwrap_or_else(|_| bad(text)),
        end: end.map(|end| end.parse().unwrap_or_else(|_| bad(text))),
        severity: severity.to_owned(),
        name,
        message,
    }
}

/// The text with the first fix of every diagnostic applied, but those that only a person may.
fn apply(text: &str, diagnostics: &[&Diagnostic]) -> String {
    let mut edits: Vec<&Edit> = diagnostics
        .iter()
        .filter_map(|diagnostic| diagnostic.fixes.first())
        .filter(|fix| fix.applicability != Applicability::DisplayOnly)
        .flat_map(|fix| &fix.edits)
        .collect();
    edits.sort_by_key(|edit| edit.span);
    let mut fixed = text.to_owned();
    for edit in edits.iter().rev() {
        fixed.replace_range(edit.span.range.as_usize(), &edit.text);
    }
    fixed
}

fn indent(text: &str) -> String {
    text.lines().fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "    | {line}");
        out
    })
}
