//! Lists compared as sets: order and repetition do not count.

use super::super::error::EvalError;
use super::super::set::Seen;
use super::super::value::Value;
use super::args;
use super::{Sig, functions, plain};

use Sig::{Bool, List, Param};

functions! {
    "sets.contains" => [plain(&[List(&Param(0)), List(&Param(0))], Bool, |a| {
        Ok(Value::Bool(holds_all(args::list(a, 0)?, args::list(a, 1)?)))
    })];
    "sets.equivalent" => [plain(&[List(&Param(0)), List(&Param(0))], Bool, |a| {
        let (x, y) = (args::list(a, 0)?, args::list(a, 1)?);
        Ok(Value::Bool(holds_all(x, y) && holds_all(y, x)))
    })];
    "sets.intersects" => [plain(&[List(&Param(0)), List(&Param(0))], Bool, intersects)];
}

fn holds_all(list: &[Value], wanted: &[Value]) -> bool {
    let seen = Seen::of(list);
    wanted.iter().all(|v| seen.contains(v))
}

fn intersects(a: &[Value]) -> Result<Value, EvalError> {
    let seen = Seen::of(args::list(a, 0)?);
    Ok(Value::Bool(
        args::list(a, 1)?.iter().any(|v| seen.contains(v)),
    ))
}
