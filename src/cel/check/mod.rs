//! The checker: a tree, the names it may mention and what is known go in; the type of every node,
//! what follows from its being true or false, what it reads and what is wrong with it come out.
//!
//! It works from the leaves up; then literals are adapted to the types that are due ([`adapt`]).
//! Each mistake is told once: its type is [`Type::Error`], which agrees with everything.

mod absence;
mod adapt;
mod arithmetic;
mod calls;
mod collections;
mod comparison;
mod constants;
mod demand;
mod facts;
mod format;
mod macros;
mod misfits;
mod names;
mod operands;
mod operators;
mod relate;
mod signatures;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use smallvec::SmallVec;

use super::ast::{Ast, ExprId, Kind, Literal};
use super::domain::{self, ConstantBool, Place};
use super::env::{Env, Facts};
use super::error::Problem;
use super::functions::Overload;
use super::types::Type;
use super::value::Value;
use crate::diagnostic::codes;
use crate::source::TextRange;
pub(super) use facts::as_written;
use facts::{Known, Outcome, Path};

pub(super) use macros::is_macro;
pub use relate::{assignable, celgo_notation, join};

/// What [`check`] found out.
#[derive(Clone, Debug)]
pub struct Checked {
    pub ty: Type,
    /// By [`ExprId`]. An int literal of type `double` stands for a double.
    pub types: Vec<Type>,
    /// What is known after the expression was true; what was known before included.
    pub when_true: Facts,
    /// What is known after it was false.
    pub when_false: Facts,
    pub reads: Reads,
    /// What names and dotted names stand for, where that is no iteration variable or field.
    pub names: ByNode<Named>,
    /// What calls other than macros may run.
    pub callees: ByNode<Callee>,
    /// Booleans that come out only one way; none where there are problems.
    pub constant: Vec<ConstantBool>,
    pub problems: Vec<Problem>,
}

/// A path read from a root: `["traveler", "home_store"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub path: Segments,
    pub range: TextRange,
}

/// What an expression reads: nearly always one or two paths.
type Reads = SmallVec<[Read; 2]>;

/// The names of a path: nearly always two or three.
pub type Segments = SmallVec<[Arc<str>; 3]>;

/// What is said of some of the nodes of a tree.
#[derive(Clone, Debug)]
pub struct ByNode<T>(SmallVec<[(ExprId, T); 2]>);

impl<T> Default for ByNode<T> {
    fn default() -> Self {
        Self(SmallVec::new())
    }
}

impl<T> ByNode<T> {
    pub fn get(&self, id: ExprId) -> Option<&T> {
        let found = self.0.binary_search_by_key(&id, |(node, _)| *node).ok()?;
        Some(&self.0[found].1)
    }

    /// In place of what has been said of it before.
    fn insert(&mut self, id: ExprId, said: T) {
        // Trees are gone through nearly in the order of their nodes.
        let after = self.0.partition_point(|(node, _)| *node < id);
        match self.0.get_mut(after) {
            Some((node, before)) if *node == id => *before = said,
            _ => self.0.insert(after, (id, said)),
        }
    }
}

/// What a name at the beginning of an expression stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Named {
    /// A root, by its slot.
    Root(usize),
    /// A type, as a value.
    Type(Type),
}

/// What a call may run.
#[derive(Clone, Debug)]
pub struct Callee {
    /// One where the types decide; several where only the run does.
    pub overloads: Vec<&'static Overload>,
    /// The target is a part of the function's name (`math.abs`), no value.
    pub namespaced: bool,
}

/// Checks an expression against the names it may mention, what is already known, and the type
/// that is due.
pub fn check(ast: &Ast, env: &Env, facts: &Facts, expected: Option<&Type>) -> Checked {
    check_at(ast, env, facts, expected, &Place::Here)
}

/// The same; `place` is where a part of the expression stands for those who are told of it later.
pub fn check_at(
    ast: &Ast,
    env: &Env,
    facts: &Facts,
    expected: Option<&Type>,
    place: &dyn Fn(TextRange) -> Place,
) -> Checked {
    let mut checker = Checker {
        ast,
        env,
        types: vec![Type::Error; ast.len()],
        scope: Vec::new(),
        variables: 0,
        known: Known::default(),
        reads: Reads::new(),
        names: ByNode::default(),
        callees: ByNode::default(),
        unknown: ByNode::default(),
        constants: ByNode::default(),
        patterns: 0,
        absent: SmallVec::new(),
        dotted_roots: env.has_dotted_roots(),
        judged: ByNode::default(),
        condition: None,
        problems: Vec::new(),
    };
    let root = ast.root();
    let present = facts.present.clone();
    checker.known.enter(&Outcome::Proves(present));
    if let Some(expected) = expected {
        checker.judge(root);
        if *expected == Type::Bool {
            checker.condition = Some(root);
        }
    }
    let typed = checker.check(root);
    if let Some(expected) = expected {
        checker.expect(root, &typed, expected);
    }
    checker.finish(facts, &typed, place)
}

struct Checker<'a> {
    ast: &'a Ast,
    env: &'a Env,
    types: Vec<Type>,
    /// Iteration variables, the innermost last.
    scope: Vec<Variable>,
    /// How many there have been, so that each has a key of its own.
    variables: usize,
    known: Known,
    reads: Reads,
    names: ByNode<Named>,
    callees: ByNode<Callee>,
    /// Names that nothing declares, and their problems: where a text is due, a word was meant.
    unknown: ByNode<usize>,
    /// Numbers that were worked out of literals.
    constants: ByNode<Value>,
    /// How many regular expressions have been compiled.
    patterns: usize,
    /// Roots that cannot be read here and have been reported.
    absent: SmallVec<[usize; 2]>,
    dotted_roots: bool,
    /// Conditionals whose branches are held to the expected type one by one.
    judged: ByNode<()>,
    /// The boolean before which a guard could be put.
    condition: Option<ExprId>,
    problems: Vec<Problem>,
}

struct Variable {
    name: Box<str>,
    key: Arc<str>,
    ty: Type,
}

/// What is found out about one node.
#[derive(Clone, Debug)]
struct Typed {
    ty: Type,
    yes: Outcome,
    no: Outcome,
    path: Option<Path>,
}

impl Typed {
    fn of(ty: Type) -> Self {
        Self {
            ty,
            yes: Outcome::default(),
            no: Outcome::default(),
            path: None,
        }
    }

    fn at(ty: Type, path: Path) -> Self {
        Self {
            path: Some(path),
            ..Self::of(ty)
        }
    }

    fn error() -> Self {
        Self::of(Type::Error)
    }
}

impl Checker<'_> {
    /// Checks a node whose value is used.
    fn check(&mut self, id: ExprId) -> Typed {
        let typed = self.visit(id);
        if let Some(path) = typed.path.as_ref().filter(|path| !path.is_variable()) {
            self.reads.push(Read {
                path: path.segments.clone(),
                range: self.ast.range(id),
            });
        }
        typed
    }

    /// Checks a node that may be only the beginning of a path.
    fn visit(&mut self, id: ExprId) -> Typed {
        let ast = self.ast;
        let typed = match ast.kind(id) {
            Kind::Error => Typed::error(),
            Kind::Literal(literal) => literal_type(literal),
            Kind::Ident(name) => self.ident(id, name),
            Kind::Select {
                operand,
                field,
                optional,
            } => self.select(id, *operand, field, *optional),
            Kind::Index {
                operand,
                index,
                optional,
            } => self.index(*operand, *index, *optional),
            Kind::Call {
                target,
                function,
                args,
            } => self.call(id, *target, function, args),
            Kind::Unary {
                op,
                op_range,
                operand,
            } => self.unary(id, *op, *op_range, *operand),
            Kind::Binary {
                op,
                op_range,
                left,
                right,
            } => self.binary(id, *op, *op_range, (*left, *right)),
            Kind::Conditional {
                condition,
                then,
                otherwise,
            } => self.conditional(id, *condition, *then, *otherwise),
            Kind::List(items) => self.list(items),
            Kind::Map(entries) => self.map(entries),
            Kind::Message { name, .. } => {
                self.report(
                    Problem::new(
                        &codes::UNSUPPORTED_CEL,
                        name.range,
                        format!(
                            "messages such as `{}{{…}}` are no part of the language",
                            ast.name(name)
                        ),
                    )
                    .help("write a map: `{\"field\": value}`"),
                );
                Typed::error()
            }
        };
        self.set_type(id, typed.ty.clone());
        typed
    }

    fn ty(&self, id: ExprId) -> &Type {
        &self.types[id.index()]
    }

    fn set_type(&mut self, id: ExprId, ty: Type) {
        self.types[id.index()] = ty;
    }

    fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Checks a node where `outcome` is known to have come out before.
    fn check_given(&mut self, outcome: &Outcome, id: ExprId) -> Typed {
        let mark = self.known.enter(outcome);
        let typed = self.check(id);
        self.known.leave(mark);
        typed
    }

    /// Checks a boolean before which a guard can be put.
    fn condition_given(&mut self, outcome: &Outcome, id: ExprId) -> Typed {
        let before = self.condition.replace(id);
        let typed = self.check_given(outcome, id);
        self.condition = before;
        typed
    }

    /// What is known before it, and of what it reads.
    fn with_given(&self, before: &domain::World) -> domain::World {
        let mut world = before.clone();
        for read in &self.reads {
            if let Some(given) = self.env.given.fixed.get(&read.path) {
                world = world.and(given);
            }
        }
        world
    }

    fn finish(
        mut self,
        facts: &Facts,
        typed: &Typed,
        place: &dyn Fn(TextRange) -> Place,
    ) -> Checked {
        let sound = self.problems.is_empty();
        for ty in &mut self.types {
            if !relate::is_settled(ty) {
                *ty = match relate::settle(ty) {
                    Type::Error if sound => Type::Dyn,
                    other => other,
                };
            }
        }
        self.problems.sort_by_key(|p| (p.range.start, p.range.end));
        let after = |outcome: &Outcome| Facts {
            present: outcome.added_to(&facts.present),
            world: facts.world.clone(),
        };
        let (mut when_true, mut when_false) = (after(&typed.yes), after(&typed.no));
        let mut constant = Vec::new();
        if sound && !self.env.lenient {
            let before = self.with_given(&facts.world);
            let judged =
                domain::judge(self.ast, self.env, &self.types, &self.names, &before, place);
            constant = judged.constant;
            when_true.world = judged.when_true;
            when_false.world = judged.when_false;
        }
        Checked {
            ty: self.types[self.ast.root().index()].clone(),
            types: self.types,
            when_true,
            when_false,
            constant,
            reads: self.reads,
            names: self.names,
            callees: self.callees,
            problems: self.problems,
        }
    }
}

fn literal_type(literal: &Literal) -> Typed {
    let ty = match literal {
        Literal::Null => Type::Null,
        Literal::Bool(value) => {
            let mut typed = Typed::of(Type::Bool);
            *(if *value {
                &mut typed.no
            } else {
                &mut typed.yes
            }) = Outcome::Never;
            return typed;
        }
        Literal::Int(_) => Type::Int,
        Literal::Uint(_) => Type::Uint,
        Literal::Double(_) => Type::Double,
        Literal::String(_) => Type::String,
        Literal::Bytes(_) => Type::Bytes,
    };
    Typed::of(ty)
}
