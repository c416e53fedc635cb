//! The tree of one text: nodes in an arena that name each other by index, so that no depth and no
//! alias can exhaust the stack or copy anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lines;
use super::view::{Map, Scalar, Seq};
use crate::source::{FileId, Span, TextRange};

/// "No node", in links between nodes.
pub(super) const NONE: u32 = u32::MAX;

/// Everything one text holds.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(super) file: FileId,
    pub(super) text: Arc<str>,
    pub(super) nodes: Vec<NodeData>,
    /// Values that are not written in the text as they are.
    pub(super) owned: Vec<Box<str>>,
    /// Tags by node, ascending.
    pub(super) tags: Vec<(u32, TagData)>,
    /// The entries of maps that have merge keys, by node.
    pub(super) merged: BTreeMap<u32, Box<[(u32, u32)]>>,
    pub(super) documents: Vec<Document>,
    pub(super) comments: Vec<TextRange>,
    /// What was left out because it could not be read, ascending.
    pub(super) gaps: Vec<TextRange>,
}

/// Whether two trees of the same text are the same in all that one can see: the extent of a document
/// only counts where something in it could not be read.
impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        let documents = |tree: &Self| -> Vec<(u32, Option<TextRange>)> {
            let extent =
                |document: &Document| Some(document.range).filter(|_| !tree.gaps.is_empty());
            let all = tree.documents.iter();
            all.map(|it| (it.root, extent(it))).collect()
        };
        (
            &self.text,
            &self.nodes,
            &self.owned,
            &self.tags,
            &self.merged,
        ) == (
            &other.text,
            &other.nodes,
            &other.owned,
            &other.tags,
            &other.merged,
        ) && (&self.comments, &self.gaps, self.file) == (&other.comments, &other.gaps, other.file)
            && documents(self) == documents(other)
    }
}

/// A document's root and extent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Document {
    pub(super) root: u32,
    pub(super) range: TextRange,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NodeData {
    pub(super) range: TextRange,
    /// The next child of the same parent; in a map, keys and values take turns.
    pub(super) next: u32,
    pub(super) flags: u8,
    pub(super) data: Data,
}

/// Bits of [`NodeData::flags`].
pub(super) mod flag {
    /// A value that is not there: `key:`.
    pub(in super::super) const MISSING: u8 = 1;
    pub(in super::super) const TAGGED: u8 = 2;
    /// Stands inside brackets or braces.
    pub(in super::super) const IN_FLOW: u8 = 4;
    /// A collection written with brackets or braces.
    pub(in super::super) const FLOW: u8 = 8;
    /// A map whose entries are in [`super::Tree::merged`].
    pub(in super::super) const MERGED: u8 = 16;
    /// A key that its map has already.
    pub(in super::super) const DUPLICATE: u8 = 32;
    /// A merge key.
    pub(in super::super) const MERGE: u8 = 64;
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Data {
    Scalar { content: Content, style: Style },
    Map { first: u32 },
    Seq { first: u32 },
    Alias { target: u32 },
    Error,
}

/// Where a scalar's value stands: in the text, where it is written as it is, or else in
/// [`Tree::owned`]. Four bytes, of a node's twenty-four.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Content(u32);

impl Content {
    /// In the text, between the quotes if there are any.
    pub(super) const WRITTEN: Self = Self(NONE);

    pub(super) fn of(self, tree: &Tree, range: TextRange, style: Style) -> &str {
        match self {
            Self::WRITTEN => tree.text.get(style.inside(range)).unwrap_or_default(),
            Self(index) => &tree.owned[index as usize],
        }
    }
}

impl Style {
    /// What is written in `range`, without quotes.
    pub(super) fn inside(self, range: TextRange) -> std::ops::Range<usize> {
        let (start, end) = (range.start as usize, range.end as usize);
        match self {
            Self::SingleQuoted | Self::DoubleQuoted => start + 1..end.saturating_sub(1),
            Self::Plain | Self::Literal | Self::Folded => start..end,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct TagData {
    pub(super) name: Box<str>,
    pub(super) range: TextRange,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A comment: its extent with the `#`, and its text behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment<'t> {
    pub span: Span,
    pub text: &'t str,
}

/// A tag: `!!str`, `!name`, and where it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'t> {
    pub name: &'t str,
    pub span: Span,
}

impl Tree {
    pub(super) fn empty(file: FileId, text: Arc<str>) -> Self {
        Self {
            file,
            text,
            nodes: Vec::new(),
            owned: Vec::new(),
            tags: Vec::new(),
            merged: BTreeMap::new(),
            documents: Vec::new(),
            comments: Vec::new(),
            gaps: Vec::new(),
        }
    }

    pub fn file(&self) -> FileId {
        self.file
    }

    /// The text as it was given.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The documents that hold something, in order.
    pub fn documents(&self) -> impl Iterator<Item = Node<'_>> {
        self.all_documents().filter(|node| !node.is_missing())
    }

    /// All documents, the empty ones included.
    pub fn all_documents(&self) -> impl Iterator<Item = Node<'_>> {
        self.documents
            .iter()
            .map(|document| self.node(document.root))
    }

    /// All comments, in order.
    pub fn comments(&self) -> impl Iterator<Item = Comment<'_>> {
        self.comments.iter().map(|&range| Comment {
            span: self.span(range),
            text: self.text[range.as_usize()].trim_start_matches('#'),
        })
    }

    /// The scalars that go over several lines, in the order of the text: no comment can stand in
    /// one. A block scalar begins at the end of the line of its `|` or `>`.
    pub fn long_scalars(&self) -> Vec<Span> {
        let long = |node: &NodeData| {
            let Data::Scalar { style, .. } = node.data else {
                return None;
            };
            let mut range = node.range;
            if matches!(style, Style::Literal | Style::Folded) {
                let above = self.text.get(..range.start as usize)?;
                range.start = above.trim_end().len() as u32;
            }
            let text = self.text.get(range.as_usize())?;
            let is_long = text.trim_end().contains(['\n', '\r']);
            is_long.then(|| self.span(range))
        };
        let mut spans: Vec<Span> = self.nodes.iter().filter_map(long).collect();
        spans.sort_unstable();
        spans
    }

    /// What could not be read and is missing from the tree, or stands in it as an error.
    pub fn gaps(&self) -> impl Iterator<Item = Span> {
        self.gaps.iter().map(|&range| self.span(range))
    }

    /// Keeps a value that is not written in the text as it is.
    pub(super) fn own(&mut self, value: Box<str>) -> Content {
        self.owned.push(value);
        Content(self.owned.len() as u32 - 1)
    }

    pub(super) fn node(&self, id: u32) -> Node<'_> {
        Node { tree: self, id }
    }

    pub(super) fn span(&self, range: TextRange) -> Span {
        Span {
            file: self.file,
            range,
        }
    }
}

/// A node of a tree. Aliases are followed: two nodes may be the same value.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    pub(super) tree: &'t Tree,
    pub(super) id: u32,
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Node({}, {:?})", self.id, self.data())
    }
}

/// What a node is.
#[derive(Clone, Copy, Debug)]
pub enum Value<'t> {
    Scalar(Scalar<'t>),
    Map(Map<'t>),
    Seq(Seq<'t>),
    /// Something that could not be read; it has been reported.
    Error,
}

impl<'t> Node<'t> {
    pub(super) fn data(self) -> &'t NodeData {
        &self.tree.nodes[self.id as usize]
    }

    /// The node that an alias stands for, or itself. Aliases never lead to aliases.
    fn target(self) -> Self {
        match self.data().data {
            Data::Alias { target } => self.tree.node(target),
            _ => self,
        }
    }

    /// The extent of what is written here: quotes and brackets included, tag and anchor not, an
    /// alias as `*name`, a block collection from its first entry to the end of its last. A value
    /// that is missing has an empty span behind its key's colon.
    pub fn span(self) -> Span {
        self.tree.span(self.data().range)
    }

    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    pub fn value(self) -> Value<'t> {
        let node = self.target();
        match node.data().data {
            Data::Scalar { .. } => Value::Scalar(Scalar {
                written: node,
                node: self,
            }),
            Data::Map { .. } => Value::Map(Map { node }),
            Data::Seq { .. } => Value::Seq(Seq { node }),
            Data::Alias { .. } | Data::Error => Value::Error,
        }
    }

    pub fn as_scalar(self) -> Option<Scalar<'t>> {
        match self.value() {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    pub fn as_map(self) -> Option<Map<'t>> {
        match self.value() {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    pub fn as_seq(self) -> Option<Seq<'t>> {
        match self.value() {
            Value::Seq(seq) => Some(seq),
            _ => None,
        }
    }

    /// The text of a scalar, whatever it reads as.
    pub fn as_str(self) -> Option<&'t str> {
        self.as_scalar().map(Scalar::value)
    }

    pub fn is_error(self) -> bool {
        matches!(self.value(), Value::Error)
    }

    /// A value that is not there: `key:`, an empty document.
    pub fn is_missing(self) -> bool {
        self.target().has(flag::MISSING)
    }

    /// Whether this is written as `*name`.
    pub fn is_alias(self) -> bool {
        matches!(self.data().data, Data::Alias { .. })
    }

    /// Whether this stands inside brackets or braces.
    pub fn is_in_flow(self) -> bool {
        self.has(flag::IN_FLOW)
    }

    /// Whether this is a collection written with brackets or braces.
    pub fn is_flow_collection(self) -> bool {
        self.target().has(flag::FLOW)
    }

    pub fn tag(self) -> Option<Tag<'t>> {
        let node = self.target();
        if !node.has(flag::TAGGED) {
            return None;
        }
        let tags = &node.tree.tags;
        let found = tags.binary_search_by_key(&node.id, |(id, _)| *id).ok()?;
        let tag = &tags[found].1;
        Some(Tag {
            name: &tag.name,
            span: node.tree.span(tag.range),
        })
    }

    /// Whether something inside could not be read: what seems to be missing may be there.
    pub fn is_broken(self) -> bool {
        let gaps = &self.tree.gaps;
        if gaps.is_empty() {
            return false;
        }
        let range = self.tree.extent_with_gaps(self.target().id);
        let first = gaps.partition_point(|gap| gap.start < range.start);
        gaps.get(first).is_some_and(|gap| gap.start <= range.end)
    }

    pub(super) fn has(self, flag: u8) -> bool {
        self.data().flags & flag != 0
    }
}

impl Tree {
    /// A node's extent and the gaps that follow it in its own columns: a last entry that was left
    /// out lies behind the extent of its map.
    fn extent_with_gaps(&self, id: u32) -> TextRange {
        let mut range = self.nodes[id as usize].range;
        if let Some(document) = self.documents.iter().find(|document| document.root == id) {
            return document.range;
        }
        let column = lines::column(&self.text, range.start);
        for gap in &self.gaps {
            let Some(between) = self
                .text
                .get(range.end as usize..(gap.start as usize).max(range.end as usize))
            else {
                continue;
            };
            let blank = between
                .lines()
                .all(|line| line.trim_start().is_empty() || line.trim_start().starts_with('#'));
            if gap.start >= range.end && blank && lines::column(&self.text, gap.start) >= column {
                range.end = gap.end;
            }
        }
        range
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_small() {
        assert_eq!(size_of::<NodeData>(), 24);
    }
}
