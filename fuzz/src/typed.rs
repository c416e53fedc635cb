//! Values against the types that the checker gave: what the fuzz target and the property tests of
//! `tests/cel_properties.rs` both hold.

use cjoc::cel::{Ast, Checked, Kind, Literal, Type, Value};

/// Whether an int literal stands for a double, which only types can tell.
pub fn widens(ast: &Ast, checked: &Checked) -> bool {
    ast.ids().any(|id| {
        matches!(ast.kind(id), Kind::Literal(Literal::Int(_)))
            && checked.types[id.index()] == Type::Double
    })
}

/// Whether a value is of the type, as deep as it goes.
pub fn is_of(value: &Value, ty: &Type) -> bool {
    match (ty, value) {
        (Type::Dyn, _)
        | (Type::Null, Value::Null)
        | (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::Uint, Value::Uint(_))
        | (Type::Double, Value::Double(_))
        | (Type::String, Value::String(_))
        | (Type::Bytes, Value::Bytes(_))
        | (Type::Timestamp, Value::Timestamp(_))
        | (Type::Duration, Value::Duration(_))
        | (Type::Type(_), Value::Type(_))
        | (Type::Optional(_), Value::Optional(None)) => true,
        (Type::Enum(of), Value::String(word)) => of.values.iter().any(|value| **value == **word),
        (Type::Nullable(inner), value) => value.is_null() || is_of(value, inner),
        (Type::Optional(inner), Value::Optional(Some(value))) => is_of(value, inner),
        (Type::List(element), Value::List(items)) => items.iter().all(|v| is_of(v, element)),
        (Type::Map(key, value), Value::Map(entries)) => entries
            .iter()
            .all(|(k, v)| is_of(k, key) && is_of(v, value)),
        (Type::Object(of), Value::Object(object)) => of
            .fields
            .iter()
            .all(|field| object.get(&field.name).is_some_and(|v| is_of(v, &field.ty))),
        _ => false,
    }
}
