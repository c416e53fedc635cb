//! `# cjoc: allow(NAME) reason`: silences warnings of a line, from a comment on it or above it;
//! `# cjoc: allow-file(NAME) reason`, above the first declaration of a file, those of the file.
//!
//! Errors are not silenced: a workspace with an error has no plan. A suppression says why, and one
//! that silences nothing is told.

mod comment;

use std::collections::{BTreeMap, BTreeSet};

use super::beyond::Beyond;
use super::levels::{Levels, unknown};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit, Fix, Kept, Severity, codes};
use crate::source::{FileId, SourceFile, Span};
use crate::yaml::Tree;
use comment::{Allow, Extent};

/// The warnings that are allowed.
#[derive(Debug, Default)]
pub(super) struct Suppressions {
    /// Each name on its own, in the order of files and places.
    names: Vec<Suppression>,
    /// Of the files that allow something: the texts that go over several lines. No comment can
    /// stand in one, so that what it holds counts as standing where it begins, too.
    texts: BTreeMap<FileId, Vec<Span>>,
}

/// The names that stand for a line, or where it is none for the file, by index.
type ByLine = BTreeMap<Option<u32>, Vec<usize>>;

/// One name between the brackets of a comment.
#[derive(Debug)]
struct Suppression {
    code: &'static Code,
    file: FileId,
    /// None for the whole file.
    line: Option<u32>,
    name: Span,
    /// What goes when it is removed: the name with a comma, or the whole comment.
    removal: Span,
    used: bool,
}

impl Suppressions {
    /// Those of one file; what is wrong with them is reported.
    pub(super) fn read(file: &SourceFile, tree: &Tree, diagnostics: &mut Kept) -> Self {
        let mut all = Self::default();
        let mut lines = comment::CoveredLines::new(file);
        for written in tree.comments() {
            if comment::is_malformed(&file.text, written.span) {
                diagnostics.push_with(&codes::UNUSED_SUPPRESSION, written.span, || {
                    malformed(written.span)
                });
                continue;
            }
            let Some(allow) = comment::read(&file.text, written.span) else {
                continue;
            };
            all.texts
                .entry(written.span.file)
                .or_insert_with(|| tree.long_scalars());
            let line = match allow.extent {
                Extent::File if lines.is_at_top(written.span.start()) => None,
                Extent::File => {
                    diagnostics.push_with(&codes::UNUSED_SUPPRESSION, allow.keyword, || {
                        low_in_file(&allow, &file.text)
                    });
                    continue;
                }
                Extent::Line => Some(lines.covered(written.span.start())),
            };
            if let Some(name) = allow.names.first()
                && !allow.has_reason
            {
                let span = allow.keyword.cover(allow.names.last().unwrap_or(name).span);
                diagnostics.push_with(&codes::UNEXPLAINED_SUPPRESSION, span, || unexplained(span));
            }
            for (index, name) in allow.names.iter().enumerate() {
                let unknown_code = &codes::UNKNOWN_DIAGNOSTIC;
                match codes::find(name.text) {
                    None => diagnostics
                        .push_with(unknown_code, name.span, || unknown(name.text, name.span)),
                    Some(code) if code.severity == Severity::Error => {
                        diagnostics
                            .push_with(unknown_code, name.span, || no_warning(code, name.span));
                    }
                    Some(code) => all.names.push(Suppression {
                        code,
                        file: written.span.file,
                        line,
                        name: name.span,
                        removal: allow.removal(index, &file.text),
                        used: false,
                    }),
                }
            }
        }
        all
    }

    /// Adds those of another file.
    pub(super) fn extend(&mut self, other: Self) {
        self.names.extend(other.names);
        self.texts.extend(other.texts);
    }

    /// What files allow everywhere.
    pub(super) fn of_files(&self) -> BTreeSet<(FileId, &'static str)> {
        let of_files = self.names.iter().filter(|it| it.line.is_none());
        of_files.map(|it| (it.file, it.code.name)).collect()
    }

    /// Drops the warnings that are allowed where they stand, and reports what allows nothing.
    /// Nothing is said of what the manifest ignores, nor where not all is told.
    pub(super) fn apply(
        mut self,
        line_of: impl Fn(Span) -> u32,
        levels: &Levels,
        beyond: &mut Beyond,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        if self.names.is_empty() {
            return;
        }
        let any_error =
            beyond.has_errors() || diagnostics.iter().any(|d| d.severity == Severity::Error);
        let mut places: BTreeMap<(FileId, &str), ByLine> = BTreeMap::new();
        for (index, it) in self.names.iter().enumerate() {
            let of_code = places.entry((it.file, it.code.name)).or_default();
            of_code.entry(it.line).or_default().push(index);
        }
        let texts = self.texts;
        diagnostics.retain_mut(|diagnostic| {
            let span = diagnostic.span;
            let Some(of_code) = places.get(&(span.file, diagnostic.code.name)) else {
                return true;
            };
            let own = line_of(span);
            let text = text_at(&texts, span).map(&line_of).filter(|it| *it != own);
            // Where no text is, the file is asked twice, and answers the same.
            let here: Vec<usize> = ([None, Some(own), text].iter())
                .filter_map(|line| of_code.get(line))
                .flatten()
                .copied()
                .collect();
            // The manifest may have made it an error: it has its place all the same.
            for index in &here {
                self.names[*index].used = true;
            }
            if here.is_empty() {
                return true;
            }
            if diagnostic.severity == Severity::Error && diagnostic.note.is_none() {
                let note = "the manifest makes it an error, and errors cannot be allowed";
                diagnostic.note = Some(note.to_owned());
            }
            diagnostic.severity == Severity::Error
        });
        // Behind an error there may be the warning that it speaks of.
        if any_error {
            return;
        }
        let mut idle: BTreeMap<FileId, Kept> = BTreeMap::new();
        for it in self.names.iter().filter(|it| !it.used) {
            if !levels.ignores(it.code) && !beyond.has(it.file) {
                let of_file = idle.entry(it.file).or_default();
                of_file.push_with(&codes::UNUSED_SUPPRESSION, it.name, || unused(it));
            }
        }
        for (file, kept) in idle {
            let (list, rest) = kept.into_parts();
            diagnostics.extend(list);
            beyond.add(file, rest);
        }
    }
}

/// The text over several lines that a place is in.
fn text_at(texts: &BTreeMap<FileId, Vec<Span>>, place: Span) -> Option<Span> {
    let texts = texts.get(&place.file)?;
    let behind = texts.partition_point(|text| text.start() <= place.start());
    let text = texts.get(behind.checked_sub(1)?)?;
    (place.start() < text.end()).then_some(*text)
}

fn unexplained(span: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::UNEXPLAINED_SUPPRESSION,
        span,
        "a warning is allowed without a reason",
    )
    .help("say why after the bracket: `# cjoc: allow(NAME) because …`")
}

fn no_warning(code: &Code, span: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::UNKNOWN_DIAGNOSTIC,
        span,
        format!("`{}` is an error, and errors cannot be allowed", code.name),
    )
    .help(format!(
        "fix what it reports: see `cjoc explain {}`",
        code.name
    ))
}

fn malformed(span: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::UNUSED_SUPPRESSION,
        span,
        "this looks like a suppression, but cannot be parsed",
    )
    .help("write `# cjoc: allow(NAME) reason`, or `allow-file` for the whole file")
}

fn low_in_file(allow: &Allow<'_>, text: &str) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(
        &codes::UNUSED_SUPPRESSION,
        allow.keyword,
        "`allow-file` allows nothing here: it belongs above the first declaration",
    )
    .help("move it to the top of the file, or write `allow` for the next line alone");
    let comment = text.get(allow.comment.range.as_usize()).unwrap_or_default();
    let edit = |span, text| Edit { span, text };
    diagnostic.fixes.push(Fix {
        message: "move it to the top of the file".to_owned(),
        // It allows then what it does not allow now.
        applicability: Applicability::Unsafe,
        edits: vec![
            edit(
                comment::top(allow.comment.file, text),
                format!("{}\n", comment.trim_end()),
            ),
            edit(allow.whole(text), String::new()),
        ],
    });
    diagnostic
}

fn unused(suppression: &Suppression) -> Diagnostic {
    let place = match suppression.line {
        Some(_) => "here",
        None => "in this file",
    };
    let name = suppression.code.name;
    let mut diagnostic = Diagnostic::new(
        &codes::UNUSED_SUPPRESSION,
        suppression.name,
        format!("there is no `{name}` {place} to allow"),
    )
    .help("remove it, or move it to the line it is about");
    diagnostic.fixes.push(Fix {
        message: format!("stop allowing `{name}`"),
        applicability: Applicability::Safe,
        edits: vec![Edit {
            span: suppression.removal,
            text: String::new(),
        }],
    });
    diagnostic
}
