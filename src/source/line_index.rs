//! Byte offsets to lines and columns, and back.
//!
//! Lines and columns count from 1, columns in Unicode characters. A line ends at `\n`, `\r\n` or
//! a lone `\r`, as YAML has it. A byte order mark at the start of the text takes no column.

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

/// Where the lines of one text begin, and which of its characters take more than one byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    /// The offset of each line's first byte; the first is 0.
    lines: Vec<u32>,
    /// For each character of several bytes: its offset and length, and the sum of the bytes that
    /// it and those before it have beyond one a column.
    wide: Vec<Wide>,
    len: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wide {
    offset: u32,
    len: u8,
    extra: u32,
}

impl LineIndex {
    pub fn new(text: &str) -> Self {
        let mut lines = Vec::with_capacity(text.len() / 40 + 4);
        lines.push(0);
        let mut wide = Vec::new();
        let mut extra = 0;
        let bytes = text.as_bytes();
        let mut at = 0;
        let is_special = |byte: &u8| matches!(byte, b'\n' | b'\r' | 0x80..);
        while let Some(plain) = bytes[at..].iter().position(is_special) {
            at += plain;
            let byte = bytes[at];
            let len = match byte {
                b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
                ..0x80 => 1,
                0x80..0xE0 => 2,
                0xE0..0xF0 => 3,
                _ => 4,
            };
            if byte >= 0x80 {
                let is_bom = at == 0 && text.starts_with('\u{FEFF}');
                extra += if is_bom { 3 } else { len - 1 };
                wide.push(Wide {
                    offset: at as u32,
                    len: len as u8,
                    extra,
                });
            }
            at += len as usize;
            if byte == b'\n' || byte == b'\r' {
                lines.push(at as u32);
            }
        }
        Self {
            lines,
            wide,
            len: text.len() as u32,
        }
    }

    /// The position of a byte; one inside a character is that character's, one past the end the
    /// end's.
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = offset.min(self.len);
        let before = self.wide.partition_point(|wide| wide.offset < offset);
        if let Some(last) = before.checked_sub(1).map(|i| self.wide[i])
            && offset < last.offset + u32::from(last.len)
        {
            offset = last.offset;
        }
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines[line - 1];
        let column = offset - start - (self.extra(offset) - self.extra(start)) + 1;
        Position {
            line: line as u32,
            column,
            offset,
        }
    }

    /// How many characters stand in front of a byte; a byte order mark is none.
    pub fn characters(&self, offset: u32) -> u32 {
        let offset = self.position(offset).offset;
        offset - self.extra(offset)
    }

    /// The offset of a line's first byte, lines counted from 1.
    pub fn line_start(&self, line: u32) -> Option<u32> {
        self.lines.get((line as usize).checked_sub(1)?).copied()
    }

    /// The offset of a line and column, both from 1; a column past the line's end is where the
    /// next line starts.
    pub fn offset(&self, line: u32, column: u32) -> Option<u32> {
        let start = self.line_start(line)?;
        let end = self.line_start(line + 1).unwrap_or(self.len);
        let first = self.wide.partition_point(|wide| wide.offset < start);
        let (mut offset, mut columns) = (start, column.checked_sub(1)?);
        for (i, wide) in self.wide.iter().enumerate().skip(first) {
            let len = u32::from(wide.len);
            let to_behind = wide.offset - offset + len - (wide.extra - self.extra_before(i));
            if columns < to_behind {
                break;
            }
            columns -= to_behind;
            offset = wide.offset + len;
        }
        Some(offset.saturating_add(columns).min(end))
    }

    /// Bytes beyond one a column in front of `offset`.
    fn extra(&self, offset: u32) -> u32 {
        self.extra_before(self.wide.partition_point(|wide| wide.offset < offset))
    }

    fn extra_before(&self, wide: usize) -> u32 {
        wide.checked_sub(1).map_or(0, |i| self.wide[i].extra)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: u32) -> (u32, u32) {
        let position = LineIndex::new(text).position(offset);
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
        let index = LineIndex::new("\u{FEFF}é\r\n😀x");
        for (offset, characters) in [(0, 0), (3, 0), (5, 1), (7, 3), (11, 4), (99, 5)] {
            assert_eq!(index.characters(offset), characters, "at {offset}");
        }
    }

    #[test]
    fn every_character_finds_its_way_back() {
        for text in ["aé😀\r\nb\rc\n\n", "\u{FEFF}aé\nb", "日本\n語x"] {
            let index = LineIndex::new(text);
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
}
