//! What is known for certain on a way through steps, and what a condition comes to with it.
//!
//! Known are values that were written as constants and what conditions on the way have proved;
//! everything else is unknown. Nothing is kept of what may change by itself: traits, the persona,
//! `now`.

use std::collections::{BTreeMap, BTreeSet};

use crate::cel::{Ast, BinaryOp, ExprId, Kind, Literal, UnaryOp};
use crate::syntax::ast::{Assign, Expr};

/// Known values, by path: `vars.sku` of a journey, `traveler.city`, `event.kind`, and what loops
/// keep of their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    known: BTreeMap<String, Literal>,
}

/// Whose expressions are looked at.
#[derive(Clone, Copy)]
pub(super) struct Whose<'a> {
    /// The journey's index: variables are its own.
    pub journey: usize,
    /// `traveler.NAME` of the traits.
    pub traits: &'a BTreeSet<String>,
}

impl Whose<'_> {
    /// The key of a path as it is written.
    pub(super) fn key(&self, path: &str) -> String {
        if path.starts_with("vars.") {
            format!("{}/{path}", self.journey)
        } else {
            path.to_owned()
        }
    }

    /// Whether a path keeps its value until it is written.
    fn keeps(&self, path: &str) -> bool {
        let root = path.split('.').next().unwrap_or_default();
        match root {
            "vars" | "event" => true,
            "traveler" => path != "traveler.persona" && !self.traits.contains(path),
            _ => false,
        }
    }
}

impl Facts {
    pub(super) fn get(&self, key: &str) -> Option<&Literal> {
        self.known.get(key)
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn put(&mut self, key: impl Into<String>, value: Literal) {
        self.known.insert(key.into(), value);
    }

    /// Adds what is known elsewhere; it wins.
    pub(super) fn join(&mut self, other: Self) {
        self.known.extend(other.known);
    }

    pub(super) fn forget(&mut self, which: impl Fn(&str) -> bool) {
        self.known.retain(|key, _| !which(key));
    }

    /// Replaces values that are kept under keys of a kind.
    pub(super) fn replace(&mut self, prefix: &str, old: &Literal, new: &Literal) {
        for (key, value) in &mut self.known {
            if key.starts_with(prefix) && value == old {
                *value = new.clone();
            }
        }
    }

    /// Writes a value, known or not.
    pub(super) fn write(&mut self, key: &str, value: Option<Literal>) {
        match value {
            Some(value) => self.put(key, value),
            None => {
                self.known.remove(key);
            }
        }
    }

    /// Carries out assignments, all worked out before any is written; answers the keys.
    pub(super) fn assign(
        &mut self,
        assigns: &[Assign],
        root: &str,
        whose: Whose<'_>,
    ) -> Vec<String> {
        let values: Vec<_> = (assigns.iter())
            .map(|it| {
                let key = whose.key(&format!("{root}.{}", it.target));
                (key, self.value(&it.value, whose))
            })
            .collect();
        let mut keys = Vec::new();
        for (key, value) in values {
            self.write(&key, value);
            keys.push(key);
        }
        keys
    }

    /// The value of an expression, where it is known.
    pub(super) fn value(&self, expr: &Expr, whose: Whose<'_>) -> Option<Literal> {
        self.eval(&expr.ast, expr.ast.root(), whose)
    }

    /// Whether a condition holds, where it is known.
    pub(super) fn holds(&self, expr: &Expr, whose: Whose<'_>) -> Option<bool> {
        match self.value(expr, whose) {
            Some(Literal::Bool(value)) => Some(value),
            _ => None,
        }
    }

    /// Keeps what follows from a condition that came out so.
    pub(super) fn assume(&mut self, expr: &Expr, truth: bool, whose: Whose<'_>) {
        self.suppose(&expr.ast, expr.ast.root(), truth, whose);
    }

    fn suppose(&mut self, ast: &Ast, id: ExprId, truth: bool, whose: Whose<'_>) {
        match ast.kind(id) {
            Kind::Unary {
                op: UnaryOp::Not,
                operand,
                ..
            } => self.suppose(ast, *operand, !truth, whose),
            Kind::Binary {
                op, left, right, ..
            } => match op {
                BinaryOp::And if truth => {
                    self.suppose(ast, *left, true, whose);
                    self.suppose(ast, *right, true, whose);
                }
                BinaryOp::Or if !truth => {
                    self.suppose(ast, *left, false, whose);
                    self.suppose(ast, *right, false, whose);
                }
                BinaryOp::Equal if truth => self.same(ast, *left, *right, whose),
                BinaryOp::NotEqual if !truth => self.same(ast, *left, *right, whose),
                _ => {}
            },
            _ => self.learn(ast, id, Literal::Bool(truth), whose),
        }
    }

    fn same(&mut self, ast: &Ast, left: ExprId, right: ExprId, whose: Whose<'_>) {
        for (at, other) in [(left, right), (right, left)] {
            if let Kind::Literal(value) = ast.kind(other) {
                self.learn(ast, at, value.clone(), whose);
            }
        }
    }

    fn learn(&mut self, ast: &Ast, id: ExprId, value: Literal, whose: Whose<'_>) {
        if let Some(path) = path(ast, id)
            && whose.keeps(&path)
        {
            self.put(whose.key(&path), value);
        }
    }

    fn eval(&self, ast: &Ast, id: ExprId, whose: Whose<'_>) -> Option<Literal> {
        match ast.kind(id) {
            Kind::Literal(value) => Some(value.clone()),
            Kind::Unary {
                op: UnaryOp::Not,
                operand,
                ..
            } => match self.eval(ast, *operand, whose)? {
                Literal::Bool(value) => Some(Literal::Bool(!value)),
                _ => None,
            },
            Kind::Binary {
                op, left, right, ..
            } => {
                let (left, right) = (self.eval(ast, *left, whose), self.eval(ast, *right, whose));
                binary(*op, left, right)
            }
            Kind::Conditional {
                condition,
                then,
                otherwise,
            } => match self.eval(ast, *condition, whose)? {
                Literal::Bool(true) => self.eval(ast, *then, whose),
                Literal::Bool(false) => self.eval(ast, *otherwise, whose),
                _ => None,
            },
            Kind::Call {
                target,
                function,
                args,
            } => match (ast.name(function), target, &args[..]) {
                ("has", None, [field]) => {
                    let value = self.eval(ast, *field, whose)?;
                    Some(Literal::Bool(value != Literal::Null))
                }
                ("orValue", Some(target), [other]) => match self.eval(ast, *target, whose)? {
                    Literal::Null => self.eval(ast, *other, whose),
                    value => Some(value),
                },
                _ => None,
            },
            _ => self.get(&whose.key(&path(ast, id)?)).cloned(),
        }
    }
}

fn binary(op: BinaryOp, left: Option<Literal>, right: Option<Literal>) -> Option<Literal> {
    use Literal::{Bool, Double, Int, Null};
    let either = |value: bool| left == Some(Bool(value)) || right == Some(Bool(value));
    let both = |value: bool| left == Some(Bool(value)) && right == Some(Bool(value));
    match op {
        BinaryOp::And if either(false) => return Some(Bool(false)),
        BinaryOp::And => return both(true).then_some(Bool(true)),
        BinaryOp::Or if either(true) => return Some(Bool(true)),
        BinaryOp::Or => return both(false).then_some(Bool(false)),
        _ => {}
    }
    let (left, right) = (left?, right?);
    let order = match (&left, &right) {
        (Int(left), Int(right)) => Some(left.cmp(right)),
        (Double(left), Double(right)) => left.partial_cmp(right),
        _ => None,
    };
    let alike = std::mem::discriminant(&left) == std::mem::discriminant(&right);
    let comparable = alike || left == Null || right == Null;
    let value = match op {
        BinaryOp::Equal if comparable => left == right,
        BinaryOp::NotEqual if comparable => left != right,
        BinaryOp::Less => order?.is_lt(),
        BinaryOp::LessEqual => order?.is_le(),
        BinaryOp::Greater => order?.is_gt(),
        BinaryOp::GreaterEqual => order?.is_ge(),
        _ => return None,
    };
    Some(Bool(value))
}

/// A path of names: `traveler.consents.marketing`.
fn path(ast: &Ast, id: ExprId) -> Option<String> {
    match ast.kind(id) {
        Kind::Ident(name) => Some(ast.name(name).to_string()),
        Kind::Select { operand, field, .. } => {
            let mut path = path(ast, *operand)?;
            path.push('.');
            path.push_str(ast.name(field));
            Some(path)
        }
        _ => None,
    }
}

/// The paths that an expression reads, those they begin with included.
pub(super) fn reads(expr: &Expr) -> BTreeSet<String> {
    let ast = &expr.ast;
    ast.ids().filter_map(|id| path(ast, id)).collect()
}
