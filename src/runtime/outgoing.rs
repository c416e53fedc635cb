//! What the runtime hands to those who deliver, and what they say came of it. No delivery is here.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One action to carry out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The idempotency key: the same however often the action is tried.
    pub key: Arc<str>,
    /// The connection that carries it out.
    pub connection: Arc<str>,
    /// What the connection does; [`DELIVER`] for a message.
    pub action: Arc<str>,
    /// The parameters; of a message `to`, `subject`, `body`, `template` and `params`.
    pub with: serde_json::Value,
    /// Which attempt it is: 1 is the first.
    pub attempt: u32,
    /// What the traveler is called in traces.
    pub traveler: Arc<str>,
}

/// The action of a message.
pub const DELIVER: &str = "deliver";

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is done; what was answered, `null` where nothing was.
    Done { returned: serde_json::Value },
    /// It may go better later: after what was asked, else as the policy has it.
    Again {
        reason: String,
        after: Option<Duration>,
    },
    /// It cannot go better.
    Dead { reason: String },
}
