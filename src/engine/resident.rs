//! The working set: travelers that are in memory, of all that are known.
//!
//! A driver that keeps travelers elsewhere, as records ([`super::pack`]), lets in those whom the
//! next event may concern, lets out those of whom nothing is to be done for a while, and asks what
//! changed. Who is who and when whose next timer is due are known of all, in memory or not.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::ingest::Ready;
use super::linked::Engine;
use super::listener::Listener;
use super::pack::PackError;
use super::run::Run;
use super::state::{State, Traveler};
use crate::cel::Text;
use crate::model::TravelerId;

/// A value of an identity that leads to a traveler.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lead {
    /// Which type of traveler, and which of its identities, in the order of the plan.
    pub ty: u32,
    pub identity: u16,
    pub value: Text,
    pub number: u32,
}

/// Where sessions of a journey are counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    /// They have started.
    Started,
    /// They are on their way, in this milestone.
    At(Arc<str>),
    /// They have ended so.
    Ended(Arc<str>),
}

/// What changed since a driver last asked.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// Travelers that may be others than before, each with when its next timer was due then. One
    /// may stand here several times: the first counts.
    pub travelers: Vec<(u32, Option<Timestamp>)>,
    /// Travelers that were joined to others: who, and to whom.
    pub gone: Vec<(u32, u32)>,
    /// What leads to whom from now on (true), or no more (false), in order.
    pub leads: Vec<(Lead, bool)>,
    /// By journey and stand: how many sessions more there are, or fewer.
    pub stands: BTreeMap<(Arc<str>, Stand), i64>,
}

impl Changed {
    pub(super) fn touch(&mut self, number: u32, due: Option<Timestamp>) {
        if self.travelers.last().is_none_or(|last| last.0 != number) {
            self.travelers.push((number, due));
        }
    }

    /// Sessions of a traveler who comes from one plan to another: all are where they are, once
    /// less or once more.
    pub(super) fn sessions(&mut self, engine: &Engine, traveler: &Traveler, more: i64) {
        for session in traveler.sessions.iter().filter(|it| !it.ended) {
            let journey = &engine.journeys[session.journey as usize];
            let milestone = &journey.milestones[usize::from(session.milestone)];
            self.stand(&journey.name, Stand::At(milestone.name.clone()), more);
        }
    }

    fn stand(&mut self, journey: &Arc<str>, stand: Stand, more: i64) {
        *self.stands.entry((journey.clone(), stand)).or_default() += more;
    }

    pub(super) fn lead(
        &mut self,
        ty: TravelerId,
        identity: u16,
        value: &Text,
        number: u32,
        leads: bool,
    ) {
        let lead = Lead {
            ty: ty.index() as u32,
            identity,
            value: value.clone(),
            number,
        };
        self.leads.push((lead, leads));
    }
}

impl Run<'_> {
    /// A session goes from one milestone to another, starts or ends.
    pub(super) fn stands(&mut self, journey: u32, from: Option<u16>, to: Result<u16, &Arc<str>>) {
        let Some(watch) = &mut self.state.watch else {
            return;
        };
        let journey = &self.engine.journeys[journey as usize];
        let at =
            |milestone: u16| Stand::At(journey.milestones[usize::from(milestone)].name.clone());
        match from {
            Some(from) => watch.stand(&journey.name, at(from), -1),
            None => watch.stand(&journey.name, Stand::Started, 1),
        }
        let to = match to {
            Ok(milestone) => at(milestone),
            Err(outcome) => Stand::Ended(outcome.clone()),
        };
        watch.stand(&journey.name, to, 1);
    }
}

impl State {
    /// Notes from now on what changes.
    pub fn watch(&mut self) {
        self.watch.get_or_insert_default();
    }

    /// What changed since this was last asked.
    pub fn changed(&mut self) -> Changed {
        let watch = self.watch.as_mut();
        watch
            .map(|watch| std::mem::take(&mut **watch))
            .unwrap_or_default()
    }

    /// How much changed since then, about.
    pub fn changes(&self) -> usize {
        (self.watch.as_ref()).map_or(0, |watch| watch.travelers.len())
    }

    /// How many numbers of travelers are given away, those who are gone included.
    pub fn numbers(&self) -> u32 {
        self.travelers.len() as u32
    }

    /// So many numbers are given away: none of their travelers is in memory yet.
    pub fn expect(&mut self, numbers: u32) {
        self.travelers.resize_with(numbers as usize, || None);
    }

    /// How many inputs came so far that say of someone that they are there.
    pub fn inputs(&self) -> u64 {
        self.inputs
    }

    /// So many inputs came before.
    pub fn expect_inputs(&mut self, inputs: u64) {
        self.inputs = inputs;
    }

    /// Whether a traveler is in memory.
    pub fn holds(&self, number: u32) -> bool {
        (self.travelers.get(number as usize)).is_some_and(Option::is_some)
    }

    /// When a traveler's next timer is due; none where it is not in memory.
    pub fn due_of(&self, number: u32) -> Option<Timestamp> {
        let traveler = self.travelers.get(number as usize)?.as_ref()?;
        traveler.timers.first().map(|(key, _)| key.due)
    }

    /// Whose timer is due next, of all who are known.
    pub fn next_timer(&self) -> Option<(Timestamp, u32)> {
        self.due.first().copied()
    }

    /// A traveler who is not in memory has a timer that is due.
    pub fn expect_due(&mut self, number: u32, due: Timestamp) {
        self.due.insert((due, number));
    }

    /// A traveler's timer cannot fire: its record cannot be read.
    pub fn forget_due(&mut self, number: u32, due: Timestamp) {
        self.due.remove(&(due, number));
    }

    /// A value leads to a traveler no more, whose record cannot be read.
    pub fn forget_lead(&mut self, lead: &Lead) {
        (self.directory).remove(TravelerId(lead.ty), lead.identity, &lead.value, lead.number);
    }

    /// Lets a traveler out of memory: the driver has its record.
    pub fn evict(&mut self, number: u32) {
        let Some(traveler) = (self.travelers.get_mut(number as usize)).and_then(Option::take)
        else {
            return;
        };
        let strands = traveler.sessions.iter().flat_map(|it| &it.strands);
        for key in strands.filter_map(|strand| strand.asked.as_ref()) {
            self.asked.remove(key);
        }
    }
}

impl Engine {
    /// A value leads to a traveler who is not in memory. False where the plan has no such identity.
    pub fn expect_lead(&self, state: &mut State, lead: &Lead) -> bool {
        let ty = TravelerId(lead.ty);
        let identities = self.travelers.get(ty.index()).map(|it| it.identities.len());
        if identities.is_none_or(|it| usize::from(lead.identity) >= it) {
            return false;
        }
        (state.directory).add(ty, lead.identity, &lead.value, lead.number);
        true
    }

    /// Lets a traveler into memory, as its record has it. What leads to it and when it is due is
    /// known already.
    pub fn admit(&self, state: &mut State, number: u32, record: &[u8]) -> Result<(), PackError> {
        let traveler = self.unpack(record)?;
        if traveler.number != number || number >= state.numbers() {
            return Err(PackError::new("this is the record of another traveler"));
        }
        if state.holds(number) {
            return Ok(());
        }
        for session in &traveler.sessions {
            for key in session.strands.iter().filter_map(|it| it.asked.as_ref()) {
                state.asked.insert(key.clone(), number);
            }
        }
        state.travelers[number as usize] = Some(traveler);
        Ok(())
    }

    /// The record of a traveler who is in memory.
    pub fn record(&self, state: &State, number: u32) -> Option<Vec<u8>> {
        let traveler = state.travelers.get(number as usize)?.as_ref()?;
        Some(self.pack(traveler))
    }

    /// Who must be in memory before an event can be taken: all to whom its identities may lead.
    pub fn wanted(&self, state: &State, event: &Ready, tell: &mut dyn FnMut(u32)) {
        event.identities(self, |ty, identity, text| {
            (state.directory)
                .candidates(ty, identity, text)
                .for_each(&mut *tell);
        });
    }

    /// The values by which an event finds whose it is, as if each led to this traveler.
    pub fn leads_of(&self, event: &Ready, number: u32) -> Vec<Lead> {
        let mut leads = Vec::new();
        event.identities(self, |ty, identity, text| {
            leads.push(Lead {
                ty: ty.index() as u32,
                identity,
                value: text.into(),
                number,
            });
        });
        leads
    }

    /// The name of the identity that a value is of.
    pub fn identity_of(&self, lead: &Lead) -> Option<&Arc<str>> {
        let kind = self.travelers.get(lead.ty as usize)?;
        let field = *kind.identities.get(usize::from(lead.identity))?;
        Some(&kind.profile[field].name)
    }

    /// Fires the next timer of all, that of [`State::next_timer`], whose traveler is in memory.
    pub fn fire(&self, state: &mut State, out: &mut Listener<'_>) {
        if let Some((_, number)) = state.next_timer() {
            self.fire_next(state, number, out);
        }
    }

    /// Lets go the ids of all events that were handled: the driver keeps them.
    pub fn hand_over_ids(&self, state: &mut State) {
        state.handled = super::handled::Handled::default();
    }

    /// Lets paused journeys that are live again go on with what they held, for one traveler.
    pub fn resume(&self, state: &mut State, number: u32, at: Timestamp) {
        self.with(state, number, &mut Listener::Kinds(&mut |_| {}), |run| {
            run.release_at(at);
        });
    }

    /// The travelers that a name in traces may mean: a key's value, or `IDENTITY:VALUE`.
    pub fn named(&self, state: &State, name: &str, tell: &mut dyn FnMut(u32)) {
        for (index, kind) in self.travelers.iter().enumerate() {
            let ty = TravelerId(index as u32);
            (state.directory)
                .candidates(ty, kind.key, name)
                .for_each(&mut *tell);
            let Some((identity, value)) = name.split_once(':') else {
                continue;
            };
            let of_name = |field: &usize| *kind.profile[*field].name == *identity;
            if let Some(identity) = kind.identities.iter().position(of_name) {
                let found = state.directory.candidates(ty, identity as u16, value);
                found.for_each(&mut *tell);
            }
        }
    }

    /// Tells a state of another plan from one of this.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// For how long an event's id is remembered.
    pub fn dedupe(&self) -> jiff::SignedDuration {
        self.dedupe
    }
}
