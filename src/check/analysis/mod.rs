//! What is well formed and cannot have been meant: each analysis looks at the whole workspace when
//! everything in it has been checked, and only warns.

mod limits;
mod secrets;
mod unused;
mod uses;
mod visit;

use super::context::Checker;

impl Checker<'_> {
    pub(super) fn analyses(&mut self) {
        self.unused();
        self.secrets();
        self.limits();
    }
}
