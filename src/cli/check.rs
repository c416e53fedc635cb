//! `cjoc check`: compiles a workspace and reports all diagnostics.

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};

use super::Exit;
use super::mend::{self, MendArgs};
use super::terminal::{Terminal, say};
use super::workspace::WorkspaceArgs;
use crate::diagnostic::{Code, Diagnostic, Severity, codes, nearest};
use crate::render::{human, json, short};

#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// What fails the check besides errors: `warnings`, or the name or code of a warning
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = deny)]
    deny: Vec<Deny>,
    #[command(flatten)]
    mend: MendArgs,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// With the lines in question, for people
    #[default]
    Human,
    /// A line a diagnostic: `path:line:column: error[CODE name]: message`
    Short,
    /// One document, for programs
    Json,
}

/// What fails the check besides errors.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Deny {
    Warnings,
    Code(&'static Code),
}

impl Deny {
    fn denies(self, diagnostic: &Diagnostic) -> bool {
        match self {
            Self::Warnings => true,
            Self::Code(code) => diagnostic.code == code,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Warnings => "warnings",
            Self::Code(code) => code.name,
        }
    }
}

fn deny(text: &str) -> Result<Deny, String> {
    if text == "warnings" {
        return Ok(Deny::Warnings);
    }
    if let Some(code) = codes::find(text) {
        return Ok(Deny::Code(code));
    }
    let known = codes::ALL.iter().flat_map(|code| [code.name, code.id]);
    Err(match nearest(text, known.chain(["warnings"])) {
        Some(best) => format!("there is no such diagnostic: did you mean `{best}`?"),
        None => "there is no such diagnostic: `cjoc explain` lists them all".to_owned(),
    })
}

pub(super) fn run(args: &CheckArgs, terminal: &Terminal) -> Exit {
    if let Err(exit) = args.mend.run(args.workspace.path(), terminal) {
        return exit;
    }
    let outcome = match args.workspace.compile(terminal) {
        Ok(outcome) => outcome,
        Err(exit) => return exit,
    };
    let text = match args.format {
        Format::Human => human::diagnostics(&outcome.sources, &outcome.diagnostics, terminal.out),
        Format::Short => short::diagnostics(&outcome.sources, &outcome.diagnostics),
        Format::Json => json::diagnostics(&outcome.sources, &outcome.diagnostics, outcome.summary),
    };
    let summary = outcome.summary;
    let denied = args.deny.iter().find(|deny| {
        let mut warnings = outcome.diagnostics.iter();
        warnings.any(|it| it.severity == Severity::Warning && deny.denies(it))
    });
    let exit = if summary.errors > 0 || denied.is_some() {
        Exit::Found
    } else {
        Exit::Clean
    };
    let exit = terminal.product(&text, exit);
    // Nothing to tell is told to people only: in a script no news is good news.
    if !outcome.diagnostics.is_empty() || io::stderr().is_terminal() {
        say(&human::summary(summary, terminal.err));
        say(&mend::hint(&outcome).unwrap_or_default());
    }
    if let Some(denied) = denied.filter(|_| summary.errors == 0) {
        let what = match denied {
            Deny::Warnings => "warnings fail".to_owned(),
            Deny::Code(code) => format!("`{}` fails", code.name),
        };
        say(&format!("{what} this check (`--deny {}`)\n", denied.name()));
    }
    exit
}
