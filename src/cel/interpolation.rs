//! Text places: a text goes in, its literal parts and the CEL inside `${ … }` come out as ranges.
//!
//! The end of the CEL is found by CEL's own brackets and quotes; it is not parsed here.

use super::error::Problem;
use super::lexer::Lexer;
use super::token::{Bracket, TokenKind};
use crate::diagnostic::codes;
use crate::source::TextRange;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Text as it stands; `$${` in the range is `${` in the text.
    Literal { range: TextRange, text: String },
    /// CEL: its own range, and that with `${` and `}`.
    Cel { range: TextRange, outer: TextRange },
}

/// Cuts a text into its parts. Texts without `${` have at most one.
pub fn interpolations(text: &str) -> (Vec<Segment>, Vec<Problem>) {
    let mut segments = Vec::new();
    let mut problems = Vec::new();
    let mut literal = String::new();
    let mut literal_start = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find("${") {
        let dollar = at + found;
        if text[at..dollar].ends_with('$') {
            // `$${`: the first dollar goes, the rest stays.
            literal.push_str(&text[at..dollar]);
            literal.push('{');
            at = dollar + 2;
            continue;
        }
        literal.push_str(&text[at..dollar]);
        if !literal.is_empty() {
            segments.push(Segment::Literal {
                range: range(literal_start, dollar),
                text: std::mem::take(&mut literal),
            });
        }
        let start = dollar + 2;
        let end = match end_of_cel(text, start) {
            Ok(end) => end,
            Err((end, problem)) => {
                problems.push(problem);
                end
            }
        };
        let closed = text[end..].starts_with('}');
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
    literal.push_str(&text[at..]);
    if !literal.is_empty() {
        segments.push(Segment::Literal {
            range: range(literal_start, text.len()),
            text: literal,
        });
    }
    (segments, problems)
}

/// Where the CEL that begins at `start` ends: at the `}` that is none of its own. Without one, a
/// guess where it was to end, and what is wrong.
fn end_of_cel(text: &str, start: usize) -> Result<usize, (usize, Problem)> {
    let mut lexer = Lexer::new(text, start);
    let mut open = 0_u32;
    loop {
        let token = lexer.next();
        if let Some(quote) = lexer.unclosed {
            // The quote is reported when the CEL is parsed.
            let from = quote.end as usize;
            let line = text[from..].find('\n').map_or(text.len(), |n| from + n);
            if let Some(guess) = text[from..line].find('}') {
                return Ok(from + guess);
            }
        }
        match token.kind {
            TokenKind::Open(Bracket::Curly) => open += 1,
            TokenKind::Close(Bracket::Curly) if open == 0 => return Ok(token.range.start as usize),
            TokenKind::Close(Bracket::Curly) => open -= 1,
            TokenKind::End => {
                let problem = Problem::new(
                    &codes::INVALID_EXPRESSION,
                    range(start - 2, start),
                    "this `${` is never closed",
                )
                .help("close it with `}`, or write `$${` for the characters themselves");
                return Err((text.len(), problem));
            }
            _ => {}
        }
    }
}

fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(start as u32, end as u32)
}
