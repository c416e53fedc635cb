//! The one way from files to diagnostics and a model: what `check`, `plan`, `test` and editors use.
//!
//! Files are read and parsed in parallel; what comes out depends on their content alone. Levels
//! and suppressions are applied here, so that everyone sees the same diagnostics. Nothing here
//! prints, or knows the disk.

mod beyond;
mod follow_ups;
mod heads;
mod levels;
mod lost;
mod manifest;
mod suppress;

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

use crate::check;
use crate::diagnostic::{Diagnostic, Kept, Rest, Severity};
use crate::model::Model;
use crate::resolve;
use crate::source::{FileId, Files, MANIFEST, SourceFile, Sources};
use crate::syntax::{self, ast};
use crate::yaml;
use beyond::Beyond;
use levels::Levels;
use suppress::Suppressions;

/// A workspace, compiled.
#[derive(Debug)]
pub struct Outcome {
    pub sources: Sources,
    /// By file, position and code; none twice.
    pub diagnostics: Vec<Diagnostic>,
    /// Where nothing is an error, and a model was asked for.
    pub model: Option<Model>,
    /// The scenarios, in the order of files and places.
    pub tests: Vec<ast::Scenario>,
    pub summary: Summary,
    /// The other declarations: whoever ends the process with the outcome need not wait until they
    /// are taken apart.
    _rest: Vec<ast::Declaration>,
}

/// What was found, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub errors: usize,
    pub warnings: usize,
    pub files: usize,
    pub declarations: usize,
}

/// A part of the way from files to a model, for those who want to know how long each takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Finding and reading the files.
    Read,
    /// Making trees and declarations of them.
    Parse,
    /// Leading names to declarations.
    Resolve,
    /// Types, flow, and what else is checked.
    Check,
    /// Levels, suppressions and order.
    Settle,
}

impl Stage {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Parse => "parse",
            Self::Resolve => "resolve",
            Self::Check => "check",
            Self::Settle => "settle",
        }
    }
}

/// Compiles a workspace. An error is one of listing the files; what is wrong with a file is a
/// diagnostic.
pub fn check(files: &dyn Files) -> io::Result<Outcome> {
    compiled(files, true, &mut |_| {})
}

/// The same for those who ask only what is wrong: it is told in less time and memory, and there is
/// no model.
pub fn diagnose(files: &dyn Files) -> io::Result<Outcome> {
    compiled(files, false, &mut |_| {})
}

/// The same, telling when each stage begins.
pub fn staged(files: &dyn Files, begins: &mut dyn FnMut(Stage)) -> io::Result<Outcome> {
    compiled(files, false, begins)
}

fn compiled(
    files: &dyn Files,
    modelled: bool,
    begins: &mut dyn FnMut(Stage),
) -> io::Result<Outcome> {
    begins(Stage::Read);
    let exclude = manifest::exclude(files);
    let (sources, mut diagnostics) = Sources::load(files, &exclude)?;
    begins(Stage::Parse);
    let mut suppressions = Suppressions::default();
    let mut workspace = ast::Workspace::default();
    let mut beyond = Beyond::default();
    let parts = read_all(&sources);
    let count = parts.iter().map(|part| part.declarations.len()).sum();
    workspace.declarations.reserve_exact(count);
    for part in parts {
        diagnostics.extend(part.diagnostics);
        beyond.add(part.file, part.rest);
        suppressions.extend(part.suppressions);
        workspace.declarations.extend(part.declarations);
        if let Some(manifest) = part.manifest {
            workspace.manifest = manifest;
        }
    }
    workspace.standard = standard(&workspace.declarations);
    manifest::report_patterns(&workspace.manifest, &mut diagnostics);
    let levels = Levels::new(&workspace.manifest.levels, &mut diagnostics);
    begins(Stage::Resolve);
    let (resolved, found) = resolve::resolve(&workspace, &sources);
    diagnostics.extend(found);
    let readable =
        !beyond.has_errors() && diagnostics.iter().all(|it| it.severity != Severity::Error);
    begins(Stage::Check);
    let checked = check::check(resolved, &sources, files, readable, modelled);
    diagnostics.extend(checked.diagnostics);
    begins(Stage::Settle);
    lost::remove_unread(&sources, &mut diagnostics);
    follow_ups::drop_second_reasons(&sources, &mut diagnostics);
    heads::settle_conflicts(&sources, &mut diagnostics);
    heads::settle(&sources, &mut diagnostics);
    lost::remove_displaced(&sources, &mut diagnostics);
    lost::remove_follow_ups(&sources, &mut diagnostics);
    follow_ups::drop_unused(&mut diagnostics);
    levels.apply(&mut diagnostics);
    let line_of = |span| sources.start(span).line;
    let allowed = suppressions.of_files();
    suppressions.apply(line_of, &levels, &mut beyond, &mut diagnostics);
    sort(&mut diagnostics);
    let diagnostics = beyond.close(diagnostics, &levels, |file, name| {
        allowed.contains(&(file, name))
    });
    let diagnostics: Vec<Diagnostic> = diagnostics.into_iter().map(Diagnostic::shortened).collect();
    let summary = summarize(&sources, workspace.declarations.len(), &diagnostics);
    let (tests, rest) = tests(workspace.declarations);
    Ok(Outcome {
        sources,
        diagnostics,
        model: checked.model.filter(|_| summary.errors == 0),
        tests,
        summary,
        _rest: rest,
    })
}

/// What one file holds.
struct Part {
    file: FileId,
    suppressions: Suppressions,
    declarations: Vec<ast::Declaration>,
    /// Of `cjoc.yaml`, which holds nothing else.
    manifest: Option<ast::Manifest>,
    diagnostics: Vec<Diagnostic>,
    /// What was found besides, where it is too much to be told.
    rest: Rest,
}

/// Every file on its own, in the order of paths. Trees are gone when it is over.
fn read_all(sources: &Sources) -> Vec<Part> {
    let files: Vec<(FileId, &SourceFile)> = sources.iter().collect();
    files
        .into_par_iter()
        .map(|(id, file)| read(id, file))
        .collect()
}

fn read(id: FileId, file: &SourceFile) -> Part {
    let yaml::Parsed {
        tree,
        mut diagnostics,
        mut rest,
    } = yaml::parse(id, &file.text);
    syntax::settle(&mut diagnostics, &file.text);
    let (declarations, manifest, found) = if &*file.path == MANIFEST {
        let (manifest, found) = syntax::read_manifest(&tree);
        (Vec::new(), Some(manifest), found)
    } else {
        let (declarations, found) = syntax::read(&tree);
        (declarations, None, found)
    };
    let mut kept = Kept::default();
    let (found, untold) = found.into_parts();
    rest.join(untold);
    diagnostics.extend(found);
    let suppressions = Suppressions::read(file, &tree, &mut kept);
    let (found, untold) = kept.into_parts();
    rest.join(untold);
    diagnostics.extend(found);
    Part {
        file: id,
        suppressions,
        declarations,
        manifest,
        diagnostics,
        rest,
    }
}

/// The standard connections that some connection uses, by name.
fn standard(declarations: &[ast::Declaration]) -> Vec<(Arc<str>, Arc<ast::Connection>)> {
    let used: BTreeSet<&str> = declarations
        .iter()
        .filter_map(|declaration| match declaration {
            ast::Declaration::Connection(connection) => connection.uses.as_ref(),
            _ => None,
        })
        .map(|uses| &*uses.text)
        .collect();
    used.into_iter()
        .filter_map(|name| Some((Arc::from(name), syntax::standard(name)?.clone())))
        .collect()
}

/// The scenarios, and all else.
fn tests(declarations: Vec<ast::Declaration>) -> (Vec<ast::Scenario>, Vec<ast::Declaration>) {
    let mut tests = Vec::new();
    let rest = declarations
        .into_iter()
        .filter_map(|declaration| match declaration {
            ast::Declaration::Test(scenario) => {
                tests.push(scenario);
                None
            }
            other => Some(other),
        })
        .collect();
    (tests, rest)
}

/// By file, position and code, then by message; what is told twice is told once.
fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        let key = |d: &Diagnostic| (d.span.file, d.span.start(), d.code.id, d.span.end());
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
    diagnostics.dedup_by(|a, b| a.code == b.code && a.span == b.span && a.message == b.message);
}

fn summarize(sources: &Sources, declarations: usize, diagnostics: &[Diagnostic]) -> Summary {
    let count = |severity| {
        let of_severity = diagnostics.iter().filter(|it| it.severity == severity);
        of_severity.map(|it| it.stands_for).sum()
    };
    Summary {
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        files: sources.len(),
        declarations,
    }
}
