//! The plans that travelers may still be on: the one that runs, and those before it as long as there
//! are records of them.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::store::StoreError;
use crate::deploy::{Deployment, Running};
use crate::engine::{Crossing, Passages};
use crate::model::Model;
use crate::plan::parse_deep;

/// How many of the plans before are told of.
const TOLD: usize = 50;

/// A plan as it was deployed, as it is kept.
#[derive(Serialize, Deserialize)]
struct Entry {
    /// The hash of the plan that was given.
    plan: String,
    at: Timestamp,
    /// What runs: that plan, and what is left of those before.
    model: Model,
    /// What became of the journeys of the plan before.
    passages: Passages,
    before: Vec<Deployed>,
}

/// That a plan was deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Deployed {
    pub plan: String,
    pub at: Timestamp,
}

/// One of the plans.
struct Held {
    number: u32,
    deployed: Deployed,
    running: Running,
    before: Vec<Deployed>,
    /// The way from the one before it.
    crossing: Option<Arc<Crossing>>,
}

/// The plans, in the order of their deployment; there is at least one.
pub(super) struct Plans(Vec<Held>);

impl Plans {
    /// A plan that nothing ran before.
    pub(super) fn first(plan: &str, running: Running, at: Timestamp) -> Self {
        let plan = plan.to_owned();
        Self(vec![Held {
            number: 0,
            deployed: Deployed { plan, at },
            running,
            before: Vec::new(),
            crossing: None,
        }])
    }

    /// As they are kept; none where there are none.
    pub(super) fn read(kept: &[(u32, Vec<u8>)]) -> Result<Option<Self>, StoreError> {
        let refused = |message: String| StoreError { message };
        let mut held: Vec<Held> = Vec::with_capacity(kept.len());
        for (number, bytes) in kept {
            let damaged = |why: String| refused(format!("plan {number} is damaged: {why}"));
            let text = std::str::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
            let entry: Entry = parse_deep(text).map_err(|error| damaged(error.to_string()))?;
            let running = Running::of(entry.model).map_err(|errors| {
                let first = errors.first().map(ToString::to_string).unwrap_or_default();
                refused(format!("plan {number} cannot run: {first}"))
            })?;
            let crossing = held.last().map(|before| {
                let deployment = Deployment {
                    running: running.clone(),
                    passages: entry.passages,
                };
                Arc::new(deployment.crossing(&before.running, entry.at))
            });
            held.push(Held {
                number: *number,
                deployed: Deployed {
                    plan: entry.plan,
                    at: entry.at,
                },
                running,
                before: entry.before,
                crossing,
            });
        }
        Ok((!held.is_empty()).then_some(Self(held)))
    }

    fn last(&self) -> &Held {
        self.0.last().expect("there is at least one")
    }

    /// What runs.
    pub(super) fn running(&self) -> &Running {
        &self.last().running
    }

    /// Which plan that is, and since when.
    pub(super) fn deployed(&self) -> &Deployed {
        &self.last().deployed
    }

    /// The plans before, the latest last.
    pub(super) fn before(&self) -> &[Deployed] {
        &self.last().before
    }

    /// Another one: its number, and what is to be kept of it.
    pub(super) fn push(
        &mut self,
        plan: &str,
        at: Timestamp,
        deployment: Deployment,
        crossing: Arc<Crossing>,
    ) -> (u32, Vec<u8>) {
        let last = self.last();
        let mut before = last.before.clone();
        before.push(last.deployed.clone());
        let surplus = before.len().saturating_sub(TOLD);
        before.drain(..surplus);
        let plan = plan.to_owned();
        let number = last.number + 1;
        let held = Held {
            number,
            deployed: Deployed { plan, at },
            running: deployment.running,
            before,
            crossing: Some(crossing),
        };
        let bytes = held.to_bytes(deployment.passages);
        self.0.push(held);
        (number, bytes)
    }

    /// What is to be kept of a plan that nothing ran before.
    pub(super) fn to_bytes(&self) -> (u32, Vec<u8>) {
        let held = self.last();
        (held.number, held.to_bytes(Passages::new()))
    }

    /// The way from a plan, by its fingerprint, to the one that runs.
    pub(super) fn chain(&self, fingerprint: u64) -> Vec<Arc<Crossing>> {
        let of = |held: &Held| held.running.engine.fingerprint() == fingerprint;
        match self.0.iter().rposition(of) {
            Some(at) => (self.0[at + 1..].iter())
                .filter_map(|held| held.crossing.clone())
                .collect(),
            None => Vec::new(),
        }
    }

    /// Nobody is on the plans before any more: their numbers.
    pub(super) fn forget_before(&mut self) -> Vec<u32> {
        let last = self.0.len() - 1;
        self.0.drain(..last).map(|held| held.number).collect()
    }
}

impl Held {
    fn to_bytes(&self, passages: Passages) -> Vec<u8> {
        let entry = Entry {
            plan: self.deployed.plan.clone(),
            at: self.deployed.at,
            model: (*self.running.model).clone(),
            passages,
            before: self.before.clone(),
        };
        serde_json::to_vec(&entry).expect("the keys of a model's maps are strings")
    }
}
