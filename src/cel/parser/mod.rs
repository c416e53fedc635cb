//! Text goes in, a tree and what is wrong with the text come out; parsing never fails.
//!
//! After a mistake it goes on at the next `)`, `]`, `}`, `,`, `&&` or `||`, so that one expression
//! can have several problems. Trees are at most [`MAX_DEPTH`] high; chains of `&&` and of `||` are
//! balanced, so that their length does not count.

mod brackets;
mod expression;
mod number;
mod primary;
mod recover;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::sync::Arc;

use smallvec::{Array, SmallVec};

use super::ast::{Ast, ExprId, Kind, Literal, Node};
use super::error::Problem;
use super::lexer::{Lexer, UNCLOSED_QUOTE};
use super::token::{Bracket, Token, TokenKind};
use crate::diagnostic::codes;
use crate::source::TextRange;

/// How many levels an expression may be nested; who walks a tree can recurse.
pub const MAX_DEPTH: u32 = 200;

/// How long an expression may be: what is read of it takes many times its size.
const MAX_BYTES: usize = 2 << 20;

/// How many mistakes of one expression are told: the first say what is wrong with the rest.
pub(super) const MAX_PROBLEMS: usize = 20;

/// What [`parse`] answers.
#[derive(Clone, Debug)]
pub struct Parsed {
    pub ast: Ast,
    pub problems: Vec<Problem>,
}

/// Reads an expression. Whatever could not be read is an error node, and told in `problems`.
pub fn parse(text: &str) -> Parsed {
    let whole = TextRange::new(0, text.len() as u32);
    parse_in(&Arc::from(text), whole)
}

/// The same of a part of a text, which the tree keeps. Places count from the start of the part.
pub fn parse_in(shared: &Arc<str>, part: TextRange) -> Parsed {
    let text = shared.get(part.as_usize()).unwrap_or_default();
    let ast = |nodes, root| Ast {
        text: Arc::clone(shared),
        start: part.start,
        nodes,
        root,
    };
    if text.len() > MAX_BYTES {
        let (node, problem) = too_long(text);
        return Parsed {
            ast: ast(Box::new([node]), ExprId::new(0)),
            problems: vec![problem],
        };
    }
    let mut gathered = ROOM.take();
    let (texts, problems) = Lexer::new(text, 0).all(&mut gathered.tokens);
    let mut parser = Parser {
        text,
        at: 0,
        room: gathered,
        texts,
        depth: 0,
        open: Vec::new(),
        problems,
        reported: None,
        given_up: false,
    };
    let mut root = parser.whole();
    if parser.given_up {
        // Nobody is to walk a tree that is too high.
        root = parser.error_node(TextRange::new(0, text.len() as u32)).id;
    }
    parser
        .problems
        .sort_by_key(|p| (p.range.start, p.range.end));
    // Of many problems the quote may be none of the first.
    only_the_quote(&mut parser.problems);
    parser.problems.truncate(MAX_PROBLEMS);
    let nodes = parser.room.nodes.drain(..).collect();
    ROOM.set(parser.room.cleared());
    Parsed {
        ast: ast(nodes, root),
        problems: parser.problems,
    }
}

/// With a quote too many or too few, what is text and what is not has changed places: only that is
/// told.
fn only_the_quote(problems: &mut Vec<Problem>) {
    let quote = problems.iter().position(|it| it.message == UNCLOSED_QUOTE);
    let Some(quote) = quote.filter(|_| problems.len() > 1) else {
        return;
    };
    problems.swap(0, quote);
    let others_before = quote > 0;
    problems.truncate(1);
    if let (true, Some(help)) = (others_before, &mut problems[0].help) {
        help.push_str(", or put the quote that is missing before it");
    }
}

/// Nothing is read of an expression that is too long.
fn too_long(text: &str) -> (Node, Problem) {
    let range = TextRange::new(0, text.len() as u32);
    let kind = Kind::Error;
    let problem = Problem::new(
        &codes::LIMIT_EXCEEDED,
        range,
        format!("the expression is longer than {} MiB", MAX_BYTES >> 20),
    )
    .help("split it, for instance by saving a part in a variable");
    (Node { kind, range }, problem)
}

/// What is gathered of one expression.
#[derive(Default)]
struct Room {
    tokens: Vec<Token>,
    nodes: Vec<Node>,
    /// The height of the tree below each node.
    heights: Vec<u8>,
}

impl Room {
    /// Empty, for the next expression: none is kept that was made for a monster.
    fn cleared(mut self) -> Self {
        const USUAL: usize = 1 << 12;
        if self.tokens.capacity() > USUAL {
            return Self::default();
        }
        self.tokens.clear();
        self.nodes.clear();
        self.heights.clear();
        self
    }
}

thread_local! {
    /// Used again and again: a workspace has tens of thousands of short expressions.
    static ROOM: Cell<Room> = Cell::default();
}

struct Parser<'t> {
    text: &'t str,
    room: Room,
    /// What the literals among the tokens stand for.
    texts: Vec<Literal>,
    at: usize,
    /// How deep the parser itself is nested.
    depth: u32,
    /// Brackets that wait for their closing one.
    open: Vec<(Bracket, TextRange)>,
    problems: Vec<Problem>,
    /// The token that was reported last, so that it is told once.
    reported: Option<usize>,
    /// The limit on depth was passed: the rest is not looked at.
    given_up: bool,
}

/// A node and its extent with the parentheses around it.
#[derive(Clone, Copy)]
struct Operand {
    id: ExprId,
    outer: TextRange,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> TokenKind {
        self.token().kind
    }

    fn token(&self) -> Token {
        self.ahead(0)
    }

    /// The token `by` places further on; the last one is always the end.
    fn ahead(&self, by: usize) -> Token {
        let last = self.room.tokens.len() - 1;
        let at = if self.given_up {
            last
        } else {
            (self.at + by).min(last)
        };
        self.room.tokens[at]
    }

    fn range(&self) -> TextRange {
        self.token().range
    }

    /// Takes the current token and answers where it stood.
    fn bump(&mut self) -> TextRange {
        let range = self.range();
        if self.at + 1 < self.room.tokens.len() {
            self.at += 1;
        }
        range
    }

    fn eat(&mut self, kind: TokenKind) -> Option<TextRange> {
        (self.peek() == kind).then(|| self.bump())
    }

    fn text_of(&self, range: TextRange) -> &'t str {
        &self.text[range.as_usize()]
    }

    /// The current token as messages name it.
    fn found(&self) -> String {
        match self.peek() {
            TokenKind::End => "the end".into(),
            _ => format!("`{}`", shorten(self.text_of(self.range()))),
        }
    }

    fn add(&mut self, kind: Kind, range: TextRange, outer: TextRange) -> Operand {
        let mut height = 0;
        let Room { nodes, heights, .. } = &mut self.room;
        kind.for_each_child(|child| height = heights[child.index()].max(height));
        let height = height.saturating_add(1);
        let id = ExprId::new(nodes.len() as u32);
        nodes.push(Node { kind, range });
        heights.push(height);
        if u32::from(height) > MAX_DEPTH {
            self.give_up(range);
        }
        Operand { id, outer }
    }

    /// An error node where something was due.
    fn error_node(&mut self, range: TextRange) -> Operand {
        self.add(Kind::Error, range, range)
    }

    /// One level deeper; beyond the limit, an error node and the end of it all.
    fn nested(&mut self, inner: impl FnOnce(&mut Self) -> Operand) -> Operand {
        if self.depth >= MAX_DEPTH {
            let range = self.range();
            self.give_up(range);
            return self.error_node(range);
        }
        self.depth += 1;
        let operand = inner(self);
        self.depth -= 1;
        operand
    }

    fn give_up(&mut self, range: TextRange) {
        if !self.given_up {
            self.given_up = true;
            self.problems.push(
                Problem::new(
                    &codes::LIMIT_EXCEEDED,
                    range,
                    format!("the expression is nested more than {MAX_DEPTH} levels deep"),
                )
                .help("split it, for instance by saving a part in a variable"),
            );
        }
    }
}

/// What was gathered, in a block of just its size: to ask for more and give some back takes longer
/// than to ask anew.
fn boxed<A: Array>(gathered: SmallVec<A>) -> Box<[A::Item]> {
    let mut exact = Vec::with_capacity(gathered.len());
    exact.extend(gathered);
    exact.into_boxed_slice()
}

/// A piece of source, short enough for a message.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 24;
    if text.chars().count() <= LONGEST {
        text.into()
    } else {
        text.chars().take(LONGEST - 1).chain(['…']).collect()
    }
}
