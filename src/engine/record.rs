//! What the engine tells of what it did: one record per thing that happened, in order.

use std::sync::Arc;

use jiff::Timestamp;

use super::why::Why;

use crate::model::At;

/// One line of a trace (`spec/trace.md`).
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The traveler's clock when it happened.
    pub time: Timestamp,
    /// The value of the type's key where it is known, else `IDENTITY:VALUE` of the identity that
    /// was known first; none where no traveler was found.
    pub traveler: Option<Arc<str>>,
    /// Which traveler that is, whatever its name: counted by first events. No part of a trace.
    pub number: Option<u32>,
    pub journey: Option<Arc<str>>,
    /// The session's number: 1 for the traveler's first in this journey.
    pub session: Option<u64>,
    /// The session's key, as JSON.
    pub key: Option<serde_json::Value>,
    pub what: What,
    /// The declaration, trigger or step that did it.
    pub at: Option<At>,
}

/// What happened. `with` and `value` are JSON in the form of event data.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Of a known type, changed nothing.
    EventIgnored {
        name: Arc<str>,
        id: Arc<str>,
        reason: Arc<str>,
    },
    EventDuplicate {
        name: Arc<str>,
        id: Arc<str>,
        reason: Arc<str>,
    },
    /// `unknown type`, `no traveler`, `invalid payload: data.total …`, `bad time`.
    EventRejected {
        name: Arc<str>,
        id: Arc<str>,
        reason: Arc<str>,
    },
    EventEmitted {
        name: Arc<str>,
        with: serde_json::Value,
    },
    TravelerCreated {
        name: Arc<str>,
    },
    /// `name` is the one that ended.
    TravelerMerged {
        name: Arc<str>,
    },
    /// `name` is a field, or `consents.NAME`.
    ProfileChanged {
        name: Arc<str>,
        value: serde_json::Value,
    },
    VariableSet {
        name: Arc<str>,
        value: serde_json::Value,
    },
    SegmentEntered {
        name: Arc<str>,
    },
    SegmentLeft {
        name: Arc<str>,
    },
    /// None where no persona fits any more.
    PersonaChanged {
        name: Option<Arc<str>>,
    },
    SessionStarted,
    SessionEnded {
        outcome: Arc<str>,
    },
    MilestoneEntered {
        name: Arc<str>,
    },
    MilestoneLeft {
        name: Arc<str>,
    },
    RuleFired {
        name: Arc<str>,
    },
    /// `name` is the step's id, `value` the arm taken.
    BranchTaken {
        name: Arc<str>,
        value: serde_json::Value,
        /// Of a `decide`: the offers that could be made, each with its score, in order.
        scores: Vec<(Arc<str>, f64)>,
    },
    WaitStarted {
        name: Arc<str>,
        until: Option<Timestamp>,
    },
    WaitEnded {
        name: Arc<str>,
        reason: WaitEnd,
    },
    ActionEmitted(Action),
    ActionDeferred(Action),
    ActionSuppressed(Action),
    PromiseMissed {
        name: Arc<str>,
        reason: Arc<str>,
    },
    ConditionFailed {
        name: Arc<str>,
        reason: Arc<str>,
    },
    /// Where somebody listens; no part of a trace.
    Why(Box<Why>),
}

impl What {
    /// Whether it is told to those who only carry out what the engine decides.
    pub(super) const fn is_effect(&self) -> bool {
        matches!(
            self,
            Self::EventIgnored { .. }
                | Self::EventDuplicate { .. }
                | Self::EventRejected { .. }
                | Self::ActionEmitted(_)
                | Self::ActionDeferred(_)
                | Self::ActionSuppressed(_)
                | Self::ConditionFailed { .. }
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitEnd {
    Time,
    Event,
    Timeout,
}

/// A message or a call on its way out.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// The template or `CONNECTION.ACTION`.
    pub name: Arc<str>,
    pub kind: ActionKind,
    pub with: serde_json::Value,
    pub channel: Option<Arc<str>>,
    /// Why it was held back.
    pub reason: Option<Reason>,
    /// When a deferred one is due.
    pub until: Option<Timestamp>,
    /// Of a message: where to, and the text filled in.
    pub message: Option<Message>,
    pub idempotency_key: Arc<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    Send,
    Call,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The connection that delivers.
    pub via: Arc<str>,
    pub to: Arc<str>,
    pub subject: Option<Arc<str>>,
    pub body: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    NoConsent,
    NoAddress,
    Cap,
    QuietHours,
    Left,
    Shadow,
    Paused,
}

impl Reason {
    /// As the trace says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoConsent => "no consent",
            Self::NoAddress => "no address",
            Self::Cap => "cap",
            Self::QuietHours => "quiet hours",
            Self::Left => "left",
            Self::Shadow => "shadow",
            Self::Paused => "paused",
        }
    }
}
