//! The parser's errors in words that say what is wrong and what to do, at the place where it went
//! wrong rather than where the parser noticed.

use granit_parser::ErrorKind;

use super::build::{Failure, Open, Reason};
use super::limits::{MAX_DEPTH, MAX_NODES};
use super::lines;
use super::pending;
use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::source::{FileId, Span};

/// The diagnostic for the failure.
pub(super) fn describe(file: FileId, text: &str, failure: &Failure) -> Diagnostic {
    let context = Context {
        file,
        text,
        failure,
        at: failure.offset,
    };
    match &failure.reason {
        Reason::Depth => Diagnostic::new(
            &codes::LIMIT_EXCEEDED,
            context.word(context.at),
            format!("there are more than {MAX_DEPTH} levels within one another here"),
        ),
        Reason::Nodes => Diagnostic::new(
            &codes::LIMIT_EXCEEDED,
            context.word(context.at),
            format!("this file holds more than {MAX_NODES} values"),
        )
        .help("split the file"),
        Reason::Syntax(kind) => context.syntax(kind),
    }
}

struct Context<'c> {
    file: FileId,
    text: &'c str,
    failure: &'c Failure,
    at: u32,
}

impl Context<'_> {
    fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.file, start, end.max(start))
    }

    /// The character at an offset; empty at the end of the text.
    fn char(&self, at: u32) -> Span {
        let len = self.text[at as usize..]
            .chars()
            .next()
            .map_or(0, char::len_utf8);
        self.span(at, at + len as u32)
    }

    /// The word at an offset: up to the next blank or punctuation, one character at least.
    fn word(&self, at: u32) -> Span {
        let rest = &self.text[at as usize..];
        let len = rest
            .find(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '[' | ']' | '{' | '}'))
            .unwrap_or(rest.len());
        if len == 0 {
            self.char(at)
        } else {
            self.span(at, at + len as u32)
        }
    }

    /// From an offset to the end of its line, without a comment.
    fn rest_of_line(&self, at: u32) -> Span {
        let line = &self.text[at as usize..lines::end(self.text, at) as usize];
        let line = line.split(" #").next().unwrap_or(line).trim_end();
        self.span(at, at + line.len() as u32)
    }

    fn innermost(&self) -> Option<&Open> {
        self.failure.open.last()
    }

    fn innermost_flow(&self) -> Option<&Open> {
        self.innermost().filter(|open| open.is_flow)
    }

    /// Whether the failure is on a later line than the bracket that is open.
    fn is_on_later_line(&self) -> bool {
        self.innermost_flow()
            .is_some_and(|open| open.start < lines::start(self.text, self.at))
    }

    fn is_first_on_line(&self) -> bool {
        lines::first_on_line(self.text, self.at) >= self.at
    }

    fn syntax(&self, kind: &ErrorKind) -> Diagnostic {
        match kind {
            ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
                self.unclosed_quote(self.opening_quote())
            }
            ErrorKind::InvalidQuotedScalarIndent | ErrorKind::TabInIndentation => {
                self.lines_in_quotes()
            }
            ErrorKind::InvalidTrailingSingleQuotedScalar
            | ErrorKind::InvalidTrailingDoubleQuotedScalar => self.behind_quotes(),
            ErrorKind::UnclosedFlowCollection { .. } => self.unclosed_bracket(self.at),
            ErrorKind::MismatchedFlowCollectionEnd { open, close } => invalid(
                self.char(self.at),
                format!("`{open}` is closed by `{close}`"),
            )
            .help(format!("close it with `{}`", closing(*open))),
            ErrorKind::MisplacedFlowCollectionEnd => {
                let span = self.char(self.at);
                let bracket = &self.text[span.range.as_usize()];
                invalid(span, format!("`{bracket}` closes nothing"))
            }
            ErrorKind::InvalidIndentation
            | ErrorKind::InvalidFlowScalarIndent
            | ErrorKind::UnexpectedEofFlowSequence
            | ErrorKind::UnexpectedEofFlowMapping
            | ErrorKind::UnexpectedEofImplicitFlowMapping
            | ErrorKind::ExpectedBlockMappingKey
            | ErrorKind::ExpectedBlockSequenceEntry
            | ErrorKind::BlockEntryInFlowCollection
            | ErrorKind::SimpleKeyExpected
            | ErrorKind::InvalidSimpleKey
                if self.innermost_flow().is_some() && self.is_on_later_line() =>
            {
                self.lines_in_brackets()
            }
            ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => {
                self.separator()
            }
            ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart => self.tab(),
            ErrorKind::ExpectedBlockMappingKey
            | ErrorKind::ExpectedBlockSequenceEntry
            | ErrorKind::InvalidIndentation
            | ErrorKind::InvalidBlockScalarIndent
            | ErrorKind::UnexpectedEofBlockMapping
            | ErrorKind::UnexpectedEofBlockSequence
            | ErrorKind::ExpectedDocumentStart => self.misfit(),
            ErrorKind::MappingValueNotAllowed
            | ErrorKind::MappingKeyNotAllowed
            | ErrorKind::InvalidColonPlacement => self.colon(),
            ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
                self.keyless(lines::first_on_line(self.text, self.at).max(self.at))
            }
            ErrorKind::UnexpectedCharacter { character } => {
                let name = match character {
                    '`' => "a back-tick".to_owned(),
                    other => format!("`{other}`"),
                };
                invalid(
                    self.char(self.at),
                    format!("an unquoted value may not start with {name}"),
                )
                .help("quote the value")
            }
            ErrorKind::MissingAnchorOrAliasName => invalid(
                self.word(self.at),
                "`*` and `&` at the start of a value must be followed by a name",
            )
            .help("quote the value if text is meant"),
            ErrorKind::CommentNotSeparated | ErrorKind::CommentInterceptedScalar => invalid(
                self.char(self.at),
                match kind {
                    ErrorKind::CommentNotSeparated => "a comment needs a blank in front of `#`",
                    _ => "a comment may not stand between the lines of one value",
                },
            ),
            ErrorKind::UnknownQuotedScalarEscape
            | ErrorKind::InvalidQuotedScalarHexEscape
            | ErrorKind::InvalidLowSurrogateHexEscape
            | ErrorKind::InvalidLowSurrogate
            | ErrorKind::MissingLowSurrogate
            | ErrorKind::UnpairedLowSurrogate
            | ErrorKind::InvalidUnicodeEscape => self.escape(),
            ErrorKind::BlockEntryInFlowCollection
            | ErrorKind::PlainScalarStartsWithDashFlowIndicator => invalid(
                self.char(self.at),
                "inside brackets, items are separated by commas and have no `-`",
            ),
            ErrorKind::BlockSequenceEntryNotAllowed => invalid(
                self.char(self.at),
                "a list may not start on the line of its key",
            )
            .help("put the `-` on a line of its own, or write `[…]`"),
            ErrorKind::InvalidBlockEntryWhitespace | ErrorKind::InvalidMappingValueWhitespace => {
                invalid(self.char(self.at), "a tab may not stand here")
                    .help("write a blank instead")
            }
            ErrorKind::ZeroBlockScalarIndent | ErrorKind::InvalidBlockScalarHeader => invalid(
                self.rest_of_line(self.at.min(self.failure.offset)),
                "nothing may follow `|` or `>` on its line but `+`, `-`, a digit from 1 to 9 \
                     or a comment",
            )
            .help("start the text on the next line"),
            ErrorKind::UndeclaredTagHandle
            | ErrorKind::InvalidTagTerminator
            | ErrorKind::ExpectedTagBang
            | ErrorKind::MissingTagUri => invalid(
                self.word(self.at),
                "a leading `!` starts a YAML tag, and this is none",
            )
            .help("quote the value if text is meant"),
            ErrorKind::InvalidDocumentEnd => invalid(
                self.rest_of_line(self.at),
                "nothing may follow `...` on its line",
            ),
            ErrorKind::BomInsideDocument => invalid(
                self.char(self.at),
                "there is a byte order mark in the middle of the file",
            )
            .help("remove it"),
            other => invalid(
                self.word(self.at),
                format!("this is no YAML: {}", plain(&other.to_string())),
            ),
        }
    }

    /// The quote that opens the text around the failure, or the one that ends right at it. The
    /// reader looks ahead, so that whole texts may lie in between.
    fn opening_quote(&self) -> u32 {
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

    fn unclosed_quote(&self, opening: u32) -> Diagnostic {
        let span = self.char(opening);
        let quote = &self.text[span.range.as_usize()];
        invalid(span, format!("this `{quote}` is never closed"))
            .here("opened here")
            .help(format!("put a `{quote}` where the text ends"))
    }

    /// A line inside of quotes that is indented too little: most often the quote was never closed.
    fn lines_in_quotes(&self) -> Diagnostic {
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
            "the lines of a quoted text must be indented further than its key, with blanks",
        )
        .label(self.char(opening), "the text starts here")
    }

    fn is_marker(&self) -> bool {
        let line = lines::start(self.text, self.at) as usize;
        self.text[line..].starts_with("---") || self.text[line..].starts_with("...")
    }

    fn behind_quotes(&self) -> Diagnostic {
        let opening = self.opening_quote();
        if opening < lines::start(self.text, self.at) {
            return self.unclosed_quote(opening);
        }
        let help = if self.text[opening as usize..].starts_with('\'') {
            "for a `'` inside of single quotes write `''`, or use double quotes"
        } else {
            "for a `\"` inside of double quotes write `\\\"`, or use single quotes for the whole"
        };
        invalid(
            self.rest_of_line(self.at),
            "nothing may follow the closing quote",
        )
        .label(self.char(opening), "the value starts here")
        .help(help)
    }

    fn unclosed_bracket(&self, opening: u32) -> Diagnostic {
        let span = self.char(opening);
        let bracket = &self.text[span.range.as_usize()];
        let close = closing(bracket.chars().next().unwrap_or('['));
        invalid(span, format!("this `{bracket}` is never closed"))
            .here("opened here")
            .help(format!("close it with `{close}`"))
    }

    /// A line inside of brackets that is indented too little: most often a bracket is missing.
    fn lines_in_brackets(&self) -> Diagnostic {
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
            "lines inside of brackets must be indented further than the key in front of them",
        )
        .label(self.char(opening), "opened here")
    }

    /// A quote behind an opening bracket that was never closed.
    fn unclosed_inside(&self, opening: u32) -> Option<u32> {
        pending::scan(self.text, opening, self.at).quote
    }

    fn separator(&self) -> Diagnostic {
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

    fn tab(&self) -> Diagnostic {
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
    fn misfit(&self) -> Diagnostic {
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
    fn line_above(&self, is_dash: bool) -> Option<u32> {
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
    fn colon(&self) -> Diagnostic {
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
    fn keyless(&self, at: u32) -> Diagnostic {
        invalid(
            self.rest_of_line(at),
            "this line has no `:`, and so is no `key: value`",
        )
        .help("write `key: value`, or indent it if it goes on with the value above")
    }

    /// An escape that double quotes do not know: found by reading the text again.
    fn escape(&self) -> Diagnostic {
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
                return invalid(escape, format!("`{written}` is no escape in double quotes"))
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

fn invalid(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(&codes::INVALID_YAML, span, message)
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

fn closing(open: char) -> char {
    match open {
        '{' => '}',
        '(' => ')',
        _ => ']',
    }
}

/// The parser's own words, without what would not fit in a message.
fn plain(words: &str) -> String {
    words.replace('\'', "`").replace(['\n', '\r'], " ")
}
