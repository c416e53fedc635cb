//! The values that one field may have: whether it may be absent, and which values else.
//!
//! Numbers, times and booleans are points of a scale of whole numbers, so that ranges are closed
//! and exact: also doubles, each of which has its place in their order.

use std::collections::BTreeSet;
use std::sync::Arc;

/// What a field may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values {
    /// It may be absent.
    pub absent: bool,
    /// What it may be where it is there.
    pub present: Present,
}

/// What a field that is there may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Present {
    /// Nothing is told of its values.
    Any,
    /// Points of its scale: closed ranges in order, with gaps between them.
    Ranges(Vec<(i128, i128)>),
    /// These texts, or all but these.
    Texts {
        not: bool,
        texts: BTreeSet<Arc<str>>,
    },
}

impl Present {
    /// It cannot be there.
    pub(super) const NONE: Self = Self::Ranges(Vec::new());

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Any => false,
            Self::Ranges(ranges) => ranges.is_empty(),
            Self::Texts { not, texts } => !not && texts.is_empty(),
        }
    }

    /// What is in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Any, it) | (it, Self::Any) => it.clone(),
            (Self::Ranges(a), Self::Ranges(b)) => {
                let mut both = Vec::new();
                for (low, high) in a {
                    for (from, to) in b {
                        let (low, high) = ((*low).max(*from), (*high).min(*to));
                        if low <= high {
                            both.push((low, high));
                        }
                    }
                }
                both.sort_unstable();
                Self::Ranges(both)
            }
            (Self::Texts { not: a, texts: x }, Self::Texts { not: b, texts: y }) => {
                let (not, texts) = match (a, b) {
                    (true, true) => (true, x | y),
                    (false, false) => (false, x & y),
                    (true, false) => (false, y - x),
                    (false, true) => (false, x - y),
                };
                Self::Texts { not, texts }
            }
            _ if self.is_empty() || other.is_empty() => Self::NONE,
            // Two types of one name: nothing is told.
            _ => Self::Any,
        }
    }

    /// What is in either.
    pub(super) fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (it, nothing) | (nothing, it) if nothing.is_empty() => it.clone(),
            (Self::Ranges(a), Self::Ranges(b)) => Self::Ranges(joined(a, b)),
            (Self::Texts { not: a, texts: x }, Self::Texts { not: b, texts: y }) => {
                let (not, texts) = match (a, b) {
                    (true, true) => (true, x & y),
                    (false, false) => (false, x | y),
                    (true, false) => (true, x - y),
                    (false, true) => (true, y - x),
                };
                Self::Texts { not, texts }
            }
            _ => Self::Any,
        }
    }

    /// All but these.
    pub(super) fn except(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Ranges(_), Self::Ranges(taken)) => {
                let mut gaps = Vec::new();
                let mut from = i128::MIN;
                for (low, high) in taken {
                    if from < *low {
                        gaps.push((from, low - 1));
                    }
                    from = high.saturating_add(1);
                }
                gaps.push((from, i128::MAX));
                self.and(&Self::Ranges(gaps))
            }
            (_, Self::Texts { not, texts }) => self.and(&Self::Texts {
                not: !not,
                texts: texts.clone(),
            }),
            _ => self.clone(),
        }
    }

    fn is_in(&self, other: &Self) -> bool {
        *other == Self::Any || self.is_empty() || (*self != Self::Any && self.and(other) == *self)
    }
}

/// Ranges in order, those that touch made one.
fn joined(a: &[(i128, i128)], b: &[(i128, i128)]) -> Vec<(i128, i128)> {
    let mut all = [a, b].concat();
    all.sort_unstable();
    let mut made: Vec<(i128, i128)> = Vec::new();
    for (low, high) in all {
        match made.last_mut() {
            Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
            _ => made.push((low, high)),
        }
    }
    made
}

impl Values {
    pub(super) fn is_empty(&self) -> bool {
        !self.absent && self.present.is_empty()
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            absent: self.absent && other.absent,
            present: self.present.and(&other.present),
        }
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            absent: self.absent || other.absent,
            present: self.present.or(&other.present),
        }
    }

    /// Whether all of it is in the other.
    pub(super) fn is_in(&self, other: &Self) -> bool {
        (!self.absent || other.absent) && self.present.is_in(&other.present)
    }
}
