//! What stands between values: blanks, comments, line breaks and the lines between documents. A
//! carriage return is only read in front of a line feed, and taken for one of the blanks there.

use super::{GiveUp, OUTSIDE, Read, Reader};
use crate::source::TextRange;

/// Whether a text holds nothing but what is read here: no control characters but line feeds, tabs
/// and carriage returns in front of line feeds, no byte order marks.
pub(super) fn is_everyday(bytes: &[u8]) -> bool {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    // Almost every file: without a branch a byte, for the compiler to do many at once.
    if bytes.iter().fold(true, |all, byte| all & is_plain(byte)) {
        return true;
    }
    bytes.iter().enumerate().all(|(at, byte)| {
        let next = |by: usize| bytes.get(at + by).copied().unwrap_or(0);
        match *byte {
            b'\r' => next(1) == b'\n',
            // U+0080 to U+009F, of which some are line breaks elsewhere.
            0xC2 => next(1) >= 0xA0,
            // U+FEFF, the byte order mark.
            0xEF if next(1) == 0xBB => next(2) != 0xBF,
            // U+FFFE and U+FFFF.
            0xEF if next(1) == 0xBF => next(2) < 0xBE,
            0x80.. => true,
            _ => is_plain(byte),
        }
    })
}

impl Reader<'_> {
    pub(super) fn blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\r') {
            self.at += 1;
        }
    }

    /// Passes blanks and a comment on this line. Whether that was all of it.
    pub(super) fn line_ends(&mut self) -> Read<bool> {
        let from = self.at;
        self.blanks();
        match self.peek() {
            b'\n' | 0 => Ok(true),
            b'#' if from < self.at => {
                self.comment();
                Ok(true)
            }
            b'#' | b'\t' => Err(GiveUp),
            _ => Ok(false),
        }
    }

    /// From the end of a line to the next content, or the next line between documents.
    pub(super) fn next_line(&mut self) -> Read<()> {
        if self.peek() == b'\n' {
            self.at += 1;
        }
        self.first_line()
    }

    /// The same from the start of a line.
    pub(super) fn first_line(&mut self) -> Read<()> {
        loop {
            self.line = self.at;
            self.blanks();
            match self.peek() {
                b'\n' => self.at += 1,
                b'#' => {
                    self.comment();
                    if self.peek() == b'\n' {
                        self.at += 1;
                    }
                }
                b'\t' => return Err(GiveUp),
                0 => {
                    self.column = OUTSIDE;
                    return Ok(());
                }
                b'-' | b'.' if self.is_marker() => {
                    self.column = OUTSIDE;
                    return Ok(());
                }
                _ => {
                    self.column = self.column_here();
                    return Ok(());
                }
            }
        }
    }

    /// Whether this is `---` or `...` at the start of a line.
    pub(super) fn is_marker(&self) -> bool {
        self.at == self.line
            && (self.rest().starts_with(b"---") || self.rest().starts_with(b"..."))
            && self.is_gap(self.at + 3)
    }

    fn comment(&mut self) {
        let start = self.at;
        let end = self.line_end(start);
        self.tree.comments.push(TextRange::new(
            start as u32,
            self.without_return(start, end) as u32,
        ));
        self.at = end;
    }

    /// The line feed, or the text's end, behind a place.
    pub(super) fn line_end(&self, from: usize) -> usize {
        let rest = &self.bytes[from..];
        let feed = rest.iter().position(|byte| *byte == b'\n');
        feed.map_or(self.bytes.len(), |feed| from + feed)
    }

    /// The end of a line's content: in front of the carriage return that belongs to its break.
    pub(super) fn without_return(&self, start: usize, end: usize) -> usize {
        if end > start && self.bytes[end - 1] == b'\r' {
            end - 1
        } else {
            end
        }
    }

    /// The end of what stands from `start` to `end`, without the blanks behind it.
    pub(super) fn without_blanks(&self, start: usize, mut end: usize) -> usize {
        while end > start && matches!(self.bytes[end - 1], b' ' | b'\r') {
            end -= 1;
        }
        end
    }
}
