//! Declarations go in, the typed model comes out, and everything that is wrong with them.
//!
//! One file per family of checks. Names have been resolved; every expression is typed here, at its
//! place. A model comes out only where nothing is wrong.

mod content;
mod context;

use context::Checker;
