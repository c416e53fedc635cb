//! Regular expressions: RE2's syntax, searched in time linear in the text.

use regex::{Regex, RegexBuilder};

use super::super::error::EvalError;
use super::super::value::Value;
use super::args::{self, invalid};
use super::{Sig, functions, method, plain};

use Sig::{Bool, Int, List, Optional, String};

/// What a compiled pattern may take, in bytes.
const MAX_PATTERN_SIZE: usize = 1 << 20;

functions! {
    "matches" => [
        method(&[String, String], Bool, matches),
        plain(&[String, String], Bool, matches),
    ];
    "regex.extract" => [plain(&[String, String], Optional(&String), |a| {
        let (text, regex) = (args::text(a, 0)?, one_group(a)?);
        Ok(Value::Optional(regex.captures(text).and_then(|c| group(&c)).map(Into::into)))
    })];
    "regex.extractAll" => [plain(&[String, String], List(&String), |a| {
        let (text, regex) = (args::text(a, 0)?, one_group(a)?);
        args::items(regex.captures_iter(text).filter_map(|c| group(&c)).collect())
    })];
    "regex.replace" => [
        plain(&[String, String, String], String, |a| replace(a, -1)),
        plain(&[String, String, String, Int], String, |a| replace(a, args::int(a, 3)?)),
    ];
}

/// A pattern compiled within the limits of the language; the error is one line.
pub fn compile_regex(pattern: &str) -> Result<Regex, std::string::String> {
    RegexBuilder::new(&with_ascii_classes(pattern))
        .size_limit(MAX_PATTERN_SIZE)
        .dfa_size_limit(MAX_PATTERN_SIZE)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
            // A syntax error draws a picture over several lines; its last line says what is wrong.
            other => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or_default();
                last.trim_start_matches("error: ").to_owned()
            }
        })
}

/// The pattern with `\d`, `\w`, `\s` and `\b` as RE2 means them, which know ASCII alone.
fn with_ascii_classes(pattern: &str) -> std::string::String {
    let mut out = std::string::String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        // A class may stand within another: `[\d-]` is `[[0-9]-]`.
        match rest.next() {
            Some('d') => out.push_str("[0-9]"),
            Some('D') => out.push_str("[^0-9]"),
            Some('w') => out.push_str("[0-9A-Za-z_]"),
            Some('W') => out.push_str("[^0-9A-Za-z_]"),
            Some('s') => out.push_str(r"[\t\n\f\r ]"),
            Some('S') => out.push_str(r"[^\t\n\f\r ]"),
            Some('b') => out.push_str(r"(?-u:\b)"),
            Some('B') => out.push_str(r"(?-u:\B)"),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

fn pattern(a: &[Value]) -> Result<Regex, EvalError> {
    let pattern = args::text(a, 1)?;
    compile_regex(pattern)
        .map_err(|e| invalid(format!("`{pattern}` is not a regular expression: {e}")))
}

fn matches(a: &[Value]) -> Result<Value, EvalError> {
    Ok(Value::Bool(pattern(a)?.is_match(args::text(a, 0)?)))
}

/// A pattern with at most one group: the group is what is extracted.
fn one_group(a: &[Value]) -> Result<Regex, EvalError> {
    let regex = pattern(a)?;
    if regex.captures_len() > 2 {
        return Err(invalid("a pattern to extract with has at most one group"));
    }
    Ok(regex)
}

fn group(captures: &regex::Captures<'_>) -> Option<Value> {
    let found = if captures.len() > 1 {
        captures.get(1)
    } else {
        captures.get(0)
    };
    found.map(|m| Value::string(m.as_str()))
}

/// Replaces the first `n` matches, all when negative; `\1` names a group, `\\` is a backslash.
fn replace(a: &[Value], n: i64) -> Result<Value, EvalError> {
    let (text, regex, replacement) = (args::text(a, 0)?, pattern(a)?, args::text(a, 2)?);
    let limit = usize::try_from(n).unwrap_or(usize::MAX);
    let mut out = std::string::String::new();
    let mut end = 0;
    for captures in regex.captures_iter(text).take(limit) {
        let Some(whole) = captures.get(0) else {
            continue;
        };
        out.push_str(&text[end..whole.start()]);
        expand(replacement, &captures, &mut out)?;
        args::text_fits(out.len())?;
        end = whole.end();
    }
    out.push_str(&text[end..]);
    args::string(out)
}

fn expand(
    replacement: &str,
    captures: &regex::Captures<'_>,
    out: &mut std::string::String,
) -> Result<(), EvalError> {
    let mut rest = replacement.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next() {
            Some('\\') => out.push('\\'),
            Some(digit) if digit.is_ascii_digit() => {
                let index = digit as usize - '0' as usize;
                if index >= captures.len() {
                    return Err(invalid(format!("the pattern has no group {index}")));
                }
                out.push_str(captures.get(index).map_or("", |m| m.as_str()));
            }
            _ => {
                return Err(invalid(
                    "in a replacement, `\\` is followed by a digit or `\\`",
                ));
            }
        }
    }
    Ok(())
}
