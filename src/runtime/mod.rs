//! The embedded runtime: the engine of dry runs, kept up by a store, a clock and a door.
//!
//! Events go in at the [`door`], actions come out to those who [`Deliver`] them. In between one
//! thread ([`keeper`]) owns the engine and its [`store`]; [`core`] is what it does, without threads
//! and without a clock. The dry run and this use the same engine: what was tried is what runs.

mod aside;
pub mod census;
pub mod clock;
pub mod core;
pub mod deliver;
mod delivery;
pub mod deploy;
pub mod door;
mod epoch;
mod journal;
pub mod keeper;
mod log;
mod mend;
mod outbox;
pub mod outgoing;
mod plans;
pub mod posted;
mod queue;
mod serve;
pub mod standin;
pub mod store;
mod tables;
mod timeline;
mod working;

pub use delivery::{Connect, Deliver, Ways};
pub use log::LogDeliverer;
pub use serve::{Serving, serve};
