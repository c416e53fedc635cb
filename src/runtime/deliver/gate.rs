//! How fast and how many go out: at most so many in any stretch of a time, and so many at once.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use crate::model::Delivery;

/// How many go out at once where nothing is said.
const PARALLEL: u32 = 4;

pub(super) struct Gate {
    at_once: Semaphore,
    parallel: usize,
    rate: Option<Rate>,
}

/// The last `count` times at which something went out, or is to.
struct Rate {
    count: usize,
    per: Duration,
    times: Mutex<VecDeque<Instant>>,
}

impl Gate {
    pub(super) fn new(delivery: &Delivery) -> Self {
        let parallel = delivery.parallel.unwrap_or(PARALLEL) as usize;
        let rate = delivery.rate.and_then(|rate| {
            Some(Rate {
                count: rate.count as usize,
                per: Duration::try_from(rate.per).ok()?,
                times: Mutex::default(),
            })
        });
        Self {
            at_once: Semaphore::new(parallel),
            parallel,
            rate,
        }
    }

    pub(super) fn parallel(&self) -> usize {
        self.parallel
    }

    /// Waits until one more may go out; it is under way as long as the pass is kept.
    pub(super) async fn pass(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        let permit = self.at_once.acquire().await.ok();
        if let Some(rate) = &self.rate {
            sleep_until(rate.next(Instant::now())).await;
        }
        permit
    }
}

impl Rate {
    /// Takes the first time from now on at which one more may go out.
    fn next(&self, now: Instant) -> Instant {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = now;
        if times.len() == self.count
            && let Some(oldest) = times.pop_front()
        {
            next = next.max(oldest + self.per);
        }
        times.push_back(next);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stretch_of_the_time_holds_more_than_the_count() {
        let rate = Rate {
            count: 5,
            per: Duration::from_secs(1),
            times: Mutex::default(),
        };
        let start = Instant::now();
        let times: Vec<_> = (0..200)
            .map(|n| rate.next(start + Duration::from_millis(37 * n)))
            .collect();
        for (index, time) in times.iter().enumerate().skip(5) {
            assert!(*time - times[index - 5] >= Duration::from_secs(1));
        }
        assert_eq!(times[4], start + Duration::from_millis(148));
    }
}
