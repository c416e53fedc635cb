//! Block scalars: `|` and `>`, without an indentation of their own in the header.

use super::scalar::Written;
use super::{GiveUp, OUTSIDE, Read, Reader};
use crate::source::TextRange;
use crate::yaml::tree::Style;

/// What becomes of the line breaks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomp {
    Strip,
    Clip,
    Keep,
}

impl Reader<'_> {
    /// The scalar of the `|` or `>` here, inside of an entry at `parent`. Stops at the next content
    /// behind it.
    pub(super) fn literal(&mut self, parent: i32) -> Read<Written> {
        let is_folded = self.peek() == b'>';
        self.at += 1;
        let chomp = match self.peek() {
            b'-' => Chomp::Strip,
            b'+' => Chomp::Keep,
            _ => Chomp::Clip,
        };
        if chomp != Chomp::Clip {
            self.at += 1;
        }
        if parent == OUTSIDE || !self.line_ends()? || self.peek() != b'\n' {
            return Err(GiveUp);
        }
        let (leading, indent) = self.first_content()?;
        if self.column_here() <= parent {
            return Err(GiveUp);
        }
        let start = self.line + indent;
        let mut value = "\n".repeat(leading);
        let mut was_indented = false;
        let mut is_first = true;
        let mut breaks = 0;
        let last = loop {
            let from = self.line + indent;
            let feed = self.line_end(from);
            let end = self.without_return(from, feed);
            let is_indented = matches!(self.byte(from), b' ' | b'\t');
            match breaks {
                _ if is_first => {}
                0 if is_folded && !was_indented && !is_indented => value.push(' '),
                _ => {
                    let is_kept = !is_folded || was_indented || is_indented;
                    let breaks = breaks + usize::from(is_kept);
                    value.extend(std::iter::repeat_n('\n', breaks));
                }
            }
            value.push_str(&self.text[from..end]);
            was_indented = is_indented;
            is_first = false;
            self.at = feed;
            breaks = match self.next_content(indent) {
                (breaks, true) => breaks,
                (breaks, false) => {
                    if chomp != Chomp::Strip {
                        value.push('\n');
                    }
                    if chomp == Chomp::Keep {
                        value.extend(std::iter::repeat_n('\n', breaks));
                    }
                    break end;
                }
            };
        };
        let written = self.text[start..last].trim_end_matches([' ', '\t', '\n', '\r']);
        let range = TextRange::new(start as u32, (start + written.len()) as u32);
        let style = if is_folded {
            Style::Folded
        } else {
            Style::Literal
        };
        let content = self.tree.own(value.into());
        self.at = self.line;
        self.first_line()?;
        Ok(Written {
            range,
            content,
            style,
        })
    }

    /// From the header's end to the line that sets the indentation: how many empty lines stand in
    /// front of it, and how far it is indented.
    fn first_content(&mut self) -> Read<(usize, usize)> {
        let mut leading = 0;
        let mut widest = 0;
        loop {
            self.at += 1;
            self.line = self.at;
            while self.peek() == b' ' {
                self.at += 1;
            }
            let indent = self.at - self.line;
            match self.peek() {
                b'\n' => {}
                b'\r' => self.at += 1,
                0 | b'\t' => return Err(GiveUp),
                _ if widest > indent => return Err(GiveUp),
                _ => return Ok((leading, indent)),
            }
            leading += 1;
            widest = widest.max(indent);
        }
    }

    /// From the end of a line to the next that is indented so far, or to the first that is not:
    /// how many empty lines stand in between, and whether it goes on.
    fn next_content(&mut self, indent: usize) -> (usize, bool) {
        let mut breaks = 0;
        while self.peek() == b'\n' {
            self.at += 1;
            self.line = self.at;
            while self.peek() == b' ' && self.at - self.line < indent {
                self.at += 1;
            }
            match self.peek() {
                b'\n' => breaks += 1,
                b'\r' => {
                    breaks += 1;
                    self.at += 1;
                }
                0 => return (breaks, false),
                _ => return (breaks, self.at - self.line == indent),
            }
        }
        // The text ends without a line break.
        self.line = self.at;
        (breaks, false)
    }
}
