//! Values and types as the standard's cases write them: JSON `{"t": type, "v": …}` and text such
//! as `map(string, list(int))` go in and come out.
//!
//! Numbers are decimal text, bytes hex, maps lists of pairs, so that nothing is lost on the way.
//! It does not evaluate anything.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::duration::parse_duration;
use super::text::to_text;
use super::timestamp::{format_timestamp, parse_timestamp};
use super::types::Type;
use super::value::Value;

/// The value that the notation stands for; the error says what is wrong with it.
pub fn value_of_notation(json: &Json) -> Result<Value, String> {
    let name = json["t"]
        .as_str()
        .ok_or("a value is written `{\"t\": TYPE, \"v\": …}`")?;
    let content = &json["v"];
    let text = || {
        content
            .as_str()
            .ok_or_else(|| format!("a value of type `{name}` is written as text"))
    };
    let unread = || format!("this is no `{name}`: {content}");
    let items = || {
        content
            .as_array()
            .ok_or_else(|| format!("a value of type `{name}` is written as a list"))
    };
    Ok(match name {
        "null" => Value::Null,
        "bool" => Value::Bool(content.as_bool().ok_or_else(unread)?),
        "int" => Value::Int(text()?.parse().map_err(|_| unread())?),
        "uint" => Value::Uint(text()?.parse().map_err(|_| unread())?),
        "double" => Value::Double(text()?.parse().map_err(|_| unread())?),
        "string" => Value::string(text()?),
        "bytes" => Value::Bytes(bytes_of_hex(text()?).ok_or_else(unread)?.into()),
        "timestamp" => Value::Timestamp(parse_timestamp(text()?)?),
        "duration" => Value::Duration(parse_duration(text()?).map_err(|e| e.to_string())?),
        "list" => Value::list(
            items()?
                .iter()
                .map(value_of_notation)
                .collect::<Result<_, _>>()?,
        ),
        "map" => {
            let pair = |pair: &Json| match pair.as_array().map(Vec::as_slice) {
                Some([key, value]) => Ok((value_of_notation(key)?, value_of_notation(value)?)),
                _ => Err("an entry of a map is written as a list of two values".to_owned()),
            };
            Value::Map(Arc::new(
                items()?.iter().map(pair).collect::<Result<_, _>>()?,
            ))
        }
        "optional" if content.is_null() => Value::Optional(None),
        "optional" => Value::Optional(Some(Arc::new(value_of_notation(content)?))),
        "type" => Value::Type(Arc::new(type_of_notation(text()?)?)),
        other => return Err(format!("there are no values of type `{other}`")),
    })
}

/// The value in the notation.
pub fn notation(value: &Value) -> Json {
    let (name, content): (&str, Json) = match value {
        Value::Null => return json!({"t": "null"}),
        Value::Bool(v) => ("bool", (*v).into()),
        Value::Int(v) => ("int", v.to_string().into()),
        Value::Uint(v) => ("uint", v.to_string().into()),
        Value::Double(v) => ("double", double(*v).into()),
        Value::String(v) => ("string", (**v).into()),
        Value::Bytes(v) => {
            let mut hex = String::with_capacity(v.len() * 2);
            for byte in v.iter() {
                let _ = write!(hex, "{byte:02x}");
            }
            ("bytes", hex.into())
        }
        Value::Timestamp(v) => ("timestamp", format_timestamp(*v).into()),
        Value::Duration(_) => {
            let text = to_text(value).expect("every duration has a text");
            ("duration", (*text).into())
        }
        Value::List(items) => ("list", items.iter().map(notation).collect()),
        Value::Map(entries) => (
            "map",
            entries
                .iter()
                .map(|(key, value)| json!([notation(key), notation(value)]))
                .collect(),
        ),
        Value::Object(object) => (
            "map",
            object
                .fields()
                .filter(|(_, value)| !value.is_null())
                .map(|(field, value)| json!([{"t": "string", "v": *field.name}, notation(value)]))
                .collect(),
        ),
        Value::Optional(inner) => (
            "optional",
            inner.as_ref().map_or(Json::Null, |v| notation(v)),
        ),
        Value::Type(ty) => ("type", type_name(ty).into()),
    };
    json!({"t": name, "v": content})
}

/// The type that the text stands for: `int`, `list(int)`, `map(string, dyn)`.
pub fn type_of_notation(text: &str) -> Result<Type, String> {
    nested(text, 32)
}

fn nested(text: &str, depth: u32) -> Result<Type, String> {
    let text = text.trim();
    let depth = depth.checked_sub(1).ok_or("the type is nested too deep")?;
    let unknown = || format!("there is no type `{text}`");
    let Some((name, arguments)) = text.strip_suffix(')').and_then(|t| t.split_once('(')) else {
        return type_named(text).ok_or_else(unknown);
    };
    let arguments: Vec<Type> = split(arguments)
        .into_iter()
        .map(|argument| nested(argument, depth))
        .collect::<Result<_, _>>()?;
    Ok(match (name.trim(), arguments.as_slice()) {
        ("list", [element]) => Type::list(element.clone()),
        ("map", [value]) => Type::map(value.clone()),
        ("map", [key, value]) => Type::Map(key.clone().into(), value.clone().into()),
        ("optional" | "optional_type", [inner]) => Type::Optional(inner.clone().into()),
        ("wrapper", [inner]) => inner.clone().nullable(),
        ("type", [inner]) => Type::Type(inner.clone().into()),
        _ => return Err(unknown()),
    })
}

/// The parts between the commas that stand in no parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_u32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn type_named(name: &str) -> Option<Type> {
    Some(match name {
        "dyn" => Type::Dyn,
        "bool" => Type::Bool,
        "bytes" => Type::Bytes,
        "double" => Type::Double,
        "duration" | "google.protobuf.Duration" => Type::Duration,
        "int" => Type::Int,
        "list" => Type::list(Type::Dyn),
        "map" => Type::Map(Type::Dyn.into(), Type::Dyn.into()),
        "null" | "null_type" => Type::Null,
        "optional_type" => Type::Optional(Type::Dyn.into()),
        "string" => Type::String,
        "timestamp" | "google.protobuf.Timestamp" => Type::Timestamp,
        "type" => Type::Type(Type::Dyn.into()),
        "uint" => Type::Uint,
        _ => return None,
    })
}

/// What `type(value)` is called: what is in a container does not show.
fn type_name(ty: &Type) -> &str {
    match ty {
        Type::Error | Type::Dyn => "dyn",
        Type::Null => "null_type",
        Type::Bool => "bool",
        Type::Int => "int",
        Type::Uint => "uint",
        Type::Double => "double",
        Type::String | Type::Enum(_) => "string",
        Type::Bytes => "bytes",
        Type::Timestamp => "google.protobuf.Timestamp",
        Type::Duration => "google.protobuf.Duration",
        Type::List(_) => "list",
        Type::Map(..) => "map",
        Type::Object(object) => &object.name,
        Type::Nullable(inner) => type_name(inner),
        Type::Optional(_) => "optional_type",
        Type::Type(_) => "type",
    }
}

/// The shortest digits that read back as the same double, always with a fraction or an exponent.
fn double(v: f64) -> String {
    if v.is_nan() {
        return "NaN".to_owned();
    }
    if v.is_infinite() {
        return if v > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if v == 0.0 || (1e-4..1e16).contains(&v.abs()) {
        return format!("{v:?}");
    }
    let scientific = format!("{v:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) => match exponent.strip_prefix('-') {
            Some(size) => format!("{digits}e-{size:0>2}"),
            None => format!("{digits}e+{exponent:0>2}"),
        },
        None => scientific,
    }
}

fn bytes_of_hex(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = hex.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(
        digits
            .chunks_exact(2)
            .map(|pair| (pair[0] * 16 + pair[1]) as u8)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_out_as_they_went_in() {
        for written in [
            json!({"t": "null"}),
            json!({"t": "bool", "v": true}),
            json!({"t": "int", "v": "-9223372036854775808"}),
            json!({"t": "uint", "v": "18446744073709551615"}),
            json!({"t": "double", "v": "-0.0"}),
            json!({"t": "double", "v": "9007199254740992.0"}),
            json!({"t": "double", "v": "1.8446744073709552e+19"}),
            json!({"t": "double", "v": "1.38e-23"}),
            json!({"t": "double", "v": "-Infinity"}),
            json!({"t": "double", "v": "NaN"}),
            json!({"t": "string", "v": "größer"}),
            json!({"t": "bytes", "v": "00ff"}),
            json!({"t": "timestamp", "v": "2026-03-02T18:00:00.5Z"}),
            json!({"t": "duration", "v": "1.5s"}),
            json!({"t": "list", "v": [{"t": "int", "v": "1"}]}),
            json!({"t": "map", "v": [[{"t": "bool", "v": true}, {"t": "list", "v": []}]]}),
            json!({"t": "optional", "v": null}),
            json!({"t": "optional", "v": {"t": "int", "v": "1"}}),
            json!({"t": "type", "v": "list"}),
            json!({"t": "type", "v": "google.protobuf.Timestamp"}),
        ] {
            let value = value_of_notation(&written).expect("it is a value");
            assert_eq!(notation(&value), written);
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for (written, message) in [
            (json!(1), "a value is written `{\"t\": TYPE, \"v\": …}`"),
            (
                json!({"t": "int", "v": 1}),
                "a value of type `int` is written as text",
            ),
            (json!({"t": "int", "v": "1.5"}), "this is no `int`: \"1.5\""),
            (
                json!({"t": "bytes", "v": "é1"}),
                "this is no `bytes`: \"é1\"",
            ),
            (
                json!({"t": "map", "v": [[]]}),
                "an entry of a map is written as a list of two values",
            ),
            (
                json!({"t": "any", "v": []}),
                "there are no values of type `any`",
            ),
        ] {
            assert_eq!(value_of_notation(&written).err().as_deref(), Some(message));
        }
    }

    #[test]
    fn types_are_read_with_and_without_blanks() {
        let map = type_of_notation("map(string,map( int , list(dyn)))").expect("it is a type");
        assert_eq!(map.to_string(), "map(map(int, list(dyn)))");
        assert!(type_of_notation("optional_type(int)").is_ok());
        for wrong in [
            "",
            "strin",
            "list()",
            "list(int",
            "map(int, int, int)",
            "()",
        ] {
            assert!(type_of_notation(wrong).is_err(), "{wrong}");
        }
        assert!(type_of_notation(&"list(".repeat(100_000)).is_err());
        let deep = format!("{}int{}", "list(".repeat(40), ")".repeat(40));
        assert!(type_of_notation(&deep).is_err());
    }
}
