//! Diagnostics as sentences: for screen readers, for logs, for mails. No drawings, no colours, no
//! meaning in columns; every line can be read out on its own.

use std::fmt::Write as _;

use super::fixed::Region;
use super::human::{MAX_FIX_LINES, MAX_FIXES, MAX_LABELS, cut, window};
use super::report::{Report, help};
use super::text::{clean, count, source_line};
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity};
use crate::source::{FileId, SourceFile, Sources, Span};

/// The most characters of a line that are quoted.
const MAX_QUOTE: usize = 160;

/// All diagnostics, in the given order, with an empty line after each.
pub fn diagnostics(report: &Report<'_>) -> String {
    let mut out = String::new();
    for diagnostic in report.diagnostics {
        write_one(&mut out, report.sources, diagnostic);
        out.push('\n');
    }
    out
}

/// One diagnostic, without an empty line.
pub(super) fn write_one(out: &mut String, sources: &Sources, diagnostic: &Diagnostic) {
    let severity = match diagnostic.severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    };
    let _ = writeln!(
        out,
        "{severity} in {}: {}",
        place(sources, diagnostic.span),
        sentence(&diagnostic.message)
    );
    write_quote(out, sources, diagnostic.span);
    if let Some(label) = &diagnostic.label {
        let _ = writeln!(out, "There: {}", sentence(label));
    }
    for label in diagnostic.labels.iter().take(MAX_LABELS) {
        let _ = writeln!(
            out,
            "See also {}: {}",
            place(sources, label.span),
            sentence(&label.message)
        );
    }
    if let Some(more) = diagnostic.labels.len().checked_sub(MAX_LABELS + 1) {
        let _ = writeln!(out, "And {}.", count(more + 1, "more place"));
    }
    if let Some(note) = &diagnostic.note {
        let _ = writeln!(out, "Note: {}", sentence(note));
    }
    let _ = writeln!(out, "Help: {}", sentence(&help(diagnostic)));
    for fix in diagnostic.fixes.iter().take(MAX_FIXES) {
        write_fix(out, sources, fix);
    }
    let _ = writeln!(out, "To read more: cjoc explain {}", diagnostic.code.name);
}

/// `a.yaml, line 4, columns 18 to 33`: the last column is that of the last character.
fn place(sources: &Sources, span: Span) -> String {
    let (start, end) = (sources.start(span), sources.end(span));
    let path = clean(sources.path(span.file));
    let (line, column) = (start.line, start.column);
    if end.line > line {
        format!("{path}, line {line}, column {column}, to line {}", end.line)
    } else if end.column > column + 1 {
        let last = end.column - 1;
        format!("{path}, line {line}, columns {column} to {last}")
    } else {
        format!("{path}, line {line}, column {column}")
    }
}

fn write_quote(out: &mut String, sources: &Sources, span: Span) {
    let file = sources.file(span.file);
    let (start, end) = (sources.start(span), sources.end(span));
    let line = around(file, span);
    if line.is_empty() {
        return;
    }
    let which = if end.line > start.line {
        "The first of these lines"
    } else {
        "The line"
    };
    let _ = writeln!(out, "{which} reads: {line}");
}

/// The line that a span begins in, or as much of it around the span as is read out in one breath.
fn around(file: &SourceFile, span: Span) -> String {
    let line = file.lines.position(span.start()).line;
    let from = file.lines.line_start(line).unwrap_or(0) as usize;
    let at = span.start() as usize;
    // Whatever stands far in front of the place is left out.
    let begin = file.text.get(from..at).and_then(|before| {
        let far = before.char_indices().rev().nth(MAX_QUOTE / 2)?;
        Some(from + far.0)
    });
    let rest = &file.text[begin.unwrap_or(from)..];
    let line: String = rest
        .chars()
        .take_while(|c| !matches!(c, '\n' | '\r'))
        .take(MAX_QUOTE + 1)
        .collect();
    let dots = if begin.is_some() { "…" } else { "" };
    format!("{dots}{}", cut(&source_line(line.trim()), MAX_QUOTE))
}

fn write_fix(out: &mut String, sources: &Sources, fix: &Fix) {
    let _ = writeln!(out, "Fix: {}", sentence(&fix.message));
    let mut files: Vec<FileId> = fix.edits.iter().map(|edit| edit.span.file).collect();
    files.sort_unstable();
    files.dedup();
    for id in files {
        let Some(file) = sources.get(id) else {
            continue;
        };
        let edits: Vec<&Edit> = fix.edits.iter().filter(|e| e.span.file == id).collect();
        let region = Region::new(file, &edits);
        let first = region.first;
        let (lines, all) = region.lines(MAX_FIX_LINES);
        let path = clean(&file.path);
        if lines.is_empty() {
            let _ = writeln!(out, "Line {first} of {path} is then gone.");
        }
        for (index, line) in lines.iter().enumerate() {
            let number = first + index;
            // The first line begins further in where the change would not be read out.
            let indent = line.chars().take_while(|c| c.is_whitespace()).count();
            let focus = if index == 0 { region.focus() } else { 0 };
            let line = window(line.trim(), MAX_QUOTE, focus.saturating_sub(indent));
            let _ = writeln!(out, "Line {number} of {path} then reads: {line}");
        }
        if let Some(more) = all.checked_sub(MAX_FIX_LINES + 1) {
            let _ = writeln!(out, "And {}.", count(more + 1, "more line"));
        }
    }
}

/// With a full stop, unless it ends in a mark of its own.
fn sentence(text: &str) -> String {
    let text = clean(text);
    let stop = if text.ends_with(['.', '?', '!', ':']) {
        ""
    } else {
        "."
    };
    format!("{text}{stop}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;

    #[test]
    fn the_change_in_a_long_line_is_read_out() {
        let line = format!("    when: {}worng\n", "aaaa || ".repeat(50));
        let at = line.find("worng").map_or(0, |at| at as u32);
        let sources = Sources::from_texts([("a.yaml", line.as_str())]);
        let file = sources.find("a.yaml").expect("the file is there");
        let span = Span::new(file, at, at + 5);
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_NAME, span, "there is no `worng` here")
            .suggest("worng", ["wrong"]);
        let mut out = String::new();
        write_one(&mut out, &sources, &diagnostic);
        let fixed = out.lines().find(|line| line.contains("then reads"));
        let fixed = fixed.expect("the fix is told");
        assert!(fixed.ends_with("aaaa || wrong"), "{fixed}");
    }
}
