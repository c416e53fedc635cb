//! Who travels, and the systems whose events and actions concern them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Assign, At, Content, Delivery, Expr, Field, Log};
use crate::cel::Type;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traveler {
    pub name: Arc<str>,
    pub key: Arc<str>,
    /// Profile fields, in the order of the declaration.
    pub identities: Vec<Arc<str>>,
    /// In the order of the declaration.
    pub profile: Vec<Field>,
    pub consents: Vec<Arc<str>>,
    /// By name.
    pub traits: Vec<Trait>,
    pub at: At,
}

/// An aggregate over a traveler's own history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trait {
    pub name: Arc<str>,
    #[serde(rename = "type")]
    pub ty: Type,
    pub aggregate: Aggregate,
    pub source: TraitSource,
    /// Path below the payload or the parameters; empty for `count`.
    pub field: Vec<Arc<str>>,
    /// Holds what is less than this old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<SignedDuration>,
    /// Holds the last so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    pub at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    Count,
    Sum,
    Min,
    Max,
    Avg,
    First,
    Last,
    List,
    Distinct,
}

/// What a trait looks at. Actions count when they are emitted; `event` in the trait's `when` is
/// then their parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraitSource {
    /// `CONNECTION.EVENT`.
    Event(Arc<str>),
    /// A template.
    Send(Arc<str>),
    /// `CONNECTION.ACTION`.
    Call(Arc<str>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    pub name: Arc<str>,
    /// `std/slack`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<Arc<str>>,
    /// Cleared for personal data.
    pub pii_allowed: bool,
    /// Expressions in it read `env` only, when it runs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<Arc<str>, Content>,
    /// How its actions are carried out.
    #[serde(default, skip_serializing_if = "Delivery::is_default")]
    pub delivery: Delivery,
    /// How CSV files of its events are read, in the order of the declaration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<Log>,
    pub at: At,
}

/// An event that a connection sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// `CONNECTION.EVENT`.
    pub name: Arc<str>,
    /// The `CloudEvents` type.
    #[serde(rename = "type")]
    pub cloud_type: Arc<str>,
    /// The payload.
    pub fields: Vec<Field>,
    /// One per traveler type that the event concerns, by name. An event without `identify`
    /// has the subject as the key here already.
    pub identify: Vec<Identify>,
    /// What it writes to the profile: fields and `consents.NAME`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub update: Vec<Assign>,
    pub at: At,
}

/// Which traveler an event concerns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identify {
    pub traveler: Arc<str>,
    /// Identity field ← value, in the order of the declaration.
    pub by: Vec<Assign>,
    pub at: At,
}

/// Something a connection carries out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// `CONNECTION.ACTION`.
    pub name: Arc<str>,
    /// Held to this channel's consent, caps and quiet hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Arc<str>>,
    pub params: Vec<Field>,
    pub returns: Vec<Field>,
    pub at: At,
}
