//! The typed tree of an expression, as other programs can read it: an [`Ast`] and the type of
//! every node go in, JSON comes out, and back.
//!
//! A node is one of these, with its `type` in the language's notation and `at`, its bytes in the
//! text (`0..12`):
//!
//! | key | what |
//! | --- | --- |
//! | `literal` | a value; bytes are base64 |
//! | `path` | a name and the fields below it: `["event", "total"]` |
//! | `field` | a field of what stands in `args`; `optional` for `.?` |
//! | `call` | an operator, function or macro, the receiver first among `args` |
//! | `bind` | the variable that a macro binds; it has no type |
//! | `make` | `list` of `args`, or `map` of keys and values in turn; `optional` counts entries |
//!
//! Chains of `&&` and of `||` are one call. The tree follows from the text: one that says
//! something else is refused.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::ast::{Ast, BinaryOp, ExprId, Kind, Literal, UnaryOp};
use super::check::is_macro;
use super::functions;
use super::types::Type;
use super::{base64, parse};

/// An expression's tree and the types of its nodes. It is cheap to make and to clone.
#[derive(Clone, Debug)]
pub struct Tree {
    ast: Arc<Ast>,
    types: Types,
}

#[derive(Clone, Debug)]
enum Types {
    /// By [`ExprId`].
    Proved(Arc<[Type]>),
    /// As a document has them.
    Read(Arc<[Arc<str>]>),
}

impl Tree {
    /// What a check has proved, types by [`ExprId`].
    pub fn new(ast: Arc<Ast>, types: Vec<Type>) -> Self {
        Self {
            ast,
            types: Types::Proved(types.into()),
        }
    }

    /// One that nobody looks at: nothing is known of its types.
    pub fn untyped(ast: Arc<Ast>) -> Self {
        Self {
            ast,
            types: Types::Proved(Arc::default()),
        }
    }

    /// That of a text whose every node is of one type: a path.
    pub fn uniform(text: &str, ty: &Type) -> Self {
        let ast = parse(text).ast;
        let types = vec![ty.clone(); ast.len()];
        Self::new(Arc::new(ast), types)
    }

    /// Reads back what was written for this text, or says what does not fit it.
    pub fn read(text: &str, json: &Value) -> Result<Self, String> {
        let parsed = parse(text);
        if !parsed.problems.is_empty() {
            return Err(format!("`{text}` is no expression"));
        }
        let unlike = || format!("the tree of `{text}` says something else than its text");
        let mut types = vec![Arc::from(""); parsed.ast.len()];
        take_types(&parsed.ast, parsed.ast.root(), json, &mut types).ok_or_else(unlike)?;
        let tree = Self {
            ast: Arc::new(parsed.ast),
            types: Types::Read(types.into()),
        };
        if tree.to_json() == *json {
            Ok(tree)
        } else {
            Err(unlike())
        }
    }

    /// As a document has it.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("keys are strings")
    }

    fn notation(&self, id: ExprId) -> Notation<'_> {
        match &self.types {
            Types::Proved(types) => Notation::Type(&types[id.index()]),
            Types::Read(types) => Notation::Text(&types[id.index()]),
        }
    }
}

/// Trees of one text differ in types only.
impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}

impl Eq for Tree {}

enum Notation<'a> {
    Type(&'a Type),
    Text(&'a str),
}

impl Serialize for Notation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Type(ty) => serializer.collect_str(ty),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Node {
            tree: self,
            id: self.ast.root(),
        }
        .serialize(serializer)
    }
}

/// A node, on its way out.
struct Node<'a> {
    tree: &'a Tree,
    id: ExprId,
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (tree, ast) = (self.tree, &*self.tree.ast);
        let shape = shape(ast, self.id);
        let mut map = serializer.serialize_map(None)?;
        if !shape.args.is_empty() {
            let node = |(at, id): (usize, &ExprId)| match binds(ast, self.id, at) {
                Some(name) => Arg::Bind(name),
                None => Arg::Node(Node { tree, id: *id }),
            };
            let args: Vec<_> = shape.args.iter().enumerate().map(node).collect();
            map.serialize_entry("args", &args)?;
        }
        let range = ast.range(self.id);
        map.serialize_entry("at", &format_args!("{}..{}", range.start, range.end))?;
        map.serialize_entry(shape.key, &shape.value)?;
        match &shape.optional {
            Value::Null => {}
            optional => map.serialize_entry("optional", optional)?,
        }
        map.serialize_entry("type", &tree.notation(self.id))?;
        map.end()
    }
}

enum Arg<'a> {
    Bind(&'a str),
    Node(Node<'a>),
}

impl Serialize for Arg<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Node(node) => node.serialize(serializer),
            Self::Bind(name) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("bind", name)?;
                map.end()
            }
        }
    }
}

/// What a node says of itself.
struct Shape {
    key: &'static str,
    value: Value,
    args: Vec<ExprId>,
    optional: Value,
}

impl Shape {
    fn call(name: impl Into<String>, args: Vec<ExprId>) -> Self {
        Self::of("call", name.into().into(), args)
    }

    fn of(key: &'static str, value: Value, args: Vec<ExprId>) -> Self {
        Self {
            key,
            value,
            args,
            optional: Value::Null,
        }
    }
}

fn shape(ast: &Ast, id: ExprId) -> Shape {
    if let Some(path) = path(ast, id) {
        return Shape::of("path", path.into(), Vec::new());
    }
    match ast.kind(id) {
        Kind::Literal(literal) => Shape::of("literal", literal_json(literal), Vec::new()),
        Kind::Select {
            operand,
            field,
            optional,
        } => Shape {
            optional: optional.then_some(true).into(),
            ..Shape::of("field", ast.name(field).into(), vec![*operand])
        },
        Kind::Index {
            operand,
            index,
            optional,
        } => {
            let name = if *optional { "[?]" } else { "[]" };
            Shape::call(name, vec![*operand, *index])
        }
        Kind::Call {
            target,
            function,
            args,
        } => {
            let mut all = args.to_vec();
            match target.map(|target| (target, prefix(ast, target, ast.name(function)))) {
                Some((_, Some(name))) => Shape::call(name, all),
                Some((target, None)) => {
                    all.insert(0, target);
                    Shape::call(ast.name(function), all)
                }
                None => Shape::call(ast.name(function), all),
            }
        }
        Kind::Unary { op, operand, .. } => {
            let name = match op {
                UnaryOp::Not => "!",
                UnaryOp::Negate => "-",
            };
            Shape::call(name, vec![*operand])
        }
        Kind::Binary {
            op: op @ (BinaryOp::And | BinaryOp::Or),
            ..
        } => {
            let mut args = Vec::new();
            chain(ast, id, *op, &mut args);
            Shape::call(op.symbol(), args)
        }
        Kind::Binary {
            op, left, right, ..
        } => Shape::call(op.symbol(), vec![*left, *right]),
        Kind::Conditional {
            condition,
            then,
            otherwise,
        } => Shape::call("?:", vec![*condition, *then, *otherwise]),
        Kind::List(items) => {
            let optional = places(items.iter().map(|item| item.optional));
            let args = items.iter().map(|item| item.value).collect();
            Shape {
                optional,
                ..Shape::of("make", "list".into(), args)
            }
        }
        Kind::Map(entries) => {
            let optional = places(entries.iter().map(|entry| entry.optional));
            let args = entries.iter().flat_map(|entry| [entry.key, entry.value]);
            Shape {
                optional,
                ..Shape::of("make", "map".into(), args.collect())
            }
        }
        // Neither is in an expression without problems.
        Kind::Error | Kind::Ident(_) | Kind::Message { .. } => {
            Shape::of("literal", Value::Null, Vec::new())
        }
    }
}

/// Which of several are: their places; nothing where none is.
fn places(flags: impl Iterator<Item = bool>) -> Value {
    let places: Vec<usize> = flags
        .enumerate()
        .filter_map(|(at, flag)| flag.then_some(at))
        .collect();
    if places.is_empty() {
        Value::Null
    } else {
        places.into()
    }
}

/// A name and the fields below it, where there is nothing else.
fn path(ast: &Ast, mut id: ExprId) -> Option<Vec<String>> {
    let mut path = Vec::new();
    loop {
        match ast.kind(id) {
            Kind::Ident(name) => {
                path.push(ast.name(name).to_string());
                path.reverse();
                return Some(path);
            }
            Kind::Select {
                operand,
                field,
                optional: false,
            } => {
                path.push(ast.name(field).to_string());
                id = *operand;
            }
            _ => return None,
        }
    }
}

/// The whole name of a function, where the target is the first part of it: `math.abs`.
fn prefix(ast: &Ast, target: ExprId, function: &str) -> Option<String> {
    let name = format!("{}.{function}", path(ast, target)?.join("."));
    (name == "cel.bind" || functions::lookup(&name).is_some()).then_some(name)
}

/// The variable that stands as an argument of a macro, in the order of the arguments.
fn binds(ast: &Ast, id: ExprId, at: usize) -> Option<&str> {
    let Kind::Call {
        target: Some(target),
        function,
        args,
    } = ast.kind(id)
    else {
        return None;
    };
    if !is_macro(ast, Some(*target), ast.name(function)) {
        return None;
    }
    let place = usize::from(prefix(ast, *target, ast.name(function)).is_none());
    match args.first().map(|arg| ast.kind(*arg)) {
        Some(Kind::Ident(name)) if at == place => Some(ast.name(name)),
        _ => None,
    }
}

/// The parts of `a && b && c`, in order.
fn chain(ast: &Ast, id: ExprId, of: BinaryOp, args: &mut Vec<ExprId>) {
    match ast.kind(id) {
        Kind::Binary {
            op, left, right, ..
        } if *op == of => {
            chain(ast, *left, of, args);
            chain(ast, *right, of, args);
        }
        _ => args.push(id),
    }
}

fn literal_json(literal: &Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => (*value).into(),
        Literal::Int(value) => (*value).into(),
        Literal::Uint(value) => (*value).into(),
        Literal::Double(value) => (*value).into(),
        Literal::String(value) => (**value).into(),
        Literal::Bytes(value) => base64::encode(value).into(),
    }
}

/// Notes the types that a document gives the nodes; None where it has another shape.
fn take_types(ast: &Ast, id: ExprId, json: &Value, types: &mut [Arc<str>]) -> Option<()> {
    let node: &Map<String, Value> = json.as_object()?;
    types[id.index()] = node.get("type")?.as_str()?.into();
    let args = shape(ast, id).args;
    let given = match node.get("args") {
        Some(given) => given.as_array()?.as_slice(),
        None => &[],
    };
    if given.len() != args.len() {
        return None;
    }
    for (at, (arg, given)) in args.iter().zip(given).enumerate() {
        if binds(ast, id, at).is_none() {
            take_types(ast, *arg, given, types)?;
        }
    }
    Some(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::cel::{Binding, Env, Facts, Field, Root, check};

    fn env() -> Env {
        let field = |name: &str, ty: Type| Field {
            name: name.into(),
            ty,
            declared: None,
            default: None,
            least: None,
        };
        let item = Type::object("Item", vec![field("sku", Type::String)]);
        let event = Type::object(
            "event",
            vec![
                field("total", Type::Double),
                field("currency", Type::enumeration(["EUR", "USD"])),
                field("items", Type::list(item)),
                field("note", Type::String.nullable()),
            ],
        );
        Env {
            roots: vec![Root {
                name: "event".into(),
                binding: Binding::Value(event),
            }],
            ..Env::default()
        }
    }

    fn tree(text: &str) -> Tree {
        let parsed = parse(text);
        assert!(parsed.problems.is_empty(), "{text}");
        let checked = check(&parsed.ast, &env(), &Facts::default(), None);
        assert!(
            checked.problems.is_empty(),
            "{text}: {:?}",
            checked.problems
        );
        Tree::new(Arc::new(parsed.ast), checked.types)
    }

    #[test]
    fn every_node_has_its_type_and_place() {
        let total = json!({ "path": ["event", "total"], "type": "double", "at": "0..11" });
        let ten = json!({ "literal": 10, "type": "int", "at": "14..16" });
        assert_eq!(
            tree("event.total > 10").to_json(),
            json!({ "call": ">", "args": [total, ten], "type": "bool", "at": "0..16" })
        );
    }

    #[test]
    fn the_forms_of_nodes() {
        for (text, key, value, args) in [
            ("event.currency == 'EUR'", "call", json!("=="), 2),
            (
                "event.total > 1.0 && event.total < 2.0 && event.total != 1.5",
                "call",
                json!("&&"),
                3,
            ),
            (
                "event.items.exists(i, i.sku == 'a')",
                "call",
                json!("exists"),
                3,
            ),
            ("event.items[0].sku", "field", json!("sku"), 1),
            ("event.?note.orValue('-')", "call", json!("orValue"), 2),
            (
                "math.greatest(event.total, 2.0)",
                "call",
                json!("math.greatest"),
                2,
            ),
            (
                "cel.bind(x, event.total, x * x)",
                "call",
                json!("cel.bind"),
                3,
            ),
            ("has(event.note) ? event.note : '-'", "call", json!("?:"), 3),
            ("-event.total", "call", json!("-"), 1),
            ("[1, 2]", "make", json!("list"), 2),
            ("{'a': 1, 'b': 2}", "make", json!("map"), 4),
            ("b'hi'", "literal", json!("aGk="), 0),
            ("type(event.total) == double", "call", json!("=="), 2),
        ] {
            let json = tree(text).to_json();
            assert_eq!(json[key], value, "{text}: {json}");
            assert_eq!(
                json["args"].as_array().map_or(0, Vec::len),
                args,
                "{text}: {json}"
            );
        }
    }

    #[test]
    fn a_macro_says_what_it_binds() {
        let json = tree("event.items.filter(i, i.sku != '')").to_json();
        assert_eq!(json["args"][1], json!({ "bind": "i" }));
        assert_eq!(json["args"][2]["args"][0]["path"], json!(["i", "sku"]));
        assert_eq!(json["type"], "list(Item)");
    }

    #[test]
    fn what_is_written_is_read_back_and_nothing_else_is() {
        let text = "event.items.exists(i, i.sku == 'a') && event.total * 2.0 > 3.0";
        let json = tree(text).to_json();
        assert_eq!(Tree::read(text, &json).unwrap().to_json(), json);
        for (pointer, value) in [
            ("/call", json!("||")),
            ("/at", json!("0..1")),
            ("/args/1/args/0/args/1/literal", json!(3.0)),
            ("/args/0/args/1", json!({ "bind": "j" })),
            ("/args", json!([])),
            ("/type", json!(1)),
        ] {
            let mut wrong = json.clone();
            *wrong.pointer_mut(pointer).unwrap() = value;
            assert!(Tree::read(text, &wrong).is_err(), "{pointer}");
        }
        assert!(Tree::read("1 +", &json).is_err());
        assert!(Tree::read("1", &Value::Null).is_err());
    }

    proptest! {
        #[test]
        fn a_tree_of_anything_that_parses_can_be_written(text in "[a-z.?!&|()\\[\\]{}:,<=>+ '0-9-]{0,40}") {
            let _ = Tree::uniform(&text, &Type::Dyn).to_json();
        }
    }
}
