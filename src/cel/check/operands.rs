//! Operands that do not go together: what is said about them.

use super::super::ast::{BinaryOp, ExprId, Kind, Literal};
use super::super::error::Problem;
use super::super::types::Type;
use super::Checker;
use super::relate::is_number;
use crate::diagnostic::{Applicability, codes};
use crate::source::TextRange;

/// A binary operator and its operands, checked.
pub(super) struct Operation<'t> {
    pub op: BinaryOp,
    pub op_range: TextRange,
    pub left: ExprId,
    pub right: ExprId,
    pub left_ty: &'t Type,
    pub right_ty: &'t Type,
}

impl Checker<'_> {
    /// Reports operands that do not go together.
    pub(super) fn invalid(&mut self, operation: &Operation<'_>) {
        let Operation {
            op,
            op_range,
            left,
            right,
            left_ty,
            right_ty,
        } = *operation;
        if left_ty.is_error() || right_ty.is_error() {
            return;
        }
        let symbol = op.symbol();
        if let Some((literal, kind, text)) = self.as_other_number(operation) {
            self.report(
                Problem::new(
                    &codes::INVALID_OPERANDS,
                    op_range,
                    format!("`{symbol}` cannot mix `{left_ty}` and `{right_ty}`"),
                )
                .label(literal, format!("this is {kind}"))
                .help(format!("write `{text}`"))
                .fix(
                    Applicability::Safe,
                    format!("write `{text}`"),
                    literal,
                    text,
                ),
            );
            return;
        }
        let verb = match op {
            BinaryOp::In => "look for",
            op if is_comparison(op) => "compare",
            _ => "combine",
        };
        let joint = if op == BinaryOp::In { "in" } else { "with" };
        let problem = Problem::new(
            &codes::INVALID_OPERANDS,
            op_range,
            format!("`{symbol}` cannot {verb} `{left_ty}` {joint} `{right_ty}`"),
        )
        .label(self.ast.range(left), format!("this is `{left_ty}`"))
        .label(self.ast.range(right), format!("this is `{right_ty}`"));
        let chained = is_comparison(op)
            && *left_ty == Type::Bool
            && matches!(self.ast.kind(left), Kind::Binary { op, .. } if is_comparison(*op));
        if chained {
            self.report(problem.help("compare twice: `a < b && b < c`"));
            return;
        }
        if is_comparison(op)
            && let Some((literal, text)) = self.requoted(left, left_ty, right, right_ty)
        {
            let fix = format!("write `{text}`");
            let problem = problem.help(&fix);
            self.report(problem.fix(Applicability::Unsafe, fix, literal, text));
            return;
        }
        let usual = || match verb {
            "compare" => "compare values of one type".to_owned(),
            "look for" => "look in a list or a map, as in `x in [\"a\", \"b\"]`".to_owned(),
            _ => format!("`{symbol}` takes two values of one type that has it"),
        };
        let help = help(op, left_ty, right_ty).map_or_else(usual, Into::into);
        self.report(problem.help(help));
    }

    /// A number that is compared with a text, in quotes, or a text that is compared with a
    /// number, without.
    fn requoted(
        &self,
        left: ExprId,
        left_ty: &Type,
        right: ExprId,
        right_ty: &Type,
    ) -> Option<(TextRange, String)> {
        let literal = |id: ExprId, other: &Type| {
            let range = self.ast.range(id);
            match (self.ast.kind(id), other) {
                (Kind::Literal(Literal::Int(value)), Type::String) => {
                    Some((range, format!("\"{value}\"")))
                }
                (Kind::Literal(Literal::String(text)), Type::Int) => {
                    text.parse::<i64>().ok().map(|v| (range, v.to_string()))
                }
                (Kind::Literal(Literal::String(text)), Type::Double) => {
                    let value = text.parse::<f64>().ok().filter(|v| v.is_finite());
                    value.map(|v| (range, format!("{v:?}")))
                }
                _ => None,
            }
        };
        literal(right, left_ty).or_else(|| literal(left, right_ty))
    }

    /// A literal of a number that is to be combined with a number of another kind, what it is, and
    /// how it is written as one of that kind. A `uint` is rarely meant, so it gives way first.
    fn as_other_number(&self, operation: &Operation<'_>) -> Option<(TextRange, &str, String)> {
        let &Operation {
            op,
            left,
            right,
            left_ty,
            right_ty,
            ..
        } = operation;
        let sides = match (op, right_ty) {
            (BinaryOp::In, Type::List(due) | Type::Map(due, _)) => vec![(left, &**due)],
            _ => vec![(right, left_ty), (left, right_ty)],
        };
        let unsigned = |(id, due): &(ExprId, &Type)| {
            let Kind::Literal(Literal::Uint(value)) = self.ast.kind(*id) else {
                return None;
            };
            let text = match due {
                Type::Int if i64::try_from(*value).is_ok() => value.to_string(),
                Type::Double => format!("{value}.0"),
                _ => return None,
            };
            Some((self.ast.range(*id), "a `uint`", text))
        };
        let signed = |(id, due): &(ExprId, &Type)| {
            let Kind::Literal(Literal::Int(value)) = self.ast.kind(*id) else {
                return None;
            };
            let text = match due {
                Type::Double => format!("{value}.0"),
                Type::Uint if *value >= 0 => format!("{value}u"),
                _ => return None,
            };
            Some((self.ast.range(*id), "an `int`", text))
        };
        let first = sides.iter().find_map(unsigned);
        first.or_else(|| sides.iter().find_map(signed))
    }
}

fn is_comparison(op: BinaryOp) -> bool {
    use BinaryOp as B;
    matches!(
        op,
        B::Equal | B::NotEqual | B::Less | B::LessEqual | B::Greater | B::GreaterEqual
    )
}

fn help(op: BinaryOp, left: &Type, right: &Type) -> Option<String> {
    use Type as T;
    let number = |t: &T| is_number(t);
    Some(match (left, right) {
        (T::String | T::Enum(_), other) | (other, T::String | T::Enum(_))
            if op == BinaryOp::Add && number(other) =>
        {
            "turn the number into a text: `string(…)`".into()
        }
        (a, b) if number(a) && number(b) => {
            if is_comparison(op) {
                "convert the `uint`: `int(…)`".into()
            } else if op == BinaryOp::Remainder {
                "`%` takes whole numbers: convert with `int(…)`".into()
            } else {
                "convert one of them: `double(…)` or `int(…)`".into()
            }
        }
        (T::Duration, T::Int | T::Double) | (T::Int | T::Double, T::Duration) => {
            "durations are compared with durations: `duration(\"6h\")`".into()
        }
        (T::Timestamp, T::String) | (T::String, T::Timestamp) => {
            "make a timestamp of the text: `timestamp(\"2026-03-02T18:00:00Z\")`".into()
        }
        (T::Duration, T::String) | (T::String, T::Duration) => {
            "make a duration of the text: `duration(\"6h\")`".into()
        }
        (T::Optional(_), _) | (_, T::Optional(_)) => {
            "take the value out first: `.orValue(…)`".into()
        }
        (T::Enum(a), T::Enum(b)) if a != b && is_comparison(op) => {
            "they have no value in common".into()
        }
        _ => return None,
    })
}
