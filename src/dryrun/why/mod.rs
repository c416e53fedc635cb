//! Why something happened, or did not: conditions with the values of their parts, the smallest
//! change under which one would have held, and the answer to `cjoc why-not`.
//!
//! Works on what the engine tells to those who listen; decides nothing of its own.

pub mod conditions;
pub mod parts;

pub use conditions::{Condition, Conditions, Owner};
pub use parts::{Assertion, Part};
