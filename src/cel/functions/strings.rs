//! Text: search, cut, join, change of case. Positions count characters (code points).

use super::super::error::EvalError;
use super::super::format;
use super::super::value::Value;
use super::args::{self, count, invalid, position};
use super::{Sig, functions, method, plain};

use Sig::{Bool, Bytes, Dyn, Int, List, Map, Param, String};

functions! {
    "charAt" => [method(&[String, Int], String, |a| {
        let text = args::text(a, 0)?;
        let at = position(a, 1, chars(text))?;
        args::string(text.chars().skip(at).take(1).collect::<std::string::String>())
    })];
    "contains" => [method(&[String, String], Bool, |a| {
        Ok(Value::Bool(args::text(a, 0)?.contains(args::text(a, 1)?)))
    })];
    "endsWith" => [method(&[String, String], Bool, |a| {
        Ok(Value::Bool(args::text(a, 0)?.ends_with(args::text(a, 1)?)))
    })];
    "format" => [method(&[String, List(&Dyn)], String, |a| {
        args::string(format::format(args::text(a, 0)?, args::list(a, 1)?)?)
    })];
    "indexOf" => [
        method(&[String, String], Int, |a| index_of(a, 0)),
        method(&[String, String, Int], Int, |a| {
            index_of(a, position(a, 2, chars(args::text(a, 0)?))?)
        }),
    ];
    "join" => [
        method(&[List(&String)], String, |a| join(a, "")),
        method(&[List(&String), String], String, |a| join(a, args::text(a, 1)?)),
    ];
    "lastIndexOf" => [
        method(&[String, String], Int, |a| last_index_of(a, usize::MAX)),
        method(&[String, String, Int], Int, |a| {
            last_index_of(a, position(a, 2, chars(args::text(a, 0)?))?)
        }),
    ];
    "lowerAscii" => [method(&[String], String, |a| args::string(args::text(a, 0)?.to_ascii_lowercase()))];
    "replace" => [
        method(&[String, String, String], String, |a| replace(a, -1)),
        method(&[String, String, String, Int], String, |a| replace(a, args::int(a, 3)?)),
    ];
    "reverse" => [
        method(&[String], String, |a| {
            args::string(args::text(a, 0)?.chars().rev().collect::<std::string::String>())
        }),
        method(&[List(&Param(0))], List(&Param(0)), |a| {
            args::items(args::list(a, 0)?.iter().rev().cloned().collect())
        }),
    ];
    "size" => [
        plain(&[String], Int, size),
        plain(&[Bytes], Int, size),
        plain(&[List(&Param(0))], Int, size),
        plain(&[Map(&Param(0), &Param(1))], Int, size),
        method(&[String], Int, size),
        method(&[Bytes], Int, size),
        method(&[List(&Param(0))], Int, size),
        method(&[Map(&Param(0), &Param(1))], Int, size),
    ];
    "split" => [
        method(&[String, String], List(&String), |a| split(a, -1)),
        method(&[String, String, Int], List(&String), |a| split(a, args::int(a, 2)?)),
    ];
    "startsWith" => [method(&[String, String], Bool, |a| {
        Ok(Value::Bool(args::text(a, 0)?.starts_with(args::text(a, 1)?)))
    })];
    "substring" => [
        method(&[String, Int], String, |a| substring(a, usize::MAX)),
        method(&[String, Int, Int], String, |a| {
            substring(a, position(a, 2, chars(args::text(a, 0)?))?)
        }),
    ];
    "trim" => [method(&[String], String, |a| args::string(args::text(a, 0)?.trim()))];
    "upperAscii" => [method(&[String], String, |a| args::string(args::text(a, 0)?.to_ascii_uppercase()))];
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

/// The byte where the character at `at` begins; the end of the text when there is none.
fn byte_of(text: &str, at: usize) -> usize {
    text.char_indices().nth(at).map_or(text.len(), |(i, _)| i)
}

fn size(a: &[Value]) -> Result<Value, EvalError> {
    Ok(count(match args::any(a, 0)? {
        Value::String(text) => chars(text),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        _ => args::map(a, 0)?.len(),
    }))
}

fn index_of(a: &[Value], from: usize) -> Result<Value, EvalError> {
    let text = args::text(a, 0)?;
    let start = byte_of(text, from);
    let found = text[start..].find(args::text(a, 1)?);
    Ok(found.map_or(Value::Int(-1), |i| count(chars(&text[..start + i]))))
}

fn last_index_of(a: &[Value], from: usize) -> Result<Value, EvalError> {
    let (text, sought) = (args::text(a, 0)?, args::text(a, 1)?);
    // The match must begin at `from` or before.
    let last_end = byte_of(text, from).saturating_add(sought.len());
    let mut end = last_end.min(text.len());
    // No match ends within a character.
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let found = text[..end].rfind(sought);
    Ok(found.map_or(Value::Int(-1), |i| count(chars(&text[..i]))))
}

fn join(a: &[Value], separator: &str) -> Result<Value, EvalError> {
    let list = args::list(a, 0)?;
    let mut parts = Vec::with_capacity(list.len());
    for at in 0..list.len() {
        parts.push(args::text(list, at)?);
    }
    let separators = separator.len().saturating_mul(parts.len());
    args::text_fits(
        parts
            .iter()
            .map(|p| p.len())
            .sum::<usize>()
            .saturating_add(separators),
    )?;
    args::string(parts.join(separator))
}

/// A limit as the standard counts it: negative is none.
fn limit(n: i64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

fn replace(a: &[Value], n: i64) -> Result<Value, EvalError> {
    let (text, old, new) = (args::text(a, 0)?, args::text(a, 1)?, args::text(a, 2)?);
    let times = text.matches(old).count().min(limit(n));
    args::text_fits(times.saturating_mul(new.len()).saturating_add(text.len()))?;
    args::string(text.replacen(old, new, limit(n)))
}

fn split(a: &[Value], n: i64) -> Result<Value, EvalError> {
    let (text, separator) = (args::text(a, 0)?, args::text(a, 1)?);
    let parts: Vec<Value> = match limit(n) {
        0 => Vec::new(),
        most if separator.is_empty() => {
            // Without a separator every character is a part; the last one keeps the rest.
            let mut starts: Vec<usize> = text.char_indices().map(|(i, _)| i).take(most).collect();
            starts.push(text.len());
            starts
                .windows(2)
                .map(|w| Value::string(&text[w[0]..w[1]]))
                .collect()
        }
        most => text.splitn(most, separator).map(Value::string).collect(),
    };
    args::items(parts)
}

fn substring(a: &[Value], end: usize) -> Result<Value, EvalError> {
    let text = args::text(a, 0)?;
    let start = position(a, 1, chars(text))?;
    if start > end {
        return Err(invalid(format!(
            "the substring ends at {end}, before it starts at {start}"
        )));
    }
    args::string(&text[byte_of(text, start)..byte_of(text, end)])
}
