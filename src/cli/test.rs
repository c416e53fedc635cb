//! `cjoc test`: runs the scenarios of a workspace.

use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::{Args, ValueEnum};
use rayon::prelude::*;

use super::Exit;
use super::output::{self, Output, Outputs};
use super::plan::cannot_run;
use super::report;
use super::terminal::{Terminal, say};
use super::workspace::WorkspaceArgs;
use super::write;
use crate::compile::Outcome;
use crate::dryrun::coverage::Coverage;
use crate::dryrun::scenario::{self, Edit, Verdict};
use crate::dryrun::why::Conditions;
use crate::engine::Engine;
use crate::model::Model;
use crate::render::{Look, Report, clean, count, scenarios, scenarios_junit};
use crate::source::{FileId, Files as _};

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
    /// Fail if the scenarios cover less of the workspace than this percentage
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min_coverage: Option<f64>,
    /// Write what happened as expectations, for review; the rest of each file is unchanged
    #[arg(long)]
    update: bool,
}

fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("a number from 0 to 100 is due".to_owned()),
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line per scenario, and what happened in those that fail
    #[default]
    Human,
    /// One document, for programs
    Json,
    /// A `JUnit` report: a case a scenario
    Junit,
}

fn play(outcome: &Outcome, model: &Model, engine: &Engine) -> Vec<Verdict> {
    let tests = outcome.tests.par_iter();
    tests
        .map(|scenario| {
            let verdict = scenario::run(model, engine, scenario);
            match outcome.sources.get(scenario.span.file) {
                Some(file) => verdict.with_edits(engine, scenario, &file.text),
                None => verdict,
            }
        })
        .collect()
}

/// Writes what happened as expectations; what does not compile is told by the run that follows.
fn write_expectations(args: &TestArgs, terminal: &Terminal) -> Result<(), Exit> {
    let unable = |message: String| terminal.unable(&message, None);
    let Ok(files) = args.workspace.files() else {
        return Ok(());
    };
    let Ok(mut outcome) = args.workspace.compile() else {
        return Ok(());
    };
    let Some(model) = outcome.model.take() else {
        return Ok(());
    };
    let engine = Engine::new(&model).map_err(|errors| cannot_run(&errors, terminal))?;
    let verdicts = play(&outcome, &model, &engine);
    let mut changed: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    for verdict in verdicts {
        let edits = changed.entry(verdict.span.file).or_default();
        edits.extend(verdict.edits);
    }
    for (file, mut edits) in changed {
        let Some(source) = outcome.sources.get(file).filter(|_| !edits.is_empty()) else {
            continue;
        };
        edits.sort_by_key(|edit| edit.range.start);
        let before = files.read(&source.path);
        let now =
            before.map_err(|error| unable(format!("`{}` cannot be read: {error}", source.path)))?;
        // What was repaired to be read is not what would be written back.
        let marked = now.strip_prefix(b"\xEF\xBB\xBF");
        if marked.unwrap_or(&now) != source.text.trim_start_matches('\u{FEFF}').as_bytes() {
            return Err(unable(format!(
                "`{}` is not UTF-8: nothing is updated",
                source.path
            )));
        }
        let mut after = scenario::apply(&source.text, &edits).into_bytes();
        if marked.is_some() && !after.starts_with(b"\xEF\xBB\xBF") {
            after.splice(..0, *b"\xEF\xBB\xBF");
        }
        write::whole(&files.root().join(&*source.path), after)
            .map_err(|error| unable(format!("`{}` cannot be written: {error}", source.path)))?;
        let told = count(edits.len(), "change");
        say(&format!(
            "updated {}: {told}, for you to review\n",
            clean(&source.path)
        ));
    }
    Ok(())
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
    if args.update
        && let Err(exit) = write_expectations(args, terminal)
    {
        return exit;
    }
    let (outcome, model) = match args.workspace.model(terminal, tell) {
        Ok(compiled) => compiled,
        Err(exit) => return exit,
    };
    let engine = match Engine::new(&model) {
        Ok(engine) => engine,
        Err(errors) => return cannot_run(&errors, terminal),
    };
    let verdicts = play(&outcome, &model, &engine);
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
