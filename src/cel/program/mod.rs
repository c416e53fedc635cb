//! Programs: a checked expression goes in, something that runs fast comes out.
//!
//! A program is a flat array of small nodes. Names are gone: roots are slots, fields of objects
//! are indexes, macro variables are places in a frame, patterns written as literals are compiled.
//! It keeps the standard's semantics: `&&` and `||` forgive an error on one side when the other
//! decides, and what is absent equals only `null`.

mod capture;
mod compile;
mod eval;
mod loops;
mod quick;
mod select;
#[cfg(test)]
mod tests;

use regex::Regex;

use super::ast::{BinaryOp, ExprId};
use super::error::EvalError;
use super::functions::Overload;
use super::value::Value;

pub use capture::Captured;
pub use compile::{compile, compile_untyped};

/// How much one evaluation may do, in steps: about one a node visited in a loop, and one a few
/// elements or characters that an operator or function walks through.
pub const MAX_STEPS: u32 = 1_000_000;

/// How many values [`Program::explain`] records at most.
pub const MAX_EXPLAINED: usize = 4_096;

/// Where a program's roots come from.
pub trait Slots {
    /// The value at a root's slot and the fields below it, each the index in its object's type;
    /// [`Value::Null`] when it, or anything on the way, is absent.
    fn load(&self, root: u16, path: &[u16]) -> Value;

    /// The same without a copy, where the value lies there already.
    fn peek(&self, _root: u16, _path: &[u16]) -> Option<&Value> {
        None
    }

    /// The same, of one field below a root.
    fn field(&self, root: u16, slot: u16) -> Option<&Value> {
        self.peek(root, &[slot])
    }

    /// The same, for what has to be worked out, and may fail.
    fn try_load(&self, root: u16, path: &[u16]) -> Result<Value, EvalError> {
        Ok(self.load(root, path))
    }
}

/// One value a root, in the order of the environment.
impl Slots for [Value] {
    fn load(&self, root: u16, path: &[u16]) -> Value {
        let mut value = self.get(usize::from(root));
        for slot in path {
            value = match value {
                Some(Value::Object(object)) => object.slots.get(usize::from(*slot)),
                _ => None,
            };
        }
        value.cloned().unwrap_or(Value::Null)
    }
}

impl Slots for Vec<Value> {
    fn load(&self, root: u16, path: &[u16]) -> Value {
        self.as_slice().load(root, path)
    }
}

/// A sub-expression and what it came to.
pub type Explained = (ExprId, Result<Value, EvalError>);

/// An expression ready to run. It is cheap to run and may be shared between threads.
#[derive(Clone, Debug)]
pub struct Program {
    nodes: Vec<Node>,
    /// The sub-expression that each node stands for.
    origins: Vec<ExprId>,
    root: NodeId,
    /// The paths of all loads, one after the other.
    paths: Vec<u16>,
    names: Vec<Box<str>>,
    regexes: Vec<Regex>,
    calls: Vec<CallSite>,
    lists: Vec<Box<[(NodeId, bool)]>>,
    maps: Vec<Box<[Entry]>>,
    loops: Vec<Loop>,
    /// How many macro variables are alive at once, at most.
    locals: u16,
    /// What a condition comes to, where that is told at once.
    tests: Vec<quick::Test>,
}

/// A node of a [`Program`], by index.
type NodeId = u32;

#[derive(Clone, Debug)]
enum Node {
    /// Something that cannot be run, such as an unknown name in an unchecked expression.
    Fail(Box<EvalError>),
    Const(Value),
    Local(u16),
    Load {
        root: u16,
        length: u16,
        start: u32,
    },
    /// `has(…)` of something whose absence is null.
    Present(NodeId),
    /// A value that may be absent, as an optional.
    Wrap(NodeId),
    /// A field of an object; the slot is right when the object's type has the name there.
    Field {
        operand: NodeId,
        slot: u16,
        name: u32,
    },
    /// A field of whatever is there at run time.
    Select {
        operand: NodeId,
        name: u32,
    },
    OptionalSelect {
        operand: NodeId,
        name: u32,
    },
    Has {
        operand: NodeId,
        name: u32,
    },
    Index(NodeId, NodeId),
    OptionalIndex(NodeId, NodeId),
    Not(NodeId),
    Negate(NodeId),
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    Conditional(NodeId, NodeId, NodeId),
    Equal(NodeId, NodeId),
    NotEqual(NodeId, NodeId),
    Order(BinaryOp, NodeId, NodeId),
    In(NodeId, NodeId),
    Arithmetic(BinaryOp, NodeId, NodeId),
    /// `text.matches("literal")`.
    Matches {
        text: NodeId,
        regex: u32,
    },
    Call(u32),
    List(u32),
    Map(u32),
    Loop(u32),
}

#[derive(Clone, Debug)]
struct CallSite {
    name: &'static str,
    /// Overloads with as many parameters as there are arguments; the values choose among them.
    candidates: Vec<&'static Overload>,
    args: Box<[NodeId]>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: NodeId,
    value: NodeId,
    optional: bool,
}

/// A macro that binds a variable.
#[derive(Clone, Debug)]
struct Loop {
    kind: LoopKind,
    /// Where the variable stands in the frame.
    local: u16,
    /// What is walked through, unwrapped or bound.
    range: NodeId,
    body: NodeId,
    /// How many nodes the body has: what one turn costs.
    cost: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LoopKind {
    All,
    Exists,
    ExistsOne,
    Map,
    /// `map(x, condition, body)`.
    MapIf(NodeId),
    Filter,
    OptMap,
    OptFlatMap,
    Bind,
}

impl Program {
    /// Runs the program.
    pub fn eval(&self, slots: &dyn Slots) -> Result<Value, EvalError> {
        eval::Machine::<false>::new(self, slots).value(self.root)
    }

    /// Runs a condition; what is not a bool is an error.
    pub fn eval_bool(&self, slots: &dyn Slots) -> Result<bool, EvalError> {
        eval::Machine::<false>::new(self, slots).truth(self.root)
    }

    /// Runs the program and tells what each sub-expression came to, in the order in which they
    /// were done: operands before operators, the bodies of macros once a turn. What was not
    /// needed does not occur; after [`MAX_EXPLAINED`] entries only the whole is added.
    pub fn explain(&self, slots: &dyn Slots) -> Vec<Explained> {
        let mut machine = eval::Machine::<true>::new(self, slots);
        let result = machine.value(self.root);
        machine.explained(result)
    }

    /// The roots that it reads, each with the path below it, sorted, each once. An empty path is
    /// the root as a whole.
    pub fn roots(&self) -> Vec<(u16, Vec<u16>)> {
        let mut roots: Vec<_> = (self.nodes.iter())
            .filter_map(|node| match node {
                Node::Load { root, .. } => Some((*root, self.path(node).to_vec())),
                _ => None,
            })
            .collect();
        roots.sort();
        roots.dedup();
        roots
    }

    /// Each place that reads a root: the sub-expression, the root and the path below it, in the
    /// order of the text.
    pub fn loads(&self) -> Vec<(ExprId, u16, Vec<u16>)> {
        let mut loads: Vec<_> = (self.nodes.iter().zip(&self.origins))
            .filter_map(|(node, origin)| match node {
                Node::Load { root, .. } => Some((*origin, *root, self.path(node).to_vec())),
                _ => None,
            })
            .collect();
        loads.sort();
        loads
    }

    /// The value, if the program is nothing but a constant.
    pub fn constant(&self) -> Option<&Value> {
        match self.node(self.root) {
            Node::Const(value) => Some(value),
            _ => None,
        }
    }

    /// The root and the path below it, if the program is nothing but a load.
    pub fn load(&self) -> Option<(u16, &[u16])> {
        let load = self.node(self.root);
        match load {
            Node::Load { root, .. } => Some((*root, self.path(load))),
            _ => None,
        }
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    fn name(&self, name: u32) -> &str {
        &self.names[name as usize]
    }

    fn path(&self, load: &Node) -> &[u16] {
        match load {
            Node::Load { length, start, .. } => {
                let start = *start as usize;
                &self.paths[start..start + usize::from(*length)]
            }
            _ => &[],
        }
    }
}
