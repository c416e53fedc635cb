//! Values and JSON: event payloads, fixtures and literals go in by their type, traces come out.
//!
//! What does not fit its type is refused as a whole, with the path to it. Messages name kinds of
//! values rather than the values, which may be personal; only a wrong enum word is shown.

use std::sync::Arc;

use serde_json::{Map, Number, Value as Json};

use super::base64;
use super::duration::{format_duration, parse_data_duration};
use super::number::format_double;
use super::ops::brief;
use super::timestamp::{format_timestamp, parse_timestamp};
use super::types::{EnumType, ObjectType, Type};
use super::value::{ObjectValue, Value};

/// JSON that does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// From the root: `data.items[2].sku`.
    pub path: String,
    /// The type, as the language writes it.
    pub expected: String,
    /// What is there instead, in a few words: "a string", "nothing".
    pub found: String,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        write!(f, "expected `{}`, found {}", self.expected, self.found)
    }
}

impl std::error::Error for Mismatch {}

/// The value that the JSON stands for, read as `ty`; fields that the type does not know are ignored.
pub fn from_json(json: &Json, ty: &Type) -> Result<Value, Mismatch> {
    read_json(json, ty, "", &mut Vec::new())
}

/// Like [`from_json`], with paths that begin with `root` and the paths of unknown fields collected.
pub fn read_json(
    json: &Json,
    ty: &Type,
    root: &str,
    unknown: &mut Vec<String>,
) -> Result<Value, Mismatch> {
    let mut reader = Reader {
        root,
        path: Vec::new(),
        unknown,
    };
    reader.read(json, ty)
}

/// The value as JSON that [`from_json`] reads back: times and durations as text, bytes as base64,
/// absent fields left out.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null | Value::Optional(None) => Json::Null,
        Value::Bool(v) => Json::Bool(*v),
        Value::Int(v) => Json::from(*v),
        Value::Uint(v) => Json::from(*v),
        // JSON has no infinities and no NaN.
        Value::Double(v) => {
            Number::from_f64(*v).map_or_else(|| format_double(*v).into(), Json::Number)
        }
        Value::String(v) => Json::from(&**v),
        Value::Bytes(v) => base64::encode(v).into(),
        Value::Timestamp(v) => format_timestamp(*v).into(),
        Value::Duration(v) => format_duration(*v).into(),
        Value::List(items) => items.iter().map(to_json).collect(),
        Value::Map(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| (key_text(key), to_json(value)));
            Json::Object(entries.collect())
        }
        Value::Object(object) => {
            let present = object.fields().filter(|(_, value)| !value.is_null());
            Json::Object(
                present
                    .map(|(f, v)| (f.name.to_string(), to_json(v)))
                    .collect(),
            )
        }
        Value::Optional(Some(v)) => to_json(v),
        Value::Type(v) => v.to_string().into(),
    }
}

fn key_text(key: &Value) -> String {
    match key {
        Value::String(text) => text.to_string(),
        other => brief(other),
    }
}

enum Step<'a> {
    Name(&'a str),
    Place(usize),
}

struct Reader<'a, 'u> {
    root: &'a str,
    path: Vec<Step<'a>>,
    unknown: &'u mut Vec<String>,
}

impl<'a> Reader<'a, '_> {
    fn read(&mut self, json: &'a Json, ty: &'a Type) -> Result<Value, Mismatch> {
        match (ty, json) {
            (Type::Nullable(_) | Type::Null | Type::Dyn | Type::Error, Json::Null) => {
                Ok(Value::Null)
            }
            (Type::Optional(_), Json::Null) => Ok(Value::Optional(None)),
            (Type::Nullable(inner), _) => self.read(json, inner),
            (Type::Optional(inner), _) => {
                Ok(Value::Optional(Some(Arc::new(self.read(json, inner)?))))
            }
            (Type::Dyn | Type::Error, _) => Ok(untyped(json)),
            (Type::Bool, Json::Bool(v)) => Ok(Value::Bool(*v)),
            (Type::Int, Json::Number(n)) => match whole(n) {
                Ok(v) => i64::try_from(v)
                    .map(Value::Int)
                    .map_err(|_| self.no_fit(ty, BEYOND)),
                Err(found) => Err(self.no_fit(ty, found)),
            },
            (Type::Uint, Json::Number(n)) => match whole(n) {
                Ok(v) => u64::try_from(v)
                    .map(Value::Uint)
                    .map_err(|_| self.no_fit(ty, if v < 0 { "a negative number" } else { BEYOND })),
                Err(found) => Err(self.no_fit(ty, found)),
            },
            (Type::Double, Json::Number(n)) => match n.as_f64() {
                Some(v) if v.is_finite() => Ok(Value::Double(v)),
                _ => Err(self.no_fit(ty, "a number beyond the range of doubles")),
            },
            (Type::String, Json::String(text)) => Ok(Value::string(text.as_str())),
            (Type::Enum(values), Json::String(text)) => self.word(ty, values, text),
            (Type::Bytes, Json::String(text)) => base64::decode(text)
                .map(|bytes| Value::Bytes(bytes.into()))
                .ok_or_else(|| self.no_fit(ty, "a string that is not base64")),
            (Type::Timestamp, Json::String(text)) => parse_timestamp(text)
                .map(Value::Timestamp)
                .map_err(|e| self.no_fit(ty, format!("a string that is not a timestamp: {e}"))),
            (Type::Duration, Json::String(text)) => parse_data_duration(text)
                .map(Value::Duration)
                .map_err(|e| self.no_fit(ty, format!("a string that is not a duration: {e}"))),
            (Type::List(element), Json::Array(items)) => {
                let mut values = Vec::with_capacity(items.len());
                for (place, item) in items.iter().enumerate() {
                    values.push(self.below(Step::Place(place), |r| r.read(item, element))?);
                }
                Ok(Value::list(values))
            }
            (Type::Map(key, value), Json::Object(entries)) => self.map(key, value, entries),
            (Type::Object(object), Json::Object(fields)) => self.object(object, fields),
            _ => Err(self.no_fit(ty, kind(json))),
        }
    }

    fn word(&self, ty: &Type, values: &EnumType, text: &str) -> Result<Value, Mismatch> {
        let word = values.values.iter().find(|v| ***v == *text);
        word.map(|word| Value::String(word.clone())).ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            self.no_fit(ty, format!("{shown:?}"))
        })
    }

    fn map(
        &mut self,
        key: &'a Type,
        value: &'a Type,
        entries: &'a Map<String, Json>,
    ) -> Result<Value, Mismatch> {
        let mut values = Vec::with_capacity(entries.len());
        for (name, json) in entries {
            // An entry that is null is one that is missing.
            if json.is_null() {
                continue;
            }
            let entry = self.below(Step::Name(name), |r| {
                let key = match key {
                    Type::String | Type::Dyn | Type::Error => Value::string(name.as_str()),
                    Type::Enum(words) => r.word(key, words, name)?,
                    _ => return Err(r.no_fit(key, "a string")),
                };
                Ok((key, r.read(json, value)?))
            })?;
            values.push(entry);
        }
        Ok(Value::Map(Arc::new(values)))
    }

    fn object(
        &mut self,
        object: &'a Arc<ObjectType>,
        fields: &'a Map<String, Json>,
    ) -> Result<Value, Mismatch> {
        let mut slots = Vec::with_capacity(object.fields.len());
        let mut known = 0;
        for field in &object.fields {
            let json = fields.get(&*field.name);
            known += usize::from(json.is_some());
            slots.push(self.below(Step::Name(&field.name), |r| match json {
                Some(json) => r.read(json, &field.ty),
                None => match field.ty {
                    Type::Nullable(_) | Type::Null | Type::Dyn | Type::Error => Ok(Value::Null),
                    Type::Optional(_) => Ok(Value::Optional(None)),
                    _ => Err(r.no_fit(&field.ty, "nothing")),
                },
            })?);
        }
        if known < fields.len() {
            for name in fields.keys().filter(|name| object.field(name).is_none()) {
                self.path.push(Step::Name(name));
                self.unknown.push(self.place());
                self.path.pop();
            }
        }
        Ok(Value::Object(Arc::new(ObjectValue {
            ty: object.clone(),
            slots,
        })))
    }

    fn below<T>(
        &mut self,
        step: Step<'a>,
        read: impl FnOnce(&mut Self) -> Result<T, Mismatch>,
    ) -> Result<T, Mismatch> {
        self.path.push(step);
        let result = read(self);
        self.path.pop();
        result
    }

    fn no_fit(&self, ty: &Type, found: impl Into<String>) -> Mismatch {
        Mismatch {
            path: self.place(),
            expected: ty.to_string(),
            found: found.into(),
        }
    }

    /// The path to here, as an expression would say it.
    fn place(&self) -> String {
        let mut place = self.root.to_owned();
        for step in &self.path {
            match step {
                Step::Place(index) => place.extend(["[", &index.to_string(), "]"]),
                Step::Name(name) if is_plain(name) => {
                    if !place.is_empty() {
                        place.push('.');
                    }
                    place.push_str(name);
                }
                Step::Name(name) => place.extend(["[", &format!("{name:?}"), "]"]),
            }
        }
        place
    }
}

const BEYOND: &str = "a number beyond 64 bits";

fn is_plain(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.bytes().next().is_some_and(|b| !b.is_ascii_digit())
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// The whole number, however it is written: `1`, `1.0`, `1e3`; else what it is instead.
fn whole(n: &Number) -> Result<i128, &'static str> {
    if let Some(v) = n.as_i128() {
        return Ok(v);
    }
    match n.as_f64() {
        Some(v) if v.fract() != 0.0 => Err("a number with a fraction"),
        // Any double up to here is exact as an i128, and beyond every int and uint.
        Some(v) if v.abs() < 1e20 => Ok(v as i128),
        _ => Err(BEYOND),
    }
}

/// JSON read without a type: whole numbers are ints, objects are maps.
fn untyped(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(v) => Value::Bool(*v),
        Json::Number(n) => match (n.as_i64(), n.as_u64()) {
            (Some(v), _) => Value::Int(v),
            (None, Some(v)) => Value::Uint(v),
            (None, None) => n.as_f64().map_or(Value::Null, Value::Double),
        },
        Json::String(text) => Value::string(text.as_str()),
        Json::Array(items) => Value::list(items.iter().map(untyped).collect()),
        Json::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(k, v)| (Value::string(k.as_str()), untyped(v)));
            Value::Map(Arc::new(entries.collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::types::Field;
    use super::*;

    fn fields(fields: &[(&str, Type)]) -> Type {
        let fields = fields.iter().map(|(name, ty)| Field {
            name: (*name).into(),
            ty: ty.clone(),
            declared: None,
        });
        Type::object("Order", fields.collect())
    }

    fn order() -> Type {
        let item = fields(&[("sku", Type::String), ("colour", Type::String.nullable())]);
        fields(&[
            ("id", Type::Int),
            ("total", Type::Double),
            ("currency", Type::enumeration(["EUR", "USD"])),
            ("items", Type::list(item)),
            ("placed", Type::Timestamp.nullable()),
            ("wait", Type::Duration.nullable()),
            ("seal", Type::Bytes.nullable()),
            ("notes", Type::map(Type::String).nullable()),
        ])
    }

    #[test]
    fn a_payload_goes_in_by_type_and_comes_out_as_it_was_meant() {
        let payload = json!({
            "id": 7.0, "total": 129, "currency": "EUR",
            "items": [{"sku": "b-7"}, {"sku": "b-8", "colour": null}],
            "placed": "2026-03-02T19:00:00+01:00", "wait": "PT20M", "seal": "Zm9v",
            "notes": {"a": "b", "c": null},
        });
        let read = from_json(&payload, &order()).expect("it fits");
        let written = json!({
            "id": 7, "total": 129.0, "currency": "EUR",
            "items": [{"sku": "b-7"}, {"sku": "b-8"}],
            "placed": "2026-03-02T18:00:00Z", "wait": "20m", "seal": "Zm9v",
            "notes": {"a": "b"},
        });
        assert_eq!(to_json(&read), written);
        let again = from_json(&written, &order()).expect("it fits");
        assert!(super::super::ops::equal(&read, &again));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_path() {
        let good = json!({"id": 1, "total": 1.5, "currency": "EUR", "items": []});
        for (field, value, message) in [
            (
                "id",
                json!(1.5),
                "`data.id`: expected `int`, found a number with a fraction",
            ),
            (
                "id",
                json!("1"),
                "`data.id`: expected `int`, found a string",
            ),
            (
                "id",
                json!(9_223_372_036_854_775_808_u64),
                "`data.id`: expected `int`, found a number beyond 64 bits",
            ),
            (
                "id",
                json!(1e300),
                "`data.id`: expected `int`, found a number beyond 64 bits",
            ),
            ("id", json!(null), "`data.id`: expected `int`, found null"),
            (
                "total",
                json!("NaN"),
                "`data.total`: expected `double`, found a string",
            ),
            (
                "currency",
                json!("GBP"),
                "`data.currency`: expected `EUR | USD`, found \"GBP\"",
            ),
            (
                "items",
                json!([{"sku": "a"}, {}]),
                "`data.items[1].sku`: expected `string`, found nothing",
            ),
            (
                "items",
                json!({}),
                "`data.items`: expected `list(Order)`, found an object",
            ),
            (
                "seal",
                json!("no!"),
                "`data.seal`: expected `bytes`, found a string that is not base64",
            ),
            (
                "wait",
                json!("P1Y"),
                "`data.wait`: expected `duration`, found a string that is not a duration: years and months have no fixed length: say it in days",
            ),
            (
                "placed",
                json!("2026-03-02"),
                "`data.placed`: expected `timestamp`, found a string that is not a timestamp: it must look like `2026-03-02T18:00:00Z`",
            ),
            (
                "notes",
                json!({"x y": 1}),
                "`data.notes[\"x y\"]`: expected `string`, found a number",
            ),
        ] {
            let mut payload = good.clone();
            payload[field] = value;
            let refused = read_json(&payload, &order(), "data", &mut Vec::new());
            assert_eq!(
                refused.map_err(|e| e.to_string()).err().as_deref(),
                Some(message)
            );
        }
    }

    #[test]
    fn unknown_fields_are_ignored_but_told() {
        let payload = json!({
            "id": 1, "total": 1, "currency": "EUR", "extra": 1, "items": [{"sku": "a", "size": "L"}],
        });
        let mut unknown = Vec::new();
        read_json(&payload, &order(), "data", &mut unknown).expect("it fits");
        assert_eq!(unknown, ["data.items[0].size", "data.extra"]);
    }

    #[test]
    fn whole_numbers_stay_exact_beyond_2_to_the_53() {
        for n in [i64::MAX, i64::MIN, 9_007_199_254_740_993] {
            let read = from_json(&json!(n), &Type::Int).expect("it fits");
            assert_eq!(to_json(&read), json!(n));
        }
    }
}
