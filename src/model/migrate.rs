//! How sessions of an earlier plan go on in a journey, where that does not follow from the names.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::At;

/// What was called otherwise in an earlier plan, or is no more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Migrate {
    /// Milestone of an earlier plan → where its sessions go.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub milestones: BTreeMap<Arc<str>, Onward>,
    /// Variable of an earlier plan → the one that has its value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<Arc<str>, Arc<str>>,
    pub at: At,
}

/// Where a session goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Onward {
    /// It is in this milestone, as if it had been entered when the other was.
    Milestone(Arc<str>),
    /// It ends with this outcome.
    End(Arc<str>),
}
