//! A tree goes in, the plain data that it holds comes out as JSON, by YAML 1.2's core schema.
//!
//! Aliases are followed and merges applied; places and styles are gone.

use serde_json::{Map, Number, Value as Json};

use super::schema::Kind;
use super::tree::{Node, Value};

/// The data of the node. Keys are texts; infinities and NaN, which JSON lacks, stay texts, and what
/// could not be read is null.
pub fn to_json(node: Node<'_>) -> Json {
    match node.value() {
        Value::Error => Json::Null,
        Value::Seq(seq) => seq.items().map(to_json).collect(),
        Value::Map(map) => {
            let entries = map.entries().filter_map(|entry| {
                let name = entry.name()?.to_owned();
                Some((name, to_json(entry.value)))
            });
            Json::Object(entries.collect::<Map<_, _>>())
        }
        Value::Scalar(scalar) => {
            let text = || Json::from(scalar.value());
            match scalar.kind() {
                Kind::Null => Json::Null,
                Kind::Bool(v) => v.into(),
                Kind::Int(v) => v.into(),
                Kind::Float(v) => Number::from_f64(v).map_or_else(text, Json::Number),
                Kind::HugeInt => scalar
                    .value()
                    .parse::<u64>()
                    .map_or_else(|_| text(), Json::from),
                Kind::String | Kind::Mismatch => text(),
            }
        }
    }
}
