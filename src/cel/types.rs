//! The types of the language: CEL's, enums of bare words, objects with known fields, and absence.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::source::Span;

/// A type as the checker sees it. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// The type of something already reported: it agrees with everything, so that one mistake
    /// is told once. Never in a plan.
    Error,
    /// Known only at run time: elements of empty literals, and `cjoc eval` without types.
    Dyn,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
    Enum(Arc<EnumType>),
    List(Arc<Type>),
    Map(Arc<Type>, Arc<Type>),
    Object(Arc<ObjectType>),
    /// `T | null`: may be absent. Never nested, never around `Null`, `Dyn`, `Error` or `Optional`.
    Nullable(Arc<Type>),
    /// CEL's `optional(T)`.
    Optional(Arc<Type>),
    /// CEL's `type(T)`: the type of a type.
    Type(Arc<Type>),
}

/// At least two bare words: `EUR | USD`. Two enums with the same words, in any order, are one type.
#[derive(Clone, Debug, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnumType {
    /// In the order of the declaration.
    pub values: Vec<Arc<str>>,
}

impl PartialEq for EnumType {
    fn eq(&self, other: &Self) -> bool {
        self.values.len() == other.values.len()
            && self.values.iter().all(|v| other.values.contains(v))
    }
}

/// An object with known fields: a payload, a profile, a namespace such as `vars`.
///
/// Two object types are equal when their fields are, whatever their names and order.
#[derive(Clone, Debug, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectType {
    /// What messages call it: `Product`, `shop.order_placed`, `traveler`.
    pub name: Arc<str>,
    pub fields: Vec<Field>,
}

/// A field of an [`ObjectType`]; its index is its slot in the object's value.
#[derive(Clone, Debug, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub name: Arc<str>,
    #[serde(rename = "type")]
    pub ty: Type,
    /// Where it is declared, for a second label; no part of the type.
    #[serde(skip)]
    pub declared: Option<Span>,
    /// What takes the place of it where it is missing, as JSON; no part of the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
    /// What it never goes below, as a count never does; no part of the type.
    #[serde(skip)]
    pub least: Option<i64>,
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.ty == other.ty
    }
}

impl PartialEq for ObjectType {
    fn eq(&self, other: &Self) -> bool {
        self.fields.len() == other.fields.len()
            && self
                .fields
                .iter()
                .all(|f| other.field(&f.name).is_some_and(|(_, o)| f == o))
    }
}

/// Objects with more fields than these are worth a search.
const SMALL: usize = 24;

impl ObjectType {
    /// The field's slot and declaration.
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        // The large ones, with a field for each segment or journey, are sorted.
        if self.fields.len() > SMALL
            && let Ok(slot) = self.fields.binary_search_by(|f| (*f.name).cmp(name))
        {
            return Some((slot, &self.fields[slot]));
        }
        self.fields
            .iter()
            .enumerate()
            .find(|(_, f)| &*f.name == name)
    }
}

impl Type {
    /// `T | null`; what may be absent already, or is unknown, stays as it is.
    #[must_use]
    pub fn nullable(self) -> Self {
        match self {
            Self::Nullable(_) | Self::Null | Self::Dyn | Self::Error | Self::Optional(_) => self,
            present => Self::Nullable(Arc::new(present)),
        }
    }

    /// The type without `| null`.
    #[must_use]
    pub fn present(&self) -> &Self {
        match self {
            Self::Nullable(inner) => inner,
            other => other,
        }
    }

    pub fn is_nullable(&self) -> bool {
        matches!(self, Self::Nullable(_) | Self::Null)
    }

    pub fn is_error(&self) -> bool {
        matches!(self, Self::Error)
    }

    pub fn list(element: Self) -> Self {
        Self::List(Arc::new(element))
    }

    /// `map(T)` of the language: keys are strings.
    pub fn map(value: Self) -> Self {
        Self::Map(Arc::new(Self::String), Arc::new(value))
    }

    pub fn object(name: impl Into<Arc<str>>, fields: Vec<Field>) -> Self {
        Self::Object(Arc::new(ObjectType {
            name: name.into(),
            fields,
        }))
    }

    pub fn enumeration(values: impl IntoIterator<Item = impl Into<Arc<str>>>) -> Self {
        Self::Enum(Arc::new(EnumType {
            values: values.into_iter().map(Into::into).collect(),
        }))
    }
}

/// The type in the language's own notation: `list(Product)`, `EUR | USD`, `string | null`.
impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Error => f.write_str("unknown"),
            Self::Dyn => f.write_str("dyn"),
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Double => f.write_str("double"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Duration => f.write_str("duration"),
            Self::Enum(values) => f.write_str(&values.values.join(" | ")),
            Self::List(element) => write!(f, "list({element})"),
            Self::Map(key, value) if **key == Self::String => write!(f, "map({value})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
            Self::Object(object) => f.write_str(&object.name),
            Self::Nullable(inner) => write!(f, "{inner} | null"),
            Self::Optional(inner) => write!(f, "optional({inner})"),
            Self::Type(inner) => write!(f, "type({inner})"),
        }
    }
}
