//! Why: what was looked at on the way, and what held back what had matched. Told among the records,
//! and only of travelers of whom somebody wants to know; nobody else pays for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::linked::{Expr, Happening, JourneyType, On};
use super::record::What;
use super::run::{Run, Seen};
use super::scope::conform;
use super::state::{Frame, Place};
use crate::cel::{Captured, Program, Type};
use crate::model::{At, JourneyId, Occurrence};

/// Of whom the reasons are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Listening {
    #[default]
    ToNobody,
    ToAll,
    /// To the travelers with these numbers.
    To(BTreeSet<u32>),
}

impl Listening {
    pub(super) fn to(&self, number: u32) -> bool {
        match self {
            Self::ToNobody => false,
            Self::ToAll => true,
            Self::To(numbers) => numbers.contains(&number),
        }
    }
}

/// A step on the way to what happened, or did not.
#[derive(Clone, Debug)]
pub enum Why {
    /// Something comes to the traveler, or a journey is told of it: all up to the next is its doing.
    Occurred {
        /// None: it comes.
        journey: Option<Arc<str>>,
        what: Occurrence,
        /// Of an event.
        id: Option<Arc<str>>,
        /// The sessions that it concerns, where not all: those with this key.
        key: Option<Json>,
    },
    /// A condition was looked at.
    Looked(Looked),
    /// A step is done.
    Reached { at: At },
    /// What had matched did not happen.
    Hindered {
        /// Of the trigger or step.
        at: At,
        by: Hindrance,
    },
}

/// No two are the same: each is of its own moment.
impl PartialEq for Why {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// A condition with all that it saw.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Of the expression.
    pub at: At,
    pub program: Arc<Program>,
    pub saw: Captured,
    pub holds: bool,
}

/// What stood in the way of something whose condition held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// The journey is paused: nothing starts.
    Paused,
    /// A session is running, and starts are ignored then.
    Running,
    /// Too early after the last session; none: it never starts again.
    Reentry { from: Option<Timestamp> },
    /// Another `end` or `enter` before it matched.
    Decided,
    /// A rule or step before it has moved the session.
    Moved,
}

impl Run<'_> {
    pub(super) fn tell_why(&mut self, session: Option<u64>, why: Why) {
        if self.listens {
            self.emit(session, What::Why(Box::new(why)), None);
        }
    }

    /// An event comes.
    pub(super) fn came(&mut self, frame: &Frame) {
        if self.listens {
            let name = self.engine.events[frame.event.index()].name.clone();
            let why = Why::Occurred {
                journey: None,
                what: Occurrence::Event(name),
                id: Some(frame.id.as_str().into()),
                key: None,
            };
            self.tell_why(None, why);
        }
    }

    /// A journey is told of something.
    pub(super) fn occurred(
        &mut self,
        id: JourneyId,
        what: Happening,
        frame: Option<&Arc<Frame>>,
        key: Option<&crate::cel::Value>,
    ) {
        if !self.listens {
            return;
        }
        let journey = &self.engine.journeys[id.index()];
        let why = Why::Occurred {
            journey: Some(journey.name.clone()),
            what: self.occurrence(journey, what),
            id: frame.map(|frame| frame.id.as_str().into()),
            key: key.map(crate::cel::to_json),
        };
        self.tell_why(None, why);
    }

    fn occurrence(&self, journey: &JourneyType, what: Happening) -> Occurrence {
        let journey_name = |id: JourneyId| self.engine.journeys[id.index()].name.clone();
        match what {
            Happening::Event(id) => Occurrence::Event(self.engine.events[id.index()].name.clone()),
            Happening::Start => Occurrence::Start,
            Happening::End => Occurrence::End,
            Happening::Milestone(index) => {
                Occurrence::Milestone(journey.milestones[usize::from(index)].name.clone())
            }
            Happening::SegmentEntered(id) => {
                Occurrence::SegmentEntered(self.engine.segments[id.index()].name.clone())
            }
            Happening::SegmentLeft(id) => {
                Occurrence::SegmentLeft(self.engine.segments[id.index()].name.clone())
            }
            Happening::JourneyStarted(id) => Occurrence::JourneyStarted(journey_name(id)),
            Happening::JourneyEnded(id) => Occurrence::JourneyEnded(journey_name(id)),
        }
    }

    /// A condition was looked at.
    pub(super) fn looked(&mut self, expr: &Expr, seen: Seen<'_>, holds: bool) {
        if !self.listens {
            return;
        }
        let common = expr.common.as_ref().and_then(|common| {
            let payload = &seen.frame?.payload;
            Some(conform(payload, &Type::Object(common.clone())))
        });
        let why = Why::Looked(Looked {
            at: expr.at.clone(),
            program: expr.program.clone(),
            saw: Captured::of(&expr.program, &self.scope(seen, common.as_ref())),
            holds,
        });
        self.tell_why(seen.session, why);
    }

    /// A step is done.
    pub(super) fn reached(&mut self, session: u64, at: &At) {
        if self.listens {
            self.tell_why(Some(session), Why::Reached { at: at.clone() });
        }
    }

    pub(super) fn hindered(&mut self, session: Option<u64>, at: &At, by: Hindrance) {
        if self.listens {
            let at = at.clone();
            self.tell_why(session, Why::Hindered { at, by });
        }
    }

    /// A trigger is not looked at: another that moves the session has matched before it.
    pub(super) fn passed_over(
        &mut self,
        session: u64,
        journey: &JourneyType,
        place: Place,
        what: Happening,
    ) {
        if self.listens
            && let Some(trigger) = journey.trigger(place)
            && matches!(&trigger.on, On::Any(any) if any.contains(&what))
        {
            self.hindered(Some(session), &trigger.at, Hindrance::Decided);
        }
    }
}
