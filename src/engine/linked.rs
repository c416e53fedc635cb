//! The linked plan: what [`super::link`] makes of a model once, and everything else only reads.
//!
//! Names are indexes here: profile fields, traits, consents, variables and milestones count in the
//! order of their declaration, events, journeys and segments as in the vocabulary.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::handled::Passing;
use super::state::Place;
use crate::cel::{ObjectType, Program, Type, Value};
use crate::model::Cron;
use crate::model::{
    Aggregate, At, EventId, JourneyId, Normalize, Overflow, Reentry, SegmentId, Status, TravelerId,
    Vocabulary, WhileActive,
};

/// A model, ready to run. Immutable, shared between threads.
#[derive(Debug)]
pub struct Engine {
    pub(super) vocabulary: Vocabulary,
    /// Where no other zone is valid.
    pub(super) zone: TimeZone,
    pub(super) zone_name: Arc<str>,
    pub(super) dedupe: SignedDuration,
    pub(super) travelers: Vec<TravelerType>,
    pub(super) events: Vec<EventType>,
    /// `CloudEvents` type → the events that have it, by name.
    pub(super) by_cloud_type: BTreeMap<Arc<str>, Vec<EventId>>,
    pub(super) segments: Vec<SegmentType>,
    pub(super) journeys: Vec<JourneyType>,
    /// Predictive models, in the order of the vocabulary.
    pub(super) models: Vec<super::predict::PredictiveType>,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) channels: Vec<Channel>,
    /// The type of `trigger`.
    pub(super) trigger: Arc<ObjectType>,
    /// What of events somebody reads.
    pub(super) keeps: Keeps,
    pub(super) nothing_changed: Arc<str>,
    /// A text where nobody reads it.
    pub(super) nothing: Arc<str>,
    /// Tells events apart in runs whose states nobody keeps.
    pub(super) passing: Passing,
    /// Tells states of other plans from those of this one.
    pub(super) fingerprint: u64,
}

/// What of events the plan reads; a trace shows more.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing of an event"
)]
#[derive(Clone, Debug, Default)]
pub(super) struct Keeps {
    pub id: bool,
    pub source: bool,
    pub subject: bool,
    /// Payloads as a whole.
    pub payload: bool,
    /// Fields of payloads, of whatever event.
    pub fields: BTreeSet<Arc<str>>,
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub program: Arc<Program>,
    pub text: Arc<str>,
    /// What a trace calls it where it fails.
    pub name: Arc<str>,
    pub at: At,
    /// Where several events may be handled: the fields that they share, as `event` has them.
    pub common: Option<Arc<ObjectType>>,
}

impl Expr {
    /// The literal `null`: empties, where an absent value writes nothing.
    pub(super) fn is_null_literal(&self) -> bool {
        self.program.constant().is_some_and(Value::is_null)
    }
}

#[derive(Debug)]
pub(super) struct TravelerType {
    pub name: Arc<str>,
    /// The identity that is never the same for two.
    pub key: u16,
    /// The profile field of each identity.
    pub identities: Vec<usize>,
    pub profile: Vec<ProfileField>,
    pub consents: Vec<Arc<str>>,
    pub traits: Vec<TraitType>,
    /// In the order in which they change.
    pub segments: Vec<SegmentId>,
    /// The one to take first, first.
    pub personas: Vec<PersonaType>,
    /// By priority, then by name.
    pub journeys: Vec<JourneyId>,
    /// The types of `traveler`, its `consents`, `segment` and `journey`.
    pub object: Arc<ObjectType>,
    pub consents_object: Arc<ObjectType>,
    pub segment_object: Arc<ObjectType>,
    pub journey_object: Arc<ObjectType>,
    pub at: At,
}

#[derive(Debug)]
pub(super) struct ProfileField {
    pub name: Arc<str>,
    pub ty: Type,
    pub default: Value,
    pub normalize: Option<Normalize>,
    pub identity: Option<u16>,
}

#[derive(Debug)]
pub(super) struct TraitType {
    pub ty: Type,
    /// The type of an entry.
    pub element: Type,
    pub aggregate: Aggregate,
    pub source: Source,
    /// Slots below the payload or the parameters.
    pub path: Vec<usize>,
    pub within: Option<SignedDuration>,
    pub keep: Option<usize>,
    pub when: Option<Expr>,
}

/// What a trait looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Event(EventId),
    Send(Arc<str>),
    Call(Arc<str>),
}

#[derive(Debug)]
pub(super) struct SegmentType {
    pub name: Arc<str>,
    pub rule: SegmentRule,
    pub reads: Reads,
    pub at: At,
}

#[derive(Debug)]
pub(super) enum SegmentRule {
    When(Expr),
    /// Identity and its values, sorted.
    Members(Vec<(u16, Vec<Arc<str>>)>),
}

#[derive(Debug)]
pub(super) struct PersonaType {
    /// Its value in `traveler.persona`.
    pub name: Arc<str>,
    pub when: Expr,
    pub reads: Reads,
    pub at: At,
}

/// What can change under a segment or persona.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Input {
    /// A slot of `traveler`: profile, then traits, then the persona, then all consents.
    Slot(u16),
    Segment(SegmentId),
    Journey(JourneyId),
    Identities,
}

/// The inputs of a condition, sorted; none: it reads something as a whole, so everything.
#[derive(Clone, Debug)]
pub(super) struct Reads(pub Option<Vec<Input>>);

impl Reads {
    pub(super) fn any_of(&self, changed: &[Input]) -> bool {
        match &self.0 {
            None => !changed.is_empty(),
            Some(inputs) => changed.iter().any(|it| inputs.binary_search(it).is_ok()),
        }
    }
}

#[derive(Debug)]
pub(super) struct EventType {
    pub name: Arc<str>,
    pub cloud_type: Arc<str>,
    pub connection: Arc<str>,
    pub payload: Type,
    pub normalize: Vec<(usize, Normalize)>,
    /// By slot of the payload: whether anything in the plan reads it.
    pub keep: Vec<bool>,
    /// By slot of the payload, what is expected in its text.
    pub written: Vec<Written>,
    /// Whether the names of all fields are written as they are in JSON.
    pub plain: bool,
    /// One per traveler type that it concerns.
    pub identify: Vec<IdentifyType>,
    pub at: At,
}

/// A field of a payload as it is written in JSON.
#[derive(Debug)]
pub(super) struct Written {
    /// Its name, with quotes and a colon.
    pub key: Box<str>,
    /// The words of an enum, with quotes, and what each is as a value.
    pub words: Vec<(Box<str>, Value)>,
}

#[derive(Debug)]
pub(super) struct IdentifyType {
    pub traveler: TravelerId,
    /// Identity ← value.
    pub by: Vec<(u16, Expr)>,
    pub update: Vec<Write>,
}

/// A value for the profile.
#[derive(Clone, Debug)]
pub(super) struct Write {
    pub target: Target,
    pub value: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Field(usize),
    Consent(usize),
}

/// A channel, for one traveler type.
#[derive(Debug)]
pub(super) struct Channel {
    pub name: Arc<str>,
    pub via: Option<Arc<str>>,
    pub address: Option<Expr>,
    pub consent: Option<usize>,
    pub caps: Vec<Cap>,
    pub quiet: Option<Quiet>,
}

#[derive(Debug)]
pub(super) struct Cap {
    pub max: usize,
    pub per: SignedDuration,
    pub then: Overflow,
}

#[derive(Debug)]
pub(super) struct Quiet {
    pub from: Time,
    pub to: Time,
    pub zone: Option<Expr>,
    pub then: Overflow,
}

/// A template or an action, for one traveler type.
#[derive(Debug)]
pub(super) struct Delivery {
    /// Without what tells it from the same template of another plan.
    pub name: Arc<str>,
    pub traveler: TravelerId,
    pub send: bool,
    pub channel: Option<usize>,
    pub transactional: bool,
    pub params: Arc<ObjectType>,
    pub returns: Type,
    pub subject: Option<Vec<Part>>,
    pub body: Option<Vec<Part>>,
    /// Of a template kept from an earlier plan: the parameters that traits look at.
    pub counted: Option<Arc<ObjectType>>,
}

/// A piece of a text.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Literal(Arc<str>),
    /// A string.
    Cel(Expr),
}

/// A value under `with`.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Literal(Value),
    Text(Vec<Part>),
    Value(Expr),
    List(Vec<Content>),
    Object(Arc<ObjectType>, Vec<Content>),
    Map(Vec<(Arc<str>, Content)>),
}

#[derive(Debug)]
pub(super) struct JourneyType {
    /// Without what tells it from the same journey of another plan.
    pub name: Arc<str>,
    /// The journey that its sessions count as: itself, but for one kept from an earlier plan.
    pub family: JourneyId,
    pub status: Status,
    pub key: Option<KeyType>,
    pub vars: Arc<ObjectType>,
    pub defaults: Vec<Value>,
    pub session: Arc<ObjectType>,
    pub start: Vec<Trigger>,
    pub reentry: Reentry,
    pub while_active: WhileActive,
    pub milestones: Vec<MilestoneType>,
    /// Global rules by name, then its own.
    pub rules: Vec<RuleType>,
    pub end: Vec<Trigger>,
    pub index: JourneyIndex,
}

/// What follows from a journey's triggers, worked out once.
#[derive(Debug, Default)]
pub(super) struct JourneyIndex {
    /// By milestone: the triggers in force there, in the order in which they run.
    pub in_force: Vec<Vec<Place>>,
    /// Those of them that are only a condition.
    pub conditions: Vec<Vec<Place>>,
    /// By milestone: those in force there that wait for a time.
    pub by_time: Vec<Vec<Place>>,
    /// The same of those that come into force and go with it.
    pub own_by_time: Vec<Vec<Place>>,
    /// What any trigger of it is told of, sorted.
    pub told: Vec<Told>,
    /// Whether steps wait for a condition.
    pub waits_for_conditions: bool,
    /// Whether anything in it is set off by a condition alone.
    pub looks: bool,
}

/// Something that triggers of a journey are told of.
#[derive(Debug)]
pub(super) struct Told {
    pub what: Happening,
    /// By milestone: those in force there, in the order in which they run.
    pub places: Vec<Vec<Place>>,
}

#[derive(Debug)]
pub(super) struct KeyType {
    /// The events that concern only the session with that key.
    pub by: BTreeMap<EventId, Expr>,
}

#[derive(Debug)]
pub(super) struct MilestoneType {
    pub name: Arc<str>,
    pub enter: Vec<Trigger>,
    pub promise: Option<PromiseType>,
    pub code: Code,
    pub detached: bool,
    pub rules: Vec<RuleType>,
}

#[derive(Debug)]
pub(super) struct PromiseType {
    pub within: SignedDuration,
    pub of: Option<u16>,
    pub at: At,
}

#[derive(Debug)]
pub(super) struct RuleType {
    pub name: Arc<str>,
    pub trigger: Trigger,
    pub code: Code,
}

#[derive(Clone, Debug)]
pub(super) struct Trigger {
    pub on: On,
    pub when: Option<Expr>,
    /// Variable ← value.
    pub set: Vec<(usize, Expr)>,
    /// Of an `enter`: the milestones it may be entered from.
    pub from: Vec<u16>,
    pub outcome: Option<Arc<str>>,
    pub at: At,
}

#[derive(Clone, Debug)]
pub(super) enum On {
    Any(Vec<Happening>),
    After(SignedDuration),
    Every(SignedDuration),
    Schedule { cron: Cron, zone: Option<Expr> },
    Condition,
}

/// What triggers are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Happening {
    Event(EventId),
    Start,
    End,
    /// Of the same journey.
    Milestone(u16),
    SegmentEntered(SegmentId),
    SegmentLeft(SegmentId),
    JourneyStarted(JourneyId),
    JourneyEnded(JourneyId),
}

/// The steps of a `do:`, flat, with jumps.
#[derive(Clone, Debug, Default)]
pub(super) struct Code {
    pub ops: Vec<Op>,
}

#[derive(Clone, Debug)]
pub(super) struct Op {
    pub kind: OpKind,
    /// The step's id, unique in its block.
    pub id: Arc<str>,
    /// The ids from the top of the journey: unique in it, and stable when others change.
    pub path: Arc<str>,
    /// The id in the plan of the step that it was made of, where it is one that can wait.
    pub step: Arc<str>,
    pub at: At,
}

#[derive(Clone, Debug)]
pub(super) enum OpKind {
    WaitFor(SignedDuration),
    WaitAt {
        days: u32,
        at: TimeOfDay,
        zone: Option<Expr>,
    },
    WaitUntil(Expr),
    WaitOn {
        any: Vec<(Trigger, u32)>,
        timeout: Option<SignedDuration>,
        otherwise: u32,
    },
    Send {
        delivery: usize,
        with: Vec<Content>,
        hold: bool,
        transactional: bool,
    },
    Call {
        delivery: usize,
        with: Vec<Content>,
        transactional: bool,
        answer: Option<Answer>,
    },
    Set(Vec<(usize, Expr)>),
    Update(Vec<Write>),
    Emit {
        event: EventId,
        with: Vec<Content>,
    },
    If {
        condition: Expr,
        otherwise: u32,
    },
    Choose {
        arms: Vec<(Option<Expr>, u32)>,
        otherwise: u32,
    },
    Split {
        name: Arc<str>,
        by_session: bool,
        arms: Vec<(Arc<str>, u32, u32)>,
    },
    Decide {
        offers: Vec<(Arc<str>, Option<Expr>, Expr, u32)>,
        fallback: u32,
    },
    /// Starts a strand at each place, and goes on at `join` when all are done.
    Fork {
        branches: Vec<u32>,
        join: u32,
    },
    Jump(u32),
    Goto(u16),
    End(Arc<str>),
    /// The end of a strand.
    Done,
}

/// What a `call` that waits does with the answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub set: Vec<(usize, Expr)>,
    pub timeout: Option<SignedDuration>,
    /// Where it goes on without one.
    pub otherwise: u32,
}

#[derive(Clone, Debug)]
pub(super) enum TimeOfDay {
    Literal(Time),
    Cel(Expr),
}
