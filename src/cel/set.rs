//! A set of values under CEL's equality, for lookups only: its order is never seen.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::ops::equal;
use super::value::Value;

/// Values seen so far.
#[derive(Default)]
pub(super) struct Seen<'a> {
    buckets: HashMap<u64, Vec<&'a Value>>,
}

impl<'a> Seen<'a> {
    pub(super) fn of(values: &'a [Value]) -> Self {
        let mut seen = Self::default();
        for value in values {
            seen.insert(value);
        }
        seen
    }

    /// Adds the value; false when an equal one was there.
    pub(super) fn insert(&mut self, value: &'a Value) -> bool {
        let bucket = self.buckets.entry(hash(value)).or_default();
        let new = !bucket.iter().any(|v| equal(v, value));
        if new {
            bucket.push(value);
        }
        new
    }

    pub(super) fn contains(&self, value: &Value) -> bool {
        let bucket = self.buckets.get(&hash(value));
        bucket.is_some_and(|b| b.iter().any(|v| equal(v, value)))
    }
}

/// Equal values have equal hashes; numbers of all types therefore go by their nearest double.
fn hash(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    write(value, &mut hasher);
    hasher.finish()
}

#[allow(
    clippy::cast_precision_loss,
    reason = "equal numbers of different types have one hash"
)]
fn write(value: &Value, to: &mut DefaultHasher) {
    match value {
        Value::Null => 0.hash(to),
        Value::Bool(v) => v.hash(to),
        Value::Int(v) => write_double(*v as f64, to),
        Value::Uint(v) => write_double(*v as f64, to),
        Value::Double(v) => write_double(*v, to),
        Value::String(v) => v.hash(to),
        Value::Bytes(v) => v.hash(to),
        Value::Timestamp(v) => v.hash(to),
        Value::Duration(v) => v.hash(to),
        Value::List(items) => items.iter().for_each(|v| write(v, to)),
        // The order of entries and of fields does not count, nor do absent fields.
        Value::Map(entries) => {
            let sum = entries
                .iter()
                .map(|(k, v)| hash(k).rotate_left(1) ^ hash(v));
            sum.fold(0, u64::wrapping_add).hash(to);
        }
        Value::Object(object) => {
            let present = object.fields().filter(|(_, v)| !v.is_null());
            let sum = present.map(|(f, v)| name_hash(&f.name).rotate_left(1) ^ hash(v));
            sum.fold(0, u64::wrapping_add).hash(to);
        }
        Value::Type(_) | Value::Optional(None) => 1.hash(to),
        Value::Optional(Some(v)) => write(v, to),
    }
}

fn write_double(v: f64, to: &mut DefaultHasher) {
    // The two zeros are equal.
    (v + 0.0).to_bits().hash(to);
}

fn name_hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
