//! Actions carried out against servers on this machine: what goes over the wire, what comes back,
//! what becomes of faults, and that no secret is told.
#![cfg(feature = "runtime")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod faults;
mod mail;
mod post_office;
mod program;
mod settings;
mod systems;
mod web;
mod workspace;
