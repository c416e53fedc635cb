//! Looks ahead: of events that come next, what is remembered of their travelers is looked at, all
//! of it at once.
//!
//! With many travelers it lies in memory that is far away. Looked at one event after the other,
//! each step of the way to it is waited for; of events that have nothing to do with each other,
//! the processor waits for many at a time, and finds the rest near. Nothing depends on it.

use std::hint::black_box;

use smallvec::SmallVec;

use super::ingest::Ready;
use super::linked::Engine;
use super::state::{State, Traveler};
use crate::model::TravelerId;

/// Of how many events at a time it is worth it.
pub const AHEAD: usize = 32;

impl Engine {
    /// Looks at what is remembered of the travelers of some events that come next.
    pub fn look_ahead<'r>(&self, state: &State, events: impl Iterator<Item = &'r Ready> + Clone) {
        // Another thread may have made them: then they lie near to that one.
        black_box(events.clone().fold(0, |all, event| all ^ event.look()));
        let known = |event: &Ready| state.handled.before(event.key()).is_some();
        black_box(events.clone().filter(|event| known(event)).count());
        // Hashes first: the shorter each look is, the more of them are under way at a time.
        let leading = events.flat_map(Ready::leading);
        let leading: SmallVec<[(TravelerId, u16, u32); AHEAD]> = leading
            .map(|(ty, identity, text)| (ty, identity, state.directory.half(text)))
            .collect();
        let numbers: SmallVec<[u32; AHEAD]> = (leading.into_iter())
            .filter_map(|(ty, identity, half)| state.directory.hint(ty, identity, half))
            .collect();
        let travelers: SmallVec<[&Traveler; AHEAD]> = (numbers.iter())
            .filter_map(|number| state.travelers.get(*number as usize)?.as_deref())
            .collect();
        // One thing of each part, from the outside in.
        for look in [outside, lists, sessions] {
            black_box(travelers.iter().fold(0, |all, it| all ^ look(it)));
        }
    }
}

fn outside(traveler: &Traveler) -> usize {
    traveler.active as usize
        ^ traveler.fired as usize
        ^ usize::from(traveler.clock == jiff::Timestamp::UNIX_EPOCH.into())
        ^ traveler.profile.len()
        ^ traveler.leads.len()
        ^ traveler.traits.len()
        ^ traveler.sessions.len()
        ^ usize::from(traveler.timers.first().is_some())
        ^ usize::from(traveler.rare.get().is_some())
}

fn lists(traveler: &Traveler) -> usize {
    let text = traveler.leads.first().map(|lead| lead.1.as_bytes().first());
    let (profile, traits) = (&traveler.profile, &traveler.traits);
    let fields = [profile.first(), profile.last()];
    let fields = fields.map(|it| it.is_some_and(Option::is_some));
    let values = [traits.first(), traits.last()];
    let values = values.map(|it| it.is_some_and(|it| it.value.is_null()));
    let due = traveler.timers.first();
    let sessions = traveler.sessions.iter();
    usize::from(text == Some(Some(&0)))
        ^ usize::from(fields == [true; 2])
        ^ usize::from(values == [true; 2])
        ^ usize::from(due.is_some_and(|it| it.1.session.is_some()))
        ^ sessions.fold(0, |all, it| {
            all ^ it.sid as usize ^ usize::from(it.milestone) ^ it.vars.len()
        })
}

fn sessions(traveler: &Traveler) -> usize {
    traveler.sessions.iter().fold(0, |all, it| {
        all ^ usize::from(it.vars.first().is_some_and(crate::cel::Value::is_null))
            ^ it.strands.len()
    })
}
