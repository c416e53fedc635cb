//! What happens after a mistake: it is told once, and reading goes on at the next place where an
//! expression can begin or end.

use super::super::ast::BinaryOp;
use super::super::error::Problem;
use super::super::token::{Bracket, TokenKind};
use super::{Operand, Parser};
use crate::diagnostic::codes;
use crate::source::TextRange;

/// Where an expression stands, and so what may follow it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Whole,
    /// In brackets that hold one expression.
    Inside(Bracket),
    /// In brackets that hold several, with commas between them.
    Item(Bracket),
    /// The key of a map's entry: a `:` follows.
    Key,
}

impl Place {
    fn ends_before(self, token: TokenKind) -> bool {
        match token {
            TokenKind::End => true,
            TokenKind::Close(_) => self != Self::Whole,
            TokenKind::Comma => matches!(self, Self::Item(_) | Self::Key),
            TokenKind::Colon => self == Self::Key,
            _ => false,
        }
    }

    fn closing(self) -> Option<char> {
        match self {
            Self::Whole => None,
            Self::Key => Some(':'),
            Self::Inside(bracket) | Self::Item(bracket) => Some(bracket.close()),
        }
    }
}

impl Parser<'_> {
    pub(super) fn whole(&mut self) -> super::super::ast::ExprId {
        if self.peek() == TokenKind::End {
            let range = self.range();
            if self.problems.is_empty() {
                self.problems.push(
                    Problem::new(&codes::INVALID_EXPRESSION, range, "the expression is empty")
                        .help("write one, or leave the key out"),
                );
            }
            return self.error_node(range).id;
        }
        self.expression_at(Place::Whole).id
    }

    /// An expression, and whatever stands behind it that should not.
    pub(super) fn expression_at(&mut self, place: Place) -> Operand {
        let mut left = self.nested(Self::expression);
        loop {
            if place.ends_before(self.peek()) {
                return left;
            }
            self.report_leftover(place);
            self.skip(place);
            // Past a stray closing bracket the expression may go on.
            while let (Place::Whole, TokenKind::Close(_)) = (place, self.peek()) {
                self.report_leftover(place);
                self.bump();
                if !matches!(self.peek(), TokenKind::Close(_)) {
                    self.reported = Some(self.at);
                    self.skip(place);
                }
            }
            let TokenKind::Operator(op @ (BinaryOp::And | BinaryOp::Or)) = self.peek() else {
                return left;
            };
            let op_range = self.bump();
            let right = self.nested(Self::expression);
            left = self.binary_node(op, op_range, left, right);
        }
    }

    fn report_leftover(&mut self, place: Place) {
        if matches!(self.peek(), TokenKind::Close(_)) {
            let found = self.text_of(self.range());
            self.report(format!("`{found}` closes nothing"), "leave it out");
            return;
        }
        let due = match place.closing() {
            Some(closing) => format!("an operator or `{closing}`"),
            None => "an operator".into(),
        };
        let found = self.found();
        let help = match self.peek() {
            TokenKind::Comma => "commas separate the items of a list or a call",
            TokenKind::Colon => "`:` belongs in a map, or after the `?` of a condition",
            _ => "combine conditions with `&&` or `||`",
        };
        self.report(format!("expected {due}, found {found}"), help);
    }

    /// Tells about the current token, unless that has been done.
    pub(super) fn report(&mut self, message: impl Into<String>, help: &str) {
        let range = self.range();
        self.report_at(range, message, help);
    }

    /// The same, with the mark elsewhere.
    pub(super) fn report_at(&mut self, range: TextRange, message: impl Into<String>, help: &str) {
        let silent =
            self.given_up || self.peek() == TokenKind::Unknown || self.reported == Some(self.at);
        self.reported = Some(self.at);
        if !silent {
            let problem = Problem::new(&codes::INVALID_EXPRESSION, range, message);
            self.problems.push(if help.is_empty() {
                problem
            } else {
                problem.help(help)
            });
        }
    }

    /// Goes on to the next token where reading can start again; brackets are skipped whole.
    pub(super) fn skip(&mut self, place: Place) {
        let mut depth = 0_u32;
        loop {
            match self.peek() {
                TokenKind::End => return,
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) | TokenKind::Operator(BinaryOp::And | BinaryOp::Or)
                    if depth == 0 =>
                {
                    return;
                }
                TokenKind::Close(_) => depth -= 1,
                TokenKind::Comma if depth == 0 && place.ends_before(TokenKind::Comma) => return,
                TokenKind::Colon if depth == 0 && place == Place::Key => return,
                _ => {}
            }
            self.bump();
        }
    }

    /// Takes an opening bracket.
    pub(super) fn open(&mut self, bracket: Bracket) -> TextRange {
        let range = self.bump();
        self.open.push((bracket, range));
        range
    }

    /// Takes the closing bracket, or tells which one is missing. Answers where it stands, or an
    /// empty range where the inside ends.
    pub(super) fn close(&mut self, bracket: Bracket) -> TextRange {
        let opening = self.open.pop();
        let found = match self.peek() {
            TokenKind::Close(found) => Some(found),
            _ => None,
        };
        if found == Some(bracket) {
            return self.bump();
        }
        let end = TextRange::at(self.previous_end());
        let Some((_, opening)) = opening.filter(|_| !self.given_up) else {
            return end;
        };
        let told = self.reported == Some(self.at);
        let ends_an_outer = |found| self.open.iter().any(|(open, _)| *open == found);
        if found.is_some_and(|found| !ends_an_outer(found)) {
            let message = format!("expected `{}`, found {}", bracket.close(), self.found());
            let here = self.bump();
            if !told {
                self.problems.push(
                    Problem::new(&codes::INVALID_EXPRESSION, here, message)
                        .label(opening, "to close this one"),
                );
            }
            return here;
        }
        // A quote that is never closed took the closing bracket with it.
        let quoted = |problem: &Problem| {
            problem.range.start >= opening.end
                && problem.code == &codes::INVALID_EXPRESSION
                && problem.message.starts_with("this quote is never closed")
        };
        if self.peek() == TokenKind::End && self.problems.iter().any(quoted) {
            return end;
        }
        // Ours was forgotten.
        if !told || self.peek() == TokenKind::End {
            self.reported = Some(self.at);
            self.problems.push(
                Problem::new(
                    &codes::INVALID_EXPRESSION,
                    opening,
                    format!("this `{}` is never closed", bracket.open()),
                )
                .help(format!("close it with `{}`", bracket.close())),
            );
        }
        end
    }

    /// Where the token before the current one ends.
    pub(super) fn previous_end(&self) -> u32 {
        let at = if self.given_up { self.at + 1 } else { self.at };
        match at.checked_sub(1) {
            Some(before) => {
                self.room.tokens[before.min(self.room.tokens.len() - 1)]
                    .range
                    .end
            }
            None => 0,
        }
    }
}
