//! `journey:` and `rule:`: where travelers can go and what happens on the way.

use super::{Duration, EventRef, Expr, FieldDecl, Name, Spanned, Step, Trigger};
use crate::source::Span;

#[derive(Debug)]
pub struct Journey {
    pub name: Name,
    pub title: Option<String>,
    pub lifecycle: Option<Lifecycle>,
    pub traveler: Name,
    pub owner: Option<String>,
    pub status: Spanned<Status>,
    pub priority: i64,
    pub happy_path: Vec<Name>,
    pub key: Option<SessionKey>,
    pub variables: Vec<FieldDecl>,
    pub start: Vec<Trigger>,
    pub reentry: Reentry,
    pub while_active: WhileActive,
    pub milestones: Vec<Milestone>,
    pub rules: Vec<Rule>,
    pub end: Vec<Trigger>,
    pub migrate: Option<Migrate>,
    pub notes: Notes,
}

/// How sessions of an earlier plan go on.
#[derive(Debug)]
pub struct Migrate {
    /// Old name → where its sessions go.
    pub milestones: Vec<(Name, Onward)>,
    /// Old name → new name.
    pub variables: Vec<(Name, Name)>,
    pub span: Span,
}

/// Where a session goes.
#[derive(Debug)]
pub enum Onward {
    Milestone(Name),
    /// It ends with this outcome.
    End(Name),
}

/// One of the built-in stages or of the manifest's `lifecycles`.
pub type Lifecycle = Name;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Hypothetical,
    Shadow,
    Live,
    Paused,
}

/// One session per value of the key.
#[derive(Debug)]
pub enum SessionKey {
    /// `key: event.order_id`, for every event that has the field.
    Shared(Expr),
    /// `key: { shop.order_placed: event.order_id, … }`.
    PerEvent(Vec<EventKey>),
}

#[derive(Debug)]
pub struct EventKey {
    pub event: EventRef,
    pub key: Expr,
}

#[derive(Debug)]
pub enum Reentry {
    Never,
    Always,
    After { wait: Duration, since: ReentryAfter },
}

/// From when the time until re-entry counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReentryAfter {
    End,
    Start,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhileActive {
    Ignore,
    Restart,
}

#[derive(Debug)]
pub struct Milestone {
    pub name: Name,
    pub title: Option<String>,
    pub enter: Vec<Trigger>,
    pub promise: Option<Promise>,
    pub steps: Vec<Step>,
    /// The steps run on when the milestone is left.
    pub detached: bool,
    pub rules: Vec<Rule>,
    pub channel: Option<Name>,
    pub valence: Option<Valence>,
    pub moment_of_truth: bool,
    pub notes: Notes,
    pub span: Span,
}

/// `{ within: 5d, of: ordered }`; without `of`, of the start.
#[derive(Debug)]
pub struct Promise {
    pub within: Duration,
    pub of: Option<Name>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Valence {
    Positive,
    Negative,
}

/// What the map shows beside a journey or milestone.
#[derive(Debug, Default)]
pub struct Notes {
    pub touchpoints: Vec<Name>,
    pub opportunities: Vec<Name>,
    pub pain_points: Vec<Name>,
    pub thoughts: Vec<Name>,
    pub feelings: Vec<Name>,
    pub evidence: Vec<Name>,
    pub owner: Option<Name>,
    pub team: Option<Name>,
}

/// A rule: of a milestone, of a journey, or outside any (`scope` says of which journeys).
#[derive(Debug)]
pub struct Rule {
    pub name: Name,
    pub title: Option<String>,
    /// Only of a rule outside any journey.
    pub scope: Option<Scope>,
    pub trigger: Trigger,
    pub steps: Vec<Step>,
}

/// `in: [backpack]`, or `in: all`.
#[derive(Debug)]
pub enum Scope {
    All(Span),
    Journeys(Vec<Name>),
}
