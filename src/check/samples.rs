//! For tests of checks: a workspace of texts, what a family of checks finds in it, and where.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::Checker;
use crate::diagnostic::Diagnostic;
use crate::resolve;
use crate::source::Sources;
use crate::syntax::{self, ast};
use crate::yaml;

/// The checker of a workspace that reads and resolves without a finding, handed to `check`; and
/// what it found.
pub(super) fn checked<T>(
    sources: &Sources,
    check: impl FnOnce(&mut Checker<'_>) -> T,
) -> (T, Vec<Diagnostic>) {
    let mut workspace = ast::Workspace::default();
    let mut standard = BTreeMap::new();
    for (id, file) in sources.iter() {
        let parsed = yaml::parse(id, &file.text);
        assert_eq!(parsed.diagnostics, [], "{}", file.path);
        if &*file.path == crate::source::MANIFEST {
            continue;
        }
        let (declarations, diagnostics) = syntax::read(&parsed.tree);
        assert_eq!(diagnostics.into_parts().0, [], "{}", file.path);
        for declaration in &declarations {
            if let ast::Declaration::Connection(connection) = declaration
                && let Some(uses) = &connection.uses
                && let Some(found) = syntax::standard(&uses.text)
            {
                standard.insert(uses.text.clone(), Arc::clone(found));
            }
        }
        workspace.declarations.extend(declarations);
    }
    workspace.standard = standard.into_iter().collect();
    let (names, diagnostics) = resolve::resolve(&workspace, sources);
    assert_eq!(diagnostics, []);
    let mut checker = Checker::new(names, sources, true);
    let result = check(&mut checker);
    (result, checker.out)
}

/// `line:column-column name`, counted from the first line of the file at `path`, sorted.
pub(super) fn places(sources: &Sources, path: &str, found: &[Diagnostic]) -> Vec<String> {
    let mut places: Vec<_> = found
        .iter()
        .map(|d| {
            assert_eq!(sources.path(d.span.file), path, "{}", d.message);
            let (start, end) = (sources.start(d.span), sources.end(d.span));
            assert_eq!(start.line, end.line, "{}", d.message);
            (start.line, start.column, end.column, d.code.name)
        })
        .collect();
    places.sort_unstable();
    places
        .into_iter()
        .map(|(line, from, to, name)| format!("{line}:{from}-{to} {name}"))
        .collect()
}
