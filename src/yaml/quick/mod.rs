//! YAML as people write it, read in one pass: the text goes in, the same tree comes out that the
//! parser's events give, in a tenth of the time.
//!
//! It knows block and flow collections, plain, quoted and block scalars, comments, anchors, aliases,
//! merge keys and documents behind `---`. Whatever else it meets, and whatever may be wrong, makes
//! it give up on the whole file without a word: `recover` then reads it from the start and finds
//! the words. So nothing here reports an error, and nothing here may guess: where the two could
//! differ, this one gives up. Tests hold the two against each other.

mod anchor;
mod block;
mod flow;
mod literal;
mod nodes;
mod quoted;
mod scalar;
mod space;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::anchor::Anchor;
use super::Parsed;
use super::limits::{MAX_DOCUMENTS, MAX_NODES};
use super::tree::Tree;
use crate::diagnostic::Kept;
use crate::source::FileId;

/// The text is none of what is read here, or something may be wrong with it.
#[derive(Debug)]
struct GiveUp;

type Read<T> = Result<T, GiveUp>;

/// Collections within collections. Far below the limit of trees, so that it cannot be reached
/// through aliases either: see [`anchor`].
const MAX_DEPTH: u32 = 40;

/// Bytes of a text for whose nodes room is made at once.
const MAX_RESERVED: usize = 1 << 18;

/// The column of what is on no line: the text's end, or the line between two documents.
const OUTSIDE: i32 = -1;

/// Reads the text; none where it takes more than this to read it.
pub(super) fn read(file: FileId, text: &Arc<str>) -> Option<Parsed> {
    if !space::is_everyday(text.as_bytes()) || is_vast(text.as_bytes()) {
        return None;
    }
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        line: 0,
        column: OUTSIDE,
        tree: Tree::empty(file, Arc::clone(text)),
        diagnostics: Kept::default(),
        depth: 0,
        keys: Vec::new(),
        anchors: BTreeMap::new(),
        weight: 0,
        expanded: 0,
        level: 0,
    };
    // People write a value in ten bytes or more; a large text may be one value.
    reader.tree.nodes.reserve(text.len().min(MAX_RESERVED) / 10);
    reader.documents().ok()?;
    let Reader {
        tree, diagnostics, ..
    } = reader;
    let (mut diagnostics, rest) = diagnostics.into_parts();
    diagnostics.sort_by_key(|d| (d.span, d.code.id));
    Some(Parsed {
        tree,
        diagnostics,
        rest,
    })
}

/// Whether a text seems to hold more values than a tree may, which is only told when most of them
/// have been read: reading them twice would take long.
fn is_vast(bytes: &[u8]) -> bool {
    let sets_off = |byte: &u8| usize::from(matches!(byte, b',' | b':' | b'-'));
    bytes.len() > MAX_NODES && bytes.iter().map(sets_off).sum::<usize>() > MAX_NODES
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Where the line begins that `at` is on.
    line: usize,
    /// The column of the content that [`Reader::next_line`] has stopped at, or [`OUTSIDE`].
    column: i32,
    tree: Tree,
    diagnostics: Kept,
    depth: u32,
    /// What tells the keys of the open maps apart.
    keys: Vec<u64>,
    anchors: BTreeMap<&'t str, Anchor>,
    /// Nodes so far, aliases followed.
    weight: u64,
    /// Nodes that aliases and merges stand for.
    expanded: u64,
    /// How many anchored nodes the last aliases lead through, one inside of the other.
    level: u32,
}

impl Reader<'_> {
    fn documents(&mut self) -> Read<()> {
        self.first_line()?;
        while self.at < self.bytes.len() {
            if self.tree.documents.len() >= MAX_DOCUMENTS {
                return Err(GiveUp);
            }
            let start = self.at;
            if self.column == OUTSIDE {
                // The line between two documents; the text's end has been excluded.
                if !self.rest().starts_with(b"---") {
                    return Err(GiveUp);
                }
                self.at += 3;
                if !self.line_ends()? {
                    return Err(GiveUp);
                }
                self.next_line()?;
                if self.column == OUTSIDE {
                    let nothing = self.missing(start + 3, 0)?;
                    self.document(nothing, start);
                    continue;
                }
            }
            self.anchors.clear();
            let root = self.block_node(OUTSIDE, self.column)?;
            if self.column != OUTSIDE {
                return Err(GiveUp);
            }
            self.document(root, start);
        }
        Ok(())
    }

    /// How many bytes in front are on the same line.
    fn column_here(&self) -> i32 {
        i32::try_from(self.at - self.line).unwrap_or(i32::MAX)
    }

    /// The byte here, 0 at the end: the text holds none of its own.
    fn peek(&self) -> u8 {
        self.byte(self.at)
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Whether what stands behind an indicator sets it off: a blank, a line break or the end.
    fn is_gap(&self, at: usize) -> bool {
        matches!(self.byte(at), b' ' | b'\n' | b'\r' | 0)
    }
}
