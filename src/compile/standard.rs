//! The standard connections: written in the language, part of the program, read when used.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::source::Sources;
use crate::syntax::{self, ast};
use crate::yaml;

macro_rules! standard {
    ($($name:literal)*) => {
        /// By name, as `uses:` names them.
        static ALL: &[(&str, &str)] = &[$((
            concat!("std/", $name),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/std/", $name, ".yaml")),
        )),*];
    };
}

standard! {
    "email" "http" "push" "salesforce" "segment" "servicenow" "slack" "sms" "survey" "teams"
    "webhook" "zendesk"
}

/// Those that some connection uses, by name; their texts become part of the sources.
pub(super) fn used(
    declarations: &[ast::Declaration],
    sources: &mut Sources,
) -> Vec<(Arc<str>, Arc<ast::Connection>)> {
    let used: BTreeSet<&str> = declarations
        .iter()
        .filter_map(|declaration| match declaration {
            ast::Declaration::Connection(connection) => connection.uses.as_ref(),
            _ => None,
        })
        .map(|uses| &*uses.text)
        .collect();
    ALL.iter()
        .filter(|(name, _)| used.contains(name))
        .filter_map(|(name, text)| {
            let text: Arc<str> = Arc::from(*text);
            let file = sources.add_library(format!("{name}.yaml"), text.clone());
            let parsed = yaml::parse(file, &text);
            let connection = syntax::read_standard(&parsed.tree, &text)?;
            Some((Arc::from(*name), Arc::new(connection)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn every_standard_connection_reads_without_a_complaint() {
        for (name, text) in ALL {
            let text: Arc<str> = Arc::from(*text);
            let parsed = yaml::parse(FileId(0), &text);
            assert_eq!(parsed.diagnostics, [], "{name}");
            let (declarations, diagnostics) = syntax::read(&parsed.tree, &text);
            // Some have names that workspaces may not use; there is nothing else to say.
            let other: Vec<_> = diagnostics
                .iter()
                .filter(|d| d.code != &crate::diagnostic::codes::INVALID_NAME)
                .collect();
            assert!(other.is_empty(), "{name}: {other:?}");
            assert_eq!(declarations.len(), 1, "{name}");
            let connection = syntax::read_standard(&parsed.tree, &text).expect(name);
            assert_eq!(format!("std/{}", connection.name), *name);
        }
    }
}
