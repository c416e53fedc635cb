//! Several syntax errors a file: what cannot be read is replaced, and the text is read again.
//!
//! Offsets never move: a range that is taken out keeps its length. A value becomes one plain
//! scalar, for which the tree has an error node; anything else becomes blanks, a gap. If the
//! reader stumbles over the same place again, the next wider range is taken.

use std::borrow::Cow;
use std::sync::Arc;

use super::build::{Failure, Open, Reason, build};
use super::condition::{self, Due, ExpressionPlace};
use super::limits::{MAX_REPARSED_BYTES, MAX_ROUNDS, MAX_SYNTAX_ERRORS};
use super::lines;
use super::message::{self, Misread};
use super::pending;
use super::tree::Tree;
use super::{Parsed, bare};
use crate::diagnostic::{Diagnostic, Kept, Rest, codes};
use crate::source::{FileId, Span, TextRange};

/// What is taken out of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// A value: an error node takes its place.
    Value(TextRange),
    /// Whole lines.
    Lines(TextRange),
}

impl Cut {
    fn range(self) -> TextRange {
        match self {
            Self::Value(range) | Self::Lines(range) => range,
        }
    }
}

pub(super) fn parse(file: FileId, text: &Arc<str>) -> Parsed {
    let mut buffer: Cow<'_, str> = Cow::Borrowed(text);
    let mut cuts: Vec<Cut> = Vec::new();
    let mut syntax: Vec<Diagnostic> = Vec::new();
    let mut last: Option<(TextRange, usize)> = None;
    let mut rounds = 0;
    let mut reparsed = 0;
    let mut finishing = false;
    loop {
        let mut diagnostics = Kept::default();
        let holes: Vec<TextRange> = cuts
            .iter()
            .filter(|cut| matches!(cut, Cut::Value(_)))
            .map(|cut| cut.range())
            .collect();
        let failure = match build(file, text, &buffer, &holes, &mut diagnostics) {
            Ok(mut tree) => {
                tree.gaps = cuts.iter().map(|cut| cut.range()).collect();
                diagnostics.retain_from(0, |d| !is_of_two_documents(text, &tree.gaps, d));
                let (mut diagnostics, rest) = diagnostics.into_parts();
                diagnostics.append(&mut syntax);
                diagnostics.sort_by_key(|d| (d.span, d.code.id));
                return Parsed {
                    tree,
                    diagnostics,
                    rest,
                };
            }
            Err(failure) => complete(failure, &buffer),
        };
        reparsed += buffer.len();
        let condition = condition_at(&buffer, &failure);
        let bare = match condition {
            Some(_) => None,
            None => bare::bare_value(&buffer, &failure),
        };
        let found = match condition {
            Some((range, _)) => Some(range),
            None => bare.as_ref().map(|bare| bare.range),
        };
        let diagnostic = match (condition, &bare) {
            (Some((range, Due::Type)), _) => {
                let written = text.get(range.as_usize()).unwrap_or_default();
                condition::type_diagnostic(Span { file, range }, written)
            }
            (Some((range, Due::Expression)), _) => {
                let span = Span { file, range };
                let written = text.get(range.as_usize()).unwrap_or_default();
                let in_flow = failure.open.last().is_some_and(|open| open.is_flow);
                let why = bare::why_condition(written, in_flow);
                condition::diagnostic(span, written, &why)
            }
            (None, Some(bare)) => bare.diagnostic(file, text),
            (None, None) => message::describe(file, &buffer, &failure),
        };
        // The same trouble again, because too little was taken out: go wider and say nothing.
        let again = last.filter(|(range, _)| {
            touches(&buffer, *range, failure.offset)
                || syntax.iter().any(|known| known.span == diagnostic.span)
        });
        let level = match again {
            // What follows the cut may only need a cut of its own.
            Some((range, _)) if failure.offset > range.end => 0,
            Some((_, level)) => level + 1,
            None => 0,
        };
        rounds += 1;
        if again.is_none() && !finishing {
            syntax.push(diagnostic);
        }
        let is_enough = syntax.len() >= MAX_SYNTAX_ERRORS
            || rounds > MAX_ROUNDS
            || reparsed > MAX_REPARSED_BYTES.max(2 * text.len());
        let cut = match found.filter(|_| again.is_none()) {
            // What is too much to be kept is too much to be read again.
            _ if finishing || matches!(failure.reason, Reason::Nodes | Reason::Documents) => None,
            _ if is_enough => {
                finishing = true;
                Some(rest(&buffer, &failure))
            }
            Some(range) => Some(Cut::Value(range)),
            None => choose(&buffer, &failure, level),
        };
        let Some(cut) = cut else {
            // Too much is wrong to make sense of any of it.
            syntax.sort_by_key(|d| (d.span, d.code.id));
            let mut tree = Tree::empty(file, Arc::clone(text));
            tree.gaps = vec![TextRange::new(0, text.len() as u32)];
            return Parsed {
                tree,
                diagnostics: syntax,
                rest: Rest::default(),
            };
        };
        last = Some((cut.range(), level));
        erase(buffer.to_mut(), cut);
        // A wider cut swallows those inside it.
        let range = cut.range();
        cuts.retain(|cut| cut.range().start < range.start || cut.range().end > range.end);
        let place = cuts.partition_point(|cut| cut.range().start < range.start);
        cuts.insert(place, cut);
    }
}

/// Whether a key is only set twice because the line between two documents is misspelt.
fn is_of_two_documents(text: &str, gaps: &[TextRange], diagnostic: &Diagnostic) -> bool {
    let Some(first) = diagnostic.labels.first() else {
        return false;
    };
    diagnostic.code == &codes::DUPLICATE_KEY
        && gaps
            .iter()
            .filter(|gap| first.span.end() <= gap.start && gap.end <= diagnostic.span.start())
            .filter_map(|gap| text.get(gap.as_usize()))
            .any(|gap| gap.bytes().all(|b| b == b'-'))
}

/// Adds what the parser had only looked ahead at to what is open.
fn complete(mut failure: Failure, buffer: &str) -> Failure {
    if failure.last_end < failure.offset {
        let pending = pending::scan(buffer, failure.last_end, failure.offset);
        failure.inside = pending.first();
        failure
            .open
            .extend(pending.brackets.iter().map(|&start| Open {
                is_map: buffer.as_bytes()[start as usize] == b'{',
                is_flow: true,
                start,
                key: None,
                value: None,
            }));
    }
    failure
}

/// Whether a failure is at, or right behind, what was taken out last.
fn touches(buffer: &str, range: TextRange, offset: u32) -> bool {
    if offset < range.start {
        return false;
    }
    offset <= range.end
        || buffer[range.end as usize..offset as usize]
            .trim()
            .is_empty()
}

/// The condition or the type that the failure is in, where one is due and quoting it would help.
fn condition_at(buffer: &str, failure: &Failure) -> Option<(TextRange, Due)> {
    let Reason::Syntax(kind) = &failure.reason else {
        return None;
    };
    let place = condition::expression_place(buffer, &failure.open, kind)?;
    let ExpressionPlace {
        due,
        key,
        start,
        in_flow,
    } = place;
    let mut range = condition::extent(buffer, start, in_flow);
    let goes_on = !range.is_empty() && failure.offset > range.end;
    if !in_flow && goes_on && !lines::looks_like_entry(buffer, failure.offset) {
        // It goes on over several lines.
        let end = lines::block_end(buffer, key, lines::column(buffer, key), false);
        range.end = end.max(range.end);
    }
    let written = &buffer[range.as_usize()];
    let reaches = range.start <= failure.offset && failure.offset <= range.end;
    // A map of its own (`identify` by traveler, `key` by event) has its own errors.
    let is_map = written.starts_with('{') && written.ends_with('}');
    let is_block = written.starts_with(['|', '>']);
    let fits = match due {
        Due::Expression => !written.is_empty() && !is_map && !is_block,
        Due::Type => !is_map && condition::is_type(written),
    };
    (reaches && fits).then_some((range, due))
}

/// Everything from the outermost entry that the failure is in to the end of the text.
fn rest(buffer: &str, failure: &Failure) -> Cut {
    let start = match failure.open.first() {
        Some(open) if !open.is_flow => open.key.map_or(open.start, |key| key.start),
        Some(open) => open.start,
        None => lines::start(buffer, failure.offset),
    };
    Cut::Lines(TextRange::new(
        start.min(failure.offset),
        buffer.len() as u32,
    ))
}

/// What to take out: ranges from small to wide, of which the first at `level` or above that still
/// holds something is taken. Where the depth is the trouble, the outermost entry has to go.
fn choose(buffer: &str, failure: &Failure, level: usize) -> Option<Cut> {
    let outermost = failure.open.len().saturating_sub(1);
    let from = match failure.reason {
        Reason::Depth => outermost,
        _ => 0,
    };
    // One after the other: each is a walk over the lines, and the first mostly does.
    let blocks = failure.open.iter().rev().enumerate().skip(from);
    blocks
        .filter(|(_, open)| !open.is_flow)
        .filter_map(|(inside, open)| narrow(buffer, failure, open, inside > 0))
        .chain(document(buffer, failure))
        .chain([Cut::Lines(TextRange::new(0, buffer.len() as u32))])
        .skip(level)
        .find(|cut| {
            let mut bytes = buffer[cut.range().as_usize()].bytes();
            !bytes.all(|b| b.is_ascii_whitespace())
        })
}

/// The smallest sensible range in one block collection: the value that is being read, or the line
/// that does not fit. `read_inside` says that the trouble is inside the value of the last key or
/// in the item that is being read.
fn narrow(buffer: &str, failure: &Failure, open: &Open, read_inside: bool) -> Option<Cut> {
    let column = lines::column(buffer, open.start);
    let line = lines::start(buffer, failure.offset);
    let is_colon = buffer[failure.offset as usize..].starts_with(':');
    let misread = match message::misread(buffer, open, failure.offset) {
        misread if is_colon && !read_inside => misread,
        _ => Misread::TooFar,
    };
    if open.is_map {
        let key = open.key?;
        let end = lines::block_end(buffer, key.end, column, true);
        let value = match (open.value, misread) {
            (None, _) => Some(value_start(buffer, key)),
            (Some(_), Misread::OddOneAbove(key)) => {
                return Some(Cut::Lines(TextRange::new(key, lines::end(buffer, key))));
            }
            (Some(value), Misread::Keyless(_)) => Some(value.start),
            (Some(value), _) if read_inside || value.start >= line => Some(value.start),
            (Some(_), _) => None,
        };
        return Some(match value {
            Some(start) if start <= failure.offset => {
                Cut::Value(TextRange::new(start, end.max(start)))
            }
            _ => Cut::Lines(line_block(buffer, failure.offset, is_colon)),
        });
    }
    let at = failure.inside.unwrap_or(failure.offset);
    let dash = dash_line(buffer, at, column).filter(|dash| *dash >= open.start)?;
    let is_read = open.value.is_some_and(|value| value.start > dash);
    if is_read && !read_inside && dash < line && !matches!(misread, Misread::Keyless(_)) {
        return Some(Cut::Lines(line_block(buffer, failure.offset, is_colon)));
    }
    let end = lines::block_end(buffer, dash, column, false);
    let item = &buffer[dash as usize + 1..end.max(dash + 1) as usize];
    let start = dash + 1 + (item.len() - item.trim_start().len()) as u32;
    Some(Cut::Value(TextRange::new(start, end.max(start))))
}

/// The line at `at` with the lines below it that are indented further, or as far.
fn line_block(buffer: &str, at: u32, as_far: bool) -> TextRange {
    let first = lines::first_on_line(buffer, at);
    let column = lines::column(buffer, first);
    let column = if as_far {
        column.saturating_sub(1)
    } else {
        column
    };
    let end = lines::block_end(buffer, first, column, false);
    TextRange::new(first, end.max(first))
}

/// Where the value of a key begins, or would.
pub(super) fn value_start(buffer: &str, key: TextRange) -> u32 {
    let behind = &buffer[key.end as usize..];
    let skipped = behind.trim_start_matches([' ', '\t']);
    let skipped = skipped.strip_prefix(':').unwrap_or(skipped);
    let value = skipped.trim_start();
    key.end + (behind.len() - value.len()) as u32
}

/// The dash in `column` that begins the item around `at`.
fn dash_line(buffer: &str, at: u32, column: u32) -> Option<u32> {
    let mut line = lines::start(buffer, at);
    loop {
        let place = line + lines::mark(buffer, line) + column;
        let is_dash = place < lines::end(buffer, line).max(line + 1)
            && buffer.as_bytes().get(place as usize) == Some(&b'-')
            && place <= at
            && matches!(
                buffer.as_bytes().get(place as usize + 1),
                None | Some(b' ' | b'\t' | b'\n' | b'\r')
            );
        if is_dash {
            return Some(place);
        }
        line = lines::start(buffer, line.checked_sub(1)?);
    }
}

/// The lines of the document in which the failure is: those in front of it if they are one text
/// without keys, and all.
fn document(buffer: &str, failure: &Failure) -> Vec<Cut> {
    let is_marker = |line: u32| {
        let rest = &buffer[line as usize..];
        ["---", "..."].iter().any(|marker| {
            rest.strip_prefix(marker)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
        })
    };
    let line = lines::start(buffer, failure.offset);
    let mut start = line;
    while start > 0 && !is_marker(start) {
        start = lines::start(buffer, start - 1);
    }
    if is_marker(start) {
        start += 3;
    }
    let mut end = lines::next(buffer, failure.offset);
    while (end as usize) < buffer.len() && !is_marker(end) {
        end = lines::next(buffer, end);
    }
    let mut cuts = Vec::new();
    if failure.open.is_empty() && start < line && lines::looks_like_entry(buffer, line) {
        let before = &buffer[start as usize..line as usize];
        let first = start + (before.len() - before.trim_start().len()) as u32;
        let last = start + before.trim_end().len() as u32;
        cuts.push(Cut::Lines(TextRange::new(first.min(last), last)));
    }
    if failure.open.is_empty() {
        cuts.push(Cut::Lines(line_block(buffer, failure.offset, false)));
    }
    let all = &buffer[start as usize..end.max(start) as usize];
    let first = start + (all.len() - all.trim_start().len()) as u32;
    let last = start + all.trim_end().len() as u32;
    cuts.push(Cut::Value(TextRange::new(first.min(last), last)));
    cuts.push(Cut::Lines(TextRange::new(first.min(last), last)));
    cuts
}

/// Takes a range out of the text, byte for byte; line breaks stay.
fn erase(buffer: &mut String, cut: Cut) {
    let mut range = cut.range().as_usize();
    // Tabs in front of it would be the next thing to stumble over.
    range.start = buffer[..range.start].trim_end_matches([' ', '\t']).len();
    let mut filler = b' ';
    let mut replacement = String::with_capacity(range.len());
    for (at, byte) in (range.start..).zip(buffer[range.clone()].bytes()) {
        if at == cut.range().start as usize && matches!(cut, Cut::Value(_)) {
            filler = b'x';
        }
        if matches!(byte, b'\n' | b'\r') {
            filler = b' ';
            replacement.push(char::from(byte));
        } else {
            replacement.push(char::from(filler));
        }
    }
    buffer.replace_range(range, &replacement);
}
