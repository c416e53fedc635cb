//! `cjoc check`: compiles a workspace and reports all diagnostics.

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};

use super::Exit;
use super::output::{self, Output, Outputs};
use super::report::Format;
use super::step_summary;
use super::terminal::{Terminal, say};
use super::workspace::WorkspaceArgs;
use crate::render::{Report, human};

#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// What standard output holds [default: human]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Also write a format to a file, as `sarif=cjoc.sarif`; may be given several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output::parse::<Format>)]
    output: Vec<Output<Format>>,
    /// What fails the check besides errors
    #[arg(long, value_enum)]
    deny: Vec<Deny>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    Warnings,
}

pub(super) fn run(args: &CheckArgs, terminal: &Terminal) -> Exit {
    let outputs = match Outputs::new(args.format, &args.output, terminal) {
        Ok(outputs) => outputs,
        Err(exit) => return exit,
    };
    let outcome = match args.workspace.compile() {
        Ok(outcome) => outcome,
        Err(unable) => {
            return unable.tell(terminal, |report, exit| {
                write(&outputs, report, exit, terminal)
            });
        }
    };
    let summary = outcome.summary;
    let deny_warnings = args.deny.contains(&Deny::Warnings);
    let denied = summary.warnings > 0 && deny_warnings;
    let exit = if summary.errors > 0 || denied {
        Exit::Found
    } else {
        Exit::Clean
    };
    let report = Report {
        prefix: &args.workspace.prefix(),
        deny_warnings,
        ..Report::new(&outcome.sources, &outcome.diagnostics, summary)
    };
    let exit = write(&outputs, &report, exit, terminal);
    // Nothing to tell is told to people only: in a script no news is good news.
    if !outcome.diagnostics.is_empty() || io::stderr().is_terminal() {
        say(&human::summary(summary, terminal.err));
    }
    if denied && summary.errors == 0 {
        say("warnings fail this check (`--deny warnings`)\n");
    }
    exit
}

fn write(outputs: &Outputs<Format>, report: &Report<'_>, exit: Exit, terminal: &Terminal) -> Exit {
    if outputs.has(Format::Github) {
        step_summary::add(report);
    }
    outputs.write(exit, terminal, |format, look, out| {
        format.write(report, look, out)
    })
}
