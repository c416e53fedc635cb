//! Static lists: a CSV file below the workspace whose columns are identities.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::Checker;
use super::csv;
use super::fields::normalize;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{self, Normalize};
use crate::source::Files;
use crate::syntax::ast::{Name, Segment};

impl Checker<'_> {
    /// The members of a segment, by identity, normalized as the profile's fields are.
    pub fn members(
        &mut self,
        decl: &Segment,
        path: &Name,
        files: &dyn Files,
    ) -> Option<model::SegmentKind> {
        let table = match table(path, files) {
            Ok(table) => table,
            Err(diagnostic) => {
                self.report(*diagnostic);
                return None;
            }
        };
        let traveler = self.names.vocabulary.find_traveler(&decl.traveler.text)?;
        let traveler = self.names.travelers[traveler.index()].clone();
        let identities = traveler.decl.identities.iter().chain([&traveler.decl.key]);
        let known: Vec<&str> = identities.map(|name| &*name.text).collect();
        let mut members = BTreeMap::new();
        for (column, name) in table.columns.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let message = format!(
                    "the column `{name}` of `{path}` is no identity of `{}`",
                    decl.traveler
                );
                let mut diagnostic = Diagnostic::new(&codes::UNKNOWN_IDENTITY, path.span, message)
                    .suggest(name, known.iter().copied());
                // The column is in the list, not here.
                diagnostic.fixes.clear();
                self.report(diagnostic);
                continue;
            }
            let field = traveler.profile.iter().find(|f| *f.decl.name.text == **name);
            let how = field.and_then(|f| f.decl.normalize.as_ref());
            let how = how.map(|n| normalize(n.value));
            let cells = table.rows.iter().filter_map(|row| row.get(column));
            let mut values: Vec<Arc<str>> = cells
                .filter(|value| !value.trim().is_empty())
                .map(|value| Arc::from(normalized(value, how)))
                .collect();
            values.sort_unstable();
            values.dedup();
            members.insert(Arc::from(name.as_str()), values);
        }
        Some(model::SegmentKind::Members(members))
    }

    /// Predictive models are declared, and nothing runs them.
    pub fn models(&mut self) {
        let declared = self.names.models.clone();
        for decl in declared {
            self.report(
                Diagnostic::new(
                    &codes::NOT_SUPPORTED,
                    decl.name.span,
                    "predictive models are not supported yet",
                )
                .help("compute a score with CEL, under `decide`"),
            );
        }
    }
}

fn table(path: &Name, files: &dyn Files) -> Result<csv::Table, Box<Diagnostic>> {
    let unreadable = |what: &str, help: &str| {
        let message = format!("`{path}` {what}");
        Box::new(Diagnostic::new(&codes::UNKNOWN_FILE, path.span, message).help(help))
    };
    let bytes = files.read(&path.text).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            unreadable("is not there", "the path counts from the workspace's root")
        }
        _ => unreadable("cannot be read", "the path counts from the workspace's root"),
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| unreadable("is not UTF-8", "save the list as UTF-8"))?;
    csv::read(&text)
        .map_err(|what| unreadable(&what, "write a table whose first line names identities"))
}

/// Two spellings that the profile takes for one value are one here too.
fn normalized(value: &str, how: Option<Normalize>) -> String {
    match how {
        None => value.to_owned(),
        Some(Normalize::Trim) => value.trim().to_owned(),
        Some(Normalize::Lower) => value.to_lowercase(),
        Some(Normalize::Email) => value.trim().to_lowercase(),
        Some(Normalize::Phone) => {
            let plus = value.trim_start().starts_with('+');
            let digits = value.chars().filter(char::is_ascii_digit);
            plus.then_some('+').into_iter().chain(digits).collect()
        }
    }
}
