//! Declarations as written: what the YAML says, with a place for everything and no names resolved.
//!
//! One file per kind of thing. A part that could not be read is left out or marked; the reader has
//! reported it.

mod connection;
mod contact;
mod delivery;
mod expr;
mod journey;
mod kpi;
mod log;
mod manifest;
mod predictive;
mod scenario;
mod step;
mod traveler;
mod trigger;
mod types;

pub use connection::{Action, Connection, Entity, EntityMap, Event};
pub use contact::{
    Cap, Channel, Overflow, Persona, Quiet, Segment, SegmentKind, Template, Variables,
};
pub use delivery::{Delivery, Environment, Rate, Replaced, Retry, Sink};
pub use expr::{Content, ContentKind, Expr, Part, TextExpr, object};
pub use journey::{
    EventKey, Journey, Lifecycle, Milestone, Notes, Promise, Reentry, ReentryAfter, Rule, Scope,
    SessionKey, Status, Valence, WhileActive,
};
pub use kpi::{Kpi, Measure};
pub use log::{Log, LogEvent, LogField, LogFormat, LogRows, LogSource, LogTime};
pub use manifest::{Level, LevelSetting, Manifest};
pub use predictive::{Model, ModelInput, ModelOutput};
pub use scenario::{Expectation, Expected, Scenario, ScenarioEntry};
pub use step::{
    Alternative, Arm, Assign, Branch, Choice, Offer, SplitBy, Step, StepKind, TimeOfDay, Wait,
    WaitKind, step_ids,
};
pub use traveler::{Aggregate, Trait, TraitSource, Traveler};
pub use trigger::{EventRef, On, Trigger, TriggerKind};
pub use types::{Default, FieldDecl, Normalize, ScalarType, TypeDecl, TypeExpr, TypeKind};

use std::sync::Arc;

use jiff::SignedDuration;

use crate::source::Span;

/// A name as written, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub text: Arc<str>,
    pub span: Span,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Anything with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

/// A duration as data: `90s`, `1h30m`, `2w`.
pub type Duration = Spanned<SignedDuration>;

/// One document. Each declaration's `name` is the value of its first key.
#[derive(Debug)]
pub enum Declaration {
    Traveler(Traveler),
    Connection(Connection),
    Channel(Channel),
    Template(Template),
    Segment(Segment),
    Persona(Persona),
    Variables(Variables),
    Journey(Box<Journey>),
    Rule(Rule),
    Kpi(Kpi),
    Model(Model),
    Test(Scenario),
    /// Its kind and name could be read, but not what follows: names that refer to it are not
    /// reported, nothing in it is checked further.
    Broken(Kind, Name),
}

impl Declaration {
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Traveler(_) => Kind::Traveler,
            Self::Connection(_) => Kind::Connection,
            Self::Channel(_) => Kind::Channel,
            Self::Template(_) => Kind::Template,
            Self::Segment(_) => Kind::Segment,
            Self::Persona(_) => Kind::Persona,
            Self::Variables(_) => Kind::Variables,
            Self::Journey(_) => Kind::Journey,
            Self::Rule(_) => Kind::Rule,
            Self::Kpi(_) => Kind::Kpi,
            Self::Model(_) => Kind::Model,
            Self::Test(_) => Kind::Test,
            Self::Broken(kind, _) => *kind,
        }
    }
}

/// The kinds of declarations, by the first key of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Traveler,
    Connection,
    Segment,
    Persona,
    Channel,
    Journey,
    Rule,
    Variables,
    Template,
    Kpi,
    Model,
    Test,
}

impl Kind {
    pub const ALL: [Self; 12] = [
        Self::Traveler,
        Self::Connection,
        Self::Segment,
        Self::Persona,
        Self::Channel,
        Self::Journey,
        Self::Rule,
        Self::Variables,
        Self::Template,
        Self::Kpi,
        Self::Model,
        Self::Test,
    ];

    /// The key that opens a document of this kind.
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Traveler => "traveler",
            Self::Connection => "connection",
            Self::Segment => "segment",
            Self::Persona => "persona",
            Self::Channel => "channel",
            Self::Journey => "journey",
            Self::Rule => "rule",
            Self::Variables => "variables",
            Self::Template => "template",
            Self::Kpi => "kpi",
            Self::Model => "model",
            Self::Test => "test",
        }
    }
}

/// A workspace as written: its manifest and all declarations, in the order of files and places.
#[derive(Debug, std::default::Default)]
pub struct Workspace {
    pub manifest: Manifest,
    pub declarations: Vec<Declaration>,
    /// The standard connections that some `uses:` names, as declared in the binary, by name:
    /// `("std/slack", …)`.
    pub standard: Vec<(Arc<str>, Arc<Connection>)>,
}
