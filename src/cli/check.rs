//! `cjoc check`: compiles a workspace and reports all diagnostics.

use std::io::{self, IsTerminal};

use clap::Args;

use super::Exit;
use super::mend::{self, MendArgs, Stop};
use super::output::{self, Output, Outputs};
use super::report::Format;
use super::step_summary;
use super::terminal::{Terminal, say};
use super::watch;
use super::workspace::WorkspaceArgs;
use crate::compile::Outcome;
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
    /// Keep running, and report again whenever the diagnostics change
    #[arg(
        long,
        conflicts_with_all = ["output", "fix", "unsafe_fixes", "diff", "add_allow"]
    )]
    watch: bool,
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
            // One of those that it stands for may be of that code.
            Self::Code(code) => diagnostic.code == code || diagnostic.closes_warnings(),
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

impl CheckArgs {
    /// The first reason why warnings fail the check.
    fn denied(&self, outcome: &Outcome) -> Option<Deny> {
        let fails = |deny: &&Deny| {
            let mut warnings = outcome.diagnostics.iter();
            warnings.any(|it| it.severity == Severity::Warning && deny.denies(it))
        };
        self.deny.iter().find(fails).copied()
    }

    /// Hands the report of an outcome to `tell`.
    fn report<T>(&self, outcome: &Outcome, tell: impl FnOnce(&Report<'_>) -> T) -> T {
        let denied: Vec<&'static Code> = self.deny.iter().filter_map(|deny| deny.code()).collect();
        tell(&Report {
            prefix: &self.workspace.prefix(),
            deny_warnings: self.deny.contains(&Deny::Warnings),
            denied: &denied,
            ..Report::new(&outcome.sources, &outcome.diagnostics, outcome.summary)
        })
    }
}

pub(super) fn run(args: &CheckArgs, terminal: &Terminal) -> Exit {
    if args.watch {
        return watch(args, terminal);
    }
    let outputs = match Outputs::new(args.format, &args.output, terminal) {
        Ok(outputs) => outputs,
        Err(exit) => return exit,
    };
    let mended = match args.mend.run(&args.workspace, terminal) {
        Ok(()) => args.workspace.diagnose(),
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
    let denied = args.denied(&outcome);
    let exit = if summary.errors > 0 || denied.is_some() {
        Exit::Found
    } else {
        Exit::Clean
    };
    let exit = args.report(&outcome, |report| write(&outputs, report, exit, terminal));
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

fn watch(args: &CheckArgs, terminal: &Terminal) -> Exit {
    let format = args.format.unwrap_or_default();
    let files = match args.workspace.files() {
        Ok(files) => files,
        Err(unable) => {
            return unable.tell(terminal, |report, exit| {
                terminal.stream(exit, |out| format.write(report, Some(terminal.out), out))
            });
        }
    };
    let request = watch::Request {
        files,
        documents: !matches!(format, Format::Human | Format::Plain | Format::Short),
        denied: &|outcome| args.denied(outcome).is_some(),
        body: &|outcome, look| {
            let mut text = Vec::new();
            args.report(outcome, |report| {
                format.write(report, Some(look), &mut text)
            })
            .expect("memory takes what is written");
            String::from_utf8(text).expect("every format is text")
        },
    };
    watch::run(&request, terminal)
}
