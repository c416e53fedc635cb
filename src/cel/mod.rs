//! The expression language, CEL: text goes in, a typed program that can be run comes out.
//!
//! It knows nothing of YAML or journeys. Ranges count from the start of the expression's text;
//! who asks maps them to a file.

mod ast;
mod env;
mod error;
pub mod functions;
mod interpolation;
mod lexer;
mod parser;
mod quoted;
mod token;
mod types;
mod value;

pub use ast::{Ast, BinaryOp, ExprId, Kind, ListItem, Literal, MapEntry, Name, Node, UnaryOp};
pub use env::{Absent, Binding, Env, Facts, Root};
pub use error::{EvalError, EvalErrorKind, Problem, ProblemFix};
pub use interpolation::{Segment, interpolations};
pub use parser::{MAX_DEPTH, Parsed, parse};
pub use types::{EnumType, Field, ObjectType, Type};
pub use value::{ObjectValue, Value};
