//! Values at run time.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::types::{ObjectType, Type};

/// A value. Cheap to clone. Absent and `null` are the same: [`Value::Null`].
#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    /// Finite when it comes from data; arithmetic may make infinities and NaN, as CEL says.
    Double(f64),
    /// Enum values are strings at run time.
    String(Arc<str>),
    Bytes(Arc<[u8]>),
    Timestamp(Timestamp),
    Duration(SignedDuration),
    List(Arc<Vec<Value>>),
    /// Entries in the order of insertion; keys are bool, int, uint or string, each once.
    Map(Arc<Vec<(Value, Value)>>),
    /// An object with known fields, a value a slot.
    Object(Arc<ObjectValue>),
    Optional(Option<Arc<Value>>),
    Type(Arc<Type>),
}

/// The values of an object, in the order of its type's fields; absent ones are [`Value::Null`].
#[derive(Clone, Debug)]
pub struct ObjectValue {
    pub ty: Arc<ObjectType>,
    pub slots: Vec<Value>,
}

impl Value {
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Self::String(text.into())
    }

    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}
