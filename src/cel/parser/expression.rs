//! Operators: conditions, binary operators by precedence, signs.

use smallvec::{SmallVec, smallvec};

use super::super::ast::{BinaryOp, Kind, UnaryOp};
use super::super::error::Problem;
use super::super::token::TokenKind;
use super::recover::Place;
use super::{Operand, Parser};
use crate::diagnostic::{Applicability, codes};
use crate::source::TextRange;

/// How strongly an operator binds; higher is stronger.
const fn strength(op: BinaryOp) -> u8 {
    use BinaryOp as B;
    match op {
        B::Or => 1,
        B::And => 2,
        B::Equal | B::NotEqual | B::Less | B::LessEqual | B::Greater | B::GreaterEqual | B::In => 3,
        B::Add | B::Subtract => 4,
        B::Multiply | B::Divide | B::Remainder => 5,
    }
}

/// A binary operator as it stands in the text.
struct Infix {
    op: BinaryOp,
    range: TextRange,
    /// How many tokens it takes.
    tokens: usize,
    /// Something else is written where the operator is meant.
    mistaken: bool,
}

impl Parser<'_> {
    /// `condition ? then : otherwise`, or anything that binds more strongly.
    pub(super) fn expression(&mut self) -> Operand {
        let condition = self.binary(1);
        let Some(question) = self.eat(TokenKind::Question) else {
            return condition;
        };
        if self.report_foreign_operator(question) {
            return self.error_node(condition.outer);
        }
        let then = self.nested(Self::expression);
        if self.eat(TokenKind::Colon).is_none() {
            if !self.given_up && self.reported != Some(self.at) {
                self.reported = Some(self.at);
                self.problems.push(
                    Problem::new(&codes::INVALID_EXPRESSION, question, "this `?` has no `:`")
                        .help("a condition is written `condition ? then : otherwise`"),
                );
            }
            let outer = condition.outer.cover(then.outer);
            return self.error_node(outer);
        }
        let otherwise = self.nested(Self::expression);
        let range = condition.outer.cover(otherwise.outer);
        self.add(
            Kind::Conditional {
                condition: condition.id,
                then: then.id,
                otherwise: otherwise.id,
            },
            range,
            range,
        )
    }

    /// `?.` and `??` of other languages, which are no conditions of ours.
    fn report_foreign_operator(&mut self, question: TextRange) -> bool {
        let next = self.token();
        let touches = next.range.start == question.end;
        let (what, help) = match next.kind {
            TokenKind::Question if touches => (
                "`??` is not an operator of CEL",
                "give a value for what is absent: `a.?b.orValue(…)`",
            ),
            TokenKind::Dot
                if touches
                    && self.ahead(1).range.start == next.range.end
                    && !self.colon_follows() =>
            {
                (
                    "`?.` is not an operator of CEL",
                    "a field that may be absent is read with `.?`: `a.?b.orValue(…)`",
                )
            }
            _ => return false,
        };
        let range = question.cover(next.range);
        self.report_at(range, what, help);
        self.bump();
        self.skip(Place::Whole);
        true
    }

    /// Whether a `:` stands ahead on this level: then a `?` before `.name` is a condition.
    fn colon_follows(&self) -> bool {
        let mut depth = 0_u32;
        for by in 0.. {
            match self.ahead(by).kind {
                TokenKind::End => return false,
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) if depth == 0 => return false,
                TokenKind::Close(_) => depth -= 1,
                TokenKind::Colon if depth == 0 => return true,
                _ => {}
            }
        }
        false
    }

    /// Operators that bind at least as strongly as `least`, from the left.
    fn binary(&mut self, least: u8) -> Operand {
        let mut left = self.unary();
        while let Some(infix) = self.infix().filter(|infix| strength(infix.op) >= least) {
            if matches!(infix.op, BinaryOp::And | BinaryOp::Or) {
                left = self.chain(left, infix.op);
                continue;
            }
            self.take_infix(&infix);
            let right = self.right_operand(infix.op, infix.range);
            left = self.binary_node(infix.op, infix.range, left, right);
        }
        left
    }

    fn right_operand(&mut self, op: BinaryOp, range: TextRange) -> Operand {
        if self.operand_begins() {
            return self.binary(strength(op) + 1);
        }
        let written = self.text_of(range).to_owned();
        self.missing_operand(&written, range)
    }

    /// Tells that an operand is missing behind an operator.
    pub(super) fn missing_operand(&mut self, operator: &str, range: TextRange) -> Operand {
        let message = format!("expected an operand after `{operator}`");
        if matches!(
            self.peek(),
            TokenKind::End | TokenKind::Close(_) | TokenKind::Comma | TokenKind::Colon
        ) || self
            .infix()
            .is_some_and(|i| matches!(i.op, BinaryOp::And | BinaryOp::Or))
        {
            // That it is no operator either is told when the operand is there.
            self.problems.pop_if(|last| last.range == range);
            self.report_at(range, message, "");
            return self.error_node(TextRange::at(range.end));
        }
        let message = format!("{message}, found {}", self.found());
        self.report(message, "");
        self.junk()
    }

    /// `a && b && c …`, as a balanced tree.
    fn chain(&mut self, first: Operand, op: BinaryOp) -> Operand {
        let mut operands: SmallVec<[Operand; 4]> = smallvec![first];
        let mut operators: SmallVec<[TextRange; 4]> = SmallVec::new();
        while let Some(infix) = self.infix().filter(|infix| infix.op == op) {
            self.take_infix(&infix);
            operands.push(self.right_operand(op, infix.range));
            operators.push(infix.range);
        }
        self.balance(op, &operands, &operators)
    }

    fn balance(&mut self, op: BinaryOp, operands: &[Operand], operators: &[TextRange]) -> Operand {
        if let [one] = operands {
            return *one;
        }
        let half = operands.len() / 2;
        let left = self.balance(op, &operands[..half], &operators[..half - 1]);
        let right = self.balance(op, &operands[half..], &operators[half..]);
        self.binary_node(op, operators[half - 1], left, right)
    }

    pub(super) fn binary_node(
        &mut self,
        op: BinaryOp,
        op_range: TextRange,
        left: Operand,
        right: Operand,
    ) -> Operand {
        let range = left.outer.cover(right.outer).cover(op_range);
        self.add(
            Kind::Binary {
                op,
                op_range,
                left: left.id,
                right: right.id,
            },
            range,
            range,
        )
    }

    /// The binary operator that stands here, or that is meant.
    fn infix(&self) -> Option<Infix> {
        let token = self.token();
        let plain = |op, mistaken| Infix {
            op,
            range: token.range,
            tokens: 1,
            mistaken,
        };
        Some(match token.kind {
            TokenKind::Operator(op) => plain(op, false),
            TokenKind::Mistaken(op) => plain(op, true),
            TokenKind::Minus => plain(BinaryOp::Subtract, false),
            TokenKind::In => plain(BinaryOp::In, false),
            TokenKind::Ident => {
                let word = self.text_of(token.range);
                let is = |other: &str| word.eq_ignore_ascii_case(other);
                if is("and") {
                    plain(BinaryOp::And, true)
                } else if is("or") {
                    plain(BinaryOp::Or, true)
                } else if is("is") || is("eq") || is("equals") {
                    plain(BinaryOp::Equal, true)
                } else if is("not") && self.ahead(1).kind == TokenKind::In {
                    Infix {
                        op: BinaryOp::In,
                        range: token.range.cover(self.ahead(1).range),
                        tokens: 2,
                        mistaken: true,
                    }
                } else {
                    return None;
                }
            }
            _ => return None,
        })
    }

    fn take_infix(&mut self, infix: &Infix) {
        if infix.mistaken {
            let written = self.text_of(infix.range);
            let symbol = infix.op.symbol();
            let problem = Problem::new(
                &codes::INVALID_EXPRESSION,
                infix.range,
                format!("`{written}` is not an operator of CEL"),
            );
            self.problems.push(if infix.tokens == 2 {
                problem.help("write `!(a in b)`")
            } else {
                // An arrow may also be one of another language.
                let applicability = if written == "=>" {
                    Applicability::Unsafe
                } else {
                    Applicability::Safe
                };
                problem.help(format!("write `{symbol}`")).fix(
                    applicability,
                    format!("write `{symbol}`"),
                    infix.range,
                    symbol,
                )
            });
        }
        for _ in 0..infix.tokens {
            self.bump();
        }
    }

    /// Whether the current token can begin an operand.
    pub(super) fn operand_begins(&self) -> bool {
        match self.peek() {
            TokenKind::Ident => self.infix().is_none(),
            TokenKind::QuotedIdent
            | TokenKind::Number
            | TokenKind::Text(_)
            | TokenKind::True
            | TokenKind::False
            | TokenKind::Null
            | TokenKind::Bang
            | TokenKind::Minus
            | TokenKind::Dot
            | TokenKind::Open(_)
            | TokenKind::Unknown => true,
            _ => false,
        }
    }

    fn unary(&mut self) -> Operand {
        let (op, word) = match self.peek() {
            TokenKind::Bang => (UnaryOp::Not, false),
            TokenKind::Minus if self.ahead(1).kind == TokenKind::Number => {
                return self.postfix(Self::number);
            }
            TokenKind::Minus => (UnaryOp::Negate, false),
            TokenKind::Ident if self.not_is_meant() => (UnaryOp::Not, true),
            _ => return self.postfix(Self::primary),
        };
        let op_range = self.bump();
        if word {
            self.problems.push(
                Problem::new(
                    &codes::INVALID_EXPRESSION,
                    op_range,
                    "`not` is not an operator of CEL",
                )
                .help("write `!`")
                .fix(
                    Applicability::Safe,
                    "write `!`",
                    TextRange::new(op_range.start, self.range().start),
                    "!",
                ),
            );
        }
        let operand = if self.operand_begins() {
            self.nested(Self::unary)
        } else {
            let written = self.text_of(op_range).to_owned();
            self.missing_operand(&written, op_range)
        };
        let range = op_range.cover(operand.outer);
        self.add(
            Kind::Unary {
                op,
                op_range,
                operand: operand.id,
            },
            range,
            range,
        )
    }

    /// `not x`, where a name alone cannot stand.
    fn not_is_meant(&self) -> bool {
        self.text_of(self.range()).eq_ignore_ascii_case("not")
            && matches!(
                self.ahead(1).kind,
                TokenKind::Ident
                    | TokenKind::Number
                    | TokenKind::Text(_)
                    | TokenKind::True
                    | TokenKind::False
                    | TokenKind::Bang
            )
            && !matches!(
                self.text_of(self.ahead(1).range)
                    .to_ascii_lowercase()
                    .as_str(),
                "and" | "or" | "is" | "not" | "eq" | "equals"
            )
    }
}
