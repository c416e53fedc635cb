//! What stands between operators: names, literals, brackets, and what follows them.

use super::super::ast::{Kind, Literal, Name};
use super::super::error::Problem;
use super::super::token::{Bracket, TokenKind, is_reserved};
use super::recover::Place;
use super::{Operand, Parser, number};
use crate::diagnostic::{Applicability, codes};
use crate::source::TextRange;

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Operand {
        match self.peek() {
            TokenKind::Number => self.number(),
            TokenKind::Text(_) => {
                let literal = self.take_text();
                self.literal(literal)
            }
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

    /// The text or the bytes of the current token: nobody looks at them again.
    fn take_text(&mut self) -> Literal {
        let TokenKind::Text(index) = self.peek() else {
            return Literal::Null;
        };
        let literal = self.texts.get_mut(index as usize);
        literal.map_or(Literal::Null, |literal| {
            std::mem::replace(literal, Literal::Null)
        })
    }

    fn literal(&mut self, literal: Literal) -> Operand {
        let range = self.bump();
        self.add(Kind::Literal(literal), range, range)
    }

    pub(super) fn number(&mut self) -> Operand {
        let sign = self.eat(TokenKind::Minus);
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
        let quoted = self.peek() == TokenKind::QuotedIdent;
        let range = self.bump();
        let name = Name { range };
        if quoted {
            self.problems.push(
                Problem::new(
                    &codes::INVALID_EXPRESSION,
                    range,
                    "only a field name goes in back-ticks",
                )
                .help("text goes in quotes"),
            );
        } else if is_reserved(self.text_of(range)) {
            self.problems.push(Problem::new(
                &codes::INVALID_EXPRESSION,
                range,
                format!(
                    "`{}` is a reserved word of CEL, and names no variable",
                    self.text_of(range)
                ),
            ));
            return self.error_node(start.cover(range));
        }
        if self.peek() == TokenKind::Open(Bracket::Round) {
            return self.call(None, name, start);
        }
        let extent = start.cover(range);
        self.add(Kind::Ident(name), extent, extent)
    }

    fn parenthesised(&mut self) -> Operand {
        let opening = self.open(Bracket::Round);
        let inner = if self.peek() == TokenKind::Close(Bracket::Round) {
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
        let optional = self.eat(TokenKind::Question).is_some();
        match self.peek() {
            TokenKind::Ident | TokenKind::QuotedIdent => {}
            TokenKind::True | TokenKind::False | TokenKind::Null | TokenKind::In => {
                let range = self.range();
                let word = self.text_of(range);
                self.problems.push(
                    Problem::new(
                        &codes::INVALID_EXPRESSION,
                        range,
                        format!(
                            "the field `{word}` must be in back-ticks, because it is a word of CEL"
                        ),
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
        let name = Name { range: field };
        if self.peek() == TokenKind::Open(Bracket::Round) && !optional {
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
}
