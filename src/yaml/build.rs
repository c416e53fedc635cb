//! The parser's events to a tree, in one pass.
//!
//! It stops at the first syntax error and says what was open there; `recover` decides what to do.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, StructureStyle};

use super::alias::Anchor;
use super::ambiguous;
use super::limits::{MAX_DEPTH, MAX_DOCUMENTS, MAX_EXPANDED, MAX_NODES};
use super::lines;
use super::merge;
use super::schema::Kind;
use super::tree::{Content, Data, Document, NONE, NodeData, Style, TagData, Tree, flag};
use crate::diagnostic::{Diagnostic, Kept, codes};
use crate::source::{FileId, TextRange};

/// Where reading stopped, and inside of what.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) reason: Reason,
    pub(super) offset: u32,
    /// The end of the last thing that was read.
    pub(super) last_end: u32,
    /// A bracket or quote behind `last_end` that the failure is inside of.
    pub(super) inside: Option<u32>,
    /// What was open, from the outside in.
    pub(super) open: Vec<Open>,
}

#[derive(Debug)]
pub(super) enum Reason {
    Syntax(ErrorKind),
    /// Deeper than [`MAX_DEPTH`].
    Depth,
    /// More than [`MAX_NODES`].
    Nodes,
    /// More than [`MAX_DOCUMENTS`].
    Documents,
}

/// A collection that was open when reading stopped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) is_map: bool,
    pub(super) is_flow: bool,
    /// The first byte of a flow collection's bracket, of a block collection's first entry.
    pub(super) start: u32,
    /// The last key of a map.
    pub(super) key: Option<TextRange>,
    /// The last item of a sequence, or the value of the last key; none where it is still to come.
    pub(super) value: Option<TextRange>,
}

/// Builds the tree of `buffer`, which is `text` with the unreadable ranges of `holes` replaced by
/// one plain scalar each: these become error nodes.
pub(super) fn build(
    file: FileId,
    text: &Arc<str>,
    buffer: &str,
    holes: &[TextRange],
    diagnostics: &mut Kept,
) -> Result<Tree, Failure> {
    let mut options = Options::default();
    options.strict_indentation = true;
    options.emit_unresolved_aliases = true;
    options.emit_anchor_events = true;
    // A key followed by this many comments is no error; memory is bounded by the file's size.
    options.max_buffered_comment_events = usize::MAX;
    options.flow_nesting_limit = MAX_DEPTH as usize;
    options.block_nesting_limit = MAX_DEPTH as usize;
    let mut builder = Builder {
        tree: Tree::empty(file, Arc::clone(text)),
        buffer,
        holes,
        diagnostics,
        stack: Vec::new(),
        anchors: HashMap::new(),
        anchor_names: Vec::new(),
        document_start: 0,
        last_end: 0,
        expanded: 0,
        is_over: false,
    };
    for event in Parser::new_from_str_with_options(buffer, options) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let offset = error.marker().byte_offset().unwrap_or(text.len());
                let offset = on_character(text, offset);
                let reason = match error.kind() {
                    ErrorKind::RecursionLimitExceeded => Reason::Depth,
                    kind => Reason::Syntax(kind.clone()),
                };
                return Err(builder.failure(reason, offset));
            }
        };
        let range = span.byte_range().unwrap_or(0..0);
        let range = TextRange::new(
            on_character(text, range.start),
            on_character(text, range.end),
        );
        let tag_range = span
            .tag_span()
            .and_then(|span| span.byte_range())
            .map(|range| TextRange::new(range.start as u32, range.end as u32));
        builder.event(event, range, tag_range)?;
    }
    let mut tree = builder.tree;
    if !tree.comments.is_sorted() {
        tree.comments.sort_unstable();
    }
    Ok(tree)
}

/// The start of the character that an offset lies in: the parser counts a byte order mark inside
/// of a block scalar wrongly.
fn on_character(text: &str, mut offset: usize) -> u32 {
    offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset as u32
}

pub(super) struct Builder<'b> {
    pub(super) tree: Tree,
    pub(super) buffer: &'b str,
    pub(super) holes: &'b [TextRange],
    pub(super) diagnostics: &'b mut Kept,
    pub(super) stack: Vec<Frame>,
    /// Anchored nodes by the parser's ids: looked up only.
    pub(super) anchors: HashMap<usize, Anchor>,
    pub(super) anchor_names: Vec<Box<str>>,
    pub(super) document_start: u32,
    pub(super) last_end: u32,
    /// Nodes that aliases and merges stand for so far.
    pub(super) expanded: u64,
    /// Whether aliases stood for too much: told once.
    pub(super) is_over: bool,
}

/// An open collection.
pub(super) struct Frame {
    pub(super) node: u32,
    pub(super) anchor: usize,
    pub(super) last: u32,
    /// The last key of a map.
    pub(super) key: u32,
    pub(super) count: u32,
    pub(super) is_map: bool,
    pub(super) is_flow: bool,
    pub(super) has_merge: bool,
    /// Nodes inside, aliases followed.
    pub(super) weight: u64,
    /// Levels inside, aliases followed.
    pub(super) height: u32,
}

impl Frame {
    fn expects_key(&self) -> bool {
        self.is_map && self.count.is_multiple_of(2)
    }
}

impl Builder<'_> {
    fn failure(&self, reason: Reason, offset: u32) -> Failure {
        let open = self
            .stack
            .iter()
            .map(|frame| {
                let range = |id: u32| self.tree.nodes.get(id as usize).map(|node| node.range);
                let is_pending = frame.is_map && !frame.expects_key();
                Open {
                    is_map: frame.is_map,
                    is_flow: frame.is_flow,
                    start: self.tree.nodes[frame.node as usize].range.start,
                    key: range(frame.key),
                    value: range(frame.last).filter(|_| !is_pending),
                }
            })
            .collect();
        Failure {
            reason,
            offset: offset.min(self.buffer.len() as u32),
            last_end: self.last_end,
            inside: None,
            open,
        }
    }

    fn event(
        &mut self,
        event: Event<'_>,
        range: TextRange,
        tag_range: Option<TextRange>,
    ) -> Result<(), Failure> {
        if self.tree.nodes.len() >= MAX_NODES {
            return Err(self.failure(Reason::Nodes, range.start));
        }
        match event {
            Event::DocumentStart(..) if self.tree.documents.len() >= MAX_DOCUMENTS => {
                return Err(self.failure(Reason::Documents, range.start));
            }
            Event::DocumentStart(..) => self.document_start = self.last_end,
            Event::DocumentEnd => {
                if let Some(document) = self.tree.documents.last_mut() {
                    document.range.end = range.end.max(document.range.end);
                }
            }
            Event::Comment(..) => {
                self.tree.comments.push(range);
                return Ok(());
            }
            Event::Anchor(_, name) => self.anchor_names.push(name.into()),
            Event::Alias(id) => self.alias(id, range),
            Event::UnresolvedAlias(name) => self.unknown_alias(&name, range),
            Event::Scalar(value, style, anchor, tag) => {
                self.scalar(value, style, anchor, range, tag.is_some());
                if let Some(tag) = tag {
                    self.tag(&tag, tag_range.unwrap_or(TextRange::at(range.start)));
                    self.check_tag(range);
                }
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.open(false, style, anchor, range)?;
                if let Some(tag) = tag {
                    self.tag(&tag, tag_range.unwrap_or(TextRange::at(range.start)));
                }
            }
            Event::MappingStart(style, anchor, tag) => {
                self.open(true, style, anchor, range)?;
                if let Some(tag) = tag {
                    self.tag(&tag, tag_range.unwrap_or(TextRange::at(range.start)));
                }
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range),
            // The stream's ends, and whatever a later parser may add.
            _ => {}
        }
        if !range.is_empty() {
            self.last_end = self.last_end.max(range.end);
        }
        Ok(())
    }

    /// Adds a node as the next child of what is open.
    pub(super) fn push(&mut self, range: TextRange, data: Data, flags: u8) -> u32 {
        let id = self.tree.nodes.len() as u32;
        let mut flags = flags;
        if let Some(parent) = self.stack.last_mut() {
            if parent.is_flow {
                flags |= flag::IN_FLOW;
            }
            if parent.last == NONE {
                let parent = &mut self.tree.nodes[parent.node as usize];
                match &mut parent.data {
                    Data::Map { first } | Data::Seq { first } => *first = id,
                    _ => {}
                }
            } else {
                self.tree.nodes[parent.last as usize].next = id;
            }
            if parent.expects_key() {
                parent.key = id;
            }
            parent.last = id;
            parent.count += 1;
            parent.weight += 1;
        } else {
            self.tree.documents.push(Document {
                root: id,
                range: TextRange::new(self.document_start, range.end),
            });
        }
        self.tree.nodes.push(NodeData {
            range,
            next: NONE,
            flags,
            data,
        });
        id
    }

    fn expects_key(&self) -> bool {
        self.stack.last().is_some_and(Frame::expects_key)
    }

    fn scalar(
        &mut self,
        value: Cow<'_, str>,
        style: ScalarStyle,
        anchor: usize,
        mut range: TextRange,
        tagged: bool,
    ) {
        let is_key = self.expects_key();
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        if style == Style::Plain
            && let Ok(hole) = self
                .holes
                .binary_search_by_key(&range.start, |hole| hole.start)
        {
            self.push(self.holes[hole], Data::Error, 0);
            return;
        }
        let mut flags = 0;
        let is_missing = style == Style::Plain && range.is_empty();
        if style == Style::Plain && !tagged && !is_missing {
            if !is_key {
                ambiguous::report(&value, self.tree.span(range), self.diagnostics);
            } else if value == "<<" {
                flags |= flag::MERGE;
                if let Some(frame) = self.stack.last_mut() {
                    frame.has_merge = true;
                }
            }
        }
        let content = if is_missing {
            flags |= flag::MISSING;
            range = TextRange::at(self.place_of_missing(range.start));
            Content::WRITTEN
        } else {
            self.content(value, range, style)
        };
        if matches!(style, Style::Literal | Style::Folded) {
            let written = &self.buffer[range.as_usize()];
            range.end =
                range.start + written.trim_end_matches([' ', '\t', '\n', '\r']).len() as u32;
        }
        let id = self.push(range, Data::Scalar { content, style }, flags);
        self.anchored(anchor, id, 1, 0, true);
    }

    /// A value that is not there has its place right behind the colon of its key.
    fn place_of_missing(&self, at: u32) -> u32 {
        let Some(frame) = self.stack.last().filter(|f| f.is_map && !f.expects_key()) else {
            return at;
        };
        let key_end = self.tree.nodes[frame.last as usize].range.end;
        let behind = &self.buffer[key_end as usize..];
        let blanks = behind.len() - behind.trim_start_matches([' ', '\t']).len();
        if behind[blanks..].starts_with(':') {
            key_end + blanks as u32 + 1
        } else {
            at
        }
    }

    /// Where the value is kept: nowhere, if the text holds it as it is.
    fn content(&mut self, value: Cow<'_, str>, range: TextRange, style: Style) -> Content {
        let is_block = matches!(style, Style::Literal | Style::Folded);
        if !is_block && self.tree.text.get(style.inside(range)) == Some(&*value) {
            return Content::WRITTEN;
        }
        self.tree.own(value.into())
    }

    fn tag(&mut self, tag: &granit_parser::Tag, range: TextRange) {
        // The node is the last one: a collection has no children yet.
        let id = self.tree.nodes.len() as u32 - 1;
        let name = match tag.core_suffix() {
            Some(suffix) => format!("!!{suffix}"),
            // A directive may give `!!` another meaning.
            None if tag.original_handle() == "!!" && tag.handle() != "tag:yaml.org,2002:" => {
                format!("!<{}{}>", tag.handle(), tag.suffix())
            }
            None => tag.original(),
        };
        self.tree.nodes[id as usize].flags |= flag::TAGGED;
        self.tree.tags.push((
            id,
            TagData {
                name: name.into(),
                range,
            },
        ));
    }

    /// A tag of the core schema that asks for what the scalar is not.
    fn check_tag(&mut self, range: TextRange) {
        let node = self.tree.node(self.tree.nodes.len() as u32 - 1);
        let Some((scalar, tag)) = node.as_scalar().zip(node.tag()) else {
            return;
        };
        if scalar.kind() == Kind::Mismatch {
            let span = self.tree.span(range);
            self.diagnostics.push_with(&codes::INVALID_YAML, span, || {
                let message = format!("this value is not a valid `{}`", tag.name);
                Diagnostic::new(&codes::INVALID_YAML, span, message)
                    .label(tag.span, "the tag asks for it")
            });
        }
    }

    fn open(
        &mut self,
        is_map: bool,
        style: StructureStyle,
        anchor: usize,
        mut range: TextRange,
    ) -> Result<(), Failure> {
        if self.stack.len() as u32 >= MAX_DEPTH {
            return Err(self.failure(Reason::Depth, range.start));
        }
        let is_flow = style == StructureStyle::Flow;
        if !is_flow && !is_map {
            range.start = self.dash_before(range.start);
            range.end = range.start;
        }
        let data = if is_map {
            Data::Map { first: NONE }
        } else {
            Data::Seq { first: NONE }
        };
        let id = self.push(range, data, if is_flow { flag::FLOW } else { 0 });
        self.anchored(anchor, id, 0, 0, false);
        self.stack.push(Frame {
            node: id,
            anchor,
            last: NONE,
            key: NONE,
            count: 0,
            is_map,
            is_flow,
            has_merge: false,
            weight: 1,
            height: 1,
        });
        Ok(())
    }

    /// Where a block sequence starts: the parser places one that is indented no further than its
    /// key behind its first dash.
    fn dash_before(&self, at: u32) -> u32 {
        let Some(parent) = self.stack.last().filter(|f| f.is_map && !f.is_flow) else {
            return at;
        };
        let Some(key) = self.tree.nodes.get(parent.key as usize) else {
            return at;
        };
        let dash = lines::first_on_line(self.buffer, at);
        let is_dash = self.buffer[dash as usize..].starts_with('-');
        let column = lines::column(self.buffer, key.range.start);
        if is_dash && dash < at && lines::column(self.buffer, dash) == column {
            dash
        } else {
            at
        }
    }

    fn close(&mut self, range: TextRange) {
        let Some(frame) = self.stack.pop() else {
            return;
        };
        let end = if frame.is_flow {
            range.end
        } else {
            self.tree
                .nodes
                .get(frame.last as usize)
                .map_or(range.start, |last| last.range.end)
        };
        let node = &mut self.tree.nodes[frame.node as usize];
        node.range.end = end.max(node.range.start);
        if frame.is_map {
            merge::find_duplicates(&mut self.tree, frame.node, self.diagnostics);
            if frame.has_merge {
                let left = MAX_EXPANDED.saturating_sub(self.expanded);
                self.expanded += merge::apply(&mut self.tree, frame.node, left, self.diagnostics);
            }
        }
        self.anchored(frame.anchor, frame.node, frame.weight, frame.height, true);
        if let Some(parent) = self.stack.last_mut() {
            // The node itself was counted when it was added.
            parent.weight = parent.weight.saturating_add(frame.weight - 1);
            parent.height = parent.height.max(frame.height + 1);
        } else if let Some(document) = self.tree.documents.last_mut() {
            document.range.end = document.range.end.max(end);
        }
    }
}
