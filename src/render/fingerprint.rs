//! What a diagnostic is known by from one check to the next, so that a list of findings can tell
//! old ones from new ones.
//!
//! A fingerprint depends on the code, the file and the text in question, not on where the lines
//! have moved to nor on how the message is worded.

use std::collections::BTreeMap;

use super::report::Report;
use crate::diagnostic::Diagnostic;

/// The most characters of a line that count, so that a file of one line stays cheap.
const MAX_LINE: usize = 200;

/// One for each diagnostic, in their order; none twice.
pub(super) fn of(report: &Report<'_>) -> Vec<String> {
    let mut seen: BTreeMap<[u8; 32], u32> = BTreeMap::new();
    let print = |diagnostic| {
        let hash = content(report, diagnostic);
        let count = seen.entry(*hash.as_bytes()).or_default();
        *count += 1;
        // The same thing again in the same words: the first of them is told from the second.
        let hash = match *count {
            1 => hash,
            more => blake3::hash(format!("{hash}{more}").as_bytes()),
        };
        let mut text = hash.to_hex().to_string();
        text.truncate(32);
        text
    };
    report.diagnostics.iter().map(print).collect()
}

fn content(report: &Report<'_>, diagnostic: &Diagnostic) -> blake3::Hash {
    let span = diagnostic.span;
    let file = report.sources.file(span.file);
    let start = file.lines.position(span.start());
    let line = file.lines.line_start(start.line).unwrap_or(0) as usize;
    let mut hasher = blake3::Hasher::new();
    let path = report.path(span);
    let under = report.sources.text(span);
    for part in [diagnostic.code.id, &path, under, &file.text[line..]] {
        hasher.update(first_line(part).trim().as_bytes());
        hasher.update(&[0]);
    }
    hasher.finalize()
}

/// As much of the first line as counts.
fn first_line(text: &str) -> String {
    let chars = text.chars().take(MAX_LINE);
    chars.take_while(|c| !matches!(c, '\n' | '\r')).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::compile::Summary;
    use crate::diagnostic::codes;
    use crate::source::{FileId, Sources, Span};

    /// Of every `no` in the text.
    fn prints(text: &str) -> Vec<String> {
        let sources = Sources::from_texts([("a.yaml", text)]);
        let diagnostics: Vec<Diagnostic> = text
            .match_indices("no")
            .map(|(at, _)| Span::new(FileId(0), at as u32, at as u32 + 2))
            .map(|span| Diagnostic::new(&codes::AMBIGUOUS_SCALAR, span, "a message"))
            .collect();
        of(&Report::new(&sources, &diagnostics, Summary::default()))
    }

    #[test]
    fn moved_and_indented_lines_keep_theirs() {
        let before = prints("title: no\nkey: no\n");
        let after = prints("# one more\n\n  title: no\nkey: no\n");
        assert_eq!(before, after);
        assert_ne!(before[0], before[1]);
        assert_ne!(prints("title: no\n")[0], prints("other: no\n")[0]);
    }

    #[test]
    fn none_is_given_twice() {
        let all = prints("a: [no, no]\na: [no, no]\n");
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 4);
        assert!(all.iter().all(|print| print.len() == 32));
    }
}
