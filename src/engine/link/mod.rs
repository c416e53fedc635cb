//! Linking: a model by name goes in, an [`Engine`] by index comes out, or all that is wrong.
//!
//! A checked model links. A plan that was made by other means may not: it is refused with a place
//! and a reason, never with a panic.

mod expr;
mod journeys;
mod keep;
mod models;
mod people;
mod reach;
mod steps;
mod texts;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::handled::Passing;
use super::linked::{Engine, Keeps};
use crate::cel::{Binding, Env, ObjectType, Type};
use crate::model::env::{Events, Here, Place, SessionView, slot};
use crate::model::{At, JourneyId, Model, Status, TravelerId, Vocabulary};

/// Why a plan cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkError {
    pub at: Option<At>,
    pub message: String,
}

impl std::fmt::Display for LinkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.at {
            Some(at) => write!(f, "{at}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for LinkError {}

type Link<T> = Result<T, LinkError>;

fn refused<T>(at: &At, message: impl Into<String>) -> Link<T> {
    Err(LinkError {
        at: Some(at.clone()),
        message: message.into(),
    })
}

impl Engine {
    /// Links a plan.
    pub fn new(model: &Model) -> Result<Self, Vec<LinkError>> {
        let mut linker = Linker::new(model).map_err(|error| vec![error])?;
        linker.models();
        linker.people();
        linker.journeys();
        if linker.errors.is_empty() {
            linker.engine.keep(linker.keeps.into_inner());
            Ok(linker.engine)
        } else {
            Err(linker.errors)
        }
    }
}

struct Linker<'a> {
    model: &'a Model,
    engine: Engine,
    errors: Vec<LinkError>,
    /// What the expressions that were compiled so far read of events.
    keeps: RefCell<Keeps>,
    /// Template or action and traveler type → its delivery.
    deliveries: BTreeMap<(bool, Arc<str>, TravelerId), usize>,
    channels: BTreeMap<(Arc<str>, TravelerId), usize>,
}

impl<'a> Linker<'a> {
    fn new(model: &'a Model) -> Link<Self> {
        let zone = TimeZone::get(&model.timezone).map_err(|_| LinkError {
            at: None,
            message: format!("`{}` is not a time zone", model.timezone),
        })?;
        let vocabulary = Vocabulary::of(model);
        unique(model)?;
        let handling = Place {
            event: Here::Is(Events::new()),
            ..Place::of_traveler(None)
        };
        let trigger = root_object(&handling.env(&vocabulary), slot::TRIGGER);
        Ok(Self {
            model,
            engine: Engine {
                vocabulary,
                zone,
                zone_name: model.timezone.clone(),
                dedupe: model.dedupe,
                travelers: Vec::new(),
                events: Vec::new(),
                by_cloud_type: BTreeMap::new(),
                segments: Vec::new(),
                journeys: Vec::new(),
                models: Vec::new(),
                deliveries: Vec::new(),
                channels: Vec::new(),
                trigger,
                keeps: Keeps::default(),
                nothing_changed: "nothing changed".into(),
                nothing: "".into(),
                passing: Passing::default(),
                fingerprint: fingerprint(model),
            },
            errors: Vec::new(),
            keeps: RefCell::default(),
            deliveries: BTreeMap::new(),
            channels: BTreeMap::new(),
        })
    }

    /// Keeps the error and goes on.
    fn keep<T>(&mut self, result: Link<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }

    /// What can be read in a journey.
    fn journey_place(&self, journey: JourneyId, traveler: TravelerId) -> Place {
        let head = self.engine.vocabulary.journey(journey);
        Place {
            vars: Here::Is(head.variables.clone()),
            session: Here::Is((journey, SessionView::Running)),
            now: Here::Is(()),
            ..Place::of_traveler(Some(traveler))
        }
    }
}

/// The object type of a root, or an empty one.
pub(super) fn root_object(env: &Env, slot: u16) -> Arc<ObjectType> {
    match env.roots.get(usize::from(slot)).map(|root| &root.binding) {
        Some(Binding::Value(Type::Object(object))) => object.clone(),
        _ => Arc::new(ObjectType {
            name: "nothing".into(),
            fields: Vec::new(),
        }),
    }
}

/// Names that stand for two things cannot be linked.
fn unique(model: &Model) -> Link<()> {
    fn twice<'a>(names: impl Iterator<Item = (&'a Arc<str>, &'a At)>, kind: &str) -> Link<()> {
        let mut seen = std::collections::BTreeSet::new();
        for (name, at) in names {
            if !seen.insert(name) {
                return refused(at, format!("there are two of the {kind} `{name}`"));
            }
        }
        Ok(())
    }
    twice(
        model.travelers.iter().map(|it| (&it.name, &it.at)),
        "traveler",
    )?;
    twice(model.events.iter().map(|it| (&it.name, &it.at)), "event")?;
    twice(model.actions.iter().map(|it| (&it.name, &it.at)), "action")?;
    twice(
        model.channels.iter().map(|it| (&it.name, &it.at)),
        "channel",
    )?;
    twice(
        model.templates.iter().map(|it| (&it.name, &it.at)),
        "template",
    )?;
    twice(
        model.segments.iter().map(|it| (&it.name, &it.at)),
        "segment",
    )?;
    twice(
        model.personas.iter().map(|it| (&it.name, &it.at)),
        "persona",
    )?;
    twice(
        model.journeys.iter().map(|it| (&it.name, &it.at)),
        "journey",
    )?;
    twice(model.models.iter().map(|it| (&it.name, &it.at)), "model")?;
    twice(model.rules.iter().map(|it| (&it.name, &it.at)), "rule")
}

/// Tells plans apart whose states do not fit each other. A journey that is paused, or live again,
/// is still the same.
fn fingerprint(model: &Model) -> u64 {
    let mut model = model.clone();
    for journey in &mut model.journeys {
        journey.status = Status::Live;
    }
    let bytes = serde_json::to_vec(&model).unwrap_or_default();
    let hash = blake3::hash(&bytes);
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_be_bytes(first)
}
