//! Values and JSON: event payloads, fixtures and literals go in by their type, traces come out.
//!
//! What does not fit its type is refused as a whole, with the path to it. Messages name kinds of
//! values rather than the values, which may be personal; only a wrong enum word is shown.

mod infer;
mod read;

use serde_json::{Number, Value as Json};

use super::base64;
use super::duration::format_duration;
use super::number::format_double;
use super::ops::brief;
use super::timestamp::format_timestamp;
use super::types::Type;
use super::value::Value;

pub use infer::infer;
pub use read::{ReadError, Reader};

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
    let mut reader = Reader::new(root);
    let result = reader.read(ty, json);
    unknown.append(&mut reader.unknown);
    result.map_err(|error| match error {
        ReadError::Mismatch(mismatch) => mismatch,
        // What is JSON already has no syntax to be wrong.
        ReadError::Syntax(found) => Mismatch {
            path: root.to_owned(),
            expected: ty.to_string(),
            found,
        },
    })
}

/// Reads JSON text straight into the value, without a tree in between.
pub fn decode_json(
    text: &str,
    ty: &Type,
    root: &str,
    unknown: &mut Vec<String>,
) -> Result<Value, ReadError> {
    let mut reader = Reader::new(root);
    let mut input = serde_json::Deserializer::from_str(text);
    let result = reader.read(ty, &mut input);
    unknown.append(&mut reader.unknown);
    let value = result?;
    match input.end() {
        Ok(()) => Ok(value),
        Err(error) => Err(ReadError::Syntax(error.to_string())),
    }
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
            default: None,
            least: None,
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
        assert_eq!(unknown, ["data.extra", "data.items[0].size"]);
    }

    #[test]
    fn text_is_read_as_its_tree_is() {
        for text in [
            r#"{"id": 7.0, "total": 129, "currency": "EUR", "items": [{"sku": "b-7", "x": [1]}]}"#,
            r#"{"id": 1e3, "total": 1e3, "currency": "EUR", "items": [], "notes": {"a": null}}"#,
            r#"{"id": 1, "total": 1.5, "currency": "GBP", "items": []}"#,
            r#"{"id": 1, "total": 1.5, "currency": "EUR", "items": [{"sku": {}}]}"#,
            r#"{"id": 1, "id": 2, "total": 1.5, "currency": "EUR", "items": []}"#,
            r#"{"total": 1.5}"#,
            "[]",
        ] {
            let json: Json = serde_json::from_str(text).expect("it is JSON");
            let (mut of_tree, mut of_text) = (Vec::new(), Vec::new());
            let tree = read_json(&json, &order(), "data", &mut of_tree);
            let read = decode_json(text, &order(), "data", &mut of_text);
            match (tree, read) {
                (Ok(tree), Ok(read)) => assert_eq!(to_json(&tree), to_json(&read)),
                (Err(tree), Err(read)) => assert_eq!(tree.to_string(), read.to_string()),
                (tree, read) => panic!("{text}: {tree:?} but {read:?}"),
            }
            assert_eq!(of_tree, of_text);
        }
        for text in [
            "{",
            "{\"id\": 1,}",
            r#"{"id": 1, "total": 1, "currency": "EUR", "items": []} 2"#,
            "{\"id\": NaN}",
        ] {
            let read = decode_json(text, &order(), "data", &mut Vec::new());
            assert!(
                matches!(read, Err(ReadError::Syntax(_))),
                "{text}: {read:?}"
            );
        }
    }

    #[test]
    fn json_without_a_type_keeps_its_shape() {
        let json = json!({"a": [1, 1.5, -1, u64::MAX, null, true], "b": {"c": "x", "d": null}});
        let read = from_json(&json, &Type::Dyn).expect("anything fits");
        assert_eq!(to_json(&read), json);
    }

    #[test]
    fn whole_numbers_stay_exact_beyond_2_to_the_53() {
        for n in [i64::MAX, i64::MIN, 9_007_199_254_740_993] {
            let read = from_json(&json!(n), &Type::Int).expect("it fits");
            assert_eq!(to_json(&read), json!(n));
        }
    }
}
