//! One line a diagnostic: `path:line:column: error[CJ0301 unknown-event]: message`.

use std::fmt::Write as _;

use super::text::clean;
use crate::diagnostic::Diagnostic;
use crate::source::Sources;

/// All diagnostics, in the given order.
pub fn diagnostics(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let start = sources.start(diagnostic.span);
        let _ = writeln!(
            out,
            "{}:{}:{}: {}[{} {}]: {}",
            clean(sources.path(diagnostic.span.file)),
            start.line,
            start.column,
            diagnostic.severity.as_str(),
            diagnostic.code.id,
            diagnostic.code.name,
            clean(&diagnostic.message),
        );
    }
    out
}
