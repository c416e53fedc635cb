//! What is remembered of travelers between events. Plain data; what happens to it is elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::directory::Directory;
use super::handled::Handled;
use super::linked::{Happening, TravelerType};
use super::moment::Moment;
use super::resident::Changed;
use super::small::SmallMap;
use super::traits::TraitState;
use super::why::Listening;
use crate::cel::{Text, Value};
use crate::model::{EventId, JourneyId, TravelerId};

/// All travelers, who is who, and the ids of events that were handled.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// By number, in the order of their first events; none where one was joined to another.
    pub(super) travelers: Vec<Option<Box<Traveler>>>,
    pub(super) directory: Directory,
    pub(super) handled: Handled,
    /// When each traveler's next timer is due.
    pub(super) due: BTreeSet<(Timestamp, u32)>,
    /// Key of an action → the traveler whose steps wait for the answer.
    pub(super) asked: BTreeMap<Arc<str>, u32>,
    /// How many inputs came so far that say of someone that they are there.
    pub(super) inputs: u64,
    /// How calls are answered and splits are decided, where that is given.
    pub options: Options,
    /// What changed since a driver last asked, where one does.
    pub(super) watch: Option<Box<Changed>>,
}

/// What a scenario decides, and the world otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// `CONNECTION.ACTION` → what it answers, at once.
    pub replies: BTreeMap<Arc<str>, serde_json::Value>,
    /// Split → the arm that everyone takes.
    pub arms: BTreeMap<Arc<str>, Arc<str>>,
    /// Model and output → what it answers, whatever it is given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub models: BTreeMap<Arc<str>, BTreeMap<Arc<str>, serde_json::Value>>,
    /// Of whom the reasons are told, among the records.
    #[serde(skip)]
    pub listening: Listening,
    /// Answers come later, by [`super::Engine::reply`]: a call without one keeps waiting.
    pub answers_later: bool,
}

impl State {
    /// How many travelers are known.
    pub fn len(&self) -> usize {
        self.travelers.iter().flatten().count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of the next input among all of them, in the order of handling.
    pub(super) fn next_input(&mut self) -> u64 {
        self.inputs += 1;
        self.inputs
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Traveler {
    pub number: u32,
    pub ty: TravelerId,
    /// The identity that was known first: with the first of its values that led here it is the
    /// permanent id.
    pub named: u16,
    pub clock: Moment,
    /// The place among all inputs of the last one that was this traveler's.
    pub active: u64,
    /// The last number that was given to anything of this traveler: sessions, steps, timers and
    /// actions. They are the traveler's own, so that nothing of others shows in them.
    pub made: u64,
    /// What was written; a default is not.
    pub profile: Box<[Option<Value>]>,
    pub consents: Box<[Option<bool>]>,
    /// Every value that leads here, in the order in which they were learned.
    pub leads: SmallVec<[(u16, Text); 1]>,
    pub traits: Box<[TraitState]>,
    /// By segment of the vocabulary.
    pub segments: Box<[bool]>,
    /// Among the personas of the type.
    pub persona: Option<u16>,
    /// Running, in the order of their start; and those that ended with what is being handled.
    pub sessions: Vec<Session>,
    /// By journey and key, as text.
    pub past: SmallMap<(u32, Option<Box<str>>), Past>,
    pub timers: SmallMap<TimerKey, Timer>,
    /// How many timers have fired at the time of the clock.
    pub fired: u32,
    pub rare: Rare,
}

/// What few travelers have: none, or all of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Rare(Option<Box<RareParts>>);

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RareParts {
    /// Deferred actions, in the order in which they were made.
    pub outbox: Vec<Deferred>,
    /// Channel → when what caps count went out, sorted.
    pub sent: SmallMap<Arc<str>, Vec<Timestamp>>,
    /// Starts that are only a condition, and were true when looked at: journey, trigger.
    pub starts: SmallMap<(u32, u16), ()>,
    /// Timers of paused journeys that were due.
    pub held: Vec<(TimerKey, Timer)>,
    /// By journey that the plan does not have any more: it may come back with another.
    pub former: SmallMap<Arc<str>, Former>,
    /// The permanent id, where the plan does not have the identity any more that was known first.
    pub id: Option<Text>,
}

/// What is remembered of a journey: by key, as text.
pub(super) type Former = SmallMap<Option<Box<str>>, Past>;

impl Traveler {
    /// `IDENTITY:VALUE` of the identity that was known first. Never changes.
    pub(super) fn id(&self, ty: &TravelerType) -> String {
        if let Some(id) = self.rare.get().and_then(|rare| rare.id.as_ref()) {
            return id.to_string();
        }
        let first = self.leads.iter().find(|lead| lead.0 == self.named);
        first.map_or_else(String::new, |(identity, text)| {
            let field = ty.identities[usize::from(*identity)];
            format!("{}:{text}", ty.profile[field].name)
        })
    }

    /// A number for something new.
    pub(super) fn next_number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }
}

impl Rare {
    pub(super) fn get(&self) -> Option<&RareParts> {
        self.0.as_deref()
    }

    pub(super) fn get_mut(&mut self) -> Option<&mut RareParts> {
        self.0.as_deref_mut()
    }

    pub(super) fn into_parts(self) -> Option<RareParts> {
        self.0.map(|parts| *parts)
    }

    /// All of it, made if there was nothing.
    pub(super) fn make(&mut self) -> &mut RareParts {
        self.0.get_or_insert_default()
    }
}

/// What is remembered of sessions that are over, and of those that run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Past {
    /// How many there have been.
    pub count: u32,
    pub started: Moment,
    pub ended: Option<Moment>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Session {
    pub sid: u64,
    pub journey: u32,
    pub number: u64,
    /// None where the journey has no keys.
    pub key: Option<Box<SessionKey>>,
    /// The permanent id of the traveler who started it, where that is another one.
    pub origin: Option<Box<Text>>,
    pub started_at: Moment,
    pub milestone: u16,
    pub entered_at: Moment,
    /// How often a milestone was entered.
    pub entry: u32,
    /// When each milestone was entered first.
    pub entered: SmallMap<u16, Moment>,
    pub vars: Box<[Value]>,
    pub strands: Vec<Strand>,
    /// Step path → how often it was done.
    pub occurrences: SmallMap<Arc<str>, u32>,
    /// Conditions that were true when looked at.
    pub truths: SmallMap<Place, ()>,
    /// It is over, and forgotten when what is being handled is done.
    pub ended: bool,
}

/// What tells sessions of one journey apart.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionKey {
    pub value: Value,
    pub text: Text,
}

impl Session {
    /// The key as text; empty where the journey has none.
    pub(super) fn key_text(&self) -> &str {
        self.key.as_ref().map_or("", |key| &key.text)
    }

    /// The strands that wait for one of several things, and where each is.
    pub(super) fn waiting_on(&self) -> Vec<(u64, CodeRef, u32)> {
        let waiting = self.strands.iter().filter(|it| it.waiting == Waiting::On);
        waiting.map(|it| (it.id, it.code, it.ip)).collect()
    }

    /// What of the past of its journey, as it is counted, it belongs to.
    pub(super) fn past(&self, family: JourneyId) -> (u32, Option<Box<str>>) {
        let key = self.key.as_ref().map(|key| key.text.as_str().into());
        (family.0, key)
    }
}

/// A trigger of a journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Place {
    Rule(u16),
    MilestoneRule(u16, u16),
    End(u16),
    Enter(u16, u16),
}

/// The steps of a journey that a strand is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum CodeRef {
    Milestone(u16),
    Rule(u16),
    MilestoneRule(u16, u16),
}

/// How long steps go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Reach {
    /// Until the session ends.
    Session,
    /// Until the milestone is left that was entered as the so-manieth.
    Entry(u32),
    /// Of a deferred action: its own steps ended the session.
    Free,
}

/// Steps on their way.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Strand {
    pub id: u64,
    pub code: CodeRef,
    pub ip: u32,
    pub frame: Option<Arc<Frame>>,
    pub reach: Reach,
    /// The strand at the top, of those that `parallel` made.
    pub root: u64,
    /// What these steps and the milestones that they went to have in common.
    pub line: u64,
    /// The strand that waits until this one is done.
    pub parent: Option<u64>,
    pub waiting: Waiting,
    /// The key of the action whose answer it waits for.
    pub asked: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Waiting {
    /// It is being run.
    Not,
    /// For a time.
    Time,
    /// For one of several triggers.
    On,
    /// For so many strands.
    Join(u32),
    /// For a deferred action to be out or suppressed.
    Out(u64),
    /// For an answer to the action with this number.
    Answer(u64),
}

/// An event that is being handled, or was when a strand began to wait.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Frame {
    pub event: EventId,
    pub payload: Value,
    pub id: Text,
    pub source: Text,
    pub time: Timestamp,
    pub subject: Option<Text>,
}

impl Frame {
    /// The place of one.
    pub(super) fn empty() -> Self {
        Self {
            event: EventId(0),
            payload: Value::Null,
            id: Text::default(),
            source: Text::default(),
            time: Timestamp::UNIX_EPOCH,
            subject: None,
        }
    }
}

/// The order of timers: by time, windows of traits first, then as they were made: of two travelers
/// that were joined, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct TimerKey {
    pub due: Timestamp,
    pub class: u8,
    pub made: Timestamp,
    pub number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Timer {
    pub what: TimerKind,
    /// The session that it ends with.
    pub session: Option<u64>,
    /// The entry of a milestone that it ends with.
    pub entry: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum TimerKind {
    /// A value leaves the window of a trait.
    Window(u16),
    /// A scheduled start: journey, trigger.
    Start(u32, u16),
    Trigger(Place),
    /// A strand's time has come, or its time-out.
    Wait(u64),
    /// A trigger by time, of a strand that waits for one of several.
    Alternative(u64, u16),
    Promise(u16),
    Deferred(u64),
}

/// An action that waits for a better time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deferred {
    pub number: u64,
    pub action: Pending,
    pub reach: Reach,
    pub line: u64,
    /// Since when a paused journey holds it.
    pub held: Option<Timestamp>,
}

/// An action on its way out, with all that it needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pending {
    pub delivery: usize,
    pub with: Value,
    pub transactional: bool,
    pub key: Arc<str>,
    pub journey: u32,
    pub sid: u64,
    pub number: u64,
    /// The permanent id of the traveler whose session it is of, where that is another one.
    pub origin: Option<Box<Text>>,
    #[serde(with = "super::pack::json")]
    pub session_key: Option<serde_json::Value>,
    pub at: Arc<str>,
}

/// Something that was set off, waiting for its turn.
#[derive(Clone, Debug)]
pub(super) enum Occurrence {
    Happened {
        what: Happening,
        /// The session that it is about, where triggers of others must not see it.
        session: Option<u64>,
        frame: Option<Arc<Frame>>,
        /// An emitted event writes the profile too.
        emitted: bool,
    },
    /// A trigger that is only a condition turned true.
    Turned {
        session: u64,
        entry: u32,
        place: Place,
    },
    WaitTurned {
        session: u64,
        strand: u64,
        alternative: u16,
    },
    StartTurned {
        journey: u32,
        trigger: u16,
    },
}
