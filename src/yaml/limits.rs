//! How much one file may ask for. Every limit is far above what people write, and low enough that
//! a hostile file costs no more than an honest one of its size.

/// Collections within collections, those behind aliases included.
pub const MAX_DEPTH: u32 = 128;

/// Nodes of one file.
pub const MAX_NODES: usize = 2_000_000;

/// Documents of one file.
pub const MAX_DOCUMENTS: usize = 100_000;

/// Nodes that all aliases and merges of one file stand for.
pub const MAX_EXPANDED: u64 = 1_000_000;

/// Syntax errors that one file reports.
pub(super) const MAX_SYNTAX_ERRORS: usize = 20;

/// Bytes that recovery may parse again, over all rounds: past it, the first errors must do.
pub(super) const MAX_REPARSED_BYTES: usize = 128 * 1024 * 1024;

/// How often recovery may parse one file again.
pub(super) const MAX_ROUNDS: usize = 64;
