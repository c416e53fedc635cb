//! From a path on the command line to a compiled workspace.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Exit;
use super::terminal::{Terminal, say};
use crate::compile::{self, Outcome};
use crate::model::Model;
use crate::render::{human, json};
use crate::source::{NoWorkspace, OsFiles};

#[derive(Args, Debug)]
pub(super) struct WorkspaceArgs {
    /// The workspace, or a file or folder in it
    #[arg(default_value = ".")]
    path: PathBuf,
}

impl WorkspaceArgs {
    /// Finds the workspace; where there is none, says so.
    pub(super) fn files(&self, terminal: &Terminal) -> Result<OsFiles, Exit> {
        OsFiles::find(&self.path).map_err(|error| no_workspace(&self.path, &error, terminal))
    }

    /// Compiles the workspace; where there is none, says so.
    pub(super) fn compile(&self, terminal: &Terminal) -> Result<Outcome, Exit> {
        let files = self.files(terminal)?;
        compile::check(&files).map_err(|error| {
            terminal.unable(
                &format!("`{}` cannot be read: {error}", files.root().display()),
                None,
            )
        })
    }

    /// Compiles the workspace down to a model; where it does not compile, reports why. A machine
    /// that expects a document gets the diagnostics.
    pub(super) fn model(&self, json: bool, terminal: &Terminal) -> Result<(Outcome, Model), Exit> {
        let mut outcome = self.compile(terminal)?;
        if let Some(model) = outcome.model.take() {
            if outcome.summary.warnings > 0 {
                let warnings = human::summary(outcome.summary, terminal.err);
                say(&format!("{}: see `cjoc check`\n", warnings.trim_end()));
            }
            return Ok((outcome, model));
        }
        say(&human::diagnostics(
            &outcome.sources,
            &outcome.diagnostics,
            terminal.err,
        ));
        say(&human::summary(outcome.summary, terminal.err));
        if json {
            let text = json::diagnostics(&outcome.sources, &outcome.diagnostics, outcome.summary);
            return Err(terminal.product(&text, Exit::Found));
        }
        Err(Exit::Found)
    }
}

fn no_workspace(path: &Path, error: &NoWorkspace, terminal: &Terminal) -> Exit {
    match error {
        NoWorkspace::Unreadable { .. } => terminal.unable(
            &error.to_string(),
            Some("give the path of a workspace, or of a file or folder in it"),
        ),
        NoWorkspace::NoManifest { .. } => terminal.unable(
            &format!("`{}` is in no workspace: {error}", path.display()),
            Some("run this in a workspace or give its path; `cjoc init` starts one here"),
        ),
    }
}
