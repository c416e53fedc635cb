//! `cjoc doctor`: what a check sees and what it leaves out, and why; what it costs; and what
//! stands in the way.

mod environment;
mod report;
mod survey;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::Exit;
use super::format::Format;
use super::terminal::Terminal;
use super::version::{self, VERSION};
use crate::compile::{self, Outcome, Summary};
use crate::diagnostic::Severity;
use crate::source::{MANIFEST, NoWorkspace, OsFiles, Walked};
use crate::syntax::{self, EDITION};
use crate::yaml;
use environment::Variable;
use survey::LeftOut;

#[derive(Args, Debug)]
pub(super) struct DoctorArgs {
    /// The workspace, or a file or folder in it
    #[arg(default_value = ".")]
    path: PathBuf,
    /// What standard output holds
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// All that there is to say. `None` is what could not be looked at.
#[derive(Debug, Serialize)]
struct Health {
    version: u32,
    cjoc: &'static str,
    build: BTreeMap<&'static str, String>,
    /// Where this program lies.
    program: Option<String>,
    threads: usize,
    /// The path that was asked about.
    path: String,
    /// The folders without a manifest that were looked into, from the path upwards.
    searched: Vec<String>,
    workspace: Option<Workspace>,
    environment: Vec<Variable>,
    problems: Vec<Problem>,
}

/// A workspace that was found.
#[derive(Debug, Serialize)]
struct Workspace {
    root: String,
    name: Option<String>,
    edition: Option<&'static str>,
    summary: Summary,
    bytes: usize,
    folders: usize,
    /// How many declarations there are of each kind.
    kinds: BTreeMap<&'static str, usize>,
    /// Sources that declare nothing.
    empty: Vec<String>,
    left_out: Vec<LeftOut>,
    stages: Vec<Timed>,
    /// The files that take longest to parse, one by one.
    slowest: Vec<Timed>,
}

/// Something and how long it took.
#[derive(Debug, Serialize)]
struct Timed {
    name: String,
    milliseconds: f64,
}

impl Timed {
    fn new(name: impl Into<String>, time: Duration) -> Self {
        Self {
            name: name.into(),
            // Finer is not worth a digit.
            milliseconds: (time.as_secs_f64() * 100_000.0).round() / 100.0,
        }
    }
}

/// What stands in the way, and what to do.
#[derive(Debug, Serialize)]
struct Problem {
    message: String,
    help: String,
}

impl Problem {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: help.into(),
        }
    }
}

pub(super) fn run(args: &DoctorArgs, terminal: &Terminal) -> Exit {
    let (environment, problems) = environment::look();
    let mut health = Health {
        version: 1,
        cjoc: VERSION,
        build: version::parts().into_iter().collect(),
        program: std::env::current_exe()
            .ok()
            .map(|path| path.display().to_string()),
        threads: rayon::current_num_threads(),
        path: args.path.display().to_string(),
        searched: Vec::new(),
        workspace: None,
        environment,
        problems,
    };
    let exit = look(&args.path, &mut health);
    let text = match args.format {
        Format::Human => report::human(&health, terminal.out),
        Format::Json => report::json(&health),
    };
    terminal.product(&text, exit)
}

/// Looks at the workspace around the path.
fn look(path: &Path, health: &mut Health) -> Exit {
    let files = match OsFiles::find(path) {
        Ok(files) => files,
        Err(error) => {
            not_found(path, &error, health);
            return Exit::Unable;
        }
    };
    let root = files.root();
    let start = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    health.searched = start
        .ancestors()
        .take_while(|folder| *folder != root)
        .filter(|folder| folder.is_dir())
        .map(|folder| folder.display().to_string())
        .collect();
    let walked = match files.walk() {
        Ok(walked) => walked,
        Err(error) => {
            health.problems.push(Problem::new(
                format!("`{}` cannot be listed: {error}", root.display()),
                "make its folders readable, or name the ones to leave out in `.gitignore`",
            ));
            return Exit::Unable;
        }
    };
    match workspace(&files, &walked, &mut health.problems) {
        Ok(workspace) => health.workspace = Some(workspace),
        Err(error) => {
            let message = format!("`{}` cannot be read: {error}", root.display());
            health
                .problems
                .push(Problem::new(message, "make it readable for who runs cjoc"));
            return Exit::Unable;
        }
    }
    if let Some(outer) = root.parent().and_then(|above| {
        above
            .ancestors()
            .find(|folder| folder.join(MANIFEST).is_file())
    }) {
        health.problems.push(Problem::new(
            format!(
                "the workspace lies in another, `{}`, which leaves it out",
                outer.display()
            ),
            format!("if it is meant to be a part of that one, remove its `{MANIFEST}`"),
        ));
    }
    if health.problems.is_empty() {
        Exit::Clean
    } else {
        Exit::Found
    }
}

fn not_found(path: &Path, error: &NoWorkspace, health: &mut Health) {
    let NoWorkspace::NoManifest { searched } = error else {
        health.problems.push(Problem::new(
            error.to_string(),
            "give the path of a workspace, or of a file or folder in it",
        ));
        return;
    };
    health.searched = searched
        .iter()
        .map(|folder| folder.display().to_string())
        .collect();
    let message = format!("`{}` is in no workspace: {error}", path.display());
    let help = if let Some(path) = searched.iter().find_map(|it| survey::no_file(it)) {
        format!(
            "`{}` is no file: put a manifest in its place",
            path.display()
        )
    } else if let Some(misnamed) = searched.iter().find_map(|it| survey::misnamed(it)) {
        format!("rename `{}` to `{MANIFEST}`", misnamed.display())
    } else {
        let below = searched
            .first()
            .map(|folder| survey::below(folder))
            .unwrap_or_default();
        match below.as_slice() {
            [] => "run this in a workspace or give its path; `cjoc init` starts one".to_owned(),
            found => {
                let names: Vec<String> = found
                    .iter()
                    .map(|folder| format!("`{}`", folder.display()))
                    .collect();
                format!("there is one in {}: give its path", names.join(" and in "))
            }
        }
    };
    health.problems.push(Problem::new(message, help));
}

fn workspace(
    files: &OsFiles,
    walked: &Walked,
    problems: &mut Vec<Problem>,
) -> std::io::Result<Workspace> {
    let mut begun: Vec<(compile::Stage, Instant)> = Vec::new();
    let outcome = compile::staged(files, &mut |stage| begun.push((stage, Instant::now())))?;
    let end = Instant::now();
    let ends = begun.iter().skip(1).map(|(_, at)| *at).chain([end]);
    let stages = begun
        .iter()
        .zip(ends)
        .map(|((stage, start), end)| Timed::new(stage.name(), end - *start))
        .collect();
    let left_out = survey::left_out(files.root(), walked, &outcome.sources);
    let mut workspace = Workspace {
        root: files.root().display().to_string(),
        name: None,
        edition: None,
        summary: outcome.summary,
        bytes: 0,
        folders: walked.folders.len(),
        kinds: BTreeMap::new(),
        empty: Vec::new(),
        left_out,
        stages,
        slowest: Vec::new(),
    };
    read_each(&outcome, &mut workspace);
    tell_problems(&outcome, &workspace, problems);
    Ok(workspace)
}

/// Each file once more, on its own, to see what it holds and how long it takes.
fn read_each(outcome: &Outcome, workspace: &mut Workspace) {
    let mut times = Vec::new();
    for (id, file) in outcome.sources.iter() {
        let start = Instant::now();
        let tree = yaml::parse(id, &file.text).tree;
        if &*file.path == MANIFEST {
            let (manifest, found) = syntax::read_manifest(&tree);
            workspace.name = manifest.name.map(|name| name.text.to_string());
            let (found, _) = found.into_parts();
            let sound = found.iter().all(|it| it.severity != Severity::Error);
            workspace.edition = sound.then_some(EDITION);
        } else {
            let (declarations, _) = syntax::read(&tree);
            if declarations.is_empty() {
                workspace.empty.push(file.path.to_string());
            }
            for declaration in declarations {
                *workspace
                    .kinds
                    .entry(declaration.kind().keyword())
                    .or_default() += 1;
            }
        }
        times.push((start.elapsed(), file.path.to_string()));
        workspace.bytes += file.text.len();
    }
    times.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    workspace.slowest = times
        .into_iter()
        .take(SLOWEST)
        .map(|(time, path)| Timed::new(path, time))
        .collect();
}

/// How many of the slowest files are named.
const SLOWEST: usize = 5;

fn tell_problems(outcome: &Outcome, workspace: &Workspace, problems: &mut Vec<Problem>) {
    if workspace.edition.is_none() {
        problems.push(Problem::new(
            format!("`{MANIFEST}` has errors, so what it sets may not hold"),
            format!("`cjoc check {}` shows them", workspace.root),
        ));
    }
    let errors = outcome.summary.errors;
    if errors > 0 {
        let many = if errors == 1 { "error" } else { "errors" };
        problems.push(Problem::new(
            format!("the workspace does not compile: {errors} {many}"),
            format!("`cjoc check {}` shows them", workspace.root),
        ));
    } else if outcome.summary.declarations == 0 {
        problems.push(Problem::new(
            "the workspace declares nothing",
            "write a journey, or see what is left out below; `cjoc init` starts a workspace",
        ));
    }
    problems.extend(workspace.left_out.iter().filter_map(survey::doubt));
    if let Some(limit) = environment::watches()
        && workspace.folders > limit
    {
        problems.push(Problem::new(
            format!(
                "the system watches {limit} folders at most, the workspace has {}",
                workspace.folders
            ),
            "raise `fs.inotify.max_user_watches`; until then `--watch` looks twice a second",
        ));
    }
}
