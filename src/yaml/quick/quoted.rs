//! Quoted scalars: as they stand where nothing in them is escaped or folded.

use super::scalar::Written;
use super::{GiveUp, Read, Reader};
use crate::source::TextRange;
use crate::yaml::tree::{Content, Style};

/// How far behind its start the colon of a quoted key may stand.
const MAX_KEY: usize = 1000;

impl Reader<'_> {
    /// The scalar of the quote here, and whether it is on one line. Lines below the first must be
    /// indented further than `parent`.
    pub(super) fn quoted(&mut self, parent: i32) -> Read<(Written, bool)> {
        let quote = self.peek();
        let start = self.at;
        let mut at = start + 1;
        // Almost always the first special byte is the quote that closes it.
        while !matches!(self.byte(at), b'"' | b'\'' | b'\\' | b'\n' | 0)
            || self.byte(at) != quote && matches!(self.byte(at), b'"' | b'\'')
            || self.byte(at) == b'\\' && quote == b'\''
        {
            at += 1;
        }
        let is_doubled = quote == b'\'' && self.byte(at + 1) == b'\'';
        let style = match quote {
            b'"' => Style::DoubleQuoted,
            _ => Style::SingleQuoted,
        };
        if self.byte(at) == quote && !is_doubled {
            self.at = at + 1;
            let written = Written {
                range: TextRange::new(start as u32, at as u32 + 1),
                content: Content::WRITTEN,
                style,
            };
            return Ok((written, true));
        }
        let line = self.line;
        self.at = start + 1;
        let value = self.decoded(quote, parent)?;
        let written = Written {
            range: TextRange::new(start as u32, self.at as u32),
            content: self.tree.own(value.into()),
            style,
        };
        Ok((written, line == self.line))
    }

    /// The value from behind the opening quote, up to behind the closing one.
    fn decoded(&mut self, quote: u8, parent: i32) -> Read<String> {
        let mut value = String::new();
        // What has been written up to here is no blank in front of a line break.
        let mut kept = 0;
        let mut run = self.at;
        loop {
            let byte = self.peek();
            match byte {
                b'\'' if quote == b'\'' && self.byte(self.at + 1) == b'\'' => {
                    value.push_str(&self.text[run..=self.at]);
                    self.at += 2;
                    run = self.at;
                }
                b'"' | b'\'' if byte == quote => {
                    value.push_str(&self.text[run..self.at]);
                    self.at += 1;
                    return Ok(value);
                }
                b'\\' if quote == b'"' => {
                    value.push_str(&self.text[run..self.at]);
                    self.at += 1;
                    value.push(self.escaped()?);
                    kept = value.len();
                    run = self.at;
                }
                b'\n' => {
                    let end = self.without_blanks(run, self.at);
                    value.push_str(&self.text[run..end]);
                    if value.ends_with('\t') {
                        return Err(GiveUp);
                    }
                    value.truncate(kept.max(value.trim_end_matches(' ').len()));
                    self.fold(parent, &mut value)?;
                    kept = value.len();
                    run = self.at;
                }
                0 => return Err(GiveUp),
                _ => self.at += 1,
            }
        }
    }

    /// From a line break inside of quotes to the text of the next line that has any.
    fn fold(&mut self, parent: i32, value: &mut String) -> Read<()> {
        let mut breaks = 0;
        while self.peek() == b'\n' {
            breaks += 1;
            self.at += 1;
            self.line = self.at;
            self.blanks();
        }
        let column = self.column_here();
        if self.peek() == b'\t' || column <= parent || self.is_marker() {
            return Err(GiveUp);
        }
        match breaks {
            1 => value.push(' '),
            more => value.extend(std::iter::repeat_n('\n', more - 1)),
        }
        Ok(())
    }

    /// The character that is written behind a backslash.
    fn escaped(&mut self) -> Read<char> {
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'e' => '\u{1B}',
            b'x' => self.code(2)?,
            b'u' => self.code(4)?,
            b'U' => self.code(8)?,
            _ => return Err(GiveUp),
        })
    }

    /// The character of so many hexadecimal digits.
    fn code(&mut self, digits: usize) -> Read<char> {
        let end = self.at + digits;
        let digits = self.text.get(self.at..end).ok_or(GiveUp)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(GiveUp);
        }
        self.at = end;
        let code = u32::from_str_radix(digits, 16).map_err(|_| GiveUp)?;
        char::from_u32(code).ok_or(GiveUp)
    }

    /// Whether a colon makes a key of the quoted scalar that ends here. Stops at the colon, or
    /// behind the scalar.
    pub(super) fn is_quoted_key(&mut self, key: &Written, in_flow: bool) -> Read<bool> {
        let end = self.at;
        while self.peek() == b' ' {
            self.at += 1;
        }
        if self.peek() != b':' {
            self.at = end;
            return Ok(false);
        }
        let is_set_off = self.is_gap(self.at + 1) || in_flow && self.at == end;
        if !is_set_off || self.at - key.range.start as usize > MAX_KEY {
            return Err(GiveUp);
        }
        Ok(true)
    }
}
