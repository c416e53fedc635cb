//! `cjoc check`: compiles a workspace and reports all diagnostics.

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};

use super::Exit;
use super::terminal::{Terminal, say};
use super::watch;
use super::workspace::WorkspaceArgs;
use crate::compile::Outcome;
use crate::render::{Look, human, json, short};

#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// What fails the check besides errors
    #[arg(long, value_enum)]
    deny: Vec<Deny>,
    /// Go on, and tell what is wrong whenever that changes
    #[arg(long)]
    watch: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
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

impl Format {
    fn text(self, outcome: &Outcome, look: Look) -> String {
        let (sources, diagnostics) = (&outcome.sources, &outcome.diagnostics);
        match self {
            Self::Human => human::diagnostics(sources, diagnostics, look),
            Self::Short => short::diagnostics(sources, diagnostics),
            Self::Json => json::diagnostics(sources, diagnostics, outcome.summary),
        }
    }
}

pub(super) fn run(args: &CheckArgs, terminal: &Terminal) -> Exit {
    if args.watch {
        return match args.workspace.files(terminal) {
            Ok(files) => {
                let request = watch::Request {
                    files,
                    documents: args.format == Format::Json,
                    deny_warnings: args.deny.contains(&Deny::Warnings),
                    body: &|outcome, look| args.format.text(outcome, look),
                };
                watch::run(&request, terminal)
            }
            Err(exit) => exit,
        };
    }
    let outcome = match args.workspace.compile(terminal) {
        Ok(outcome) => outcome,
        Err(exit) => return exit,
    };
    let text = args.format.text(&outcome, terminal.out);
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
    exit
}
