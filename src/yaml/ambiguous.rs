//! Plain scalars that YAML 1.1 tools read otherwise: other tools on the same file would see
//! something else than what is checked here.

use super::schema::{self, Kind};
use super::tree::Style;
use crate::diagnostic::{Applicability, Diagnostic, Kept, codes};
use crate::source::Span;

/// Whether a value that begins with this byte may get a warning.
pub(super) fn may_be(first: u8) -> bool {
    matches!(
        first,
        b'y' | b'Y' | b'n' | b'N' | b'o' | b'O' | b'0'..=b'9' | b'+' | b'-'
    )
}

/// Warns of an unquoted value, where there is reason to.
pub(super) fn report(value: &str, span: Span, diagnostics: &mut Kept) {
    if let Some(read) = yaml_1_1(value) {
        diagnostics.push_with(&codes::AMBIGUOUS_SCALAR, span, || {
            warning(value, &read, span)
        });
    }
}

fn warning(value: &str, read: &Yaml11, span: Span) -> Diagnostic {
    let there = match read {
        Yaml11::Bool(b) => format!("`{b}`"),
        Yaml11::Number(number) => format!("the number {number}"),
        Yaml11::String => "a string".to_owned(),
    };
    // Quoting keeps a string what it is, and makes one of a number.
    let (here, applicability) = match schema::resolve(value, Style::Plain, None, false) {
        Kind::String => ("a string", Applicability::Safe),
        _ => ("a number", Applicability::Unsafe),
    };
    let shown: String = value.chars().take(40).collect();
    let message = format!("`{shown}` is {here} here, but {there} to YAML 1.1 tools");
    Diagnostic::new(&codes::AMBIGUOUS_SCALAR, span, message)
        .help("quote it, so that every tool reads it the same way")
        .fix(applicability, "quote it", span, format!("\"{value}\""))
}

/// What YAML 1.1 tools make of a plain scalar, where it is something else than in YAML 1.2.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Yaml11 {
    Bool(bool),
    /// A number, written out.
    Number(String),
    /// A number in YAML 1.2, a string in YAML 1.1.
    String,
}

/// How YAML 1.1 reads a plain scalar otherwise. Timestamps are left alone.
fn yaml_1_1(value: &str) -> Option<Yaml11> {
    match *value.as_bytes().first()? {
        b'y' | b'Y' | b'n' | b'N' | b'o' | b'O' => match value {
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(Yaml11::Bool(true)),
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(Yaml11::Bool(false)),
            _ => None,
        },
        b'0'..=b'9' | b'+' | b'-' => number_1_1(value),
        _ => None,
    }
}

fn number_1_1(value: &str) -> Option<Yaml11> {
    let (sign, unsigned) = match value.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", value.strip_prefix('+').unwrap_or(value)),
    };
    let bytes = unsigned.as_bytes();
    if bytes.len() < 2 || !bytes[0].is_ascii_digit() {
        return None;
    }
    // Almost every number: no base of its own, no `_`, no `:`.
    if bytes[0] != b'0' && !bytes.iter().any(|byte| matches!(byte, b'_' | b':')) {
        return None;
    }
    let shown = |number: i64| Yaml11::Number(format!("{sign}{number}"));
    let digits: String = unsigned.chars().filter(|c| *c != '_').collect();
    if let Some(octal) = unsigned.strip_prefix("0o") {
        let is_octal = sign.is_empty() && octal.bytes().all(|b| matches!(b, b'0'..=b'7'));
        return (is_octal && !octal.is_empty()).then_some(Yaml11::String);
    }
    if let Some(binary) = digits.strip_prefix("0b") {
        return i64::from_str_radix(binary, 2).ok().map(shown);
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) && bytes[0] == b'0' {
        return Some(i64::from_str_radix(&digits, 8).map_or(Yaml11::String, shown));
    }
    if unsigned.contains('_') {
        let is_number = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && digits.bytes().filter(|b| *b == b'.').count() <= 1;
        return is_number.then(|| Yaml11::Number(format!("{sign}{digits}")));
    }
    sexagesimal(unsigned).map(shown)
}

/// `21:00` is 1260 in base 60.
fn sexagesimal(value: &str) -> Option<i64> {
    let mut parts = value.split(':');
    let first = parts.next()?;
    if first.starts_with('0') || !first.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut total: i64 = first.parse().ok()?;
    let mut count = 0;
    for part in parts {
        let in_range = matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
        let number: i64 = part.parse().ok().filter(|n| in_range && *n < 60)?;
        total = total.checked_mul(60)?.checked_add(number)?;
        count += 1;
    }
    (count > 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_1_1_reads_these_otherwise() {
        let number = |text: &str| Some(Yaml11::Number(text.to_owned()));
        let cases = [
            ("NO", Some(Yaml11::Bool(false))),
            ("y", Some(Yaml11::Bool(true))),
            ("On", Some(Yaml11::Bool(true))),
            ("nO", None),
            ("norway", None),
            ("010", number("8")),
            ("-010", number("-8")),
            ("08", Some(Yaml11::String)),
            ("0o17", Some(Yaml11::String)),
            ("0b11", number("3")),
            ("1_000", number("1000")),
            ("1_000.5", number("1000.5")),
            ("order_1", None),
            ("1_a", None),
            ("21:00", number("1260")),
            ("1:30:00", number("5400")),
            ("09:30", None),
            ("21:60", None),
            ("0", None),
            ("10", None),
            ("true", None),
            ("2026-03-02", None),
            ("2026-03-02T18:00:00Z", None),
        ];
        for (text, expected) in cases {
            assert_eq!(yaml_1_1(text), expected, "{text:?}");
        }
    }
}
