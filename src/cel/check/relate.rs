//! How types relate: what may stand where, what two have in common, what can be compared.

use std::sync::Arc;

use super::super::types::{ObjectType, Type};

/// Whether a value of `from` may stand where `to` is due.
///
/// Literals are more flexible than their types; the checker adapts them before it asks.
pub fn assignable(from: &Type, to: &Type) -> bool {
    use Type as T;
    match (from, to) {
        (T::Error | T::Dyn, _)
        | (_, T::Error | T::Dyn)
        | (T::Null, T::Nullable(_))
        | (T::Enum(_), T::String)
        | (T::Type(_), T::Type(_)) => true,
        (T::Nullable(from), T::Nullable(to))
        | (T::List(from), T::List(to))
        | (T::Optional(from), T::Optional(to)) => assignable(from, to),
        (from, T::Nullable(to)) => assignable(from, to),
        (T::Enum(from), T::Enum(to)) => from.values.iter().all(|v| to.values.contains(v)),
        (T::Map(k, v), T::Map(to_k, to_v)) => assignable(k, to_k) && assignable(v, to_v),
        (T::Object(from), T::Object(to)) => same_fields(from, to),
        (from, to) => from == to,
    }
}

fn same_fields(from: &Arc<ObjectType>, to: &Arc<ObjectType>) -> bool {
    Arc::ptr_eq(from, to) || from == to
}

/// The smallest type that both may stand for; none if they have nothing in common.
pub fn join(a: &Type, b: &Type) -> Option<Type> {
    use Type as T;
    Some(match (a, b) {
        (T::Error, other) | (other, T::Error) => other.clone(),
        (T::Dyn, _) | (_, T::Dyn) => T::Dyn,
        (T::Null, other) | (other, T::Null) if !matches!(other, T::Optional(_)) => {
            other.clone().nullable()
        }
        (T::Nullable(a), T::Nullable(b)) => join(a, b)?.nullable(),
        (T::Nullable(inner), other) | (other, T::Nullable(inner)) => join(inner, other)?.nullable(),
        (T::Enum(x), T::Enum(y)) if x != y => T::String,
        (T::Enum(_), T::String) | (T::String, T::Enum(_)) => T::String,
        (T::List(a), T::List(b)) => T::list(join(a, b)?),
        (T::Optional(a), T::Optional(b)) => T::Optional(join(a, b)?.into()),
        (T::Map(key, value), T::Map(other_key, other_value)) => T::Map(
            join(key, other_key)?.into(),
            join(value, other_value)?.into(),
        ),
        (T::Type(a), T::Type(b)) => T::Type(join(a, b).unwrap_or(T::Dyn).into()),
        (a, b) if a == b => a.clone(),
        _ => return None,
    })
}

/// Whether `==` between the two can ever be true. In the standard (`lenient`) that is so of numbers of
/// any two kinds.
pub(super) fn comparable(a: &Type, b: &Type, lenient: bool) -> bool {
    use Type as T;
    let comparable = |a: &T, b: &T| comparable(a, b, lenient);
    let same_sign = |a: &T, b: &T| lenient || (*a == T::Uint) == (*b == T::Uint);
    match (a.present(), b.present()) {
        (T::Null, _) | (_, T::Null) => true,
        (T::Enum(a), T::Enum(b)) => a.values.iter().any(|v| b.values.contains(v)),
        (T::List(a), T::List(b)) | (T::Optional(a), T::Optional(b)) => comparable(a, b),
        (T::Map(key, value), T::Map(other_key, other_value)) => {
            comparable(key, other_key) && comparable(value, other_value)
        }
        (a, b) if is_number(a) && is_number(b) => same_sign(a, b),
        (a, b) => assignable(a, b) || assignable(b, a),
    }
}

/// Whether `<` and its like can order the two.
pub(super) fn ordered(a: &Type, b: &Type, lenient: bool) -> bool {
    use Type as T;
    let unknown = |t: &T| matches!(t, T::Dyn | T::Error);
    let has_order = |t: &T| {
        unknown(t)
            || is_number(t)
            || matches!(
                t,
                T::Bool | T::String | T::Enum(_) | T::Bytes | T::Timestamp | T::Duration
            )
    };
    has_order(a) && has_order(b) && (unknown(a) || unknown(b) || comparable(a, b, lenient))
}

pub(super) fn is_number(ty: &Type) -> bool {
    matches!(ty, Type::Int | Type::Uint | Type::Double)
}

/// Whether nothing in it is unknown.
pub(super) fn is_settled(ty: &Type) -> bool {
    use Type as T;
    match ty {
        T::Error => false,
        T::List(inner) | T::Optional(inner) | T::Nullable(inner) => is_settled(inner),
        T::Map(key, value) => is_settled(key) && is_settled(value),
        _ => true,
    }
}

/// The type without what is only unknown inside: elements of an empty list become `dyn`.
pub(super) fn settle(ty: &Type) -> Type {
    use Type as T;
    let inner = |t: &Arc<Type>| match &**t {
        T::Error => T::Dyn,
        other => settle(other),
    };
    match ty {
        T::List(t) => T::list(inner(t)),
        T::Optional(t) => T::Optional(inner(t).into()),
        T::Map(k, v) => T::Map(inner(k).into(), inner(v).into()),
        T::Nullable(t) => inner(t).nullable(),
        other => other.clone(),
    }
}

/// The type as cel-go writes it, to compare with what its checker infers.
pub fn celgo_notation(ty: &Type) -> String {
    use Type as T;
    match ty {
        T::Error | T::Dyn => "dyn".into(),
        T::Enum(_) => "string".into(),
        T::List(t) => format!("list({})", celgo_notation(t)),
        T::Map(k, v) => format!("map({}, {})", celgo_notation(k), celgo_notation(v)),
        T::Optional(t) => format!("optional_type({})", celgo_notation(t)),
        T::Nullable(t) => format!("wrapper({})", celgo_notation(t)),
        T::Type(t) if t.is_error() => "type".into(),
        T::Type(t) => format!("type({})", celgo_notation(t)),
        other => other.to_string(),
    }
}
