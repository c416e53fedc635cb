//! The one way from files to diagnostics and a model: what `check`, `plan`, `test` and editors use.
//!
//! Files are read and parsed in parallel; what comes out depends on their content alone. Levels
//! and suppressions are applied here, so that everyone sees the same diagnostics. Nothing here
//! prints, or knows the disk.

mod levels;
mod suppress;

use std::io;

use rayon::prelude::*;
use serde::Serialize;

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Model;
use crate::source::{Exclude, Files, Sources};
use crate::yaml;
use levels::Levels;
use suppress::Suppressions;

/// A workspace, compiled.
#[derive(Debug)]
pub struct Outcome {
    pub sources: Sources,
    /// By file, position and code; none twice.
    pub diagnostics: Vec<Diagnostic>,
    /// Where nothing is an error.
    pub model: Option<Model>,
    pub summary: Summary,
}

/// What was found, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub errors: usize,
    pub warnings: usize,
    pub files: usize,
    pub declarations: usize,
}

/// Compiles a workspace. An error is one of listing the files; what is wrong with a file is a
/// diagnostic.
pub fn check(files: &dyn Files) -> io::Result<Outcome> {
    let (sources, mut diagnostics) = Sources::load(files, &Exclude::none())?;
    let parsed: Vec<yaml::Parsed> = sources
        .iter()
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|(id, file)| yaml::parse(id, &file.text))
        .collect();
    let mut suppressions = Suppressions::default();
    for ((_, file), parsed) in sources.iter().zip(&parsed) {
        diagnostics.extend(parsed.diagnostics.iter().cloned());
        suppressions.read(file, &parsed.tree, &mut diagnostics);
    }
    let levels = Levels::new(&[], &mut diagnostics);
    levels.apply(&mut diagnostics);
    suppressions.apply(|span| sources.start(span).line, &mut diagnostics);
    sort(&mut diagnostics);
    let summary = summarize(&sources, 0, &diagnostics);
    Ok(Outcome {
        sources,
        diagnostics,
        model: None,
        summary,
    })
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
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .count();
    Summary {
        errors,
        warnings: diagnostics.len() - errors,
        files: sources.len(),
        declarations,
    }
}
