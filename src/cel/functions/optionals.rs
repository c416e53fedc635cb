//! Optional values: made, asked and taken out. `optMap` and `optFlatMap` are macros.

use std::sync::Arc;

use super::super::error::{EvalError, EvalErrorKind};
use super::super::value::Value;
use super::args;
use super::{Sig, functions, method, plain};

use Sig::{Bool, List, Optional, Param};

functions! {
    "hasValue" => [method(&[Optional(&Param(0))], Bool, |a| Ok(Value::Bool(args::optional(a, 0)?.is_some())))];
    "optional.none" => [plain(&[], Optional(&Param(0)), |_| Ok(Value::Optional(None)))];
    "optional.of" => [plain(&[Param(0)], Optional(&Param(0)), |a| Ok(some(args::any(a, 0)?)))];
    "optional.ofNonZeroValue" => [plain(&[Param(0)], Optional(&Param(0)), |a| {
        let value = args::any(a, 0)?;
        Ok(if value.is_zero() { Value::Optional(None) } else { some(value) })
    })];
    "optional.unwrap" => [plain(&[List(&Optional(&Param(0)))], List(&Param(0)), unwrap)];
    "or" => [method(&[Optional(&Param(0)), Optional(&Param(0))], Optional(&Param(0)), |a| {
        let first = args::optional(a, 0)?;
        Ok(Value::Optional(first.or(args::optional(a, 1)?).cloned()))
    })];
    "orValue" => [method(&[Optional(&Param(0)), Param(0)], Param(0), |a| {
        args::optional(a, 0)?.map_or_else(|| args::any(a, 1).cloned(), |v| Ok(Value::clone(v)))
    })];
    "unwrapOpt" => [method(&[List(&Optional(&Param(0)))], List(&Param(0)), unwrap)];
    "value" => [method(&[Optional(&Param(0))], Param(0), |a| {
        let present = args::optional(a, 0)?.map(|v| Value::clone(v));
        present.ok_or_else(|| EvalError::new(EvalErrorKind::NoValue, "the optional has no value"))
    })];
}

fn some(value: &Value) -> Value {
    Value::Optional(Some(Arc::new(value.clone())))
}

/// The values that are present.
fn unwrap(a: &[Value]) -> Result<Value, EvalError> {
    let list = args::list(a, 0)?;
    let mut present = Vec::new();
    for at in 0..list.len() {
        present.extend(args::optional(list, at)?.map(|v| Value::clone(v)));
    }
    args::items(present)
}
