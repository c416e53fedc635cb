//! Plain scalars: on one line as they stand, over several with their lines joined.

use super::{GiveUp, Read, Reader};
use crate::source::TextRange;
use crate::yaml::tree::{Content, Data, Style};

/// A scalar that has been read.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub(super) range: TextRange,
    pub(super) content: Content,
    pub(super) style: Style,
}

impl Written {
    pub(super) fn data(self) -> Data {
        Data::Scalar {
            content: self.content,
            style: self.style,
        }
    }
}

/// A plain scalar's first line.
pub(super) struct Plain {
    pub(super) range: TextRange,
    /// Whether a colon ends it: then it is a key, and the colon is here.
    pub(super) is_key: bool,
}

/// Bits of [`CLASSES`]: what ends a plain scalar, or may, in a block, and what besides in a flow
/// collection; what one may begin with.
const ENDS: u8 = 1;
const ENDS_FLOW: u8 = 2;
const BEGINS: u8 = 4;

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            0 | b'\n' | b'\t' | b':' | b'#' => ENDS | ENDS_FLOW,
            b',' | b'[' | b']' | b'{' | b'}' => ENDS_FLOW,
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | 0x80..
            | b'_'
            | b'.'
            | b'/'
            | b'\\'
            | b'('
            | b')'
            | b'<'
            | b'='
            | b'+'
            | b'~'
            | b'$'
            | b'^'
            | b';' => BEGINS,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// How long a key may be that the parser recognises for one, with room to spare.
const MAX_KEY: usize = 1000;

impl Reader<'_> {
    /// A key up to its colon; one in quotes within a collection at `parent`.
    pub(super) fn written_key(&mut self, parent: i32, in_flow: bool) -> Read<Written> {
        if matches!(self.peek(), b'"' | b'\'') {
            let (key, on_one_line) = self.quoted(parent)?;
            let is_key = on_one_line && self.is_quoted_key(&key, in_flow)?;
            return is_key.then_some(key).ok_or(GiveUp);
        }
        let plain = self.plain(in_flow)?;
        if !plain.is_key {
            return Err(GiveUp);
        }
        Ok(Written {
            range: plain.range,
            content: Content::WRITTEN,
            style: Style::Plain,
        })
    }

    /// The rest of a plain scalar's line, from its first byte. Stops at its colon, or behind it.
    pub(super) fn plain(&mut self, in_flow: bool) -> Read<Plain> {
        let start = self.at;
        let first = CLASSES[usize::from(self.peek())];
        let is_word = first & BEGINS != 0
            || self.peek() == b'-'
                && matches!(self.byte(start + 1), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.');
        if !is_word {
            return Err(GiveUp);
        }
        self.plain_line(start, in_flow)
    }

    fn plain_line(&mut self, start: usize, in_flow: bool) -> Read<Plain> {
        let stops = if in_flow { ENDS_FLOW } else { ENDS };
        let mut at = self.at;
        let mut is_key = false;
        loop {
            while CLASSES[usize::from(self.byte(at))] & stops == 0 {
                at += 1;
            }
            match self.byte(at) {
                b':' if self.is_gap(at + 1) => {
                    is_key = true;
                    break;
                }
                b':' => {
                    let next = CLASSES[usize::from(self.byte(at + 1))];
                    if self.byte(at + 1) == b'\t' || in_flow && next & ENDS_FLOW & !ENDS != 0 {
                        return Err(GiveUp);
                    }
                }
                b'#' if at > start && self.bytes[at - 1] != b' ' => {}
                b'\t' => return Err(GiveUp),
                _ => break,
            }
            at += 1;
        }
        let end = self.without_blanks(start, at);
        // The comment's blank is not part of the scalar, and `line_ends` looks for it.
        self.at = if is_key { at } else { end };
        if is_key && at - start > MAX_KEY {
            return Err(GiveUp);
        }
        Ok(Plain {
            range: TextRange::new(start as u32, end as u32),
            is_key,
        })
    }

    /// A plain scalar of a block that is no key, from behind its first line, with the lines that
    /// go on below it. Stops at the next content that is none of it.
    pub(super) fn plain_value(&mut self, first: &Plain, parent: i32) -> Read<Written> {
        let mut written = Written {
            range: first.range,
            content: Content::WRITTEN,
            style: Style::Plain,
        };
        let comments = self.tree.comments.len();
        if !self.line_ends()? {
            return Err(GiveUp);
        }
        let mut end_of_line = self.at;
        self.next_line()?;
        if self.column <= parent {
            return Ok(written);
        }
        let mut joined = String::from(&self.text[first.range.as_usize()]);
        while self.column > parent {
            if self.tree.comments.len() != comments {
                return Err(GiveUp);
            }
            let breaks = self.text[end_of_line..self.line].matches('\n').count();
            // What would begin something else on its own goes on here as it is.
            let line = self.plain_line(self.at, false)?;
            if line.is_key {
                return Err(GiveUp);
            }
            match breaks {
                1 => joined.push(' '),
                more => joined.extend(std::iter::repeat_n('\n', more - 1)),
            }
            joined.push_str(&self.text[line.range.as_usize()]);
            written.range.end = line.range.end;
            if !self.line_ends()? {
                return Err(GiveUp);
            }
            end_of_line = self.at;
            self.next_line()?;
        }
        written.content = self.tree.own(joined.into());
        Ok(written)
    }
}
