//! What is well formed and cannot have been meant: each analysis looks at the whole workspace when
//! everything in it has been checked; conditions are looked at where they stand.

mod conditions;
mod flow;
mod limits;
mod secrets;
mod unused;
mod uses;
pub(super) mod visit;

pub(super) use conditions::{AskedPersona, Awaited, Earlier, Lasting};
pub(super) use flow::each;

use super::context::Checker;
use crate::diagnostic::Severity;

impl Checker<'_> {
    pub(super) fn analyses(&mut self, readable: bool) {
        let looks = [Self::unused, Self::secrets, Self::limits, Self::scenarios];
        // What flows where is known to this one alone.
        let mut leaks = self.beside();
        leaks.personal = std::mem::take(&mut self.personal);
        leaks.flows = std::mem::take(&mut self.flows);
        rayon::join(
            || self.in_parallel(looks.len(), |checker, index| looks[index](checker)),
            || leaks.personal_data(),
        );
        self.out.append(&mut leaks.out);
        // The ways through journeys are known only where every name leads somewhere.
        if readable && self.out.iter().all(|it| it.severity != Severity::Error) {
            flow::run(self);
        }
    }
}
