//! What people and machines read: diagnostics, plans and traces go in, text comes out.
//!
//! One file per output format. Nothing here decides what is wrong or what happens, and nothing
//! writes to a stream: the command line does.

mod asserted;
pub mod counts;
pub mod deployment;
pub mod diff;
pub mod evaluation;
mod fingerprint;
mod fixed;
pub mod github;
pub mod gitlab;
pub mod human;
mod journey_graph;
pub mod journey_svg;
pub mod json;
pub mod junit;
mod line_hash;
pub mod mermaid;
mod page;
pub mod plain;
pub mod plan_markdown;
pub mod plan_summary;
mod report;
pub mod sarif;
pub mod scenarios;
pub mod scenarios_junit;
pub mod short;
mod snippet;
mod style;
mod test_suite;
mod text;
pub mod timeline;
pub mod told;
pub mod trace_json;
pub mod uri;
pub mod why_not;

pub use report::{Report, Unable};
pub use style::{Ink, Look};
pub(crate) use text::count;
pub use text::{clean, wrap};
