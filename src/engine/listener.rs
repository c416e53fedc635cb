//! Who is told what the engine does: everything, or only which kinds of things happened.
//!
//! Nothing that the engine decides depends on it. What takes time to make for a trace alone is not
//! made where nobody reads it.

use super::record::{Record, What};

/// Who is told.
pub enum Listener<'a> {
    /// Of everything.
    Records(&'a mut dyn FnMut(Record)),
    /// Of what kind of thing happened, to count it: values may be null and texts empty.
    Kinds(&'a mut dyn FnMut(&What)),
}

impl Listener<'_> {
    /// Whether records are made.
    pub(super) fn reads(&self) -> bool {
        matches!(self, Self::Records(_))
    }

    pub(super) fn tell(&mut self, record: Record) {
        match self {
            Self::Records(tell) => tell(record),
            Self::Kinds(count) => count(&record.what),
        }
    }

    /// The same one, for a while.
    pub(super) fn again(&mut self) -> Listener<'_> {
        match self {
            Self::Records(tell) => Listener::Records(&mut **tell),
            Self::Kinds(count) => Listener::Kinds(&mut **count),
        }
    }
}
