//! Expressions and text with expressions in it, parsed but not typed.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Name;
use crate::cel;
use crate::source::{Span, TextRange};
use crate::yaml::Text;

/// A CEL expression in an expression place, or inside `${…}`.
#[derive(Clone, Debug)]
pub struct Expr {
    /// The scalar it stands in.
    pub text: Arc<Text>,
    /// Its part of the scalar's value: all of it in an expression place.
    pub range: TextRange,
    /// Ranges in it count from the start of `range`.
    pub ast: Arc<cel::Ast>,
    /// What was parsed, where it is not what is written: `~`, `0o17` and IANA names are no CEL.
    /// Ranges of the tree then have no place of their own, only the whole has.
    pub literal: Option<Arc<str>>,
    /// Nothing was wrong with its syntax; if something was, names and types are not judged.
    pub sound: bool,
}

impl Expr {
    /// The CEL source.
    pub fn source(&self) -> &str {
        match &self.literal {
            Some(literal) => literal,
            None => &self.text.value()[self.range.as_usize()],
        }
    }

    /// Where a range of the CEL source stands in the file.
    pub fn locate(&self, range: TextRange, file_text: &str) -> Span {
        let range = match self.literal {
            Some(_) => self.range,
            None => range.shift(self.range.start),
        };
        self.text.locate(range, file_text)
    }
}

/// A scalar in a text place: literal text with `${…}` in it.
#[derive(Clone, Debug)]
pub struct TextExpr {
    pub text: Arc<Text>,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug)]
pub enum Part {
    /// `$${` already read as `${`.
    Literal(Arc<str>),
    Cel(Expr),
}

impl TextExpr {
    /// The expression of a scalar that is one `${…}` and nothing else: it keeps its type.
    pub fn as_single(&self) -> Option<&Expr> {
        match self.parts.as_slice() {
            [Part::Cel(expr)] => Some(expr),
            _ => None,
        }
    }
}

/// A value in a text place (`with`, `config`): scalars with `${…}`, lists and maps of them.
#[derive(Clone, Debug)]
pub struct Content {
    pub kind: ContentKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ContentKind {
    /// What could not be read: it has been reported.
    Unknown,
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    /// Any other scalar, quoted or not.
    Text(TextExpr),
    List(Vec<Content>),
    Map(Vec<(Name, Content)>),
}

impl Content {
    /// The value as event data would have it.
    pub fn json(&self) -> Value {
        match &self.kind {
            ContentKind::Unknown | ContentKind::Null => Value::Null,
            ContentKind::Bool(value) => Value::from(*value),
            ContentKind::Int(value) => Value::from(*value),
            ContentKind::Double(value) => Value::from(*value),
            ContentKind::Text(text) => Value::from(text.text.value()),
            ContentKind::List(items) => items.iter().map(Self::json).collect(),
            ContentKind::Map(entries) => Value::Object(object(entries)),
        }
    }
}

/// Named values as event data would have them; a name that is given twice has been reported.
pub fn object(entries: &[(Name, Content)]) -> Map<String, Value> {
    let entries = entries.iter();
    entries
        .map(|(name, content)| (name.text.to_string(), content.json()))
        .collect()
}
