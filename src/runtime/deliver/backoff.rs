//! When an attempt is made again: by exponential back-off, and by what the other side asks for.

use std::time::Duration;

use jiff::SignedDuration;

use crate::model::Delivery;

/// However long the other side asks to wait, it is not longer.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How a connection's actions are tried.
pub(super) struct Policy {
    pub timeout: Duration,
    pub attempts: u32,
    from: Duration,
    to: Duration,
    /// None: those of the system.
    statuses: Option<Vec<u16>>,
}

impl Policy {
    pub(super) fn new(delivery: &Delivery) -> Self {
        let time = |time: Option<SignedDuration>, default: u64| {
            time.and_then(|time| Duration::try_from(time).ok())
                .unwrap_or(Duration::from_secs(default))
        };
        let from = time(delivery.retry.from, 1);
        Self {
            timeout: time(delivery.timeout, 10),
            attempts: delivery.retry.attempts.unwrap_or(8),
            from,
            to: time(delivery.retry.to, 600).max(from),
            statuses: delivery.retry.statuses.clone(),
        }
    }

    /// Whether an answer of HTTP is worth another attempt.
    pub(super) fn repeats(&self, status: u16, usual: fn(u16) -> bool) -> bool {
        match &self.statuses {
            Some(statuses) => statuses.contains(&status),
            None => usual(status),
        }
    }

    /// How long to wait after an attempt: at least what was asked for, else twice as long each
    /// time. The second half of it is shared out by the key, so that what failed together does
    /// not come back together.
    pub(super) fn wait(&self, key: &str, attempt: u32, asked: Option<Duration>) -> Duration {
        let share = share(key, attempt);
        if let Some(asked) = asked {
            let asked = asked.min(LONGEST);
            return asked + self.from.min(asked).mul_f64(share / 2.0);
        }
        let doubled = 2_u32.checked_pow(attempt.saturating_sub(1));
        let full = doubled
            .and_then(|times| self.from.checked_mul(times))
            .map_or(self.to, |full| full.min(self.to));
        full.mul_f64(f64::midpoint(1.0, share))
    }
}

/// What is tried again unless the connection says otherwise: what is busy, broken for now or late.
pub(super) fn usual(status: u16) -> bool {
    matches!(status, 408 | 425 | 429) || (status >= 500 && !matches!(status, 501 | 505))
}

/// A number from 0 to 1, the same for the same attempt.
fn share(key: &str, attempt: u32) -> f64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(key.as_bytes());
    hasher.update(&attempt.to_be_bytes());
    let hash = hasher.finalize();
    let [a, b, c, d, ..] = *hash.as_bytes();
    f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(from: i64, to: i64) -> Policy {
        let mut delivery = Delivery::default();
        delivery.retry.from = Some(SignedDuration::from_secs(from));
        delivery.retry.to = Some(SignedDuration::from_secs(to));
        Policy::new(&delivery)
    }

    #[test]
    fn it_doubles_up_to_the_longest_and_never_halves() {
        let policy = policy(1, 600);
        for attempt in 1..60 {
            let full =
                Duration::from_secs(1 << (attempt - 1).min(20)).min(Duration::from_secs(600));
            let wait = policy.wait("key", attempt, None);
            assert!(wait >= full / 2 && wait <= full, "{attempt}: {wait:?}");
        }
        assert_eq!(policy.wait("key", 3, None), policy.wait("key", 3, None));
        assert_ne!(policy.wait("key", 3, None), policy.wait("other", 3, None));
    }

    #[test]
    fn what_is_asked_for_is_kept_within_a_day() {
        let policy = policy(1, 10);
        let asked = Duration::from_secs(90);
        let wait = policy.wait("key", 1, Some(asked));
        assert!(wait >= asked && wait <= asked + Duration::from_secs(1));
        assert!(policy.wait("key", 1, Some(Duration::MAX)) <= LONGEST + Duration::from_secs(1));
        assert_eq!(policy.wait("key", 1, Some(Duration::ZERO)), Duration::ZERO);
    }
}
