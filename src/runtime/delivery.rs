//! Carries out what the keeper orders, each action in a task of its own, and says what came of it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::keeper::{Keeper, Orders};
use super::outgoing::{Outcome, Outgoing};

/// The longest that one attempt may take, whatever the deliverer thinks: it may have to wait for its
/// turn, where a connection takes few in a long time.
const MAX_ATTEMPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Who carries out actions.
pub trait Deliver: Send + Sync + 'static {
    /// Carries out one action. It may come again with the same key, where what came of it was not
    /// known, or not kept.
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
            let attempt = tokio::spawn(async move {
                let attempt = deliver.deliver(&outgoing);
                tokio::time::timeout(MAX_ATTEMPT, attempt).await
            });
            let again = |reason: &str| Outcome::Again {
                reason: reason.to_owned(),
                after: None,
            };
            let outcome = match attempt.await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => again("the attempt took longer than a day"),
                Err(_) => again("the attempt broke off: a defect of cjoc"),
            };
            keeper.settled(number, outcome);
        });
    }
}
