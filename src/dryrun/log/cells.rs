//! Cells to values of event data: a text and the type that is due go in, JSON comes out, or what
//! is wrong with the text.

use serde_json::Value;

use crate::cel::{self, Type};
use crate::dryrun::document::Document;
use crate::model::TimeReader;

/// How the cells of a column are read.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub ty: Type,
    pub decimal_comma: bool,
    /// Of a column of times.
    pub time: Option<TimeReader>,
}

impl Form {
    /// The value of a cell that is not empty.
    pub(super) fn read(&self, cell: &str) -> Result<Value, String> {
        let word = cell.trim();
        match self.ty.present() {
            Type::Bool => match word {
                "1" => Ok(Value::Bool(true)),
                "0" => Ok(Value::Bool(false)),
                _ if word.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
                _ if word.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
                _ => Err(format!("`{}` is neither true nor false", shown(word))),
            },
            Type::Int => {
                let number = self.point(word).and_then(|text| whole(&text));
                let unfit = || format!("`{}` is no whole number within 64 bits", shown(word));
                number.map(Value::from).ok_or_else(unfit)
            }
            Type::Double => {
                let number = self.point(word).and_then(|text| decimal(&text));
                let number = number.and_then(serde_json::Number::from_f64);
                let unfit = || format!("`{}` is not a number", shown(word));
                number.map(Value::Number).ok_or_else(unfit)
            }
            Type::Enum(of) => {
                let found = of.values.iter().find(|value| ***value == *word);
                let unfit = || format!("`{}` is not one of `{}`", shown(word), self.ty.present());
                found.map(|value| Value::from(&**value)).ok_or_else(unfit)
            }
            Type::Timestamp => match &self.time {
                Some(reader) => match reader.read(word) {
                    Ok(time) => Ok(Value::String(cel::format_timestamp(time))),
                    Err(why) => Err(format!("`{}` is no time: {why}", shown(word))),
                },
                None => self.checked(word.into()),
            },
            Type::Duration | Type::Bytes => self.checked(word.into()),
            Type::List(_) | Type::Map(..) | Type::Object(_) => {
                let read = serde_json::from_str::<Document>(word);
                let document = read.map_err(|_| format!("`{}` is no JSON", shown(word)))?;
                match document.ambiguous() {
                    Some(what) => Err(what),
                    None => self.checked(document.value),
                }
            }
            _ => Ok(Value::from(cell)),
        }
    }

    /// The value, where it is one of the type.
    fn checked(&self, value: Value) -> Result<Value, String> {
        match cel::read_json(&value, &self.ty, "", &mut Vec::new()) {
            Ok(_) => Ok(value),
            Err(mismatch) => Err(mismatch.to_string().trim_start_matches(": ").to_owned()),
        }
    }

    /// A number with the point of programs.
    fn point<'t>(&self, text: &'t str) -> Option<std::borrow::Cow<'t, str>> {
        if !self.decimal_comma {
            return Some(text.into());
        }
        (!text.contains('.')).then(|| text.replace(',', ".").into())
    }
}

/// A whole number, with zeros behind its point or without.
fn whole(text: &str) -> Option<i64> {
    let (digits, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_zero = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    is_zero.then(|| digits.parse().ok())?
}

/// A decimal number, with an exponent or without.
fn decimal(text: &str) -> Option<f64> {
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    text.chars().all(is_number).then(|| text.parse().ok())?
}

/// As much of a cell as a message can carry.
pub(super) fn shown(cell: &str) -> String {
    const LONGEST: usize = 40;
    let short: String = cell.chars().take(LONGEST).collect();
    let more = if short.len() < cell.len() { "…" } else { "" };
    format!("{}{more}", short.escape_debug())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::cel::EnumType;
    use crate::model::TimeFormat;

    fn form(ty: Type) -> Form {
        Form {
            ty,
            decimal_comma: false,
            time: Some(TimeReader::new(&TimeFormat::default(), "Europe/Paris")),
        }
    }

    #[test]
    fn cells_become_values_of_their_type() {
        let platforms = Type::Enum(Arc::new(EnumType {
            values: vec!["desktop".into(), "mobile".into()],
        }));
        let ints = Type::List(Arc::new(Type::Int));
        let table = [
            (Type::String, " a ", json!(" a ")),
            (Type::String.nullable(), "7", json!("7")),
            (Type::Int, " 7 ", json!(7)),
            (Type::Int, "-7.00", json!(-7)),
            (Type::Double, "7", json!(7.0)),
            (Type::Double, "1.5e2", json!(150.0)),
            (Type::Bool, "TRUE", json!(true)),
            (Type::Bool, "0", json!(false)),
            (platforms.clone(), "mobile ", json!("mobile")),
            (Type::Duration, "90s", json!("90s")),
            (
                Type::Timestamp,
                "2026-07-02 18:00",
                json!("2026-07-02T16:00:00Z"),
            ),
            (ints.clone(), "[1, 2]", json!([1, 2])),
        ];
        for (ty, cell, value) in table {
            assert_eq!(form(ty.clone()).read(cell), Ok(value), "{ty} {cell}");
        }
        let comma = Form {
            decimal_comma: true,
            ..form(Type::Double)
        };
        assert_eq!(comma.read("12,50"), Ok(json!(12.5)));
        assert_eq!(
            comma.read("12.50"),
            Err("`12.50` is not a number".to_owned())
        );
        for (ty, cell, why) in [
            (Type::Int, "7.5", "`7.5` is no whole number within 64 bits"),
            (
                Type::Int,
                "9223372036854775808",
                "`9223372036854775808` is no whole number within 64 bits",
            ),
            (Type::Double, "NaN", "`NaN` is not a number"),
            (Type::Double, "inf", "`inf` is not a number"),
            (Type::Double, "1e999", "`1e999` is not a number"),
            (Type::Double, "12,50", "`12,50` is not a number"),
            (Type::Bool, "yes", "`yes` is neither true nor false"),
            (platforms, "PC", "`PC` is not one of `desktop | mobile`"),
            (
                Type::Timestamp,
                "soon",
                "`soon` is no time: it must look like `2026-03-02T18:00:00Z` or `2026-03-02 18:00:00`",
            ),
            (ints, "1|2", "`1|2` is no JSON"),
        ] {
            assert_eq!(form(ty).read(cell), Err(why.to_owned()), "{cell}");
        }
    }
}
