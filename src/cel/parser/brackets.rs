//! Calls, indexes, lists, maps and messages: all that holds several things between brackets.

use smallvec::SmallVec;

use super::super::ast::{ExprId, Kind, ListItem, MapEntry, Name};
use super::super::token::{Bracket, TokenKind};
use super::recover::Place;
use super::{Operand, Parser};
use crate::source::TextRange;

impl Parser<'_> {
    pub(super) fn call(
        &mut self,
        target: Option<Operand>,
        function: Name,
        start: TextRange,
    ) -> Operand {
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
                args: super::boxed(args),
            },
        )
    }

    pub(super) fn index(&mut self, operand: Operand) -> Operand {
        let opening = self.open(Bracket::Square);
        let optional = self.eat(TokenKind::Question).is_some();
        let index = if self.peek() == TokenKind::Close(Bracket::Square) {
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

    pub(super) fn list(&mut self) -> Operand {
        let opening = self.open(Bracket::Square);
        let items = self.items(Bracket::Square, |parser| {
            let optional = parser.eat(TokenKind::Question).is_some();
            let value = parser.expression_at(Place::Item(Bracket::Square)).id;
            ListItem { value, optional }
        });
        let closing = self.close(Bracket::Square);
        self.bracketed(opening, closing, Kind::List(super::boxed(items)))
    }

    pub(super) fn map(&mut self) -> Operand {
        let opening = self.open(Bracket::Curly);
        let entries = self.items(Bracket::Curly, |parser| {
            let optional = parser.eat(TokenKind::Question).is_some();
            let key = parser.expression_at(Place::Key).id;
            let value = parser.entry_value("a map's entry is written `key: value`");
            MapEntry {
                key,
                value,
                optional,
            }
        });
        let closing = self.close(Bracket::Curly);
        self.bracketed(opening, closing, Kind::Map(super::boxed(entries)))
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
        if self.eat(TokenKind::Colon).is_some() {
            return self.expression_at(Place::Item(Bracket::Curly)).id;
        }
        let found = self.found();
        self.report(format!("expected `:`, found {found}"), help);
        self.skip(Place::Item(Bracket::Curly));
        self.error_node(TextRange::at(self.previous_end())).id
    }

    /// Items with commas between them, up to the closing bracket; one comma may stand last.
    fn items<T>(
        &mut self,
        bracket: Bracket,
        mut item: impl FnMut(&mut Self) -> T,
    ) -> SmallVec<[T; 4]> {
        let mut items = SmallVec::new();
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
            let Some(comma) = self.eat(TokenKind::Comma) else {
                return items;
            };
            if bracket == Bracket::Round && self.peek() == TokenKind::Close(bracket) {
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
    pub(super) fn is_type_name(&self, mut id: ExprId) -> bool {
        loop {
            match &self.room.nodes[id.index()].kind {
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

    pub(super) fn message(&mut self, type_name: Operand) -> Operand {
        let name = Name {
            range: type_name.outer,
        };
        self.open(Bracket::Curly);
        let fields = self.items(Bracket::Curly, |parser| {
            parser.eat(TokenKind::Question);
            let field = if matches!(parser.peek(), TokenKind::Ident | TokenKind::QuotedIdent) {
                parser.bump()
            } else {
                let found = parser.found();
                parser.report(format!("expected a field's name, found {found}"), "");
                TextRange::at(parser.range().start)
            };
            let value = parser.entry_value("a message's field is written `field: value`");
            (Name { range: field }, value)
        });
        let closing = self.close(Bracket::Curly);
        let fields = super::boxed(fields);
        self.bracketed(type_name.outer, closing, Kind::Message { name, fields })
    }
}
