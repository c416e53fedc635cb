//! Customer journeys as code.

pub mod cel;
pub mod diagnostic;
pub mod source;
pub mod syntax;
pub mod yaml;
