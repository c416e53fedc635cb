//! A scalar on its own, with what is needed to find places inside it and to write into it.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use super::offsets::OffsetMap;
use super::tree::Style;
use crate::diagnostic::Edit;
use crate::source::{Span, TextRange};

/// A scalar's value, where it is written and how. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Text {
    /// What the value is a part of: the text of the file, where it is written as it is.
    whole: Arc<str>,
    part: TextRange,
    span: Span,
    style: Style,
    in_flow: bool,
    /// Worked out when the first place is looked for: one text may have thousands.
    written: OnceLock<Written>,
}

/// How the value stands in the file.
#[derive(Clone, Debug)]
enum Written {
    /// As it is, from here on.
    Verbatim(u32),
    Decoded(Arc<OffsetMap>),
    /// Nobody can tell.
    Unknown,
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        (self.value(), self.span, self.style, self.in_flow)
            == (other.value(), other.span, other.style, other.in_flow)
    }
}

impl Eq for Text {}

impl Text {
    pub fn new(value: impl Into<Arc<str>>, span: Span, style: Style, in_flow: bool) -> Self {
        let whole = value.into();
        Self {
            part: TextRange::new(0, whole.len() as u32),
            whole,
            span,
            style,
            in_flow,
            written: OnceLock::new(),
        }
    }

    /// One whose value is a part of the text of its file.
    pub(super) fn verbatim(
        file_text: &Arc<str>,
        part: TextRange,
        span: Span,
        style: Style,
        in_flow: bool,
    ) -> Self {
        Self {
            whole: Arc::clone(file_text),
            part,
            span,
            style,
            in_flow,
            written: OnceLock::from(Written::Verbatim(part.start)),
        }
    }

    /// The value, quotes and escapes removed, lines folded.
    pub fn value(&self) -> &str {
        self.whole.get(self.part.as_usize()).unwrap_or_default()
    }

    /// What the value is a part of, and which: for those who keep it without a copy.
    pub fn shared(&self) -> (&Arc<str>, TextRange) {
        (&self.whole, self.part)
    }

    /// The extent of what is written, quotes included.
    pub fn span(&self) -> Span {
        self.span
    }

    pub fn style(&self) -> Style {
        self.style
    }

    /// Whether it stands inside brackets or braces.
    pub fn is_in_flow(&self) -> bool {
        self.in_flow
    }

    /// Where a range of bytes of the value is written. `source` is the text of the whole file, the same at every call. A
    /// range that is not written in one piece gets all that lies between; where the place cannot
    /// be told, the answer is the whole scalar.
    pub fn locate(&self, range: TextRange, source: &str) -> Span {
        let written = self.span.range;
        Span {
            file: self.span.file,
            range: self.find(range, source).unwrap_or(written),
        }
    }

    fn find(&self, range: TextRange, source: &str) -> Option<TextRange> {
        if range.start > range.end || range.end > self.part.len() {
            return None;
        }
        match self.written.get_or_init(|| self.written_in(source)) {
            Written::Verbatim(start) => Some(range.shift(*start)),
            Written::Decoded(map) => map.locate(range),
            Written::Unknown => None,
        }
    }

    fn written_in(&self, source: &str) -> Written {
        let written = self.span.range;
        let quote = match self.style {
            Style::SingleQuoted | Style::DoubleQuoted => 1,
            _ => 0,
        };
        // Most scalars are written as they are.
        let inner = (written.start + quote) as usize..written.end.saturating_sub(quote) as usize;
        if source.get(inner) == Some(self.value()) {
            return Written::Verbatim(written.start + quote);
        }
        OffsetMap::new(source, written, self.style, self.value())
            .map_or(Written::Unknown, |map| Written::Decoded(Arc::new(map)))
    }

    /// An edit that replaces a part of the value and keeps the scalar valid in its style; none where
    /// the style cannot hold the replacement.
    pub fn edit(&self, range: TextRange, replacement: &str, source: &str) -> Option<Edit> {
        let may_fold = matches!(self.style, Style::Plain | Style::SingleQuoted)
            && replacement.trim() != replacement
            || self.is_quoted_or_plain() && replacement.is_empty();
        if may_fold && !self.is_on_one_line(source) {
            // The line breaks around it could fold otherwise.
            return None;
        }
        let text = if self.style == Style::Plain {
            // Only the whole tells what it starts and ends with.
            let before = self.value().get(..range.start as usize)?;
            let after = self.value().get(range.end as usize..)?;
            self.escape(&format!("{before}{replacement}{after}"))?;
            replacement.to_owned()
        } else {
            self.escape(replacement)?
        };
        let span = Span {
            file: self.span.file,
            range: self.find(range, source)?,
        };
        Some(Edit { span, text })
    }

    fn is_quoted_or_plain(&self) -> bool {
        !matches!(self.style, Style::Literal | Style::Folded)
    }

    fn is_on_one_line(&self, source: &str) -> bool {
        source
            .get(self.span.range.as_usize())
            .is_some_and(|written| !written.contains(['\n', '\r']))
    }

    /// The replacement for a part of the value, written so that it is valid there; none where this
    /// style cannot hold it. In a plain scalar it is judged as if it were the whole: see
    /// [`Text::edit`].
    pub fn escape(&self, replacement: &str) -> Option<String> {
        let is_control = |c: char| c.is_control() && c != '\t';
        match self.style {
            Style::Plain => {
                let has_flow_indicator =
                    self.in_flow && replacement.contains([',', '[', ']', '{', '}']);
                let is_safe = !replacement.chars().any(is_control)
                    && replacement.trim() == replacement
                    && !replacement.is_empty()
                    && !replacement.starts_with(PLAIN_INDICATORS)
                    && !replacement.contains(": ")
                    && !replacement.contains(" #")
                    && !replacement.ends_with(':')
                    && !has_flow_indicator;
                is_safe.then(|| replacement.to_owned())
            }
            Style::SingleQuoted => {
                (!replacement.chars().any(is_control)).then(|| replacement.replace('\'', "''"))
            }
            Style::DoubleQuoted => {
                let mut escaped = String::with_capacity(replacement.len());
                let last = replacement.len().saturating_sub(1);
                for (at, c) in replacement.char_indices() {
                    match c {
                        ' ' if at == 0 || at == last => escaped.push_str("\\ "),
                        '"' => escaped.push_str("\\\""),
                        '\\' => escaped.push_str("\\\\"),
                        '\n' => escaped.push_str("\\n"),
                        '\t' => escaped.push_str("\\t"),
                        c if c.is_control() => {
                            let _ = write!(escaped, "\\u{:04x}", c as u32);
                        }
                        c => escaped.push(c),
                    }
                }
                Some(escaped)
            }
            Style::Literal | Style::Folded => {
                let is_safe = !replacement.chars().any(is_control)
                    && !replacement.starts_with([' ', '\t'])
                    && !replacement.is_empty();
                is_safe.then(|| replacement.to_owned())
            }
        }
    }
}

/// What a plain scalar may not start with.
const PLAIN_INDICATORS: [char; 19] = [
    '-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`',
];
