//! The lines of one file with labels under them, drawn by miette over our own line index.
//!
//! Labels of several lines are shown at their first, and a line wider than the terminal only
//! around its label, so that no input makes the output long.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::Look;
use super::text::{clean, reorders};
use crate::diagnostic::Severity;
use crate::source::{Position, SourceFile, TextRange};

/// A label of the file: its place, what it says, and whether it is the place of the diagnostic.
#[derive(Clone, Copy)]
pub(super) struct Mark<'a> {
    pub range: TextRange,
    pub text: Option<&'a str>,
    pub primary: bool,
}

/// Marks further apart than this many lines, a line of context each, stand in drawings of their own.
const NEAR: u32 = 3;

/// The marks that are drawn together with the place of the diagnostic, and those that are too far
/// from it: lines are drawn in their order, and what is wrong is to be seen first.
pub(super) fn around_the_place<'a>(file: &SourceFile, marks: Vec<Mark<'a>>) -> Vec<Vec<Mark<'a>>> {
    // Of a label of several lines the first is drawn.
    let line = |mark: &Mark<'_>| file.lines.position(mark.range.start).line;
    let Some(place) = marks.iter().find(|mark| mark.primary) else {
        return vec![marks];
    };
    let (mut first, mut last) = (line(place), line(place));
    // A label near one that is near is near itself.
    for _ in &marks {
        for at in marks.iter().map(line) {
            if at <= last + NEAR && first <= at + NEAR {
                (first, last) = (first.min(at), last.max(at));
            }
        }
    }
    let near = |mark: &Mark<'_>| (first..=last).contains(&line(mark));
    let (near, far): (Vec<_>, Vec<_>) = marks.into_iter().partition(near);
    let drawings = [near, far].into_iter();
    drawings.filter(|marks| !marks.is_empty()).collect()
}

/// The part of `file` that the marks are in.
pub(super) fn render(
    file: &SourceFile,
    marks: &[Mark<'_>],
    severity: Severity,
    look: Look,
) -> String {
    let mut code = Lines {
        file,
        budget: look.columns().saturating_sub(GUTTER).max(12),
        places: Vec::new(),
        windows: Mutex::default(),
    };
    let mut labels = Vec::with_capacity(marks.len());
    for mark in marks {
        let shown = code.clip(mark.range);
        code.places
            .push((shown, file.lines.position(mark.range.start)));
        labels.push((shown, mark.text.map(clean), mark.primary));
    }
    labels.sort_by_key(|(range, ..)| range.start);
    let styles = if look.colour {
        ThemeStyles::ansi()
    } else {
        ThemeStyles::none()
    };
    let loud = match severity {
        Severity::Error => styles.error,
        Severity::Warning => styles.warning,
    };
    let highlights = labels
        .iter()
        .map(|(_, _, primary)| if *primary { loud } else { styles.advice })
        .collect();
    let theme = GraphicalTheme {
        characters: ThemeCharacters::unicode(),
        styles: ThemeStyles {
            highlights,
            ..styles
        },
    };
    let drawing = Drawing {
        labels: labels
            .into_iter()
            .map(|(range, text, primary)| {
                let span = SourceSpan::from(range.as_usize());
                if primary {
                    LabeledSpan::new_primary_with_span(text, span)
                } else {
                    LabeledSpan::new_with_span(text, span)
                }
            })
            .collect(),
        code: &code,
    };
    let mut out = String::new();
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(look.columns())
        .with_links(false)
        .with_context_lines(1)
        .tab_width(2);
    if handler.render_report(&mut out, &drawing).is_err() {
        return String::new();
    }
    // The first line is miette's own line for the message, which stands above already.
    let body = out.split_once('\n').map_or("", |(_, body)| body);
    body.lines()
        .flat_map(|line| [code.cut_ends(line.trim_end()), Cow::Borrowed("\n")])
        .collect::<String>()
        .replace(unshown, "\u{FFFD}")
        // A byte order mark takes no column, and would travel into whatever is copied.
        .replace('\u{FEFF}', "")
}

/// What stands between a line's number and its text.
const FRAME: &str = " │ ";

/// The most bytes of a character.
const MAX_CHAR: usize = 4;

/// What the line number and the frame take.
const GUTTER: usize = 10;

/// Something with labels and no words of its own.
struct Drawing<'a> {
    labels: Vec<LabeledSpan>,
    code: &'a Lines<'a>,
}

impl std::fmt::Debug for Drawing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Drawing")
    }
}

impl std::fmt::Display for Drawing<'_> {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Drawing<'_> {}

impl Diagnostic for Drawing<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.code)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// A file as miette reads it: no search for lines, columns in characters.
struct Lines<'a> {
    file: &'a SourceFile,
    /// The characters of a line that fit.
    budget: usize,
    /// What is shown of each label, and where the label really begins.
    places: Vec<(TextRange, Position)>,
    /// The parts of very long lines that were asked for.
    windows: Mutex<BTreeSet<TextRange>>,
}

impl Lines<'_> {
    /// The part of a range that is shown: within one line, on whole characters.
    fn clip(&self, range: TextRange) -> TextRange {
        let text = &self.file.text;
        let start = floor(text, range.start as usize);
        let end = floor(text, range.end as usize).max(start);
        let line = text[start..end]
            .split(['\n', '\r'])
            .next()
            .unwrap_or_default();
        let shown = line
            .char_indices()
            .nth(self.budget)
            .map_or(line, |(cut, _)| &line[..cut])
            .trim_end();
        TextRange::new(start as u32, (start + shown.len()) as u32)
    }

    /// The text of lines `first..=last` (from 1) without the last line's end.
    fn lines(&self, first: u32, last: u32) -> TextRange {
        let lines = &self.file.lines;
        let start = lines.line_start(first).unwrap_or(0);
        let Some(next) = lines.line_start(last + 1) else {
            return TextRange::new(start, self.file.text.len() as u32);
        };
        let text = &self.file.text[TextRange::new(start, next).as_usize()];
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        TextRange::new(start, start + text.len() as u32)
    }

    /// Whether every line is short enough, and ends as miette expects.
    fn fits(&self, first: u32, last: u32) -> bool {
        (first..=last).all(|line| {
            let range = self.lines(line, line);
            // By the index first: a very long line is not looked through for each of its labels.
            range.len() as usize <= self.budget.saturating_mul(MAX_CHAR)
                && self.file.text[range.as_usize()]
                    .chars()
                    .nth(self.budget)
                    .is_none()
                && (line == last || !self.ends_alone(line))
        })
    }

    /// A line of the drawing with `…` where the source's line goes on beyond what is shown.
    fn cut_ends<'l>(&self, drawn: &'l str) -> Cow<'l, str> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((gutter, shown)) = drawn.split_once(FRAME).filter(|_| !windows.is_empty()) else {
            return Cow::Borrowed(drawn);
        };
        // A tab is drawn as blanks.
        let is_same = |window: &&TextRange| {
            let text = self.file.text[window.as_usize()].split_whitespace();
            text.flat_map(str::chars)
                .eq(shown.split_whitespace().flat_map(str::chars))
        };
        let Some(window) = windows.iter().find(is_same) else {
            return Cow::Borrowed(drawn);
        };
        let line = self.file.lines.position(window.start).line;
        let whole = self.lines(line, line);
        let mut shown = shown.to_owned();
        let is_label = |at: u32| self.places.iter().any(|(label, _)| label.start == at);
        let first = shown.chars().next().map_or(0, char::len_utf8);
        if window.start > whole.start && !is_label(window.start) {
            shown.replace_range(..first, "…");
        }
        if window.end < whole.end {
            shown.push('…');
        }
        Cow::Owned(format!("{gutter}{FRAME}{shown}"))
    }

    /// Whether a line ends with a carriage return alone, which is no line's end to miette.
    fn ends_alone(&self, line: u32) -> bool {
        let next = self.file.lines.line_start(line + 1);
        next.is_some_and(|next| self.file.text[..next as usize].ends_with('\r'))
    }

    /// As much around `span`, in its line, as fits.
    fn window(&self, span: TextRange) -> TextRange {
        let text = &self.file.text;
        let line = self.file.lines.position(span.start).line;
        let whole = self.lines(line, line);
        let inside = text[span.as_usize()].chars().count();
        let room = self.budget.saturating_sub(inside);
        let before = &text[whole.start as usize..span.start as usize];
        let behind = &text[span.end as usize..(whole.end.max(span.end)) as usize];
        // What one side does not need, the other may have.
        let half = room / 2;
        let spare = half.saturating_sub(behind.chars().take(half).count());
        let around = before.chars().rev().take(half + spare).count();
        let start = before
            .char_indices()
            .rev()
            .take(around)
            .last()
            .map_or(before.len(), |(at, _)| at);
        let end = behind
            .char_indices()
            .nth(room - around)
            .map_or(behind.len(), |(at, _)| at);
        TextRange::new(whole.start + start as u32, span.end + end as u32)
    }
}

impl SourceCode for Lines<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = &self.file.text;
        let start = floor(text, span.offset());
        let end = floor(text, span.offset().saturating_add(span.len())).max(start);
        let wanted = TextRange::new(start as u32, end as u32);
        let place = self.file.lines.position(wanted.start);
        let shown = if before == 0 && after == 0 {
            wanted
        } else {
            let last = self.file.lines.position(wanted.end).line;
            let above = place.line.saturating_sub(before as u32).max(1);
            let below = last.saturating_add(after as u32);
            let below = self.file.lines.line_start(below).map_or(last, |_| below);
            if self.fits(above, below) {
                self.lines(above, below)
            } else if self.fits(place.line, last) {
                self.lines(place.line, last)
            } else if place.line == last
                && text[wanted.as_usize()].chars().nth(self.budget).is_none()
            {
                let window = self.window(wanted);
                let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
                windows.insert(window);
                window
            } else {
                // Two labels too far apart for one picture: each gets its own.
                return Err(MietteError::OutOfBounds);
            }
        };
        let first = self
            .places
            .iter()
            .find(|(range, _)| *range == shown)
            .map_or_else(
                || self.file.lines.position(shown.start),
                |(_, place)| *place,
            );
        Ok(Box::new(MietteSpanContents::new_named(
            clean(&self.file.path),
            &text.as_bytes()[shown.as_usize()],
            SourceSpan::from(shown.as_usize()),
            first.line as usize - 1,
            first.column as usize - 1,
            text[shown.as_usize()].lines().count(),
        )))
    }
}

/// The start of the character that `offset` lies in, at most the end of the text.
pub(super) fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// What would turn a line round, or break it where YAML does not.
fn unshown(c: char) -> bool {
    reorders(c) || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn show(text: &str, range: (u32, u32), width: usize) -> String {
        let mark = Mark {
            range: TextRange::new(range.0, range.1),
            text: Some("here"),
            primary: true,
        };
        let look = Look {
            colour: false,
            width,
        };
        render(
            &SourceFile::new("a.yaml", text),
            &[mark],
            Severity::Error,
            look,
        )
    }

    #[test]
    fn columns_count_characters_and_underlines_stand_under_them() {
        let text = "größe: ärger\n";
        let at = text.find("ärger").map_or(0, |at| at as u32);
        let shown = show(text, (at, at + 6), 80);
        assert!(shown.contains("[a.yaml:1:8]"), "{shown}");
        let column = |line: &str, needle| line.chars().position(|c| c == needle);
        let lines: Vec<&str> = shown.lines().collect();
        let text = column(lines[1], 'ä').expect("the text is shown");
        let line = column(lines[2], '─').expect("it is underlined");
        assert_eq!(text, line, "{shown}");
    }

    #[test]
    fn what_reorders_a_line_is_shown_in_its_place() {
        let text = "title: Spends\u{202E} a lot\n";
        let shown = show(text, (13, 16), 80);
        assert!(shown.contains("title: Spends\u{FFFD} a lot"), "{shown}");
    }

    #[test]
    fn a_very_long_line_is_shown_around_its_label() {
        let text = format!("{}BAD{}", "a".repeat(100_000), "b".repeat(100_000));
        let shown = show(&text, (100_000, 100_003), 60);
        assert!(shown.contains("aBADb"), "{shown}");
        assert!(shown.contains("│ …a") && shown.contains("b…\n"), "{shown}");
        assert!(
            shown.lines().all(|line| line.chars().count() <= 80),
            "{shown}"
        );
        assert!(shown.contains("[a.yaml:1:100001]"), "{shown}");
    }

    #[test]
    fn the_end_of_a_file_and_an_empty_file_have_a_place() {
        assert!(show("a: 1\n", (5, 5), 80).contains("[a.yaml:2:1]"));
        assert!(show("", (0, 0), 80).contains("a.yaml"));
    }

    #[test]
    fn the_place_of_the_diagnostic_comes_before_a_label_far_above_it() {
        let text = format!("first: a\n{}second: a\nlast: a\n", "x: 1\n".repeat(12));
        let file = SourceFile::new("a.yaml", text.clone());
        let mark = |word: &'static str, primary| {
            let at = text.find(word).map_or(0, |at| at as u32);
            Mark {
                range: TextRange::new(at, at + word.len() as u32),
                text: Some(word),
                primary,
            }
        };
        let marks = [mark("second", true), mark("first", false)];
        for colour in [false, true] {
            let look = Look { colour, width: 80 };
            let drawn = around_the_place(&file, marks.to_vec());
            let drawn = drawn
                .iter()
                .map(|marks| render(&file, marks, Severity::Error, look));
            let shown: String = drawn.collect();
            let at = |head: &str| shown.find(head).expect("the place is shown");
            assert!(at("a.yaml:14:1") < at("a.yaml:1:1"), "{shown}");
            assert!(at("14") < at("╰──") && shown.matches("╰────").count() == 2);
        }
    }

    proptest! {
        #[test]
        fn no_text_and_no_place_breaks_it(
            text in "[a ä漢\t\r\n:]{0,60}",
            places in prop::collection::vec((0u32..80, 0u32..80), 1..4),
            width in 0usize..60,
        ) {
            let file = SourceFile::new("a.yaml", text);
            let marks: Vec<_> = places.iter().enumerate().map(|(i, (a, b))| Mark {
                range: TextRange::new(*a.min(b), *a.max(b)),
                text: (i % 2 == 0).then_some("label"),
                primary: i == 0,
            }).collect();
            let look = Look { colour: true, width };
            let shown = render(&file, &marks, Severity::Warning, look);
            prop_assert!(!shown.contains("Failed to read"), "{shown}");
        }
    }
}
