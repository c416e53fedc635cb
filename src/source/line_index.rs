//! Byte offsets to lines and columns, and back.
//!
//! Lines and columns count from 1, columns in Unicode characters. A line ends at `\n`, `\r\n` or
//! a lone `\r`, as YAML has it. A byte order mark at the start of the text takes no column.

use std::sync::{Arc, OnceLock};

use serde::Serialize;

/// A place as people and editors count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 1, in Unicode characters.
    pub column: u32,
    /// In bytes, from 0.
    pub offset: u32,
}

/// Where the lines of one text begin. They are looked for when the first place is asked for: in
/// most files there is nothing to tell. Columns are counted when they are asked for.
#[derive(Clone, Debug)]
pub struct LineIndex {
    text: Arc<str>,
    found: OnceLock<Lines>,
}

/// What a text has been gone through for.
#[derive(Clone, Debug)]
struct Lines {
    /// The offset of each line's first byte; the first is 0.
    starts: Vec<u32>,
    /// Where characters take more than one byte: how many stand in front of each block of
    /// [`BLOCK`] bytes, so that no line is too long to count in.
    blocks: Vec<u32>,
}

/// Bytes that are counted one by one for a column.
const BLOCK: usize = 1024;

/// Each byte of a word the same.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The top bit of each byte of a word that is zero.
const fn zeros(word: u64) -> u64 {
    !(((word & all(0x7F)) + all(0x7F)) | word | all(0x7F))
}

/// How many characters begin in these bytes.
fn count(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .map(|byte| u32::from(byte & 0xC0 != 0x80))
        .sum()
}

impl Lines {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut lines = Vec::with_capacity(text.len() / 40 + 4);
        lines.push(0);
        let mut add = |at: usize| {
            let ends = bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n');
            lines.extend(ends.then_some(at as u32 + 1));
        };
        // Eight bytes at a time: most of a text is no line break.
        let mut any = 0;
        let mut words = bytes.chunks_exact(8);
        for (number, word) in words.by_ref().enumerate() {
            let word = word.try_into().map_or(0, u64::from_le_bytes);
            any |= word;
            let mut found = zeros(word ^ all(b'\n')) | zeros(word ^ all(b'\r'));
            while found != 0 {
                add(8 * number + found.trailing_zeros() as usize / 8);
                found &= found - 1;
            }
        }
        let rest = words.remainder();
        for (at, byte) in (bytes.len() - rest.len()..).zip(rest) {
            any |= u64::from(*byte);
            if matches!(byte, b'\n' | b'\r') {
                add(at);
            }
        }
        let mut blocks = Vec::new();
        if any & all(0x80) != 0 {
            let mut before = 0;
            for block in bytes.chunks(BLOCK) {
                blocks.push(before);
                before += count(block);
            }
        }
        Self {
            starts: lines,
            blocks,
        }
    }
}

impl LineIndex {
    pub fn new(text: &Arc<str>) -> Self {
        Self {
            text: Arc::clone(text),
            found: OnceLock::new(),
        }
    }

    fn found(&self) -> &Lines {
        self.found.get_or_init(|| Lines::of(&self.text))
    }

    /// The position of a byte; one inside a character is that character's, one past the end the
    /// end's.
    pub fn position(&self, offset: u32) -> Position {
        let offset = self.on_character(offset);
        let line = self
            .found()
            .starts
            .partition_point(|start| *start <= offset);
        let start = self.found().starts[line - 1];
        Position {
            line: line as u32,
            column: self.before(offset) - self.before(start) + 1,
            offset,
        }
    }

    /// How many characters stand in front of a byte; a byte order mark is none.
    pub fn characters(&self, offset: u32) -> u32 {
        self.before(self.on_character(offset))
    }

    /// The offset of a line's first byte, lines counted from 1.
    pub fn line_start(&self, line: u32) -> Option<u32> {
        self.found()
            .starts
            .get((line as usize).checked_sub(1)?)
            .copied()
    }

    /// The offset of a line and column, both from 1; a column past the line's end is where the
    /// next line starts.
    pub fn offset(&self, line: u32, column: u32) -> Option<u32> {
        let start = self.line_start(line)?;
        let end = self.line_start(line + 1).unwrap_or(self.text.len() as u32);
        let wanted = self.before(start).saturating_add(column.checked_sub(1)?);
        if self.found().blocks.is_empty() {
            return Some(wanted.min(end));
        }
        // The byte at which as many characters have begun, and one more begins.
        let wanted = wanted.saturating_add(self.mark());
        let block = self
            .found()
            .blocks
            .partition_point(|before| *before <= wanted)
            - 1;
        let mut left = wanted - self.found().blocks[block];
        let from = block * BLOCK;
        let bytes = &self.text.as_bytes()[from..(end as usize).max(from)];
        for (at, byte) in bytes.iter().enumerate() {
            let begins = byte & 0xC0 != 0x80;
            if begins && left == 0 {
                return Some((from + at) as u32);
            }
            left -= u32::from(begins);
        }
        Some(end)
    }

    /// The first byte of the character that an offset lies in.
    fn on_character(&self, offset: u32) -> u32 {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset as u32
    }

    /// Characters in front of the first byte of one; a byte order mark is none.
    fn before(&self, offset: u32) -> u32 {
        if self.found().blocks.is_empty() {
            return offset;
        }
        let block = (offset as usize / BLOCK).min(self.found().blocks.len() - 1);
        let counted = &self.text.as_bytes()[block * BLOCK..offset as usize];
        (self.found().blocks[block] + count(counted)).saturating_sub(self.mark())
    }

    /// The characters that take no column: a byte order mark at the start.
    fn mark(&self) -> u32 {
        u32::from(self.text.starts_with('\u{FEFF}'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: u32) -> (u32, u32) {
        let position = LineIndex::new(&text.into()).position(offset);
        (position.line, position.column)
    }

    #[test]
    fn lines_end_at_every_kind_of_break() {
        assert_eq!(at("a\nb", 2), (2, 1));
        assert_eq!(at("a\r\nb", 3), (2, 1));
        assert_eq!(at("a\r\nb", 2), (1, 3));
        assert_eq!(at("a\rb", 2), (2, 1));
        assert_eq!(at("", 0), (1, 1));
        assert_eq!(at("a\n", 9), (2, 1));
    }

    #[test]
    fn columns_count_characters() {
        let text = "é: 😀x\n\ty";
        assert_eq!(at(text, 2), (1, 2));
        assert_eq!(at(text, 8), (1, 5));
        assert_eq!(at(text, 6), (1, 4), "inside a character is the character");
        assert_eq!(at(text, 11), (2, 2), "a tab is one column");
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        assert_eq!(at("\u{FEFF}ab\nc", 3), (1, 1));
        assert_eq!(at("\u{FEFF}ab\nc", 4), (1, 2));
        assert_eq!(at("\u{FEFF}ab\nc", 6), (2, 1));
    }

    #[test]
    fn characters_are_counted_over_lines() {
        let index = LineIndex::new(&"\u{FEFF}é\r\n😀x".into());
        for (offset, characters) in [(0, 0), (3, 0), (5, 1), (7, 3), (11, 4), (99, 5)] {
            assert_eq!(index.characters(offset), characters, "at {offset}");
        }
    }

    #[test]
    fn every_character_finds_its_way_back() {
        for text in ["aé😀\r\nb\rc\n\n", "\u{FEFF}aé\nb", "日本\n語x"] {
            let index = LineIndex::new(&text.into());
            for (offset, _) in text.char_indices().filter(|(_, c)| *c != '\u{FEFF}') {
                let position = index.position(offset as u32);
                assert_eq!(
                    index.offset(position.line, position.column),
                    Some(offset as u32),
                    "{text:?} {position:?}"
                );
            }
        }
    }
    #[test]
    fn long_texts_are_counted_like_short_ones() {
        for unit in ["é", "a😀\n", "日本語 text\r\n", "x\r", "y"] {
            let text: Arc<str> = format!("\u{FEFF}{}", unit.repeat(1500)).into();
            let index = LineIndex::new(&text);
            let (mut line, mut column) = (1, 1);
            for (offset, c) in text.char_indices().skip(1) {
                let position = index.position(offset as u32);
                assert_eq!(
                    (position.line, position.column),
                    (line, column),
                    "{unit:?} {offset}"
                );
                assert_eq!(
                    index.offset(line, column),
                    Some(offset as u32),
                    "{unit:?} {offset}"
                );
                let is_pair = c == '\r' && text[offset + 1..].starts_with('\n');
                (line, column) = match c {
                    '\n' | '\r' if !is_pair => (line + 1, 1),
                    _ => (line, column + 1),
                };
            }
            let after = index.line_start(line + 1).unwrap_or(text.len() as u32);
            assert_eq!(index.offset(line, 100_000), Some(after), "{unit:?}");
        }
    }
}
