//! Anchors, aliases and merge keys. What aliases stand for is counted as if it were written out;
//! long before that could be too much, or too deep, the reader gives up.

use super::{GiveUp, Read, Reader};
use crate::source::TextRange;
use crate::yaml::merge;
use crate::yaml::tree::Data;

/// An anchored node that is complete.
#[derive(Clone, Copy)]
pub(super) struct Anchor {
    node: u32,
    weight: u64,
    level: u32,
}

/// Nodes that aliases and merges may stand for here.
const MAX_EXPANDED: u64 = 100_000;

/// Aliases that lead to aliases, one inside of the other. With what may be open, three times
/// [`super::MAX_DEPTH`] is the deepest.
const MAX_LEVEL: u32 = 1;

impl<'t> Reader<'t> {
    /// The name behind a `&` or `*`, which something must set off.
    pub(super) fn anchor_name(&mut self) -> Read<&'t str> {
        let start = self.at + 1;
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        self.at = start;
        while is_word(self.peek()) {
            self.at += 1;
        }
        let is_set_off = self.is_gap(self.at) || matches!(self.peek(), b',' | b']' | b'}');
        if start == self.at || !is_set_off {
            return Err(GiveUp);
        }
        Ok(&self.text[start..self.at])
    }

    /// Reads a node and gives it a name.
    pub(super) fn anchored(
        &mut self,
        name: &'t str,
        node: impl FnOnce(&mut Self) -> Read<u32>,
    ) -> Read<u32> {
        // While it is read, it has no name: an alias inside of it would never end.
        self.anchors.remove(name);
        let before = self.weight;
        let level = std::mem::take(&mut self.level);
        let node = node(self)?;
        let anchor = Anchor {
            node,
            weight: self.weight - before,
            level: self.level,
        };
        self.level = self.level.max(level);
        self.anchors.insert(name, anchor);
        Ok(node)
    }

    /// The alias here.
    pub(super) fn alias(&mut self, flags: u8) -> Read<u32> {
        let start = self.at;
        let name = self.anchor_name()?;
        let anchor = *self.anchors.get(name).ok_or(GiveUp)?;
        self.level = self.level.max(anchor.level + 1);
        self.expanded += anchor.weight;
        if anchor.level > MAX_LEVEL || self.expanded > MAX_EXPANDED {
            return Err(GiveUp);
        }
        self.weight += anchor.weight;
        let range = TextRange::new(start as u32, self.at as u32);
        let target = anchor.node;
        self.push(range, flags, Data::Alias { target })
    }

    /// Applies the merge keys of a map that is complete.
    pub(super) fn merge(&mut self, map: u32) -> Read<()> {
        let left = MAX_EXPANDED - self.expanded;
        let known = self.diagnostics.len();
        self.expanded += merge::apply(&mut self.tree, map, left, &mut self.diagnostics);
        if self.diagnostics.len() == known {
            Ok(())
        } else {
            Err(GiveUp)
        }
    }
}
