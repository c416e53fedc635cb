//! Customer journeys as code.

pub mod cel;
pub mod diagnostic;
pub mod engine;
pub mod model;
pub mod source;
pub mod yaml;
