//! Numbers: extremes, rounding, signs, bits.

use std::cmp::Ordering;

use super::super::error::EvalError;
use super::super::ops::extreme;
use super::super::value::Value;
use super::args::{self, identity, invalid, overflow};
use super::{Sig, functions, plain};

use Sig::{Bool, Double, Int, List, Uint};

functions! {
    "math.abs" => [
        plain(&[Int], Int, |a| {
            let v = args::int(a, 0)?;
            v.checked_abs().map(Value::Int).ok_or_else(|| overflow("integer overflow"))
        }),
        plain(&[Uint], Uint, identity),
        plain(&[Double], Double, |a| double(a, f64::abs)),
    ];
    "math.bitAnd" => [
        plain(&[Int, Int], Int, |a| ints(a, |x, y| x & y)),
        plain(&[Uint, Uint], Uint, |a| uints(a, |x, y| x & y)),
    ];
    "math.bitNot" => [
        plain(&[Int], Int, |a| Ok(Value::Int(!args::int(a, 0)?))),
        plain(&[Uint], Uint, |a| Ok(Value::Uint(!args::uint(a, 0)?))),
    ];
    "math.bitOr" => [
        plain(&[Int, Int], Int, |a| ints(a, |x, y| x | y)),
        plain(&[Uint, Uint], Uint, |a| uints(a, |x, y| x | y)),
    ];
    "math.bitShiftLeft" => [
        plain(&[Int, Int], Int, |a| Ok(Value::Int(args::int(a, 0)?.checked_shl(shift(a)?).unwrap_or(0)))),
        plain(&[Uint, Int], Uint, |a| Ok(Value::Uint(args::uint(a, 0)?.checked_shl(shift(a)?).unwrap_or(0)))),
    ];
    "math.bitShiftRight" => [
        // Logical, also for ints: the sign is a bit like any other.
        plain(&[Int, Int], Int, |a| {
            let bits = args::int(a, 0)?.cast_unsigned();
            Ok(Value::Int(bits.checked_shr(shift(a)?).unwrap_or(0).cast_signed()))
        }),
        plain(&[Uint, Int], Uint, |a| Ok(Value::Uint(args::uint(a, 0)?.checked_shr(shift(a)?).unwrap_or(0)))),
    ];
    "math.bitXor" => [
        plain(&[Int, Int], Int, |a| ints(a, |x, y| x ^ y)),
        plain(&[Uint, Uint], Uint, |a| uints(a, |x, y| x ^ y)),
    ];
    "math.ceil" => [plain(&[Double], Double, |a| double(a, f64::ceil))];
    "math.floor" => [plain(&[Double], Double, |a| double(a, f64::floor))];
    "math.greatest" => [
        plain(&[Int], Int, identity),
        plain(&[Uint], Uint, identity),
        plain(&[Double], Double, identity),
        plain(&[Int, Int], Int, greatest),
        plain(&[Uint, Uint], Uint, greatest),
        plain(&[Double, Double], Double, greatest),
        plain(&[Int, Int, Int], Int, greatest),
        plain(&[Uint, Uint, Uint], Uint, greatest),
        plain(&[Double, Double, Double], Double, greatest),
        plain(&[Int, Int, Int, Int], Int, greatest),
        plain(&[Uint, Uint, Uint, Uint], Uint, greatest),
        plain(&[Double, Double, Double, Double], Double, greatest),
        plain(&[Int, Int, Int, Int, Int], Int, greatest),
        plain(&[Uint, Uint, Uint, Uint, Uint], Uint, greatest),
        plain(&[Double, Double, Double, Double, Double], Double, greatest),
        plain(&[List(&Int)], Int, greatest_of_list),
        plain(&[List(&Uint)], Uint, greatest_of_list),
        plain(&[List(&Double)], Double, greatest_of_list),
    ];
    "math.isFinite" => [plain(&[Double], Bool, |a| Ok(Value::Bool(args::double(a, 0)?.is_finite())))];
    "math.isInf" => [plain(&[Double], Bool, |a| Ok(Value::Bool(args::double(a, 0)?.is_infinite())))];
    "math.isNaN" => [plain(&[Double], Bool, |a| Ok(Value::Bool(args::double(a, 0)?.is_nan())))];
    "math.least" => [
        plain(&[Int], Int, identity),
        plain(&[Uint], Uint, identity),
        plain(&[Double], Double, identity),
        plain(&[Int, Int], Int, least),
        plain(&[Uint, Uint], Uint, least),
        plain(&[Double, Double], Double, least),
        plain(&[Int, Int, Int], Int, least),
        plain(&[Uint, Uint, Uint], Uint, least),
        plain(&[Double, Double, Double], Double, least),
        plain(&[Int, Int, Int, Int], Int, least),
        plain(&[Uint, Uint, Uint, Uint], Uint, least),
        plain(&[Double, Double, Double, Double], Double, least),
        plain(&[Int, Int, Int, Int, Int], Int, least),
        plain(&[Uint, Uint, Uint, Uint, Uint], Uint, least),
        plain(&[Double, Double, Double, Double, Double], Double, least),
        plain(&[List(&Int)], Int, least_of_list),
        plain(&[List(&Uint)], Uint, least_of_list),
        plain(&[List(&Double)], Double, least_of_list),
    ];
    // Halves go away from zero.
    "math.round" => [plain(&[Double], Double, |a| double(a, f64::round))];
    "math.sign" => [
        plain(&[Int], Int, |a| Ok(Value::Int(args::int(a, 0)?.signum()))),
        plain(&[Uint], Uint, |a| Ok(Value::Uint(args::uint(a, 0)?.min(1)))),
        plain(&[Double], Double, |a| double(a, |v| if v == 0.0 { 0.0 } else { v.signum() })),
    ];
    "math.sqrt" => [plain(&[Double], Double, |a| double(a, f64::sqrt))];
    "math.trunc" => [plain(&[Double], Double, |a| double(a, f64::trunc))];
}

fn double(a: &[Value], f: fn(f64) -> f64) -> Result<Value, EvalError> {
    Ok(Value::Double(f(args::double(a, 0)?)))
}

fn ints(a: &[Value], f: fn(i64, i64) -> i64) -> Result<Value, EvalError> {
    Ok(Value::Int(f(args::int(a, 0)?, args::int(a, 1)?)))
}

fn uints(a: &[Value], f: fn(u64, u64) -> u64) -> Result<Value, EvalError> {
    Ok(Value::Uint(f(args::uint(a, 0)?, args::uint(a, 1)?)))
}

/// By how many bits; shifting by 64 and more leaves none.
fn shift(a: &[Value]) -> Result<u32, EvalError> {
    let by = args::int(a, 1)?;
    if by < 0 {
        return Err(invalid(format!("cannot shift by {by} bits")));
    }
    Ok(u32::try_from(by).unwrap_or(u32::MAX))
}

fn greatest(a: &[Value]) -> Result<Value, EvalError> {
    extreme(a, Ordering::Greater)
}

fn greatest_of_list(a: &[Value]) -> Result<Value, EvalError> {
    extreme(args::list(a, 0)?, Ordering::Greater)
}

fn least(a: &[Value]) -> Result<Value, EvalError> {
    extreme(a, Ordering::Less)
}

fn least_of_list(a: &[Value]) -> Result<Value, EvalError> {
    extreme(args::list(a, 0)?, Ordering::Less)
}
