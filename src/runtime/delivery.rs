//! Carries out what the keeper orders, each action in a task of its own, and says what came of it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::keeper::{Keeper, Orders};
use super::outgoing::{Outcome, Outgoing};

/// Who carries out actions.
pub trait Deliver: Send + Sync + 'static {
    /// Carries out one action, and sees to it that this ends. It may come again with the same key,
    /// where what came of it was not known, or not kept.
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;
}

/// Carries out orders until there are no more.
pub(super) async fn deliver_all(mut orders: Orders, keeper: Keeper, deliver: Arc<dyn Deliver>) {
    while let Some((number, outgoing)) = orders.recv().await {
        let (keeper, deliver) = (keeper.clone(), deliver.clone());
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
