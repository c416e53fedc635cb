//! Diagnostics for people: what is wrong, where, why, and what to write instead.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::fixed::Region;
use super::snippet::{self, Mark};
use super::text::{clean, count, source_line, wrap};
use super::{Ink, Look};
use crate::compile::Summary;
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Severity};
use crate::source::{FileId, Sources};

/// How many labels are drawn; the others are counted.
pub(super) const MAX_LABELS: usize = 8;
/// How many fixes are written out.
pub(super) const MAX_FIXES: usize = 3;
/// How many lines of a fix are written out.
pub(super) const MAX_FIX_LINES: usize = 8;

/// How many diagnostics are written out; no person reads more, and the short format has them all.
const MAX_SHOWN: usize = 1_000;

/// The diagnostics, in the given order, with an empty line after each.
pub fn diagnostics(sources: &Sources, diagnostics: &[Diagnostic], look: Look) -> String {
    let mut out = String::new();
    let mut explained = BTreeSet::new();
    for diagnostic in diagnostics.iter().take(MAX_SHOWN) {
        write_one(&mut out, sources, diagnostic, look);
        // Once is enough, however often the same thing is wrong.
        if explained.insert(diagnostic.code.name) {
            let more = format!("cjoc explain {}", diagnostic.code.name);
            let _ = writeln!(out, "  {}", look.paint(Ink::Faint, &more));
        }
        out.push('\n');
    }
    if let Some(rest) = diagnostics.get(MAX_SHOWN..).filter(|rest| !rest.is_empty()) {
        let more = rest.iter().map(|it| it.stands_for).sum();
        let more = count(more, "more diagnostic");
        let told = format!("… and {more}: `cjoc check --format short` lists all");
        out.push_str(&wrap(&told, look.columns(), "", "  "));
        out.push('\n');
    }
    out
}

/// "1 error and 2 warnings in 14 declarations (9 files)".
pub fn summary(summary: Summary, look: Look) -> String {
    let found = match (summary.errors, summary.warnings) {
        (0, 0) => look.paint(Ink::Good, "no errors"),
        (0, warnings) => look.paint(Ink::Warning, &count(warnings, "warning")),
        (errors, 0) => look.paint(Ink::Error, &count(errors, "error")),
        (errors, warnings) => format!(
            "{} and {}",
            look.paint(Ink::Error, &count(errors, "error")),
            look.paint(Ink::Warning, &count(warnings, "warning"))
        ),
    };
    format!(
        "{found} in {} ({})\n",
        count(summary.declarations, "declaration"),
        count(summary.files, "file")
    )
}

fn write_one(out: &mut String, sources: &Sources, diagnostic: &Diagnostic, look: Look) {
    let ink = match diagnostic.severity {
        Severity::Error => Ink::Error,
        Severity::Warning => Ink::Warning,
    };
    let head = format!("{}[{}]", diagnostic.severity.as_str(), diagnostic.code.name);
    let message = wrap(
        &format!("{head}: {}", clean(&diagnostic.message)),
        look.columns(),
        "",
        "  ",
    );
    out.push_str(&look.paint(ink, &head));
    out.push_str(&look.paint(Ink::Strong, message[head.len()..].trim_end()));
    out.push('\n');
    write_places(out, sources, diagnostic, look);
    if let Some(note) = &diagnostic.note {
        write_remark(out, "note", note, look);
    }
    if let Some(help) = &diagnostic.help {
        write_remark(out, "help", help, look);
    }
    write_fixes(out, sources, diagnostic, look);
}

/// The only fix stands under the help, which has said in words what its lines show; several are
/// told apart by their titles.
fn write_fixes(out: &mut String, sources: &Sources, diagnostic: &Diagnostic, look: Look) {
    let examples = |fix: &Fix| fix.applicability == Applicability::DisplayOnly;
    match diagnostic.fixes.as_slice() {
        [fix] => {
            if diagnostic.help.is_none() {
                write_remark(out, "help", &fix.message, look);
            } else if examples(fix) {
                let _ = writeln!(out, "  {}", look.paint(Ink::Help, "for example:"));
            }
            write_fixed(out, sources, fix, look);
        }
        // The help has named the choice; that all of them could be meant needs no pictures.
        fixes if fixes.iter().all(examples) && diagnostic.help.is_some() => {}
        fixes => {
            for fix in fixes.iter().take(MAX_FIXES) {
                write_remark(out, "fix", &fix.message, look);
                write_fixed(out, sources, fix, look);
            }
        }
    }
}

/// The place of the diagnostic first, with the labels around it; then those further away in its
/// file, then the other files in the order of the labels.
fn write_places(out: &mut String, sources: &Sources, diagnostic: &Diagnostic, look: Look) {
    let mut files: Vec<FileId> = vec![diagnostic.span.file];
    let labels = &diagnostic.labels[..diagnostic.labels.len().min(MAX_LABELS)];
    for label in labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    for id in files {
        let Some(file) = sources.get(id) else {
            continue;
        };
        let mut marks = Vec::new();
        if id == diagnostic.span.file {
            marks.push(Mark {
                range: diagnostic.span.range,
                text: diagnostic.label.as_deref(),
                primary: true,
            });
        }
        marks.extend(
            labels
                .iter()
                .filter(|label| label.span.file == id)
                .map(|label| Mark {
                    range: label.span.range,
                    text: Some(&label.message),
                    primary: false,
                }),
        );
        for marks in snippet::around_the_place(file, marks) {
            out.push_str(&snippet::render(file, &marks, diagnostic.severity, look));
        }
    }
    if diagnostic.labels.len() > MAX_LABELS {
        let more = diagnostic.labels.len() - MAX_LABELS;
        let _ = writeln!(out, "  … and {}", count(more, "more place"));
    }
}

fn write_remark(out: &mut String, title: &str, text: &str, look: Look) {
    let head = format!("  {title}:");
    let body = wrap(&clean(text), look.columns(), &format!("{head} "), "    ");
    out.push_str(&look.paint(Ink::Help, &head));
    out.push_str(&body[head.len()..]);
}

/// The lines as they read after the fix.
fn write_fixed(out: &mut String, sources: &Sources, fix: &Fix, look: Look) {
    let mut files: Vec<FileId> = fix.edits.iter().map(|edit| edit.span.file).collect();
    files.sort_unstable();
    files.dedup();
    for id in &files {
        let Some(file) = sources.get(*id) else {
            continue;
        };
        let edits: Vec<&Edit> = fix
            .edits
            .iter()
            .filter(|edit| edit.span.file == *id)
            .collect();
        if files.len() > 1 {
            let _ = writeln!(out, "    {}", look.paint(Ink::Faint, &clean(&file.path)));
        }
        let region = Region::new(file, &edits);
        if let Some(lines) = region.moved() {
            write_moved(out, &lines, look);
            continue;
        }
        let (lines, all) = region.lines(MAX_FIX_LINES);
        for (index, line) in lines.iter().enumerate() {
            let number = look.paint(Ink::Faint, &format!("{:>4}", region.first + index));
            let width = look.columns().saturating_sub(8);
            // The first line begins further in where the change would be out of sight.
            let focus = if index == 0 { region.focus() } else { 0 };
            let line = window(line, width, focus);
            let _ = writeln!(out, "{number} {} {line}", look.paint(Ink::Good, "+"));
        }
        if all > MAX_FIX_LINES {
            let _ = writeln!(out, "     … {} in all", count(all, "line"));
        }
    }
}

/// The lines that go and those that come.
fn write_moved(out: &mut String, lines: &[(&str, usize, &str)], look: Look) {
    for (sign, number, line) in lines.iter().take(MAX_FIX_LINES) {
        let number = look.paint(Ink::Faint, &format!("{number:>4}"));
        let ink = if *sign == "+" { Ink::Good } else { Ink::Error };
        let line = cut(&source_line(line), look.columns().saturating_sub(8));
        let _ = writeln!(out, "{number} {} {line}", look.paint(ink, sign));
    }
    if lines.len() > MAX_FIX_LINES {
        let _ = writeln!(out, "     … {} in all", count(lines.len(), "line"));
    }
}

/// At most `width` characters, of which `focus` is the last that matters.
pub(super) fn window(line: &str, width: usize, focus: usize) -> String {
    if focus < width || line.chars().count() <= width {
        return cut(line, width);
    }
    let rest: String = line.chars().skip(focus + 2 - width).collect();
    cut(&format!("…{rest}"), width)
}

/// At most `width` characters.
pub(super) fn cut(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let mut short: String = line.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;
    use crate::source::Span;

    #[test]
    fn a_change_far_to_the_right_is_in_sight() {
        assert_eq!(window("0123456789", 10, 10), "0123456789");
        assert_eq!(window("0123456789ab", 8, 4), "0123456…");
        assert_eq!(window("0123456789ab", 8, 10), "…456789…");
        assert_eq!(window("0123456789ab", 8, 12), "…6789ab");
    }

    #[test]
    fn a_slip_in_one_file_shows_where_the_other_file_declares_it() {
        let shop = "connection: shop\nevents:\n  order_placed:\n    fields: { total: double }\n";
        let journey =
            "journey: größen\nmilestones:\n  ordered:\n    enter: { on: shop.order_placd }\n";
        let sources = Sources::from_texts([
            ("connections/shop.yaml", shop),
            ("journeys/a.yaml", journey),
        ]);
        let find = |path: &str, text: &str| {
            let id = sources.find(path).expect("the file is there");
            let at = sources.file(id).text.find(text).expect("the text is there") as u32;
            Span::new(id, at, at + text.len() as u32)
        };
        let diagnostic = Diagnostic::new(
            &codes::UNKNOWN_EVENT,
            find("journeys/a.yaml", "shop.order_placd"),
            "no event `shop.order_placd`",
        )
        .here("not an event of `shop`")
        .label(find("journeys/a.yaml", "ordered"), "of this milestone")
        .label(
            find("connections/shop.yaml", "shop"),
            "`shop` is declared here",
        )
        .note("an event that does not exist never comes")
        .suggest("shop.order_placd", ["shop.order_placed"]);
        let render = |look| diagnostics(&sources, std::slice::from_ref(&diagnostic), look);
        insta::assert_snapshot!("slip", render(Look::plain()));
        insta::assert_snapshot!(
            "slip_narrow",
            render(Look {
                colour: false,
                width: 20
            })
        );
        insta::assert_snapshot!(
            "slip_coloured",
            render(Look {
                colour: true,
                width: 80
            })
            .replace('\u{1b}', "ESC")
        );
    }
}
