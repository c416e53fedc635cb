//! Text places: a text goes in, its literal parts and the CEL inside `${ … }` come out as ranges.
//!
//! The end of the CEL is found by CEL's own brackets and quotes; it is not parsed here.

use std::borrow::Cow;

use super::error::Problem;
use super::lexer::Lexer;
use super::parser::MAX_PROBLEMS;
use super::token::{Bracket, TokenKind};
use crate::diagnostic::codes;
use crate::source::TextRange;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment<'t> {
    /// Text as it stands; `$${` in the range is `${` in the text.
    Literal {
        range: TextRange,
        text: Cow<'t, str>,
    },
    /// CEL: its own range, and that with `${` and `}`.
    Cel { range: TextRange, outer: TextRange },
}

/// The parts of one text.
const MAX_SEGMENTS: usize = 20_000;

/// Cuts a text into its parts. Texts without `${` have at most one.
pub fn interpolations(text: &str) -> (Vec<Segment<'_>>, Vec<Problem>) {
    let mut segments = Vec::new();
    let mut problems = Vec::new();
    let mut literal = Cow::Borrowed("");
    let mut literal_start = 0;
    let mut at = 0;
    while let Some(found) = opening(&text[at..]) {
        let dollar = at + found;
        if text[at..dollar].ends_with('$') {
            // `$${`: the first dollar goes, the rest stays.
            literal += &text[at..dollar];
            literal += "{";
            at = dollar + 2;
            continue;
        }
        literal += &text[at..dollar];
        if !literal.is_empty() {
            segments.push(Segment::Literal {
                range: range(literal_start, dollar),
                text: std::mem::take(&mut literal),
            });
        }
        let start = dollar + 2;
        if segments.len() >= MAX_SEGMENTS {
            problems.push(
                Problem::new(
                    &codes::LIMIT_EXCEEDED,
                    range(dollar, start),
                    format!("a text has at most {MAX_SEGMENTS} parts: `${{…}}` and what stands between them"),
                )
                .help("split the text"),
            );
            return (segments, problems);
        }
        let found = end_of_cel(text, start);
        let closed = found.is_some();
        let end = found.unwrap_or(text.len());
        if !closed {
            problems.push(
                Problem::new(
                    &codes::INVALID_EXPRESSION,
                    range(dollar, start),
                    "this `${` is never closed",
                )
                .help("close it with `}`, or write `$${` for the characters themselves"),
            );
        }
        let after = end + usize::from(closed);
        if closed && text[start..end].trim().is_empty() {
            problems.push(
                Problem::new(
                    &codes::INVALID_EXPRESSION,
                    range(dollar, after),
                    "nothing stands between `${` and `}`",
                )
                .help("write an expression, or `$${` for the characters themselves"),
            );
        }
        segments.push(Segment::Cel {
            range: range(start, end),
            outer: range(dollar, after),
        });
        at = after;
        literal_start = after;
    }
    literal += &text[at..];
    if !literal.is_empty() {
        segments.push(Segment::Literal {
            range: range(literal_start, text.len()),
            text: literal,
        });
    }
    problems.truncate(MAX_PROBLEMS);
    (segments, problems)
}

/// Where the next `${` is.
fn opening(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'$', bytes).find(|at| bytes.get(at + 1) == Some(&b'{'))
}

/// Where the CEL that begins at `start` ends: at the `}` that is none of its own.
fn end_of_cel(text: &str, start: usize) -> Option<usize> {
    let mut lexer = Lexer::new(text, start);
    let mut open = 0_u32;
    loop {
        let token = lexer.next();
        if let Some(quote) = lexer.unclosed.take() {
            // The quote is reported when the CEL is parsed; the `}` is guessed.
            let from = quote.end as usize;
            let line = text[from..].find('\n').map_or(text.len(), |n| from + n);
            if let Some(guess) = text[from..line].find('}') {
                return Some(from + guess);
            }
        }
        match token.kind {
            TokenKind::Open(Bracket::Curly) => open += 1,
            TokenKind::Close(Bracket::Curly) if open == 0 => {
                return Some(token.range.start as usize);
            }
            TokenKind::Close(Bracket::Curly) => open -= 1,
            TokenKind::End => return None,
            _ => {}
        }
    }
}

fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(start as u32, end as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Literals in quotes, CEL in guillemets.
    fn shown(text: &str) -> String {
        let (segments, _) = interpolations(text);
        let mut at = 0;
        let parts = segments.iter().map(|segment| {
            let (range, shown) = match segment {
                Segment::Literal { range, text } => (*range, format!("{text:?}")),
                Segment::Cel { range, outer } => (*outer, format!("«{}»", &text[range.as_usize()])),
            };
            assert_eq!(range.start as usize, at, "the parts of `{text}` touch");
            at = range.end as usize;
            shown
        });
        let parts: Vec<String> = parts.collect();
        assert_eq!(at, text.len(), "the parts of `{text}` are all of it");
        parts.join(" ")
    }

    fn told(text: &str) -> Vec<(&str, String)> {
        let (_, problems) = interpolations(text);
        let place = |p: &Problem| &text[p.range.as_usize()];
        problems
            .iter()
            .map(|p| (place(p), p.message.clone()))
            .collect()
    }

    #[test]
    fn cel_ends_at_its_own_brace() {
        for (text, due) in [
            ("", ""),
            ("plain $ {} text", "\"plain $ {} text\""),
            ("${a}", "«a»"),
            ("Hello ${a.b}, ${c}!", "\"Hello \" «a.b» \", \" «c» \"!\""),
            ("${ {'a': {1: 2}}['a'] } x", "« {'a': {1: 2}}['a'] » \" x\""),
            ("${a == \"}\"}", "«a == \"}\"»"),
            ("${a // }\n}", "«a // }\n»"),
            ("${r'\\'}'", "«r'\\'» \"'\""),
            ("a $${b} ${c}", "\"a ${b} \" «c»"),
            ("$$${a}", "\"$${a}\""),
            ("é${é}é", "\"é\" «é» \"é\""),
        ] {
            assert_eq!(shown(text), due, "`{text}`");
            assert_eq!(told(text), [], "`{text}`");
        }
    }

    #[test]
    fn what_is_not_closed_is_told_where_it_opens() {
        assert_eq!(told("a ${b"), [("${", "this `${` is never closed".into())]);
        assert_eq!(
            told("a ${ {b}"),
            [("${", "this `${` is never closed".into())]
        );
        assert_eq!(shown("a ${b"), "\"a \" «b»");
        assert_eq!(
            told("a ${ } b"),
            [("${ }", "nothing stands between `${` and `}`".into())]
        );
    }

    #[test]
    fn an_unclosed_quote_does_not_swallow_the_rest() {
        assert_eq!(shown("${a == 'b} and ${c}"), "«a == 'b» \" and \" «c»");
    }

    proptest! {
        #[test]
        fn the_parts_of_any_text_are_all_of_it(
            parts in prop::collection::vec(prop::sample::select(vec![
                "${", "}", "{", "$", "$${", "'", "\"", "é", " a ", "\n", "//", "\\", "r'", "[", "`", "\"\"\"",
            ]), 0..20)
        ) {
            shown(&parts.concat());
        }
    }
}
