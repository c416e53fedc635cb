//! `test:` scenarios: a traveler, events in time, and what must come of them.

use super::{Content, Duration, EventRef, Name, Spanned};
use crate::source::Span;

#[derive(Debug)]
pub struct Scenario {
    /// The title: any text.
    pub name: Name,
    /// The traveler type, where several exist and `traveler:` is a word.
    pub traveler_type: Option<Name>,
    /// The profile before the first event, `consents` included.
    pub profile: Vec<(Name, Content)>,
    pub events: Vec<ScenarioEntry>,
    /// `CONNECTION.ACTION` → what it answers.
    pub replies: Vec<(EventRef, Content)>,
    /// `SPLIT` → `ARM`.
    pub arms: Vec<(Name, Name)>,
    /// Models and what some of their outputs are, whatever they are given.
    pub models: Vec<(Name, Vec<(Name, Content)>)>,
    pub expect: Vec<Expectation>,
    /// Of the list behind `expect:`.
    pub expect_at: Span,
    pub span: Span,
}

/// An entry of `events`: an event, or only the clock moving on.
#[derive(Debug)]
pub struct ScenarioEntry {
    pub at: Option<Spanned<jiff::Timestamp>>,
    /// From the entry above it.
    pub after: Option<Duration>,
    /// Its time is written, whether or not it could be read.
    pub timed: bool,
    pub event: Option<(EventRef, Content)>,
    pub subject: Option<Spanned<String>>,
    pub id: Option<Spanned<String>>,
    /// Handled then, later than its own time.
    pub arrives: Option<Spanned<jiff::Timestamp>>,
    pub traveler: Option<Name>,
    pub span: Span,
}

/// An entry of `expect`.
#[derive(Debug)]
pub struct Expectation {
    /// `not:` nowhere in the run.
    pub not: bool,
    /// `times:` exactly so often in the run.
    pub times: Option<Spanned<u32>>,
    pub expected: Expected,
    /// The template, action, event, milestone, …; for `end` the outcome.
    pub name: EventRef,
    pub with: Vec<(Name, Content)>,
    pub at: Option<Spanned<jiff::Timestamp>>,
    pub value: Option<Content>,
    pub reason: Option<Spanned<String>>,
    pub traveler: Option<Spanned<String>>,
    pub span: Span,
}

/// What can be expected: the key of the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Send,
    Call,
    Emit,
    Milestone,
    Rule,
    Branch,
    Variable,
    Segment,
    Persona,
    End,
    Suppressed,
    Deferred,
    Rejected,
    Duplicate,
}

impl Expected {
    pub const ALL: [Self; 14] = [
        Self::Send,
        Self::Call,
        Self::Emit,
        Self::Milestone,
        Self::Rule,
        Self::Branch,
        Self::Variable,
        Self::Segment,
        Self::Persona,
        Self::End,
        Self::Suppressed,
        Self::Deferred,
        Self::Rejected,
        Self::Duplicate,
    ];

    /// The key that says it.
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Call => "call",
            Self::Emit => "emit",
            Self::Milestone => "milestone",
            Self::Rule => "rule",
            Self::Branch => "branch",
            Self::Variable => "variable",
            Self::Segment => "segment",
            Self::Persona => "persona",
            Self::End => "end",
            Self::Suppressed => "suppressed",
            Self::Deferred => "deferred",
            Self::Rejected => "rejected",
            Self::Duplicate => "duplicate",
        }
    }
}
