//! How travelers are reached and grouped.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::{At, Expr, Field, Text};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    pub name: Arc<str>,
    /// The connection that delivers; none for channels of interactions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Expr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    pub max: u32,
    pub per: SignedDuration,
    pub then: Overflow,
    pub at: At,
}

/// What becomes of an action that may not go out now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overflow {
    Drop,
    Defer,
}

/// `from` included, `to` excluded; runs over midnight where `to` is not later than `from`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    pub from: Time,
    pub to: Time,
    /// A string; the manifest's zone where it is left out or not valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Expr>,
    pub then: Overflow,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub name: Arc<str>,
    pub channel: Arc<str>,
    pub transactional: bool,
    pub params: Vec<Field>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Text>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    pub name: Arc<str>,
    pub traveler: Arc<str>,
    pub kind: SegmentKind,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SegmentKind {
    When(Expr),
    /// A static list: identity → its values, normalized, sorted.
    Members(BTreeMap<Arc<str>, Vec<Arc<str>>>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    pub name: Arc<str>,
    pub traveler: Arc<str>,
    /// The highest whose condition holds, then by name.
    pub priority: i64,
    pub when: Expr,
    pub at: At,
}
