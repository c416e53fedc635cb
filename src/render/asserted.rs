//! A condition with the values of its parts under them:
//!
//! ```text
//! event.wait > duration("10m") && segment.big_spenders
//! │          │                 │  │
//! 12m        true              │  false
//!                              false
//! ```
//!
//! What is too long for a line is told part by part.

use std::fmt::Write as _;

use super::text::clean;
use super::{Ink, Look};
use crate::dryrun::why::{Assertion, Part};

/// The longest value that is shown whole.
const MAX_VALUE: usize = 40;

/// The condition and its values, each line with this indent and a line end.
pub(super) fn draw(assertion: &Assertion, indent: &str, look: Look) -> String {
    let text = Shown::new(&assertion.cel);
    let room = look.columns().saturating_sub(indent.chars().count());
    let items: Vec<Item> = (assertion.parts.iter())
        .map(|part| Item::new(part, text.column(part.anchor.start)))
        .collect();
    let fits = items.iter().all(|item| item.end() <= room) && text.columns() <= room;
    if fits {
        under(&text, &items, indent, look)
    } else {
        beside(assertion, indent, look)
    }
}

/// The text of a condition in one line.
struct Shown {
    text: String,
    /// By byte of the source, the column.
    columns: Vec<usize>,
}

impl Shown {
    /// Line breaks and what is around them become one blank.
    fn new(cel: &str) -> Self {
        let mut shown = Self {
            text: String::new(),
            columns: vec![0; cel.len() + 1],
        };
        let mut column = 0;
        let mut broken = false;
        for (at, c) in cel.char_indices() {
            if broken && c.is_whitespace() {
                shown.columns[at] = column;
                continue;
            }
            broken = c == '\n' || c == '\r';
            let written = if broken {
                " ".to_owned()
            } else {
                clean(&c.to_string().replace('\t', " "))
            };
            shown.columns[at] = column;
            column += written.chars().count();
            shown.text.push_str(&written);
        }
        shown.text.truncate(shown.text.trim_end().len());
        shown.columns[cel.len()] = column;
        shown
    }

    fn column(&self, offset: u32) -> usize {
        self.columns.get(offset as usize).copied().unwrap_or(0)
    }

    fn columns(&self) -> usize {
        self.text.chars().count()
    }
}

/// A value and where it belongs.
struct Item {
    column: usize,
    value: String,
    ink: Option<Ink>,
}

impl Item {
    fn new(part: &Part, column: usize) -> Self {
        Self {
            column,
            value: shortened(&part.value()),
            ink: ink(part),
        }
    }

    fn end(&self) -> usize {
        self.column + self.value.chars().count()
    }
}

fn ink(part: &Part) -> Option<Ink> {
    match part.values.as_slice() {
        [Ok(value)] if value == "true" => Some(Ink::Good),
        [Ok(value)] if value == "false" => Some(Ink::Error),
        values if values.iter().any(Result::is_err) => Some(Ink::Error),
        _ => None,
    }
}

fn shortened(value: &str) -> String {
    let value = clean(value);
    match value.char_indices().nth(MAX_VALUE) {
        Some((cut, _)) => format!("{}…", &value[..cut]),
        None => value,
    }
}

/// The values under the text, from right to left, each as high as there is room.
fn under(text: &Shown, items: &[Item], indent: &str, look: Look) -> String {
    let mut rows: Vec<Vec<&Item>> = Vec::new();
    for item in items.iter().rev() {
        let free = |row: &Vec<&Item>| row.last().is_none_or(|next| item.end() < next.column);
        match rows.iter().position(free) {
            Some(row) => rows[row].push(item),
            None => rows.push(vec![item]),
        }
    }
    let mut out = format!("{indent}{}\n", text.text);
    let all: Vec<&Item> = items.iter().rev().collect();
    write_row(&mut out, &[], &all, indent, look);
    for (index, row) in rows.iter().enumerate() {
        // Of those further down, the lines to them.
        let below: Vec<&Item> = rows[index + 1..].iter().flatten().copied().collect();
        write_row(&mut out, row, &below, indent, look);
    }
    out
}

fn write_row(out: &mut String, values: &[&Item], lines: &[&Item], indent: &str, look: Look) {
    let mut pieces: Vec<(usize, &str, Option<Ink>)> = values
        .iter()
        .map(|item| (item.column, item.value.as_str(), item.ink))
        .chain(
            lines
                .iter()
                .map(|item| (item.column, "│", Some(Ink::Faint))),
        )
        .collect();
    if pieces.is_empty() {
        return;
    }
    pieces.sort_by_key(|piece| piece.0);
    out.push_str(indent);
    let mut column = 0;
    for (at, text, ink) in pieces {
        let _ = write!(out, "{:1$}", "", at.saturating_sub(column));
        match ink {
            Some(ink) => out.push_str(&look.paint(ink, text)),
            None => out.push_str(text),
        }
        column = at + text.chars().count();
    }
    out.push('\n');
}

/// A line a part.
fn beside(assertion: &Assertion, indent: &str, look: Look) -> String {
    let mut out = String::new();
    for part in &assertion.parts {
        let text = assertion.cel.get(part.range.as_usize()).unwrap_or_default();
        let text = shortened(&text.split_whitespace().collect::<Vec<_>>().join(" "));
        let value = shortened(&part.value());
        let value = match ink(part) {
            Some(ink) => look.paint(ink, &value),
            None => value,
        };
        let _ = writeln!(out, "{indent}{text:<41}  {value}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::TextRange;

    fn part(cel: &str, text: &str, anchor: &str, value: &str) -> Part {
        let start = cel.find(text).expect("it is a part") as u32;
        let at = start + text.find(anchor).expect("it is in the part") as u32;
        Part {
            range: TextRange::new(start, start + text.len() as u32),
            anchor: TextRange::new(at, at + anchor.len() as u32),
            values: vec![Ok(value.to_owned())],
        }
    }

    fn assertion() -> Assertion {
        let cel = "event.wait > duration(\"10m\") && segment.big";
        Assertion {
            cel: cel.to_owned(),
            holds: false,
            parts: vec![
                part(cel, "event.wait", "event.wait", "12m"),
                part(cel, "event.wait > duration(\"10m\")", ">", "true"),
                part(cel, cel, "&&", "false"),
                part(cel, "segment.big", "segment", "false"),
            ],
        }
    }

    #[test]
    fn values_stand_under_what_they_are_of() {
        assert_eq!(
            draw(&assertion(), "  ", Look::plain()),
            concat!(
                "  event.wait > duration(\"10m\") && segment.big\n",
                "  │          │                 │  │\n",
                "  12m        true              │  false\n",
                "                               false\n",
            )
        );
    }

    #[test]
    fn what_is_too_long_is_told_part_by_part() {
        let narrow = Look {
            width: 30,
            ..Look::plain()
        };
        let told = draw(&assertion(), "", narrow);
        assert!(told.lines().count() == 4, "{told}");
        assert!(
            told.lines()
                .nth(3)
                .is_some_and(|line| line.starts_with("segment.big ")),
            "{told}"
        );
    }

    #[test]
    fn a_condition_over_several_lines_is_shown_in_one() {
        let cel = "a\n  && b";
        let one = Assertion {
            cel: cel.to_owned(),
            holds: true,
            parts: vec![part(cel, cel, "&&", "true"), part(cel, "b", "b", "x")],
        };
        let told = draw(&one, "", Look::plain());
        assert!(
            told.starts_with("a && b\n  │  │\n  │  x\n  true\n"),
            "{told}"
        );
    }
}
