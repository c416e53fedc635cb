//! Where each byte of a scalar's value is written: the raw text is decoded a second time, by its
//! style, into segments. Only scalars that a diagnostic touches pay for it.

use super::lines;
use super::tree::Style;
use crate::source::TextRange;

/// A run of the value and what it is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    value: u32,
    value_len: u32,
    source: u32,
    source_len: u32,
}

impl Segment {
    fn is_verbatim(self) -> bool {
        self.value_len == self.source_len
    }
}

/// The whole value in segments, ascending in both.
#[derive(Debug, Default)]
pub(super) struct OffsetMap {
    segments: Vec<Segment>,
    decoded: String,
}

impl OffsetMap {
    /// Decodes what is written in `range`; none where it does not give `value`.
    pub(super) fn new(source: &str, range: TextRange, style: Style, value: &str) -> Option<Self> {
        let raw = source.get(range.as_usize())?;
        let mut map = Self::default();
        match style {
            Style::Plain => map.flow(source, range, style),
            Style::SingleQuoted | Style::DoubleQuoted => {
                if raw.len() < 2 {
                    return None;
                }
                let inner = TextRange::new(range.start + 1, range.end - 1);
                map.flow(source, inner, style);
            }
            Style::Literal | Style::Folded => map.block(source, range, value),
        }
        (map.decoded == value).then_some(map)
    }

    /// The source range of a range of the value.
    pub(super) fn locate(&self, range: TextRange) -> Option<TextRange> {
        let start = self.start(range.start)?;
        if range.is_empty() {
            return Some(TextRange::at(start));
        }
        let end = self.end(range.end)?;
        (start <= end).then_some(TextRange::new(start, end))
    }

    fn start(&self, at: u32) -> Option<u32> {
        let index = self
            .segments
            .partition_point(|s| s.value + s.value_len <= at);
        match self.segments.get(index) {
            Some(s) if s.is_verbatim() => Some(s.source + (at - s.value)),
            Some(s) => Some(s.source),
            None => self.segments.last().map(|s| s.source + s.source_len),
        }
    }

    fn end(&self, at: u32) -> Option<u32> {
        let index = self
            .segments
            .partition_point(|s| s.value + s.value_len < at);
        let s = self.segments.get(index)?;
        Some(if s.is_verbatim() {
            s.source + (at - s.value)
        } else {
            s.source + s.source_len
        })
    }

    fn push(&mut self, decoded: &str, source: u32, source_len: u32) {
        let value = self.decoded.len() as u32;
        let value_len = decoded.len() as u32;
        self.decoded.push_str(decoded);
        if value_len == 0 {
            return;
        }
        if let Some(last) = self.segments.last_mut()
            && last.is_verbatim()
            && value_len == source_len
            && last.source + last.source_len == source
        {
            last.value_len += value_len;
            last.source_len += source_len;
            return;
        }
        self.segments.push(Segment {
            value,
            value_len,
            source,
            source_len,
        });
    }

    /// Plain and quoted text: blanks around line breaks go, one break is a blank, more are breaks.
    fn flow(&mut self, source: &str, range: TextRange, style: Style) {
        let bytes = &source.as_bytes()[..range.end as usize];
        let mut at = range.start as usize;
        let mut run = at;
        let verbatim = |map: &mut Self, run: usize, at: usize| {
            let written = source.get(run..at).unwrap_or_default();
            map.push(written, run as u32, written.len() as u32);
        };
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => {
                    let blanks = at + blanks(&bytes[at..]);
                    if !matches!(bytes.get(blanks), Some(b'\n' | b'\r')) {
                        at = blanks;
                        continue;
                    }
                    verbatim(self, run, at);
                    let (breaks, end) = skip_breaks(bytes, blanks);
                    let decoded = match breaks {
                        1 => " ".to_owned(),
                        many => "\n".repeat(many - 1),
                    };
                    self.push(&decoded, at as u32, (end - at) as u32);
                    at = end;
                    run = at;
                }
                b'\'' if style == Style::SingleQuoted && bytes.get(at + 1) == Some(&b'\'') => {
                    verbatim(self, run, at);
                    self.push("'", at as u32, 2);
                    at += 2;
                    run = at;
                }
                b'\\' if style == Style::DoubleQuoted => {
                    verbatim(self, run, at);
                    let (decoded, end) = unescape(&source[..range.end as usize], at);
                    self.push(&decoded, at as u32, (end - at) as u32);
                    at = end;
                    run = at;
                }
                _ => at += 1,
            }
        }
        verbatim(self, run.min(bytes.len()), bytes.len());
    }

    /// Block text: every line without its indentation. The value says where lines were folded.
    fn block(&mut self, source: &str, range: TextRange, value: &str) {
        let indent = lines::column(source, range.start);
        let leading = value.bytes().take_while(|b| *b == b'\n').count();
        let mut breaks = Vec::with_capacity(leading);
        let mut line = lines::start(source, range.start);
        for _ in 0..leading {
            let Some(before) = line.checked_sub(1) else {
                return;
            };
            let is_crlf = source.as_bytes()[..line as usize].ends_with(b"\r\n");
            let start = if is_crlf { before - 1 } else { before };
            breaks.push((start, line - start));
            line = lines::start(source, start);
        }
        for (start, len) in breaks.into_iter().rev() {
            self.push("\n", start, len);
        }
        let mut at = range.start;
        loop {
            let end = lines::end(source, at);
            self.push(&source[at as usize..end as usize], at, end - at);
            let Some(rest) = value.get(self.decoded.len()..) else {
                return;
            };
            if rest.bytes().all(|b| b == b'\n') {
                self.trailing(source, end, value);
                return;
            }
            // On to the next line that holds something beyond the indentation.
            let mut line = lines::next(source, end);
            while (line as usize) < source.len() && is_blank(source, line, indent) {
                line = lines::next(source, line);
            }
            let folded = match rest.bytes().take_while(|b| *b == b'\n').count() {
                0 => &rest[..rest.len().min(1)],
                breaks => &rest[..breaks],
            };
            let folded = folded.to_owned();
            let next = (line + indent).min(source.len() as u32);
            if next <= end || !source.is_char_boundary(next as usize) {
                return;
            }
            self.push(&folded, end, next - end);
            at = next;
        }
    }

    /// The line breaks that the value keeps at its end.
    fn trailing(&mut self, source: &str, mut end: u32, value: &str) {
        while self.decoded.len() < value.len() {
            let next = lines::next(source, end);
            let line_end = lines::end(source, end);
            self.push("\n", line_end, next - line_end);
            end = next;
        }
    }
}

/// How many blanks there are in front.
fn blanks(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count()
}

/// Skips line breaks with the blanks between and behind them: how many, and where they end.
fn skip_breaks(bytes: &[u8], mut at: usize) -> (usize, usize) {
    let mut count = 0;
    loop {
        match bytes.get(at) {
            Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => at += 2,
            Some(b'\n' | b'\r') => at += 1,
            _ => return (count, at),
        }
        count += 1;
        at += blanks(&bytes[at..]);
    }
}

/// A line that holds nothing, or only a part of the indentation.
fn is_blank(source: &str, line: u32, indent: u32) -> bool {
    let content = &source[line as usize..lines::end(source, line) as usize];
    content.len() <= indent as usize && content.bytes().all(|b| b == b' ')
}

/// What an escape stands for, and where it ends.
fn unescape(source: &str, at: usize) -> (String, usize) {
    let Some(next) = source[at + 1..].chars().next() else {
        return (String::new(), source.len());
    };
    let end = at + 1 + next.len_utf8();
    let simple = match next {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        'x' => return hex(source, end, 2),
        'u' => return hex(source, end, 4),
        'U' => return hex(source, end, 8),
        '\n' | '\r' => {
            let (breaks, end) = skip_breaks(source.as_bytes(), at + 1);
            return ("\n".repeat(breaks - 1), end);
        }
        other => other,
    };
    (simple.to_string(), end)
}

/// A character by its number; two halves of a surrogate pair are one character.
fn hex(source: &str, at: usize, digits: usize) -> (String, usize) {
    let read = |at: usize| {
        source
            .get(at..at + digits)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
    };
    let end = (at + digits).min(source.len());
    let Some(code) = read(at) else {
        return (String::new(), end);
    };
    if (0xD800..0xDC00).contains(&code)
        && source.get(end..end + 2) == Some("\\u")
        && let Some(low @ 0xDC00..0xE000) = read(end + 2)
    {
        let code = 0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        let decoded = char::from_u32(code).map(String::from).unwrap_or_default();
        return (decoded, end + 2 + digits);
    }
    let decoded = char::from_u32(code).map(String::from).unwrap_or_default();
    (decoded, end)
}
