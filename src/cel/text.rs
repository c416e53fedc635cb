//! Values as text: what `string()` answers, what fills a text place, and `format`.

use std::sync::Arc;

use super::duration::format_seconds;
use super::error::{EvalError, EvalErrorKind};
use super::number::format_double;
use super::timestamp::format_timestamp;
use super::value::Value;

/// A value as CEL's `string()` writes it; an error for what has no text of its own: absent
/// values, lists, maps, objects, optionals, types.
pub fn to_text(value: &Value) -> Result<Arc<str>, EvalError> {
    Ok(match value {
        Value::String(text) => text.clone(),
        Value::Bool(v) => if *v { "true" } else { "false" }.into(),
        Value::Int(v) => v.to_string().into(),
        Value::Uint(v) => v.to_string().into(),
        Value::Double(v) => format_double(*v).into(),
        Value::Bytes(bytes) => std::str::from_utf8(bytes)
            .map_err(|_| invalid("the bytes are not valid UTF-8"))?
            .into(),
        Value::Timestamp(v) => format_timestamp(*v).into(),
        Value::Duration(v) => format_seconds(*v).into(),
        Value::Null => return Err(invalid("an absent value has no text")),
        other => {
            return Err(invalid(format!(
                "a value of type {} has no text",
                other.kind_name()
            )));
        }
    })
}

/// `template.format(args)`: `%s %d %f %e %b %o %x %X %%`, with a precision for `%f` and `%e`.
pub(super) fn format(template: &str, args: &[Value]) -> Result<String, EvalError> {
    let mut out = String::new();
    let mut rest = template;
    let mut args = args.iter();
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let (precision, after) = precision(rest)?;
        let clause = after
            .chars()
            .next()
            .ok_or_else(|| invalid("a `%` at the end has no letter"))?;
        rest = &after[clause.len_utf8()..];
        let arg = args
            .next()
            .ok_or_else(|| invalid("there are fewer values than `%`"))?;
        clause_text(clause, precision, arg, &mut out)?;
        if out.len() > 1 << 20 {
            return Err(EvalError::new(
                EvalErrorKind::Limit,
                "the formatted text is too long",
            ));
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// `.2` of `%.2f`, and what follows.
fn precision(text: &str) -> Result<(Option<usize>, &str), EvalError> {
    let Some(digits) = text.strip_prefix('.') else {
        return Ok((None, text));
    };
    let len = digits.bytes().take_while(u8::is_ascii_digit).count();
    let precision = digits[..len].parse().ok().filter(|p| *p <= 1_000);
    let precision = precision.ok_or_else(|| invalid("a precision is a number up to 1000"))?;
    Ok((Some(precision), &digits[len..]))
}

fn clause_text(
    clause: char,
    precision: Option<usize>,
    arg: &Value,
    out: &mut String,
) -> Result<(), EvalError> {
    let digits = precision.unwrap_or(6);
    let text = match (clause, arg) {
        ('s', _) => return shown(arg, out),
        ('d', Value::Int(v)) => v.to_string(),
        ('d', Value::Uint(v)) => v.to_string(),
        ('f' | 'e' | 'd', Value::Double(v)) if !v.is_finite() => match v {
            v if v.is_nan() => "NaN".to_owned(),
            v if *v > 0.0 => "Infinity".to_owned(),
            _ => "-Infinity".to_owned(),
        },
        ('f', _) => format!("{:.digits$}", number(clause, arg)?),
        ('e', _) => scientific(number(clause, arg)?, digits),
        ('b', Value::Bool(v)) => u8::from(*v).to_string(),
        ('b', Value::Int(v)) => signed(*v, format!("{:b}", v.unsigned_abs())),
        ('b', Value::Uint(v)) => format!("{v:b}"),
        ('o', Value::Int(v)) => signed(*v, format!("{:o}", v.unsigned_abs())),
        ('o', Value::Uint(v)) => format!("{v:o}"),
        ('x' | 'X', Value::Int(v)) => signed(*v, hex(clause, v.unsigned_abs())),
        ('x' | 'X', Value::Uint(v)) => hex(clause, *v),
        ('x' | 'X', Value::String(text)) => text.bytes().map(|b| hex_byte(clause, b)).collect(),
        ('x' | 'X', Value::Bytes(bytes)) => bytes.iter().map(|b| hex_byte(clause, *b)).collect(),
        ('d' | 'b' | 'o' | 'x' | 'X', other) => return Err(misfit(clause, other)),
        _ => return Err(invalid(format!("`%{clause}` is not a clause of `format`"))),
    };
    out.push_str(&text);
    Ok(())
}

#[allow(
    clippy::cast_precision_loss,
    reason = "formatted as the nearest double"
)]
fn number(clause: char, arg: &Value) -> Result<f64, EvalError> {
    match arg {
        Value::Double(v) => Ok(*v),
        Value::Int(v) => Ok(*v as f64),
        Value::Uint(v) => Ok(*v as f64),
        other => Err(misfit(clause, other)),
    }
}

/// `1.234560e+03`: the exponent has a sign and at least two digits.
fn scientific(v: f64, digits: usize) -> String {
    let text = format!("{v:.digits$e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => match exponent.strip_prefix('-') {
            Some(size) => format!("{mantissa}e-{size:0>2}"),
            None => format!("{mantissa}e+{exponent:0>2}"),
        },
        None => text,
    }
}

fn signed(v: i64, digits: String) -> String {
    if v < 0 { format!("-{digits}") } else { digits }
}

fn hex(clause: char, v: u64) -> String {
    if clause == 'x' {
        format!("{v:x}")
    } else {
        format!("{v:X}")
    }
}

fn hex_byte(clause: char, v: u8) -> String {
    if clause == 'x' {
        format!("{v:02x}")
    } else {
        format!("{v:02X}")
    }
}

/// Any value, as `%s` shows it: containers with their elements, maps in the order of their keys.
fn shown(value: &Value, out: &mut String) -> Result<(), EvalError> {
    if out.len() > 1 << 20 {
        return Err(EvalError::new(
            EvalErrorKind::Limit,
            "the formatted text is too long",
        ));
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::List(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                shown(item, out)?;
            }
            out.push(']');
        }
        Value::Map(entries) => {
            let mut sorted = Vec::with_capacity(entries.len());
            for (key, value) in entries.iter() {
                sorted.push((to_text(key)?, value));
            }
            sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
            fields(sorted.into_iter(), out)?;
        }
        Value::Object(object) => {
            let present = object.fields().filter(|(_, value)| !value.is_null());
            fields(
                present.map(|(field, value)| (field.name.clone(), value)),
                out,
            )?;
        }
        Value::Type(ty) => out.push_str(&ty.to_string()),
        other => out.push_str(&to_text(other)?),
    }
    Ok(())
}

fn fields<'v>(
    fields: impl Iterator<Item = (Arc<str>, &'v Value)>,
    out: &mut String,
) -> Result<(), EvalError> {
    out.push('{');
    for (place, (name, value)) in fields.enumerate() {
        out.push_str(if place > 0 { ", " } else { "" });
        out.push_str(&name);
        out.push_str(": ");
        shown(value, out)?;
    }
    out.push('}');
    Ok(())
}

fn misfit(clause: char, value: &Value) -> EvalError {
    invalid(format!(
        "`%{clause}` does not take a value of type {}",
        value.kind_name()
    ))
}

fn invalid(message: impl Into<String>) -> EvalError {
    EvalError::new(EvalErrorKind::InvalidArgument, message)
}
