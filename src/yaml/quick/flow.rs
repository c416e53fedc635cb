//! Flow collections, on one line or several. What stands on a further line must be indented
//! further than the block that the collection is in.

use super::scalar::Written;
use super::{GiveUp, Read, Reader};
use crate::yaml::tree::{Content, Data, NONE, Style, flag};

impl Reader<'_> {
    /// The collection of the bracket or brace here.
    pub(super) fn flow(&mut self, parent: i32, flags: u8) -> Read<u32> {
        let start = self.at;
        let is_map = self.peek() == b'{';
        let data = if is_map {
            Data::Map { first: NONE }
        } else {
            Data::Seq { first: NONE }
        };
        let closing = if is_map { b'}' } else { b']' };
        let mut open = self.open(start, data, flags | flag::FLOW)?;
        self.at += 1;
        loop {
            self.flow_gap(parent)?;
            if self.peek() == closing {
                break;
            }
            if is_map {
                let key = self.written_key(parent, true)?;
                self.key(&mut open, key)?;
                self.at += 1;
                let colon = self.at;
                self.flow_gap(parent)?;
                let value = match self.peek() {
                    b',' | b'}' => self.missing(colon, flag::IN_FLOW)?,
                    _ => self.flow_value(parent)?,
                };
                self.link(&mut open, value);
            } else {
                let item = self.flow_value(parent)?;
                self.link(&mut open, item);
            }
            self.flow_gap(parent)?;
            match self.peek() {
                b',' => self.at += 1,
                byte if byte == closing => break,
                _ => return Err(GiveUp),
            }
        }
        self.at += 1;
        if is_map {
            self.close_map(&open, Some(self.at))?;
        } else {
            self.close(&open, Some(self.at));
        }
        Ok(open.node)
    }

    fn flow_value(&mut self, parent: i32) -> Read<u32> {
        match self.peek() {
            b'[' | b'{' => self.flow(parent, flag::IN_FLOW),
            b'"' | b'\'' => {
                let (scalar, _) = self.quoted(parent)?;
                self.scalar(scalar, flag::IN_FLOW)
            }
            b'*' => self.alias(flag::IN_FLOW),
            b'&' => {
                let name = self.anchor_name()?;
                self.flow_gap(parent)?;
                self.anchored(name, |reader| match reader.peek() {
                    b'&' | b'*' => Err(GiveUp),
                    _ => reader.flow_value(parent),
                })
            }
            _ => {
                let plain = self.plain(true)?;
                if plain.is_key {
                    return Err(GiveUp);
                }
                let scalar = Written {
                    range: plain.range,
                    content: Content::WRITTEN,
                    style: Style::Plain,
                };
                self.scalar(scalar, flag::IN_FLOW)
            }
        }
    }

    /// From one part of a collection to the next, over lines and comments.
    fn flow_gap(&mut self, parent: i32) -> Read<()> {
        if self.line_ends()? {
            self.next_line()?;
            // At the text's end, and at a line between documents, the column is outside.
            if self.column <= parent || self.column < 0 {
                return Err(GiveUp);
            }
        }
        Ok(())
    }
}
