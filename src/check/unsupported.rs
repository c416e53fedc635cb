//! What can be written but does nothing yet: said at the place, so that nobody relies on it.

use super::context::Checker;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

impl Checker<'_> {
    pub(super) fn unsupported(&mut self) {
        let connections = self.names.connections.iter();
        let logs =
            connections.filter_map(|c| Some((c.decl.log.as_ref()?.span, "logs in CSV", "`log`")));
        let all: Vec<(Span, &str, &str)> = logs.collect();
        for (span, what, key) in all {
            self.report(
                Diagnostic::new(
                    &codes::NOT_SUPPORTED,
                    span,
                    format!("{what} are not supported yet"),
                )
                .help(format!("leave {key} out")),
            );
        }
    }
}
