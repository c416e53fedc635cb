//! Conditions that always or never hold: a typed tree and what is known before it go in; which of
//! its booleans can come out only one way, why, and what is known after it come out.
//!
//! It knows fields, and what is worked out from one and cannot fail, as a size: whether they are
//! there, and which of their values are possible, in up to 64 cases; and of two fields which is the
//! greater. All else it takes to come out either way. It says nothing where it is not sure.
//!
//! The test of presence that strictness asks for is never called constant.

mod derived;
mod fields;
mod judge;
mod scale;
mod terms;
mod values;
mod world;

use std::cell::Cell;
use std::sync::Arc;

use super::ast::Ast;
use super::check::{ByNode, Named};
use super::env::Env;
use super::types::Type;
use crate::source::TextRange;
pub use world::{Place, World};

thread_local! {
    /// Used again and again: every condition puts a few paths together.
    static ROOM: Cell<String> = Cell::default();
}

/// A boolean that comes out only one way where it is asked.
#[derive(Clone, Debug)]
pub struct ConstantBool {
    pub range: TextRange,
    /// What it always is.
    pub always: bool,
    /// What makes it so, and what that says: "`event.total` is over 100 here".
    pub because: Option<(Place, String)>,
    /// It is a field that stands as a value, which only who asks makes a condition.
    pub plain: bool,
}

/// What is found out about a tree.
#[derive(Debug)]
pub(super) struct Judged {
    pub constant: Vec<ConstantBool>,
    /// What is known where it was true; what was known before included.
    pub when_true: World,
    pub when_false: World,
}

/// Judges the booleans of a tree without mistakes; `place` is what reasons say of where they stand.
pub(super) fn judge(
    ast: &Ast,
    env: &Env,
    types: &[Type],
    names: &ByNode<Named>,
    before: &World,
    place: &dyn Fn(TextRange) -> Place,
) -> Judged {
    let mut judge = Judge {
        ast,
        env,
        types,
        names,
        place,
        room: Cell::new(ROOM.take()),
        scope: Vec::new(),
        variables: 0,
        constant: Vec::new(),
    };
    // Where nothing can be, nothing can be told.
    let before = if before.is_never() {
        World::default()
    } else {
        before.clone()
    };
    let ways = judge.visit(ast.root(), &before);
    ROOM.set(judge.room.take());
    Judged {
        constant: judge.constant,
        when_true: ways.yes,
        when_false: ways.no,
    }
}

struct Judge<'a> {
    ast: &'a Ast,
    env: &'a Env,
    types: &'a [Type],
    names: &'a ByNode<Named>,
    /// Where a part of the expression stands.
    place: &'a dyn Fn(TextRange) -> Place,
    /// Where keys are put together.
    room: Cell<String>,
    /// Iteration variables, the innermost last.
    scope: Vec<Variable>,
    variables: usize,
    constant: Vec<ConstantBool>,
}

struct Variable {
    name: Box<str>,
    key: Arc<str>,
    ty: Type,
}

/// What is known after a boolean came out one way or the other.
struct Ways {
    yes: World,
    no: World,
}
