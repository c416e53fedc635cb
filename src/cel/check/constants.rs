//! What can be worked out before anything runs, and fails: a division by a literal zero, a text
//! that is no duration, a pattern that is no regular expression. The functions themselves judge.

use jiff::Timestamp;

use super::super::ast::{BinaryOp, ExprId, Kind, Literal};
use super::super::error::{EvalErrorKind, Problem};
use super::super::functions::{self, Overload};
use super::super::types::Type;
use super::super::value::Value;
use super::Checker;
use crate::diagnostic::codes;
use crate::source::TextRange;

/// Functions that read a text of a certain form, and which parameter it is.
const READERS: &[(&str, usize)] = &[
    ("bool", 0),
    ("int", 0),
    ("uint", 0),
    ("double", 0),
    ("duration", 0),
    ("timestamp", 0),
    ("matches", 1),
    ("regex.extract", 1),
    ("regex.extractAll", 1),
    ("regex.replace", 1),
];

impl Checker<'_> {
    pub(super) fn constant_operation(
        &mut self,
        op: BinaryOp,
        op_range: TextRange,
        left: ExprId,
        right: ExprId,
    ) {
        if self.env.lenient {
            return;
        }
        let int = |id: ExprId| match self.ast.kind(id) {
            Kind::Literal(Literal::Int(value)) => Some(*value),
            _ => None,
        };
        let zero = int(right) == Some(0)
            || matches!(self.ast.kind(right), Kind::Literal(Literal::Uint(0)));
        if zero && matches!(op, BinaryOp::Divide | BinaryOp::Remainder) {
            self.report(Problem::new(
                &codes::INVALID_LITERAL,
                self.ast.range(right),
                "this divides by zero",
            ));
            return;
        }
        let (Some(a), Some(b)) = (int(left), int(right)) else {
            return;
        };
        let fits = match op {
            BinaryOp::Add => a.checked_add(b),
            BinaryOp::Subtract => a.checked_sub(b),
            BinaryOp::Multiply => a.checked_mul(b),
            BinaryOp::Divide => a.checked_div(b),
            _ => a.checked_rem(b),
        };
        if fits.is_none() {
            self.report(Problem::new(
                &codes::INVALID_LITERAL,
                op_range,
                "the result does not fit an int",
            ));
        }
    }

    /// Runs a call whose deciding argument is a literal, and reports where it cannot succeed.
    pub(super) fn constant_call(&mut self, name: &str, overload: &Overload, args: &[ExprId]) {
        if self.env.lenient {
            return;
        }
        let zone = name.starts_with("get") && args.len() == 2;
        let reader = READERS.iter().find(|(reader, _)| *reader == name);
        let at = match reader {
            Some((_, at)) => *at,
            None if zone => 1,
            None => return,
        };
        let Some(literal) = args.get(at).copied() else {
            return;
        };
        let (Kind::Literal(value), true) =
            (self.ast.kind(literal), overload.params.len() == args.len())
        else {
            return;
        };
        let value = match value {
            Literal::String(text) => Value::string(&**text),
            Literal::Int(value) if *self.ty(literal) != Type::Double => Value::Int(*value),
            Literal::Double(value) => Value::Double(*value),
            _ => return,
        };
        let failure = match (at, &value) {
            (0, _) => (overload.run)(std::slice::from_ref(&value)).err(),
            _ if zone => {
                (overload.run)(&[Value::Timestamp(Timestamp::UNIX_EPOCH), value.clone()]).err()
            }
            (_, Value::String(pattern)) => {
                if let Err(message) = functions::compile_regex(pattern) {
                    self.report(
                        Problem::new(
                            &codes::INVALID_LITERAL,
                            self.ast.range(literal),
                            "this is not a regular expression",
                        )
                        .here(message),
                    );
                }
                None
            }
            _ => None,
        };
        if let Some(failure) = failure.filter(|f| f.kind != EvalErrorKind::NoSuchOverload) {
            let range = self.ast.range(literal);
            let problem = Problem::new(&codes::INVALID_LITERAL, range, failure.message);
            self.report(match name {
                "duration" => problem.help("write numbers with units: `6h`, `1h30m`, `2w`"),
                "timestamp" => problem.help("write RFC 3339: `2026-03-02T18:00:00Z`"),
                _ if zone => problem.help("write an IANA name: `Europe/Paris`"),
                _ => problem,
            });
        }
    }
}
