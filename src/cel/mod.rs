//! The expression language, CEL: text goes in, a typed program that can be run comes out.
//!
//! It knows nothing of YAML or journeys. Ranges count from the start of the expression's text;
//! who asks maps them to a file.

mod ast;
pub mod base64;
pub mod cases;
mod check;
mod domain;
pub mod duration;
mod env;
mod error;
mod format;
pub mod functions;
mod interpolation;
pub mod json;
mod lexer;
mod notation;
mod number;
mod ops;
mod parser;
mod program;
mod quoted;
mod set;
mod text;
pub mod timestamp;
mod token;
mod tree;
mod types;
mod value;
mod written;

pub use ast::{Ast, BinaryOp, ExprId, Kind, ListItem, Literal, MapEntry, Name, Node, UnaryOp};
pub use check::{
    ByNode, Callee, Checked, Named, Read, Segments, assignable, celgo_notation, check, check_at,
    join,
};
pub use domain::{ConstantBool, Place, World};
pub use duration::{DurationError, format_duration, parse_data_duration, parse_duration};
pub use env::{Absent, Binding, Env, Facts, Given, Root};
pub use error::{EvalError, EvalErrorKind, Problem, ProblemFix};
pub use interpolation::{Segment, interpolations};
pub use json::{Mismatch, ReadError, Reader, decode_json, from_json, infer, read_json, to_json};
pub use notation::{notation, type_of_notation, value_of_notation};
pub use number::format_double;
pub use ops::{compare, equal};
pub use parser::{MAX_DEPTH, Parsed, parse, parse_in};
pub use program::{
    Captured, Explained, MAX_EXPLAINED, MAX_STEPS, Program, Slots, compile, compile_untyped,
};
pub use text::to_text;
pub use timestamp::{format_timestamp, parse_timestamp};
pub use tree::Tree;
pub use types::{EnumType, Field, ObjectType, Type};
pub use value::{ObjectValue, Text, Value};
pub use written::written;
