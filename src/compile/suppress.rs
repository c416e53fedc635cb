//! `# cjoc: allow(NAME) reason`: silences warnings of a line, from a comment on it or above it.
//!
//! Errors are not silenced: a workspace with an error has no plan.

use std::collections::BTreeMap;

use super::levels::unknown;
use crate::diagnostic::{Code, Diagnostic, Severity, codes};
use crate::source::{FileId, SourceFile, Span};
use crate::yaml::Tree;

/// The warnings that are allowed, by file and line.
#[derive(Debug, Default)]
pub(super) struct Suppressions(BTreeMap<(FileId, u32), Vec<&'static Code>>);

impl Suppressions {
    /// Adds those of one file; names that no diagnostic has are reported.
    pub(super) fn read(
        &mut self,
        file: &SourceFile,
        tree: &Tree,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        for comment in tree.comments() {
            let Some((names, base)) = allowed(&file.text, comment.span) else {
                continue;
            };
            let line = covered_line(file, comment.span.start());
            for (name, at) in split_names(names) {
                let start = base + at;
                let span = Span::new(comment.span.file, start, start + name.len() as u32);
                match codes::find(name) {
                    Some(code) => self.0.entry((span.file, line)).or_default().push(code),
                    None => diagnostics.push(unknown(name, span)),
                }
            }
        }
    }

    /// Drops the warnings that are allowed where they stand.
    pub(super) fn apply(&self, line_of: impl Fn(Span) -> u32, diagnostics: &mut Vec<Diagnostic>) {
        if self.0.is_empty() {
            return;
        }
        diagnostics.retain(|diagnostic| {
            diagnostic.severity == Severity::Error
                || self
                    .0
                    .get(&(diagnostic.span.file, line_of(diagnostic.span)))
                    .is_none_or(|codes| !codes.contains(&diagnostic.code))
        });
    }
}

/// What stands between the brackets of `cjoc: allow(…)`, and its offset in the file.
fn allowed(text: &str, comment: Span) -> Option<(&str, u32)> {
    let whole = text.get(comment.range.as_usize())?;
    let body = whole.trim_start_matches('#').trim_start();
    let rest = body.strip_prefix("cjoc:")?.trim_start();
    let names = rest.strip_prefix("allow")?.trim_start().strip_prefix('(')?;
    let names = &names[..names.find(')')?];
    let offset = names.as_ptr() as usize - text.as_ptr() as usize;
    Some((names, offset as u32))
}

/// The names between commas, each with its offset.
fn split_names(names: &str) -> impl Iterator<Item = (&str, u32)> {
    let mut at = 0;
    names.split(',').filter_map(move |part| {
        let blank = part.len() - part.trim_start().len();
        let start = at + blank;
        at += part.len() + 1;
        let name = part.trim();
        (!name.is_empty()).then_some((name, start as u32))
    })
}

/// The line that a comment speaks of: its own, or where it stands alone, the next that is more
/// than a comment.
fn covered_line(file: &SourceFile, comment: u32) -> u32 {
    let own = file.lines.position(comment).line;
    let line_of = |number: u32| {
        let start = file.lines.line_start(number)? as usize;
        let end = file
            .lines
            .line_start(number + 1)
            .map_or(file.text.len(), |end| end as usize);
        file.text.get(start..end).map(str::trim)
    };
    let is_comment = |number| line_of(number).is_some_and(|line| line.starts_with('#'));
    let mut line = own;
    while is_comment(line) {
        line += 1;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_between_brackets_and_commas() {
        let text = "a: 1 #  cjoc: allow(one, two-words ) because";
        let comment = Span::new(FileId(0), 5, text.len() as u32);
        let (names, base) = allowed(text, comment).expect("it is one");
        let found: Vec<_> = split_names(names)
            .map(|(name, at)| (name, &text[(base + at) as usize..][..name.len()]))
            .collect();
        assert_eq!(found, [("one", "one"), ("two-words", "two-words")]);
    }

    #[test]
    fn other_comments_say_nothing() {
        for text in ["# cjoc is fine", "# cjoc: allow one", "# allow(one)", "#"] {
            let comment = Span::new(FileId(0), 0, text.len() as u32);
            assert_eq!(allowed(text, comment), None, "{text}");
        }
    }

    #[test]
    fn a_comment_speaks_of_its_own_line_or_of_the_next_one() {
        let text = "a: 1 # one\n# two\n# three\nb: 2\n";
        let file = SourceFile::new("a.yaml", text);
        let line =
            |needle: &str| covered_line(&file, text.find(needle).expect("it is there") as u32);
        assert_eq!(line("# one"), 1);
        assert_eq!(line("# two"), 4);
        assert_eq!(line("# three"), 4);
    }
}
