//! Carries out what the keeper orders, each action in a task of its own, and says what came of it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tracing::{debug, info, warn};

use super::keeper::{Keeper, Orders};
use super::outgoing::{Outcome, Outgoing};
use crate::model::Model;
use crate::render::clean;

/// Who carries out actions.
pub trait Deliver: Send + Sync + 'static {
    /// Carries out one action, and sees to it that this ends. It may come again with the same key,
    /// where what came of it was not known, or not kept.
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;
}

/// What carries out the actions of a plan; or what is missing for that.
pub type Connect = dyn Fn(&Model) -> Result<Arc<dyn Deliver>, String> + Send + Sync;

/// The ways out: those of the plan that runs, and others when another takes its place.
pub struct Ways {
    connect: Box<Connect>,
    now: RwLock<Arc<dyn Deliver>>,
}

impl Ways {
    /// The ways out of a plan.
    pub fn new(connect: Box<Connect>, model: &Model) -> Result<Self, String> {
        let now = RwLock::new(connect(model)?);
        Ok(Self { connect, now })
    }

    /// The ways out that a plan would have.
    pub(super) fn of(&self, model: &Model) -> Result<Arc<dyn Deliver>, String> {
        (self.connect)(model)
    }

    /// Actions go these ways from now on.
    pub(super) fn take(&self, next: Arc<dyn Deliver>) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = next;
    }

    fn now(&self) -> Arc<dyn Deliver> {
        (self.now.read().unwrap_or_else(PoisonError::into_inner)).clone()
    }
}

/// Carries out orders until there are no more.
pub(super) async fn deliver_all(mut orders: Orders, keeper: Keeper, ways: Arc<Ways>) {
    let health = Arc::new(Health::default());
    while let Some((number, outgoing)) = orders.recv().await {
        let (keeper, deliver, health) = (keeper.clone(), ways.now(), health.clone());
        tokio::spawn(async move {
            let begun = Instant::now();
            let outgoing = Arc::new(outgoing);
            let out = outgoing.clone();
            // In a task of its own: a deliverer that panics takes nobody with it.
            let attempt = tokio::spawn(async move { deliver.deliver(&out).await });
            let outcome = attempt.await.unwrap_or_else(|_| Outcome::Again {
                reason: "the attempt broke off: a defect of cjoc".to_owned(),
                after: None,
            });
            health.tell(&outgoing, &outcome, begun.elapsed());
            keeper.settled(number, outcome);
        });
    }
}

/// Which connections fail now, and how many attempts in a row: so that the log has a line where that
/// changes, rather than one for each attempt.
#[derive(Default)]
struct Health(Mutex<BTreeMap<Arc<str>, u64>>);

impl Health {
    /// Logs what came of an attempt: nothing that is personal or secret.
    fn tell(&self, out: &Outgoing, outcome: &Outcome, took: Duration) {
        let mut failing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (connection, action, key) = (&*out.connection, &*out.action, &*out.key);
        let (attempt, ms) = (out.attempt, took.as_millis() as u64);
        match outcome {
            Outcome::Done { .. } => {
                if let Some(failed) = failing.remove(&out.connection) {
                    info!(connection, failed, "the connection works again");
                }
                debug!(connection, action, key, attempt, ms, "carried out");
            }
            Outcome::Again { reason, after } => {
                let failed = failing.entry(out.connection.clone()).or_default();
                *failed += 1;
                let reason = clean(reason);
                if *failed == 1 {
                    warn!(
                        connection,
                        action, reason, "the connection fails; its actions are tried again"
                    );
                }
                let again_ms = after.map(|after| after.as_millis() as u64);
                debug!(
                    connection,
                    action, key, attempt, ms, again_ms, reason, "tried in vain"
                );
            }
            Outcome::Dead { reason } => {
                let reason = clean(reason);
                warn!(
                    connection,
                    action, key, attempt, reason, "given up: a dead letter"
                );
            }
        }
    }
}
