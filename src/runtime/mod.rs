//! The embedded runtime: the engine of dry runs, kept up by a store, a clock and a door.

pub mod deliver;
pub mod outgoing;
