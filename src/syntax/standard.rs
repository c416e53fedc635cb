//! The standard connections: what `uses: std/NAME` refers to, written in the language itself and
//! built in.

use std::sync::{Arc, LazyLock, OnceLock};

use crate::source::{FileId, SourceFile, standard_files};
use crate::yaml;

use super::ast::{Connection, Declaration};
use super::reader::Reader;

/// A built-in text, read when it is asked for.
struct Standard {
    name: String,
    id: FileId,
    file: &'static SourceFile,
    connection: OnceLock<Option<Arc<Connection>>>,
}

static ALL: LazyLock<Vec<Standard>> = LazyLock::new(|| {
    standard_files()
        .map(|(id, file)| Standard {
            name: name(file),
            id,
            file,
            connection: OnceLock::new(),
        })
        .collect()
});

/// The standard connection of this name, as it stands behind `uses:`: `std/slack`. Its places are
/// in files of their own, which [`crate::source::Sources`] knows.
pub fn standard(uses: &str) -> Option<&'static Arc<Connection>> {
    let standard = ALL.iter().find(|standard| standard.name == uses)?;
    let read = || read(standard.id, standard.file);
    standard.connection.get_or_init(read).as_ref()
}

fn read(id: FileId, file: &'static SourceFile) -> Option<Arc<Connection>> {
    let parsed = yaml::parse(id, &file.text);
    let mut reader = Reader::new(&file.text);
    let document = parsed.tree.documents().next()?;
    match reader.declaration(document, true)? {
        Declaration::Connection(connection) => Some(Arc::new(connection)),
        _ => None,
    }
}

/// The names of all standard connections, `std/…`, in order.
pub fn standard_names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|standard| standard.name.as_str())
}

fn name(file: &SourceFile) -> String {
    file.path.trim_end_matches(".yaml").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;

    fn problems() -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for (id, file) in standard_files() {
            let parsed = yaml::parse(id, &file.text);
            let mut reader = Reader::new(&file.text);
            for document in parsed.tree.documents() {
                reader.declaration(document, true);
            }
            diagnostics.extend(parsed.diagnostics);
            diagnostics.extend(reader.out.into_parts().0);
        }
        diagnostics
    }

    #[test]
    fn the_built_in_texts_are_read_without_a_word() {
        assert_eq!(problems(), []);
        assert_eq!(standard_names().count(), standard_files().count());
    }

    #[test]
    fn a_standard_connection_is_found_by_what_uses_says() {
        let slack = standard("std/slack").expect("it is built in");
        assert_eq!(&*slack.name.text, "slack");
        assert!(standard("slack").is_none());
        assert!(standard("std/slak").is_none());
    }
}
