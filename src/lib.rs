//! Customer journeys as code.

pub mod cel;
pub mod check;
pub mod cli;
pub mod compile;
pub mod diagnostic;
pub mod dryrun;
pub mod engine;
pub mod model;
pub mod plan;
pub mod render;
pub mod resolve;
pub mod source;
pub mod syntax;
pub mod yaml;
