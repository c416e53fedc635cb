//! What is remembered of one traveler, for people and programs that ask: as JSON.

use serde_json::{Map, Value as Json, json};

use super::linked::Engine;
use super::run::{label, session_key};
use super::scope::profile_value;
use super::state::{Session, State, TimerKind, Traveler, Waiting};
use crate::cel::to_json;

impl Engine {
    /// A traveler who is in memory; none where it is not the one with this name.
    pub fn view(&self, state: &State, number: u32, name: &str) -> Option<Json> {
        let traveler = state.travelers.get(number as usize)?.as_ref()?;
        let kind = &self.travelers[traveler.ty.index()];
        let shown = label(kind, traveler);
        let leads = traveler.leads.iter().any(|(identity, value)| {
            let field = kind.identities.get(usize::from(*identity));
            let named = field.map(|field| &kind.profile[*field].name);
            (*identity == kind.key && **value == *name)
                || named.is_some_and(|it| name.split_once(':') == Some((&**it, &**value)))
        });
        if *shown != *name && !leads {
            return None;
        }
        let profile: Map<String, Json> = (kind.profile.iter().enumerate())
            .map(|(index, field)| {
                let value = to_json(profile_value(kind, traveler, index));
                (field.name.to_string(), value)
            })
            .collect();
        let consents: Map<String, Json> = (kind.consents.iter().zip(&traveler.consents))
            .map(|(name, given)| (name.to_string(), Json::from(given.unwrap_or(false))))
            .collect();
        let names = self.trait_names(traveler);
        let traits: Map<String, Json> = (names.zip(&traveler.traits))
            .map(|(name, state)| (name.to_string(), to_json(&state.value)))
            .collect();
        let inside = traveler.segments.iter().zip(&self.segments);
        let segments: Vec<&str> = inside
            .filter(|(inside, _)| **inside)
            .map(|(_, segment)| &*segment.name)
            .collect();
        let persona = (traveler.persona).and_then(|it| kind.personas.get(usize::from(it)));
        let sessions: Vec<Json> = (traveler.sessions.iter())
            .map(|session| self.session_view(session))
            .collect();
        let timers: Vec<Json> = (traveler.timers.iter())
            .filter(|(_, timer)| !matches!(timer.what, TimerKind::Window(_)))
            .map(|(key, timer)| json!({ "due": key.due.to_string(), "what": what(timer.what) }))
            .collect();
        let deferred = traveler.rare.get().map_or(0, |rare| rare.outbox.len());
        Some(json!({
            "traveler": &*shown,
            "id": traveler.id(kind),
            "type": &*kind.name,
            "clock": traveler.clock.to_string(),
            "profile": profile,
            "consents": consents,
            "traits": traits,
            "segments": segments,
            "persona": persona.map(|it| &*it.name),
            "sessions": sessions,
            "timers": timers,
            "deferred": deferred,
        }))
    }

    fn trait_names(&self, traveler: &Traveler) -> impl Iterator<Item = &str> {
        let kind = &self.travelers[traveler.ty.index()];
        let fields = kind.object.fields.iter().skip(kind.profile.len());
        fields.map(|field| &*field.name)
    }

    fn session_view(&self, session: &Session) -> Json {
        let journey = &self.journeys[session.journey as usize];
        let milestone = journey.milestones.get(usize::from(session.milestone));
        let variables: Map<String, Json> = (journey.vars.fields.iter().zip(&session.vars))
            .map(|(field, value)| (field.name.to_string(), to_json(value)))
            .collect();
        let waiting = (session.strands.iter()).filter(|it| it.waiting != Waiting::Not);
        json!({
            "journey": &*journey.name,
            "session": session.number,
            "key": session_key(session),
            "milestone": milestone.map(|it| &*it.name),
            "started_at": session.started_at.to_string(),
            "entered_at": session.entered_at.to_string(),
            "vars": variables,
            "waits": waiting.count(),
        })
    }
}

const fn what(timer: TimerKind) -> &'static str {
    match timer {
        TimerKind::Window(_) => "window",
        TimerKind::Start(..) => "start",
        TimerKind::Trigger(_) => "rule",
        TimerKind::Wait(_) | TimerKind::Alternative(..) => "wait",
        TimerKind::Promise(_) => "promise",
        TimerKind::Deferred(_) => "deferred action",
    }
}
