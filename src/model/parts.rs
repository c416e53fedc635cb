//! What every part of a model is made of: places, typed fields, expressions, texts.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cel::{Tree, Type};

/// A place in the workspace: `journeys/backpack.yaml:31:9`.
pub type At = Arc<str>;

/// A typed field of a profile or payload, a variable or a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub name: Arc<str>,
    #[serde(rename = "type")]
    pub ty: Type,
    /// A value of the type, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
    /// Personal data.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pii: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalize: Option<Normalize>,
    pub at: At,
}

/// What is made of a value before it is compared or kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalize {
    /// Trimmed and lower-cased.
    Email,
    /// Digits and a leading `+`.
    Phone,
    Lower,
    Trim,
}

impl Normalize {
    /// The text as it is compared and kept.
    pub fn apply(self, text: &str) -> String {
        let trimmed = text.trim();
        match self {
            Self::Email => trimmed.to_lowercase(),
            Self::Lower => text.to_lowercase(),
            Self::Trim => trimmed.to_owned(),
            Self::Phone => {
                let plus = trimmed.starts_with('+').then_some('+');
                let digits = trimmed.chars().filter(char::is_ascii_digit);
                plus.into_iter().chain(digits).collect()
            }
        }
    }
}

/// A CEL expression. Its place in the model says which names it may read, but for `event`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, try_from = "Written")]
pub struct Expr {
    pub cel: Arc<str>,
    /// The same as a tree, with the type of every node.
    pub tree: Tree,
    /// The events (`CONNECTION.EVENT`) one of which is being handled when this runs: `event` has
    /// the fields common to all. Empty where `event` cannot be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Arc<str>>,
    pub at: At,
}

/// An expression as a plan has it, before its tree is held against its text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    cel: Arc<str>,
    tree: serde_json::Value,
    #[serde(default)]
    events: Vec<Arc<str>>,
    at: At,
}

impl TryFrom<Written> for Expr {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let tree = Tree::read(&written.cel, &written.tree)
            .map_err(|why| format!("{why} ({})", written.at))?;
        Ok(Self {
            cel: written.cel,
            tree,
            events: written.events,
            at: written.at,
        })
    }
}

/// Text with expressions in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub parts: Vec<TextPart>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextPart {
    Literal(Arc<str>),
    /// Filled in with CEL's `string()`.
    Cel(Expr),
}

/// A value under `with` or `config`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A literal of the type that is due, as JSON.
    Literal(serde_json::Value),
    Text(Text),
    /// One `${…}` and nothing else: keeps its type.
    Value(Expr),
    List(Vec<Content>),
    Map(BTreeMap<Arc<str>, Content>),
}
