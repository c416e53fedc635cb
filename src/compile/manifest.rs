//! The part of the manifest that says which files there are: read before all others.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, codes};
use crate::source::{Exclude, FileId, Files, MANIFEST};
use crate::syntax::{self, ast};
use crate::yaml;

/// What the manifest excludes. What is wrong with it is reported when it is read with the others.
pub(super) fn exclude(files: &dyn Files) -> Exclude {
    let Some(text) = files
        .read(MANIFEST)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
    else {
        return Exclude::none();
    };
    let text: Arc<str> = text.into();
    let tree = yaml::parse(FileId(0), &text).tree;
    let (manifest, _) = syntax::read_manifest(&tree);
    Exclude::new(manifest.exclude.iter().map(|pattern| &*pattern.value)).0
}

/// Reports the patterns under `exclude` that cannot be read.
pub(super) fn report_patterns(manifest: &ast::Manifest, diagnostics: &mut Vec<Diagnostic>) {
    let patterns = manifest.exclude.iter().map(|pattern| &*pattern.value);
    for bad in Exclude::new(patterns).1 {
        let Some(pattern) = manifest.exclude.get(bad.index) else {
            continue;
        };
        diagnostics.push(
            Diagnostic::new(
                &codes::INVALID_VALUE,
                pattern.span,
                format!(
                    "`{}` is not a valid pattern: {}",
                    pattern.value, bad.message
                ),
            )
            .help("write it as in `.gitignore`: `drafts/`, `*.draft.yaml`"),
        );
    }
}
