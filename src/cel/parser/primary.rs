//! What stands between operators: names, literals, brackets, and what follows them.

use super::super::ast::{ExprId, Kind, ListItem, Literal, MapEntry, Name};
use super::super::error::Problem;
use super::super::token::{Bracket, RESERVED, TokenKind};
use super::recover::Place;
use super::{Operand, Parser, number};
use crate::diagnostic::{Applicability, codes};
use crate::source::TextRange;

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Operand {
        match self.peek().clone() {
            TokenKind::Number => self.number(),
            TokenKind::Text(literal) => self.literal(literal),
            TokenKind::True => self.literal(Literal::Bool(true)),
            TokenKind::False => self.literal(Literal::Bool(false)),
            TokenKind::Null => self.literal(Literal::Null),
            TokenKind::Ident | TokenKind::QuotedIdent => {
                let range = self.range();
                self.identifier(range)
            }
            TokenKind::Dot => {
                let dot = self.bump();
                if matches!(self.peek(), TokenKind::Ident) {
                    self.identifier(dot)
                } else {
                    self.report_at(dot, "expected a name after `.`", "");
                    self.error_node(dot)
                }
            }
            TokenKind::Open(Bracket::Round) => self.parenthesised(),
            TokenKind::Open(Bracket::Square) => self.list(),
            TokenKind::Open(Bracket::Curly) => self.map(),
            _ => {
                let found = self.found();
                if matches!(self.peek(), TokenKind::End | TokenKind::Close(_)) {
                    let message = format!("expected an expression, found {found}");
                    self.report(message, "");
                    return self.error_node(TextRange::at(self.previous_end()));
                }
                self.report(format!("expected an expression, found {found}"), "");
                self.junk()
            }
        }
    }

    /// What cannot be read, up to where reading can go on, as an error node.
    pub(super) fn junk(&mut self) -> Operand {
        let start = self.range();
        self.skip(Place::Item(Bracket::Round));
        let range = TextRange::new(start.start, self.previous_end().max(start.start));
        self.reported = Some(self.at);
        self.error_node(range)
    }

    fn literal(&mut self, literal: Literal) -> Operand {
        let range = self.bump();
        self.add(Kind::Literal(literal), range, range)
    }

    pub(super) fn number(&mut self) -> Operand {
        let sign = self.eat(&TokenKind::Minus);
        let digits = self.bump();
        let range = sign.map_or(digits, |sign| sign.cover(digits));
        match number::read(self.text_of(digits), sign.is_some()) {
            Ok(literal) => self.add(Kind::Literal(literal), range, range),
            Err(unreadable) => {
                let (code, range) = if unreadable.out_of_range {
                    (&codes::INVALID_LITERAL, range)
                } else {
                    (&codes::INVALID_EXPRESSION, digits)
                };
                self.problems
                    .push(Problem::new(code, range, unreadable.message).help(unreadable.help));
                self.error_node(range)
            }
        }
    }

    /// A name or a call of one; `start` is where the extent begins.
    fn identifier(&mut self, start: TextRange) -> Operand {
        let quoted = *self.peek() == TokenKind::QuotedIdent;
        let range = self.bump();
        let name = self.name(range);
        if quoted {
            self.problems.push(
                Problem::new(
                    &codes::INVALID_EXPRESSION,
                    range,
                    "only a field's name stands in back-ticks",
                )
                .help("a text stands in quotes"),
            );
        } else if RESERVED.contains(&&*name.text) {
            self.problems.push(Problem::new(
                &codes::INVALID_EXPRESSION,
                range,
                format!(
                    "`{}` is a reserved word of CEL, and names no variable",
                    name.text
                ),
            ));
            return self.error_node(start.cover(range));
        }
        if *self.peek() == TokenKind::Open(Bracket::Round) {
            return self.call(None, name, start);
        }
        let extent = start.cover(range);
        self.add(Kind::Ident(name), extent, extent)
    }

    fn parenthesised(&mut self) -> Operand {
        let opening = self.open(Bracket::Round);
        let inner = if *self.peek() == TokenKind::Close(Bracket::Round) {
            let range = opening.cover(self.range());
            self.report_at(range, "expected an expression between `(` and `)`", "");
            self.error_node(TextRange::at(opening.end))
        } else {
            self.expression_at(Place::Inside(Bracket::Round))
        };
        let closing = self.close(Bracket::Round);
        Operand {
            id: inner.id,
            outer: opening.cover(closing),
        }
    }

    /// Whatever follows an operand: `.field`, `.call()`, `[index]`, `{message}`.
    pub(super) fn postfix(&mut self, first: impl FnOnce(&mut Self) -> Operand) -> Operand {
        let mut operand = first(self);
        loop {
            operand = match self.peek() {
                TokenKind::Dot => self.member(operand),
                TokenKind::Open(Bracket::Square) => self.index(operand),
                TokenKind::Open(Bracket::Curly) if self.is_type_name(operand.id) => {
                    self.message(operand)
                }
                _ => return operand,
            };
        }
    }

    fn member(&mut self, target: Operand) -> Operand {
        let dot = self.bump();
        let optional = self.eat(&TokenKind::Question).is_some();
        match self.peek() {
            TokenKind::Ident | TokenKind::QuotedIdent => {}
            TokenKind::True | TokenKind::False | TokenKind::Null | TokenKind::In => {
                let range = self.range();
                let word = self.text_of(range);
                self.problems.push(
                    Problem::new(
                        &codes::INVALID_EXPRESSION,
                        range,
                        format!("the field `{word}` must stand in back-ticks, being a word of CEL"),
                    )
                    .fix(
                        Applicability::Safe,
                        "put it in back-ticks",
                        range,
                        format!("`{word}`"),
                    ),
                );
            }
            _ => {
                let written = if optional { ".?" } else { "." };
                let range = TextRange::new(dot.start, self.previous_end());
                self.report_at(range, format!("expected a name after `{written}`"), "");
                let extent = target.outer.cover(range);
                return self.error_node(extent);
            }
        }
        let field = self.bump();
        let name = self.name(field);
        if *self.peek() == TokenKind::Open(Bracket::Round) && !optional {
            return self.call(Some(target), name, target.outer);
        }
        let range = target.outer.cover(field);
        self.add(
            Kind::Select {
                operand: target.id,
                field: name,
                optional,
            },
            range,
            range,
        )
    }

    fn call(&mut self, target: Option<Operand>, function: Name, start: TextRange) -> Operand {
        self.open(Bracket::Round);
        let args = self.items(Bracket::Round, |parser| {
            parser.expression_at(Place::Item(Bracket::Round)).id
        });
        let closing = self.close(Bracket::Round);
        self.bracketed(
            start,
            closing,
            Kind::Call {
                target: target.map(|t| t.id),
                function,
                args,
            },
        )
    }

    fn index(&mut self, operand: Operand) -> Operand {
        let opening = self.open(Bracket::Square);
        let optional = self.eat(&TokenKind::Question).is_some();
        let index = if *self.peek() == TokenKind::Close(Bracket::Square) {
            let range = opening.cover(self.range());
            self.report_at(range, "expected an index between `[` and `]`", "");
            self.error_node(TextRange::at(opening.end))
        } else {
            self.expression_at(Place::Inside(Bracket::Square))
        };
        let closing = self.close(Bracket::Square);
        self.bracketed(
            operand.outer,
            closing,
            Kind::Index {
                operand: operand.id,
                index: index.id,
                optional,
            },
        )
    }

    fn list(&mut self) -> Operand {
        let opening = self.open(Bracket::Square);
        let items = self.items(Bracket::Square, |parser| {
            let optional = parser.eat(&TokenKind::Question).is_some();
            let value = parser.expression_at(Place::Item(Bracket::Square)).id;
            ListItem { value, optional }
        });
        let closing = self.close(Bracket::Square);
        self.bracketed(opening, closing, Kind::List(items))
    }

    fn map(&mut self) -> Operand {
        let opening = self.open(Bracket::Curly);
        let entries = self.items(Bracket::Curly, |parser| {
            let optional = parser.eat(&TokenKind::Question).is_some();
            let key = parser.expression_at(Place::Key).id;
            let value = parser.entry_value("a map's entry is written `key: value`");
            MapEntry {
                key,
                value,
                optional,
            }
        });
        let closing = self.close(Bracket::Curly);
        self.bracketed(opening, closing, Kind::Map(entries))
    }

    /// A node that ends with a bracket; where the bracket is missing, nobody knows what belongs
    /// to it, and it is an error node.
    fn bracketed(&mut self, start: TextRange, closing: TextRange, kind: Kind) -> Operand {
        let range = start.cover(closing);
        let kind = if closing.is_empty() {
            Kind::Error
        } else {
            kind
        };
        self.add(kind, range, range)
    }

    /// `: value` of an entry.
    fn entry_value(&mut self, help: &str) -> ExprId {
        if self.eat(&TokenKind::Colon).is_some() {
            return self.expression_at(Place::Item(Bracket::Curly)).id;
        }
        let found = self.found();
        self.report(format!("expected `:`, found {found}"), help);
        self.skip(Place::Item(Bracket::Curly));
        self.error_node(TextRange::at(self.previous_end())).id
    }

    /// Items with commas between them, up to the closing bracket; one comma may stand last.
    fn items<T>(&mut self, bracket: Bracket, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        loop {
            match self.peek() {
                TokenKind::Close(_) | TokenKind::End => return items,
                TokenKind::Comma => {
                    let message =
                        format!("expected an expression before `,` or `{}`", bracket.close());
                    self.report(message, "");
                    self.bump();
                    continue;
                }
                _ => {}
            }
            items.push(item(self));
            // Behind a mistake there may be leftovers that start no item.
            if !matches!(
                self.peek(),
                TokenKind::Comma | TokenKind::Close(_) | TokenKind::End
            ) {
                self.skip_to_item();
            }
            let Some(comma) = self.eat(&TokenKind::Comma) else {
                return items;
            };
            if bracket == Bracket::Round && *self.peek() == TokenKind::Close(bracket) {
                self.report_at(comma, "expected an argument after `,`", "");
                return items;
            }
        }
    }

    fn skip_to_item(&mut self) {
        loop {
            self.skip(Place::Item(Bracket::Curly));
            match self.peek() {
                TokenKind::Comma | TokenKind::Close(_) | TokenKind::End => return,
                _ => self.bump(),
            };
        }
    }

    /// Whether the operand is `a.b.C`, which a `{` makes a message.
    fn is_type_name(&self, mut id: ExprId) -> bool {
        loop {
            match &self.nodes[id.0 as usize].kind {
                Kind::Ident(_) => return true,
                Kind::Select {
                    operand,
                    optional: false,
                    ..
                } => id = *operand,
                _ => return false,
            }
        }
    }

    fn message(&mut self, type_name: Operand) -> Operand {
        let name = Name {
            text: self.text_of(type_name.outer).into(),
            range: type_name.outer,
        };
        self.open(Bracket::Curly);
        let fields = self.items(Bracket::Curly, |parser| {
            parser.eat(&TokenKind::Question);
            let field = if matches!(parser.peek(), TokenKind::Ident | TokenKind::QuotedIdent) {
                parser.bump()
            } else {
                let found = parser.found();
                parser.report(format!("expected a field's name, found {found}"), "");
                TextRange::at(parser.range().start)
            };
            let value = parser.entry_value("a message's field is written `field: value`");
            (parser.name(field), value)
        });
        let closing = self.close(Bracket::Curly);
        self.bracketed(type_name.outer, closing, Kind::Message { name, fields })
    }
}
