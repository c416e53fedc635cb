//! The arguments of a function, taken out of their values. The checker has made sure that they
//! fit; an argument of another kind is an error all the same, since `dyn` can carry anything.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::error::{EvalError, EvalErrorKind};
use super::super::value::{Text, Value};

/// The longest text that one function may make, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// The longest list that one function may make.
const MAX_ITEMS: usize = 100_000;

fn unfit(args: &[Value], at: usize) -> EvalError {
    let kind = args.get(at).map_or("nothing", Value::kind_name);
    EvalError::new(
        EvalErrorKind::NoSuchOverload,
        format!("no such overload: argument {} is {kind}", at + 1),
    )
}

/// One accessor a kind of value.
macro_rules! accessors {
    ($($name:ident -> $ty:ty { $pattern:pat => $value:expr })+) => {
        $(pub(super) fn $name(args: &[Value], at: usize) -> Result<$ty, EvalError> {
            match args.get(at) {
                Some($pattern) => Ok($value),
                _ => Err(unfit(args, at)),
            }
        })+
    };
}

accessors! {
    int -> i64 { Value::Int(v) => *v }
    uint -> u64 { Value::Uint(v) => *v }
    double -> f64 { Value::Double(v) => *v }
    text -> &str { Value::String(v) => v }
    bytes -> &[u8] { Value::Bytes(v) => v }
    timestamp -> Timestamp { Value::Timestamp(v) => *v }
    duration -> SignedDuration { Value::Duration(v) => *v }
    list -> &[Value] { Value::List(v) => v }
    map -> &[(Value, Value)] { Value::Map(v) => v }
    optional -> Option<&Arc<Value>> { Value::Optional(v) => v.as_ref() }
    any -> &Value { v => v }
}

/// A value as it is passed in.
pub(super) fn identity(args: &[Value]) -> Result<Value, EvalError> {
    any(args, 0).cloned()
}

pub(super) fn invalid(message: impl Into<String>) -> EvalError {
    EvalError::new(EvalErrorKind::InvalidArgument, message)
}

pub(super) fn overflow(message: impl Into<String>) -> EvalError {
    EvalError::new(EvalErrorKind::Overflow, message)
}

/// A text as a value, unless it is too long.
pub(super) fn string(text: impl Into<Text>) -> Result<Value, EvalError> {
    let text = text.into();
    text_fits(text.len())?;
    Ok(Value::String(text))
}

/// A list as a value, unless it is too long.
pub(super) fn items(items: Vec<Value>) -> Result<Value, EvalError> {
    list_fits(items.len())?;
    Ok(Value::list(items))
}

/// A length or count as CEL's int.
pub(super) fn count(len: usize) -> Value {
    Value::Int(i64::try_from(len).unwrap_or(i64::MAX))
}

/// Whether a text of that length may be made.
pub(super) fn text_fits(len: usize) -> Result<(), EvalError> {
    fits(len, MAX_TEXT, "a text")
}

/// Whether a list of that length may be made.
pub(super) fn list_fits(len: usize) -> Result<(), EvalError> {
    fits(len, MAX_ITEMS, "a list")
}

fn fits(len: usize, most: usize, what: &str) -> Result<(), EvalError> {
    if len <= most {
        return Ok(());
    }
    Err(EvalError::new(
        EvalErrorKind::Limit,
        format!("{what} of length {len} exceeds the limit of {most}"),
    ))
}

/// An index into a text of `len` characters or a list of `len` elements; `len` itself is allowed.
pub(super) fn position(args: &[Value], at: usize, len: usize) -> Result<usize, EvalError> {
    let given = int(args, at)?;
    usize::try_from(given)
        .ok()
        .filter(|i| *i <= len)
        .ok_or_else(|| invalid(format!("index {given} is out of range (length {len})")))
}
