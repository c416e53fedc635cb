//! Conversions between types: `int(x)`, `string(x)`, `type(x)`, …

use super::super::duration::parse_duration;
use super::super::error::EvalError;
use super::super::number::format_double;
use super::super::text::to_text;
use super::super::timestamp::{self, parse_timestamp};
use super::super::value::Value;
use super::args::{self, identity, invalid, overflow};
use super::{Sig, functions, plain};

use Sig::{Bool, Bytes, Double, Duration, Dyn, Int, Param, String, Timestamp, Uint};

functions! {
    "bool" => [
        plain(&[Bool], Bool, identity),
        plain(&[String], Bool, bool_from_string),
    ];
    "bytes" => [
        plain(&[Bytes], Bytes, identity),
        plain(&[String], Bytes, |a| Ok(Value::Bytes(args::text(a, 0)?.as_bytes().into()))),
    ];
    "double" => [
        plain(&[Double], Double, identity),
        plain(&[Int], Double, |a| Ok(Value::Double(approximate(args::int(a, 0)?)))),
        plain(&[Uint], Double, |a| Ok(Value::Double(approximate_unsigned(args::uint(a, 0)?)))),
        plain(&[String], Double, double_from_string),
    ];
    "duration" => [
        plain(&[Duration], Duration, identity),
        plain(&[String], Duration, |a| {
            let text = args::text(a, 0)?;
            let parsed = parse_duration(text);
            parsed.map(Value::Duration).map_err(|e| invalid(format!("`{text}` is not a duration: {e}")))
        }),
    ];
    "dyn" => [plain(&[Param(0)], Dyn, identity)];
    "int" => [
        plain(&[Int], Int, identity),
        plain(&[Uint], Int, |a| {
            let v = args::uint(a, 0)?;
            i64::try_from(v).map(Value::Int).map_err(|_| out_of_range(v, "int"))
        }),
        plain(&[Double], Int, int_from_double),
        plain(&[String], Int, |a| {
            let text = args::text(a, 0)?;
            text.parse().map(Value::Int).map_err(|_| not_a(text, "an int"))
        }),
        plain(&[Timestamp], Int, |a| Ok(Value::Int(timestamp::unix_seconds(args::timestamp(a, 0)?)))),
    ];
    "string" => [
        plain(&[String], String, identity),
        plain(&[Bool], String, string),
        plain(&[Int], String, string),
        plain(&[Uint], String, string),
        plain(&[Double], String, string),
        plain(&[Bytes], String, string),
        plain(&[Timestamp], String, string),
        plain(&[Duration], String, string),
    ];
    "timestamp" => [
        plain(&[Timestamp], Timestamp, identity),
        plain(&[String], Timestamp, |a| {
            let text = args::text(a, 0)?;
            let parsed = parse_timestamp(text);
            parsed.map(Value::Timestamp).map_err(|e| invalid(format!("`{text}` is not a timestamp: {e}")))
        }),
        plain(&[Int], Timestamp, |a| {
            let seconds = args::int(a, 0)?;
            timestamp::from_unix_seconds(seconds)
                .map(Value::Timestamp)
                .ok_or_else(|| overflow(format!("{seconds} seconds are out of the range of timestamps")))
        }),
    ];
    "type" => [plain(&[Param(0)], Sig::Type(&Param(0)), |a| {
        Ok(Value::Type(args::any(a, 0)?.type_of().into()))
    })];
    "uint" => [
        plain(&[Uint], Uint, identity),
        plain(&[Int], Uint, |a| {
            let v = args::int(a, 0)?;
            u64::try_from(v).map(Value::Uint).map_err(|_| out_of_range(v, "uint"))
        }),
        plain(&[Double], Uint, uint_from_double),
        plain(&[String], Uint, |a| {
            let text = args::text(a, 0)?;
            text.parse().map(Value::Uint).map_err(|_| not_a(text, "a uint"))
        }),
    ];
}

fn out_of_range(value: impl std::fmt::Display, target: &str) -> EvalError {
    overflow(format!("{value} is out of the range of `{target}`"))
}

fn not_a(text: &str, what: &str) -> EvalError {
    invalid(format!("`{text}` is not {what}"))
}

fn string(a: &[Value]) -> Result<Value, EvalError> {
    to_text(args::any(a, 0)?).map(Value::String)
}

fn bool_from_string(a: &[Value]) -> Result<Value, EvalError> {
    match args::text(a, 0)? {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Value::Bool(true)),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Value::Bool(false)),
        other => Err(not_a(other, "a bool")),
    }
}

fn double_from_string(a: &[Value]) -> Result<Value, EvalError> {
    let text = args::text(a, 0)?;
    let parsed: f64 = text.parse().map_err(|_| not_a(text, "a double"))?;
    // What is written in digits but too large for a double is an error, not an infinity.
    if parsed.is_infinite() && text.bytes().any(|b| b.is_ascii_digit()) {
        return Err(out_of_range(text, "double"));
    }
    Ok(Value::Double(parsed))
}

/// The nearest double, as CEL converts.
#[allow(clippy::cast_precision_loss, reason = "the nearest is meant")]
fn approximate(v: i64) -> f64 {
    v as f64
}

#[allow(clippy::cast_precision_loss, reason = "the nearest is meant")]
fn approximate_unsigned(v: u64) -> f64 {
    v as f64
}

/// 2^63 and 2^64: the standard leaves both ends out, so that every conversion back is exact.
const TWO_63: f64 = 9_223_372_036_854_775_808.0;
const TWO_64: f64 = 18_446_744_073_709_551_616.0;

fn int_from_double(a: &[Value]) -> Result<Value, EvalError> {
    let v = args::double(a, 0)?;
    if v > -TWO_63 && v < TWO_63 {
        Ok(Value::Int(v as i64))
    } else {
        Err(out_of_range(format_double(v), "int"))
    }
}

#[allow(clippy::cast_sign_loss, reason = "it is not negative")]
fn uint_from_double(a: &[Value]) -> Result<Value, EvalError> {
    let v = args::double(a, 0)?;
    if (0.0..TWO_64).contains(&v) {
        Ok(Value::Uint(v as u64))
    } else {
        Err(out_of_range(format_double(v), "uint"))
    }
}
