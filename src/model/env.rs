//! The environment of an expression: which names it may begin with at its place, and their slots.
//!
//! Every environment has the same roots in the same order, so that a slot means the same
//! everywhere; what cannot be read at a place is bound to the reason why.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use smallvec::SmallVec;

use super::roots::{Shared, TRIGGER_TYPE};
use super::vocabulary::{ActionId, EventId, JourneyId, TemplateId, TravelerId, Vocabulary};
use crate::cel::{Absent, Binding, Env, Given, ObjectType, Root, Type};

/// The slots of the roots.
pub mod slot {
    pub const EVENT: u16 = 0;
    /// Fields in the order of [`super::TRIGGER`].
    pub const TRIGGER: u16 = 1;
    /// The fields of `TravelerHead`, then `persona`, then `consents`.
    pub const TRAVELER: u16 = 2;
    /// A bool per segment of the vocabulary.
    pub const SEGMENT: u16 = 3;
    /// An object with `active` per journey of the vocabulary.
    pub const JOURNEY: u16 = 4;
    pub const VARS: u16 = 5;
    /// Fields in the order of [`super::SESSION`]; in KPIs those of [`super::ENDED_SESSION`] follow.
    pub const SESSION: u16 = 6;
    pub const NOW: u16 = 7;
    pub const PARAMS: u16 = 8;
    pub const ENV: u16 = 9;
    pub const RETURNED: u16 = 10;
    /// The outputs of a model per model of the vocabulary.
    pub const MODELS: u16 = 11;
    pub const NAMES: [&str; 12] = [
        "event", "trigger", "traveler", "segment", "journey", "vars", "session", "now", "params",
        "env", "returned", "models",
    ];
}

/// The fields of `trigger`, in the order of their slots.
pub const TRIGGER: [&str; 5] = ["id", "type", "source", "time", "subject"];
/// The fields of `session`, in the order of their slots.
pub const SESSION: [&str; 5] = ["milestone", "started_at", "entered_at", "number", "key"];
/// What follows in KPIs.
pub const ENDED_SESSION: [&str; 3] = ["outcome", "ended_at", "entered"];

/// The events one of which is being handled: rarely more than a few.
pub type Events = SmallVec<[EventId; 4]>;

/// What can be read at a place. What is not said cannot be read, for the reason given.
#[derive(Clone, Debug)]
pub struct Place {
    pub traveler: Option<TravelerId>,
    /// One of these is being handled.
    pub event: Here<Events>,
    pub vars: Here<Arc<ObjectType>>,
    pub session: Here<(JourneyId, SessionView)>,
    pub now: Here<()>,
    pub params: Here<TemplateId>,
    pub env: Here<()>,
    pub returned: Here<ActionId>,
    pub models: Here<()>,
}

#[derive(Clone, Debug)]
pub enum Here<T> {
    Is(T),
    Not(Arc<Absent>),
}

/// What an expression belongs to where there is no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Segment,
    Persona,
    Trait,
    Channel,
    Template,
}

/// Why a declaration cannot read what only a session has.
struct Without {
    vars: Here<Arc<ObjectType>>,
    session: Here<(JourneyId, SessionView)>,
}

impl Without {
    fn new(what: &str, help: &'static str) -> Self {
        Self {
            vars: Here::not(
                format!("`vars` is not available here: {what} has no session"),
                help,
            ),
            session: Here::not(
                format!("`session` is not available here: {what} has no session"),
                help,
            ),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionView {
    Running,
    /// In KPIs.
    Ended,
}

impl<T> Here<T> {
    /// Not here, with a message as of a diagnostic and what to do instead.
    pub fn not(message: impl Into<Cow<'static, str>>, help: impl Into<Cow<'static, str>>) -> Self {
        Self::Not(Arc::new(Absent {
            message: message.into(),
            help: help.into(),
            because: None,
        }))
    }

    fn is_as(&self, other: &Self, same: impl FnOnce(&T, &T) -> bool) -> bool {
        match (self, other) {
            (Self::Is(one), Self::Is(other)) => same(one, other),
            (Self::Not(one), Self::Not(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    pub fn map_ref<U>(&self, f: impl FnOnce(&T) -> U) -> Here<U> {
        match self {
            Self::Is(value) => Here::Is(f(value)),
            Self::Not(absent) => Here::Not(absent.clone()),
        }
    }
}

impl Place {
    /// A place where only the traveler can be read: a segment, a persona.
    pub fn of_traveler(traveler: Option<TravelerId>) -> Self {
        /// Made once: every declaration begins with it.
        static BARE: LazyLock<Place> = LazyLock::new(Place::bare);
        Self {
            traveler,
            ..BARE.clone()
        }
    }

    /// The same where a declaration stands for itself, outside all sessions: who looks for one is
    /// told what it is that has none.
    pub fn of_declaration(what: Standing, traveler: Option<TravelerId>) -> Self {
        static REASONS: LazyLock<[Without; 5]> = LazyLock::new(|| {
            [
                Without::new("a segment", "use the profile or a trait"),
                Without::new("a persona", "use the profile or a trait"),
                Without::new("a trait", "use the event, or the profile"),
                Without::new("a channel", "use the profile or a trait"),
                Without::new("a template", "add a parameter, and give it under `with`"),
            ]
        });
        let reasons = &REASONS[what as usize];
        Self {
            vars: reasons.vars.clone(),
            session: reasons.session.clone(),
            ..Self::of_traveler(traveler)
        }
    }

    fn bare() -> Self {
        Self {
            traveler: None,
            event: Here::not(
                "`event` is not available here: no event is being handled",
                "use a trait or the profile",
            ),
            vars: Here::not(
                "`vars` is not available here: there is no session",
                "use the profile or a trait",
            ),
            session: Here::not(
                "`session` is not available here: there is no session",
                "use the profile or a trait",
            ),
            now: Here::not(
                "`now` is not available here: this is evaluated only when the traveler changes",
                "use a trait with `within`",
            ),
            params: Here::not("`params` is only in a template", "write the value itself"),
            env: Here::not(
                "`env` is only in a connection's `config`",
                "move it to the connection",
            ),
            returned: Here::not(
                "`returned` is only in the `set` of a `call`",
                "save what you need with that `set`",
            ),
            models: Here::Is(()),
        }
    }

    /// Whether it is about travelers of the same type, in sessions with the same variables.
    pub fn is_of_same(&self, other: &Self) -> bool {
        let vars = match (&self.vars, &other.vars) {
            (Here::Is(one), Here::Is(other)) => Arc::ptr_eq(one, other),
            (Here::Not(_), Here::Not(_)) => true,
            _ => false,
        };
        vars && self.traveler == other.traveler
    }

    /// Whether the same can be read at another place, for the same reasons: where that is found out
    /// without looking into them.
    pub fn is_as(&self, other: &Self) -> bool {
        self.traveler == other.traveler
            && self.event.is_as(&other.event, PartialEq::eq)
            && self.vars.is_as(&other.vars, Arc::ptr_eq)
            && self.session.is_as(&other.session, PartialEq::eq)
            && self.now.is_as(&other.now, PartialEq::eq)
            && self.params.is_as(&other.params, PartialEq::eq)
            && self.env.is_as(&other.env, PartialEq::eq)
            && self.returned.is_as(&other.returned, PartialEq::eq)
            && self.models.is_as(&other.models, PartialEq::eq)
    }

    pub fn env(&self, vocabulary: &Vocabulary) -> Env {
        let shared = Shared::of(vocabulary);
        let readable = shared.readable(self.traveler);
        let types = [
            self.event
                .map_ref(|events| match vocabulary.common_payload(events) {
                    Some(payload) => Type::Object(payload),
                    None => Type::Error,
                }),
            self.event.map_ref(|_| TRIGGER_TYPE.clone()),
            Here::Is(readable.traveler.clone()),
            Here::Is(readable.segment.clone()),
            Here::Is(readable.journey.clone()),
            self.vars
                .map_ref(|variables| Type::Object(variables.clone())),
            self.session
                .map_ref(|(journey, view)| shared.session(vocabulary, *journey, *view)),
            self.now.map_ref(|()| Type::Timestamp),
            self.params
                .map_ref(|id| Type::Object(vocabulary.template(*id).params.clone())),
            self.env.map_ref(|()| Type::map(Type::String)),
            self.returned
                .map_ref(|id| Type::Object(vocabulary.action(*id).returns.clone())),
            self.models.map_ref(|()| readable.models.clone()),
        ];
        let roots = NAMES.iter().zip(types).map(|(name, ty)| Root {
            name: name.clone(),
            binding: match ty {
                Here::Is(ty) => Binding::Value(ty),
                Here::Not(absent) => Binding::Absent(absent),
            },
        });
        Env {
            roots: roots.collect(),
            lenient: false,
            plain: true,
            given: Given::default(),
        }
    }
}

static NAMES: LazyLock<[Arc<str>; slot::NAMES.len()]> =
    LazyLock::new(|| slot::NAMES.map(Arc::from));
