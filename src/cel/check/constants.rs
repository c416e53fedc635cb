//! What can be worked out before anything runs, and fails: a division by zero, a number that fits
//! no int, a text that is no duration, a pattern that is no regular expression. The functions themselves judge.

use jiff::Timestamp;

use super::super::ast::{BinaryOp, ExprId, Kind, Literal};
use super::super::error::{EvalError, EvalErrorKind, Problem};
use super::super::functions::{self, Overload};
use super::super::ops;
use super::super::types::Type;
use super::super::value::Value;
use super::Checker;
use crate::diagnostic::codes;
use crate::source::TextRange;

/// The regular expressions of one expression: compiling one may take milliseconds.
const MAX_PATTERNS: usize = 100;

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
    /// The value of a node that is a literal, or was worked out of literals.
    fn constant(&self, id: ExprId) -> Option<Value> {
        Some(match self.ast.kind(id) {
            Kind::Literal(Literal::Int(value)) => Value::Int(*value),
            Kind::Literal(Literal::Uint(value)) => Value::Uint(*value),
            Kind::Literal(Literal::Double(value)) => Value::Double(*value),
            _ => return self.constants.get(id).cloned(),
        })
    }

    /// Works an operation on numbers out, where both are known, and reports where it fails.
    pub(super) fn constant_operation(
        &mut self,
        id: ExprId,
        op: BinaryOp,
        op_range: TextRange,
        (left, right): (ExprId, ExprId),
    ) {
        if self.env.lenient {
            return;
        }
        let divisor = self.constant(right);
        let zero = matches!(divisor, Some(Value::Int(0) | Value::Uint(0)));
        if zero && matches!(op, BinaryOp::Divide | BinaryOp::Remainder) {
            self.report(Problem::new(
                &codes::INVALID_LITERAL,
                self.ast.range(right),
                "this divides by zero",
            ));
            return;
        }
        if let (Some(a), Some(b)) = (self.constant(left), divisor) {
            let what = if matches!(a, Value::Uint(_)) {
                "a uint"
            } else {
                "an int"
            };
            self.constant_result(id, op_range, what, ops::arithmetic(op, &a, &b));
        }
    }

    /// Works a negation out, where the number is known, and reports where it fails.
    pub(super) fn constant_negation(&mut self, id: ExprId, op_range: TextRange, operand: ExprId) {
        if !self.env.lenient
            && let Some(value) = self.constant(operand)
        {
            self.constant_result(id, op_range, "an int", ops::negate(&value));
        }
    }

    fn constant_result(
        &mut self,
        id: ExprId,
        range: TextRange,
        due: &str,
        result: Result<Value, EvalError>,
    ) {
        match result {
            Ok(value) => {
                self.constants.insert(id, value);
            }
            Err(error) if error.kind == EvalErrorKind::Overflow => {
                let message = format!("the result does not fit {due}");
                self.report(Problem::new(&codes::INVALID_LITERAL, range, message));
            }
            Err(_) => {}
        }
    }

    /// Runs a call whose deciding argument is a literal, and reports where it cannot succeed.
    pub(super) fn constant_call(
        &mut self,
        id: ExprId,
        name: &str,
        overload: &Overload,
        args: &[ExprId],
    ) {
        if self.env.lenient {
            return;
        }
        if name.starts_with("math.") {
            let known: Option<Vec<Value>> = args.iter().map(|arg| self.constant(*arg)).collect();
            if let Some(known) = known {
                let range = self.ast.range(id);
                self.constant_result(id, range, "an int", (overload.run)(&known));
            }
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
            (_, Value::String(_)) if self.patterns >= MAX_PATTERNS => {
                let message =
                    format!("an expression has at most {MAX_PATTERNS} regular expressions");
                let range = self.ast.range(literal);
                let told = std::mem::replace(&mut self.patterns, usize::MAX) == usize::MAX;
                if !told {
                    self.report(
                        Problem::new(&codes::LIMIT_EXCEEDED, range, message)
                            .help("join some of them with `|`, or split the expression"),
                    );
                }
                return;
            }
            (_, Value::String(pattern)) => {
                self.patterns += 1;
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
