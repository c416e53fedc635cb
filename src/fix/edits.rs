//! Which fixes are made together, and what a text reads after them.

use std::collections::BTreeMap;

use crate::compile::Outcome;
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix};
use crate::source::{FileId, Files, Sources, TextRange};

/// A diagnostic and the fix of it that is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice<'d> {
    pub(super) diagnostic: &'d Diagnostic,
    pub(super) fix: &'d Fix,
}

/// The fix that a machine would make: the first that is certain enough.
pub fn offered(diagnostic: &Diagnostic, least: Applicability) -> Option<&Fix> {
    let mut fixes = diagnostic.fixes.iter();
    fixes.find(|fix| fix.applicability >= least && !fix.edits.is_empty())
}

/// The fixes of one round, of the diagnostics that are wanted: safe ones first, then in the order of the diagnostics. One that touches
/// what another one changes waits for the next round; one that says the same as another is made
/// once.
pub(super) fn choose<'d>(
    outcome: &'d Outcome,
    least: Applicability,
    wanted: impl Fn(&Diagnostic) -> bool,
    may_change: impl Fn(&str) -> bool,
) -> Vec<Choice<'d>> {
    let of = outcome.diagnostics.iter().filter(|it| wanted(it));
    let offers = of.filter_map(|diagnostic| {
        let fix = offered(diagnostic, least)?;
        Some(Choice { diagnostic, fix })
    });
    let mut offers: Vec<Choice<'d>> = offers.collect();
    offers.sort_by_key(|offer| std::cmp::Reverse(offer.fix.applicability));
    let mut chosen: Vec<Choice<'d>> = Vec::new();
    let mut taken = Taken::default();
    for offer in offers {
        let edits = &offer.fix.edits;
        let sound = edits
            .iter()
            .all(|edit| is_sound(edit, &outcome.sources, &may_change));
        if sound && taken.take(edits) {
            chosen.push(offer);
        }
    }
    chosen
}

/// The places that are changed already, none of which touches another: start to end.
#[derive(Default)]
struct Taken(BTreeMap<(FileId, u32), u32>);

impl Taken {
    /// Takes the places of edits, all or none.
    fn take(&mut self, edits: &[Edit]) -> bool {
        let mut sorted: Vec<&Edit> = edits.iter().collect();
        sorted.sort_by_key(|edit| edit.span);
        let overlaps = sorted.windows(2).any(|pair| {
            let (a, b) = (pair[0].span, pair[1].span);
            a.file == b.file && (b.start() < a.end() || a.range == b.range)
        });
        if overlaps {
            return false;
        }
        let meets = |edit: &Edit| {
            let (file, start, end) = (edit.span.file, edit.span.start(), edit.span.end());
            let mut before = self.0.range((file, 0)..=(file, end));
            before.next_back().is_some_and(|(_, taken)| *taken >= start)
        };
        if edits.iter().any(meets) {
            return false;
        }
        for edit in sorted {
            let end = self.0.entry((edit.span.file, edit.span.start()));
            let end = end.or_insert(edit.span.end());
            *end = (*end).max(edit.span.end());
        }
        true
    }
}

/// Whether an edit changes a file that may be changed, and whole characters of it.
fn is_sound(edit: &Edit, sources: &Sources, may_change: impl Fn(&str) -> bool) -> bool {
    let Some(file) = sources.get(edit.span.file) else {
        return false;
    };
    sources.find(&file.path) == Some(edit.span.file)
        && file.text.get(edit.span.range.as_usize()).is_some()
        && may_change(&file.path)
}

/// The new texts of the files that the fixes change, and where in them their texts stand.
#[derive(Debug, Default)]
pub(super) struct Edited {
    pub(super) texts: BTreeMap<String, Vec<u8>>,
    /// By path.
    pub(super) places: Vec<(String, TextRange)>,
}

/// Makes edits that do not touch. None where a file is not the text that was checked: then no
/// offset could be trusted.
pub(super) fn make<'e>(
    edits: impl Iterator<Item = &'e Edit>,
    sources: &Sources,
    files: &dyn Files,
) -> Option<Edited> {
    let mut by_file: BTreeMap<_, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        by_file.entry(edit.span.file).or_default().push(edit);
    }
    let mut edited = Edited::default();
    for (id, mut edits) in by_file {
        let file = sources.get(id)?;
        let text = String::from_utf8(files.read(&file.path).ok()?).ok()?;
        if text.len() != file.text.len() {
            return None;
        }
        edits.sort_by_key(|edit| edit.span.range);
        let line_end = line_end(&text);
        let mut after = String::with_capacity(text.len());
        let mut at = 0;
        for edit in edits {
            let range = edit.span.range.as_usize();
            after.push_str(text.get(at..range.start)?);
            let start = after.len() as u32;
            after.push_str(&with_line_end(&edit.text, line_end));
            let place = TextRange::new(start, after.len() as u32);
            edited.places.push((file.path.to_string(), place));
            at = range.end;
        }
        after.push_str(text.get(at..)?);
        edited
            .texts
            .insert(file.path.to_string(), after.into_bytes());
    }
    Some(edited)
}

/// How the first line of a text ends.
pub(super) fn line_end(text: &str) -> &'static str {
    match text.find(['\n', '\r']) {
        Some(at) if text[at..].starts_with("\r\n") => "\r\n",
        Some(at) if text[at..].starts_with('\r') => "\r",
        _ => "\n",
    }
}

/// A new text with the line ends of the file that it goes into.
fn with_line_end(text: &str, line_end: &str) -> String {
    let plain = text.replace("\r\n", "\n");
    match line_end {
        "\n" => plain,
        other => plain.replace('\n', other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;
    use crate::source::{MemoryFiles, Span};

    fn outcome(text: &str, wanted: &[(u32, u32, &str)]) -> (MemoryFiles, Outcome) {
        let files: MemoryFiles = [("a.yaml", text)].into_iter().collect();
        let mut outcome = crate::compile::check(&files).expect("memory lists");
        let diagnostic = |(start, end, text): &(u32, u32, &str)| {
            let span = Span::new(FileId(0), *start, *end);
            Diagnostic::new(&codes::UNKNOWN_NAME, span, "x").fix(
                Applicability::Safe,
                "mend",
                span,
                *text,
            )
        };
        outcome.diagnostics = wanted.iter().map(diagnostic).collect();
        (files, outcome)
    }

    fn mended(text: &str, wanted: &[(u32, u32, &str)]) -> String {
        let (files, outcome) = outcome(text, wanted);
        let chosen = choose(&outcome, Applicability::Safe, |_| true, |_| true);
        let edits = chosen.iter().flat_map(|choice| &choice.fix.edits);
        let edited = make(edits, &outcome.sources, &files).expect("the texts are the same");
        let bytes = edited.texts.into_values().next().expect("one text");
        String::from_utf8(bytes).expect("it is text")
    }

    #[test]
    fn edits_apart_are_made_at_once_and_those_that_touch_wait() {
        assert_eq!(
            mended("a: one two\n", &[(7, 10, "2"), (3, 6, "1")]),
            "a: 1 2\n"
        );
        assert_eq!(mended("a: one\n", &[(3, 6, "1"), (6, 6, "!")]), "a: 1\n");
        assert_eq!(mended("a: one\n", &[(3, 6, "1"), (3, 6, "1")]), "a: 1\n");
    }

    #[test]
    fn new_lines_end_like_those_of_the_file() {
        assert_eq!(
            mended("a: 1\r\nb: 2\r\n", &[(4, 4, "\nc: 3")]),
            "a: 1\r\nc: 3\r\nb: 2\r\n"
        );
        assert_eq!(mended("a: 1\n", &[(4, 4, "\r\nb: 2")]), "a: 1\nb: 2\n");
    }

    #[test]
    fn what_is_no_character_or_no_file_is_left_alone() {
        for (start, end) in [(4, 5), (9, 99), (6, 5)] {
            let (_, outcome) = outcome("a: é\n", &[(start, end, "x")]);
            assert!(choose(&outcome, Applicability::Safe, |_| true, |_| true).is_empty());
        }
        let (_, outcome) = outcome("a: 1\n", &[(3, 4, "x")]);
        assert!(choose(&outcome, Applicability::Safe, |_| true, |_| false).is_empty());
    }
}
