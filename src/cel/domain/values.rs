//! The values that one field may have: whether it may be absent, and which values else.
//!
//! Numbers, times and booleans are points of a scale of whole numbers, so that ranges are closed
//! and exact: also doubles, each of which has its place in their order.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

/// Closed ranges of points, in order and with gaps between them.
pub(super) type Ranges = SmallVec<[(i128, i128); 2]>;

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
    /// Points of its scale.
    Ranges(Ranges),
    /// These texts, or all but these.
    Texts { not: bool, texts: Texts },
}

/// A set of texts, nearly always of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Texts(SmallVec<[Arc<str>; 1]>);

impl Texts {
    pub(super) fn one(text: Arc<str>) -> Self {
        Self(smallvec![text])
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.iter()
    }

    fn contains(&self, text: &Arc<str>) -> bool {
        self.0.binary_search(text).is_ok()
    }

    fn and(&self, other: &Self) -> Self {
        let both = self.0.iter().filter(|text| other.contains(text));
        Self(both.cloned().collect())
    }

    fn or(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).cloned().collect()
    }

    fn except(&self, other: &Self) -> Self {
        let left = self.0.iter().filter(|text| !other.contains(text));
        Self(left.cloned().collect())
    }
}

impl FromIterator<Arc<str>> for Texts {
    fn from_iter<I: IntoIterator<Item = Arc<str>>>(texts: I) -> Self {
        let mut texts: SmallVec<_> = texts.into_iter().collect();
        texts.sort_unstable();
        texts.dedup();
        Self(texts)
    }
}

impl Present {
    /// It cannot be there.
    pub(super) fn none() -> Self {
        Self::Ranges(Ranges::new())
    }

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
                let mut both = Ranges::new();
                let (mut at, mut other) = (0, 0);
                while let (Some((low, high)), Some((from, to))) = (a.get(at), b.get(other)) {
                    let (from, until) = ((*low).max(*from), (*high).min(*to));
                    if from <= until {
                        both.push((from, until));
                    }
                    if high < to {
                        at += 1;
                    } else {
                        other += 1;
                    }
                }
                Self::Ranges(both)
            }
            (Self::Texts { not: a, texts: x }, Self::Texts { not: b, texts: y }) => {
                let (not, texts) = match (a, b) {
                    (true, true) => (true, x.or(y)),
                    (false, false) => (false, x.and(y)),
                    (true, false) => (false, y.except(x)),
                    (false, true) => (false, x.except(y)),
                };
                Self::Texts { not, texts }
            }
            _ if self.is_empty() || other.is_empty() => Self::none(),
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
                    (true, true) => (true, x.and(y)),
                    (false, false) => (false, x.or(y)),
                    (true, false) => (true, x.except(y)),
                    (false, true) => (true, y.except(x)),
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
                let mut gaps = Ranges::new();
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
fn joined(a: &[(i128, i128)], b: &[(i128, i128)]) -> Ranges {
    let mut all: Ranges = a.iter().chain(b).copied().collect();
    all.sort_unstable();
    let mut made = Ranges::new();
    for (low, high) in all {
        match made.last_mut() {
            Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
            _ => made.push((low, high)),
        }
    }
    made
}

impl Values {
    /// Of a boolean, that it is true.
    pub(super) fn truth() -> Self {
        Self {
            absent: false,
            present: Present::Ranges(smallvec![(1, 1)]),
        }
    }

    /// How many ranges or texts tell what it may be.
    pub(super) fn pieces(&self) -> usize {
        match &self.present {
            Present::Any => 0,
            Present::Ranges(ranges) => ranges.len(),
            Present::Texts { texts, .. } => texts.len(),
        }
    }

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
