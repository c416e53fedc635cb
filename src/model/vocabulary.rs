//! What expressions can mention, by name and with types: known before any expression is checked.
//!
//! `resolve` builds it from declarations, `engine` from a model; `env` makes environments from it.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::Model;
use super::env::SessionView;
use super::roots::Shared;
use crate::cel::{Field, ObjectType, Type};

macro_rules! ids {
    ($($(#[$doc:meta])* $id:ident;)*) => {
        $($(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub struct $id(pub u32);

        impl $id {
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        })*
    };
}

ids! {
    TravelerId;
    EventId;
    ActionId;
    TemplateId;
    SegmentId;
    JourneyId;
    ModelId;
}

/// Every list is sorted by name; an id is an index into it.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    pub travelers: Vec<TravelerHead>,
    pub events: Vec<EventHead>,
    /// By `CONNECTION.ACTION`.
    pub actions: Vec<SignatureHead>,
    pub templates: Vec<SignatureHead>,
    pub segments: Vec<SegmentHead>,
    pub journeys: Vec<JourneyHead>,
    /// Predictive models.
    pub models: Vec<ModelHead>,
    /// What `env` makes of the lists, once: after the first environment they keep their names and
    /// types, and only keys are still found out.
    pub(super) shared: OnceLock<Shared>,
}

#[derive(Clone, Debug)]
pub struct TravelerHead {
    pub name: Arc<str>,
    /// How many of the fields below belong to the profile; the traits follow.
    pub profile_len: usize,
    /// The profile's fields in the order of the declaration, then the traits by name.
    pub fields: Vec<Field>,
    pub consents: Vec<Arc<str>>,
    /// By name.
    pub personas: Vec<Arc<str>>,
}

#[derive(Clone, Debug)]
pub struct EventHead {
    /// `CONNECTION.EVENT`.
    pub name: Arc<str>,
    pub payload: Arc<ObjectType>,
}

/// An action or a template: what it takes and, for an action, what it answers.
#[derive(Clone, Debug)]
pub struct SignatureHead {
    pub name: Arc<str>,
    pub params: Arc<ObjectType>,
    pub returns: Arc<ObjectType>,
}

#[derive(Clone, Debug)]
pub struct SegmentHead {
    pub name: Arc<str>,
    pub traveler: Option<TravelerId>,
}

/// A predictive model.
#[derive(Clone, Debug)]
pub struct ModelHead {
    pub name: Arc<str>,
    pub traveler: Option<TravelerId>,
    /// Each `| null` where an input may be absent.
    pub outputs: Arc<ObjectType>,
}

#[derive(Clone, Debug)]
pub struct JourneyHead {
    pub name: Arc<str>,
    pub traveler: Option<TravelerId>,
    /// In the order of the file.
    pub milestones: Vec<Arc<str>>,
    /// Its own variables and the shared ones, by name.
    pub variables: Arc<ObjectType>,
    /// The type of its sessions' key, where it has one.
    pub key: Option<Type>,
}

macro_rules! lookups {
    ($($find:ident $get:ident $list:ident $id:ident $head:ident;)*) => {
        impl Vocabulary {
            $(pub fn $find(&self, name: &str) -> Option<$id> {
                let index = self.$list.binary_search_by(|head| (*head.name).cmp(name)).ok()?;
                Some($id(index as u32))
            }

            pub fn $get(&self, id: $id) -> &$head {
                &self.$list[id.index()]
            })*
        }
    };
}

lookups! {
    find_traveler traveler travelers TravelerId TravelerHead;
    find_event event events EventId EventHead;
    find_action action actions ActionId SignatureHead;
    find_template template templates TemplateId SignatureHead;
    find_segment segment segments SegmentId SegmentHead;
    find_journey journey journeys JourneyId JourneyHead;
    find_model model models ModelId ModelHead;
}

impl Vocabulary {
    /// The type of `session` in a journey.
    pub fn session(&self, id: JourneyId, view: SessionView) -> Type {
        Shared::of(self).session(self, id, view)
    }

    /// The type of the key that a journey's sessions have.
    pub fn set_key(&mut self, id: JourneyId, key: Type) {
        self.journeys[id.index()].key = Some(key);
        if let Some(shared) = self.shared.get_mut() {
            shared.forget_session(id);
        }
    }

    /// Says what a model answers, now that its inputs are known.
    pub fn set_outputs(&mut self, id: ModelId, outputs: Arc<ObjectType>) {
        self.models[id.index()].outputs = outputs;
        self.shared = OnceLock::new();
    }

    /// The payload that all these events have in common: the fields of the first that the others
    /// have too, same name and type.
    pub fn common_payload(&self, events: &[EventId]) -> Option<Arc<ObjectType>> {
        let (first, rest) = events.split_first()?;
        let first = &self.event(*first).payload;
        if rest.is_empty() {
            return Some(first.clone());
        }
        let shared = |field: &Field| {
            rest.iter().all(|id| {
                self.event(*id)
                    .payload
                    .field(&field.name)
                    .is_some_and(|(_, other)| other == field)
            })
        };
        let fields = first
            .fields
            .iter()
            .filter(|field| shared(field))
            .cloned()
            .collect();
        Some(Arc::new(ObjectType {
            name: "event".into(),
            fields,
        }))
    }
}

impl Vocabulary {
    /// What the expressions of a model can mention. Sorts by name, whatever the model's order.
    pub fn of(model: &Model) -> Self {
        let object = |name: &Arc<str>, fields: &[super::Field]| {
            Arc::new(ObjectType {
                name: name.clone(),
                fields: fields.iter().map(typed).collect(),
            })
        };
        let mut travelers: Vec<_> = (model.travelers.iter())
            .map(|traveler| TravelerHead::of(model, traveler))
            .collect();
        travelers.sort_by(|a, b| a.name.cmp(&b.name));
        let traveler_id = |name: &str| {
            let index = travelers.binary_search_by(|head| (*head.name).cmp(name));
            index.ok().map(|index| TravelerId(index as u32))
        };
        let mut events: Vec<_> = (model.events.iter())
            .map(|event| EventHead {
                name: event.name.clone(),
                payload: object(&event.name, &event.fields),
            })
            .collect();
        events.sort_by(|a, b| a.name.cmp(&b.name));
        let mut actions: Vec<_> = (model.actions.iter())
            .map(|action| SignatureHead {
                name: action.name.clone(),
                params: object(&action.name, &action.params),
                returns: object(&action.name, &action.returns),
            })
            .collect();
        actions.sort_by(|a, b| a.name.cmp(&b.name));
        let mut templates: Vec<_> = (model.templates.iter())
            .map(|template| SignatureHead {
                name: template.name.clone(),
                params: object(&template.name, &template.params),
                returns: object(&template.name, &[]),
            })
            .collect();
        templates.sort_by(|a, b| a.name.cmp(&b.name));
        let mut segments: Vec<_> = (model.segments.iter())
            .map(|segment| SegmentHead {
                name: segment.name.clone(),
                traveler: traveler_id(&segment.traveler),
            })
            .collect();
        segments.sort_by(|a, b| a.name.cmp(&b.name));
        let mut journeys: Vec<_> = (model.journeys.iter())
            .map(|journey| JourneyHead {
                name: journey.name.clone(),
                traveler: traveler_id(&journey.traveler),
                milestones: (journey.milestones.iter().map(|m| m.name.clone())).collect(),
                variables: object(&"vars".into(), &journey.variables),
                key: journey.key.as_ref().map(|key| key.ty.clone()),
            })
            .collect();
        journeys.sort_by(|a, b| a.name.cmp(&b.name));
        let mut models: Vec<_> = (model.models.iter())
            .map(|model| ModelHead {
                name: model.name.clone(),
                traveler: traveler_id(&model.traveler),
                outputs: model.outputs_object(),
            })
            .collect();
        models.sort_by(|a, b| a.name.cmp(&b.name));
        Self {
            travelers,
            events,
            actions,
            templates,
            segments,
            journeys,
            models,
            shared: OnceLock::new(),
        }
    }
}

impl TravelerHead {
    fn of(model: &Model, traveler: &super::Traveler) -> Self {
        let mut traits: Vec<_> = (traveler.traits.iter())
            .map(|it| Field {
                name: it.name.clone(),
                ty: it.ty.clone(),
                declared: None,
                default: None,
                least: None,
            })
            .collect();
        traits.sort_by(|a, b| a.name.cmp(&b.name));
        let mut personas: Vec<_> = (model.personas.iter())
            .filter(|persona| persona.traveler == traveler.name)
            .map(|persona| persona.name.clone())
            .collect();
        personas.sort();
        Self {
            name: traveler.name.clone(),
            profile_len: traveler.profile.len(),
            fields: (traveler.profile.iter().map(typed)).chain(traits).collect(),
            consents: traveler.consents.clone(),
            personas,
        }
    }
}

fn typed(field: &super::Field) -> Field {
    Field {
        name: field.name.clone(),
        ty: field.ty.clone(),
        declared: None,
        default: field.default.clone(),
        least: None,
    }
}
