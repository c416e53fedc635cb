//! Conditions that always or never hold, and branches that earlier ones leave nothing for.

mod alternatives;
mod constant;
mod effects;
mod shadowed;
mod triggers;

pub(in crate::check) use alternatives::Awaited;
pub(in crate::check) use effects::Lasting;
pub(in crate::check) use shadowed::{AskedPersona, Earlier};
