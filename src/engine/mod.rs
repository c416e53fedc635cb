//! The engine: `(plan, state, event) → (state, records)`, pure and deterministic to the byte.
//!
//! It knows no clock, randomness, I/O or hash order: time is what events and `advance` say.

mod record;

pub use record::{Action, ActionKind, Message, Reason, Record, WaitEnd, What};
