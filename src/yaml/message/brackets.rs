//! What goes wrong inside of brackets and braces: mostly that one is missing.

use super::{Context, invalid};
use crate::diagnostic::{Applicability, Diagnostic};
use crate::yaml::{lines, pending};

impl Context<'_> {
    pub(super) fn unclosed_bracket(&self, opening: u32) -> Diagnostic {
        let span = self.char(opening);
        let bracket = &self.text[span.range.as_usize()];
        let close = closing(bracket.chars().next().unwrap_or('['));
        invalid(span, format!("this `{bracket}` is never closed"))
            .here("opened here")
            .help(format!("close it with `{close}`"))
    }

    /// A line inside of brackets that is indented too little: most often a bracket is missing.
    pub(super) fn lines_in_brackets(&self) -> Diagnostic {
        let opening = self.innermost_flow().map_or(self.at, |open| open.start);
        if let Some(quote) = self.unclosed_inside(opening) {
            return self.unclosed_quote(quote);
        }
        let first = lines::first_on_line(self.text, self.at);
        let line = lines::content(self.text, self.at);
        if line.starts_with([']', '}']) {
            let bracket = &line[..1];
            let start = lines::start(self.text, self.at);
            let parent = self.failure.open.iter().rev().find(|open| !open.is_flow);
            let column = parent.map_or(0, |open| lines::column(self.text, open.start));
            return invalid(
                self.char(first),
                format!("the closing `{bracket}` must be indented further than its key"),
            )
            .label(self.char(opening), "opened here")
            .help("indent it")
            .fix(
                Applicability::Safe,
                "indent it",
                self.span(start, first),
                " ".repeat(column as usize + 2),
            );
        }
        if line.is_empty() || self.is_marker() || lines::looks_like_entry(self.text, self.at) {
            return self.unclosed_bracket(opening);
        }
        invalid(
            self.rest_of_line(first),
            "lines inside brackets must be indented further than the key in front of them",
        )
        .label(self.char(opening), "opened here")
    }

    /// A quote behind an opening bracket that was never closed.
    pub(super) fn unclosed_inside(&self, opening: u32) -> Option<u32> {
        pending::scan(self.text, opening, self.at).quote
    }

    pub(super) fn separator(&self) -> Diagnostic {
        let Some(open) = self.innermost_flow() else {
            return invalid(self.word(self.at), "expected `,` here");
        };
        if let Some(quote) = self.unclosed_inside(open.start) {
            return self.unclosed_quote(quote);
        }
        let on_a_later_line = open.start < lines::start(self.text, self.at);
        if on_a_later_line
            && lines::looks_like_entry(self.text, self.at)
            && !pending::is_closed(self.text, open.start)
        {
            return self.unclosed_bracket(open.start);
        }
        let close = if open.is_map { '}' } else { ']' };
        let span = self.char(self.at);
        let help = match &self.text[span.range.as_usize()] {
            ":" if on_a_later_line && lines::looks_like_entry(self.text, self.at) => {
                "put a `,` at the end of the line above"
            }
            ":" => "quote the text in front of `:` if it is one value",
            _ => "quote the value if all of it is text",
        };
        invalid(span, format!("expected `,` or `{close}` here"))
            .label(self.char(open.start), "opened here")
            .help(help)
    }
}

pub(super) fn closing(open: char) -> char {
    match open {
        '{' => '}',
        '(' => ')',
        _ => ']',
    }
}
