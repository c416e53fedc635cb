//! The engine: `(plan, state, event) → (state, records)`, pure and deterministic to the byte.
//!
//! It knows no clock, randomness, I/O or hash order: time is what events and `advance` say.
//! [`link`] makes an [`Engine`] of a model once. Then, in the order of `spec/execution.md`:
//! [`timers`] fire what is due, [`ingest`] checks an event and [`directory`] finds its traveler,
//! [`profile`], [`traits`] and [`segments`] follow, journeys [`decide`] and [`sessions`] move,
//! [`steps`] run, [`occurrences`] come after, and [`actions`] go out.

mod actions;
mod adapt;
mod ahead;
mod answers;
mod arrival;
mod crossing;
mod decide;
mod decode;
mod directory;
mod handled;
mod ingest;
mod link;
mod linked;
mod listener;
mod merge;
mod moment;
mod occurrences;
mod pack;
mod predict;
mod profile;
mod record;
mod renumber;
mod resident;
mod run;
mod scope;
mod segments;
mod sessions;
mod small;
mod snapshot;
mod split;
mod state;
mod steps;
mod timers;
mod traits;
mod triggers;
mod view;
mod waits;
mod why;

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test that cannot go on has failed; specs read best in place"
)]
mod tests;

pub use ahead::AHEAD;
pub use arrival::SeedError;
pub use crossing::{
    Crossing, Fate, Outlook, Passage, Passages, UNDEPLOYED, admit_across, same_trait,
};
pub use decode::Decoder;
pub use ingest::{Incoming, Ready};
pub use link::LinkError;
pub use linked::Engine;
pub use listener::Listener;
pub use pack::{PackError, RECORD_VERSION};
pub use record::{Action, ActionKind, Message, Reason, Record, WaitEnd, What};
pub use resident::{Changed, Lead, Stand};
pub use state::{Options, State};
pub use why::{Hindrance, Listening, Looked, Why};
