//! Why something happened, or did not: conditions with the values of their parts, the smallest
//! change under which one would have held, and the answer to `cjoc why-not`.
//!
//! Works on what the engine tells to those who listen; decides nothing of its own.

mod answer;
mod ask;
mod by_time;
mod conditions;
mod gate;
mod nearest;
mod parts;
mod steps;
mod story;
mod target;
mod words;

pub use answer::{Answer, Moment, Reason};
pub use ask::why_not;
pub use conditions::{Condition, Conditions, Owner};
pub use nearest::{Change, Wanted, nearest};
pub use parts::{Assertion, Part};
pub use target::Question;
