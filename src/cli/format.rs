//! The formats of commands that answer either people or programs.

use clap::ValueEnum;

/// How an answer is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Human,
    /// One document, for programs
    Json,
}
