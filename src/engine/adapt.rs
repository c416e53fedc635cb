//! Values of one plan in the types of another: by the names of fields, and by what they are.

use std::sync::Arc;

use super::scope::{conform, object};
use crate::cel::{self, ObjectType, Type, Value};

/// The value as one of another type, read as event data are; none where it does not fit.
pub(super) fn adapt(value: &Value, from: &Type, to: &Type) -> Option<Value> {
    if from == to {
        return Some(conform(value, to));
    }
    cel::from_json(&cel::to_json(value), to).ok()
}

/// An object with the fields of another type: absent are those it does not have, and those whose
/// values do not fit.
pub(super) fn adapted(value: &Value, to: &Arc<ObjectType>) -> Value {
    let Value::Object(from) = value else {
        return Value::Null;
    };
    let slot = |field: &cel::Field| {
        let found = (from.fields()).find(|(known, _)| known.name == field.name);
        found
            .and_then(|(known, value)| adapt(value, &known.ty, &field.ty))
            .unwrap_or(Value::Null)
    };
    object(to, to.fields.iter().map(slot).collect())
}
