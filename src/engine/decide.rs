//! What is told of what happened, and what matches: the first half of step 4 of what happens when
//! an event arrives. Everything is decided on the state as it was found; [`super::sessions`] runs
//! what matched.

use std::sync::Arc;

use smallvec::SmallVec;

use super::linked::{Expr, Happening, JourneyType, Told};
use super::run::{Run, Seen, later};
use super::state::{Frame, Place, Session, SessionKey};
use super::why::Hindrance;
use crate::cel::{self, Value};
use crate::model::{JourneyId, Reentry, Since, Status, WhileActive};

/// What matched in a session.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hit {
    /// A strand that waits, and which of the triggers that it waits for.
    Wait(u64, u16),
    Place(Place),
}

/// What matched in a session, in its order.
type Hits = SmallVec<[Hit; 4]>;

/// What matched among the starts of a journey.
pub(super) struct Starting {
    pub trigger: u16,
    pub key: Option<Box<SessionKey>>,
    /// The running session that it takes the place of.
    pub instead_of: Option<u64>,
}

impl Starting {
    /// What of the past of its journey, as it is counted, it belongs to.
    pub(super) fn past(&self, family: JourneyId) -> (u32, Option<Box<str>>) {
        let key = self.key.as_ref().map(|key| key.text.as_str().into());
        (family.0, key)
    }
}

impl Run<'_> {
    /// Tells the sessions, journey by journey, of what happened.
    pub(super) fn tell(&mut self, what: Happening, about: Option<u64>, frame: Option<&Arc<Frame>>) {
        let engine = self.engine;
        for id in &self.ty.journeys {
            let journey = &engine.journeys[id.index()];
            let Some(told) = journey.told(what) else {
                continue;
            };
            let key = self.key_of(journey, what, frame);
            self.occurred(*id, what, frame, key.as_ref().map(|key| &key.value));
            let concerns = |session: &Session| {
                let there = match about {
                    // Rules see the end of their session, and its start even if it is over by then.
                    Some(about) => {
                        let late = matches!(what, Happening::Start | Happening::End);
                        session.sid == about && (late || !session.ended)
                    }
                    None => !session.ended,
                };
                let meant = |key: &SessionKey| key.text == *session.key_text();
                session.journey == id.0 && there && key.as_deref().is_none_or(meant)
            };
            // Nobody comes or goes while it is decided.
            let mut decided: SmallVec<[(u64, Hits); 2]> = SmallVec::new();
            for index in 0..self.t.sessions.len() {
                let session = &self.t.sessions[index];
                if concerns(session) {
                    let sid = session.sid;
                    decided.push((sid, self.decide(sid, journey, told, frame)));
                }
            }
            let starting = match about {
                None => self.decide_start(*id, journey, what, key, frame),
                Some(_) => None,
            };
            let replaced = starting.as_ref().and_then(|it| it.instead_of);
            for (sid, hits) in decided {
                if replaced != Some(sid) {
                    self.run_hits(sid, &hits, frame);
                }
            }
            if let Some(starting) = starting {
                self.start(*id, starting, frame);
            }
        }
    }

    /// The key that an event names, where it concerns only the session with that key.
    fn key_of(
        &mut self,
        journey: &JourneyType,
        what: Happening,
        frame: Option<&Arc<Frame>>,
    ) -> Option<Box<SessionKey>> {
        let Happening::Event(event) = what else {
            return None;
        };
        let expr: &Expr = journey.key.as_ref()?.by.get(&event)?;
        let value = self
            .value(expr, Seen::of(None, frame))
            .unwrap_or(Value::Null);
        let text = cel::to_json(&value).to_string().into();
        Some(SessionKey { value, text }.into())
    }

    fn decide(
        &mut self,
        sid: u64,
        journey: &JourneyType,
        told: &Told,
        frame: Option<&Arc<Frame>>,
    ) -> Hits {
        let what = told.what;
        let mut hits = Hits::new();
        let Some(session) = self.session(sid) else {
            return hits;
        };
        let (milestone, over) = (session.milestone, session.ended);
        if !session.strands.is_empty() {
            for (strand, code, ip) in session.waiting_on() {
                let any = journey.alternatives(code, ip);
                let first = any
                    .iter()
                    .position(|(trigger, _)| self.matches(trigger, what, Some(sid), frame));
                if let Some(index) = first {
                    hits.push(Hit::Wait(strand, index as u16));
                }
            }
        }
        let hear = told.places.get(usize::from(milestone));
        let places = match hear {
            Some(places) if !self.listens => places,
            _ => journey.in_force(milestone),
        };
        let waits = hits.len();
        let known = self.at_once(sid, journey, places, frame, &mut hits);
        if known.is_some() {
            return hits;
        }
        hits.truncate(waits);
        let mut decided = over;
        for place in places.iter().copied() {
            if place.moves() && decided {
                self.passed_over(sid, journey, place, what);
                continue;
            }
            let Some(trigger) = journey.trigger(place) else {
                continue;
            };
            if self.matches(trigger, what, Some(sid), frame) {
                decided |= place.moves();
                hits.push(Hit::Place(place));
            }
        }
        hits
    }

    /// The same of triggers that are told of it, where all of their conditions can be told at once,
    /// as most often.
    fn at_once(
        &self,
        sid: u64,
        journey: &JourneyType,
        places: &[Place],
        frame: Option<&Arc<Frame>>,
        hits: &mut Hits,
    ) -> Option<()> {
        if self.listens {
            return None;
        }
        let scope = self.scope(Seen::of(Some(sid), frame), None);
        let mut decided = scope.session?.ended;
        for place in places.iter().copied() {
            if place.moves() && decided {
                continue;
            }
            let Some(trigger) = journey.trigger(place) else {
                continue;
            };
            let matches = match &trigger.when {
                None => true,
                Some(when) if when.common.is_none() => when.program.quick(&scope)?,
                Some(_) => return None,
            };
            if matches {
                decided |= place.moves();
                hits.push(Hit::Place(place));
            }
        }
        Some(())
    }

    fn decide_start(
        &mut self,
        id: JourneyId,
        journey: &JourneyType,
        what: Happening,
        key: Option<Box<SessionKey>>,
        frame: Option<&Arc<Frame>>,
    ) -> Option<Starting> {
        for (index, trigger) in journey.start.iter().enumerate() {
            if self.matches(trigger, what, None, frame) {
                return self.may_start(id, index as u16, key);
            }
        }
        None
    }

    /// Whether a start that matched starts a session, by key, reentry and what is running.
    pub(super) fn may_start(
        &mut self,
        id: JourneyId,
        trigger: u16,
        key: Option<Box<SessionKey>>,
    ) -> Option<Starting> {
        let engine = self.engine;
        let journey = &engine.journeys[id.index()];
        let at = &journey.start[usize::from(trigger)].at;
        if journey.status == Status::Paused {
            self.hindered(None, at, Hindrance::Paused);
            return None;
        }
        let null = || SessionKey {
            value: Value::Null,
            text: "null".into(),
        };
        let key = journey
            .key
            .is_some()
            .then(|| key.unwrap_or_else(|| null().into()));
        let text = key.as_ref().map_or("", |key| &key.text);
        let runs = |it: &&Session| {
            engine.family(it.journey) == journey.family && !it.ended && it.key_text() == text
        };
        let running = self.t.sessions.iter().find(runs).map(|it| it.sid);
        let starting = Starting {
            trigger,
            key,
            instead_of: running,
        };
        if running.is_some() {
            if journey.while_active == WhileActive::Restart {
                return Some(starting);
            }
            self.hindered(running, at, Hindrance::Running);
            return None;
        }
        let past = self.t.past.get(&starting.past(journey.family));
        let from = match (past, journey.reentry) {
            (None, _) | (_, Reentry::Always) => return Some(starting),
            (Some(_), Reentry::Never) => None,
            (Some(past), Reentry::After { wait, since }) => {
                let base = match since {
                    Since::Start => Some(past.started),
                    Since::End => past.ended,
                };
                match base.map(|base| later(base.time(), wait)) {
                    Some(from) if from > self.now => Some(from),
                    _ => return Some(starting),
                }
            }
        };
        self.hindered(None, at, Hindrance::Reentry { from });
        None
    }
}
