//! How often something can happen within a time, and why not more often.

/// Seconds, or all time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window(pub Option<u64>);

impl Window {
    pub(super) const EVER: Self = Self(None);

    /// As much longer; nothing known of how much is for ever.
    pub(super) fn and(self, more: Option<u64>) -> Self {
        Self(
            self.0
                .zip(more)
                .map(|(window, more)| window.saturating_add(more)),
        )
    }

    /// How often at most, where so many seconds lie between two times.
    pub(super) fn every(self, gap: u64) -> Option<u64> {
        match self.0 {
            Some(window) if gap > 0 => Some(window.div_ceil(gap)),
            _ => None,
        }
    }
}

/// At most so often, for a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// None: no bound is known.
    pub times: Option<u64>,
    /// What bounds it, or what does not.
    pub why: String,
}

impl Rate {
    pub(super) fn of(times: u64, why: impl Into<String>) -> Self {
        Self {
            times: Some(times),
            why: why.into(),
        }
    }

    pub(super) fn unbounded(why: impl Into<String>) -> Self {
        Self {
            times: None,
            why: why.into(),
        }
    }

    pub(super) fn new(times: Option<u64>, why: impl Into<String>) -> Self {
        Self {
            times,
            why: why.into(),
        }
    }

    /// The smaller bound; the first where they are alike.
    pub(super) fn min(self, other: Self) -> Self {
        match (self.times, other.times) {
            (Some(a), Some(b)) if b < a => other,
            (None, Some(_)) => other,
            _ => self,
        }
    }

    /// One or the other happens.
    pub(super) fn or(self, other: Self) -> Self {
        match (self.times, other.times) {
            (Some(a), Some(b)) => Self {
                times: Some(a.saturating_add(b)),
                why: both(self.why, &other.why),
            },
            (None, _) => self,
            (_, None) => other,
        }
    }

    /// The other happens so often each time that this does.
    pub(super) fn times(self, other: Self) -> Self {
        match (self.times, other.times) {
            (Some(0), _) => self,
            (_, Some(0)) => other,
            (Some(a), Some(b)) => Self {
                times: Some(a.saturating_mul(b)),
                why: both(self.why, &other.why),
            },
            (None, _) => self,
            (_, None) => other,
        }
    }

    pub(super) fn by(mut self, factor: u64) -> Self {
        self.times = match (self.times, factor) {
            (_, 0) => Some(0),
            (times, factor) => times.map(|times| times.saturating_mul(factor)),
        };
        self
    }

    pub(super) fn plus(mut self, more: u64) -> Self {
        self.times = self.times.map(|times| times.saturating_add(more));
        self
    }
}

/// More reasons than these are not told.
const MAX_REASONS: usize = 3;

/// Reasons one after the other, each once.
fn both(first: String, second: &str) -> String {
    if first.is_empty() {
        second.to_owned()
    } else if second.is_empty() || first.ends_with('…') || first.contains(second) {
        first
    } else if first.split("; ").count() >= MAX_REASONS {
        format!("{first}; …")
    } else {
        format!("{first}; {second}")
    }
}
