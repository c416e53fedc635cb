//! Triggers and steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::{At, Content, Expr};

/// What starts a journey, enters a milestone, fires a rule, ends a session or a wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    pub on: On,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<Assign>,
    /// Of a milestone's `enter`: the milestones it may be entered from. Empty elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Arc<str>>,
    /// Of an `end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Arc<str>>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum On {
    /// Any of these.
    Any(Vec<Occurrence>),
    /// Once, so long after the clock of its place: see `spec/time.md`.
    After(SignedDuration),
    Every(SignedDuration),
    Schedule {
        /// Five fields.
        cron: Arc<str>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<Expr>,
    },
    /// When `when` turns true.
    Condition,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occurrence {
    /// `CONNECTION.EVENT`.
    Event(Arc<str>),
    Start,
    End,
    /// That milestone is entered.
    Milestone(Arc<str>),
    SegmentEntered(Arc<str>),
    SegmentLeft(Arc<str>),
    JourneyStarted(Arc<str>),
    JourneyEnded(Arc<str>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// As written, or the place among the steps of its kind and target in its block:
    /// `send discount_mail 2`. Unique in its block.
    #[serde(rename = "step")]
    pub id: Arc<str>,
    /// Stable, and unique in the plan: see [`super::ids`].
    #[serde(rename = "id")]
    pub path: Arc<str>,
    pub kind: StepKind,
    pub at: At,
}

/// `NAME: CEL`; the name is a variable, a profile field or `consents.NAME`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    pub name: Arc<str>,
    pub value: Expr,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum StepKind {
    Wait(Wait),
    Send {
        template: Arc<str>,
        with: BTreeMap<Arc<str>, Content>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        hold: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        transactional: bool,
    },
    Call {
        /// `CONNECTION.ACTION`.
        action: Arc<str>,
        with: BTreeMap<Arc<str>, Content>,
        /// Not empty: the step waits for the answer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        set: Vec<Assign>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<SignedDuration>,
        #[serde(rename = "else", default, skip_serializing_if = "Vec::is_empty")]
        otherwise: Vec<Step>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        transactional: bool,
    },
    Set(Vec<Assign>),
    Update(Vec<Assign>),
    Emit {
        /// `CONNECTION.EVENT`.
        event: Arc<str>,
        with: BTreeMap<Arc<str>, Content>,
    },
    If {
        condition: Expr,
        then: Vec<Step>,
        #[serde(rename = "else", default, skip_serializing_if = "Vec::is_empty")]
        otherwise: Vec<Step>,
    },
    Choose(Vec<Choice>),
    Split(Split),
    Decide {
        name: Arc<str>,
        among: Vec<Offer>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fallback: Vec<Step>,
    },
    Parallel(Vec<Vec<Step>>),
    Goto(Arc<str>),
    End(Arc<str>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Wait {
    For(SignedDuration),
    /// The next such time later than now; `days` skips so many midnights first.
    At {
        days: u32,
        at: TimeOfDay,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<Expr>,
    },
    /// A timestamp; a time past goes on at once.
    Until(Expr),
    /// The first of one or several.
    On {
        any: Vec<Alternative>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<SignedDuration>,
        /// On time-out.
        #[serde(rename = "else", default, skip_serializing_if = "Vec::is_empty")]
        otherwise: Vec<Step>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    pub trigger: Trigger,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeOfDay {
    Literal(Time),
    /// A string in the form `09:00`.
    Cel(Expr),
}

/// Without a condition: `otherwise`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    #[serde(rename = "do")]
    pub steps: Vec<Step>,
    pub at: At,
}

/// An arm is chosen by the first 8 bytes, big-endian, of BLAKE3 of `name NUL id`, modulo the sum
/// of the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    pub name: Arc<str>,
    /// By session, else by traveler.
    pub by_session: bool,
    pub arms: Vec<Arm>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    pub name: Arc<str>,
    pub weight: u32,
    #[serde(rename = "do", default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    pub name: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    /// A number.
    pub score: Expr,
    #[serde(rename = "do")]
    pub steps: Vec<Step>,
    pub at: At,
}

/// What a step emits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Emits<'a> {
    /// A message of this template.
    Template(&'a Arc<str>),
    /// `CONNECTION.ACTION`.
    Action(&'a Arc<str>),
}

impl StepKind {
    /// The action that the step itself emits, where it is one that does.
    pub fn emits(&self) -> Option<Emits<'_>> {
        match self {
            Self::Send { template, .. } => Some(Emits::Template(template)),
            Self::Call { action, .. } => Some(Emits::Action(action)),
            _ => None,
        }
    }

    /// The blocks of steps right below a step, in the order of the file.
    pub fn blocks(&self) -> Vec<&[Step]> {
        match self {
            Self::Call { otherwise, .. } => vec![otherwise],
            Self::If {
                then, otherwise, ..
            } => vec![then, otherwise],
            Self::Choose(choices) => choices.iter().map(|it| &*it.steps).collect(),
            Self::Split(split) => split.arms.iter().map(|it| &*it.steps).collect(),
            Self::Decide {
                among, fallback, ..
            } => (among.iter().map(|it| &*it.steps))
                .chain([&**fallback])
                .collect(),
            Self::Parallel(blocks) => blocks.iter().map(|it| &**it).collect(),
            Self::Wait(Wait::On { any, otherwise, .. }) => (any.iter().map(|it| &*it.then))
                .chain([&**otherwise])
                .collect(),
            Self::Wait(_)
            | Self::Send { .. }
            | Self::Set(_)
            | Self::Update(_)
            | Self::Emit { .. }
            | Self::Goto(_)
            | Self::End(_) => Vec::new(),
        }
    }
}
