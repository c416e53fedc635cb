//! Analyses: what is sound and still cannot be meant. One analysis a folder or file.

mod conditions;

pub(super) use conditions::{AskedPersona, Earlier, Lasting};
