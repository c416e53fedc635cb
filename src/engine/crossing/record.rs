//! Records of an earlier plan: travelers are let in from them as they are under the plan that runs,
//! and looked at for what would become of them.

use std::sync::Arc;

use super::{Crossing, Outlook};
use crate::engine::linked::Engine;
use crate::engine::listener::Listener;
use crate::engine::pack::PackError;
use crate::engine::resident::Lead;
use crate::engine::state::State;
use crate::model::TravelerId;

impl Crossing {
    /// The engine of the plan before.
    pub fn from(&self) -> &Arc<Engine> {
        &self.from
    }

    /// What would become of the sessions in a record of the plan before. False where the next plan
    /// has no place for the traveler.
    pub fn outlook_of(
        &self,
        record: &[u8],
        tell: &mut dyn FnMut(Outlook),
    ) -> Result<bool, PackError> {
        let traveler = self.from.unpack(record)?;
        self.outlook_on(&traveler, tell);
        Ok(self.people[traveler.ty.index()].is_some())
    }

    /// Where a value leads under the next plan; none: nowhere any more.
    pub fn lead(&self, lead: &Lead) -> Option<Lead> {
        let people = self.people.get(lead.ty as usize)?.as_ref()?;
        Some(Lead {
            ty: people.to.index() as u32,
            identity: people.identity(lead.identity)?,
            ..lead.clone()
        })
    }

    /// Whether all values lead where they did.
    pub fn keeps_leads(&self) -> bool {
        let mut people = self.people.iter().enumerate();
        people.all(|(ty, it)| it.as_ref().is_some_and(|it| it.is_in_place(ty)))
    }
}

/// Lets a traveler into memory whose record is of an earlier plan, by the ways from that to the
/// plan that runs. What they are then is another record: the driver is told so, as of all changes.
pub fn admit_across(
    chain: &[Arc<Crossing>],
    state: &mut State,
    number: u32,
    record: &[u8],
    out: &mut Listener<'_>,
) -> Result<(), PackError> {
    let Some(first) = chain.first() else {
        return Err(PackError::new("this record belongs to another plan"));
    };
    let mut traveler = first.from.unpack(record)?;
    if traveler.number != number || number >= state.numbers() {
        return Err(PackError::new("this is the record of another traveler"));
    }
    if state.holds(number) {
        return Ok(());
    }
    if let Some(watch) = &mut state.watch {
        watch.sessions(&first.from, &traveler, -1);
    }
    let due = traveler.timers.first().map(|(key, _)| key.due);
    if let Some(due) = due {
        state.due.remove(&(due, number));
    }
    let mut known: Vec<Lead> = (traveler.leads.iter())
        .map(|(identity, value)| Lead {
            ty: traveler.ty.index() as u32,
            identity: *identity,
            value: value.clone(),
            number,
        })
        .collect();
    for crossing in chain {
        known = known.iter().filter_map(|it| crossing.lead(it)).collect();
        let Some(there) = crossing.carry(traveler, &state.options, out) else {
            if let Some(watch) = &mut state.watch {
                watch.gone.push((number, u32::MAX));
            }
            return Ok(());
        };
        traveler = there;
    }
    let ty: TravelerId = traveler.ty;
    for (identity, value) in &traveler.leads {
        // What the plan before wrote on the way.
        if !known
            .iter()
            .any(|it| it.identity == *identity && it.value == *value)
        {
            state.directory.add(ty, *identity, value, number);
            if let Some(watch) = &mut state.watch {
                watch.lead(ty, *identity, value, number, true);
            }
        }
    }
    for session in &traveler.sessions {
        for key in session.strands.iter().filter_map(|it| it.asked.as_ref()) {
            state.asked.insert(key.clone(), number);
        }
    }
    if let Some((key, _)) = traveler.timers.first() {
        state.due.insert((key.due, number));
    }
    if let (Some(watch), Some(last)) = (&mut state.watch, chain.last()) {
        watch.touch(number, due);
        watch.sessions(&last.to, &traveler, 1);
    }
    state.travelers[number as usize] = Some(traveler);
    Ok(())
}

impl State {
    /// All travelers leave memory, where their records are kept: another plan runs. Who is who is
    /// forgotten too, unless it stays as it is.
    pub fn leave(&mut self, keeps_leads: bool) {
        self.travelers.iter_mut().for_each(|it| *it = None);
        self.asked.clear();
        if !keeps_leads {
            self.directory = crate::engine::directory::Directory::default();
        }
    }
}
