//! What each fuzz target does with its bytes, and what must hold whatever they are. A broken
//! promise is a panic. `tests/fuzzed.rs` runs the same code on the seeds and on what was found.

pub mod cel;
pub mod check;
pub mod door;
pub mod events;
pub mod held;
pub mod logs;
pub mod mutate;
pub mod onnx;
pub mod pack;
pub mod plan;
pub mod typed;
pub mod yaml;
