//! How actions leave the house: how fast, how often again, and what differs between environments.
//!
//! The engine reads none of it; the runtime does, when it runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{At, Content};

/// How a connection's actions are carried out. What is not said is as by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// How long one attempt may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<SignedDuration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// How many may be under way at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u32>,
    #[serde(default, skip_serializing_if = "Retry::is_default")]
    pub retry: Retry,
}

/// At most so many in such a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    pub count: u32,
    pub per: SignedDuration,
}

/// When and how often a failed attempt is made again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// How many attempts there are, the first included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// How long it takes to the second attempt; each time twice as long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<SignedDuration>,
    /// How long it takes at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<SignedDuration>,
    /// The answers of HTTP that are worth another attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statuses: Option<Vec<u16>>,
}

/// What differs where a plan runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    pub name: Arc<str>,
    /// Values for `env.NAME`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<Arc<str>, Arc<str>>,
    /// Where the runtime is: `http://HOST:PORT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<Arc<str>>,
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub connections: BTreeMap<Arc<str>, Replaced>,
    pub at: At,
}

/// What an environment says of a connection: it takes the place of what the connection says, key
/// by key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replaced {
    /// Where its actions go instead of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver: Option<Sink>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<Arc<str>, Content>,
    #[serde(default, skip_serializing_if = "Delivery::is_default")]
    pub delivery: Delivery,
    pub at: At,
}

/// Where actions go that are only to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sink {
    /// JSON lines on standard output.
    Stdout,
    /// JSON lines at the end of a file.
    File(Arc<str>),
}

impl Delivery {
    /// Nothing is said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// This, and where it says nothing, the other.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            timeout: self.timeout.or(other.timeout),
            rate: self.rate.or(other.rate),
            parallel: self.parallel.or(other.parallel),
            retry: Retry {
                attempts: self.retry.attempts.or(other.retry.attempts),
                from: self.retry.from.or(other.retry.from),
                to: self.retry.to.or(other.retry.to),
                statuses: (self.retry.statuses.clone()).or_else(|| other.retry.statuses.clone()),
            },
        }
    }
}

impl Retry {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
