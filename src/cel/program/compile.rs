//! A tree and its types in, a [`Program`] out: names become slots, macros loops, patterns regexes.

use super::super::ast::{Ast, BinaryOp, ExprId, Kind, Literal, UnaryOp};
use super::super::env::{Binding, Env};
use super::super::error::{EvalError, EvalErrorKind};
use super::super::functions::{self, compile_regex};
use super::super::types::Type;
use super::super::value::Value;
use super::eval::Machine;
use super::{CallSite, Entry, Loop, LoopKind, Node, NodeId, Program, Slots};

/// Compiles a checked expression.
pub fn compile(ast: &Ast, types: &[Type], env: &Env) -> Program {
    Compiler::new(ast, types, env).program()
}

/// Compiles an expression whose types are not known: fields are found by name and overloads
/// chosen by value, and what makes no sense fails when it is reached.
pub fn compile_untyped(ast: &Ast, env: &Env) -> Program {
    compile(ast, &[], env)
}

struct Compiler<'a> {
    ast: &'a Ast,
    types: &'a [Type],
    env: &'a Env,
    /// The macro variables that are alive, by place in the frame.
    scope: Vec<&'a str>,
    program: Program,
}

/// A path below a root that is known before the program runs, and the type at its end.
struct StaticPath<'a> {
    root: u16,
    fields: Vec<u16>,
    ty: &'a Type,
}

impl<'a> Compiler<'a> {
    fn new(ast: &'a Ast, types: &'a [Type], env: &'a Env) -> Self {
        Self {
            ast,
            types,
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
            },
        }
    }

    fn program(mut self) -> Program {
        self.program.root = self.expression(self.ast.root());
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

    fn is_double(&self, id: ExprId) -> bool {
        self.types.get(id.0 as usize) == Some(&Type::Double)
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
            Kind::Ident(name) => self.identifier(id, &name.text),
            Kind::Select {
                operand,
                field,
                optional,
            } => self.select(id, *operand, &field.text, *optional),
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
            } => self.call(id, *target, &function.text, args),
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
                    name.text
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
            #[allow(clippy::cast_precision_loss)]
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

    /// Whether the name is written `.name`, past all macro variables.
    fn is_absolute(&self, id: ExprId) -> bool {
        match self.ast.kind(id) {
            Kind::Ident(name) => self.ast.range(id).start < name.range.start,
            _ => false,
        }
    }

    fn local(&self, id: ExprId, name: &str) -> Option<u16> {
        if self.is_absolute(id) {
            return None;
        }
        self.scope
            .iter()
            .rposition(|n| *n == name)
            .map(|place| place as u16)
    }

    fn identifier(&mut self, id: ExprId, name: &str) -> NodeId {
        if let Some(local) = self.local(id, name) {
            return self.add(id, Node::Local(local));
        }
        if let Some(path) = self.static_path(id) {
            return self.load(id, &path);
        }
        match (self.env.root(name), type_name(name)) {
            (Some((_, root)), _) => {
                let message = match &root.binding {
                    Binding::Absent(absent) => absent.message.clone(),
                    Binding::Value(_) => format!("`{name}` cannot be read"),
                };
                self.fail(id, EvalErrorKind::InvalidArgument, message)
            }
            (None, Some(ty)) => self.constant(id, Value::Type(ty.into())),
            (None, None) => {
                let message = format!("unknown variable `{name}`");
                self.fail(id, EvalErrorKind::InvalidArgument, message)
            }
        }
    }

    /// The path that the expression is, when it goes from a root through objects only.
    fn static_path(&self, id: ExprId) -> Option<StaticPath<'a>> {
        match self.ast.kind(id) {
            Kind::Ident(name) if self.local(id, &name.text).is_none() => {
                let (root, entry) = self.env.root(&name.text)?;
                let Binding::Value(ty) = &entry.binding else {
                    return None;
                };
                Some(StaticPath {
                    root: root as u16,
                    fields: Vec::new(),
                    ty,
                })
            }
            Kind::Select {
                operand,
                field,
                optional: false,
            } => {
                let mut path = self.static_path(*operand)?;
                let (slot, field) = object_field(path.ty, &field.text)?;
                path.fields.push(slot);
                path.ty = field;
                Some(path)
            }
            _ => None,
        }
    }

    fn load(&mut self, id: ExprId, path: &StaticPath<'_>) -> NodeId {
        let start = self.program.paths.len() as u32;
        self.program.paths.extend(&path.fields);
        self.add(
            id,
            Node::Load {
                root: path.root,
                length: path.fields.len() as u16,
                start,
            },
        )
    }

    fn select(&mut self, id: ExprId, operand: ExprId, field: &str, optional: bool) -> NodeId {
        if optional {
            // Straight to the slot, where there is one.
            if let Some(mut path) = self.static_path(operand)
                && let Some((slot, ty)) = object_field(path.ty, field)
                && !matches!(ty, Type::Optional(_))
            {
                path.fields.push(slot);
                let load = self.load(id, &path);
                return self.add(id, Node::Wrap(load));
            }
            let operand = self.expression(operand);
            let name = self.name(field);
            return self.add(id, Node::OptionalSelect { operand, name });
        }
        if let Some(path) = self.static_path(id) {
            return self.load(id, &path);
        }
        let slot = self
            .types
            .get(operand.0 as usize)
            .and_then(|ty| object_field(ty, field));
        let operand = self.expression(operand);
        let name = self.name(field);
        let node = match slot {
            Some((slot, _)) => Node::Field {
                operand,
                slot,
                name,
            },
            None => Node::Select { operand, name },
        };
        self.add(id, node)
    }

    fn call(
        &mut self,
        id: ExprId,
        target: Option<ExprId>,
        name: &'a str,
        args: &'a [ExprId],
    ) -> NodeId {
        if let Some(node) = self.macro_call(id, target, name, args) {
            return node;
        }
        // `math.abs(x)`: one function, unless `math` is a variable.
        if let Some(namespace) = target
            && let Kind::Ident(space) = self.ast.kind(namespace)
            && self.local(namespace, &space.text).is_none()
            && self.env.root(&space.text).is_none()
            && let Some(function) = functions::lookup(&format!("{}.{name}", space.text))
        {
            return self.function(id, function, false, None, args);
        }
        match functions::lookup(name) {
            Some(function) => self.function(id, function, target.is_some(), target, args),
            None => self.fail(
                id,
                EvalErrorKind::NoSuchOverload,
                format!("unknown function `{name}`"),
            ),
        }
    }

    fn function(
        &mut self,
        id: ExprId,
        function: &'static functions::Function,
        receiver: bool,
        target: Option<ExprId>,
        args: &[ExprId],
    ) -> NodeId {
        let args: Box<[NodeId]> = target
            .iter()
            .chain(args)
            .map(|arg| self.expression(*arg))
            .collect();
        if function.name == "matches"
            && let [text, pattern] = *args
            && let Some(Value::String(pattern)) = self.constant_of(pattern)
            && let Ok(regex) = compile_regex(pattern)
        {
            self.program.regexes.push(regex);
            let regex = self.program.regexes.len() as u32 - 1;
            return self.add(id, Node::Matches { text, regex });
        }
        let candidates = function.overloads.iter();
        let candidates =
            candidates.filter(|o| o.receiver == receiver && o.params.len() == args.len());
        self.program.calls.push(CallSite {
            name: function.name,
            candidates: candidates.collect(),
            args,
        });
        let node = Node::Call(self.program.calls.len() as u32 - 1);
        self.folded(id, node)
    }

    /// The call as a macro, if it is one: what the checker would refuse is none.
    fn macro_call(
        &mut self,
        id: ExprId,
        target: Option<ExprId>,
        name: &str,
        args: &'a [ExprId],
    ) -> Option<NodeId> {
        let (target, kind) = match (target, name, args) {
            (None, "has", [operand]) => return self.has(id, *operand),
            (Some(cel), "bind", [variable, value, body]) if self.is_cel(cel) => {
                let variable = self.variable(*variable)?;
                let range = self.expression(*value);
                return Some(self.binding(id, LoopKind::Bind, range, variable, None, *body));
            }
            (Some(target), "all", [_, _]) => (target, LoopKind::All),
            (Some(target), "exists", [_, _]) => (target, LoopKind::Exists),
            (Some(target), "exists_one" | "existsOne", [_, _]) => (target, LoopKind::ExistsOne),
            (Some(target), "map", [_, _] | [_, _, _]) => (target, LoopKind::Map),
            (Some(target), "filter", [_, _]) => (target, LoopKind::Filter),
            (Some(target), "optMap", [_, _]) => (target, LoopKind::OptMap),
            (Some(target), "optFlatMap", [_, _]) => (target, LoopKind::OptFlatMap),
            _ => return None,
        };
        let (variable, condition, body) = match *args {
            [variable, body] => (variable, None, body),
            [variable, condition, body] => (variable, Some(condition), body),
            _ => return None,
        };
        let variable = self.variable(variable)?;
        let range = self.expression(target);
        Some(self.binding(id, kind, range, variable, condition, body))
    }

    fn is_cel(&self, id: ExprId) -> bool {
        matches!(self.ast.kind(id), Kind::Ident(name) if &*name.text == "cel")
    }

    /// The name that a macro binds.
    fn variable(&self, id: ExprId) -> Option<&'a str> {
        match self.ast.kind(id) {
            Kind::Ident(name) if !self.is_absolute(id) => Some(&name.text),
            _ => None,
        }
    }

    fn binding(
        &mut self,
        id: ExprId,
        kind: LoopKind,
        range: NodeId,
        variable: &'a str,
        condition: Option<ExprId>,
        body: ExprId,
    ) -> NodeId {
        let local = self.scope.len() as u16;
        self.scope.push(variable);
        self.program.locals = self.program.locals.max(local + 1);
        let first = self.program.nodes.len();
        let kind = match condition {
            Some(condition) => LoopKind::MapIf(self.expression(condition)),
            None => kind,
        };
        let body = self.expression(body);
        let cost = (self.program.nodes.len() - first) as u32;
        self.scope.pop();
        self.program.loops.push(Loop {
            kind,
            local,
            range,
            body,
            cost,
        });
        let node = Node::Loop(self.program.loops.len() as u32 - 1);
        self.add(id, node)
    }

    fn has(&mut self, id: ExprId, selected: ExprId) -> Option<NodeId> {
        let Kind::Select {
            operand,
            field,
            optional,
        } = self.ast.kind(selected)
        else {
            return None;
        };
        if !optional && let Some(path) = self.static_path(selected) {
            let load = self.load(selected, &path);
            return Some(self.add(id, Node::Present(load)));
        }
        let operand = self.expression(*operand);
        let name = self.name(&field.text);
        Some(self.add(id, Node::Has { operand, name }))
    }
}

/// The slot and type of a field, where the type is an object, absent or not.
fn object_field<'t>(ty: &'t Type, field: &str) -> Option<(u16, &'t Type)> {
    match ty.present() {
        Type::Object(object) => {
            let (slot, field) = object.field(field)?;
            Some((u16::try_from(slot).ok()?, &field.ty))
        }
        _ => None,
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

/// The types that have a name as a value: `type(x) == int`.
fn type_name(name: &str) -> Option<Type> {
    Some(match name {
        "bool" => Type::Bool,
        "bytes" => Type::Bytes,
        "double" => Type::Double,
        "int" => Type::Int,
        "list" => Type::list(Type::Dyn),
        "map" => Type::Map(Type::Dyn.into(), Type::Dyn.into()),
        "null_type" => Type::Null,
        "string" => Type::String,
        "type" => Type::Type(Type::Dyn.into()),
        "uint" => Type::Uint,
        _ => return None,
    })
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
