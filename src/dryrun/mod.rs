//! What would happen: a model and sample events go in, a trace comes out; scenarios are held
//! against theirs.
//!
//! The engine does the work; here is only the order in which it is given events and time. Nothing
//! here reads files or prints.

mod counting;
mod counts;
pub mod coverage;
pub mod document;
mod filter;
mod gather;
mod lines;
pub mod log;
mod mask;
mod run;
pub mod samples;
pub mod scenario;
pub mod stream;
mod streamed;
pub mod why;

pub use counting::count;
pub use counts::Counts;
pub use filter::{Part, Selection, numbers_of, of_journey};
pub use gather::Gathered;
pub use mask::{MASKED, Mask};
pub use run::{DryRun, Inputs, run, run_telling};
pub use streamed::{Streamed, Survey};
