//! Values at run time.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::types::{Field, ObjectType, Type};

/// A text of a value: a short one lies in place, a longer one is shared.
pub type Text = smol_str::SmolStr;

/// Texts up to this length lie in place.
const SHORT: usize = 23;

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
    String(Text),
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

impl ObjectValue {
    /// The fields and their values, in the order of the type.
    pub fn fields(&self) -> impl Iterator<Item = (&Field, &Value)> {
        self.ty.fields.iter().zip(&self.slots)
    }

    /// The value of the field; absent where the type has no such field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let (slot, _) = self.ty.field(name)?;
        self.slots.get(slot)
    }
}

impl Value {
    pub fn string(text: impl Into<Text>) -> Self {
        Self::String(text.into())
    }

    /// A text that others hold too: the same one, where it is long.
    pub fn shared(text: &Arc<str>) -> Self {
        if text.len() <= SHORT {
            Self::String(Text::new(&**text))
        } else {
            Self::String(text.clone().into())
        }
    }

    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What kind of value it is, as messages call it.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Timestamp(_) => "timestamp",
            Self::Duration(_) => "duration",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Object(_) => "object",
            Self::Optional(_) => "optional",
            Self::Type(_) => "type",
        }
    }

    /// The type that `type(value)` answers: what is in a container does not show.
    pub fn type_of(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Uint(_) => Type::Uint,
            Self::Double(_) => Type::Double,
            Self::String(_) => Type::String,
            Self::Bytes(_) => Type::Bytes,
            Self::Timestamp(_) => Type::Timestamp,
            Self::Duration(_) => Type::Duration,
            Self::List(_) => Type::list(Type::Dyn),
            Self::Map(_) => Type::Map(Type::Dyn.into(), Type::Dyn.into()),
            Self::Object(object) => Type::Object(object.ty.clone()),
            Self::Optional(_) => Type::Optional(Type::Dyn.into()),
            Self::Type(_) => Type::Type(Type::Dyn.into()),
        }
    }

    /// Whether it is what its type begins with: null, false, zero, the epoch, nothing in it.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Null | Self::Bool(false) | Self::Int(0) | Self::Uint(0) => true,
            Self::Double(v) => *v == 0.0,
            Self::String(v) => v.is_empty(),
            Self::Bytes(v) => v.is_empty(),
            Self::Timestamp(v) => *v == Timestamp::UNIX_EPOCH,
            Self::Duration(v) => v.is_zero(),
            Self::List(v) => v.is_empty(),
            Self::Map(v) => v.is_empty(),
            Self::Object(v) => v.slots.iter().all(Self::is_null),
            Self::Optional(v) => v.is_none(),
            _ => false,
        }
    }
}
