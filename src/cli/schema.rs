//! `cjoc schema`: JSON Schemas, for editors.

use clap::{Args, ValueEnum};

use super::Exit;
use super::terminal::Terminal;
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
}

pub(super) fn run(args: &SchemaArgs, terminal: &Terminal) -> Exit {
    let text = match args.of {
        Of::Workspace => schema::text(),
    };
    terminal.product(&text, Exit::Clean)
}
