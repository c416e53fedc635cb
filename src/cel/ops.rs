//! What operators do to values: equality, order, arithmetic, membership, indexing.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::SignedDuration;

use super::ast::BinaryOp;
use super::duration;
use super::error::{EvalError, EvalErrorKind};
use super::number::{compare_int_double, compare_uint_double};
use super::timestamp;
use super::value::{ObjectValue, Value};

/// CEL's equality: numbers by value whatever their type, NaN equals nothing, absent only null;
/// lists in order, maps and objects by key. Values of different kinds are unequal, not an error.
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::String(x), Value::String(y)) => x == y,
        (Value::Bytes(x), Value::Bytes(y)) => x == y,
        (Value::List(x), Value::List(y)) => {
            x.len() == y.len() && x.iter().zip(y.iter()).all(|(x, y)| equal(x, y))
        }
        (Value::Map(x), Value::Map(y)) => maps_equal(x, y),
        (Value::Object(x), Value::Object(y)) => objects_equal(x, y),
        (Value::Optional(x), Value::Optional(y)) => match (x, y) {
            (Some(x), Some(y)) => equal(x, y),
            (None, None) => true,
            _ => false,
        },
        (Value::Type(x), Value::Type(y)) => x == y,
        _ => matches!(scalar_order(a, b), Some(Some(Ordering::Equal))),
    }
}

fn maps_equal(x: &[(Value, Value)], y: &[(Value, Value)]) -> bool {
    x.len() == y.len()
        && x.iter().enumerate().all(|(place, (key, value))| {
            // Maps of one origin have their keys in the same places.
            let same_place = y.get(place).filter(|(k, _)| equal(k, key)).map(|(_, v)| v);
            same_place
                .or_else(|| map_get(y, key))
                .is_some_and(|other| equal(value, other))
        })
}

fn objects_equal(x: &ObjectValue, y: &ObjectValue) -> bool {
    if Arc::ptr_eq(&x.ty, &y.ty) {
        return x.slots.len() == y.slots.len()
            && x.slots.iter().zip(&y.slots).all(|(x, y)| equal(x, y));
    }
    let holds = |x: &ObjectValue, y: &ObjectValue| {
        x.fields()
            .all(|(field, value)| equal(value, y.get(&field.name).unwrap_or(&Value::Null)))
    };
    holds(x, y) && holds(y, x)
}

/// The order of two values, none where one is NaN; an error where they have no order.
pub fn compare(a: &Value, b: &Value) -> Result<Option<Ordering>, EvalError> {
    scalar_order(a, b).ok_or_else(|| no_overload("<", a, b))
}

/// The order of two scalars; none where they have none, `Some(None)` where one is NaN.
#[allow(
    clippy::option_option,
    reason = "no order at all is not the same as NaN"
)]
fn scalar_order(a: &Value, b: &Value) -> Option<Option<Ordering>> {
    use Value::{Bool, Bytes, Double, Duration, Int, String, Timestamp, Uint};
    let uint_int = |x: u64, y: i64| i128::from(x).cmp(&i128::from(y));
    Some(match (a, b) {
        (Int(x), Int(y)) => Some(x.cmp(y)),
        (Double(x), Double(y)) => x.partial_cmp(y),
        (Uint(x), Uint(y)) => Some(x.cmp(y)),
        (Int(x), Double(y)) => compare_int_double(*x, *y),
        (Double(x), Int(y)) => compare_int_double(*y, *x).map(Ordering::reverse),
        (Uint(x), Double(y)) => compare_uint_double(*x, *y),
        (Double(x), Uint(y)) => compare_uint_double(*y, *x).map(Ordering::reverse),
        (Uint(x), Int(y)) => Some(uint_int(*x, *y)),
        (Int(x), Uint(y)) => Some(uint_int(*y, *x).reverse()),
        (String(x), String(y)) => Some(x.cmp(y)),
        (Bool(x), Bool(y)) => Some(x.cmp(y)),
        (Bytes(x), Bytes(y)) => Some(x.cmp(y)),
        (Timestamp(x), Timestamp(y)) => Some(x.cmp(y)),
        (Duration(x), Duration(y)) => Some(x.cmp(y)),
        _ => return None,
    })
}

/// `a op b`, for the operators of arithmetic.
pub(super) fn arithmetic(op: BinaryOp, a: &Value, b: &Value) -> Result<Value, EvalError> {
    use Value::{Bytes, Double, Duration, Int, List, String, Timestamp, Uint};
    match (op, a, b) {
        (_, Int(x), Int(y)) => ints(op, *x, *y, || no_overload(op.symbol(), a, b)),
        (_, Uint(x), Uint(y)) => uints(op, *x, *y, || no_overload(op.symbol(), a, b)),
        (BinaryOp::Add, Double(x), Double(y)) => Ok(Double(x + y)),
        (BinaryOp::Subtract, Double(x), Double(y)) => Ok(Double(x - y)),
        (BinaryOp::Multiply, Double(x), Double(y)) => Ok(Double(x * y)),
        (BinaryOp::Divide, Double(x), Double(y)) => Ok(Double(x / y)),
        (BinaryOp::Add, String(x), String(y)) => Ok(Value::string([&**x, &**y].concat())),
        (BinaryOp::Add, Bytes(x), Bytes(y)) => Ok(Bytes([&**x, &**y].concat().into())),
        (BinaryOp::Add, List(x), List(y)) => Ok(Value::list([&***x, &***y].concat())),
        (BinaryOp::Add, Duration(x), Duration(y)) => in_range(x.checked_add(*y)),
        (BinaryOp::Subtract, Duration(x), Duration(y)) => in_range(x.checked_sub(*y)),
        (BinaryOp::Add, Timestamp(t), Duration(d)) | (BinaryOp::Add, Duration(d), Timestamp(t)) => {
            later(*t, *d)
        }
        (BinaryOp::Subtract, Timestamp(t), Duration(d)) => d
            .checked_neg()
            .map_or_else(|| in_range(None), |d| later(*t, d)),
        (BinaryOp::Subtract, Timestamp(x), Timestamp(y)) => in_range(Some(x.duration_since(*y))),
        _ => Err(no_overload(op.symbol(), a, b)),
    }
}

fn ints(op: BinaryOp, x: i64, y: i64, other: impl Fn() -> EvalError) -> Result<Value, EvalError> {
    let result = match op {
        BinaryOp::Add => x.checked_add(y),
        BinaryOp::Subtract => x.checked_sub(y),
        BinaryOp::Multiply => x.checked_mul(y),
        BinaryOp::Divide | BinaryOp::Remainder if y == 0 => return Err(by_zero(op)),
        BinaryOp::Divide => x.checked_div(y),
        BinaryOp::Remainder => x.checked_rem(y),
        _ => return Err(other()),
    };
    result
        .map(Value::Int)
        .ok_or_else(|| overflow("integer overflow"))
}

fn uints(op: BinaryOp, x: u64, y: u64, other: impl Fn() -> EvalError) -> Result<Value, EvalError> {
    let result = match op {
        BinaryOp::Add => x.checked_add(y),
        BinaryOp::Subtract => x.checked_sub(y),
        BinaryOp::Multiply => x.checked_mul(y),
        BinaryOp::Divide | BinaryOp::Remainder if y == 0 => return Err(by_zero(op)),
        BinaryOp::Divide => x.checked_div(y),
        BinaryOp::Remainder => x.checked_rem(y),
        _ => return Err(other()),
    };
    result
        .map(Value::Uint)
        .ok_or_else(|| overflow("unsigned integer overflow"))
}

fn in_range(result: Option<SignedDuration>) -> Result<Value, EvalError> {
    result
        .and_then(duration::in_range)
        .map(Value::Duration)
        .ok_or_else(|| overflow("the result is out of the range of durations"))
}

fn later(t: jiff::Timestamp, d: SignedDuration) -> Result<Value, EvalError> {
    t.checked_add(d)
        .ok()
        .and_then(timestamp::in_range)
        .map(Value::Timestamp)
        .ok_or_else(|| overflow("the result is out of the range of timestamps"))
}

/// The greatest of the values (`Greater`) or the least (`Less`), the first of equals.
pub(super) fn extreme(values: &[Value], wanted: Ordering) -> Result<Value, EvalError> {
    let (first, rest) = values.split_first().ok_or_else(|| {
        let message = "an empty list has neither a greatest nor a least element";
        EvalError::new(EvalErrorKind::InvalidArgument, message)
    })?;
    let mut best = first;
    for value in rest {
        if compare(value, best)? == Some(wanted) {
            best = value;
        }
    }
    Ok(best.clone())
}

/// `-value`.
pub(super) fn negate(value: &Value) -> Result<Value, EvalError> {
    match value {
        Value::Int(v) => v
            .checked_neg()
            .map(Value::Int)
            .ok_or_else(|| overflow("integer overflow")),
        Value::Double(v) => Ok(Value::Double(-v)),
        other => Err(no_overload_unary("-", other)),
    }
}

/// `value in container`.
pub(super) fn contains(container: &Value, value: &Value) -> Result<bool, EvalError> {
    match container {
        Value::List(items) => Ok(items.iter().any(|item| equal(item, value))),
        Value::Map(entries) => Ok(map_get(entries, value).is_some()),
        _ => Err(no_overload("in", value, container)),
    }
}

/// The value of the key; keys are numbers by value, whatever their type.
pub(super) fn map_get<'a>(entries: &'a [(Value, Value)], key: &Value) -> Option<&'a Value> {
    entries.iter().find(|(k, _)| equal(k, key)).map(|(_, v)| v)
}

/// The value of the key, of a map whose keys are texts.
pub(super) fn map_get_str<'a>(entries: &'a [(Value, Value)], key: &str) -> Option<&'a Value> {
    let mut found = entries
        .iter()
        .filter(|(k, _)| matches!(k, Value::String(k) if **k == *key));
    found.next().map(|(_, v)| v)
}

/// `container[index]`, or none where there is no such element; an error where none can be.
pub(super) fn element(container: &Value, index: &Value) -> Result<Option<Value>, EvalError> {
    match container {
        Value::List(items) => {
            let place = match index {
                Value::Int(i) => usize::try_from(*i).ok(),
                Value::Uint(i) => usize::try_from(*i).ok(),
                Value::Double(i) if i.fract() == 0.0 && i.abs() < f64::from(i32::MAX) => {
                    usize::try_from(*i as i64).ok()
                }
                _ => return Err(no_overload("[]", container, index)),
            };
            Ok(place.and_then(|i| items.get(i)).cloned())
        }
        Value::Map(entries) => Ok(map_get(entries, index).cloned()),
        _ => Err(no_overload("[]", container, index)),
    }
}

/// `container[index]`.
pub(super) fn index(container: &Value, index: &Value) -> Result<Value, EvalError> {
    element(container, index)?.ok_or_else(|| {
        let message = match container {
            Value::List(items) => {
                format!(
                    "no such element: index {} of a list of {}",
                    brief(index),
                    items.len()
                )
            }
            _ => format!("no such key: {}", brief(index)),
        };
        EvalError::new(EvalErrorKind::NoSuchKey, message)
    })
}

/// A key or index as a message shows it.
pub(super) fn brief(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{}`", text.chars().take(60).collect::<String>()),
        Value::Int(v) => v.to_string(),
        Value::Uint(v) => format!("{v}u"),
        Value::Double(v) => super::number::format_double(*v),
        Value::Bool(v) => v.to_string(),
        other => other.kind_name().to_owned(),
    }
}

pub(super) fn overflow(message: &str) -> EvalError {
    EvalError::new(EvalErrorKind::Overflow, message)
}

fn by_zero(op: BinaryOp) -> EvalError {
    let message = if op == BinaryOp::Divide {
        "division by zero"
    } else {
        "modulus by zero"
    };
    EvalError::new(EvalErrorKind::DivisionByZero, message)
}

/// Operands that the operator does not take.
pub(super) fn no_overload(op: &str, a: &Value, b: &Value) -> EvalError {
    EvalError::new(
        EvalErrorKind::NoSuchOverload,
        format!(
            "no such overload: `{op}` on {} and {}",
            a.kind_name(),
            b.kind_name()
        ),
    )
}

/// An operand that the operator does not take.
pub(super) fn no_overload_unary(op: &str, value: &Value) -> EvalError {
    EvalError::new(
        EvalErrorKind::NoSuchOverload,
        format!("no such overload: `{op}` on {}", value.kind_name()),
    )
}
