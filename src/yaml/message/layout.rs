//! What goes wrong with lines and columns: indentation, tabs, and colons in the wrong place.

use super::{Context, invalid};
use crate::diagnostic::{Applicability, Diagnostic};
use crate::yaml::lines;

impl Context<'_> {
    pub(super) fn tab(&self) -> Diagnostic {
        let start = lines::start(self.text, self.at);
        let line = &self.text[start as usize..lines::end(self.text, self.at) as usize];
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        let Some(tab) = line[..blanks].find('\t') else {
            return invalid(self.char(self.at), "a tab may not stand here")
                .help("write blanks instead");
        };
        let tabs = &line[tab..blanks];
        let span = self.span(start + tab as u32, start + blanks as u32);
        invalid(span, "YAML does not allow tabs as indentation")
            .help("indent with blanks")
            .fix(
                Applicability::Unsafe,
                "write two blanks for each tab",
                span,
                tabs.replace('\t', "  "),
            )
    }

    /// Something that fits nowhere: a line in the wrong column, or words behind a whole value.
    pub(super) fn misfit(&self) -> Diagnostic {
        let block = self.failure.open.iter().rev().find(|open| !open.is_flow);
        if !self.is_first_on_line() {
            return invalid(
                self.rest_of_line(self.at),
                "nothing may follow the value here",
            )
            .help("quote the whole value if all of it is text");
        }
        let line = lines::content(self.text, self.at);
        let is_dash = line == "-" || line.starts_with("- ");
        let column = lines::column(self.text, self.at);
        let Some(open) = block else {
            return invalid(
                self.rest_of_line(self.at),
                "this line fits nothing above it",
            );
        };
        let siblings = lines::column(self.text, open.start);
        let sibling = self.word(open.start);
        if column == siblings {
            let expected = if open.is_map {
                "a list item may not stand among keys"
            } else {
                "a key may not stand among list items"
            };
            return invalid(self.word(self.at), expected).label(
                sibling,
                format!(
                    "the {} start here",
                    if open.is_map { "keys" } else { "list items" }
                ),
            );
        }
        let what = if is_dash { "list item" } else { "line" };
        let above = self.line_above(is_dash).unwrap_or(open.start);
        invalid(
            self.word(self.at),
            format!("this {what} is indented by {column}, as nothing above it is"),
        )
        .label(
            self.word(above),
            format!("this is indented by {}", lines::column(self.text, above)),
        )
        .help("indent it as its siblings are")
    }

    /// The first key or dash of the last line above that holds something.
    pub(super) fn line_above(&self, is_dash: bool) -> Option<u32> {
        let line = lines::start(self.text, self.at) as usize;
        let above = self.text[..line].trim_end().len();
        let mut first = lines::first_on_line(self.text, above as u32);
        while !is_dash && self.text[first as usize..].starts_with("- ") {
            let rest = &self.text[first as usize + 1..];
            first += 1 + (rest.len() - rest.trim_start_matches(' ').len()) as u32;
        }
        (above > 0 && (first as usize) < above).then_some(first)
    }

    /// `: ` where no key can stand.
    pub(super) fn colon(&self) -> Diagnostic {
        if self.innermost_flow().is_some() {
            return self.separator();
        }
        let line = lines::start(self.text, self.at);
        let value = self.innermost().and_then(|open| open.value);
        match value {
            Some(value) if value.start < line => {
                let first = lines::first_on_line(self.text, self.at);
                let column = lines::column(self.text, first);
                if column == lines::column(self.text, value.start) {
                    return self.keyless(value.start);
                }
                let here = self.word(first);
                invalid(
                    here,
                    "this line is indented further than its siblings, and so reads as part of \
                     the value above",
                )
                .label(
                    self.span(
                        value.start,
                        value.end.min(lines::end(self.text, value.start)),
                    ),
                    "the value above",
                )
                .help("indent it as its siblings are")
            }
            Some(value) => {
                let whole = self.rest_of_line(value.start);
                let written = &self.text[whole.range.as_usize()];
                invalid(
                    self.char(self.at),
                    "an unquoted value may not hold `: `, which would begin another map",
                )
                .label(self.char(value.start), "the value starts here")
                .help("quote the value")
                .fix(
                    Applicability::Unsafe,
                    "quote the value",
                    whole,
                    format!("'{}'", written.replace('\'', "''")),
                )
            }
            None if self.failure.open.is_empty() && self.failure.last_end >= self.at => {
                let first = self.text[..line as usize].trim_end().len() as u32;
                let above = lines::first_on_line(self.text, first);
                self.keyless(above)
            }
            None => invalid(self.word(self.at), "no key can stand here"),
        }
    }

    /// A line without a colon among keys.
    pub(super) fn keyless(&self, at: u32) -> Diagnostic {
        invalid(
            self.rest_of_line(at),
            "this line has no `:`, and so is no `key: value`",
        )
        .help("write `key: value`, or indent it if it goes on with the value above")
    }
}
