//! Texts and the values under `with`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Link, Linker, refused};
use crate::cel::{self, ObjectType, Type, Value};
use crate::engine::linked::{Content, Part};
use crate::model::env::Place;
use crate::model::{self, At, Text, TextPart};

impl Linker<'_> {
    /// A text whose expressions are filled in with CEL's `string()`.
    pub(super) fn text(&self, text: &Text, place: &Place, name: &Arc<str>) -> Link<Vec<Part>> {
        let part = |part: &TextPart| match part {
            TextPart::Literal(literal) => Ok(Part::Literal(literal.clone())),
            TextPart::Cel(expr) => {
                let text = format!("string(\n{}\n)", expr.cel);
                Ok(Part::Cel(self.expr_text(
                    expr,
                    &text,
                    place,
                    &Type::String,
                    name,
                )?))
            }
        };
        text.parts.iter().map(part).collect()
    }

    /// The values of parameters, in their order; what is left out has its default.
    pub(super) fn with(
        &self,
        with: &BTreeMap<Arc<str>, model::Content>,
        params: &[model::Field],
        place: &Place,
        name: &Arc<str>,
        at: &At,
    ) -> Link<Vec<Content>> {
        if let Some(unknown) = with
            .keys()
            .find(|key| !params.iter().any(|p| p.name == **key))
        {
            return refused(at, format!("there is no parameter `{unknown}`"));
        }
        let value = |param: &model::Field| match with.get(&param.name) {
            Some(content) => self.content(content, &param.ty, place, name, at),
            None => Ok(Content::Literal(default(param)?)),
        };
        params.iter().map(value).collect()
    }

    fn content(
        &self,
        content: &model::Content,
        ty: &Type,
        place: &Place,
        name: &Arc<str>,
        at: &At,
    ) -> Link<Content> {
        Ok(match content {
            model::Content::Literal(json) => match cel::from_json(json, ty) {
                Ok(value) => Content::Literal(value),
                Err(mismatch) => return refused(at, mismatch.to_string()),
            },
            model::Content::Text(text) => Content::Text(self.text(text, place, name)?),
            model::Content::Value(expr) => Content::Value(self.expr(expr, place, ty, name)?),
            model::Content::List(items) => {
                let Type::List(element) = ty.present() else {
                    return refused(at, format!("expected `{ty}`, found a list"));
                };
                let item = |item| self.content(item, element, place, name, at);
                Content::List(items.iter().map(item).collect::<Link<_>>()?)
            }
            model::Content::Map(entries) => match ty.present() {
                Type::Object(object) => self.object(object, entries, place, name, at)?,
                Type::Map(_, element) => {
                    let mut linked = Vec::with_capacity(entries.len());
                    for (key, value) in entries {
                        linked.push((key.clone(), self.content(value, element, place, name, at)?));
                    }
                    Content::Map(linked)
                }
                _ => return refused(at, format!("expected `{ty}`, found an object")),
            },
        })
    }

    fn object(
        &self,
        object: &Arc<ObjectType>,
        entries: &BTreeMap<Arc<str>, model::Content>,
        place: &Place,
        name: &Arc<str>,
        at: &At,
    ) -> Link<Content> {
        let mut slots = Vec::with_capacity(object.fields.len());
        for field in &object.fields {
            slots.push(match entries.get(&field.name) {
                Some(content) => self.content(content, &field.ty, place, name, at)?,
                None if field.ty.is_nullable() => Content::Literal(Value::Null),
                None => return refused(at, format!("`{}` is missing", field.name)),
            });
        }
        Ok(Content::Object(object.clone(), slots))
    }
}

/// What a field is when nothing is said: its default, or absent.
pub(super) fn default(field: &model::Field) -> Link<Value> {
    match &field.default {
        None if field.ty.is_nullable() => Ok(Value::Null),
        None => refused(&field.at, format!("`{}` is missing", field.name)),
        Some(json) => initial(field, json),
    }
}

/// What a field begins with: a variable without a default is set before it is read.
pub(super) fn beginning(field: &model::Field) -> Link<Value> {
    match &field.default {
        None => Ok(Value::Null),
        Some(json) => initial(field, json),
    }
}

fn initial(field: &model::Field, json: &serde_json::Value) -> Link<Value> {
    cel::from_json(json, &field.ty).or_else(|mismatch| {
        refused(
            &field.at,
            format!("the default of `{}` does not fit: {mismatch}", field.name),
        )
    })
}
