//! What a scalar reads as: YAML 1.2's core schema.

use super::tree::Style;

/// A scalar's value by the core schema.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `null`, `~`, or nothing.
    Null,
    Bool(bool),
    Int(i64),
    /// A whole number outside of 64 bits.
    HugeInt,
    Float(f64),
    String,
    /// A tag asks for what the text is not: `!!int abc`.
    Mismatch,
}

/// Resolves a scalar; `tag` in its short form, `!!int`.
pub(super) fn resolve(value: &str, style: Style, tag: Option<&str>, missing: bool) -> Kind {
    let plain = || {
        if missing { Kind::Null } else { core(value) }
    };
    match tag {
        None if style == Style::Plain => plain(),
        Some("!!null") => match plain() {
            Kind::Null => Kind::Null,
            _ => Kind::Mismatch,
        },
        Some("!!bool") => match core(value) {
            Kind::Bool(b) => Kind::Bool(b),
            _ => Kind::Mismatch,
        },
        Some("!!int") => match core(value) {
            kind @ (Kind::Int(_) | Kind::HugeInt) => kind,
            _ => Kind::Mismatch,
        },
        Some("!!float") => match core(value) {
            Kind::Float(f) => Kind::Float(f),
            Kind::Int(_) | Kind::HugeInt => value.parse().map_or(Kind::Mismatch, Kind::Float),
            _ => Kind::Mismatch,
        },
        None | Some(_) => Kind::String,
    }
}

/// The core schema for plain scalars.
fn core(value: &str) -> Kind {
    let bytes = value.as_bytes();
    match bytes.first() {
        None => return Kind::Null,
        Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F') => {
            return match value {
                "~" | "null" | "Null" | "NULL" => Kind::Null,
                "true" | "True" | "TRUE" => Kind::Bool(true),
                "false" | "False" | "FALSE" => Kind::Bool(false),
                _ => Kind::String,
            };
        }
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => {}
        Some(_) => return Kind::String,
    }
    if let Some(digits) = value.strip_prefix("0o") {
        return radix(digits, 8);
    }
    if let Some(digits) = value.strip_prefix("0x") {
        return radix(digits, 16);
    }
    let unsigned = value.strip_prefix(['+', '-']).unwrap_or(value);
    if !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return value.parse().map_or(Kind::HugeInt, Kind::Int);
    }
    match unsigned {
        ".inf" | ".Inf" | ".INF" if bytes[0] == b'-' => return Kind::Float(f64::NEG_INFINITY),
        ".inf" | ".Inf" | ".INF" => return Kind::Float(f64::INFINITY),
        _ => {}
    }
    match value {
        ".nan" | ".NaN" | ".NAN" => Kind::Float(f64::NAN),
        _ if is_float(unsigned) => value.parse().map_or(Kind::String, Kind::Float),
        _ => Kind::String,
    }
}

fn radix(digits: &str, radix: u32) -> Kind {
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Kind::String;
    }
    i64::from_str_radix(digits, radix).map_or(Kind::HugeInt, Kind::Int)
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let places = digits(fraction);
        if whole == 0 && places == 0 {
            return false;
        }
        rest = &fraction[places..];
    } else if whole == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_reads_plain_scalars() {
        let cases = [
            ("", Kind::Null),
            ("~", Kind::Null),
            ("NULL", Kind::Null),
            ("nULL", Kind::String),
            ("true", Kind::Bool(true)),
            ("yes", Kind::String),
            ("010", Kind::Int(10)),
            ("0o17", Kind::Int(15)),
            ("0xFf", Kind::Int(255)),
            ("0x", Kind::String),
            ("-12", Kind::Int(-12)),
            ("+3", Kind::Int(3)),
            ("9223372036854775807", Kind::Int(i64::MAX)),
            ("9223372036854775808", Kind::HugeInt),
            ("1_000", Kind::String),
            ("1.", Kind::Float(1.0)),
            (".5", Kind::Float(0.5)),
            ("-1.5e+3", Kind::Float(-1500.0)),
            ("1e3", Kind::Float(1000.0)),
            (".", Kind::String),
            ("-", Kind::String),
            ("1.2.3", Kind::String),
            ("-.INF", Kind::Float(f64::NEG_INFINITY)),
            ("21:00", Kind::String),
            ("2026-03-02T18:00:00Z", Kind::String),
        ];
        for (text, kind) in cases {
            assert_eq!(resolve(text, Style::Plain, None, false), kind, "{text:?}");
        }
    }

    #[test]
    fn quotes_and_tags_decide_over_the_text() {
        assert_eq!(resolve("1", Style::SingleQuoted, None, false), Kind::String);
        assert_eq!(
            resolve("1", Style::Plain, Some("!!str"), false),
            Kind::String
        );
        assert_eq!(
            resolve("1", Style::DoubleQuoted, Some("!!int"), false),
            Kind::Int(1)
        );
        assert_eq!(
            resolve("1", Style::Plain, Some("!!float"), false),
            Kind::Float(1.0)
        );
        assert_eq!(
            resolve("x", Style::Plain, Some("!!int"), false),
            Kind::Mismatch
        );
    }
}
