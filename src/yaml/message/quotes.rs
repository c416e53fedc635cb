//! What goes wrong around quotes: the place is where the quote opened, for that is what to mend.

use super::{Context, invalid};
use crate::diagnostic::Diagnostic;
use crate::yaml::{lines, pending};

impl Context<'_> {
    /// The quote that opens the text around the failure, or the one that ends right at it. The
    /// reader looks ahead, so that whole texts may lie in between.
    pub(super) fn opening_quote(&self) -> u32 {
        let bytes = self.text.as_bytes();
        let is_quote = |at: usize| matches!(bytes.get(at), Some(b'"' | b'\''));
        let mut at = self.failure.last_end.min(self.at) as usize;
        while at <= self.at as usize {
            if !is_quote(at) || !pending::begins_value(bytes, at) {
                at += 1;
                continue;
            }
            match pending::quoted_end(bytes, at) {
                Some(end) if end < self.at as usize => at = end,
                _ => return at as u32,
            }
        }
        self.at
    }

    pub(super) fn unclosed_quote(&self, opening: u32) -> Diagnostic {
        let span = self.char(opening);
        let quote = &self.text[span.range.as_usize()];
        invalid(span, format!("this `{quote}` is never closed"))
            .here("opened here")
            .help(format!("put a `{quote}` where the text ends"))
    }

    /// A line inside of quotes that is indented too little: most often the quote was never closed.
    pub(super) fn lines_in_quotes(&self) -> Diagnostic {
        let opening = self.opening_quote();
        if lines::looks_like_entry(self.text, self.at) || self.is_marker() {
            return self.unclosed_quote(opening);
        }
        let quote = self.char(opening).range.as_usize();
        if !self.text[quote.end..].contains(&self.text[quote]) {
            return self.unclosed_quote(opening);
        }
        let first = lines::first_on_line(self.text, self.at);
        invalid(
            self.rest_of_line(first),
            "the lines of a quoted text must be indented further than its key, with spaces",
        )
        .label(self.char(opening), "the text starts here")
    }

    pub(super) fn is_marker(&self) -> bool {
        let line = lines::start(self.text, self.at) as usize;
        self.text[line..].starts_with("---") || self.text[line..].starts_with("...")
    }

    pub(super) fn behind_quotes(&self) -> Diagnostic {
        let opening = self.opening_quote();
        if opening < lines::start(self.text, self.at) {
            return self.unclosed_quote(opening);
        }
        let help = if self.text[opening as usize..].starts_with('\'') {
            "for a `'` inside single quotes write `''`, or use double quotes"
        } else {
            "for a `\"` inside double quotes write `\\\"`, or use single quotes for the whole"
        };
        invalid(
            self.rest_of_line(self.at),
            "nothing may follow the closing quote",
        )
        .label(self.char(opening), "the value starts here")
        .help(help)
    }

    /// An escape that double quotes do not know: found by reading the text again.
    pub(super) fn escape(&self) -> Diagnostic {
        let opening = self.opening_quote();
        let bytes = self.text.as_bytes();
        let mut at = opening as usize + 1;
        while let Some(&byte) = bytes.get(at) {
            if byte == b'"' {
                break;
            }
            if byte != b'\\' {
                at += 1;
                continue;
            }
            let Some(end) = escape_end(self.text, at) else {
                let escape = self
                    .span(at as u32, at as u32 + 1)
                    .cover(self.char(at as u32 + 1));
                let written = &self.text[escape.range.as_usize()];
                return invalid(
                    escape,
                    format!("`{written}` is not an escape in double quotes"),
                )
                .help("write `\\\\` for a backslash, or use single quotes");
            };
            at = end;
        }
        invalid(
            self.char(opening),
            "this text holds an escape that is no character",
        )
    }
}

/// The end of the escape that a backslash begins; none where it is invalid.
fn escape_end(text: &str, at: usize) -> Option<usize> {
    let next = text[at + 1..].chars().next()?;
    let digits = match next {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        '0' | 'a' | 'b' | 't' | '\t' | 'n' | 'v' | 'f' | 'r' | 'e' | ' ' | '"' | '/' | '\\'
        | 'N' | '_' | 'L' | 'P' | '\n' | '\r' => 0,
        _ => return None,
    };
    let end = at + 1 + next.len_utf8() + digits;
    let hex = text.get(at + 2..end).unwrap_or("!");
    let is_hex = digits == 0 || hex.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then_some(end)
}
