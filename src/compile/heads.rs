//! A line that was lost above others, which then belong to what stands before them: diagnostics go
//! in, and of those that follow from it only the first is left.
//!
//! Without the `---` between them two declarations are one, and without its name what belongs to a
//! milestone or to an event is the one before it once more. Keys are then set twice, and what was
//! declared there is not found anywhere.

use std::collections::BTreeSet;

use crate::diagnostic::{Applicability, Code, Diagnostic, codes};
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast::Kind;

use super::lost::{NAMELESS, words};

/// The mark at which the first side of an unfinished merge begins.
const CONFLICT: &str = "<<<<<<<";

/// How many such places are looked at: each is compared with all that is told.
const MAX_HEADS: usize = 32;

/// How many keys are looked at: for each the text around it is read.
const MAX_TRIED: usize = 256;

/// How much of a line is read for what is compared there.
const MAX_LINE: usize = 400;

/// What is told of the text itself, whatever it belongs to.
const OF_TEXT: &[&Code] = &[&codes::INVALID_YAML, &codes::INVALID_TEXT];

/// What a name that belongs to a journey leaves behind in tests and KPIs, where no journey is named.
const OF_JOURNEYS: &[&Code] = &[
    &codes::UNKNOWN_MILESTONE,
    &codes::UNKNOWN_NAME,
    &codes::UNKNOWN_ENUM_VALUE,
    &codes::INVALID_VALUE,
];

/// What a field leaves behind that was read as something else.
const OF_TYPES: &[&Code] = &[&codes::INVALID_OPERANDS, &codes::INVALID_ARGUMENTS];

/// Where lines stand that have lost the one above them.
struct Head<'t> {
    /// The first key of them.
    key: Span,
    /// Where the declaration begins, and where the lines end.
    start: u32,
    end: u32,
    /// What the declaration says it is.
    kind: &'t str,
    name: &'t str,
    /// Several keys are there again: none of them is only written twice.
    certain: bool,
    /// It is told what they are, and what to do.
    slipped: bool,
    /// They are a declaration of their own.
    declares: bool,
    /// The words of the lines, where they were meant to declare something else.
    words: BTreeSet<&'t str>,
}

pub(super) fn settle(sources: &Sources, diagnostics: &mut Vec<Diagnostic>) {
    let heads = heads(sources, diagnostics);
    if heads.is_empty() {
        return;
    }
    diagnostics.retain(|it| {
        sources.get(it.span.file).is_none()
            || OF_TEXT.contains(&it.code)
            || !heads.iter().any(|head| head.explains(sources, it))
    });
    for head in heads.iter().filter(|head| head.certain && !head.slipped) {
        let told = diagnostics.iter_mut().filter(|it| it.span == head.key);
        for it in told {
            it.fixes.clear();
            let diagnostic = it.clone();
            *it = if head.declares {
                let (file, at) = (head.key.file, head.key.start());
                let help = "put `---` before it: each document is one declaration";
                let before = Span::new(file, at, at);
                let line = "---\n".to_owned();
                diagnostic
                    .help(help)
                    .fix(Applicability::Safe, "put `---` before it", before, line)
            } else {
                diagnostic.help("put the line that is missing before it, or keep one of them")
            };
        }
    }
}

/// What stands between the marks of a merge that nobody finished is told once, at the first mark.
pub(super) fn settle_conflicts(sources: &Sources, diagnostics: &mut Vec<Diagnostic>) {
    let unread = diagnostics
        .iter()
        .filter(|it| *it.code == codes::INVALID_YAML && sources.get(it.span.file).is_some());
    let files: BTreeSet<FileId> = unread.map(|it| it.span.file).collect();
    for file in files {
        let text = &*sources.file(file).text;
        let Some((from, to)) = conflict(text) else {
            continue;
        };
        diagnostics.retain(|it| {
            it.span.file != file || !(from as u32..to as u32).contains(&it.span.start())
        });
        let mark = Span::new(file, from as u32, from as u32 + CONFLICT.len() as u32);
        let told = Diagnostic::new(
            &codes::INVALID_YAML,
            mark,
            "a merge was left unfinished here",
        )
        .help("keep one of the two sides, and take out the lines with the marks");
        diagnostics.push(told);
    }
}

/// From the first mark of an unfinished merge to the end of the last.
fn conflict(text: &str) -> Option<(usize, usize)> {
    let mark = |mark: &str| {
        let marks = text.match_indices(mark).map(|(at, _)| at);
        let mut marks = marks.filter(|at| *at == 0 || text.as_bytes()[at - 1] == b'\n');
        let first = marks.next()?;
        Some((first, marks.last().unwrap_or(first)))
    };
    let ((from, _), (_, to)) = (mark(CONFLICT)?, mark(">>>>>>>")?);
    let end = text[to..].find('\n').map_or(text.len(), |at| to + at);
    (from < to).then_some((from, end))
}

/// The places, in the order of the text.
fn heads<'t>(sources: &'t Sources, diagnostics: &[Diagnostic]) -> Vec<Head<'t>> {
    let readable = |it: &&Diagnostic| sources.get(it.span.file).is_some();
    let mut keys: Vec<&Diagnostic> = diagnostics
        .iter()
        .filter(|it| {
            *it.code == codes::DUPLICATE_KEY
                || *it.code == codes::WRONG_SHAPE
                || *it.code == codes::UNKNOWN_KEY
        })
        .filter(readable)
        .collect();
    keys.sort_by_key(|it| (it.span.file, it.span.start()));
    let mut heads: Vec<Head<'_>> = Vec::new();
    for (index, it) in keys.iter().enumerate().take(MAX_TRIED) {
        let key = it.span;
        let inside = |head: &Head<'_>| head.key.file == key.file && key.start() < head.end;
        if heads.len() >= MAX_HEADS || heads.last().is_some_and(inside) {
            continue;
        }
        heads.extend(Head::new(sources, it, &keys[index + 1..]));
    }
    heads
}

impl<'t> Head<'t> {
    fn new(sources: &'t Sources, it: &Diagnostic, rest: &[&Diagnostic]) -> Option<Self> {
        let key = it.span;
        let text = &*sources.file(key.file).text;
        let at = key.start() as usize;
        let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let column = at - line;
        if !text[line..at].trim_start_matches([' ', '-']).is_empty() {
            return None;
        }
        let start = text[..at].rfind("\n---").map_or(0, |at| at + 4);
        let (kind, name) = opening(&text[start..])?;
        let mut end = at;
        for (number, line) in text[at..].split_inclusive('\n').enumerate() {
            let indent = line.len() - line.trim_start_matches(' ').len();
            let blank = matches!(line.trim_start().as_bytes().first(), None | Some(b'#'));
            if number > 0 && (line.starts_with("---") || !blank && indent < column) {
                break;
            }
            end += line.len();
        }
        // Keys that were there before the first of them, and are there again behind it.
        let again = rest
            .iter()
            .take_while(|other| other.span.file == key.file && (other.span.start() as usize) < end);
        let first = |other: &Diagnostic| other.labels.first().map(|label| label.span.start());
        let many = again.clone().any(|other| {
            *other.code == codes::DUPLICATE_KEY
                && first(other).is_some_and(|first| first < key.start())
                && column_of(text, other.span) == column
        });
        let twice = *it.code == codes::DUPLICATE_KEY;
        let word = sources.text(key);
        let opens = column == 0 && Kind::ALL.iter().any(|kind| kind.keyword() == word);
        let strange = again.clone().any(|it| *it.code == codes::UNKNOWN_KEY);
        let unknown = *it.code == codes::UNKNOWN_KEY;
        let declares = opens && (twice || unknown) && (many || strange);
        let differs = twice && it.fixes.is_empty() && column > 0;
        let shapeless = *it.code == codes::WRONG_SHAPE && column > 0;
        let above = it.labels.first().map(|label| label.span.start());
        let slipped = shapeless && above.is_some_and(|above| above < key.start());
        if !(declares || twice && many || differs || slipped) {
            return None;
        }
        let words = if declares || slipped {
            words(&text[at..end]).collect()
        } else {
            BTreeSet::new()
        };
        Some(Self {
            key,
            start: start as u32,
            end: end as u32,
            kind,
            name,
            certain: declares || slipped || twice && many,
            slipped,
            declares,
            words,
        })
    }

    /// Whether this is so because the line is lost.
    fn explains(&self, sources: &Sources, it: &Diagnostic) -> bool {
        if it.span == self.key {
            return false;
        }
        let here = it.span.file == self.key.file;
        if here && (self.key.start()..self.end).contains(&it.span.start()) {
            return self.certain || NAMELESS.contains(&it.code);
        }
        if self.slipped && OF_TYPES.contains(&it.code) {
            let text = &*sources.file(it.span.file).text;
            let (at, end) = (it.span.start() as usize, it.span.end() as usize);
            let is_start = |at: &usize| text.is_char_boundary(*at);
            let start = (at.saturating_sub(MAX_LINE)..at)
                .find(is_start)
                .unwrap_or(at);
            let start = text[start..at]
                .rfind('\n')
                .map_or(start, |line| start + line + 1);
            let end = (end..text.len().min(end + MAX_LINE))
                .rfind(is_start)
                .unwrap_or(end);
            let end = text[at..end].find('\n').map_or(end, |line| at + line);
            return words(&text[start..end]).any(|word| self.words.contains(word));
        }
        if !NAMELESS.contains(&it.code) {
            return here && self.certain && *it.code == codes::CONFLICTING_KEYS;
        }
        if here && (self.start..self.key.start()).contains(&it.span.start()) {
            return true;
        }
        let place = whole_name(sources, it.span);
        let mut parts = place.split('.');
        parts.next() == Some(self.name)
            || self.kind == "journey" && OF_JOURNEYS.contains(&it.code)
            || words(place).any(|word| self.words.contains(word))
    }
}

/// The kind and the name in the first line of a declaration.
fn opening(text: &str) -> Option<(&str, &str)> {
    let is_blank = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let line = text.lines().find(|line| !is_blank(line))?;
    let (kind, name) = line.split_once(':')?;
    let name = name.split(" #").next().unwrap_or_default();
    Some((kind.trim(), name.trim()))
}

/// A place with the names that lead to it: of `order_placed` in `shop.order_placed` the whole.
fn whole_name(sources: &Sources, span: Span) -> &str {
    let text = &*sources.file(span.file).text;
    let (start, end) = (span.start() as usize, span.end() as usize);
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let start = text[..start].trim_end_matches(is_part).len();
    &text[start..end]
}

fn column_of(text: &str, span: Span) -> usize {
    let at = span.start() as usize;
    at - text[..at].rfind('\n').map_or(0, |at| at + 1)
}
