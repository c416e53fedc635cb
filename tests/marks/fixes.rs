//! Each fix alone: what it is offered for is gone, and no error is there that was not there before.

use std::collections::BTreeMap;

use cjoc::diagnostic::{Applicability, Diagnostic, Edit, Severity};
use cjoc::source::FileId;

/// A file of a workspace: path and text.
pub(crate) type Text = (String, String);

/// What the fixes of `before`, what was found in `texts`, do not keep. `path` names the files that
/// are among the texts; fixes elsewhere are left out.
pub(crate) fn faults(
    texts: &[Text],
    before: &[Diagnostic],
    path: impl Fn(FileId) -> Option<String>,
    check: impl Fn(&[Text]) -> Vec<Diagnostic>,
) -> Vec<String> {
    let mut faults = Vec::new();
    for diagnostic in before {
        for fix in &diagnostic.fixes {
            if fix.applicability == Applicability::DisplayOnly {
                continue;
            }
            let Some(mended) = apply(texts, &fix.edits, &path) else {
                continue;
            };
            let after = check(&mended);
            let mut what = Vec::new();
            let same = |found: &[Diagnostic]| {
                let is = |it: &&Diagnostic| key(it) == key(diagnostic);
                found.iter().filter(is).count()
            };
            if same(&after) >= same(before) {
                what.push("it is still there".to_owned());
            }
            what.extend(
                new_errors(before, &after).map(|error| format!("new: [{}] {}", error.0, error.1)),
            );
            if !what.is_empty() {
                faults.push(format!(
                    "`{}` for `{}`: {}",
                    fix.message,
                    diagnostic.message,
                    what.join("; ")
                ));
            }
        }
    }
    faults
}

fn key(diagnostic: &Diagnostic) -> (&'static str, &str) {
    (diagnostic.code.name, &diagnostic.message)
}

/// Errors that are more often there than before.
fn new_errors<'d>(
    before: &'d [Diagnostic],
    after: &'d [Diagnostic],
) -> impl Iterator<Item = (&'static str, &'d str)> {
    let mut counts: BTreeMap<(&str, &str), i32> = BTreeMap::new();
    let errors = |found: &'d [Diagnostic]| {
        let is_error = |it: &&Diagnostic| it.severity == Severity::Error;
        found.iter().filter(is_error).map(key)
    };
    for error in errors(after) {
        *counts.entry(error).or_default() += 1;
    }
    for error in errors(before) {
        *counts.entry(error).or_default() -= 1;
    }
    let new = counts.into_iter().filter(|(_, count)| *count > 0);
    new.map(|(error, _)| error)
}

/// The texts with the edits made; none where one is in another file.
fn apply(
    texts: &[Text],
    edits: &[Edit],
    path: impl Fn(FileId) -> Option<String>,
) -> Option<Vec<Text>> {
    let mut mended = texts.to_vec();
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    for edit in edits.into_iter().rev() {
        let path = path(edit.span.file)?;
        let (_, text) = mended.iter_mut().find(|(at, _)| *at == path)?;
        text.replace_range(edit.span.range.as_usize(), &edit.text);
    }
    Some(mended)
}
