//! Two travelers turn out to be one: the one known longer goes on with what both had.

use super::linked::Input;
use super::record::What;
use super::run::{Run, label};
use super::small::SmallMap;
use super::state::{Former, Past, Session, TimerKind, Traveler};
use crate::cel::{Text, Value};
use crate::model::At;

impl Run<'_> {
    /// Joins another traveler to this one.
    pub(super) fn join(&mut self, gone: u32, at: &At) {
        let other = self
            .state
            .travelers
            .get_mut(gone as usize)
            .and_then(Option::take);
        let Some(mut other) = other else {
            return;
        };
        other.renumber(self.t.made);
        self.t.made = other.made;
        if let Some((key, _)) = other.timers.first() {
            self.state.due.remove(&(key.due, gone));
        }
        for (identity, value) in &other.leads {
            self.state
                .directory
                .remove(other.ty, *identity, value, gone);
        }
        if let Some(watch) = &mut self.state.watch {
            for (identity, value) in &other.leads {
                watch.lead(other.ty, *identity, value, gone, false);
            }
            watch.gone.push((gone, self.t.number));
        }
        self.at(other.clock.time().max(self.now));
        let (name, id) = (label(self.ty, &other), other.id(self.ty));
        self.record(None, What::TravelerMerged { name }, at);
        for (identity, value) in &other.leads {
            self.lead(*identity, value);
        }
        self.join_profile(&other, at);
        for (index, state) in other.traits.iter().enumerate() {
            self.join_trait(index, state);
        }
        join_past(&mut self.t.past, other.past);
        for (key, timer) in other.timers {
            // Windows have new ones with the entries; scheduled starts are there already.
            if !matches!(timer.what, TimerKind::Window(_) | TimerKind::Start(..)) {
                self.t.timers.insert(key, timer);
            }
        }
        if let Some(other) = other.rare.into_parts() {
            let mine = self.t.rare.make();
            for (channel, times) in other.sent {
                let sent = mine.sent.or_insert(channel, Vec::new());
                sent.extend(times);
                sent.sort();
            }
            mine.held.extend(other.held);
            mine.held.sort_by_key(|(key, _)| *key);
            mine.outbox
                .extend(other.outbox.into_iter().map(|mut deferred| {
                    let origin = &mut deferred.action.origin;
                    origin.get_or_insert_with(|| Text::from(&*id).into());
                    deferred
                }));
            mine.outbox.sort_by_key(|deferred| deferred.number);
            for (journey, former) in other.former {
                join_past(mine.former.or_insert(journey, Former::default()), former);
            }
            // A condition that was true for either does not turn true by the join.
            for (start, ()) in other.starts {
                mine.starts.insert(start, ());
            }
        }
        self.join_sessions(other.sessions, &id, at);
    }

    /// The survivor's fields win where both are present, refusal wins of two written consents.
    fn join_profile(&mut self, other: &Traveler, at: &At) {
        for (field, value) in other.profile.iter().enumerate() {
            let mine = matches!(&self.t.profile[field], Some(value) if !value.is_null());
            if let (false, Some(value)) = (mine, value)
                && !value.is_null()
            {
                self.write(field, value.clone(), at);
            }
        }
        for (consent, given) in other.consents.iter().enumerate() {
            let joined = match (self.t.consents[consent], given) {
                (Some(mine), Some(given)) => mine && *given,
                (None, Some(given)) => *given,
                (_, None) => continue,
            };
            self.consent(consent, &Value::Bool(joined), at);
        }
    }

    /// Of two running sessions of a journey and key, the one that started first goes on.
    fn join_sessions(&mut self, sessions: Vec<Session>, id: &str, at: &At) {
        let engine = self.engine;
        let mut over = Vec::new();
        for mut session in sessions {
            let family = engine.family(session.journey);
            session.origin.get_or_insert_with(|| Text::from(id).into());
            let same = |it: &&Session| {
                engine.family(it.journey) == family
                    && it.key_text() == session.key_text()
                    && !it.ended
            };
            if let Some(mine) = self.t.sessions.iter().find(same) {
                let theirs_first = session.started_at < mine.started_at;
                over.push(if theirs_first { mine.sid } else { session.sid });
            }
            self.dirty.push(Input::Journey(family));
            for key in session.strands.iter().filter_map(|it| it.asked.clone()) {
                self.state.asked.insert(key, self.t.number);
            }
            self.t.sessions.push(session);
        }
        self.t
            .sessions
            .sort_by_key(|session| (session.started_at, session.sid));
        for sid in over {
            self.moved = false;
            self.end(sid, &"merged".into(), None, None, at);
        }
    }
}

/// What two remember of journeys: of a journey and key the later one counts.
fn join_past<K: Ord>(mine: &mut SmallMap<K, Past>, other: SmallMap<K, Past>) {
    for (key, past) in other {
        let mine = mine.or_insert(key, Past { count: 0, ..past });
        mine.count = mine.count.saturating_add(past.count);
        mine.started = mine.started.max(past.started);
        mine.ended = mine.ended.max(past.ended);
    }
}
