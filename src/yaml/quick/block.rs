//! Block maps and sequences, by the columns of their entries.
//!
//! Each of these functions begins at the first byte of what it reads and ends at the next content
//! line behind it, whose column then tells which collection goes on.

use super::scalar::Written;
use super::{GiveUp, OUTSIDE, Read, Reader};
use crate::yaml::tree::{Content, Data, NONE, Style};

impl Reader<'_> {
    /// The node at `column`, the first of its line or behind the dash of its item, inside of an
    /// entry at `parent`.
    pub(super) fn block_node(&mut self, parent: i32, column: i32) -> Read<u32> {
        match self.peek() {
            b'-' if self.is_gap(self.at + 1) => self.sequence(column),
            b'"' | b'\'' => {
                let (scalar, on_one_line) = self.quoted(parent)?;
                if self.is_quoted_key(&scalar, false)? {
                    return if on_one_line {
                        self.map(scalar, column)
                    } else {
                        Err(GiveUp)
                    };
                }
                self.block_scalar(scalar, parent)
            }
            b'[' | b'{' | b'|' | b'>' | b'&' | b'*' => self.inline_value(parent),
            _ => {
                let plain = self.plain(false)?;
                if plain.is_key {
                    let key = Written {
                        range: plain.range,
                        content: Content::WRITTEN,
                        style: Style::Plain,
                    };
                    return self.map(key, column);
                }
                if parent == OUTSIDE {
                    return Err(GiveUp);
                }
                let scalar = self.plain_value(&plain, parent)?;
                self.scalar(scalar, 0)
            }
        }
    }

    /// A value that begins on the line of its key, dash or anchor, and is no block collection.
    fn inline_value(&mut self, parent: i32) -> Read<u32> {
        match self.peek() {
            b'[' | b'{' => {
                let node = self.flow(parent, 0)?;
                self.end_of_value()?;
                Ok(node)
            }
            b'"' | b'\'' => {
                let (scalar, _) = self.quoted(parent)?;
                self.block_scalar(scalar, parent)
            }
            b'|' | b'>' => {
                let scalar = self.literal(parent)?;
                self.scalar(scalar, 0)
            }
            b'*' => {
                let node = self.alias(0)?;
                self.end_of_value()?;
                Ok(node)
            }
            b'&' => {
                let name = self.anchor_name()?;
                if self.line_ends()? {
                    self.next_line()?;
                    if self.column <= parent {
                        return Err(GiveUp);
                    }
                    let column = self.column;
                    self.anchored(name, |reader| match reader.peek() {
                        b'&' | b'*' => Err(GiveUp),
                        _ => reader.block_node(parent, column),
                    })
                } else {
                    self.anchored(name, |reader| match reader.peek() {
                        b'&' | b'*' => Err(GiveUp),
                        _ => reader.inline_value(parent),
                    })
                }
            }
            _ => {
                let plain = self.plain(false)?;
                if plain.is_key || parent == OUTSIDE {
                    return Err(GiveUp);
                }
                let scalar = self.plain_value(&plain, parent)?;
                self.scalar(scalar, 0)
            }
        }
    }

    /// A quoted scalar that is a value: nothing may follow it on its line.
    fn block_scalar(&mut self, scalar: Written, parent: i32) -> Read<u32> {
        if parent == OUTSIDE {
            return Err(GiveUp);
        }
        self.end_of_value()?;
        self.scalar(scalar, 0)
    }

    fn end_of_value(&mut self) -> Read<()> {
        if !self.line_ends()? {
            return Err(GiveUp);
        }
        self.next_line()
    }

    /// A map from the colon of its first key on.
    fn map(&mut self, first: Written, column: i32) -> Read<u32> {
        let start = first.range.start as usize;
        let mut open = self.open(start, Data::Map { first: NONE }, 0)?;
        self.key(&mut open, first)?;
        loop {
            self.at += 1;
            let value = self.value(column)?;
            self.link(&mut open, value);
            if self.column != column {
                break;
            }
            let key = self.written_key(OUTSIDE, false)?;
            self.key(&mut open, key)?;
        }
        if self.column > column {
            return Err(GiveUp);
        }
        self.close_map(&open, None)?;
        Ok(open.node)
    }

    /// The value behind the colon of a key at `column`.
    fn value(&mut self, column: i32) -> Read<u32> {
        let colon = self.at;
        if !self.line_ends()? {
            return self.inline_value(column);
        }
        self.next_line()?;
        if self.column > column {
            return self.block_node(column, self.column);
        }
        let is_dash = self.peek() == b'-' && self.is_gap(self.at + 1);
        if self.column == column && is_dash {
            return self.sequence(column);
        }
        self.missing(colon, 0)
    }

    /// A sequence whose dashes stand in `column`.
    fn sequence(&mut self, column: i32) -> Read<u32> {
        let mut open = self.open(self.at, Data::Seq { first: NONE }, 0)?;
        loop {
            self.at += 1;
            let item = if self.line_ends()? {
                self.next_line()?;
                if self.column <= column {
                    return Err(GiveUp);
                }
                self.block_node(column, self.column)?
            } else {
                let behind = self.column_here();
                self.block_node(column, behind)?
            };
            self.link(&mut open, item);
            let is_dash = self.peek() == b'-' && self.is_gap(self.at + 1);
            if self.column != column || !is_dash {
                break;
            }
        }
        if self.column > column {
            return Err(GiveUp);
        }
        self.close(&open, None);
        Ok(open.node)
    }
}
