//! `cjoc explain`: the long story of a diagnostic, or the list of all.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};

use super::Exit;
use super::terminal::Terminal;
use crate::diagnostic::{Code, codes, nearest};
use crate::render::{Ink, Look};

#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// A diagnostic's name or code: `unknown-event`, `CJ0301`. Without it, all are listed
    name: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    #[default]
    Human,
    /// One document with all that is asked for
    Json,
}

pub(super) fn run(args: &ExplainArgs, terminal: &Terminal) -> Exit {
    let found: Vec<&Code> = match &args.name {
        None => codes::ALL.to_vec(),
        Some(name) => match codes::find(name) {
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

fn unknown(name: &str, terminal: &Terminal) -> Exit {
    let known = codes::ALL.iter().flat_map(|code| [code.name, code.id]);
    let help = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`cjoc explain` lists them all".to_owned(),
    };
    let message = format!("there is no diagnostic `{}`", name.escape_debug());
    terminal.unable(&message, Some(&help))
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

/// The page as it is written, with its code under the title.
fn page(code: &Code, look: Look) -> String {
    let mut out = String::new();
    let mut in_code = false;
    for (number, line) in code.page.lines().enumerate() {
        if line.starts_with("```") {
            in_code = !in_code;
            out.push_str(&look.paint(Ink::Faint, line));
        } else if !in_code && line.starts_with('#') {
            out.push_str(&look.paint(Ink::Strong, line));
        } else if in_code {
            out.push_str(&look.paint(Ink::Help, line));
        } else {
            out.push_str(line);
        }
        out.push('\n');
        if number == 0 {
            let _ = writeln!(
                out,
                "\n{} `{}` ({})",
                code.id,
                code.name,
                code.severity.as_str()
            );
        }
    }
    out
}

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
