//! Carries out what the keeper orders, each action in a task of its own, and says what came of it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};

use super::keeper::{Keeper, Orders};
use super::outgoing::{Outcome, Outgoing};
use crate::model::Model;

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
    while let Some((number, outgoing)) = orders.recv().await {
        let (keeper, deliver) = (keeper.clone(), ways.now());
        tokio::spawn(async move {
            // In a task of its own: a deliverer that panics takes nobody with it.
            let attempt = tokio::spawn(async move { deliver.deliver(&outgoing).await });
            let outcome = attempt.await.unwrap_or_else(|_| Outcome::Again {
                reason: "the attempt broke off: a defect of cjoc".to_owned(),
                after: None,
            });
            keeper.settled(number, outcome);
        });
    }
}
