//! `cjoc eval`: tries one expression, or evaluates many cases.

mod batch;
mod variables;

use std::path::PathBuf;

use clap::Args;

use super::Exit;
use super::format::Format;
use super::terminal::{Terminal, say};
use crate::cel::{self, Checked, Facts, Problem};
use crate::compile::Summary;
use crate::diagnostic::{Diagnostic, Severity};
use crate::render::evaluation::Evaluation;
use crate::render::{Report, human, json};
use crate::source::{FileId, Sources};
use crate::syntax::report;
use variables::Variables;

/// What the expression is called where a file would be.
const PLACE: &str = "expression";

#[derive(Args, Debug)]
pub(super) struct EvalArgs {
    /// The expression, in CEL
    #[arg(
        required_unless_present = "batch",
        conflicts_with = "batch",
        allow_hyphen_values = true
    )]
    expr: Option<String>,
    /// JSON or YAML with an object, whose keys are the variables; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "batch")]
    with: Option<PathBuf>,
    /// What standard output holds
    #[arg(long, value_enum, default_value_t, conflicts_with = "batch")]
    format: Format,
    /// Show the value of each part of the expression
    #[arg(long, conflicts_with = "batch")]
    explain: bool,
    /// Read cases from standard input, a JSON array or one object per line, and answer each with a line
    #[arg(long)]
    batch: bool,
}

pub(super) fn run(args: &EvalArgs, terminal: &Terminal) -> Exit {
    let Some(text) = args.expr.as_deref().filter(|_| !args.batch) else {
        return batch::run(terminal);
    };
    let terminal = &terminal.for_programs(args.format == Format::Json);
    let variables = match &args.with {
        None => Variables::default(),
        Some(path) => match Variables::read(path, terminal) {
            Ok(variables) => variables,
            Err(exit) => return exit,
        },
    };
    let sources = Sources::from_argument(PLACE, text);
    let parsed = cel::parse(text);
    if !parsed.problems.is_empty() {
        return refused(args, &sources, parsed.problems, terminal);
    }
    let checked = cel::check(&parsed.ast, &variables.env, &Facts::default(), None);
    let Checked { ty, problems, .. } = &checked;
    let wrong = |problem: &Problem| problem.code.severity == Severity::Error;
    if problems.iter().any(wrong) {
        return refused(args, &sources, problems.clone(), terminal);
    }
    let program = cel::compile(&parsed.ast, &checked, &variables.env);
    let outcome = program.eval(&variables.values);
    let evaluation = Evaluation {
        file: sources.file(FileId(0)),
        ast: &parsed.ast,
        ty,
        outcome: &outcome,
        steps: &program.explain(&variables.values),
    };
    let text = match args.format {
        Format::Json => evaluation.json(args.explain),
        Format::Human => {
            let mut text = evaluation.human(terminal.out);
            if args.explain {
                text.push_str(&evaluation.explanation(terminal.out));
            }
            text
        }
    };
    let exit = if outcome.is_ok() {
        Exit::Clean
    } else {
        Exit::Found
    };
    terminal.product(&text, exit)
}

/// Shows what is wrong with the expression.
fn refused(
    args: &EvalArgs,
    sources: &Sources,
    problems: Vec<Problem>,
    terminal: &Terminal,
) -> Exit {
    let diagnostics: Vec<Diagnostic> = problems
        .into_iter()
        .map(|problem| report::in_file(FileId(0), problem).shortened())
        .collect();
    let report = Report::new(sources, &diagnostics, summary(&diagnostics));
    match args.format {
        Format::Human => {
            let text = human::diagnostics(sources, &diagnostics, terminal.out);
            terminal.product(&text, Exit::Found)
        }
        Format::Json => terminal.stream(Exit::Found, |out| json::write(&report, out)),
    }
}

/// Of one file without declarations.
fn summary(diagnostics: &[Diagnostic]) -> Summary {
    let of = |severity| {
        diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    };
    Summary {
        errors: of(Severity::Error),
        warnings: of(Severity::Warning),
        files: 1,
        declarations: 0,
    }
}

/// Shows what is wrong with a file of variables.
fn unreadable(sources: &Sources, diagnostics: &[Diagnostic], terminal: &Terminal) -> Exit {
    say(&human::diagnostics(sources, diagnostics, terminal.err));
    terminal.unable("the variables cannot be read", None)
}
