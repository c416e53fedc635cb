//! Operators, and those on booleans: which types they take, what they prove.

use super::super::ast::{BinaryOp, ExprId, UnaryOp};
use super::super::error::Problem;
use super::super::types::Type;
use super::facts::Outcome;
use super::relate::join;
use super::{Checker, Typed};
use crate::diagnostic::codes;
use crate::source::TextRange;

impl Checker<'_> {
    pub(super) fn binary(
        &mut self,
        id: ExprId,
        op: BinaryOp,
        op_range: TextRange,
        (left, right): (ExprId, ExprId),
    ) -> Typed {
        match op {
            BinaryOp::And | BinaryOp::Or => self.logic(op, left, right),
            BinaryOp::Equal | BinaryOp::NotEqual => self.equality(op, op_range, left, right),
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                self.order(op, op_range, left, right)
            }
            BinaryOp::In => self.membership(op_range, left, right),
            _ => self.arithmetic(id, op, op_range, (left, right)),
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
                        format!("to ask whether it is there, write `has({})`", path.shown()),
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

    pub(super) fn unary(
        &mut self,
        id: ExprId,
        op: UnaryOp,
        op_range: TextRange,
        operand: ExprId,
    ) -> Typed {
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
            ty @ (Type::Int | Type::Double | Type::Dyn | Type::Error) => {
                self.constant_negation(id, op_range, operand);
                Typed::of(ty)
            }
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
        // A text beside an enum is a text, unless an enum turns out to be due.
        if join(&a.ty, &b.ty).is_none() || a.ty.is_error() || b.ty.is_error() {
            self.adapt(then, &b.ty);
            self.adapt(otherwise, &a.ty);
        }
        let (a_ty, b_ty) = (self.ty(then).clone(), self.ty(otherwise).clone());
        let ty = match join(&a_ty, &b_ty) {
            Some(ty) => ty,
            None if self.env.lenient || self.judged.get(id).is_some() => Type::Dyn,
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
