//! Values as the language would write them, for people: `[1, 2u]`, `{"a": null}`,
//! `duration("90s")`.
//!
//! Long lists and texts are written in full; who shows them may cut.

use std::fmt::Write as _;

use super::number::format_double;
use super::text::to_text;
use super::timestamp::format_timestamp;
use super::value::Value;

/// The value as an expression that makes it. Objects are written as maps of what is present.
pub fn written(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(v) => out.push_str(if *v { "true" } else { "false" }),
        Value::Int(v) => {
            let _ = write!(out, "{v}");
        }
        Value::Uint(v) => {
            let _ = write!(out, "{v}u");
        }
        Value::Double(v) => double(*v, out),
        Value::String(v) => quoted(v, out),
        Value::Bytes(v) => {
            out.push_str("b\"");
            for byte in v.iter() {
                match byte {
                    b'"' | b'\\' => {
                        let _ = write!(out, "\\{}", char::from(*byte));
                    }
                    b' '..=b'~' => out.push(char::from(*byte)),
                    _ => {
                        let _ = write!(out, "\\x{byte:02x}");
                    }
                }
            }
            out.push('"');
        }
        Value::Timestamp(v) => {
            let _ = write!(out, "timestamp(\"{}\")", format_timestamp(*v));
        }
        Value::Duration(_) => {
            let text = to_text(value).expect("every duration has a text");
            let _ = write!(out, "duration(\"{text}\")");
        }
        Value::List(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                write(item, out);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (place, (key, value)) in entries.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                write(key, out);
                out.push_str(": ");
                write(value, out);
            }
            out.push('}');
        }
        Value::Object(object) => {
            out.push('{');
            let present = object.fields().filter(|(_, value)| !value.is_null());
            for (place, (field, value)) in present.enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                quoted(&field.name, out);
                out.push_str(": ");
                write(value, out);
            }
            out.push('}');
        }
        Value::Optional(None) => out.push_str("optional.none()"),
        Value::Optional(Some(inner)) => {
            out.push_str("optional.of(");
            write(inner, out);
            out.push(')');
        }
        Value::Type(ty) => {
            let _ = write!(out, "{ty}");
        }
    }
}

fn double(v: f64, out: &mut String) {
    let text = format_double(v);
    if !v.is_finite() {
        let _ = write!(out, "double(\"{text}\")");
        return;
    }
    out.push_str(&text);
    if !text.contains(['.', 'e']) {
        out.push_str(".0");
    }
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::{Env, compile_untyped, equal, parse};
    use super::*;

    #[test]
    fn what_is_written_makes_the_value_again() {
        for text in [
            "null",
            "true",
            "-7",
            "7u",
            "129.0",
            "-0.0",
            "1.5e+300",
            "double(\"+Inf\")",
            "\"a \\\"b\\\" \\\\ \\n \\t \\u0007 größer\"",
            "b\"a\\\"\\xff\\x00\"",
            "timestamp(\"2026-03-02T18:00:00Z\")",
            "duration(\"90s\")",
            "[1, [], {\"a\": 1u}]",
            "{1: null, true: \"x\"}",
            "optional.none()",
            "optional.of(1)",
        ] {
            let run = |text: &str| {
                let parsed = parse(text);
                assert!(parsed.problems.is_empty(), "{text}");
                let program = compile_untyped(&parsed.ast, &Env::default());
                program.eval(&Vec::<Value>::new()).expect("it has a value")
            };
            let value = run(text);
            assert_eq!(written(&value), text);
            assert!(equal(&run(&written(&value)), &value));
        }
    }
}
