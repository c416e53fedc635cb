//! `==`, `<` and `in`: what can be compared with what, and what it proves.

use super::super::ast::{BinaryOp, ExprId, Kind, Literal};
use super::super::error::Problem;
use super::super::types::Type;
use super::facts::Outcome;
use super::operands::Operation;
use super::relate::{comparable, ordered};
use super::{Checker, Typed};
use crate::diagnostic::codes;
use crate::source::TextRange;

impl Checker<'_> {
    pub(super) fn equality(
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
        if !comparable(&left_ty, &right_ty, self.env.lenient) {
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
                Type::Null => unequal = Outcome::present(path),
                Type::Nullable(_) | Type::Dyn | Type::Error => {}
                _ => equal = Outcome::present(path),
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

    pub(super) fn order(
        &mut self,
        op: BinaryOp,
        op_range: TextRange,
        left: ExprId,
        right: ExprId,
    ) -> Typed {
        self.operands(left, right);
        for (one, other) in [(left, right), (right, left)] {
            if let ty @ Type::Enum(_) = self.ty(one).clone() {
                self.adapt(other, &ty);
            }
        }
        let (left_ty, right_ty) = (self.ty(left).clone(), self.ty(right).clone());
        let standard = self.env.lenient && left_ty == Type::Null && right_ty == Type::Null;
        if !standard && !ordered(&left_ty, &right_ty, self.env.lenient) {
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

    pub(super) fn membership(&mut self, op_range: TextRange, left: ExprId, right: ExprId) -> Typed {
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
            if !comparable(&left_ty, &element, self.env.lenient) {
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
}
