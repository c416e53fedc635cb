//! The way through a tree: each boolean is judged once, with what is known where it is asked.

use std::sync::Arc;

use super::terms::{Atom, Claim};
use super::values::Values;
use super::world::{Place, Reason, World};
use super::{ConstantBool, Judge, Variable, Ways};
use crate::cel::ast::{BinaryOp, ExprId, Kind, Literal, UnaryOp};
use crate::cel::types::Type;

/// Macros whose first argument names a variable.
const WITH_VARIABLE: [&str; 8] = [
    "all",
    "exists",
    "exists_one",
    "existsOne",
    "filter",
    "map",
    "optMap",
    "optFlatMap",
];

impl Judge<'_> {
    /// Judges a value.
    pub(super) fn visit(&mut self, id: ExprId, before: &World) -> Ways {
        let plain = !matches!(
            self.ast.kind(id),
            Kind::Unary { .. } | Kind::Binary { .. } | Kind::Conditional { .. }
        );
        self.judged(id, before, plain)
    }

    fn judged(&mut self, id: ExprId, before: &World, plain: bool) -> Ways {
        let told = self.constant.len();
        let (ways, because) = self.ways(id, before);
        let is_bool = matches!(self.types[id.index()].present(), Type::Bool);
        let always = match (ways.yes.is_never(), ways.no.is_never()) {
            (true, false) => false,
            (false, true) => true,
            _ => return ways,
        };
        let silent = !is_bool
            || before.is_never()
            || self.constant.len() > told
            || matches!(self.ast.kind(id), Kind::Literal(_))
            || (self.is_guard(id) && !self.is_constant_alone(id));
        if !silent {
            self.constant.push(ConstantBool {
                range: self.ast.range(id),
                always,
                because,
                plain,
            });
        }
        ways
    }

    /// A boolean that a connective asks for: a literal there decides it.
    fn operand(&mut self, id: ExprId, before: &World) -> Ways {
        if let Kind::Literal(Literal::Bool(always)) = self.ast.kind(id)
            && !before.is_never()
        {
            self.constant.push(ConstantBool {
                range: self.ast.range(id),
                always: *always,
                because: None,
                plain: false,
            });
        }
        self.judged(id, before, false)
    }

    fn ways(&mut self, id: ExprId, before: &World) -> (Ways, Option<(Place, String)>) {
        let ways = match self.ast.kind(id) {
            Kind::Literal(Literal::Bool(value)) => fixed(*value, before),
            Kind::Unary {
                op: UnaryOp::Not,
                operand,
                ..
            } => {
                // `!x` reads as one.
                if let Some(Atom::Claim(claim)) = self.atom(*operand) {
                    let (Ways { yes, no }, because) = self.claimed(id, claim, before);
                    return (Ways { yes: no, no: yes }, because);
                }
                let Ways { yes, no } = self.operand(*operand, before);
                Ways { yes: no, no: yes }
            }
            Kind::Binary {
                op: BinaryOp::And,
                left,
                right,
                ..
            } => {
                let left = self.operand(*left, before);
                let right = self.operand(*right, &left.yes);
                Ways {
                    yes: right.yes,
                    no: left.no.or(&right.no),
                }
            }
            Kind::Binary {
                op: BinaryOp::Or,
                left,
                right,
                ..
            } => {
                let left = self.operand(*left, before);
                let right = self.operand(*right, &left.no);
                Ways {
                    yes: left.yes.or(&right.yes),
                    no: right.no,
                }
            }
            Kind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                let asked = self.operand(*condition, before);
                let then = self.visit(*then, &asked.yes);
                let otherwise = self.visit(*otherwise, &asked.no);
                if self.may_fail(*condition) {
                    open(before)
                } else {
                    Ways {
                        yes: then.yes.or(&otherwise.yes),
                        no: then.no.or(&otherwise.no),
                    }
                }
            }
            _ => {
                // Only of booleans anything can be told.
                let is_bool = matches!(self.types[id.index()].present(), Type::Bool);
                return match is_bool.then(|| self.atom(id)).flatten() {
                    Some(Atom::Fixed(value)) => (fixed(value, before), None),
                    Some(Atom::Claim(claim)) => self.claimed(id, claim, before),
                    None => {
                        self.below(id, before);
                        (open(before), None)
                    }
                };
            }
        };
        (ways, None)
    }

    /// What a claim about a field says, and what decides it already.
    fn claimed(&self, id: ExprId, claim: Claim, before: &World) -> (Ways, Option<(Place, String)>) {
        let place = (self.place)(self.ast.range(id));
        let is_true = claim.yes == Values::truth();
        let asks_bool = is_true || claim.no == Values::truth();
        // Where it cannot be, also what says so.
        let assume = |values: Values| {
            let reason = Reason {
                place,
                values,
                path: Arc::clone(&claim.shown),
                scale: claim.scale,
                from: "here",
            };
            before.assume(&claim.key, reason)
        };
        let (yes, against_yes) = assume(claim.yes);
        let (no, against_no) = assume(claim.no);
        let mut against = match (yes.is_never(), no.is_never()) {
            (true, false) => against_yes,
            (false, true) => against_no,
            _ => None,
        };
        let mut ways = Ways { yes, no };
        let given = asks_bool.then(|| self.env.given.conditions.get(&claim.key));
        if let Some((when_true, when_false)) = given.flatten() {
            for (way, is) in [(&mut ways.yes, is_true), (&mut ways.no, !is_true)] {
                let given = if is { when_true } else { when_false };
                let both = way.and(given);
                if both.is_never() && !way.is_never() {
                    against = way.contradiction(given);
                }
                *way = both;
            }
        }
        (ways, against.map(|why| (why.place, why.text())))
    }

    /// Judges what stands below a node that is no connective.
    fn below(&mut self, id: ExprId, before: &World) {
        let ast = self.ast;
        let kind = ast.kind(id);
        if let Kind::Call {
            target,
            function,
            args,
        } = kind
        {
            let name = self.ast.name(function);
            if name == "has" && target.is_none() {
                return;
            }
            let over = match (target, &args[..]) {
                (Some(target), [_, _, ..]) if WITH_VARIABLE.contains(&name) => {
                    Some((self.element(*target), *target, &args[1..]))
                }
                (Some(_), [_, value, _]) if name == "bind" => {
                    Some((self.types[value.index()].clone(), *value, &args[2..]))
                }
                _ => None,
            };
            if let Some((ty, over, bodies)) = over
                && let Kind::Ident(variable) = ast.kind(args[0])
            {
                self.visit(over, before);
                self.variables += 1;
                let key = Arc::from(format!("{}#{}", self.ast.name(variable), self.variables));
                self.scope.push(Variable {
                    name: self.ast.name(variable).into(),
                    key,
                    ty,
                });
                for body in bodies {
                    self.visit(*body, before);
                }
                self.scope.pop();
                return;
            }
        }
        kind.for_each_child(|child| {
            self.visit(child, before);
        });
    }

    /// What is iterated over in a value.
    fn element(&self, id: ExprId) -> Type {
        match self.types[id.index()].present() {
            Type::List(element) => Type::clone(element),
            Type::Map(key, _) => Type::clone(key),
            Type::Optional(inner) => Type::clone(inner),
            _ => Type::Dyn,
        }
    }

    /// It asks only whether fields are there.
    fn is_guard(&self, id: ExprId) -> bool {
        match self.ast.kind(id) {
            Kind::Unary {
                op: UnaryOp::Not,
                operand,
                ..
            } => self.is_guard(*operand),
            Kind::Binary {
                op: BinaryOp::And | BinaryOp::Or,
                left,
                right,
                ..
            } => self.is_guard(*left) && self.is_guard(*right),
            _ => matches!(self.atom(id), Some(Atom::Claim(claim)) if claim.guard),
        }
    }

    /// Whether it comes out one way also where nothing is known before it.
    fn is_constant_alone(&mut self, id: ExprId) -> bool {
        let told = self.constant.len();
        let (ways, _) = self.ways(id, &World::default());
        self.constant.truncate(told);
        ways.yes.is_never() != ways.no.is_never()
    }

    /// Whether working it out may fail.
    fn may_fail(&self, id: ExprId) -> bool {
        match self.ast.kind(id) {
            Kind::Literal(_) => false,
            Kind::Unary {
                op: UnaryOp::Not,
                operand,
                ..
            } => self.may_fail(*operand),
            Kind::Binary {
                op: BinaryOp::And | BinaryOp::Or,
                left,
                right,
                ..
            } => self.may_fail(*left) || self.may_fail(*right),
            _ => match self.atom(id) {
                None => true,
                Some(Atom::Claim(claim)) => claim.may_fail,
                Some(Atom::Fixed(_)) => false,
            },
        }
    }
}

fn fixed(value: bool, before: &World) -> Ways {
    let (yes, no) = (before.clone(), World::never());
    if value {
        Ways { yes, no }
    } else {
        Ways { yes: no, no: yes }
    }
}

/// It may come out either way, and nothing is known then.
fn open(before: &World) -> Ways {
    Ways {
        yes: before.clone(),
        no: before.clone(),
    }
}
