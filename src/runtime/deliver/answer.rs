//! Answers: what a system said goes in, what the action declares to return comes out, or the reason
//! why that cannot be.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::message::plain;
use crate::cel::{self, Type};
use crate::model::Field;

/// The declared fields of an answer, each of its type. Numbers and texts stand for each other, as
/// systems have it with their ids; what is not declared is left out.
pub(super) fn fit(returns: &[Field], answer: &Json) -> Result<Json, String> {
    if returns.is_empty() {
        return Ok(Json::Null);
    }
    let mut fitted = Map::with_capacity(returns.len());
    for field in returns {
        let given = answer.get(&*field.name).filter(|value| !value.is_null());
        let value = match (given, &field.default) {
            (Some(given), _) => turned(given, field.ty.present()),
            (None, Some(default)) => default.clone(),
            (None, None) if field.ty.is_nullable() => continue,
            (None, None) => return Err(format!("the answer has no `{}`", field.name)),
        };
        if let Err(mut mismatch) = cel::from_json(&value, &field.ty) {
            mismatch.path = match mismatch.path.as_str() {
                "" => field.name.to_string(),
                path => format!("{}.{path}", field.name),
            };
            return Err(format!("the answer does not fit: {mismatch}"));
        }
        fitted.insert(field.name.to_string(), value);
    }
    Ok(Json::Object(fitted))
}

fn turned(given: &Json, due: &Type) -> Json {
    match (given, due) {
        (Json::Number(_) | Json::Bool(_), Type::String) => plain(given).into(),
        (Json::String(text), Type::Int) => {
            let number = text.trim().parse::<i64>();
            number.map_or_else(|_| given.clone(), Json::from)
        }
        (Json::String(text), Type::Double) => {
            let number = text.trim().parse::<f64>();
            number.map_or_else(|_| given.clone(), Json::from)
        }
        _ => given.clone(),
    }
}

/// An answer made up for who only looks at what would go out: of the declared types, and the same
/// each time.
pub(super) fn made_up(returns: &[Field], key: &str) -> Json {
    if returns.is_empty() {
        return Json::Null;
    }
    let fields = returns.iter().map(|field| {
        let value = match &field.default {
            Some(default) => default.clone(),
            None => of_type(&field.ty, key),
        };
        (field.name.to_string(), value)
    });
    Json::Object(fields.collect())
}

fn of_type(ty: &Type, key: &str) -> Json {
    match ty {
        Type::Bool => false.into(),
        Type::Int | Type::Uint => 0.into(),
        Type::Double => 0.0.into(),
        Type::Bytes => "".into(),
        Type::Timestamp => "1970-01-01T00:00:00Z".into(),
        Type::Duration => "0s".into(),
        Type::Enum(words) => words.values.first().map(|it| &**it).into(),
        Type::List(_) => Json::Array(Vec::new()),
        Type::Map(..) => Json::Object(Map::new()),
        Type::Object(object) => {
            let fields = object.fields.iter();
            let fields = fields.map(|field| (Arc::clone(&field.name), of_type(&field.ty, key)));
            Json::Object(
                fields
                    .map(|(name, value)| (name.to_string(), value))
                    .collect(),
            )
        }
        Type::String => key.into(),
        _ => Json::Null,
    }
}
