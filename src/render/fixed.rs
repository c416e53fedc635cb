//! What a fix makes of the lines of one file: how they read then, and where lines come or go, which
//! go and which come. Of very long lines only what is near the edits.

use similar::{ChangeTag, TextDiff};

use super::snippet;
use super::text::source_line;
use crate::diagnostic::Edit;
use crate::source::SourceFile;

/// So many bytes of a line are shown in front of its edits and behind them.
const MAX_AROUND: u32 = 1_000;

/// More bytes are not compared line by line.
const MAX_COMPARED: usize = 1 << 18;

/// The lines that the edits of one file touch, before and after.
pub(super) struct Region<'s> {
    /// The number of the first.
    pub first: usize,
    before: &'s str,
    after: String,
    /// It begins inside of a long line.
    is_inside: bool,
    /// In `after`, the end of the first change.
    changed: usize,
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
        let line = file.lines.line_start(first).unwrap_or(0);
        let near = |offset: u32| snippet::floor(&file.text, offset as usize) as u32;
        let start = line.max(near(from.saturating_sub(MAX_AROUND)));
        let end = file.lines.line_start(last + 1).unwrap_or(len);
        let end = end.min(near(to.saturating_add(MAX_AROUND)));
        let part = |from: u32, to: u32| {
            let range = from as usize..to as usize;
            file.text.get(range).unwrap_or_default()
        };
        let mut after = String::new();
        let mut at = start;
        let mut changed = None;
        for edit in edits {
            let (from, to) = (edit.span.start(), edit.span.end());
            // Edits do not overlap and fall on characters; one that does is not shown.
            if from < at || to < from {
                continue;
            }
            after.push_str(part(at, from));
            after.push_str(&edit.text);
            changed.get_or_insert(after.len());
            at = to;
        }
        after.push_str(part(at, end));
        Self {
            first: first as usize,
            before: part(start, end),
            after,
            is_inside: start > line,
            changed: changed.unwrap_or(0),
        }
    }

    /// The first lines as they read then, and how many there are.
    pub(super) fn lines(&self, most: usize) -> (Vec<String>, usize) {
        let all = self.after.trim_end().lines();
        let mut lines: Vec<String> = all.clone().take(most).map(source_line).collect();
        if let Some(first) = lines.first_mut().filter(|_| self.is_inside) {
            first.insert(0, '…');
        }
        (lines, all.count())
    }

    /// The characters of the first line up to the end of the first change, as they are shown.
    pub(super) fn focus(&self) -> usize {
        let line = self.after[..self.changed].lines().next();
        let shown = source_line(line.unwrap_or_default());
        shown.chars().count() + usize::from(self.is_inside)
    }

    /// Where lines come or go: the lines that go and those that come, each with its sign and its
    /// number. None where each line stays one.
    pub(super) fn moved(&self) -> Option<Vec<(&'static str, usize, &str)>> {
        if self.before.len() + self.after.len() > MAX_COMPARED {
            return None;
        }
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
