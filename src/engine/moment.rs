//! Points in time as travelers keep them: as exact as the clock's, in 12 bytes rather than 16.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

const SECOND: i32 = 1_000_000_000;

/// A point in time; they are in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Timestamp", into = "Timestamp")]
pub(super) struct Moment {
    /// Seconds from the epoch, rounded down, in two halves.
    high: i32,
    low: u32,
    nanos: i32,
}

impl Moment {
    pub(super) fn time(self) -> Timestamp {
        let second = (i64::from(self.high) << 32) | i64::from(self.low);
        Timestamp::new(second, self.nanos).unwrap_or_default()
    }
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        let (mut second, mut nanos) = (time.as_second(), time.subsec_nanosecond());
        if nanos < 0 {
            second -= 1;
            nanos += SECOND;
        }
        Self {
            high: (second >> 32) as i32,
            low: second.cast_unsigned() as u32,
            nanos,
        }
    }
}

impl From<Moment> for Timestamp {
    fn from(moment: Moment) -> Self {
        moment.time()
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.time().fmt(f)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_time_that_it_was_made_of_and_in_its_order() {
        let nanos = [
            -1_500_000_000,
            -1,
            0,
            1,
            999_999_999,
            1_772_409_600_123_456_789,
        ];
        let times = (nanos.into_iter()).map(|it| Timestamp::from_nanosecond(it).unwrap());
        let mut times: Vec<Timestamp> = times.collect();
        times.extend([Timestamp::MIN, Timestamp::MAX]);
        for one in &times {
            assert_eq!(Moment::from(*one).time(), *one);
            for other in &times {
                let (a, b) = (Moment::from(*one), Moment::from(*other));
                assert_eq!(a.cmp(&b), one.cmp(other), "{one} {other}");
            }
        }
    }
}
