//! Customer journeys as code.
//!
//! Text goes in at the top, effects come out at the bottom; a stage knows only those above it.
//!
//! 1. [`source`] finds the files: [`Sources::load`](source::Sources::load).
//! 2. [`yaml`] makes a tree of each ([`yaml::parse`]), [`cel`] one of each expression in it
//!    ([`cel::parse`]).
//! 3. [`onnx`] reads predictive models: [`onnx::Graph::load`].
//! 4. [`syntax`] reads declarations as they are written: [`syntax::read`].
//! 5. [`resolve`] leads names to declarations and types: [`resolve::resolve`].
//! 6. [`check`] types every expression and makes the [`model`]: [`check::check`].
//! 7. [`compile`] does all of the above for every command: [`compile::check`].
//! 8. [`fix`] mends what diagnostics know how to mend, and allows what is to stay:
//!    [`fix::mend`], [`fix::allow`].
//! 9. [`plan`] writes a model down and reads it back.
//! 10. [`engine`] runs it, an event at a time: [`engine::Engine`].
//! 11. [`dryrun`] gives it sample events and holds scenarios against what comes:
//!     [`dryrun::run`].
//! 12. [`render`] shows all this, a file per format; [`cli`] alone prints it: [`cli::main`].
//!
//! [`diagnostic`] is what every stage says is wrong. `spec/architecture.md` tells more.

pub mod source;

pub mod yaml;

pub mod cel;

pub mod onnx;

pub mod syntax;

pub mod model;

pub mod resolve;

pub mod check;

pub mod compile;

pub mod fix;

pub mod plan;

pub mod engine;

pub mod dryrun;

pub mod render;

pub mod cli;

#[cfg(feature = "runtime")]
pub mod runtime;

pub mod diagnostic;
