//! Plain data goes in, the type that it seems to have comes out, so that an expression over it can
//! be checked: an object's fields are known, and one that only some elements of a list have may
//! be absent.
//!
//! Nothing is guessed from the form of texts: a time in text is a string.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::types::{Field, Type};

/// More keys than that are no fields.
const MAX_FIELDS: usize = 1_000;

/// The type of the data, called `name` in messages where it is an object.
pub fn infer(json: &Json, name: &str) -> Type {
    of_samples(&[json], name)
}

/// The type that all samples have; `dyn` where they have nothing in common, or there is none.
fn of_samples(samples: &[&Json], name: &str) -> Type {
    let present: Vec<&Json> = samples
        .iter()
        .copied()
        .filter(|json| !json.is_null())
        .collect();
    let ty = of_present(&present, name);
    if present.len() < samples.len() {
        ty.nullable()
    } else {
        ty
    }
}

fn of_present(samples: &[&Json], name: &str) -> Type {
    let all = |is: fn(&Json) -> bool| samples.iter().all(|json| is(json));
    if samples.is_empty() {
        Type::Dyn
    } else if all(Json::is_boolean) {
        Type::Bool
    } else if all(Json::is_i64) {
        Type::Int
    } else if all(Json::is_u64) {
        Type::Uint
    } else if all(Json::is_number) {
        Type::Double
    } else if all(Json::is_string) {
        Type::String
    } else if all(Json::is_array) {
        let elements: Vec<&Json> = samples
            .iter()
            .filter_map(|json| json.as_array())
            .flatten()
            .collect();
        Type::list(of_samples(&elements, name))
    } else if all(Json::is_object) {
        object(samples, name)
    } else {
        Type::Dyn
    }
}

fn object(samples: &[&Json], name: &str) -> Type {
    let mut fields: BTreeMap<&str, Vec<&Json>> = BTreeMap::new();
    for (key, value) in samples.iter().filter_map(|json| json.as_object()).flatten() {
        fields.entry(key).or_default().push(value);
    }
    if fields.len() > MAX_FIELDS {
        return Type::map(Type::Dyn);
    }
    let field = |(key, values): (&str, Vec<&Json>)| {
        let ty = of_samples(&values, &format!("{name}.{key}"));
        Field {
            name: key.into(),
            ty: if values.len() < samples.len() {
                ty.nullable()
            } else {
                ty
            },
            declared: None,
            default: None,
            least: None,
        }
    };
    Type::object(name, fields.into_iter().map(field).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn data_has_the_type_it_seems_to_have() {
        for (data, ty) in [
            (json!(1), "int"),
            (json!(u64::MAX), "uint"),
            (json!(1.0), "double"),
            (json!("2026-03-02"), "string"),
            (json!(null), "dyn"),
            (json!([]), "list(dyn)"),
            (json!([1, 2.5]), "list(double)"),
            (json!([1, null]), "list(int | null)"),
            (json!([1, "a"]), "list(dyn)"),
            (json!([[1], []]), "list(list(int))"),
            (json!([{"a": 1}, {"b": 2}]), "list(items)"),
        ] {
            assert_eq!(infer(&data, "items").to_string(), ty, "{data}");
        }
    }

    #[test]
    fn fields_that_some_elements_lack_may_be_absent() {
        let data = json!([{"sku": "a", "size": {"w": 1}}, {"sku": "b"}]);
        let Type::List(element) = infer(&data, "items") else {
            panic!("it is a list");
        };
        let Type::Object(object) = &*element else {
            panic!("its elements are objects");
        };
        let fields: Vec<String> = object
            .fields
            .iter()
            .map(|field| format!("{}: {}", field.name, field.ty))
            .collect();
        assert_eq!(fields, ["size: items.size | null", "sku: string"]);
    }
}
