//! Conditions that are looked at for each event: comparisons of what is there with constants and
//! with each other, joined by `&&`, `||` and `!`, decided on borrowed values.
//!
//! It answers what [`super::eval`] would, or nothing: then that is asked. What can fail, costs
//! more than a few steps, or has to be worked out first is not for here, but for the arithmetic of
//! doubles, which neither fails nor costs anything.
//!
//! Most conditions are a few comparisons of one field with a constant that all have to hold: these
//! are taken apart once, into [`Test`]s.

use std::cmp::Ordering;

use super::super::ast::BinaryOp;
use super::super::ops;
use super::super::value::Value;
use super::{Node, NodeId, Program, Slots};

/// Comparing longer texts counts as work.
const SHORT: usize = 1024;

/// One of the conditions that all have to hold.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// A field below a root is a constant, or is `not`.
    Equal {
        field: (u16, u16),
        to: Value,
        not: bool,
    },
    Order {
        op: BinaryOp,
        field: (u16, u16),
        to: Value,
    },
    /// A field is true, or is `not`.
    Flag {
        field: (u16, u16),
        not: bool,
    },
    Other(NodeId),
}

impl Program {
    /// Whether the condition holds, where that can be told at once.
    #[inline]
    pub fn quick<S: Slots>(&self, slots: &S) -> Option<bool> {
        for test in &self.tests {
            if !self.passes(test, slots)? {
                return Some(false);
            }
        }
        Some(true)
    }

    #[inline]
    fn passes<S: Slots>(&self, test: &Test, slots: &S) -> Option<bool> {
        Some(match test {
            Test::Equal { field, to, not } => {
                let value = slots.field(field.0, field.1)?;
                let equal = match (value, to) {
                    (Value::String(value), Value::String(to)) => value == to,
                    (Value::Bool(value), Value::Bool(to)) => value == to,
                    _ => same(value, to)?,
                };
                equal != *not
            }
            Test::Order { op, field, to } => {
                let value = slots.field(field.0, field.1)?;
                is(*op, order(value, to)?)?
            }
            Test::Flag { field, not } => match slots.field(field.0, field.1)? {
                Value::Bool(value) => value != not,
                _ => return None,
            },
            Test::Other(node) => self.decide(*node, slots)?,
        })
    }

    /// Takes the condition apart.
    pub(super) fn tests(&self) -> Vec<Test> {
        let mut tests = Vec::new();
        let mut rest = vec![self.root];
        while let Some(id) = rest.pop() {
            match self.node(id) {
                Node::And(left, right) => rest.extend([*right, *left]),
                _ => tests.push(self.test(id)),
            }
        }
        tests
    }

    fn test(&self, id: NodeId) -> Test {
        let constant = |id: NodeId| match self.node(id) {
            Node::Const(value) => Some(value),
            _ => None,
        };
        match self.node(id) {
            Node::Equal(left, right) | Node::NotEqual(left, right) => {
                let not = matches!(self.node(id), Node::NotEqual(..));
                let one = self.field(*left).zip(constant(*right));
                match one.or_else(|| self.field(*right).zip(constant(*left))) {
                    Some((field, to)) if is_small(to) => Test::Equal {
                        field,
                        to: to.clone(),
                        not,
                    },
                    _ => Test::Other(id),
                }
            }
            Node::Order(op, left, right) => match self.field(*left).zip(constant(*right)) {
                Some((field, to)) if is_small(to) => Test::Order {
                    op: *op,
                    field,
                    to: to.clone(),
                },
                _ => Test::Other(id),
            },
            Node::Not(operand) => match self.field(*operand) {
                Some(field) => Test::Flag { field, not: true },
                None => Test::Other(id),
            },
            _ => match self.field(id) {
                Some(field) => Test::Flag { field, not: false },
                None => Test::Other(id),
            },
        }
    }

    /// The root and the slot below it, of a load of one field.
    fn field(&self, id: NodeId) -> Option<(u16, u16)> {
        let load = self.node(id);
        match (load, self.path(load)) {
            (Node::Load { root, .. }, [slot]) => Some((*root, *slot)),
            _ => None,
        }
    }

    fn decide<S: Slots>(&self, id: NodeId, slots: &S) -> Option<bool> {
        Some(match *self.node(id) {
            Node::And(left, right) => self.decide(left, slots)? && self.decide(right, slots)?,
            Node::Or(left, right) => self.decide(left, slots)? || self.decide(right, slots)?,
            Node::Not(operand) => !self.decide(operand, slots)?,
            Node::Equal(left, right) => {
                same(self.glance(left, slots)?, self.glance(right, slots)?)?
            }
            Node::NotEqual(left, right) => {
                !same(self.glance(left, slots)?, self.glance(right, slots)?)?
            }
            Node::Present(operand) => !self.glance(operand, slots)?.is_null(),
            Node::Order(op, left, right) => {
                let both = self.glance(left, slots).zip(self.glance(right, slots));
                let ordering = if let Some((left, right)) = both {
                    order(left, right)?
                } else {
                    let left = self.double(left, slots)?;
                    left.partial_cmp(&self.double(right, slots)?)?
                };
                is(op, ordering)?
            }
            Node::Const(Value::Bool(value)) => value,
            Node::Load { .. } => match self.glance(id, slots)? {
                Value::Bool(value) => *value,
                _ => return None,
            },
            _ => return None,
        })
    }

    /// The value, where it lies there already.
    fn glance<'v, S: Slots>(&'v self, id: NodeId, slots: &'v S) -> Option<&'v Value> {
        match self.node(id) {
            Node::Const(value) => Some(value),
            load @ Node::Load { root, .. } => slots.peek(*root, self.path(load)),
            _ => None,
        }
    }

    /// The value of an expression in doubles.
    fn double<S: Slots>(&self, id: NodeId, slots: &S) -> Option<f64> {
        match self.node(id) {
            Node::Arithmetic(op, left, right) => {
                let (left, right) = (self.double(*left, slots)?, self.double(*right, slots)?);
                match op {
                    BinaryOp::Add => Some(left + right),
                    BinaryOp::Subtract => Some(left - right),
                    BinaryOp::Multiply => Some(left * right),
                    BinaryOp::Divide => Some(left / right),
                    _ => None,
                }
            }
            Node::Call(site) => {
                let site = &self.calls[*site as usize];
                match *site.args {
                    [of] if site.name == "double" => match self.glance(of, slots)? {
                        #[expect(clippy::cast_precision_loss, reason = "as the function does")]
                        Value::Int(int) => Some(*int as f64),
                        _ => None,
                    },
                    _ => None,
                }
            }
            _ => match self.glance(id, slots)? {
                Value::Double(double) => Some(*double),
                _ => None,
            },
        }
    }
}

/// Whether two values are the same, where that costs nothing.
fn same(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => (left.len() < SHORT).then(|| left == right),
        (
            Value::List(_)
            | Value::Map(_)
            | Value::Object(_)
            | Value::Bytes(_)
            | Value::Optional(_),
            _,
        ) => None,
        _ => Some(ops::equal(left, right)),
    }
}

/// A constant that is compared at once.
fn is_small(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() < SHORT,
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Uint(_)
        | Value::Double(_)
        | Value::Timestamp(_)
        | Value::Duration(_) => true,
        _ => false,
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    Some(match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Double(left), Value::Double(right)) => left.partial_cmp(right)?,
        (Value::Timestamp(left), Value::Timestamp(right)) => left.cmp(right),
        (Value::Duration(left), Value::Duration(right)) => left.cmp(right),
        _ => return None,
    })
}

fn is(op: BinaryOp, ordering: Ordering) -> Option<bool> {
    Some(match op {
        BinaryOp::Less => ordering.is_lt(),
        BinaryOp::LessEqual => ordering.is_le(),
        BinaryOp::Greater => ordering.is_gt(),
        BinaryOp::GreaterEqual => ordering.is_ge(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::env::Env;
    use super::super::super::parser::parse;
    use super::super::{Slots, compile_untyped};
    use super::*;

    /// Values of which the first alone has to be worked out.
    struct Half(Vec<Value>);

    impl Slots for Half {
        fn load(&self, root: u16, path: &[u16]) -> Value {
            self.0.load(root, path)
        }

        fn peek(&self, root: u16, path: &[u16]) -> Option<&Value> {
            (root > 0 && path.is_empty()).then(|| &self.0[usize::from(root)])
        }
    }

    #[test]
    fn it_answers_what_the_evaluator_does_or_nothing() {
        let values = [
            ("made", Value::Int(1)),
            ("kind", Value::string("view")),
            ("price", Value::Double(20.0)),
            ("count", Value::Int(3)),
            ("flag", Value::Bool(true)),
            ("none", Value::Null),
            ("nan", Value::Double(f64::NAN)),
        ];
        let mut env = Env::default();
        for (name, value) in &values {
            env.bind(*name, value.type_of());
        }
        let slots = Half(values.iter().map(|(_, value)| value.clone()).collect());
        let table = [
            (r#"kind == "view" && price >= 20.0"#, Some(true)),
            (r#"kind != "view" || count > 3"#, Some(false)),
            ("!flag || none == null", Some(true)),
            (r#"none == "x""#, Some(false)),
            ("count == price", Some(false)),
            ("price < nan", None),
            ("made == 1 && flag", None),
            ("flag || made == 1", Some(true)),
            ("count + 1 > 3", None),
            ("count < price", None),
            ("none < 3", None),
            ("flag && !none", None),
            (r#""view" == kind && 3 == count && flag"#, Some(true)),
            ("price * 2.0 - 1.0 >= double(count) * 13.0", Some(true)),
            ("price / 0.0 > price && flag", Some(true)),
            ("0.0 / 0.0 < price", None),
            ("nan + 1.0 < price || flag", None),
            ("double(made) < price", None),
            ("price % 2.0 < price", None),
            ("count", None),
        ];
        for (text, quick) in table {
            let program = compile_untyped(&parse(text).ast, &env);
            assert_eq!(program.quick(&slots), quick, "{text}");
            if let Some(quick) = quick {
                assert_eq!(program.eval_bool(&slots), Ok(quick), "{text}");
            }
        }
    }
}
