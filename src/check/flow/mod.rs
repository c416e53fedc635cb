//! How what is known flows through triggers and steps: which event is being handled, what is
//! proved to be present, which variables have been set.

mod absent;
mod scope;
mod state;
mod unit;

pub(super) use absent::{because, gone, not_with};
pub(super) use scope::{Causes, Goto, Scope};
pub(super) use state::{Names, State, both, common, either};
pub(super) use unit::Unit;
