//! `cjoc check`: compiles a workspace and reports all diagnostics.

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};

use super::Exit;
use super::terminal::{Terminal, say};
use super::workspace::WorkspaceArgs;
use crate::render::{human, json, short};

#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// What fails the check besides errors
    #[arg(long, value_enum)]
    deny: Vec<Deny>,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    Warnings,
}

pub(super) fn run(args: &CheckArgs, terminal: &Terminal) -> Exit {
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
    let denied = summary.warnings > 0 && args.deny.contains(&Deny::Warnings);
    let exit = if summary.errors > 0 || denied {
        Exit::Found
    } else {
        Exit::Clean
    };
    let exit = terminal.product(&text, exit);
    // Nothing to tell is told to people only: in a script no news is good news.
    if !outcome.diagnostics.is_empty() || io::stderr().is_terminal() {
        say(&human::summary(summary, terminal.err));
    }
    if denied && summary.errors == 0 {
        say("warnings fail this check (`--deny warnings`)\n");
    }
    // The process ends here, and the system takes its memory back at once.
    std::mem::forget(outcome);
    exit
}
