//! Operators: which types they take, what they prove.

use super::super::ast::{BinaryOp, ExprId, Kind, Literal, UnaryOp};
use super::super::error::Problem;
use super::super::types::Type;
use super::facts::Outcome;
use super::relate::{comparable, join, ordered};
use super::{Checker, Typed};
use crate::diagnostic::{Applicability, codes};
use crate::source::TextRange;

/// A binary operator and its operands, checked.
struct Operation<'t> {
    op: BinaryOp,
    op_range: TextRange,
    left: ExprId,
    right: ExprId,
    left_ty: &'t Type,
    right_ty: &'t Type,
}

impl Checker<'_> {
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        op_range: TextRange,
        left: ExprId,
        right: ExprId,
    ) -> Typed {
        match op {
            BinaryOp::And | BinaryOp::Or => self.logic(op, left, right),
            BinaryOp::Equal | BinaryOp::NotEqual => self.equality(op, op_range, left, right),
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                self.order(op, op_range, left, right)
            }
            BinaryOp::In => self.membership(op_range, left, right),
            _ => self.arithmetic(op, op_range, left, right),
        }
    }

    fn logic(&mut self, op: BinaryOp, left: ExprId, right: ExprId) -> Typed {
        let a = self.condition_given(&Outcome::default(), left);
        self.need_bool(op.symbol(), left, &a);
        // The right side counts only where the left does not decide.
        let before_right = if op == BinaryOp::And { &a.yes } else { &a.no };
        let b = self.condition_given(before_right, right);
        self.need_bool(op.symbol(), right, &b);
        let (yes, no) = if op == BinaryOp::And {
            (a.yes.and(&b.yes), a.no.or(&b.no))
        } else {
            (a.yes.or(&b.yes), a.no.and(&b.no))
        };
        Typed {
            yes,
            no,
            ..Typed::of(Type::Bool)
        }
    }

    /// Demands that an operand is there and a bool.
    pub(super) fn need_bool(&mut self, operator: &str, id: ExprId, typed: &Typed) {
        match typed.ty.present() {
            Type::Bool => {
                self.present(id, typed);
            }
            Type::Dyn | Type::Error => {}
            other => {
                let problem = Problem::new(
                    &codes::INVALID_OPERANDS,
                    self.ast.range(id),
                    format!("`{operator}` takes `bool`, not `{}`", typed.ty),
                );
                let problem = match (&typed.path, &typed.ty, other) {
                    (Some(path), Type::Nullable(_), _) if path.segments.len() > 1 => problem.help(
                        format!("to ask whether it is there, write `has({})`", path.shown),
                    ),
                    (_, _, Type::Optional(_)) => {
                        problem.help("to ask whether it is there, write `.hasValue()`")
                    }
                    (_, _, Type::String) => problem.help("compare it: `… == \"…\"`"),
                    (_, _, Type::Int | Type::Uint | Type::Double) => {
                        problem.help("compare it: `… > 0`")
                    }
                    _ => problem,
                };
                self.report(problem);
            }
        }
    }

    fn equality(
        &mut self,
        op: BinaryOp,
        op_range: TextRange,
        left: ExprId,
        right: ExprId,
    ) -> Typed {
        let a = self.check(left);
        let b = self.check(right);
        self.adapt_to(right, left, &a.ty);
        self.adapt_to(left, right, &b.ty);
        let (left_ty, right_ty) = (self.ty(left).clone(), self.ty(right).clone());
        if !comparable(&left_ty, &right_ty) {
            self.invalid(&Operation {
                op,
                op_range,
                left,
                right,
                left_ty: &left_ty,
                right_ty: &right_ty,
            });
            return Typed::of(Type::Bool);
        }
        // Absent equals only `null`.
        let (mut equal, mut unequal) = (Outcome::default(), Outcome::default());
        for (one, other_ty) in [(&a, &right_ty), (&b, &left_ty)] {
            let Some(path) = one.path.as_ref().filter(|_| one.ty.is_nullable()) else {
                continue;
            };
            match other_ty {
                Type::Null => unequal = Outcome::present(&path.key),
                Type::Nullable(_) | Type::Dyn | Type::Error => {}
                _ => equal = Outcome::present(&path.key),
            }
        }
        let (yes, no) = if op == BinaryOp::Equal {
            (equal, unequal)
        } else {
            (unequal, equal)
        };
        Typed {
            yes,
            no,
            ..Typed::of(Type::Bool)
        }
    }

    /// Adapts one operand to the other; what is compared with a quoted text is no bare word.
    fn adapt_to(&mut self, id: ExprId, other: ExprId, other_ty: &Type) {
        if !matches!(self.ast.kind(other), Kind::Literal(Literal::String(_))) {
            self.adapt(id, other_ty);
        }
    }

    fn order(&mut self, op: BinaryOp, op_range: TextRange, left: ExprId, right: ExprId) -> Typed {
        self.operands(left, right);
        for (one, other) in [(left, right), (right, left)] {
            if let ty @ Type::Enum(_) = self.ty(one).clone() {
                self.adapt(other, &ty);
            }
        }
        let (left_ty, right_ty) = (self.ty(left).clone(), self.ty(right).clone());
        let standard = self.env.lenient && left_ty == Type::Null && right_ty == Type::Null;
        if !standard && !ordered(&left_ty, &right_ty) {
            self.invalid(&Operation {
                op,
                op_range,
                left,
                right,
                left_ty: &left_ty,
                right_ty: &right_ty,
            });
        }
        Typed::of(Type::Bool)
    }

    /// Both operands, which must be present.
    fn operands(&mut self, left: ExprId, right: ExprId) -> (Type, Type) {
        let a = self.check(left);
        let left_ty = self.present(left, &a);
        let b = self.check(right);
        let right_ty = self.present(right, &b);
        (left_ty, right_ty)
    }

    fn membership(&mut self, op_range: TextRange, left: ExprId, right: ExprId) -> Typed {
        let a = self.check(left);
        let left_ty = self.present(left, &a);
        let b = self.check(right);
        let right_ty = self.present(right, &b);
        let found = match &right_ty {
            Type::List(element) => {
                self.adapt(left, element);
                if matches!(left_ty, Type::Enum(_)) {
                    self.adapt(right, &Type::list(left_ty.clone()));
                }
                Some((**element).clone())
            }
            Type::Map(key, _) => {
                self.adapt(left, key);
                Some((**key).clone())
            }
            Type::Dyn | Type::Error => None,
            other => {
                let problem = Problem::new(
                    &codes::INVALID_OPERANDS,
                    self.ast.range(right),
                    format!("`in` looks into a list or a map, not into `{other}`"),
                );
                self.report(match other {
                    Type::String => {
                        problem.help("to look for a text in a text, write `text.contains(part)`")
                    }
                    _ => problem,
                });
                None
            }
        };
        if let Some(element) = found {
            let left_ty = self.ty(left).clone();
            let element = match self.ty(right) {
                Type::List(adapted) => (**adapted).clone(),
                _ => element,
            };
            if !comparable(&left_ty, &element) {
                let right_ty = self.ty(right).clone();
                self.invalid(&Operation {
                    op: BinaryOp::In,
                    op_range,
                    left,
                    right,
                    left_ty: &left_ty,
                    right_ty: &right_ty,
                });
            }
        }
        Typed::of(Type::Bool)
    }

    fn arithmetic(
        &mut self,
        op: BinaryOp,
        op_range: TextRange,
        left: ExprId,
        right: ExprId,
    ) -> Typed {
        let (left_ty, right_ty) = self.operands(left, right);
        if left_ty.is_error() && right_ty.is_error() {
            return Typed::error();
        }
        let results = results(op, &left_ty, &right_ty);
        match results.as_slice() {
            [] => {
                self.invalid(&Operation {
                    op,
                    op_range,
                    left,
                    right,
                    left_ty: &left_ty,
                    right_ty: &right_ty,
                });
                Typed::error()
            }
            [one] => {
                self.constant_operation(op, op_range, left, right);
                Typed::of(one.clone())
            }
            _ if left_ty.is_error() || right_ty.is_error() => Typed::error(),
            _ => Typed::of(Type::Dyn),
        }
    }

    /// Reports operands that do not go together.
    fn invalid(&mut self, operation: &Operation<'_>) {
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
        if let Some((literal, text)) = self.as_double(left, left_ty, right, right_ty) {
            self.report(
                Problem::new(
                    &codes::INVALID_OPERANDS,
                    op_range,
                    format!("`{symbol}` cannot mix `{left_ty}` and `{right_ty}`"),
                )
                .label(literal, "this is an `int`")
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
        self.report(match help(op, left_ty, right_ty) {
            Some(help) => problem.help(help),
            None => problem,
        });
    }

    /// An int literal that a double is to be combined with, and how it is written as a double.
    fn as_double(
        &self,
        left: ExprId,
        left_ty: &Type,
        right: ExprId,
        right_ty: &Type,
    ) -> Option<(TextRange, String)> {
        let literal = match (left_ty, right_ty) {
            (Type::Double, Type::Int) => right,
            (Type::Int, Type::Double) => left,
            _ => return None,
        };
        match self.ast.kind(literal) {
            Kind::Literal(Literal::Int(value)) => {
                Some((self.ast.range(literal), format!("{value}.0")))
            }
            _ => None,
        }
    }

    pub(super) fn unary(&mut self, op: UnaryOp, op_range: TextRange, operand: ExprId) -> Typed {
        let typed = self.check(operand);
        if op == UnaryOp::Not {
            self.need_bool("!", operand, &typed);
            return Typed {
                yes: typed.no,
                no: typed.yes,
                ..Typed::of(Type::Bool)
            };
        }
        match self.present(operand, &typed) {
            ty @ (Type::Int | Type::Double | Type::Dyn | Type::Error) => Typed::of(ty),
            other => {
                self.report(
                    Problem::new(
                        &codes::INVALID_OPERANDS,
                        op_range,
                        format!("`-` takes `int` or `double`, not `{other}`"),
                    )
                    .label(self.ast.range(operand), format!("this is `{other}`")),
                );
                Typed::error()
            }
        }
    }

    pub(super) fn conditional(
        &mut self,
        id: ExprId,
        condition: ExprId,
        then: ExprId,
        otherwise: ExprId,
    ) -> Typed {
        let guards = self.condition == Some(id);
        let c = self.condition_given(&Outcome::default(), condition);
        self.need_bool("?:", condition, &c);
        let outer = self.condition;
        let mut branch = |given: &Outcome, branch: ExprId| {
            self.condition = guards.then_some(branch);
            self.check_given(given, branch)
        };
        let a = branch(&c.yes, then);
        let b = branch(&c.no, otherwise);
        self.condition = outer;
        self.adapt(then, &b.ty);
        self.adapt(otherwise, &a.ty);
        let (a_ty, b_ty) = (self.ty(then).clone(), self.ty(otherwise).clone());
        let ty = match join(&a_ty, &b_ty) {
            Some(ty) => ty,
            None if self.env.lenient || self.judged.contains(&id) => Type::Dyn,
            None => {
                self.report(
                    Problem::new(
                        &codes::TYPE_MISMATCH,
                        self.ast.range(otherwise),
                        format!(
                            "the branches of `?:` are of different types: `{a_ty}` and `{b_ty}`"
                        ),
                    )
                    .here(format!("this is `{b_ty}`"))
                    .label(self.ast.range(then), format!("this is `{a_ty}`")),
                );
                Type::Error
            }
        };
        Typed {
            yes: c.yes.and(&a.yes).or(&c.no.and(&b.yes)),
            no: c.yes.and(&a.no).or(&c.no.and(&b.no)),
            ..Typed::of(ty)
        }
    }
}

fn is_comparison(op: BinaryOp) -> bool {
    use BinaryOp as B;
    matches!(
        op,
        B::Equal | B::NotEqual | B::Less | B::LessEqual | B::Greater | B::GreaterEqual
    )
}

/// What the operator may answer for operands of these types: nothing where it does not take them,
/// several where only the run decides.
fn results(op: BinaryOp, left: &Type, right: &Type) -> Vec<Type> {
    use BinaryOp as B;
    use Type as T;
    if let (B::Add, T::List(a), T::List(b)) = (op, left, right) {
        return join(a, b).map(T::list).into_iter().collect();
    }
    let numbers = [
        (T::Int, T::Int, T::Int),
        (T::Uint, T::Uint, T::Uint),
        (T::Double, T::Double, T::Double),
    ];
    let table: &[(T, T, T)] = match op {
        B::Add => &[
            (T::String, T::String, T::String),
            (T::Bytes, T::Bytes, T::Bytes),
            (T::Timestamp, T::Duration, T::Timestamp),
            (T::Duration, T::Timestamp, T::Timestamp),
            (T::Duration, T::Duration, T::Duration),
        ],
        B::Subtract => &[
            (T::Timestamp, T::Timestamp, T::Duration),
            (T::Timestamp, T::Duration, T::Timestamp),
            (T::Duration, T::Duration, T::Duration),
        ],
        _ => &[],
    };
    let unknown = |t: &T| matches!(t, T::Dyn | T::Error);
    let is =
        |ty: &T, due: &T| unknown(ty) || ty == due || matches!((ty, due), (T::Enum(_), T::String));
    let mut found: Vec<T> = Vec::new();
    let doubles = op != B::Remainder;
    let mut candidates: Vec<&(T, T, T)> = numbers
        .iter()
        .filter(|(ty, ..)| doubles || *ty != T::Double)
        .chain(table)
        .collect();
    candidates.retain(|(a, b, _)| is(left, a) && is(right, b));
    for (_, _, result) in candidates {
        if !found.contains(result) {
            found.push(result.clone());
        }
    }
    if op == B::Add
        && (unknown(left) && matches!(right, T::List(_))
            || unknown(right) && matches!(left, T::List(_)))
    {
        found.push(T::list(T::Dyn));
    }
    found
}

fn help(op: BinaryOp, left: &Type, right: &Type) -> Option<String> {
    use Type as T;
    let number = |t: &T| super::relate::is_number(t);
    Some(match (left, right) {
        (T::String | T::Enum(_), other) | (other, T::String | T::Enum(_))
            if op == BinaryOp::Add && number(other) =>
        {
            "turn the number into a text: `string(…)`".into()
        }
        (a, b) if number(a) && number(b) => {
            if op == BinaryOp::Remainder {
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
