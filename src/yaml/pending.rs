//! Brackets and quotes that were opened but not closed. The parser looks ahead before it says that
//! something has begun, so after an error the last of them are only in the text.

use super::lines;

/// What is open at the end of a stretch of text.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// The brackets that are open, from the outside in.
    pub(super) brackets: Vec<u32>,
    /// A quote that is not closed, or only by the opening quote of a later entry.
    pub(super) quote: Option<u32>,
}

impl Pending {
    /// The outermost of them.
    pub(super) fn first(&self) -> Option<u32> {
        self.brackets.first().copied().or(self.quote)
    }
}

/// Reads the text from `from`, which must not lie inside of a value, to `to`.
pub(super) fn scan(text: &str, from: u32, to: u32) -> Pending {
    let bytes = text.as_bytes();
    let mut pending = Pending::default();
    let mut at = from as usize;
    while at < to as usize {
        let begins_value = begins_value(bytes, at);
        match bytes[at] {
            b'#' if begins_value => {
                at = lines::end(text, at as u32) as usize;
                continue;
            }
            b'"' | b'\'' if begins_value => {
                let end = quoted_end(bytes, at);
                if end.is_none_or(|end| swallows_entry(text, at, end)) {
                    pending.quote = Some(at as u32);
                    return pending;
                }
                at = end.unwrap_or(bytes.len());
                continue;
            }
            b'[' | b'{' if begins_value || !pending.brackets.is_empty() => {
                pending.brackets.push(at as u32);
            }
            b']' | b'}' => {
                pending.brackets.pop();
            }
            _ => {}
        }
        at += 1;
    }
    pending
}

/// Whether the bracket at `opening` is closed before the text ends.
pub(super) fn is_closed(text: &str, opening: u32) -> bool {
    let bytes = text.as_bytes();
    let mut depth = 0;
    let mut at = opening as usize;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' if begins_value(bytes, at) => match quoted_end(bytes, at) {
                Some(end) => {
                    at = end;
                    continue;
                }
                None => return false,
            },
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return true;
        }
        at += 1;
    }
    false
}

/// Behind the quote that closes what a quote opens, on whatever line.
pub(super) fn quoted_end(bytes: &[u8], opening: usize) -> Option<usize> {
    let quote = bytes[opening];
    let mut at = opening + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if quote == b'"' => at += 2,
            b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// Whether a value may begin here, by what stands in front.
pub(super) fn begins_value(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| {
        bytes[before].is_ascii_whitespace() || b",:[{-?".contains(&bytes[before])
    })
}

/// Whether a quoted text ends on a later line that looks like an entry of its own: its closing
/// quote opens another text.
fn swallows_entry(text: &str, opening: usize, end: usize) -> bool {
    let line = lines::start(text, end as u32 - 1);
    line as usize > opening && lines::looks_like_entry(text, line)
}
