//! `cjoc test`: runs the scenarios of a workspace.

use clap::{Args, ValueEnum};
use rayon::prelude::*;

use super::Exit;
use super::plan::cannot_run;
use super::terminal::{Terminal, say};
use super::workspace::WorkspaceArgs;
use crate::dryrun::coverage::Coverage;
use crate::dryrun::scenario::{self, Verdict};
use crate::engine::Engine;
use crate::render::scenarios;

#[derive(Args, Debug)]
pub(super) struct TestArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line a scenario, and of those that fail what happened
    #[default]
    Human,
    /// One document, for programs
    Json,
}

pub(super) fn run(args: &TestArgs, terminal: &Terminal) -> Exit {
    let json = args.format == Format::Json;
    let (outcome, model) = match args.workspace.model(json, terminal) {
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
    let mut coverage = Coverage::new(&model);
    for verdict in &verdicts {
        coverage.reach(&verdict.records);
    }
    let text = match args.format {
        Format::Human => scenarios::human(&outcome.sources, &verdicts, &coverage, terminal.out),
        Format::Json => scenarios::json(&outcome.sources, &verdicts, &coverage),
    };
    let exit = if verdicts.iter().all(Verdict::passed) {
        Exit::Clean
    } else {
        Exit::Found
    };
    let exit = terminal.product(&text, exit);
    say(&scenarios::summary(&verdicts, terminal.err));
    exit
}
