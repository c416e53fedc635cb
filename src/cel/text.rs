//! Values as text: what `string()` answers and what fills a text place, and any value as `format`
//! shows it.

use super::duration::format_seconds;
use super::error::{EvalError, EvalErrorKind};
use super::number::format_double;
use super::timestamp::format_timestamp;
use super::value::{Text, Value};

/// A value as CEL's `string()` writes it; an error for what has no text of its own: absent
/// values, lists, maps, objects, optionals, types.
pub fn to_text(value: &Value) -> Result<Text, EvalError> {
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

/// Any value, as `%s` shows it: containers with their elements, maps in the order of their keys.
pub(super) fn shown(value: &Value, out: &mut String) -> Result<(), EvalError> {
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
                present.map(|(field, value)| (Text::new(&*field.name), value)),
                out,
            )?;
        }
        Value::Type(ty) => out.push_str(&ty.to_string()),
        other => out.push_str(&to_text(other)?),
    }
    Ok(())
}

fn fields<'v>(
    fields: impl Iterator<Item = (Text, &'v Value)>,
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

pub(super) fn invalid(message: impl Into<String>) -> EvalError {
    EvalError::new(EvalErrorKind::InvalidArgument, message)
}
