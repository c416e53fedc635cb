//! Nodes, as they are added to the tree: in the order of the text, each linked to the one before
//! it in its collection.

use super::scalar::Written;
use super::{GiveUp, MAX_DEPTH, Read, Reader};
use crate::source::TextRange;
use crate::yaml::ambiguous;
use crate::yaml::limits::MAX_NODES;
use crate::yaml::tree::{Content, Data, Document, NONE, NodeData, Style, flag};

/// A collection whose entries are being read.
pub(super) struct Open {
    pub(super) node: u32,
    last: u32,
    is_flow: bool,
    /// Where its keys begin in [`Reader::keys`].
    keys: usize,
}

impl Reader<'_> {
    /// Adds a node that is linked to nothing yet.
    pub(super) fn push(&mut self, range: TextRange, flags: u8, data: Data) -> Read<u32> {
        let id = self.tree.nodes.len();
        if id + 1 >= MAX_NODES {
            return Err(GiveUp);
        }
        self.weight += 1;
        self.tree.nodes.push(NodeData {
            range,
            next: NONE,
            flags,
            data,
        });
        Ok(id as u32)
    }

    /// Adds a collection, whose entries follow.
    pub(super) fn open(&mut self, start: usize, data: Data, flags: u8) -> Read<Open> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(GiveUp);
        }
        let node = self.push(TextRange::at(start as u32), flags, data)?;
        Ok(Open {
            node,
            last: NONE,
            is_flow: flags & flag::FLOW != 0,
            keys: self.keys.len(),
        })
    }

    /// Makes a node the next of a collection.
    pub(super) fn link(&mut self, open: &mut Open, id: u32) {
        if open.last == NONE {
            if let Data::Map { first } | Data::Seq { first } =
                &mut self.tree.nodes[open.node as usize].data
            {
                *first = id;
            }
        } else {
            self.tree.nodes[open.last as usize].next = id;
        }
        open.last = id;
    }

    /// Ends a collection: a block collection where its last entry does.
    pub(super) fn close(&mut self, open: &Open, end: Option<usize>) {
        self.depth -= 1;
        let end = match end {
            Some(end) => end as u32,
            None => self.tree.nodes[open.last as usize].range.end,
        };
        self.tree.nodes[open.node as usize].range.end = end;
    }

    /// Ends a map: its keys are compared, and what it merges comes in.
    pub(super) fn close_map(&mut self, open: &Open, end: Option<usize>) -> Read<()> {
        self.close(open, end);
        self.check_keys(open.keys)?;
        self.keys.truncate(open.keys);
        if self.tree.nodes[open.node as usize].flags & flag::MERGED != 0 {
            self.merge(open.node)?;
        }
        Ok(())
    }

    /// Adds a scalar that is a key.
    pub(super) fn key(&mut self, open: &mut Open, key: Written) -> Read<()> {
        let value = self.value_of(&key);
        let is_merge = key.style == Style::Plain && value == "<<";
        let print = fingerprint(value.as_bytes());
        self.keys.push(print);
        let mut flags = if open.is_flow { flag::IN_FLOW } else { 0 };
        if is_merge {
            flags |= flag::MERGE;
            // Until the map is complete, a note that there is something to merge.
            self.tree.nodes[open.node as usize].flags |= flag::MERGED;
        }
        let id = self.push(key.range, flags, key.data())?;
        self.link(open, id);
        Ok(())
    }

    /// Adds a scalar that is a value.
    pub(super) fn scalar(&mut self, scalar: Written, flags: u8) -> Read<u32> {
        if scalar.style == Style::Plain
            && ambiguous::may_be(self.bytes[scalar.range.start as usize])
        {
            let span = self.tree.span(scalar.range);
            let value = scalar.content.of(&self.tree, scalar.range, scalar.style);
            ambiguous::report(value, span, &mut self.diagnostics);
            if self.diagnostics.is_full() {
                return Err(GiveUp);
            }
        }
        self.push(scalar.range, flags, scalar.data())
    }

    /// Adds the value that a key does not have, right behind its colon.
    pub(super) fn missing(&mut self, at: usize, flags: u8) -> Read<u32> {
        let range = TextRange::at(at as u32);
        let data = Data::Scalar {
            content: Content::WRITTEN,
            style: Style::Plain,
        };
        self.push(range, flags | flag::MISSING, data)
    }

    pub(super) fn document(&mut self, root: u32, start: usize) {
        let range = self.tree.nodes[root as usize].range;
        self.tree.documents.push(Document {
            root,
            range: TextRange::new(start as u32, range.end),
        });
    }

    fn value_of(&self, scalar: &Written) -> &str {
        let Written {
            range,
            content,
            style,
        } = *scalar;
        content.of(&self.tree, range, style)
    }

    /// Gives up on two keys that may be the same.
    fn check_keys(&self, from: usize) -> Read<()> {
        let keys = &self.keys[from..];
        let differ = if keys.len() <= FEW {
            (1..keys.len()).all(|at| !keys[..at].contains(&keys[at]))
        } else {
            let mut sorted = keys.to_vec();
            sorted.sort_unstable();
            sorted.windows(2).all(|pair| pair[0] != pair[1])
        };
        if differ { Ok(()) } else { Err(GiveUp) }
    }
}

/// Up to this many keys, comparing each with each is the quickest.
const FEW: usize = 16;

/// What equal keys have in common, and different ones hardly ever.
fn fingerprint(key: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut print = key.len() as u64;
    let mut words = key.chunks_exact(8);
    for word in &mut words {
        let word = word.try_into().map_or(0, u64::from_le_bytes);
        print = (print.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    }
    let tail = words.remainder().iter();
    let tail = tail.fold(0, |word, byte| word << 8 | u64::from(*byte));
    (print.rotate_left(23) ^ tail).wrapping_mul(FACTOR)
}
