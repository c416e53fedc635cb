//! When what came is what was expected.

use serde_json::Value;

use crate::cel::{parse_data_duration, parse_timestamp};

/// Whether `actual` is what was expected: numbers by value, times and durations by what they mean,
/// lists in full; of objects only the fields that are named, absent and `null` being the same.
pub(super) fn fits(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            let actual = |name: &str| actual.get(name).unwrap_or(&Value::Null);
            expected
                .iter()
                .all(|(name, value)| fits(value, actual(name)))
        }
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len() && expected.iter().zip(actual).all(|(e, a)| fits(e, a))
        }
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::String(a), Value::String(b)) => a == b || same_meaning(a, b),
        (expected, actual) => expected == actual,
    }
}

fn same_meaning(a: &str, b: &str) -> bool {
    let times = parse_timestamp(a).ok().zip(parse_timestamp(b).ok());
    let durations = || parse_data_duration(a).ok().zip(parse_data_duration(b).ok());
    times.is_some_and(|(a, b)| a == b) || durations().is_some_and(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_and_what_does_not() {
        let table = [
            (json!(10), json!(10.0), true),
            (json!(10), json!(11), false),
            (json!("a"), json!("a"), true),
            (json!("PT4M"), json!("240s"), true),
            (
                json!("2026-03-14T09:00:00Z"),
                json!("2026-03-14T10:00:00+01:00"),
                true,
            ),
            (json!("1"), json!(1), false),
            (json!({"a": 1}), json!({"a": 1, "b": 2}), true),
            (json!({"a": 1, "b": 2}), json!({"a": 1}), false),
            (json!({"a": null}), json!({}), true),
            (json!({"a": {"b": 1}}), json!({"a": {"b": 1, "c": 2}}), true),
            (json!([1, 2]), json!([1, 2]), true),
            (json!([1]), json!([1, 2]), false),
            (json!(true), json!(false), false),
        ];
        for (expected, actual, result) in table {
            assert_eq!(fits(&expected, &actual), result, "{expected} {actual}");
        }
    }
}
