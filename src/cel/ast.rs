//! The syntax tree of one expression, as written: macros stay calls, parentheses leave no node.
//!
//! Nodes live in one arena and name each other by id. Every node knows its full extent, every
//! name its own, both as byte offsets into the expression's text, which the tree shares with
//! whoever has it: a workspace holds tens of thousands of trees as long as it is looked at.

use std::num::NonZeroU32;
use std::sync::Arc;

use crate::source::TextRange;

/// A node of an [`Ast`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExprId(NonZeroU32);

impl ExprId {
    pub(super) const fn new(index: u32) -> Self {
        // One more than its index: where there may be none, it takes no more room.
        Self(NonZeroU32::MIN.saturating_add(index))
    }

    /// Its place among the nodes of its tree.
    pub const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// One parsed expression. Parsing never fails: what could not be read is an [`Kind::Error`] node.
#[derive(Clone, Debug)]
pub struct Ast {
    /// The text that the expression stands in, and where in it.
    pub(super) text: Arc<str>,
    pub(super) start: u32,
    pub(super) nodes: Box<[Node]>,
    pub(super) root: ExprId,
}

impl Ast {
    pub fn root(&self) -> ExprId {
        self.root
    }

    pub fn node(&self, id: ExprId) -> &Node {
        &self.nodes[id.index()]
    }

    /// A name without back-ticks.
    pub fn name(&self, name: &Name) -> &str {
        let written = self.text.get(name.range.shift(self.start).as_usize());
        plain(written.unwrap_or_default())
    }

    pub fn kind(&self, id: ExprId) -> &Kind {
        &self.node(id).kind
    }

    pub fn range(&self, id: ExprId) -> TextRange {
        self.node(id).range
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Every node's id, children before their parents.
    pub fn ids(&self) -> impl Iterator<Item = ExprId> + use<> {
        (0..self.nodes.len() as u32).map(ExprId::new)
    }
}

/// A node and its full extent: parentheses around it excluded, both operands included.
#[derive(Clone, Debug)]
pub struct Node {
    pub kind: Kind,
    pub range: TextRange,
}

/// An identifier, by where it stands; [`Ast::name`] knows how it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub range: TextRange,
}

/// An identifier as it is written, without back-ticks.
pub(super) fn plain(written: &str) -> &str {
    match written.as_bytes() {
        [b'`', ..] => written.trim_matches('`'),
        _ => written,
    }
}

#[derive(Clone, Debug)]
pub enum Kind {
    /// Something that could not be read; it has been reported.
    Error,
    Literal(Literal),
    /// `name` or `.name`.
    Ident(Name),
    /// `operand.field`, or `operand.?field`.
    Select {
        operand: ExprId,
        field: Name,
        optional: bool,
    },
    /// `operand[index]`, or `operand[?index]`.
    Index {
        operand: ExprId,
        index: ExprId,
        optional: bool,
    },
    /// `function(args)`, or `target.function(args)`. Macros (`has`, `exists`, …) are calls too.
    Call {
        target: Option<ExprId>,
        function: Name,
        args: Box<[ExprId]>,
    },
    Unary {
        op: UnaryOp,
        op_range: TextRange,
        operand: ExprId,
    },
    Binary {
        op: BinaryOp,
        op_range: TextRange,
        left: ExprId,
        right: ExprId,
    },
    /// `condition ? then : otherwise`.
    Conditional {
        condition: ExprId,
        then: ExprId,
        otherwise: ExprId,
    },
    List(Box<[ListItem]>),
    Map(Box<[MapEntry]>),
    /// `pkg.Type{field: value}`: read so that the error can name it; no part of the language.
    Message {
        name: Name,
        fields: Box<[(Name, ExprId)]>,
    },
}

impl Kind {
    /// Calls `see` with the nodes right below, in the order of the text.
    pub fn for_each_child(&self, mut see: impl FnMut(ExprId)) {
        match self {
            Self::Error | Self::Literal(_) | Self::Ident(_) => {}
            Self::Select { operand, .. } | Self::Unary { operand, .. } => see(*operand),
            Self::Index { operand, index, .. } => [*operand, *index].into_iter().for_each(see),
            Self::Call { target, args, .. } => {
                target.iter().chain(args.iter()).copied().for_each(see);
            }
            Self::Binary { left, right, .. } => [*left, *right].into_iter().for_each(see),
            Self::Conditional {
                condition,
                then,
                otherwise,
            } => [*condition, *then, *otherwise].into_iter().for_each(see),
            Self::List(items) => items.iter().for_each(|item| see(item.value)),
            Self::Map(entries) => entries.iter().for_each(|entry| {
                see(entry.key);
                see(entry.value);
            }),
            Self::Message { fields, .. } => fields.iter().for_each(|(_, value)| see(*value)),
        }
    }
}

/// `item` or `?item`.
#[derive(Clone, Copy, Debug)]
pub struct ListItem {
    pub value: ExprId,
    pub optional: bool,
}

/// `key: value` or `?key: value`.
#[derive(Clone, Copy, Debug)]
pub struct MapEntry {
    pub key: ExprId,
    pub value: ExprId,
    pub optional: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Box<str>),
    Bytes(Box<[u8]>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    Not,
    Negate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl BinaryOp {
    /// The operator as it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_small() {
        assert!(size_of::<Node>() <= 40);
    }
}
