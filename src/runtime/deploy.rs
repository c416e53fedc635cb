//! Another plan takes the place of the one that runs.
//!
//! The deployment is durable before anybody is on the new plan. Travelers get there when they are
//! needed next, or when the sweep comes by: their records say which plan they are of, and the plans
//! on the way are kept until the sweep has seen all.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use tracing::{info, warn};

use super::core::{Core, Settings};
use super::plans::Plans;
use super::store::{Store, StoreError};
use crate::deploy::{Answer, Counts, Draft, Running};
use crate::engine::{Engine, LinkError, Listener, PackError, Record, admit_across};
use crate::model::ids::KEPT;
use crate::plan::Plan;

/// How a plan is to be deployed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms {
    /// It is only said what would be.
    pub dry_run: bool,
    /// Sessions that have no place in the new plan may end.
    pub end_sessions: bool,
}

impl Core {
    /// Opens what a folder keeps, or begins there, with plans that can be deployed. Where another
    /// plan runs there, this one takes its place, unless that is refused: the answer says what it did.
    pub fn open_plan(
        plan: &Plan,
        folder: &Path,
        settings: Settings,
        now: Timestamp,
    ) -> Result<(Self, Option<Answer>), StoreError> {
        let (store, known) = Store::open_with(folder, settings.blocks, settings.journal)?;
        let kept = Plans::read(&store.plans()?)?;
        let is_new = kept.is_none();
        let plans = if let Some(plans) = kept {
            let (there, here) = (&plans.running().model.name, &plan.model.name);
            if there != here {
                let message = format!("it is of the workspace `{there}`, and this is `{here}`");
                return Err(StoreError { message });
            }
            plans
        } else {
            let running = Running::first(&plan.model).map_err(|errors| unlinked(&errors))?;
            Plans::first(&plan.hash, running, now)
        };
        let engine = plans.running().engine.clone();
        let runs = plans.deployed().plan.clone();
        let mut core = Self::begin(store, known, engine, &runs, settings, now, Some(plans))?;
        if let (true, Some(plans)) = (is_new, &core.plans) {
            let mut group = core.store.group();
            let (number, bytes) = plans.to_bytes();
            group.plan(&core.store, number, Some(&bytes));
            core.store.commit(group)?;
            core.store.sync()?;
        }
        if runs == plan.hash {
            return Ok((core, None));
        }
        let answer = core.deploy(plan, Terms::default())?;
        if answer.is_refused() {
            let why = answer.refused.join("; ");
            let message =
                format!("plan {runs} runs there, and this one cannot take its place: {why}");
            return Err(StoreError { message });
        }
        Ok((core, Some(answer)))
    }

    /// What runs, where plans can be deployed.
    pub fn running(&self) -> Option<&Running> {
        self.plans.as_ref().map(Plans::running)
    }

    /// Whether this engine runs.
    pub(super) fn runs(&self, engine: &Arc<Engine>) -> bool {
        Arc::ptr_eq(engine, &self.engine)
    }

    /// Which plan runs, since when, what of earlier ones is still in it, and which ran before.
    pub fn plans(&self) -> Value {
        let Some(plans) = &self.plans else {
            return json!({ "plan": self.meta.plan });
        };
        let deployed = plans.deployed();
        let kept: Vec<&str> = (plans.running().model.journeys.iter())
            .map(|it| &*it.name)
            .filter(|name| name.contains(KEPT))
            .collect();
        json!({
            "plan": deployed.plan,
            "since": deployed.at,
            "kept": kept,
            "travelers_to_carry": self.meta.unswept.map_or(0, |from| self.meta.numbers - from),
            "before": plans.before(),
        })
    }

    /// Deploys a plan, or says what that would do.
    pub fn deploy(&mut self, plan: &Plan, terms: Terms) -> Result<Answer, StoreError> {
        while self.sweep(usize::MAX)? {}
        if !terms.dry_run {
            // What is due already happens under the plan before.
            while self.fire(usize::MAX)? {}
        }
        self.flush()?;
        let Some(before) = self.running().cloned() else {
            let message = "no plan can be deployed here".to_owned();
            return Err(StoreError { message });
        };
        let draft = match Draft::new(&before, &plan.model) {
            Ok(draft) => draft,
            Err(errors) => return Ok(Answer::unlinked(&plan.hash, &errors)),
        };
        let at = self.meta.clock;
        let crossing = draft.crossing(at);
        let mut answer = draft.answer();
        let mut forgotten = 0;
        // Of those whose records are damaged nothing is known.
        self.store.each_record(self.meta.numbers, |_, record| {
            let place = crossing.outlook_of(record, &mut |outlook| answer.count(&outlook));
            forgotten += u64::from(place == Ok(false));
        })?;
        answer.close(&plan.hash, forgotten, terms.end_sessions);
        if terms.dry_run || answer.is_refused() {
            return Ok(answer);
        }
        let deployment = draft.finish(&answer).map_err(|errors| unlinked(&errors))?;
        let crossing = Arc::new(deployment.crossing(&before, at));
        let running = deployment.running.clone();
        let mut group = self.store.group();
        let keeps_leads = crossing.keeps_leads();
        let mut leads = Vec::new();
        if !keeps_leads {
            self.store.each_lead(|lead| {
                leads.push(lead);
                true
            })?;
            for lead in &leads {
                group.lead(&self.store, lead, false);
            }
            leads = leads
                .iter()
                .filter_map(|lead| crossing.lead(lead))
                .collect();
            for lead in &leads {
                group.lead(&self.store, lead, true);
            }
        }
        if let Some(plans) = &mut self.plans {
            let (number, bytes) = plans.push(&plan.hash, at, deployment, crossing);
            group.plan(&self.store, number, Some(&bytes));
        }
        self.meta.plan.clone_from(&plan.hash);
        self.meta.fingerprint = running.engine.fingerprint();
        self.meta.unswept = Some(0);
        group.meta(&self.store, &self.meta);
        self.store.commit(group)?;
        self.store.sync()?;
        self.engine = running.engine;
        self.state.leave(keeps_leads);
        self.working.leave();
        for lead in &leads {
            self.engine.expect_lead(&mut self.state, lead);
        }
        answer.deployed = true;
        Ok(answer)
    }

    /// Brings some travelers to the plan that runs; whether there are more.
    pub fn sweep(&mut self, most: usize) -> Result<bool, StoreError> {
        let Some(from) = self.meta.unswept else {
            return Ok(false);
        };
        self.dirty = true;
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        let to = from.saturating_add(most).min(self.meta.numbers);
        for number in from..to {
            if self.admit(number)? == Some(number) {
                // Journeys that were paused may be live again.
                let at = self.meta.clock;
                self.engine.resume(&mut self.state, number, at);
            }
            self.flush_if_full()?;
        }
        if to < self.meta.numbers {
            self.meta.unswept = Some(to);
            return Ok(true);
        }
        self.meta.unswept = None;
        // Their records first: without the plans before they could not be read.
        self.flush()?;
        let mut group = self.store.group();
        for number in self
            .plans
            .as_mut()
            .map(Plans::forget_before)
            .unwrap_or_default()
        {
            group.plan(&self.store, number, None);
        }
        self.store.commit(group)?;
        Ok(false)
    }

    /// Lets a traveler into memory, on the plan that runs; what that did.
    pub(super) fn let_in(&mut self, number: u32, record: &[u8]) -> Result<Vec<Record>, PackError> {
        let mut told = Vec::new();
        let fingerprint = Engine::plan_of(record);
        let plans = self.plans.as_ref();
        match fingerprint
            .filter(|it| *it != self.engine.fingerprint())
            .zip(plans)
        {
            None => self.engine.admit(&mut self.state, number, record)?,
            Some((fingerprint, plans)) => {
                self.dirty = true;
                let chain = plans.chain(fingerprint);
                let mut tell = |record| told.push(record);
                let out = &mut Listener::Records(&mut tell);
                admit_across(&chain, &mut self.state, number, record, out)?;
                self.count_ends(&told);
            }
        }
        Ok(told)
    }
}

/// Logs a deployment, or that it was refused.
pub fn log(answer: &Answer) {
    let plan = &*answer.plan;
    if answer.is_refused() {
        let why = answer.refused.join("; ");
        warn!(plan, why, "a deployment was refused");
    } else if answer.deployed {
        let count = |of: fn(&Counts) -> u64| -> u64 {
            answer.journeys.iter().map(|it| of(&it.sessions)).sum()
        };
        info!(
            plan,
            same = count(|it| it.same),
            moves = count(|it| it.moves),
            stays = count(|it| it.stay),
            ends = count(|it| it.end),
            "another plan runs"
        );
    }
}

fn unlinked(errors: &[LinkError]) -> StoreError {
    let first = errors.first().map(ToString::to_string).unwrap_or_default();
    StoreError {
        message: format!("the plan cannot run: {first}"),
    }
}
