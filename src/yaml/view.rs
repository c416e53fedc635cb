//! What a node is, as one looks at it: a scalar, a map or a sequence, with aliases followed, merges
//! applied and equal keys left out.

use super::schema::{self, Kind};
use super::text::Text;
use super::tree::{Content, Data, NONE, Node, Style, Tag, Tree, flag};
use crate::source::{Span, TextRange};

/// A scalar. It reads as [`Scalar::kind`] says; its text is there whatever it reads as.
#[derive(Clone, Copy, Debug)]
pub struct Scalar<'t> {
    /// Where it is written: behind an alias, the anchored node.
    pub(super) written: Node<'t>,
    /// Where it is used.
    pub(super) node: Node<'t>,
}

impl<'t> Scalar<'t> {
    /// The text, quotes and escapes removed, lines folded; empty where it is missing.
    pub fn value(self) -> &'t str {
        let node = self.written.data();
        match node.data {
            Data::Scalar { content, style } => content.of(self.written.tree, node.range, style),
            _ => "",
        }
    }

    pub fn style(self) -> Style {
        match self.written.data().data {
            Data::Scalar { style, .. } => style,
            _ => Style::Plain,
        }
    }

    /// What it is by the core schema: quoted and block scalars and `!!str` are strings.
    pub fn kind(self) -> Kind {
        schema::resolve(
            self.value(),
            self.style(),
            self.written.tag().map(|tag| tag.name),
            self.is_missing(),
        )
    }

    pub fn tag(self) -> Option<Tag<'t>> {
        self.written.tag()
    }

    /// Whether nothing is written: `key:`.
    pub fn is_missing(self) -> bool {
        self.written.has(flag::MISSING)
    }

    pub fn is_plain(self) -> bool {
        self.style() == Style::Plain
    }

    /// The node, where it is used.
    pub fn node(self) -> Node<'t> {
        self.node
    }

    /// The extent of what is written where it is used; see [`Node::span`].
    pub fn span(self) -> Span {
        self.node.span()
    }

    /// The scalar with what is needed to find places inside it, free of the tree. Behind an alias,
    /// places are those of the anchored text.
    pub fn to_text(self) -> Text {
        let (span, in_flow) = (self.written.span(), self.written.is_in_flow());
        match self.written.data().data {
            Data::Scalar {
                content: Content::WRITTEN,
                style,
            } => {
                let part = style.inside(span.range);
                let part = TextRange::new(part.start as u32, part.end as u32);
                Text::verbatim(&self.written.tree.text, part, span, style, in_flow)
            }
            _ => Text::new(self.value(), span, self.style(), in_flow),
        }
    }
}

/// A key with its value. Behind a merge or an alias, both stand where they are written.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'t> {
    pub key: Node<'t>,
    pub value: Node<'t>,
}

impl<'t> Entry<'t> {
    /// The key's text; none where the key is a collection or an error.
    pub fn name(&self) -> Option<&'t str> {
        self.key.as_str()
    }

    /// From the key to the end of the value, or of the alias that stands for it.
    pub fn span(&self) -> Span {
        self.key.span().cover(self.value.span())
    }
}

/// A map: merge keys are applied, and of equal keys only the first is there.
#[derive(Clone, Copy, Debug)]
pub struct Map<'t> {
    pub(super) node: Node<'t>,
}

impl<'t> Map<'t> {
    /// The entries in order; those of a merge stand where its `<<` does.
    pub fn entries(self) -> Entries<'t> {
        let tree = self.node.tree;
        let source = if self.node.has(flag::MERGED)
            && let Some(entries) = tree.merged.get(&self.node.id)
        {
            EntrySource::Merged(entries)
        } else if let Data::Map { first } = self.node.data().data {
            EntrySource::Links(first)
        } else {
            EntrySource::Links(NONE)
        };
        Entries { tree, source }
    }

    /// The entry whose key is this text.
    pub fn get(self, key: &str) -> Option<Entry<'t>> {
        self.entries().find(|entry| entry.name() == Some(key))
    }

    pub fn is_empty(self) -> bool {
        self.entries().next().is_none()
    }

    pub fn len(self) -> usize {
        self.entries().count()
    }

    pub fn node(self) -> Node<'t> {
        self.node
    }

    pub fn span(self) -> Span {
        self.node.span()
    }
}

/// The entries of a [`Map`].
#[derive(Clone, Debug)]
pub struct Entries<'t> {
    tree: &'t Tree,
    source: EntrySource<'t>,
}

#[derive(Clone, Debug)]
enum EntrySource<'t> {
    Links(u32),
    Merged(&'t [(u32, u32)]),
}

impl<'t> Iterator for Entries<'t> {
    type Item = Entry<'t>;

    fn next(&mut self) -> Option<Entry<'t>> {
        loop {
            let (key, value) = match &mut self.source {
                EntrySource::Merged(rest) => {
                    let (&pair, tail) = rest.split_first()?;
                    *rest = tail;
                    pair
                }
                EntrySource::Links(next) => {
                    let key = *next;
                    let value = self.tree.nodes.get(key as usize)?.next;
                    *next = self.tree.nodes.get(value as usize)?.next;
                    (key, value)
                }
            };
            let key = self.tree.node(key);
            if !key.has(flag::DUPLICATE) {
                let value = self.tree.node(value);
                return Some(Entry { key, value });
            }
        }
    }
}

/// A sequence.
#[derive(Clone, Copy, Debug)]
pub struct Seq<'t> {
    pub(super) node: Node<'t>,
}

impl<'t> Seq<'t> {
    pub fn items(self) -> Items<'t> {
        let next = match self.node.data().data {
            Data::Seq { first } => first,
            _ => NONE,
        };
        Items {
            tree: self.node.tree,
            next,
        }
    }

    pub fn is_empty(self) -> bool {
        self.items().next().is_none()
    }

    pub fn len(self) -> usize {
        self.items().count()
    }

    pub fn node(self) -> Node<'t> {
        self.node
    }

    pub fn span(self) -> Span {
        self.node.span()
    }
}

/// The items of a [`Seq`].
#[derive(Clone, Debug)]
pub struct Items<'t> {
    tree: &'t Tree,
    next: u32,
}

impl<'t> Iterator for Items<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        let id = self.next;
        self.next = self.tree.nodes.get(id as usize)?.next;
        Some(self.tree.node(id))
    }
}
