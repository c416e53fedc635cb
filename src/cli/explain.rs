//! `cjoc explain`: what a diagnostic means, or the list of all.

use std::ffi::OsStr;
use std::fmt::Write as _;

use clap::Args;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};

use super::Exit;
use super::format::Format;
use super::terminal::Terminal;
use crate::diagnostic::{Code, codes, nearest};
use crate::render::{Ink, Look, wrap};

#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// A diagnostic's name or code: `unknown-event`, `CJ0301`. Without it, all are listed
    #[arg(value_parser = Name, hide_possible_values = true)]
    name: Option<String>,
    /// List all diagnostics: code, name, severity and title, a line each
    #[arg(long, conflicts_with = "name")]
    list: bool,
    /// What standard output holds
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Any text, so that a wrong name is answered with a near one; the right ones are known to shells.
#[derive(Clone, Copy, Debug)]
struct Name;

impl TypedValueParser for Name {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(codes::ALL.iter().map(|code| {
            PossibleValue::new(code.name).help(code.title())
        })))
    }
}

pub(super) fn run(args: &ExplainArgs, terminal: &Terminal) -> Exit {
    let terminal = &terminal.for_programs(matches!(args.format, Format::Json));
    let found: Vec<&Code> = match &args.name {
        None => codes::ALL.to_vec(),
        Some(name) => match find(name) {
            Some(code) => vec![code],
            None => return unknown(name, terminal),
        },
    };
    let text = match args.format {
        Format::Json => json(&found),
        Format::Human if args.name.is_none() => list(&found, terminal.out),
        Format::Human => found.iter().map(|code| page(code, terminal.out)).collect(),
    };
    terminal.product(&text, Exit::Clean)
}

/// By name or code, also as pasted from a report: `error[CJ0301 unknown-event]`.
fn find(written: &str) -> Option<&'static Code> {
    let inner = written
        .split_once('[')
        .map_or(written, |(_, rest)| rest.trim_end_matches([']', ':', ' ']));
    inner.split_whitespace().find_map(codes::find)
}

/// Whether it is written like a code: those that lie near one another have nothing in common.
fn is_code(written: &str) -> bool {
    written
        .to_ascii_uppercase()
        .strip_prefix("CJ")
        .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()))
}

fn unknown(name: &str, terminal: &Terminal) -> Exit {
    let known = codes::ALL.iter().map(|code| code.name);
    let help = match nearest(name, known) {
        _ if is_code(name) => beside(name),
        Some(near) => format!("did you mean `{near}`?"),
        None => "`cjoc explain` lists them all".to_owned(),
    };
    let message = format!("there is no diagnostic `{}`", name.escape_debug());
    terminal.unable(&message, Some(&help))
}

/// The codes below and above one that nothing has: they are of the same stage.
fn beside(code: &str) -> String {
    let code = code.to_ascii_uppercase();
    let stage = |it: &&&Code| it.id.get(..4) == code.get(..4) && it.id.len() == code.len();
    let below = codes::ALL.iter().filter(stage).rfind(|it| *it.id < *code);
    let above = codes::ALL.iter().filter(stage).find(|it| *it.id > *code);
    let shown = |it: &&Code| format!("`{}` (`{}`)", it.id, it.name);
    let near: Vec<String> = below.iter().chain(&above).map(|it| shown(it)).collect();
    match near.as_slice() {
        [] => "`cjoc explain` lists all codes".to_owned(),
        [one] => format!("the nearest is {one}"),
        near => format!("the nearest are {}", near.join(" and ")),
    }
}

fn list(codes: &[&Code], look: Look) -> String {
    let width = codes.iter().map(|code| code.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for code in codes {
        let name = format!("{:width$}", code.name);
        let _ = writeln!(
            out,
            "{}  {}  {:7}  {}",
            look.paint(Ink::Faint, code.id),
            look.paint(Ink::Strong, &name),
            code.severity.as_str(),
            code.title()
        );
    }
    out
}

/// The page for a terminal: lines that fit, examples set off, and what the marks of an example
/// point at underlined.
fn page(code: &Code, look: Look) -> String {
    let mut out = String::new();
    let mut in_code = false;
    for (number, line) in code.page.lines().enumerate() {
        if line.starts_with("```") {
            in_code = !in_code;
            continue;
        }
        if in_code {
            write_example(&mut out, line, look);
        } else if let Some(title) = line.strip_prefix('#') {
            let title = title.trim_start_matches('#').trim_start();
            let _ = writeln!(out, "{}", look.paint(Ink::Strong, title));
        } else {
            out.push_str(&wrap(line, look.columns().min(WIDEST), "", ""));
        }
        if number == 0 {
            let severity = code.severity.as_str();
            let _ = writeln!(out, "{severity} `{}`, {}", code.name, code.id);
        }
    }
    out
}

/// A line of an example. Its marks (`# error: 14-30`) are for the tests that hold the page.
fn write_example(out: &mut String, line: &str, look: Look) {
    let mut kept = line;
    let mut places = Vec::new();
    while let Some((at, mark)) = ["# error: ", "# warning: "]
        .into_iter()
        .filter_map(|mark| Some((kept.rfind(mark)?, mark)))
        .max()
    {
        places.push(kept[at + mark.len()..].trim());
        kept = kept[..at].trim_end();
    }
    if !kept.is_empty() || places.is_empty() {
        let _ = writeln!(out, "    {}", look.paint(Ink::Help, kept));
    }
    for place in places.iter().rev() {
        // A mark in a line of its own is of the line above; one of a line further up is not drawn.
        let columns = place.strip_prefix("-1:").unwrap_or(place);
        let Some((Ok(start), Ok(end))) = columns
            .split_once('-')
            .map(|(start, end)| (start.parse::<usize>(), end.parse::<usize>()))
        else {
            continue;
        };
        let line = format!(
            "{}{}",
            " ".repeat(start.saturating_sub(1)),
            "^".repeat(end.saturating_sub(start).max(1))
        );
        let _ = writeln!(out, "    {}", look.paint(Ink::Error, &line));
    }
}

/// Longer lines are hard to read.
const WIDEST: usize = 100;

fn json(codes: &[&Code]) -> String {
    let diagnostics: Vec<_> = codes
        .iter()
        .map(|code| {
            serde_json::json!({
                "code": code.id,
                "name": code.name,
                "severity": code.severity.as_str(),
                "title": code.title(),
                "page": code.page,
            })
        })
        .collect();
    format!(
        "{}\n",
        serde_json::json!({ "version": 1, "diagnostics": diagnostics })
    )
}
