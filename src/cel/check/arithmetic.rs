//! `+ - * / %`: which types they take and make.

use smallvec::{SmallVec, smallvec};

use super::super::ast::{BinaryOp, ExprId, Kind};
use super::super::error::Problem;
use super::super::types::Type;
use super::operands::Operation;
use super::relate::join;
use super::{Checker, Typed};
use crate::diagnostic::{Applicability, codes};
use crate::source::TextRange;

impl Checker<'_> {
    /// `event.order-no`, where the field has the dash: the unknown field that has just been
    /// reported, and the name behind the dash, are one thing.
    fn is_name_with_dash(&mut self, left: ExprId, right: ExprId) -> bool {
        let ast = self.ast;
        let (Kind::Select { operand, field, .. }, Kind::Ident(rest)) =
            (ast.kind(left), ast.kind(right))
        else {
            return false;
        };
        let whole = format!("{}-{}", self.ast.name(field), self.ast.name(rest));
        let range = field.range.cover(rest.range);
        let (Type::Object(object), Some(problem)) = (self.ty(*operand), self.problems.last())
        else {
            return false;
        };
        if problem.range != field.range
            || range.len() as usize != whole.len()
            || object.field(&whole).is_none()
        {
            return false;
        }
        self.problems.pop();
        let quoted = format!("`{whole}`");
        self.report(
            Problem::new(
                &codes::UNKNOWN_FIELD,
                range,
                format!("the field {quoted} must be in back-ticks, because it contains a dash"),
            )
            .fix(Applicability::Safe, "put it in back-ticks", range, quoted),
        );
        true
    }

    pub(super) fn arithmetic(
        &mut self,
        id: ExprId,
        op: BinaryOp,
        op_range: TextRange,
        (left, right): (ExprId, ExprId),
    ) -> Typed {
        let a = self.check(left);
        if op == BinaryOp::Subtract && self.is_name_with_dash(left, right) {
            return Typed::error();
        }
        let left_ty = self.present(left, &a);
        let b = self.check(right);
        let right_ty = self.present(right, &b);
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
                self.constant_operation(id, op, op_range, (left, right));
                Typed::of(one.clone())
            }
            _ if left_ty.is_error() || right_ty.is_error() => Typed::error(),
            _ => Typed::of(Type::Dyn),
        }
    }
}

/// What the operator may answer for operands of these types: nothing where it does not take them,
/// several where only the run decides.
fn results(op: BinaryOp, left: &Type, right: &Type) -> SmallVec<[Type; 2]> {
    use BinaryOp as B;
    use Type as T;
    match (left, right) {
        (T::Int, T::Int) => return smallvec![T::Int],
        (T::Double, T::Double) if op != B::Remainder => return smallvec![T::Double],
        _ => {}
    }
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
    let mut found: SmallVec<[T; 2]> = SmallVec::new();
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
