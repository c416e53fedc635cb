//! Customer journeys as code.

pub mod cel;
pub mod check;
pub mod diagnostic;
pub mod engine;
pub mod model;
pub mod resolve;
pub mod source;
pub mod syntax;
pub mod yaml;
