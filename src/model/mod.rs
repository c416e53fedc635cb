//! The typed model: what `check` makes of a workspace, `plan` writes down and `engine` runs.
//!
//! Names are kept as text, so that the model reads well as JSON and does not depend on the order
//! of anything; who runs it links them to indexes once. Lists of declarations are sorted by name;
//! milestones, rules, triggers and steps stand in the order of the file.
//!
//! Invariant: everything in a model refers to something in it, every expression is well typed at
//! its place, every default fits its type.

pub mod calendar;
mod contact;
mod cron;
mod delivery;
pub mod env;
pub mod ids;
mod journey;
mod log;
mod log_time;
mod parts;
pub mod predictive;
mod roots;
mod step;
mod traveler;
mod vocabulary;

pub use contact::{Cap, Channel, Overflow, Persona, Quiet, Segment, SegmentKind, Template};
pub use cron::Cron;
pub use delivery::{Delivery, Environment, Rate, Replaced, Retry, Sink};
pub use journey::{
    Journey, Kpi, Measure, Milestone, Promise, Reentry, Rule, SessionKey, Since, Status,
    WhileActive,
};
pub use log::{Log, LogCell, LogEvent, LogField, LogSource};
pub use log_time::{BadPattern, TimeFormat, TimeReader, judge as judge_time_format};
pub use parts::{At, Content, Expr, Field, Normalize, Text, TextPart};
pub use predictive::{ModelInput, ModelOutput, Pick, PredictiveModel};
pub use step::{
    Alternative, Arm, Assign, Choice, Emits, Occurrence, Offer, On, Split, Step, StepKind,
    TimeOfDay, Trigger, Wait,
};
pub use traveler::{Action, Aggregate, Connection, Event, Identify, Trait, TraitSource, Traveler};
pub use vocabulary::{
    ActionId, EventHead, EventId, JourneyHead, JourneyId, ModelHead, ModelId, SegmentHead,
    SegmentId, SignatureHead, TemplateId, TravelerHead, TravelerId, Vocabulary,
};

use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// A whole workspace, checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The manifest's name.
    pub name: Arc<str>,
    /// The fallback zone: an IANA name.
    pub timezone: Arc<str>,
    /// How long event ids are remembered, in event time.
    pub dedupe: SignedDuration,
    pub travelers: Vec<Traveler>,
    pub connections: Vec<Connection>,
    /// By `CONNECTION.EVENT`.
    pub events: Vec<Event>,
    /// By `CONNECTION.ACTION`.
    pub actions: Vec<Action>,
    pub channels: Vec<Channel>,
    pub templates: Vec<Template>,
    pub segments: Vec<Segment>,
    pub personas: Vec<Persona>,
    pub journeys: Vec<Journey>,
    /// Rules outside any journey.
    pub rules: Vec<Rule>,
    pub kpis: Vec<Kpi>,
    /// Predictive models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<PredictiveModel>,
    /// What differs where the plan runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<Environment>,
}
