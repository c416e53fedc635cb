//! The parser's errors in words that say what is wrong and what to do, at the place where it went
//! wrong rather than where the parser noticed.

mod brackets;
mod layout;
mod quotes;

use brackets::closing;
use granit_parser::ErrorKind;
pub(super) use layout::{Misread, misread};

use super::build::{Failure, Open, Reason};
use super::limits::{MAX_DEPTH, MAX_DOCUMENTS, MAX_NODES};
use super::lines;
use crate::diagnostic::{Diagnostic, codes};
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
            format!("there are more than {MAX_DEPTH} nested levels here"),
        ),
        Reason::Nodes => Diagnostic::new(
            &codes::LIMIT_EXCEEDED,
            context.word(context.at),
            format!("this file holds more than {MAX_NODES} values"),
        )
        .help("split the file"),
        Reason::Documents => Diagnostic::new(
            &codes::LIMIT_EXCEEDED,
            context.word(context.at),
            format!("there are more than {MAX_DOCUMENTS} documents in this file"),
        )
        .here("the file is read up to here, and not used")
        .help("put some of them into other files"),
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
                let open = if bracket == "]" { '[' } else { '{' };
                invalid(span, format!("`{bracket}` closes nothing"))
                    .help(format!("remove it, or put a `{open}` where it opens"))
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
                    ErrorKind::CommentNotSeparated => "a comment needs a space before `#`",
                    _ => "a comment is not allowed between the lines of one value",
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
                invalid(self.char(self.at), "a tab is not allowed here").help("use a space instead")
            }
            ErrorKind::ZeroBlockScalarIndent | ErrorKind::InvalidBlockScalarHeader => invalid(
                self.rest_of_line(self.at.min(self.failure.offset)),
                "nothing may follow `|` or `>` on its line but `+`, `-`, a digit from 1 to 9 \
                     or a comment",
            )
            .help("start the text on the next line, or quote the value if all of it is text"),
            ErrorKind::UndeclaredTagHandle
            | ErrorKind::InvalidTagTerminator
            | ErrorKind::ExpectedTagBang
            | ErrorKind::MissingTagUri => invalid(
                self.word(self.at),
                "a leading `!` starts a YAML tag, and this is not one",
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
                format!("this is not YAML: {}", plain(&other.to_string())),
            ),
        }
    }
}

fn invalid(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(&codes::INVALID_YAML, span, message)
}

/// The parser's own words, without what would not fit in a message.
fn plain(words: &str) -> String {
    words.replace('\'', "`").replace(['\n', '\r'], " ")
}
