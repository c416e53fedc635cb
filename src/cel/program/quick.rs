//! Conditions that are looked at for each event: comparisons of what is there with constants and
//! with each other, joined by `&&`, `||` and `!`, decided on borrowed values.
//!
//! It answers what [`super::eval`] would, or nothing: then that is asked. What can fail, costs
//! more than a few steps, or has to be worked out first is not for here.

use super::super::ast::BinaryOp;
use super::super::ops;
use super::super::value::Value;
use super::{Node, NodeId, Program, Slots};

/// Comparing longer texts counts as work.
const SHORT: usize = 1024;

impl Program {
    /// Whether the condition holds, where that can be told at once.
    pub fn quick(&self, slots: &dyn Slots) -> Option<bool> {
        self.decide(self.root, slots)
    }

    fn decide(&self, id: NodeId, slots: &dyn Slots) -> Option<bool> {
        Some(match *self.node(id) {
            Node::And(left, right) => self.decide(left, slots)? && self.decide(right, slots)?,
            Node::Or(left, right) => self.decide(left, slots)? || self.decide(right, slots)?,
            Node::Not(operand) => !self.decide(operand, slots)?,
            Node::Equal(left, right) => self.equal(left, right, slots)?,
            Node::NotEqual(left, right) => !self.equal(left, right, slots)?,
            Node::Present(operand) => !self.glance(operand, slots)?.is_null(),
            Node::Order(op, left, right) => {
                let (left, right) = (self.glance(left, slots)?, self.glance(right, slots)?);
                let ordering = match (left, right) {
                    (Value::Int(left), Value::Int(right)) => left.cmp(right),
                    (Value::Double(left), Value::Double(right)) => left.partial_cmp(right)?,
                    (Value::Timestamp(left), Value::Timestamp(right)) => left.cmp(right),
                    (Value::Duration(left), Value::Duration(right)) => left.cmp(right),
                    _ => return None,
                };
                match op {
                    BinaryOp::Less => ordering.is_lt(),
                    BinaryOp::LessEqual => ordering.is_le(),
                    BinaryOp::Greater => ordering.is_gt(),
                    BinaryOp::GreaterEqual => ordering.is_ge(),
                    _ => return None,
                }
            }
            Node::Const(Value::Bool(value)) => value,
            Node::Load { .. } => match self.glance(id, slots)? {
                Value::Bool(value) => *value,
                _ => return None,
            },
            _ => return None,
        })
    }

    fn equal(&self, left: NodeId, right: NodeId, slots: &dyn Slots) -> Option<bool> {
        let (left, right) = (self.glance(left, slots)?, self.glance(right, slots)?);
        match (left, right) {
            (Value::String(left), Value::String(right)) => {
                (left.len() < SHORT).then(|| left == right)
            }
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

    /// The value, where it lies there already.
    fn glance<'v>(&'v self, id: NodeId, slots: &'v dyn Slots) -> Option<&'v Value> {
        match self.node(id) {
            Node::Const(value) => Some(value),
            load @ Node::Load { root, .. } => slots.peek(*root, self.path(load)),
            _ => None,
        }
    }
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
