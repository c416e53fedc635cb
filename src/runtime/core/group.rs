//! Groups: all that changed goes into the store at once, and may be told and sent when it is durable.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::Core;
use crate::runtime::outbox::Fresh;
use crate::runtime::store::{Kept, StoreError, Syncer};
use crate::runtime::tables::Space;

/// How many travelers may change before what changed is given to the store.
const MAX_CHANGED: usize = 20_000;

/// The shortest generation of ids.
const MIN_GENERATION: SignedDuration = SignedDuration::from_hours(1);

/// A group that the others see, and that is not durable yet.
pub struct Sealed {
    /// Actions that may go out when it is.
    fresh: Fresh,
    /// A generation of ids that nobody needs then.
    old_ids: Option<Space>,
    /// Whether there is anything to make durable.
    pub changed: bool,
}

impl Core {
    /// Gives the store what changed, where that is much; it is no more durable for that.
    pub(in crate::runtime) fn flush_if_full(&mut self) -> Result<(), StoreError> {
        if self.state.changes() >= MAX_CHANGED || self.outbox.changes() >= MAX_CHANGED {
            self.flush()?;
        }
        Ok(())
    }

    /// Gives the store all that changed, at once.
    pub(in crate::runtime) fn flush(&mut self) -> Result<(), StoreError> {
        let (store, mut group) = (&self.store, self.store.group());
        let changed = self.state.changed();
        let mut travelers = changed.travelers;
        travelers.sort_by_key(|it| it.0);
        travelers.dedup_by_key(|it| it.0);
        for (number, due) in travelers {
            let Some(record) = self.engine.record(&self.state, number) else {
                continue;
            };
            let noted = self.timeline.count(number);
            group.traveler(store, number, &Kept::Record { noted, record });
            let now_due = self.state.due_of(number);
            if now_due != due {
                group.due(store, number, now_due);
            }
            self.working.needs(number);
        }
        for (number, into) in changed.gone {
            group.traveler(store, number, &Kept::Gone(into));
            group.joined(store, into, number);
            group.due(store, number, None);
        }
        let leads: BTreeMap<_, bool> = changed.leads.into_iter().collect();
        for (lead, leads) in leads {
            group.lead(store, &lead, leads);
        }
        for (id, time) in std::mem::take(&mut self.ids) {
            group.id(store, id, time);
        }
        self.outbox.flush(store, &mut group);
        if !changed.stands.is_empty() {
            self.census.count(changed.stands);
            group.census(store, &self.census);
        }
        self.timeline.flush(store, &mut group);
        self.meta.numbers = self.state.numbers();
        self.meta.sequence = self.state.inputs();
        group.meta(store, &self.meta);
        self.store.commit(group)?;
        self.working.end_group(|number| {
            self.state.evict(number);
            self.timeline.evict(number);
        });
        Ok(())
    }

    /// Ends a group: all that changed is given to the store, and durable when that has been synced.
    pub fn seal(&mut self) -> Result<Sealed, StoreError> {
        if !self.dirty {
            // Nothing changed, but somebody may have been looked at.
            self.working.end_group(|number| self.state.evict(number));
            return Ok(Sealed {
                fresh: self.outbox.take_fresh(),
                old_ids: None,
                changed: false,
            });
        }
        self.dirty = false;
        self.tally.groups += 1;
        let old_ids = self.rotate()?;
        self.flush()?;
        Ok(Sealed {
            fresh: self.outbox.take_fresh(),
            old_ids,
            changed: true,
        })
    }

    /// Begins a new generation of ids, where it is time.
    fn rotate(&mut self) -> Result<Option<Space>, StoreError> {
        let lasts = self.engine.dedupe().max(MIN_GENERATION);
        if self.meta.clock.duration_since(self.meta.generation_since) < lasts {
            return Ok(None);
        }
        self.meta.generation += 1;
        self.meta.generation_since = self.meta.clock;
        self.store.next_generation(self.meta.generation)
    }

    /// A group is durable: its actions may go out.
    pub fn durable(&mut self, sealed: Sealed) -> Result<(), StoreError> {
        self.outbox.durable(sealed.fresh);
        match sealed.old_ids {
            Some(ids) => self.store.drop_generation(ids),
            None => Ok(()),
        }
    }

    /// What makes groups durable.
    pub fn syncer(&self) -> Syncer {
        self.store.syncer()
    }
}
