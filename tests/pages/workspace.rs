//! Checks an example together with the prelude, and applies the fixes that it is offered.

use cjoc::diagnostic::{Applicability, Diagnostic};
use cjoc::fix::{self, Overlay};
use cjoc::render::Look;
use cjoc::source::{Files as _, MemoryFiles, Sources};

use super::fixes;
use super::page::{File, Mark};

/// The declarations that every example stands among.
const PRELUDE: &str = include_str!("../../spec/diagnostics/prelude.yaml");
/// The model that examples name.
const CHURN: &[u8] = include_bytes!("../models/churn.onnx");
const MANIFEST: &str = "name: examples\nedition: 2026\n";

/// What a check of an example says.
pub(super) struct Outcome {
    workspace: MemoryFiles,
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
}

/// Checks an example for the page of `name`. That something is unused is said by the pages of
/// these warnings alone, and only of what the example itself declares.
pub(super) fn check(name: &str, files: &[File]) -> Outcome {
    let mut workspace = MemoryFiles::new();
    workspace.insert("cjoc.yaml", MANIFEST);
    workspace.insert("models/churn.onnx", CHURN);
    workspace.insert("prelude.yaml", prelude_without(files));
    for file in files {
        workspace.insert(&file.path, file.text.as_str());
    }
    let outcome = cjoc::compile::check(&workspace).expect("memory can be listed");
    let mut diagnostics = outcome.diagnostics;
    diagnostics.retain(|diagnostic| {
        let path = outcome.sources.path(diagnostic.span.file);
        !diagnostic.code.name.starts_with("unused-")
            || (diagnostic.code.name == name && path != "prelude.yaml")
    });
    Outcome {
        workspace,
        sources: outcome.sources,
        diagnostics,
    }
}

/// The prelude without the documents whose place the files take.
fn prelude_without(files: &[File]) -> String {
    let taken: Vec<&str> = files
        .iter()
        .flat_map(|file| documents(&file.text))
        .filter_map(opening)
        .collect();
    let kept: Vec<&str> = documents(PRELUDE)
        .filter(|document| opening(document).is_none_or(|opening| !taken.contains(&opening)))
        .collect();
    kept.join("---\n")
}

fn documents(text: &str) -> impl Iterator<Item = &str> {
    text.split("---\n")
}

/// The line that names a document's kind and name.
fn opening(document: &str) -> Option<&str> {
    document
        .lines()
        .find(|line| !line.starts_with('#') && !line.trim().is_empty())
}

impl Outcome {
    /// The places of the diagnostics with this name.
    pub(super) fn marks(&self, name: &str) -> Vec<Mark> {
        let of_name = self.diagnostics.iter().filter(|d| d.code.name == name);
        let mut marks: Vec<Mark> = of_name.map(|diagnostic| self.mark(diagnostic)).collect();
        marks.sort();
        marks
    }

    /// Whether other diagnostics than those with this name were found.
    pub(super) fn has_others(&self, name: &str) -> bool {
        self.diagnostics.iter().any(|d| d.code.name != name)
    }

    pub(super) fn is_clean(&self) -> bool {
        self.diagnostics.is_empty()
    }

    fn mark(&self, diagnostic: &Diagnostic) -> Mark {
        let (start, end) = (
            self.sources.start(diagnostic.span),
            self.sources.end(diagnostic.span),
        );
        Mark {
            path: self.sources.path(diagnostic.span.file).to_owned(),
            line: start.line as usize,
            start: start.column as usize,
            end: (start.line == end.line).then_some(end.column as usize),
            severity: diagnostic.severity.as_str().to_owned(),
        }
    }

    /// The files after `check --unsafe-fixes`, or none where no fix is offered.
    pub(super) fn mended(&self, files: &[File]) -> Option<Vec<File>> {
        let offers = |d: &Diagnostic| fix::offered(d, Applicability::Unsafe).is_some();
        if !self.diagnostics.iter().any(offers) {
            return None;
        }
        let own = |path: &str| files.iter().any(|file| file.path == path);
        let overlay = Overlay::new(&self.workspace);
        let mended = fix::mend(overlay, Applicability::Unsafe, &own).expect("memory can be listed");
        let texts = files.iter().cloned().map(|mut file| {
            let bytes = mended.overlay.read(&file.path).expect("it is there");
            file.text = String::from_utf8(bytes).expect("it is text");
            file
        });
        Some(texts.collect())
    }

    /// What each fix alone does not keep.
    pub(super) fn faults_of_fixes(&self, name: &str, files: &[File]) -> Vec<String> {
        let texts: Vec<fixes::Text> = files
            .iter()
            .map(|file| (file.path.clone(), file.text.clone()))
            .collect();
        let path = |file| Some(self.sources.path(file).to_owned());
        fixes::faults(&texts, &self.diagnostics, path, |texts| {
            let texts = texts.iter().map(|(path, text)| File {
                path: path.clone(),
                text: text.clone(),
                marks: Vec::new(),
            });
            check(name, &texts.collect::<Vec<_>>()).diagnostics
        })
    }

    /// As a person sees it.
    pub(super) fn printed(&self) -> String {
        self.printed_for(Look::plain())
    }

    /// As a person sees it in this terminal.
    pub(super) fn printed_for(&self, look: Look) -> String {
        cjoc::render::human::diagnostics(&self.sources, &self.diagnostics, look)
    }

    /// Every diagnostic on a line of its own.
    pub(super) fn listing(&self) -> String {
        let line = |diagnostic: &Diagnostic| {
            let mark = self.mark(diagnostic);
            let help = diagnostic.help.as_deref().unwrap_or("no help");
            format!(
                "      {}:{}:{}-{} {}[{}] {} ({help})\n",
                mark.path,
                mark.line,
                mark.start,
                mark.end.map(|end| end.to_string()).unwrap_or_default(),
                mark.severity,
                diagnostic.code.name,
                diagnostic.message,
            )
        };
        if self.is_clean() {
            return "      nothing\n".to_owned();
        }
        self.diagnostics.iter().map(line).collect()
    }
}
