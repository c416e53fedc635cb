//! Conditions that YAML reads as something else, because they are not quoted.
//!
//! In a flow map a plain scalar ends at a comma, a bracket or a brace, everywhere at a `: `; a
//! leading quote, `!`, `&` or bracket starts something else altogether. This finds the whole
//! condition as it was meant, and offers to quote it.

use granit_parser::ErrorKind;

use super::build::Open;
use super::lines;
use super::tree::{Node, Style, Value};
use super::view::Entry;
use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::source::{Span, TextRange};

/// A condition that YAML cut short or read as something else.
#[derive(Clone, Debug, PartialEq)]
pub struct Unquoted {
    /// Says so, at the whole condition, with the fix that quotes it.
    pub diagnostic: Diagnostic,
    /// The whole condition. Entries of the same map whose keys lie in it are debris.
    pub whole: Span,
    /// The condition as it was meant.
    pub text: String,
}

impl Unquoted {
    /// Whether the entry is only what is left of the condition.
    pub fn covers(&self, entry: &Entry<'_>) -> bool {
        let key = entry.key.span();
        key.file == self.whole.file
            && self.whole.start() <= key.start()
            && key.start() < self.whole.end()
    }
}

/// For an entry whose value is an expression: whether YAML made something else of it than what is
/// written. Values that are merely of the wrong shape (a block list, a number) are none of this.
pub fn unquoted_condition(entry: &Entry<'_>) -> Option<Unquoted> {
    let value = entry.value;
    if value.is_alias() {
        return None;
    }
    let text = value.tree().text();
    let range = value.span().range;
    let whole = match value.value() {
        Value::Error => return None,
        Value::Map(_) | Value::Seq(_) if !value.is_flow_collection() => return None,
        Value::Map(_) | Value::Seq(_) => range.cover(extent(text, range.start, value.is_in_flow())),
        Value::Scalar(scalar) => {
            let start = match value.tag() {
                Some(tag) if !tag.name.starts_with("!!") => tag.span.start(),
                _ if scalar.style() != Style::Plain || scalar.is_missing() => return None,
                _ => range.start,
            };
            let whole =
                TextRange::new(start, range.end).cover(extent(text, start, value.is_in_flow()));
            if whole == range {
                return None;
            }
            whole
        }
    };
    let whole = Span {
        file: value.span().file,
        range: whole,
    };
    let condition = text.get(whole.range.as_usize())?;
    Some(Unquoted {
        diagnostic: diagnostic(whole, condition, &why(value, condition)),
        whole,
        text: condition.to_owned(),
    })
}

/// What YAML made of it.
fn why(value: Node<'_>, condition: &str) -> String {
    match value.value() {
        Value::Map(_) => "YAML reads a map here".to_owned(),
        Value::Seq(_) => "YAML reads a list here".to_owned(),
        _ if condition.starts_with('!') => "a leading `!` starts a YAML tag".to_owned(),
        _ => {
            let read: String = value
                .as_str()
                .unwrap_or_default()
                .chars()
                .take(40)
                .collect();
            format!("YAML reads only `{read}`")
        }
    }
}

/// The finding, with the fix that quotes the whole. Where that would be no expression either, what
/// was meant may have been a map, or more than this.
pub(super) fn diagnostic(whole: Span, condition: &str, why: &str) -> Diagnostic {
    Diagnostic::new(
        &codes::UNQUOTED_CONDITION,
        whole,
        "this expression must be quoted",
    )
    .here(why)
    .help("put it in single quotes")
    .fix(
        if is_whole(condition) {
            Applicability::Safe
        } else {
            Applicability::Unsafe
        },
        "quote the expression",
        whole,
        quote(condition),
    )
}

/// The same of a type: YAML takes it apart at its brackets.
pub(super) fn type_diagnostic(whole: Span, written: &str) -> Diagnostic {
    Diagnostic::new(&codes::INVALID_YAML, whole, "this type must be quoted")
        .here("YAML takes brackets for its own")
        .help("put it in single quotes")
        .fix(Applicability::Safe, "quote the type", whole, quote(written))
}

/// Whether quotes would make a type of it: with brackets, each of which closes, on one line.
pub(super) fn is_type(written: &str) -> bool {
    let begins = |c: char| c == '{' || c.is_ascii_alphabetic();
    written.starts_with(begins)
        && written.contains(['[', '{'])
        && !written.contains('\n')
        && is_balanced(written)
}

/// The condition in single quotes.
fn quote(condition: &str) -> String {
    format!("'{}'", condition.replace('\'', "''"))
}

/// Whether every bracket that opens here closes here, and it begins with none of a map.
fn is_whole(condition: &str) -> bool {
    is_balanced(condition) && !condition.starts_with('{')
}

fn is_balanced(condition: &str) -> bool {
    let mut open = Vec::new();
    let mut quote = None;
    let mut characters = condition.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                characters.next();
            }
            (Some(end), c) if c == end => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => open.push(')'),
            (None, '[') => open.push(']'),
            (None, '{') => open.push('}'),
            (None, ')' | ']' | '}') if open.pop() != Some(c) => return false,
            _ => {}
        }
    }
    quote.is_none() && open.is_empty()
}

/// Keys whose values are expressions, whatever map they stand in. Only a hint: it decides which
/// words a syntax error gets, never what is read.
const EXPRESSION_KEYS: &[&str] = &[
    "address", "if", "key", "mean", "p50", "p90", "rate", "score", "sum", "until", "when",
];

/// Keys whose values are maps of expressions.
const EXPRESSION_MAPS: &[&str] = &["identify", "set", "update"];

/// Keys whose values are maps of types.
const TYPE_MAPS: &[&str] = &[
    "fields",
    "params",
    "profile",
    "returns",
    "types",
    "variables",
];

/// What is written at a place, if not YAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Expression,
    Type,
}

/// Where an expression or a type begins that a syntax error is in.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExpressionPlace {
    pub(super) due: Due,
    /// Where its key begins.
    pub(super) key: u32,
    pub(super) start: u32,
    pub(super) in_flow: bool,
}

/// The expression place around a syntax error, if the error is of a kind that quotes would mend.
pub(super) fn expression_place(
    text: &str,
    open: &[Open],
    kind: &ErrorKind,
) -> Option<ExpressionPlace> {
    if !matches!(
        kind,
        ErrorKind::InvalidTrailingDoubleQuotedScalar
            | ErrorKind::InvalidTrailingSingleQuotedScalar
            | ErrorKind::ExpectedFlowMappingSeparator
            | ErrorKind::ExpectedFlowSequenceSeparator
            | ErrorKind::ExpectedBlockMappingKey
            | ErrorKind::MappingValueNotAllowed
            | ErrorKind::InvalidColonPlacement
            | ErrorKind::FlowMappingValueAdjacentCollection
            | ErrorKind::MissingAnchorOrAliasName
            | ErrorKind::InvalidTagTerminator
            | ErrorKind::UndeclaredTagHandle
            | ErrorKind::InvalidBlockScalarHeader
            | ErrorKind::BlockSequenceEntryNotAllowed
            | ErrorKind::UnexpectedCharacter { .. }
    ) {
        return None;
    }
    let name = |range: TextRange| &text[range.as_usize()];
    for (index, map) in open.iter().enumerate().rev() {
        if let Some(key) = map.key.filter(|_| map.is_map) {
            let parent = index.checked_sub(1).and_then(|parent| open[parent].key);
            let is_expression = EXPRESSION_KEYS.contains(&name(key))
                || parent.is_some_and(|parent| EXPRESSION_MAPS.contains(&name(parent)));
            let is_type = parent.is_some_and(|parent| TYPE_MAPS.contains(&name(parent)));
            if is_expression || is_type {
                let behind = &text[key.end as usize..];
                let value = behind.trim_start_matches([' ', '\t']).strip_prefix(':')?;
                let start = value.trim_start_matches([' ', '\t']);
                return Some(ExpressionPlace {
                    due: if is_expression {
                        Due::Expression
                    } else {
                        Due::Type
                    },
                    key: key.start,
                    start: key.end + (behind.len() - start.len()) as u32,
                    in_flow: map.is_flow,
                });
            }
        }
        // A list or map that was opened inside a condition.
        if !map.is_flow {
            return None;
        }
    }
    None
}

/// How far a condition reaches that begins at `start`, read as CEL reads it: brackets and quotes
/// match. It ends at the comma or bracket that ends the entry of the flow map, at a comment, in
/// front of a line that is an entry of its own, and outside of flow collections at the line's end.
pub(super) fn extent(text: &str, start: u32, in_flow: bool) -> TextRange {
    let bytes = text.as_bytes();
    let mut open: Vec<u8> = Vec::new();
    let mut at = start as usize;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' | b'`' => {
                at = quoted_end(bytes, at).unwrap_or(at + 1);
                continue;
            }
            b'(' | b'[' | b'{' => open.push(byte),
            b')' | b']' | b'}' => {
                let opening = match byte {
                    b')' => b'(',
                    b']' => b'[',
                    _ => b'{',
                };
                if open.last() == Some(&opening) {
                    open.pop();
                } else if in_flow && byte != b')' {
                    break;
                }
            }
            b',' if in_flow && open.is_empty() => break,
            b'#' if at > start as usize && matches!(bytes[at - 1], b' ' | b'\t') => break,
            b'\n' | b'\r'
                if !in_flow || lines::looks_like_entry(text, lines::next(text, at as u32)) =>
            {
                break;
            }
            _ => {}
        }
        at += 1;
    }
    let written = &text[start as usize..at];
    TextRange::new(start, start + written.trim_end().len() as u32)
}

/// The end of what a quote opens, on the same line; none where it does not close.
fn quoted_end(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes[start];
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\n' | b'\r' => return None,
            b'\\' => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}
