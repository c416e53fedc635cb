//! `cjoc check`: compiles a workspace and reports all diagnostics.

use std::io::{self, IsTerminal};

use clap::Args;

use super::Exit;
use super::mend::{self, MendArgs, Stop};
use super::output::{self, Output, Outputs};
use super::report::Format;
use super::step_summary;
use super::terminal::{Terminal, say};
use super::workspace::WorkspaceArgs;
use crate::diagnostic::{Code, Diagnostic, Severity, codes, nearest};
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
    /// What fails the check besides errors: `warnings`, or the name or code of a warning
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = deny)]
    deny: Vec<Deny>,
    #[command(flatten)]
    mend: MendArgs,
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

    const fn code(self) -> Option<&'static Code> {
        match self {
            Self::Warnings => None,
            Self::Code(code) => Some(code),
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
    let outputs = match Outputs::new(args.format, &args.output, terminal) {
        Ok(outputs) => outputs,
        Err(exit) => return exit,
    };
    let mended = match args.mend.run(&args.workspace, terminal) {
        Ok(()) => args.workspace.compile(),
        Err(Stop::Shown(exit)) => return exit,
        Err(Stop::Unable(unable)) => Err(unable),
    };
    let outcome = match mended {
        Ok(outcome) => outcome,
        Err(unable) => {
            return unable.tell(terminal, |report, exit| {
                write(&outputs, report, exit, terminal)
            });
        }
    };
    let summary = outcome.summary;
    let deny_warnings = args.deny.contains(&Deny::Warnings);
    let denied = args.deny.iter().find(|deny| {
        let mut warnings = outcome.diagnostics.iter();
        warnings.any(|it| it.severity == Severity::Warning && deny.denies(it))
    });
    let codes: Vec<&'static Code> = args.deny.iter().filter_map(|deny| deny.code()).collect();
    let exit = if summary.errors > 0 || denied.is_some() {
        Exit::Found
    } else {
        Exit::Clean
    };
    let report = Report {
        prefix: &args.workspace.prefix(),
        deny_warnings,
        denied: &codes,
        ..Report::new(&outcome.sources, &outcome.diagnostics, summary)
    };
    let exit = write(&outputs, &report, exit, terminal);
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
    // The process ends here, and the system takes its memory back at once.
    std::mem::forget(outcome);
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
