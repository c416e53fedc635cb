//! From a path on the command line to a compiled workspace.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Exit;
use super::plan_file;
use super::report::Unable;
use super::repository;
use super::terminal::{Terminal, say};
use crate::compile::{self, Outcome};
use crate::model::Model;
use crate::plan::Plan;
use crate::render::{Report, human};
use crate::source::{NoWorkspace, OsFiles};

#[derive(Args, Debug)]
pub(super) struct WorkspaceArgs {
    /// The workspace, or a file or folder in it
    #[arg(default_value = ".")]
    path: PathBuf,
}

impl WorkspaceArgs {
    /// The path, where a plan is read from there: a file of JSON, or standard input.
    fn plan_file(&self) -> Option<&Path> {
        let path = self.path.as_path();
        let is_json = path
            .extension()
            .is_some_and(|it| it.eq_ignore_ascii_case("json"));
        (path == Path::new("-") || is_json && !path.is_dir()).then_some(path)
    }

    /// The files of the workspace; where there is none, why.
    pub(super) fn files(&self) -> Result<OsFiles, Unable> {
        OsFiles::find(&self.path).map_err(|error| no_workspace(&self.path, &error))
    }

    /// What is wrong with the workspace; where there is none, says why.
    pub(super) fn diagnose(&self) -> Result<Outcome, Unable> {
        self.compiled(|files| compile::diagnose(files))
    }

    /// Checks it and makes its model.
    pub(super) fn compile(&self) -> Result<Outcome, Unable> {
        self.compiled(|files| compile::check(files))
    }

    fn compiled(
        &self,
        compile: impl FnOnce(&OsFiles) -> io::Result<Outcome>,
    ) -> Result<Outcome, Unable> {
        let files = self.files()?;
        compile(&files).map_err(|error| Unable {
            message: format!("`{}` cannot be read: {error}", files.root().display()),
            help: None,
        })
    }

    /// The plan of the workspace, or the one that the path holds, where `events` are not read from
    /// there, too; where there is none, reports why as [`Self::model`] does.
    pub(super) fn plan(
        &self,
        events: &[PathBuf],
        terminal: &Terminal,
        tell: impl FnOnce(&Report<'_>, Exit) -> Exit,
    ) -> Result<Plan, Exit> {
        match self.plan_file() {
            Some(path) => {
                plan_file::read(path, events).map_err(|unable| unable.tell(terminal, tell))
            }
            None => (self.model(terminal, tell)).map(|(_, model)| Plan::new(model)),
        }
    }

    /// Compiles the workspace down to a model; where it does not compile, reports why: to people on
    /// standard error, to programs by `tell`.
    pub(super) fn model(
        &self,
        terminal: &Terminal,
        tell: impl FnOnce(&Report<'_>, Exit) -> Exit,
    ) -> Result<(Outcome, Model), Exit> {
        let mut outcome = match self.compile() {
            Ok(outcome) => outcome,
            Err(unable) => return Err(unable.tell(terminal, tell)),
        };
        let summary = outcome.summary;
        if let Some(model) = outcome.model.take() {
            if summary.warnings > 0 {
                let warnings = human::summary(summary, terminal.err);
                say(&format!("{}: see `cjoc check`\n", warnings.trim_end()));
            }
            return Ok((outcome, model));
        }
        let Outcome {
            sources,
            diagnostics,
            ..
        } = &outcome;
        say(&human::diagnostics(sources, diagnostics, terminal.err));
        say(&human::summary(summary, terminal.err));
        let report = Report {
            prefix: &self.prefix(),
            ..Report::new(sources, diagnostics, summary)
        };
        Err(tell(&report, Exit::Found))
    }

    /// The way from the root of the repository to the workspace, as formats for whole repositories
    /// need it.
    pub(super) fn prefix(&self) -> String {
        let root = OsFiles::find(&self.path);
        root.map_or_else(|_| String::new(), |files| repository::prefix(files.root()))
    }
}

fn no_workspace(path: &Path, error: &NoWorkspace) -> Unable {
    match error {
        NoWorkspace::Unreadable { .. } => Unable {
            message: error.to_string(),
            help: Some("give the path of a workspace, or of a file or folder in it".to_owned()),
        },
        NoWorkspace::NoManifest { .. } => Unable {
            message: format!("`{}` is in no workspace: {error}", path.display()),
            help: Some(
                "run this in a workspace or give its path; `cjoc init` starts one here".to_owned(),
            ),
        },
    }
}
