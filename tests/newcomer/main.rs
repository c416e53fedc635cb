//! The newcomer's path: what the README says under "Running it", walked with the program as it was
//! built, down to the page in a browser.

#![cfg(all(unix, feature = "runtime"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod browser;
mod deploy;
mod failing;
mod log;
mod programs;
mod walk;
