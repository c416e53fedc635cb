//! What can be read where: the environment of each place of the language, and for what cannot be
//! read, why not and what to do instead.

use std::sync::Arc;

use super::context::Checker;
use crate::cel::Absent;
use crate::model::env::{Here, Place, SessionView};
use crate::model::{EventId, JourneyId, TemplateId, TravelerId};
use crate::source::Span;

/// The events one of which is being handled, sorted; empty where that could not be told.
pub(super) type Cause = Here<Vec<EventId>>;

impl Checker<'_> {
    /// A trait's condition, a channel's address, an event's `update`: the traveler and the clock.
    pub fn traveler_place(traveler: Option<TravelerId>) -> Place {
        Place {
            now: Here::Is(()),
            ..Place::of_traveler(traveler)
        }
    }

    /// A template's text.
    pub fn template_place(traveler: Option<TravelerId>, template: TemplateId) -> Place {
        Place {
            event: Here::not(
                "`event` is not in a template: a message may go out later",
                "give the template a parameter",
            ),
            vars: Here::not(
                "`vars` is not in a template",
                "give the template a parameter",
            ),
            session: Here::not(
                "`session` is not in a template",
                "give the template a parameter",
            ),
            params: Here::Is(template),
            ..Self::traveler_place(traveler)
        }
    }

    /// A connection's `config`: only the environment.
    pub fn config_place() -> Place {
        Place {
            now: Here::not(
                "`now` is not in a `config`: it is read once, when it runs",
                "write the value itself",
            ),
            env: Here::Is(()),
            ..Place::of_traveler(None)
        }
    }

    /// Where sessions of the journey run; `event` is added by who knows.
    pub fn journey_place(&self, journey: JourneyId) -> Place {
        let head = self.names.vocabulary.journey(journey);
        Place {
            vars: Here::Is(head.variables.clone()),
            session: Here::Is((journey, SessionView::Running)),
            ..Self::traveler_place(head.traveler)
        }
    }

    /// A journey's `start`: the variables as a session begins with them, and no session yet.
    pub fn start_place(&self, journey: JourneyId) -> Place {
        Place {
            session: Here::not(
                "`session` is not here: it has not started yet",
                "use `journey.NAME.active`, or a rule `on: start`",
            ),
            ..self.journey_place(journey)
        }
    }

    /// A KPI: sessions that ended.
    pub fn kpi_place(&self, journey: JourneyId) -> Place {
        Place {
            vars: Here::not(
                "`vars` is gone when a session has ended",
                "write what a KPI needs to the profile with `update`",
            ),
            session: Here::Is((journey, SessionView::Ended)),
            ..self.journey_place(journey)
        }
    }
}

/// A trigger that is only a condition has no clock.
pub(super) fn without_clock(place: Place) -> Place {
    Place {
        now: Here::not(
            "`now` is not here: a trigger that is only a condition is not looked at as time passes",
            "use a trait with `within`, or `after:` with a `when`",
        ),
        ..place
    }
}

/// `event` is not there, for the reason at `because`.
pub(super) fn gone(message: &str, because: Span, label: &str) -> Cause {
    Here::Not(Arc::new(Absent {
        message: message.to_owned(),
        help: "save what you need in a variable while the event is handled, with `set`".to_owned(),
        because: Some((because, label.to_owned())),
    }))
}

/// The event of one of two causes: both must have one.
pub(super) fn either(a: &Cause, b: &Cause) -> Cause {
    match (a, b) {
        (Here::Is(a), Here::Is(b)) if a.is_empty() || b.is_empty() => Here::Is(Vec::new()),
        (Here::Is(a), Here::Is(b)) => {
            let mut all: Vec<EventId> = a.iter().chain(b).copied().collect();
            all.sort_unstable();
            all.dedup();
            Here::Is(all)
        }
        (Here::Not(reason), _) | (_, Here::Not(reason)) => Here::Not(reason.clone()),
    }
}

/// Whether two causes say the same, reasons aside.
pub(super) fn same(a: &Cause, b: &Cause) -> bool {
    match (a, b) {
        (Here::Is(a), Here::Is(b)) => a == b,
        (Here::Not(_), Here::Not(_)) => true,
        _ => false,
    }
}
