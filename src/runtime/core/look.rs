//! What people ask: what is remembered of a traveler, what happened lately, how much there is of all.
//! Nothing changes by that, but who is in memory.

use serde_json::Value;

use super::{Core, Time};
use crate::runtime::census::Census;
use crate::runtime::posted::Posted;
use crate::runtime::store::{Kept, StoreError};
use crate::runtime::timeline::{Recent, Timeline};

/// What happened so far, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub accepted: u64,
    pub duplicate: u64,
    pub ignored: u64,
    pub rejected: u64,
    pub timers: u64,
    pub emitted: u64,
    pub deferred: u64,
    pub suppressed: u64,
    pub delivered: u64,
    pub retried: u64,
    pub dead: u64,
    pub failed: u64,
    pub groups: u64,
    pub loaded: u64,
}

/// What a page shows of all of it.
pub struct Overview {
    /// The hash of the plan that runs.
    pub plan: String,
    pub census: Census,
    pub recent: Vec<Recent>,
    pub levels: Levels,
    /// How many inputs there were: events, timers and answers.
    pub inputs: u64,
}

/// How much there is of it now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    pub travelers: u64,
    pub in_memory: u64,
    pub posted: u64,
    pub under_way: u64,
    pub dead: u64,
    /// Travelers whose records cannot be read, as far as that is known.
    pub damaged: u64,
    /// How many seconds the clock lies behind the time that it showed before.
    pub behind: u64,
    /// On disk.
    pub bytes: u64,
}

impl Core {
    /// Dead letters in the order of their keys, after one of them; as far as groups are sealed.
    pub fn dead_letters(&self, after: &str, most: usize) -> Result<Vec<Posted>, StoreError> {
        let found = self.store.dead_after(after, most)?;
        Ok((found.iter())
            .filter_map(|bytes| Posted::of_bytes(bytes))
            .collect())
    }

    /// Actions on their way out, those under way first and then as they are due; as far as groups
    /// are durable.
    pub fn outbox(&self, most: usize) -> Result<Vec<Value>, StoreError> {
        self.outbox.shown(&self.store, most)
    }

    /// What is remembered of the traveler with a name, as JSON.
    pub fn look(&mut self, name: &str) -> Result<Option<Value>, StoreError> {
        if let Some((_, view)) = self.find(name)? {
            return Ok(Some(view));
        }
        Ok(self.look_aside(name, &self.named(name)))
    }

    /// The travelers that a name may mean.
    fn named(&self, name: &str) -> Vec<u32> {
        let mut numbers = Vec::new();
        (self.engine).named(&self.state, name, &mut |number| numbers.push(number));
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The traveler with a name, let into memory, and what is remembered of it.
    fn find(&mut self, name: &str) -> Result<Option<(u32, serde_json::Value)>, StoreError> {
        for number in self.named(name) {
            if let Some(number) = self.admit(number)?
                && let Some(view) = self.engine.view(&self.state, number, name)
            {
                return Ok(Some((number, view)));
            }
        }
        Ok(None)
    }

    /// What happened lately to the traveler with a name, as lines of a trace; as far as groups were
    /// sealed.
    pub fn timeline(&mut self, name: &str) -> Result<Option<(Value, Vec<String>)>, StoreError> {
        let Some((number, view)) = self.find(name)? else {
            return Ok(None);
        };
        let lines = Timeline::lines(&self.store, number)?;
        Ok(Some((view, lines)))
    }

    /// Where sessions are, and which actions came up lately, the latest first.
    pub fn overview(&self) -> Overview {
        Overview {
            plan: self.meta.plan.clone(),
            census: self.census.clone(),
            recent: self.timeline.recent(),
            levels: self.levels(),
            inputs: self.meta.noted,
        }
    }

    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// How many travelers were ever known, how many are in memory, how many actions wait to be
    /// carried out, are under way, and are dead; how many timers' travelers wait.
    pub fn levels(&self) -> Levels {
        Levels {
            travelers: u64::from(self.state.numbers()),
            in_memory: self.working.len() as u64,
            posted: self.outbox.waiting() as u64,
            under_way: self.outbox.under_way() as u64,
            dead: self.outbox.dead(),
            damaged: self.aside.len() as u64,
            behind: match self.settings.time {
                Time::Clock => self.behind.as_secs().max(0).cast_unsigned(),
                Time::Events => 0,
            },
            bytes: self.store.bytes(),
        }
    }

    /// Everything that is remembered of travelers, as bytes: what a dry run of the same inputs comes to.
    pub fn save(&mut self) -> Result<Vec<u8>, StoreError> {
        for number in 0..self.state.numbers() {
            if matches!(self.store.traveler(number)?, Some(Kept::Record { .. })) {
                self.admit(number)?;
            }
        }
        Ok(self.engine.save(&self.state))
    }
}
