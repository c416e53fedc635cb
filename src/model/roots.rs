//! The types of the roots that an environment binds: `trigger`, `traveler`, `segment`, `journey`,
//! `models` and `session`, made from the vocabulary.

use std::sync::{LazyLock, OnceLock};

use super::env::{ENDED_SESSION, SESSION, SessionView, TRIGGER};
use super::vocabulary::{JourneyId, TravelerId, Vocabulary};
use crate::cel::{Field, Type};

/// The types that all expressions about one type of traveler share: as large as the workspace, so
/// they are made once and not for each expression.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    /// By traveler; last where none is known.
    by_traveler: Vec<Readable>,
    /// By journey: of running sessions, and in KPIs.
    sessions: Vec<[OnceLock<Type>; 2]>,
}

#[derive(Clone, Debug)]
pub(super) struct Readable {
    pub traveler: Type,
    pub segment: Type,
    pub journey: Type,
    pub models: Type,
}

impl Shared {
    pub(super) fn of(vocabulary: &Vocabulary) -> &Self {
        vocabulary.shared.get_or_init(|| {
            let travelers = (0..vocabulary.travelers.len() as u32).map(|id| Some(TravelerId(id)));
            let readable = |traveler: Option<TravelerId>| Readable {
                traveler: traveler.map_or(Type::Error, |id| traveler_type(vocabulary, id)),
                segment: segment_type(vocabulary, traveler),
                journey: journey_type(vocabulary, traveler),
                models: models_type(vocabulary, traveler),
            };
            Self {
                by_traveler: travelers.chain([None]).map(readable).collect(),
                sessions: vec![Default::default(); vocabulary.journeys.len()],
            }
        })
    }

    /// The key of a journey's sessions has been found out: what is said of `session` is made anew.
    pub(super) fn forget_session(&mut self, journey: JourneyId) {
        self.sessions[journey.index()] = Default::default();
    }

    /// The type of `session`.
    pub(super) fn session(
        &self,
        vocabulary: &Vocabulary,
        journey: JourneyId,
        view: SessionView,
    ) -> Type {
        let slot = match view {
            SessionView::Running => 0,
            SessionView::Ended => 1,
        };
        let made = &self.sessions[journey.index()][slot];
        made.get_or_init(|| session_type(vocabulary, journey, view))
            .clone()
    }

    pub(super) fn readable(&self, traveler: Option<TravelerId>) -> &Readable {
        let last = self.by_traveler.len() - 1;
        &self.by_traveler[traveler.map_or(last, TravelerId::index)]
    }
}

fn field(name: &str, ty: Type) -> Field {
    Field {
        name: name.into(),
        ty,
        declared: None,
        default: None,
        least: None,
    }
}

pub(super) static TRIGGER_TYPE: LazyLock<Type> = LazyLock::new(trigger_type);

fn trigger_type() -> Type {
    let types = [
        Type::String,
        Type::String,
        Type::String,
        Type::Timestamp,
        Type::String.nullable(),
    ];
    Type::object(
        "trigger",
        TRIGGER
            .iter()
            .zip(types)
            .map(|(name, ty)| field(name, ty))
            .collect(),
    )
}

fn traveler_type(vocabulary: &Vocabulary, id: TravelerId) -> Type {
    let head = vocabulary.traveler(id);
    let mut fields = head.fields.clone();
    // Without personas there is no word that it could be, but still a text.
    let persona = if head.personas.is_empty() {
        Type::String
    } else {
        Type::enumeration(head.personas.iter().cloned())
    };
    fields.push(field("persona", persona.nullable()));
    let consents = head
        .consents
        .iter()
        .map(|name| field(name, Type::Bool))
        .collect();
    fields.push(field(
        "consents",
        Type::object("traveler.consents", consents),
    ));
    Type::object("traveler", fields)
}

/// All segments keep their slots; those of another traveler type cannot be read.
fn segment_type(vocabulary: &Vocabulary, traveler: Option<TravelerId>) -> Type {
    let bool_or_error = |same: bool| if same { Type::Bool } else { Type::Error };
    let fields = vocabulary
        .segments
        .iter()
        .map(|head| field(&head.name, bool_or_error(head.traveler == traveler)))
        .collect();
    Type::object("segment", fields)
}

fn journey_type(vocabulary: &Vocabulary, traveler: Option<TravelerId>) -> Type {
    let active = Type::object("journey", vec![field("active", Type::Bool)]);
    let fields = vocabulary
        .journeys
        .iter()
        .map(|head| {
            field(
                &head.name,
                if head.traveler == traveler {
                    active.clone()
                } else {
                    Type::Error
                },
            )
        })
        .collect();
    Type::object("journey", fields)
}

/// All models keep their slots, as segments do.
fn models_type(vocabulary: &Vocabulary, traveler: Option<TravelerId>) -> Type {
    let of = |head: &super::ModelHead| {
        if head.traveler == traveler {
            Type::Object(head.outputs.clone())
        } else {
            Type::Error
        }
    };
    let fields = vocabulary.models.iter();
    Type::object(
        "models",
        fields.map(|head| field(&head.name, of(head))).collect(),
    )
}

fn session_type(vocabulary: &Vocabulary, journey: JourneyId, view: SessionView) -> Type {
    let head = vocabulary.journey(journey);
    let key = head.key.clone().unwrap_or(Type::Null);
    let milestone = Type::enumeration(head.milestones.iter().cloned());
    let types = [milestone, Type::Timestamp, Type::Timestamp, Type::Int, key];
    let mut fields: Vec<_> = SESSION
        .iter()
        .zip(types)
        .map(|(name, ty)| field(name, ty))
        .collect();
    if let Some(number) = fields.iter_mut().find(|field| &*field.name == "number") {
        number.least = Some(1);
    }
    if view == SessionView::Ended {
        let entered = head
            .milestones
            .iter()
            .map(|milestone| field(milestone, Type::Timestamp.nullable()))
            .collect();
        let types = [
            Type::String,
            Type::Timestamp,
            Type::object("session.entered", entered),
        ];
        fields.extend(
            ENDED_SESSION
                .iter()
                .zip(types)
                .map(|(name, ty)| field(name, ty)),
        );
    }
    Type::object("session", fields)
}
