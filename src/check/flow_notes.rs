//! What flows where: noted while bodies are checked, judged when all of them are known.

use std::sync::Arc;

use super::content::Reads;
use super::context::Checker;
use crate::model::env::Events;
use crate::model::{ActionId, EventId, JourneyId, TemplateId, TravelerId};

/// One value and where it goes.
#[derive(Clone)]
pub(super) struct Flow {
    pub to: Target,
    /// What the value reads, each with its place.
    pub reads: Reads,
    pub from: Origin,
}

/// Where a value goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A variable of these journeys.
    Variable(Arc<[JourneyId]>, Arc<str>),
    /// A field of the profile.
    Profile(Arc<str>),
    /// A parameter of an action.
    Action(ActionId, Arc<str>),
    /// A parameter of a template.
    Template(TemplateId, Arc<str>),
    /// Where a channel's messages go.
    Address(Arc<str>),
    /// A field of an emitted event.
    Event(EventId, Arc<str>),
}

/// What the paths that are read begin at.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub traveler: Option<TravelerId>,
    /// The journeys whose `vars` they are.
    pub journeys: Arc<[JourneyId]>,
    /// The events one of which `event` is; empty where it cannot be read.
    pub events: Events,
    /// The action whose answer `returned` is.
    pub returned: Option<ActionId>,
}

impl Checker<'_> {
    /// Notes where a value goes. One that reads nothing brings nothing along.
    pub(super) fn flows_to(&mut self, to: Target, reads: Reads, from: impl FnOnce() -> Origin) {
        if !reads.is_empty() {
            let from = from();
            self.flows.push(Flow { to, reads, from });
        }
    }
}

impl Origin {
    /// Outside journeys and events, where only the profile can be read.
    pub(super) fn of_traveler(traveler: Option<TravelerId>) -> Self {
        Self {
            traveler,
            journeys: Arc::from([]),
            events: Events::new(),
            returned: None,
        }
    }
}
