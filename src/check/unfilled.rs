//! Text that looks as if an expression were meant in it: `$event.sku`, `{{event.sku}}`. Only
//! `${event.sku}` is filled in; the rest would be sent as it is written.

use super::context::Checker;
use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::{Part, TextExpr};

/// What expressions in texts begin with.
const ROOTS: [&str; 7] = [
    "event.",
    "trigger.",
    "traveler.",
    "vars.",
    "session.",
    "params.",
    "returned.",
];

impl Checker<'_> {
    /// Tells what is not filled in.
    pub(super) fn unfilled(&mut self, text: &TextExpr) {
        for part in &text.parts {
            let Part::Literal(literal) = part else {
                continue;
            };
            for slip in slips(literal) {
                let span = self.place_of(text, slip.written);
                let message = format!("`{}` is sent as it is written", slip.written);
                let mut diagnostic = Diagnostic::new(&codes::UNFILLED_TEXT, span, message)
                    .help(format!("to fill in its value, write `${{{}}}`", slip.path));
                if self.sources.text(span) == slip.written {
                    let instead = format!("${{{}}}", slip.path);
                    let what = format!("write `{instead}`");
                    diagnostic = diagnostic.fix(Applicability::Unsafe, what, span, instead);
                }
                self.report(diagnostic);
            }
        }
    }

    /// Where it stands in the scalar; all of it where escapes hide that.
    fn place_of(&self, text: &TextExpr, written: &str) -> Span {
        let all = text.text.span();
        let source = self.sources.text(all);
        match (source.find(written), source.rfind(written)) {
            (Some(at), Some(last)) if at == last => {
                let start = all.start() + at as u32;
                Span::new(all.file, start, start + written.len() as u32)
            }
            _ => all,
        }
    }
}

/// A part of a text that looks like an expression.
struct Slip<'t> {
    /// With what stands around it: `{{ event.sku }}`.
    written: &'t str,
    /// `event.sku`, or more that is to be worked out.
    path: &'t str,
}

fn slips(text: &str) -> Vec<Slip<'_>> {
    let mut found = Vec::new();
    for root in ROOTS {
        for (at, _) in text.match_indices(root) {
            let before = &text[..at];
            let trimmed = before.trim_end_matches(' ');
            let opened = if before.ends_with('$') {
                at - 1
            } else if trimmed.ends_with("{{") {
                trimmed.len() - 2
            } else if before.ends_with('{') {
                at - 1
            } else {
                continue;
            };
            // `$${` is a literal `${`: it was meant.
            if text[..opened].ends_with('$') {
                continue;
            }
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '?');
            let rest = &text[at..];
            let path = rest.split(|c| !is_part(c)).next().unwrap_or_default();
            let path = path.trim_end_matches(['.', '?']);
            if path.len() < root.len() {
                continue;
            }
            // What is called goes on to the brace that closes it.
            let path = match rest.find('}') {
                Some(brace) if rest[path.len()..].starts_with('(') => rest[..brace].trim_end(),
                _ => path,
            };
            let after = rest[path.len()..].trim_start_matches(' ');
            let braces = after.len() - after.trim_start_matches('}').len();
            let closed = text.len() - after.len() + braces.min(2);
            let dollar = text[opened..].starts_with('$');
            let end = match braces {
                0 if dollar => at + path.len(),
                // A single brace on one side alone is somebody's text.
                0 => continue,
                _ => closed,
            };
            found.push(Slip {
                written: &text[opened..end],
                path,
            });
        }
    }
    found
}
