//! Declared fields with their defaults: the literal after `=` must be of the type before it.

use serde_json::{Value as Json, json};

use super::context::Checker;
use crate::cel::{self, Ast, ExprId, Kind, Literal, Type, UnaryOp};
use crate::diagnostic::{Diagnostic, codes};
use crate::model;
use crate::resolve::Field;
use crate::syntax::ast::{self, Default};

impl Checker<'_> {
    pub fn fields(&mut self, fields: &[Field<'_>]) -> Vec<model::Field> {
        fields.iter().map(|field| self.field(field)).collect()
    }

    fn field(&mut self, field: &Field<'_>) -> model::Field {
        let default = field.decl.default.as_ref();
        if let Some(normalize) = &field.decl.normalize
            && !matches!(field.ty.present(), Type::String | Type::Error)
        {
            let message = format!(
                "only text can be normalized, `{}` is `{}`",
                field.decl.name, field.ty
            );
            self.report(
                Diagnostic::new(&codes::TYPE_MISMATCH, normalize.span, message)
                    .help("remove `normalize`"),
            );
        }
        model::Field {
            name: field.decl.name.text.clone(),
            ty: field.ty.clone(),
            default: default.and_then(|default| self.default(default, &field.ty)),
            pii: field.decl.pii,
            normalize: field.decl.normalize.as_ref().map(|n| normalize(n.value)),
            at: self.at(field.decl.name.span),
        }
    }

    fn default(&mut self, default: &Default, ty: &Type) -> Option<Json> {
        if ty.is_error() {
            return None;
        }
        let text = default.text.trim();
        let value = match ty.present() {
            Type::Enum(of) if of.values.iter().any(|v| &**v == text) => Some(json!(text)),
            Type::Duration if cel::parse_data_duration(text).is_ok() => Some(json!(text)),
            _ => {
                let parsed = cel::parse(text);
                parsed
                    .problems
                    .is_empty()
                    .then(|| constant(&parsed.ast, parsed.ast.root()))
                    .flatten()
            }
        };
        if let (Type::Enum(of), word) = (
            ty.present(),
            value.as_ref().and_then(Json::as_str).unwrap_or(text),
        ) && value.as_ref() != Some(&Json::Null)
            && !of.values.iter().any(|v| &**v == word)
        {
            let message = format!("`{word}` is none of `{}`", ty.present());
            let diagnostic = Diagnostic::new(&codes::UNKNOWN_ENUM_VALUE, default.span, message);
            self.report(diagnostic.suggest(word, of.values.iter().map(|v| &**v)));
            return None;
        }
        let Some(value) = value else {
            let message = format!("the default `{text}` is no literal of `{ty}`");
            let diagnostic = Diagnostic::new(&codes::INVALID_LITERAL, default.span, message);
            self.report(match ty.present() {
                Type::String => diagnostic.help(format!("quote it: `\"{text}\"`")),
                Type::Duration => diagnostic.help("write a duration, as in `90s`, `15m` or `3d`"),
                _ => diagnostic.help(format!("write a literal of `{ty}`")),
            });
            return None;
        };
        if cel::from_json(&value, ty).is_err() {
            let message = format!("the default `{text}` is not `{ty}`");
            self.report(
                Diagnostic::new(&codes::TYPE_MISMATCH, default.span, message)
                    .help(format!("write a literal of `{ty}`")),
            );
            return None;
        }
        Some(value)
    }
}

pub(super) fn normalize(written: ast::Normalize) -> model::Normalize {
    match written {
        ast::Normalize::Email => model::Normalize::Email,
        ast::Normalize::Phone => model::Normalize::Phone,
        ast::Normalize::Lower => model::Normalize::Lower,
        ast::Normalize::Trim => model::Normalize::Trim,
    }
}

/// The value of a literal, of lists and maps of literals, and of negative numbers, as JSON.
fn constant(ast: &Ast, id: ExprId) -> Option<Json> {
    match ast.kind(id) {
        Kind::Literal(literal) => literal_value(literal),
        Kind::Unary {
            op: UnaryOp::Negate,
            operand,
            ..
        } => match constant(ast, *operand)? {
            Json::Number(n) => n
                .as_i64()
                .and_then(i64::checked_neg)
                .map(|n| json!(n))
                .or_else(|| n.as_f64().map(|n| json!(-n))),
            _ => None,
        },
        Kind::List(items) => items
            .iter()
            .map(|item| {
                (!item.optional)
                    .then(|| constant(ast, item.value))
                    .flatten()
            })
            .collect::<Option<Vec<_>>>()
            .map(Json::Array),
        Kind::Map(entries) => entries
            .iter()
            .map(|entry| {
                let key = constant(ast, entry.key)?.as_str()?.to_owned();
                Some((key, constant(ast, entry.value)?))
            })
            .collect::<Option<serde_json::Map<_, _>>>()
            .map(Json::Object),
        _ => None,
    }
}

fn literal_value(literal: &Literal) -> Option<Json> {
    Some(match literal {
        Literal::Null => Json::Null,
        Literal::Bool(value) => json!(value),
        Literal::Int(value) => json!(value),
        Literal::Uint(value) => json!(value),
        Literal::Double(value) => json!(value),
        Literal::String(value) => json!(value),
        Literal::Bytes(_) => return None,
    })
}
