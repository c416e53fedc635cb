//! Mends a workspace: files go in, the texts that they should have come out, with what was done and
//! what was not. Nothing here prints or writes.
//!
//! Diagnostics bring their own edits; here it is decided which of them are made, in which order, and
//! whether they kept their promise: every round is checked again, and what makes the workspace worse
//! is taken back. Only the bytes of the edits change: comments, style, line ends and a byte order
//! mark stay as they are.

mod allow;
mod edits;
mod net;
mod overlay;
mod rounds;
mod snapshot;

pub use allow::{Allowed, allow};
pub use edits::offered;
pub use overlay::Overlay;
pub use rounds::{Mended, Refused, Why, mend};
pub use snapshot::Snapshot;

/// A file that reads otherwise now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Relative to the workspace, with `/`.
    pub path: String,
    /// The bytes that were read: who writes makes sure that they are still there.
    pub before: Vec<u8>,
    pub after: Vec<u8>,
}
