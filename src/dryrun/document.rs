//! JSON in which each key is to stand once: text goes in, a value comes out, and the first key that
//! an object has twice.
//!
//! JSON leaves open which of the two counts (RFC 8259, section 4), so that what sent it and what
//! reads it may not mean the same. The rest of the value is read all the same: it says what it is
//! that has the key.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A value as it was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Of a key that is there twice, it has the last.
    pub value: Value,
    /// Where a key is that is there twice, as `data.items[0].sku`.
    pub repeated: Option<String>,
}

impl Document {
    /// What is wrong with it, where a key is there twice.
    pub fn ambiguous(&self) -> Option<String> {
        let path = self.repeated.as_ref()?;
        Some(format!(
            "`{path}` is there twice, and either may be meant; send it once"
        ))
    }
}

impl From<Value> for Document {
    fn from(value: Value) -> Self {
        Self {
            value,
            repeated: None,
        }
    }
}

/// The path of what is at `inner` in what is at `outer`.
pub fn below(outer: &str, inner: &str) -> String {
    let point = if inner.starts_with('[') { "" } else { "." };
    format!("{outer}{point}{inner}")
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Document;

    fn expecting(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        into.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Document, E> {
        Ok(Document::default())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Document, E> {
        Ok(Value::from(value).into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Document, E> {
        Ok(Value::from(value).into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Document, E> {
        Ok(Value::from(value).into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Document, E> {
        Ok(Value::from(value).into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Document, E> {
        Ok(Value::from(value).into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Document, E> {
        Ok(Value::from(value).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut input: A) -> Result<Document, A::Error> {
        let (mut items, mut repeated) = (Vec::new(), None);
        while let Some(item) = input.next_element::<Document>()? {
            if repeated.is_none() {
                let index = items.len();
                repeated = item
                    .repeated
                    .map(|path| below(&format!("[{index}]"), &path));
            }
            items.push(item.value);
        }
        let value = Value::Array(items);
        Ok(Document { value, repeated })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut input: A) -> Result<Document, A::Error> {
        let (mut fields, mut repeated) = (Map::new(), None);
        while let Some(key) = input.next_key::<String>()? {
            let field = input.next_value::<Document>()?;
            if repeated.is_none() {
                repeated = if fields.contains_key(&key) {
                    Some(key.clone())
                } else {
                    field.repeated.map(|path| below(&key, &path))
                };
            }
            fields.insert(key, field.value);
        }
        let value = Value::Object(fields);
        Ok(Document { value, repeated })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_key_that_is_there_twice_is_told() {
        let table = [
            (r#"{"a":1,"b":{"a":2}}"#, None),
            (r#"{"a":1,"a":1}"#, Some("a")),
            (r#"{"a":{"b":[{},{"c":1,"d":2,"c":3}]}}"#, Some("a.b[1].c")),
            (r#"[[{"a":1,"\u0061":2}]]"#, Some("[0][0].a")),
            (r#"{"x":{"y":1,"y":2},"x":3}"#, Some("x.y")),
        ];
        for (text, repeated) in table {
            let read: Document = serde_json::from_str(text).expect("it is JSON");
            assert_eq!(read.repeated.as_deref(), repeated, "{text}");
            let value: Value = serde_json::from_str(text).expect("it is JSON");
            assert_eq!(read.value, value, "{text}");
        }
    }

    #[test]
    fn values_are_what_they_are() {
        let text = r#"[null,true,-1,18446744073709551615,0.1,1e300,"x\n\u00e9",{},[]]"#;
        let read: Document = serde_json::from_str(text).expect("it is JSON");
        let value: Value = serde_json::from_str(text).expect("it is JSON");
        assert_eq!(read.value, value);
    }
}
