//! The life of a deployment: from the plan that runs to the next.
//!
//! A [`Draft`] is made of the running model and the new one: the plan that will run ([`union`]: the
//! new one and, beside it, journeys as they were for those who are still on them) and what becomes
//! of each journey's sessions. The driver looks at its sessions through [`Draft::crossing`] and
//! tells the [`Answer`] of each; [`Draft::finish`] drops what nobody stays on. Nothing here knows
//! where sessions are kept, when a deployment is, or how it is asked for.

mod answer;
mod content;
mod union;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

pub use answer::{Answer, Change, Counts, Fated, JourneyAnswer, MilestoneCounts, Reason};

use crate::engine::{Crossing, Engine, LinkError, Passage, Passages};
use crate::model::Model;
use crate::model::ids::plain;
use union::{Kept, living, union};

/// A plan, and its engine.
#[derive(Clone, Debug)]
pub struct Running {
    pub model: Arc<Model>,
    pub engine: Arc<Engine>,
}

/// A deployment that was decided.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The plan that runs from now on.
    pub running: Running,
    /// By journey of the plan before: what becomes of its sessions.
    pub passages: Passages,
}

/// A deployment, before anything is counted.
#[derive(Debug)]
pub struct Draft {
    before: Running,
    new: Model,
    kept: Vec<Kept>,
    dead: BTreeMap<Arc<str>, Vec<LinkError>>,
    after: Deployment,
}

impl Running {
    /// Links a plan that nothing ran before.
    pub fn first(new: &Model) -> Result<Self, Vec<LinkError>> {
        Self::of(new.clone())
    }

    /// Links a model that ran already, as it was written down.
    pub fn of(model: Model) -> Result<Self, Vec<LinkError>> {
        let engine = Arc::new(Engine::new(&model)?);
        let model = Arc::new(model);
        Ok(Self { model, engine })
    }
}

impl Draft {
    /// What would run, and where sessions would go; an error where the new plan does not link.
    pub fn new(before: &Running, new: &Model) -> Result<Self, Vec<LinkError>> {
        Engine::new(new)?;
        let running = &*before.model;
        let mut passages = Passages::new();
        let mut kept = Vec::new();
        let mut taken = BTreeSet::new();
        for old in &running.journeys {
            let known_as = plain(&old.name);
            let next = (new.journeys.iter())
                .find(|it| *it.name == *known_as && it.traveler == old.traveler);
            let same = next.is_some_and(|next| {
                content::of_journey(running, old) == content::of_journey(new, next)
            });
            let mut passage = Passage {
                next: next.map(|it| it.name.clone()),
                same,
                kept: None,
                migrate: next.and_then(|it| it.migrate.clone()),
            };
            if !same {
                let it = Kept::new(running, old, new, &taken);
                taken.insert(it.name.clone());
                passage.kept = Some(it.name.clone());
                kept.push(it);
            }
            passages.insert(old.name.clone(), passage);
        }
        let (kept, dead) = living(new, kept);
        for name in dead.keys() {
            if let Some(passage) = passages.get_mut(name) {
                passage.kept = None;
            }
        }
        let running = Running::of(union(new, kept.iter()))?;
        Ok(Self {
            before: before.clone(),
            new: new.clone(),
            kept,
            dead,
            after: Deployment { running, passages },
        })
    }

    /// The way of the sessions, to look at or to go. At that time the plan is deployed.
    pub fn crossing(&self, at: Timestamp) -> Crossing {
        let (before, after) = (&self.before, &self.after.running);
        Crossing::new(
            (&before.model, &before.engine),
            (&after.model, &after.engine),
            &self.after.passages,
            at,
        )
    }

    /// An answer with everything but counts.
    pub fn answer(&self) -> Answer {
        Answer::new(
            &self.before.model,
            &self.new,
            &self.after.passages,
            &self.dead,
        )
    }

    /// The deployment, without the journeys that nobody stays on.
    pub fn finish(self, answer: &Answer) -> Result<Deployment, Vec<LinkError>> {
        let stays = |it: &&Kept| answer.stays.contains(&it.old);
        let staying: Vec<&Kept> = self.kept.iter().filter(stays).collect();
        let Deployment {
            running,
            mut passages,
        } = self.after;
        if staying.len() == self.kept.len() {
            return Ok(Deployment { running, passages });
        }
        // Where one that stays speaks of another that nobody is on, all are left as they are.
        let Ok(running) = Running::of(union(&self.new, staying.iter().copied())) else {
            return Ok(Deployment { running, passages });
        };
        for it in self
            .kept
            .iter()
            .filter(|it| !answer.stays.contains(&it.old))
        {
            if let Some(passage) = passages.get_mut(&it.old) {
                passage.kept = None;
            }
        }
        Ok(Deployment { running, passages })
    }
}

impl Deployment {
    /// The way from the plan before, as it was decided.
    pub fn crossing(&self, before: &Running, at: Timestamp) -> Crossing {
        Crossing::new(
            (&before.model, &before.engine),
            (&self.running.model, &self.running.engine),
            &self.passages,
            at,
        )
    }
}
