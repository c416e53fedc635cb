//! What a watch shows: answers go in, the text to write comes out, nothing where the answer is the
//! one that stands there already.

use std::fmt::Write as _;
use std::time::Duration;

use crate::compile::Summary;
use crate::render::{Ink, Look, human};

/// What is wrong now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The workspace was checked.
    Found {
        /// All diagnostics, in the format that was asked for.
        body: String,
        summary: Summary,
        /// Warnings fail the check.
        denied: bool,
    },
    /// There is nothing to check for now, and why.
    Waiting(String),
}

/// How answers follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The latest answer alone stands on a terminal.
    Redraw,
    /// One below the other, each between a line that opens and one that closes it.
    Append,
    /// Only documents, for programs.
    Documents,
}

/// What stands there.
#[derive(Debug)]
pub(super) struct Screen {
    mode: Mode,
    root: String,
    shown: Option<Answer>,
    note: Option<String>,
}

impl Screen {
    pub(super) fn new(mode: Mode, root: String) -> Self {
        Self {
            mode,
            root,
            shown: None,
            note: None,
        }
    }

    /// Something to know besides answers, told once: below the head of a terminal, since all else
    /// is drawn over. Elsewhere it is given back.
    pub(super) fn note(&mut self, text: String) -> Option<String> {
        if self.mode == Mode::Redraw {
            self.note = Some(text);
            return None;
        }
        Some(text)
    }

    /// The text to write, if the answer is another than the last. `height` is that of the
    /// terminal, where it is known.
    pub(super) fn show(
        &mut self,
        answer: Answer,
        took: Duration,
        look: Look,
        height: Option<usize>,
    ) -> Option<String> {
        if self.shown.as_ref() == Some(&answer) {
            return None;
        }
        let first = self.shown.is_none();
        let text = match self.mode {
            Mode::Redraw => self.redraw(&answer, took, look, height, first),
            Mode::Append => self.append(&answer, took, look),
            Mode::Documents => match &answer {
                Answer::Found { body, .. } => body.clone(),
                Answer::Waiting(_) => String::new(),
            },
        };
        self.shown = Some(answer);
        Some(text)
    }

    /// Over what stood there rather than after clearing it: nothing flickers.
    fn redraw(
        &self,
        answer: &Answer,
        took: Duration,
        look: Look,
        height: Option<usize>,
        first: bool,
    ) -> String {
        let mut out = String::from(if first {
            "\u{1b}[2J\u{1b}[H"
        } else {
            "\u{1b}[H"
        });
        let mut lines = vec![
            look.paint(Ink::Faint, &format!("{} · Ctrl-C ends", self.root)),
            closing(answer, took, look),
        ];
        if let Some(note) = &self.note {
            lines.push(look.paint(Ink::Faint, note));
        }
        lines.push(String::new());
        if let Answer::Found { body, .. } = answer {
            // The cursor's own line is the last.
            let rows = height.map(|height| height.saturating_sub(lines.len() + 1));
            lines.extend(fit(body.trim_end(), rows, look));
        }
        for line in lines {
            let _ = writeln!(out, "{line}\u{1b}[K");
        }
        out.push_str("\u{1b}[J");
        out
    }

    fn append(&self, answer: &Answer, took: Duration, look: Look) -> String {
        let mut out = format!("== {}\n", self.root);
        if let Answer::Found { body, .. } = answer {
            out.push_str(body);
        }
        let _ = writeln!(out, "== {}", closing(answer, took, look));
        out
    }
}

/// "1 error in 14 declarations (9 files), 12 ms".
fn closing(answer: &Answer, took: Duration, look: Look) -> String {
    match answer {
        Answer::Found {
            summary, denied, ..
        } => {
            let counts = human::summary(*summary, look);
            let fails = if *denied && summary.errors == 0 && summary.warnings > 0 {
                "; warnings fail this check"
            } else {
                ""
            };
            let time = look.paint(Ink::Faint, &format!(", {} ms", took.as_millis()));
            format!("{}{time}{fails}", counts.trim_end())
        }
        Answer::Waiting(why) => look.paint(Ink::Warning, why),
    }
}

/// The first lines, as many as there is room for, and how many are left out.
fn fit(body: &str, rows: Option<usize>, look: Look) -> Vec<String> {
    let lines: Vec<&str> = body.lines().collect();
    let Some(rows) = rows else {
        return lines.into_iter().map(str::to_owned).collect();
    };
    let height = |line: &str| columns(line).div_ceil(look.columns()).max(1);
    if lines.iter().map(|line| height(line)).sum::<usize>() <= rows {
        return lines.into_iter().map(str::to_owned).collect();
    }
    let mut used = 1;
    let mut kept: Vec<String> = lines
        .iter()
        .take_while(|line| {
            used += height(line);
            used <= rows
        })
        .map(|line| (*line).to_owned())
        .collect();
    let more = format!(
        "… {} more lines: `cjoc check` shows them",
        lines.len() - kept.len()
    );
    kept.push(look.paint(Ink::Faint, &more));
    kept
}

/// The characters of a line without its colours.
fn columns(line: &str) -> usize {
    let mut in_colour = false;
    line.chars()
        .filter(|c| match (in_colour, *c) {
            (false, '\u{1b}') => {
                in_colour = true;
                false
            }
            (true, 'm') => {
                in_colour = false;
                false
            }
            (in_colour, _) => !in_colour,
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look {
        colour: false,
        width: 40,
    };
    const MS: Duration = Duration::from_millis(7);

    fn found(body: &str, errors: usize) -> Answer {
        Answer::Found {
            body: body.to_owned(),
            summary: Summary {
                errors,
                warnings: 0,
                files: 2,
                declarations: 3,
            },
            denied: false,
        }
    }

    #[test]
    fn an_answer_is_shown_once() {
        let mut screen = Screen::new(Mode::Append, "/shop".into());
        let mut show = |answer: &Answer| screen.show(answer.clone(), MS, LOOK, None);
        let (good, bad) = (found("", 0), found("a.yaml:1:1: error\n", 1));
        let waiting = Answer::Waiting("`cjoc.yaml` is gone".into());
        assert_eq!(
            show(&good).as_deref(),
            Some("== /shop\n== no errors in 3 declarations (2 files), 7 ms\n")
        );
        assert_eq!(show(&good), None);
        assert_eq!(
            show(&bad).as_deref(),
            Some("== /shop\na.yaml:1:1: error\n== 1 error in 3 declarations (2 files), 7 ms\n")
        );
        assert_eq!(
            show(&waiting).as_deref(),
            Some("== /shop\n== `cjoc.yaml` is gone\n")
        );
        assert_eq!(show(&waiting), None);
        assert!(show(&good).is_some());
    }

    #[test]
    fn programs_get_documents_only() {
        let mut screen = Screen::new(Mode::Documents, "/shop".into());
        let mut show = |answer: Answer| screen.show(answer, MS, LOOK, None);
        assert_eq!(show(found("{}\n", 0)).as_deref(), Some("{}\n"));
        assert_eq!(show(Answer::Waiting("gone".into())).as_deref(), Some(""));
        assert_eq!(show(found("{}\n", 0)).as_deref(), Some("{}\n"));
    }

    #[test]
    fn a_terminal_is_drawn_over_and_holds_the_first_lines_that_fit() {
        let mut screen = Screen::new(Mode::Redraw, "/shop".into());
        let body = "one\ntwo\nthree\nfour\nfive\n\n";
        let clear = |text: Option<String>| {
            text.expect("it is drawn")
                .replace("\u{1b}[K", "")
                .replace('\u{1b}', "ESC")
        };
        let head = "/shop · Ctrl-C ends\n1 error in 3 declarations (2 files), 7 ms\n\n";
        let text = screen.show(found(body, 1), MS, LOOK, Some(9));
        assert_eq!(
            clear(text),
            format!("ESC[2JESC[H{head}one\ntwo\nthree\nfour\nfive\nESC[J")
        );
        let body = format!("{}\n{body}", "x".repeat(41));
        let text = screen.show(found(&body, 1), MS, LOOK, Some(9));
        assert_eq!(
            clear(text),
            format!(
                "ESC[H{head}{}\none\ntwo\n… 3 more lines: `cjoc check` shows them\nESC[J",
                "x".repeat(41)
            )
        );
        let text = screen.show(found(&body, 1), MS, LOOK, Some(9));
        assert_eq!(text, None);
        assert_eq!(screen.note("no hints".into()), None);
        let text = screen.show(found("", 1), MS, LOOK, Some(9));
        let head = head.trim_end();
        assert_eq!(clear(text), format!("ESC[H{head}\nno hints\n\nESC[J"));
    }
}
