//! `cjoc schema`: JSON Schemas, for editors and for readers of plans.

use clap::{Args, ValueEnum};

use super::Exit;
use super::terminal::Terminal;
use crate::plan;
use crate::syntax::schema;

#[derive(Args, Debug)]
pub(super) struct SchemaArgs {
    #[arg(value_enum)]
    of: Of,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Of {
    /// The documents of a workspace, and its manifest
    Workspace,
    /// The plan that `cjoc plan --out` writes
    Plan,
}

pub(super) fn run(args: &SchemaArgs, terminal: &Terminal) -> Exit {
    let text = match args.of {
        Of::Workspace => schema::text(),
        Of::Plan => plan::schema::text(),
    };
    terminal.product(&text, Exit::Clean)
}
