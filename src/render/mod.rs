//! What people and machines read: diagnostics, plans and traces go in, text comes out.
//!
//! One file per output format. Nothing here decides what is wrong or what happens, and nothing
//! writes to a stream: the command line does.

pub mod counts;
pub mod evaluation;
pub mod human;
pub mod json;
pub mod plan_summary;
pub mod scenarios;
pub mod short;
mod snippet;
mod style;
mod text;
pub mod timeline;
pub mod trace_json;

pub use style::{Ink, Look};
pub use text::{clean, wrap};
