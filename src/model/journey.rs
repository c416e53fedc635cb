//! Where travelers can go and what happens on the way.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::step::Trigger;
use super::{At, Expr, Field, Migrate, Step};
use crate::cel::Type;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    /// Stable: see [`super::ids`].
    pub id: Arc<str>,
    pub name: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Arc<str>>,
    pub traveler: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Arc<str>>,
    pub status: Status,
    pub priority: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub happy_path: Vec<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SessionKey>,
    /// Its own and the shared ones, by name.
    pub variables: Vec<Field>,
    pub start: Vec<Trigger>,
    pub reentry: Reentry,
    pub while_active: WhileActive,
    /// In the order of the file.
    pub milestones: Vec<Milestone>,
    pub rules: Vec<Rule>,
    pub end: Vec<Trigger>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migrate: Option<Migrate>,
    pub at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Hypothetical,
    Shadow,
    Live,
    Paused,
}

/// One session per value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionKey {
    #[serde(rename = "type")]
    pub ty: Type,
    /// By `CONNECTION.EVENT`: the events that concern only the session with that key.
    pub by: BTreeMap<Arc<str>, Expr>,
    pub at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reentry {
    Never,
    Always,
    /// From then on it may start again, at exactly that time included.
    After {
        wait: SignedDuration,
        since: Since,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    End,
    Start,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhileActive {
    Ignore,
    Restart,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    /// Stable.
    pub id: Arc<str>,
    pub name: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Arc<str>>,
    /// Each with `from` written out: the milestones that it may be entered from.
    pub enter: Vec<Trigger>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
    #[serde(rename = "do")]
    pub steps: Vec<Step>,
    /// The steps run on when the milestone is left.
    pub detached: bool,
    pub rules: Vec<Rule>,
    pub at: At,
}

/// Reached within so long of entering `of`, or of the start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    pub within: SignedDuration,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Arc<str>>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable.
    pub id: Arc<str>,
    pub name: Arc<str>,
    /// Of a rule outside any journey: the journeys, `all` written out, by name. Empty elsewhere.
    #[serde(rename = "in", default, skip_serializing_if = "Vec::is_empty")]
    pub journeys: Vec<Arc<str>>,
    pub trigger: Trigger,
    #[serde(rename = "do")]
    pub steps: Vec<Step>,
    pub at: At,
}

/// What is measured over ended sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kpi {
    pub name: Arc<str>,
    pub journey: Arc<str>,
    pub measure: Measure,
    pub value: Expr,
    /// `>= 0.20`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Arc<str>>,
    pub at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    Rate,
    Sum,
    Mean,
    P50,
    P90,
}
