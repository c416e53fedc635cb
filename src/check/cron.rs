//! Schedules of five fields, looked at by the same reader that runs them.

use super::context::Checker;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::Cron;
use crate::syntax::ast::Spanned;

impl Checker<'_> {
    /// Reports a schedule that says no time.
    pub(super) fn cron(&mut self, cron: &Spanned<String>) {
        if let Err(message) = Cron::parse(&cron.value) {
            self.report(
                Diagnostic::new(&codes::INVALID_TIME, cron.span, message)
                    .help("minute, hour, day of month, month, day of week: `0 9 * * MON`"),
            );
        }
    }
}
