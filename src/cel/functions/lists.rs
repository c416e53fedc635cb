//! Lists: order, parts, duplicates. `reverse` and `size` stand with the texts.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::SignedDuration;

use super::super::ast::BinaryOp;
use super::super::error::EvalError;
use super::super::ops::{arithmetic, compare};
use super::super::set::Seen;
use super::super::value::Value;
use super::args::{self, invalid, position};
use super::{Sig, functions, method, plain};

use Sig::{
    Bool, Bytes, Double, Duration, Dyn, Int, List, Optional, Param, String, Timestamp, Uint,
};

functions! {
    "distinct" => [method(&[List(&Param(0))], List(&Param(0)), |a| {
        let mut seen = Seen::default();
        args::items(args::list(a, 0)?.iter().filter(|v| seen.insert(v)).cloned().collect())
    })];
    "first" => [method(&[List(&Param(0))], Optional(&Param(0)), |a| {
        Ok(at_end(args::list(a, 0)?.first()))
    })];
    "flatten" => [
        method(&[List(&List(&Param(0)))], List(&Param(0)), |a| flatten(a, 1)),
        method(&[List(&Dyn), Int], List(&Dyn), |a| {
            let depth = args::int(a, 1)?;
            let depth = usize::try_from(depth).map_err(|_| invalid(format!("cannot flatten {depth} levels")))?;
            flatten(a, depth)
        }),
    ];
    "last" => [method(&[List(&Param(0))], Optional(&Param(0)), |a| {
        Ok(at_end(args::list(a, 0)?.last()))
    })];
    "lists.range" => [plain(&[Int], List(&Int), |a| {
        let end = args::int(a, 0)?;
        args::list_fits(usize::try_from(end).unwrap_or(0))?;
        args::items((0..end).map(Value::Int).collect())
    })];
    "slice" => [method(&[List(&Param(0)), Int, Int], List(&Param(0)), |a| {
        let list = args::list(a, 0)?;
        let (start, end) = (position(a, 1, list.len())?, position(a, 2, list.len())?);
        if start > end {
            return Err(invalid(format!("the slice ends at {end}, before it starts at {start}")));
        }
        args::items(list[start..end].to_vec())
    })];
    "sort" => [
        method(&[List(&Int)], List(&Int), sort),
        method(&[List(&Uint)], List(&Uint), sort),
        method(&[List(&Double)], List(&Double), sort),
        method(&[List(&Bool)], List(&Bool), sort),
        method(&[List(&String)], List(&String), sort),
        method(&[List(&Bytes)], List(&Bytes), sort),
        method(&[List(&Timestamp)], List(&Timestamp), sort),
        method(&[List(&Duration)], List(&Duration), sort),
    ];
    "sum" => [
        method(&[List(&Int)], Int, |a| sum(a, Value::Int(0))),
        method(&[List(&Uint)], Uint, |a| sum(a, Value::Uint(0))),
        method(&[List(&Double)], Double, |a| sum(a, Value::Double(0.0))),
        method(&[List(&Duration)], Duration, |a| sum(a, Value::Duration(SignedDuration::ZERO))),
    ];
}

/// The first or last element, if there is one; an absent one is none.
fn at_end(element: Option<&Value>) -> Value {
    let present = element.filter(|value| !value.is_null());
    Value::Optional(present.cloned().map(Arc::new))
}

fn flatten(a: &[Value], depth: usize) -> Result<Value, EvalError> {
    let mut level: Vec<Value> = args::list(a, 0)?.to_vec();
    for _ in 0..depth {
        if !level.iter().any(|v| matches!(v, Value::List(_))) {
            break;
        }
        let mut next = Vec::new();
        for value in level {
            match value {
                Value::List(items) => next.extend(items.iter().cloned()),
                other => next.push(other),
            }
            args::list_fits(next.len())?;
        }
        level = next;
    }
    args::items(level)
}

/// The sum of the elements; of none it is the zero of their type. What is untyped and empty is 0.
fn sum(a: &[Value], zero: Value) -> Result<Value, EvalError> {
    let mut elements = args::list(a, 0)?.iter();
    let Some(first) = elements.next() else {
        return Ok(zero);
    };
    if !matches!(
        first,
        Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::Duration(_)
    ) {
        return Err(invalid(format!(
            "a {} cannot be summed up",
            first.kind_name()
        )));
    }
    elements.try_fold(first.clone(), |sum, v| arithmetic(BinaryOp::Add, &sum, v))
}

/// Ascending; equal elements keep their order. NaN has no place in an order.
fn sort(a: &[Value]) -> Result<Value, EvalError> {
    let list = args::list(a, 0)?;
    // Of one kind and without NaN: from here on there is an order, and nothing fails.
    for value in list {
        if compare(value, value)?.is_none() {
            return Err(invalid("NaN cannot be sorted"));
        }
        if value.kind_name() != list[0].kind_name() {
            return Err(invalid("only elements of one type can be sorted"));
        }
    }
    let mut sorted = list.to_vec();
    sorted.sort_by(|x, y| compare(x, y).ok().flatten().unwrap_or(Ordering::Equal));
    args::items(sorted)
}
