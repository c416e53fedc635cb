//! A tree and its types in, a [`Program`] out: names become slots, macros loops, patterns regexes.

mod calls;
mod names;

use super::super::ast::{Ast, BinaryOp, ExprId, Kind, Literal, UnaryOp};
use super::super::check::Checked;
use super::super::env::Env;
use super::super::error::{EvalError, EvalErrorKind};
use super::super::types::Type;
use super::super::value::Value;
use super::eval::Machine;
use super::{Entry, Node, NodeId, Program, Slots};

/// Compiles a checked expression, for the environment it was checked against.
pub fn compile(ast: &Ast, checked: &Checked, env: &Env) -> Program {
    Compiler::new(ast, Some(checked), env).program()
}

/// Compiles an expression whose types are not known: fields are found by name and overloads
/// chosen by value, and what makes no sense fails when it is reached.
pub fn compile_untyped(ast: &Ast, env: &Env) -> Program {
    Compiler::new(ast, None, env).program()
}

/// What one compilation knows; it grows the program.
struct Compiler<'a> {
    ast: &'a Ast,
    /// None where types are not known.
    checked: Option<&'a Checked>,
    env: &'a Env,
    /// The macro variables that are alive, by place in the frame.
    scope: Vec<&'a str>,
    program: Program,
}

impl<'a> Compiler<'a> {
    fn new(ast: &'a Ast, checked: Option<&'a Checked>, env: &'a Env) -> Self {
        Self {
            ast,
            checked,
            env,
            scope: Vec::new(),
            program: Program {
                nodes: Vec::new(),
                origins: Vec::new(),
                root: 0,
                paths: Vec::new(),
                names: Vec::new(),
                regexes: Vec::new(),
                calls: Vec::new(),
                lists: Vec::new(),
                maps: Vec::new(),
                loops: Vec::new(),
                locals: 0,
                tests: Vec::new(),
            },
        }
    }

    fn program(mut self) -> Program {
        self.program.root = self.expression(self.ast.root());
        self.program.tests = self.program.tests();
        self.program
    }

    fn add(&mut self, origin: ExprId, node: Node) -> NodeId {
        let id = self.program.nodes.len() as NodeId;
        self.program.nodes.push(node);
        self.program.origins.push(origin);
        id
    }

    fn constant(&mut self, origin: ExprId, value: Value) -> NodeId {
        self.add(origin, Node::Const(value))
    }

    fn fail(&mut self, origin: ExprId, kind: EvalErrorKind, message: String) -> NodeId {
        self.add(origin, Node::Fail(Box::new(EvalError::new(kind, message))))
    }

    fn name(&mut self, name: &str) -> u32 {
        let known = self.program.names.iter().position(|n| **n == *name);
        let index = known.unwrap_or_else(|| {
            self.program.names.push(name.into());
            self.program.names.len() - 1
        });
        index as u32
    }

    fn constant_of(&self, id: NodeId) -> Option<&Value> {
        match self.program.node(id) {
            Node::Const(value) => Some(value),
            _ => None,
        }
    }

    fn type_of(&self, id: ExprId) -> Option<&'a Type> {
        self.checked?.types.get(id.index())
    }

    fn is_double(&self, id: ExprId) -> bool {
        self.type_of(id) == Some(&Type::Double)
    }

    fn expression(&mut self, id: ExprId) -> NodeId {
        match self.ast.kind(id) {
            Kind::Error => self.fail(
                id,
                EvalErrorKind::InvalidArgument,
                "the expression is incomplete".into(),
            ),
            Kind::Literal(literal) => {
                let value = Self::literal(literal, self.is_double(id));
                self.constant(id, value)
            }
            Kind::Ident(name) => self.identifier(id, self.ast.name(name)),
            Kind::Select {
                operand,
                field,
                optional,
            } => self.select(id, *operand, self.ast.name(field), *optional),
            Kind::Index {
                operand,
                index,
                optional,
            } => {
                let operand = self.expression(*operand);
                let index = self.expression(*index);
                let node = if *optional {
                    Node::OptionalIndex
                } else {
                    Node::Index
                };
                self.add(id, node(operand, index))
            }
            Kind::Call {
                target,
                function,
                args,
            } => self.call(id, *target, self.ast.name(function), args),
            Kind::Unary { op, operand, .. } => self.unary(id, *op, *operand),
            Kind::Binary {
                op, left, right, ..
            } => {
                let left = self.expression(*left);
                let right = self.expression(*right);
                self.add(id, binary(*op, left, right))
            }
            Kind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                let condition = self.expression(*condition);
                let then = self.expression(*then);
                let otherwise = self.expression(*otherwise);
                self.add(id, Node::Conditional(condition, then, otherwise))
            }
            Kind::List(items) => {
                let items = items
                    .iter()
                    .map(|item| (self.expression(item.value), item.optional));
                let items: Box<[_]> = items.collect();
                self.program.lists.push(items);
                let node = Node::List(self.program.lists.len() as u32 - 1);
                self.folded(id, node)
            }
            Kind::Map(entries) => {
                let entries = entries.iter().map(|entry| Entry {
                    key: self.expression(entry.key),
                    value: self.expression(entry.value),
                    optional: entry.optional,
                });
                let entries: Box<[_]> = entries.collect();
                self.program.maps.push(entries);
                let node = Node::Map(self.program.maps.len() as u32 - 1);
                self.folded(id, node)
            }
            Kind::Message { name, .. } => {
                let message = format!(
                    "messages such as `{}` are no part of the language",
                    self.ast.name(name)
                );
                self.fail(id, EvalErrorKind::InvalidArgument, message)
            }
        }
    }

    /// Adds a node, or the constant that it comes to when all its operands are constants.
    fn folded(&mut self, origin: ExprId, node: Node) -> NodeId {
        let known = |id: &NodeId| self.constant_of(*id).is_some();
        let foldable = match &node {
            Node::List(list) => self.program.lists[*list as usize]
                .iter()
                .all(|(item, _)| known(item)),
            Node::Map(map) => {
                let entries = &self.program.maps[*map as usize];
                entries
                    .iter()
                    .all(|entry| known(&entry.key) && known(&entry.value))
            }
            Node::Call(call) => self.program.calls[*call as usize].args.iter().all(known),
            Node::Negate(operand) => known(operand),
            _ => false,
        };
        let id = self.add(origin, node);
        if foldable {
            let value = Machine::<false>::new(&self.program, &NoSlots).value(id);
            // What fails, fails when it is reached; what is large is not kept.
            if let Ok(value) = value
                && is_small(&value)
            {
                self.program.nodes[id as usize] = Node::Const(value);
            }
        }
        id
    }

    fn literal(literal: &Literal, double: bool) -> Value {
        match literal {
            Literal::Null => Value::Null,
            Literal::Bool(v) => Value::Bool(*v),
            // The checker lets an int literal stand for a double where one is due.
            #[allow(
                clippy::cast_precision_loss,
                reason = "the literal stands for the nearest double"
            )]
            Literal::Int(v) if double => Value::Double(*v as f64),
            Literal::Int(v) => Value::Int(*v),
            Literal::Uint(v) => Value::Uint(*v),
            Literal::Double(v) => Value::Double(*v),
            Literal::String(v) => Value::string(&**v),
            Literal::Bytes(v) => Value::Bytes(v.clone().into()),
        }
    }

    fn unary(&mut self, id: ExprId, op: UnaryOp, operand: ExprId) -> NodeId {
        match (op, self.ast.kind(operand)) {
            // The sign may carry the type of the literal behind it.
            (UnaryOp::Negate, Kind::Literal(literal)) => {
                let double = self.is_double(id) || self.is_double(operand);
                let value = Self::literal(literal, double);
                let operand = self.constant(operand, value);
                self.folded(id, Node::Negate(operand))
            }
            (UnaryOp::Negate, _) => {
                let operand = self.expression(operand);
                self.folded(id, Node::Negate(operand))
            }
            (UnaryOp::Not, _) => {
                let operand = self.expression(operand);
                self.add(id, Node::Not(operand))
            }
        }
    }
}

fn binary(op: BinaryOp, left: NodeId, right: NodeId) -> Node {
    match op {
        BinaryOp::Or => Node::Or(left, right),
        BinaryOp::And => Node::And(left, right),
        BinaryOp::Equal => Node::Equal(left, right),
        BinaryOp::NotEqual => Node::NotEqual(left, right),
        BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
            Node::Order(op, left, right)
        }
        BinaryOp::In => Node::In(left, right),
        BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Divide
        | BinaryOp::Remainder => Node::Arithmetic(op, left, right),
    }
}

/// Whether a constant is worth keeping in the program.
fn is_small(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() <= 1024,
        Value::Bytes(bytes) => bytes.len() <= 1024,
        Value::List(items) => items.len() <= 1024 && items.iter().all(is_small),
        Value::Map(entries) => entries.len() <= 1024 && entries.iter().all(|(_, v)| is_small(v)),
        Value::Optional(Some(inner)) => is_small(inner),
        _ => true,
    }
}

/// Constants read nothing.
struct NoSlots;

impl Slots for NoSlots {
    fn load(&self, _: u16, _: &[u16]) -> Value {
        Value::Null
    }
}
