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
    /// Of actions, of what became of events, and of what failed: what is done in the world.
    Effects(&'a mut dyn FnMut(Record)),
}

impl Listener<'_> {
    /// Whether records of everything are made.
    pub(super) fn reads(&self) -> bool {
        matches!(self, Self::Records(_))
    }

    /// Whether records of actions are made.
    pub(super) fn reads_actions(&self) -> bool {
        !matches!(self, Self::Kinds(_))
    }

    /// Whether nobody wants a record of this; who only counts it has done so.
    pub(super) fn passes(&mut self, what: &What) -> bool {
        match self {
            Self::Records(_) => false,
            Self::Kinds(count) => {
                count(what);
                true
            }
            Self::Effects(_) => !what.is_effect(),
        }
    }

    pub(super) fn tell(&mut self, record: Record) {
        match self {
            Self::Records(tell) => tell(record),
            Self::Kinds(count) => count(&record.what),
            Self::Effects(tell) => {
                if record.what.is_effect() {
                    tell(record);
                }
            }
        }
    }

    /// The same one, for a while.
    pub(super) fn again(&mut self) -> Listener<'_> {
        match self {
            Self::Records(tell) => Listener::Records(&mut **tell),
            Self::Kinds(count) => Listener::Kinds(&mut **count),
            Self::Effects(tell) => Listener::Effects(&mut **tell),
        }
    }
}
