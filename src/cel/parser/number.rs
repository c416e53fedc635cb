//! Numbers as they are written.

use std::borrow::Cow;

use super::super::ast::Literal;

/// Why a number cannot be read: a message without its number, and what to do.
pub(super) struct Unreadable {
    pub message: String,
    pub help: &'static str,
    /// It is a number, but a value that the type does not hold.
    pub out_of_range: bool,
}

/// Reads a number, with the sign that stands before it.
pub(super) fn read(digits: &str, negative: bool) -> Result<Literal, Unreadable> {
    let written = if negative {
        Cow::Owned(format!("-{digits}"))
    } else {
        Cow::Borrowed(digits)
    };
    let (plain, unsigned) = match digits.strip_suffix(['u', 'U']) {
        Some(plain) => (plain, true),
        None => (digits, false),
    };
    let hex = plain
        .strip_prefix("0x")
        .or_else(|| plain.strip_prefix("0X"));
    let radix = if hex.is_some() { 16 } else { 10 };
    let whole = hex.unwrap_or(plain);
    let is_whole = !whole.is_empty() && whole.chars().all(|c| c.is_digit(radix));
    if is_whole && unsigned {
        if negative {
            return Err(Unreadable {
                message: format!("`{written}` is below zero, and a uint is not"),
                help: "leave out the `u`",
                out_of_range: true,
            });
        }
        return u64::from_str_radix(whole, radix)
            .map(Literal::Uint)
            .map_err(|_| Unreadable {
                message: format!("`{written}` does not fit a uint"),
                help: "the highest is 18446744073709551615",
                out_of_range: true,
            });
    }
    if is_whole {
        let value = u64::from_str_radix(whole, radix).ok().map(i128::from);
        return value
            .map(|v| if negative { -v } else { v })
            .and_then(|v| i64::try_from(v).ok())
            .map(Literal::Int)
            .ok_or_else(|| Unreadable {
                message: format!("`{written}` does not fit an int"),
                help: "an int has 64 bits; write `.0` after it for a double",
                out_of_range: true,
            });
    }
    let is_double = hex.is_none()
        && !unsigned
        && digits
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    match written.parse::<f64>() {
        Ok(value) if is_double && value.is_finite() => Ok(Literal::Double(value)),
        Ok(_) if is_double => Err(Unreadable {
            message: format!("`{written}` does not fit a double"),
            help: "the highest is about 1.8e308",
            out_of_range: true,
        }),
        _ => Err(Unreadable {
            message: format!("`{digits}` is not a number"),
            help: help(digits),
            out_of_range: false,
        }),
    }
}

fn help(digits: &str) -> &'static str {
    let unit = digits.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if unit.starts_with('_') {
        "digits are not grouped: write `1000`"
    } else if matches!(unit, "ns" | "us" | "ms" | "s" | "m" | "h" | "d" | "w") {
        "a duration is written `duration(\"6h\")`"
    } else if unit.starts_with(['u', 'U']) {
        "a `u` goes after whole numbers"
    } else {
        "text goes in quotes"
    }
}
