//! `cjoc test`: runs the scenarios of a workspace.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use rayon::prelude::*;

use super::Exit;
use super::output::{self, Output, Outputs};
use super::plan::cannot_run;
use super::report;
use super::terminal::{Terminal, say};
use super::workspace::WorkspaceArgs;
use crate::dryrun::coverage::Coverage;
use crate::dryrun::scenario::{self, Verdict};
use crate::dryrun::why::Conditions;
use crate::engine::Engine;
use crate::render::{Look, Report, scenarios, scenarios_junit};

#[derive(Args, Debug)]
pub(super) struct TestArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// What standard output holds [default: human]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Also write a format to a file, as `junit=tests.xml`; may be given several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output::parse::<Format>)]
    output: Vec<Output<Format>>,
    /// Fail where the scenarios reach less of the workspace than this, in per cent
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min_coverage: Option<f64>,
}

fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("a number from 0 to 100 is due".to_owned()),
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line a scenario, and of those that fail what happened
    #[default]
    Human,
    /// One document, for programs
    Json,
    /// A `JUnit` report: a case a scenario
    Junit,
}

pub(super) fn run(args: &TestArgs, terminal: &Terminal) -> Exit {
    let outputs = match Outputs::new(args.format, &args.output, terminal) {
        Ok(outputs) => outputs,
        Err(exit) => return exit,
    };
    let tell = |report: &Report<'_>, exit| {
        outputs.write(exit, terminal, |format, look, out| {
            refused(format, report, look, out)
        })
    };
    let (outcome, model) = match args.workspace.model(terminal, tell) {
        Ok(compiled) => compiled,
        Err(exit) => return exit,
    };
    let engine = match Engine::new(&model) {
        Ok(engine) => engine,
        Err(errors) => return cannot_run(&errors, terminal),
    };
    let verdicts: Vec<Verdict> = outcome
        .tests
        .par_iter()
        .map(|scenario| scenario::run(&model, &engine, scenario))
        .collect();
    let conditions = Conditions::new(&model);
    let mut coverage = Coverage::new(&model);
    for verdict in &verdicts {
        coverage.reach(&verdict.records);
    }
    let short = (args.min_coverage).filter(|least| coverage.percent() < *least);
    let exit = if short.is_none() && verdicts.iter().all(Verdict::passed) {
        Exit::Clean
    } else {
        Exit::Found
    };
    let sources = &outcome.sources;
    let report = Report {
        prefix: &args.workspace.prefix(),
        ..Report::new(sources, &outcome.diagnostics, outcome.summary)
    };
    let exit = outputs.write(exit, terminal, |format, look, out| {
        let look = look.unwrap_or(Look::plain());
        let text = match format {
            Format::Human => scenarios::human(sources, &verdicts, &coverage, &conditions, look),
            Format::Json => scenarios::json(sources, &verdicts, &coverage),
            Format::Junit => scenarios_junit::write(&report, &verdicts, &conditions),
        };
        out.write_all(text.as_bytes())
    });
    say(&scenarios::summary(&verdicts, terminal.err));
    if let Some(least) = short {
        say(&scenarios::too_little(&coverage, least, terminal.err));
    }
    exit
}

/// Why there are no tests to run, for programs and files; people at the terminal have read it.
fn refused(
    format: Format,
    report: &Report<'_>,
    look: Option<Look>,
    out: &mut dyn Write,
) -> io::Result<()> {
    match (format, look) {
        (Format::Human, Some(_)) => Ok(()),
        (Format::Human, None) => report::Format::Human.write(report, None, out),
        (Format::Json, _) => report::Format::Json.write(report, look, out),
        (Format::Junit, _) => report::Format::Junit.write(report, look, out),
    }
}
