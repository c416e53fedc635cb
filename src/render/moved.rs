//! The lines that a fix takes away and brings, where it does not only change some.

use similar::{ChangeTag, TextDiff};

use crate::diagnostic::Edit;
use crate::source::SourceFile;

/// The lines that the edits of one file touch, before and after.
pub(super) struct Region<'s> {
    /// The number of the first.
    first: usize,
    before: &'s str,
    after: String,
}

impl<'s> Region<'s> {
    pub(super) fn new(file: &'s SourceFile, edits: &[&Edit]) -> Self {
        let mut edits = edits.to_vec();
        edits.sort_by_key(|edit| edit.span.range);
        let len = file.text.len() as u32;
        let from = edits.first().map_or(0, |edit| edit.span.start());
        let to = edits.iter().map(|edit| edit.span.end()).max().unwrap_or(0);
        let first = file.lines.position(from).line;
        let last = file.lines.position(to.max(from)).line;
        let start = file.lines.line_start(first).unwrap_or(0);
        let end = file.lines.line_start(last + 1).unwrap_or(len);
        let part = |from: u32, to: u32| {
            let range = from as usize..to as usize;
            file.text.get(range).unwrap_or_default()
        };
        let mut after = String::new();
        let mut at = start;
        for edit in edits {
            let (from, to) = (edit.span.start(), edit.span.end());
            // Edits do not overlap and fall on characters; one that does is not shown.
            if from < at || to < from {
                continue;
            }
            after.push_str(part(at, from));
            after.push_str(&edit.text);
            at = to;
        }
        after.push_str(part(at, end));
        Self {
            first: first as usize,
            before: part(start, end),
            after,
        }
    }

    /// Where lines come or go: the lines that go and those that come, each with its sign and its
    /// number. None where each line stays one.
    pub(super) fn moved(&self) -> Option<Vec<(&'static str, usize, &str)>> {
        let before: Vec<&str> = self.before.lines().collect();
        let after: Vec<&str> = self.after.lines().collect();
        if before.len() == after.len() {
            return None;
        }
        let mut lines = Vec::new();
        for change in TextDiff::from_slices(&before, &after).iter_all_changes() {
            match (change.tag(), change.old_index(), change.new_index()) {
                (ChangeTag::Delete, Some(index), _) => {
                    lines.push(("-", self.first + index, before[index]));
                }
                (ChangeTag::Insert, _, Some(index)) => {
                    lines.push(("+", self.first + index, after[index]));
                }
                _ => {}
            }
        }
        Some(lines)
    }
}
