//! Values that have to be quoted and are not: where a syntax error is in a text such as `${…}` in
//! a flow map, or one that begins with a character that YAML keeps for itself, the whole value is
//! found as it was meant, with the reason. Conditions are `condition`'s business.

use super::build::{Failure, Open, Reason};
use super::{condition, recover};
use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::source::{FileId, Span, TextRange};

/// A value without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bare {
    pub(super) range: TextRange,
    /// What YAML makes of it.
    why: String,
}

/// The value that a syntax error is in, if quotes would mend it.
pub(super) fn bare_value(text: &str, failure: &Failure) -> Option<Bare> {
    if !matches!(failure.reason, Reason::Syntax(_)) {
        return None;
    }
    for open in failure.open.iter().rev() {
        let found = starts(text, open, failure.offset)
            .into_iter()
            .flatten()
            .find_map(|start| {
                let mut range = condition::extent(text, start, open.is_flow);
                let lost = without_opening_quote(&text[range.as_usize()]);
                if let Some(part) = lost.filter(|_| open.is_flow) {
                    range.end = range.start + part.len() as u32;
                }
                let reaches = range.start <= failure.offset && failure.offset <= range.end;
                let why = reaches.then(|| why(&text[range.as_usize()], open.is_flow))??;
                Some(Bare { range, why })
            });
        if found.is_some() || !open.is_flow {
            return found;
        }
    }
    None
}

/// Where the value begins that the error may be in: behind the last key, at the last item, or at
/// the error itself.
fn starts(text: &str, open: &Open, at: u32) -> [Option<u32>; 2] {
    match open.key.filter(|_| open.is_map) {
        Some(key) => [Some(recover::value_start(text, key)), None],
        None if open.is_map => [None, None],
        None => [open.value.map(|value| value.start), Some(at)],
    }
}

/// What YAML makes of a value that is written so; none where quotes are not what it lacks.
fn why(written: &str, in_flow: bool) -> Option<String> {
    if written.contains(['\n', '\r']) {
        return None;
    }
    let first = written.chars().next()?;
    Some(match first {
        '{' if written.starts_with("{{") => "`{` begins a map of YAML".to_owned(),
        '[' | '{' if !goes_on(written) || written.contains(": ") => return None,
        '[' => "YAML reads a list, and nothing may follow it".to_owned(),
        '{' => "YAML reads a map, and nothing may follow it".to_owned(),
        '`' => "an unquoted value may not start with a back-tick".to_owned(),
        '@' | '%' => unquoted_start(first),
        '>' | '|' if in_flow => unquoted_start(first),
        '?' if in_flow && written.starts_with("? ") => unquoted_start(first),
        '?' if written.starts_with("? ") => "a leading `? ` begins a key of YAML".to_owned(),
        '*' => "a leading `*` refers to an anchor of YAML".to_owned(),
        '&' => "a leading `&` sets an anchor of YAML".to_owned(),
        '!' => "a leading `!` starts a YAML tag".to_owned(),
        _ if in_flow && written.contains("${") => {
            "without quotes, `{` begins a map in here".to_owned()
        }
        _ => return None,
    })
}

fn unquoted_start(first: char) -> String {
    format!("an unquoted value may not start with `{first}`")
}

/// What YAML makes of a condition that it cannot read.
pub(super) fn why_condition(written: &str, in_flow: bool) -> String {
    let reason = match written.chars().next() {
        Some('"' | '\'') => "YAML takes these quotes for its own, and nothing may follow them",
        Some('[') => "YAML reads a list, and nothing may follow it",
        Some('{') => "YAML reads a map, and nothing may follow it",
        Some('-') => "a leading `- ` begins a list item of YAML",
        Some('!' | '*' | '&' | '@' | '%' | '`' | '>' | '|') => {
            return why(written, in_flow).unwrap_or_else(|| "YAML cannot read this".to_owned());
        }
        _ if written.contains(": ") => "without quotes, `: ` begins another map",
        _ if in_flow => "in a flow map, commas, brackets and braces are YAML's",
        _ => "without quotes, YAML reads something else here",
    };
    reason.to_owned()
}

/// What follows the bracket that closes the one at the start, where all brackets in between match.
fn behind_bracket(written: &str) -> Option<&str> {
    let mut open = Vec::new();
    for (at, c) in written.char_indices() {
        match c {
            '[' => open.push(']'),
            '{' => open.push('}'),
            ']' | '}' if open.pop() != Some(c) => return None,
            _ => {}
        }
        if open.is_empty() {
            return written.get(at + 1..);
        }
    }
    None
}

/// Whether words stand behind a bracket: then the bracket was one of the text.
fn goes_on(written: &str) -> bool {
    behind_bracket(written).is_some_and(|behind| {
        behind.starts_with(' ')
            && behind.trim().starts_with(char::is_alphanumeric)
            && !behind.contains([',', '[', ']', '{', '}'])
    })
}

/// The part of a value up to a quote that closes what nothing opened: `${x}"` of `${x}", y: "z"`.
fn without_opening_quote(written: &str) -> Option<&str> {
    let at = written.find('"')?;
    let behind = written[at + 1..].trim_start();
    let ends = behind.is_empty() || behind.starts_with([',', '}', ']']);
    (at > 0 && ends).then(|| &written[..=at])
}

impl Bare {
    /// The finding, with the fix that quotes the whole.
    pub(super) fn diagnostic(&self, file: FileId, text: &str) -> Diagnostic {
        let span = Span {
            file,
            range: self.range,
        };
        let written = &text[self.range.as_usize()];
        if without_opening_quote(written) == Some(written) {
            return Diagnostic::new(
                &codes::INVALID_YAML,
                span,
                "the quote that opens this text is missing",
            )
            .help("put a `\"` in front of it")
            .fix(
                Applicability::Safe,
                "add the quote",
                Span {
                    file,
                    range: TextRange::at(self.range.start),
                },
                "\"",
            );
        }
        Diagnostic::new(&codes::INVALID_YAML, span, "this value must be quoted")
            .here(&*self.why)
            .help("put all of it in quotes")
            .fix(
                Applicability::Safe,
                "quote the value",
                span,
                quoted(written),
            )
    }
}

/// The text in double quotes, or in single ones where it holds what double quotes would change.
pub(super) fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        format!("\"{text}\"")
    }
}
