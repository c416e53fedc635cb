//! What goes wrong with lines and columns: indentation, tabs, and colons in the wrong place.

use super::{Context, invalid};
use crate::diagnostic::{Applicability, Diagnostic};
use crate::yaml::build::Open;
use crate::yaml::lines;

/// What is wrong where a `key:` reads as part of the value above it.
#[derive(Clone, Copy, Debug)]
pub(in crate::yaml) enum Misread {
    /// The value above, which begins here, was to be a key too.
    Keyless(u32),
    /// The key above, which begins here, is indented too little, and not what follows too far.
    OddOneAbove(u32),
    /// The line is indented too far.
    TooFar,
}

/// Decides it for the failure at `at` behind the last value of `open`.
pub(in crate::yaml) fn misread(text: &str, open: &Open, at: u32) -> Misread {
    let Some(value) = open.value else {
        return Misread::TooFar;
    };
    let first = lines::first_on_line(text, at);
    let column = lines::column(text, first);
    let key_line = open.key.map(|key| lines::start(text, key.start));
    let has_own_line = key_line.is_some_and(|line| line != lines::start(text, value.start));
    if has_own_line || column == lines::column(text, value.start) {
        return Misread::Keyless(value.start);
    }
    if let Some(key) = open.key
        && key.start == open.start
        && lines::column(text, key.start) > 0
    {
        let next = lines::next(text, at);
        let below = lines::first_on_line(text, next.min(text.len() as u32));
        if lines::column(text, below) == column && lines::looks_like_entry(text, below) {
            return Misread::OddOneAbove(key.start);
        }
    }
    Misread::TooFar
}

/// How long YAML lets a key be that stands before its colon in one line.
const MAX_KEY: usize = 1024;

impl Context<'_> {
    pub(super) fn tab(&self) -> Diagnostic {
        // The parser may stop at the value above, which the tab reads as a part of.
        let ahead = self.text[self.at as usize..].find('\t').unwrap_or(0) as u32;
        let start = lines::start(self.text, self.at + ahead);
        let line = &self.text[start as usize..lines::end(self.text, start) as usize];
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        let Some(tab) = line[..blanks].find('\t') else {
            return invalid(self.char(self.at), "a tab is not allowed here")
                .help("use spaces instead");
        };
        let span = self.span(start + tab as u32, start + blanks as u32);
        invalid(span, "YAML does not allow tabs as indentation")
            .help("indent with spaces")
            .fix(
                Applicability::Unsafe,
                "indent as the line above does",
                self.span(start, start + blanks as u32),
                " ".repeat(self.indent_below(start, &line[blanks..])),
            )
    }

    /// How far a line that begins at `start` is indented, judged by the line above it.
    fn indent_below(&self, start: u32, content: &str) -> usize {
        let above = self.text[..start as usize]
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
            .unwrap_or_default();
        let plain = above.trim_start();
        let indent = above.len() - plain.len();
        let code = plain.split(" #").next().unwrap_or_default().trim_end();
        let opens = code.ends_with(':');
        let keys = code.len() - code.trim_start_matches("- ").len();
        match (opens, content.starts_with("- ")) {
            (true, _) => indent + keys + 2,
            (false, true) => indent,
            (false, false) => indent + keys,
        }
    }

    /// Something that fits nowhere: a line in the wrong column, or words behind a whole value.
    pub(super) fn misfit(&self) -> Diagnostic {
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
            if let Some(first) = self.first_of_document()
                && lines::column(self.text, first) > column
            {
                return self.odd_one(first, "line", column, true);
            }
            return invalid(
                self.rest_of_line(self.at),
                "this line's indentation matches nothing above it",
            )
            .help("indent it like its siblings, or begin a document of its own with `---`");
        };
        let siblings = lines::column(self.text, open.start);
        let sibling = self.word(open.start);
        if column == siblings {
            if !open.is_map && line.starts_with('-') && !is_dash {
                return self.blank_missing(self.at);
            }
            let expected = if open.is_map {
                "a list item is not allowed among keys"
            } else {
                "a key is not allowed among list items"
            };
            let diagnostic = invalid(self.word(self.at), expected).label(
                sibling,
                format!(
                    "the {} start here",
                    if open.is_map { "keys" } else { "list items" }
                ),
            );
            if open.is_map {
                return diagnostic.help("indent it, or make it a key");
            }
            return diagnostic.help("put a `- ` before it").fix(
                Applicability::Unsafe,
                "put a `- ` before it",
                self.span(self.at, self.at),
                "- ",
            );
        }
        let what = if is_dash { "list item" } else { "line" };
        if is_dash && let Some(diagnostic) = self.dash_missing(column) {
            return diagnostic;
        }
        let first = self.block_above(siblings).unwrap_or(open.start);
        if let Some(alone) = self.odd_block(first, column) {
            return self.odd_one(first, what, column, alone);
        }
        let above = self.line_above(is_dash).unwrap_or(open.start);
        invalid(
            self.word(self.at),
            format!("this {what} is indented by {column}, as nothing above it is"),
        )
        .label(
            self.word(above),
            format!("this is indented by {}", lines::column(self.text, above)),
        )
        .help("indent it like its siblings")
    }

    /// An item of a list without its dash, on the line above an item that has one.
    fn dash_missing(&self, column: u32) -> Option<Diagnostic> {
        let above = self.line_above(true)?;
        if lines::column(self.text, above) != column || self.text[above as usize..].starts_with('-')
        {
            return None;
        }
        let at = self.span(above, above);
        Some(
            invalid(self.char(above), "a `- ` is missing before this list item")
                .label(self.word(self.at), "the next item")
                .help("add the `- `")
                .fix(Applicability::Unsafe, "add the `- `", at, "- "),
        )
    }

    /// The first line of what stands right above, further in than `parent`.
    fn block_above(&self, parent: u32) -> Option<u32> {
        let mut start = lines::start(self.text, self.at);
        let mut first = None;
        for line in self.text[..start as usize].split_inclusive('\n').rev() {
            start -= line.len() as u32;
            let content = line.trim_start_matches(' ');
            if content.trim().is_empty() || content.starts_with('#') {
                continue;
            }
            let indent = (line.len() - content.len()) as u32;
            if indent <= parent {
                break;
            }
            first = Some(start + indent);
        }
        first
    }

    /// Whether not this line is in the wrong column but the only entry of the block above it, and
    /// if so, whether that entry is one line: what follows agrees with this line.
    fn odd_block(&self, first: u32, column: u32) -> Option<bool> {
        let siblings = lines::column(self.text, first);
        let here = lines::start(self.text, self.at);
        let between = self.text.get(first as usize..here as usize)?;
        let mut alone = true;
        for line in between.lines().skip(1) {
            let content = line.trim_start_matches(' ');
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            alone = false;
            if (line.len() - content.len()) as u32 <= siblings {
                return None;
            }
        }
        let even = |column: u32| column.is_multiple_of(2);
        (lines::first_on_line(self.text, first) == first && even(column) && !even(siblings))
            .then_some(alone)
    }

    /// The line that begins the document.
    fn first_of_document(&self) -> Option<u32> {
        let above = &self.text[..lines::start(self.text, self.at) as usize];
        let from = above.rfind("---\n").map_or(0, |at| at + 4);
        let mut start = from;
        for line in above[from..].split_inclusive('\n') {
            let content = line.trim_start_matches(' ');
            if !content.trim().is_empty() && !content.starts_with('#') {
                return Some((start + line.len() - content.len()) as u32);
            }
            start += line.len();
        }
        None
    }

    /// An entry in a column of its own, while what follows it stands in another.
    fn odd_one(&self, first: u32, what: &str, column: u32, alone: bool) -> Diagnostic {
        let own = lines::column(self.text, first);
        let diagnostic = invalid(
            self.word(first),
            format!("this {what} is indented by {own}, and what follows it by {column}"),
        )
        .label(self.word(self.at), format!("this is indented by {column}"))
        .help(format!("indent it by {column}, as its siblings are"));
        if !alone {
            return diagnostic;
        }
        let indent = self.span(lines::start(self.text, first), first);
        diagnostic.fix(
            Applicability::Unsafe,
            format!("indent it by {column}"),
            indent,
            " ".repeat(column as usize),
        )
    }

    /// The first key or dash of the last line above that holds something.
    pub(super) fn line_above(&self, is_dash: bool) -> Option<u32> {
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
    pub(super) fn colon(&self) -> Diagnostic {
        if self.innermost_flow().is_some() {
            return self.separator();
        }
        let line = lines::start(self.text, self.at);
        let value = self.innermost().and_then(|open| open.value);
        match value {
            Some(value) if value.start < line => match self.misread() {
                Misread::Keyless(at) => self.keyless(at),
                Misread::OddOneAbove(key) => {
                    let below = lines::first_on_line(self.text, self.at);
                    let (odd, even) = (self.word(key), self.word(below));
                    let column = lines::column(self.text, key);
                    invalid(
                        odd,
                        format!("this line is indented by {column}, and those below it by more"),
                    )
                    .label(
                        even,
                        format!("this is indented by {}", lines::column(self.text, below)),
                    )
                    .help("indent it like its siblings")
                }
                Misread::TooFar => {
                    let first = lines::first_on_line(self.text, self.at);
                    let end = value.end.min(lines::end(self.text, value.start));
                    invalid(
                        self.word(first),
                        "this line is indented further than its siblings, and so reads as part of \
                         the value above",
                    )
                    .label(self.span(value.start, end), "the value above")
                    .help("indent it like its siblings")
                }
            },
            Some(value) => {
                let whole = self.rest_of_line(value.start);
                let written = &self.text[whole.range.as_usize()];
                let key = self.innermost().and_then(|open| open.key);
                let key = key.filter(|key| key.start >= line).map(|key| {
                    let whole = self.rest_of_line(key.start);
                    (key.start, &self.text[whole.range.as_usize()])
                });
                let places = [Some((value.start, written)), key];
                let mut places = places.into_iter().flatten();
                if let Some(found) = places.find_map(|(at, text)| self.mark_missing(at, text)) {
                    return found;
                }
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
            None => invalid(self.word(self.at), "a key is not allowed here"),
        }
    }

    /// A flow map in a value whose brace, or the colon or blank before it, was forgotten.
    fn mark_missing(&self, start: u32, written: &str) -> Option<Diagnostic> {
        let end = written
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')))
            .filter(|end| *end > 0)?;
        let (word, rest) = written.split_at(end);
        let after = start + end as u32;
        let (at, message, text) = if rest.trim_start().starts_with(['{', '[']) {
            (after, format!("a colon is missing after `{word}`"), ":")
        } else if rest.starts_with(":{") || rest.starts_with(":[") {
            (
                after + 1,
                format!("a space is missing after `{word}:`"),
                " ",
            )
        } else if rest.starts_with(": ")
            && written.matches('}').count() == written.matches('{').count() + 1
        {
            (start, format!("a `{{` is missing before `{word}`"), "{ ")
        } else {
            return None;
        };
        let what = match text {
            ":" => "add the colon",
            " " => "add a space",
            _ => "add the `{`",
        };
        Some(
            invalid(self.span(start, at.max(after)), message)
                .help(what)
                .fix(Applicability::Safe, what, self.span(at, at), text),
        )
    }

    fn misread(&self) -> Misread {
        self.innermost()
            .map_or(Misread::TooFar, |open| misread(self.text, open, self.at))
    }

    /// A `:` or `-` right in front of a word.
    fn blank_missing(&self, at: u32) -> Diagnostic {
        let span = self.char(at);
        let mark = &self.text[span.range.as_usize()];
        // One that YAML takes for a letter, as word processors write it.
        let after = &self.text[at as usize + 1..];
        let hard = after.len() - after.trim_start_matches('\u{A0}').len();
        invalid(span, format!("there must be a space after this `{mark}`"))
            .help("add a space")
            .fix(
                Applicability::Safe,
                "add a space",
                self.span(at + 1, at + 1 + hard as u32),
                " ",
            )
    }

    /// A line without a colon among keys.
    pub(super) fn keyless(&self, at: u32) -> Diagnostic {
        let line = lines::content(self.text, at);
        if line.len() > 1 && line.bytes().all(|b| b == b'-') {
            let span = self.rest_of_line(at);
            return invalid(span, "a document starts with `---`")
                .help("write three dashes")
                .fix(Applicability::Safe, "write `---`", span, "---");
        }
        let key = line.find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)));
        if let Some(colon) = key.filter(|end| *end > 0 && line[*end..].starts_with(':')) {
            let start = lines::first_on_line(self.text, at);
            if line[..colon].chars().nth(MAX_KEY).is_some() {
                let span = self.span(start, start + colon as u32);
                let message = format!("a key has at most {MAX_KEY} characters in YAML");
                return invalid(span, message).help("shorten it");
            }
            return self.blank_missing(start + colon as u32);
        }
        invalid(
            self.rest_of_line(at),
            "this line has no `:`, so it is not `key: value`",
        )
        .help("write `key: value`, or indent it if it goes on with the value above")
    }
}
