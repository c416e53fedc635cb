//! All texts of a workspace, by id and by path.

use std::io;
use std::sync::Arc;

use rayon::prelude::*;

use super::decode::{blanked, decode};
use super::opened::reason;
use super::standard;
use super::{Exclude, FileId, Files, LineIndex, MANIFEST, Position, Span};
use crate::diagnostic::{Diagnostic, codes};

/// One text of the workspace.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Relative to the workspace, with `/`.
    pub path: Arc<str>,
    pub text: Arc<str>,
    pub lines: LineIndex,
}

impl SourceFile {
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        Self {
            path: path.into(),
            lines: LineIndex::new(&text),
            text,
        }
    }
}

/// The texts of a workspace, sorted by path byte by byte; a [`FileId`] is an index into them.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Reads the manifest and every listed file that is not excluded, in parallel; the result depends only on the
    /// files. What cannot be read, or is no text, stays in as an empty or repaired text, so that
    /// its diagnostic has a place.
    pub fn load(files: &dyn Files, exclude: &Exclude) -> io::Result<(Self, Vec<Diagnostic>)> {
        let mut paths = files.list()?;
        paths.retain(|path| path == MANIFEST || !exclude.matches(path));
        paths.sort_unstable();
        paths.dedup();
        let loaded: Vec<(SourceFile, Vec<Diagnostic>)> = paths
            .into_par_iter()
            .enumerate()
            .map(|(index, path)| load_file(files, FileId(index as u32), path))
            .collect();
        let mut sources = Self::default();
        let mut diagnostics = Vec::new();
        for (file, problems) in loaded {
            sources.files.push(file);
            diagnostics.extend(problems);
        }
        Ok((sources, diagnostics))
    }

    /// Texts that are at hand already, for tests and single expressions.
    pub fn from_texts<P: Into<Arc<str>>, T: Into<Arc<str>>>(
        texts: impl IntoIterator<Item = (P, T)>,
    ) -> Self {
        let mut files: Vec<SourceFile> = texts
            .into_iter()
            .map(|(path, text)| SourceFile::new(path, text))
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }

    /// One file that is at hand already, read as those of a workspace are.
    pub fn from_bytes(path: &str, bytes: Vec<u8>) -> (Self, Vec<Diagnostic>) {
        let (text, diagnostics) = decode(FileId(0), path, bytes);
        (Self::from_texts([(path, text)]), diagnostics)
    }

    /// A text that came as an argument: places in it are those of the text, but what steers a
    /// terminal is shown as blanks.
    pub fn from_argument(path: &str, text: &str) -> Self {
        Self::from_texts([(path, blanked(text))])
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Every file with its id, in the order of paths.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (FileId, &SourceFile)> {
        self.files
            .iter()
            .enumerate()
            .map(|(index, file)| (FileId(index as u32), file))
    }

    /// The file of an id that these sources gave out, or of a built-in text.
    pub fn file(&self, id: FileId) -> &SourceFile {
        match standard::get(id) {
            Some(file) => file,
            None => &self.files[id.0 as usize],
        }
    }

    /// The file of an id, built-in texts included.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        standard::get(id).or_else(|| self.files.get(id.0 as usize))
    }

    pub fn path(&self, id: FileId) -> &str {
        &self.file(id).path
    }

    /// The id of a path, relative to the workspace.
    pub fn find(&self, path: &str) -> Option<FileId> {
        self.files
            .binary_search_by(|file| (*file.path).cmp(path))
            .ok()
            .map(|index| FileId(index as u32))
    }

    /// The text under a span; empty where it does not fall on characters.
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file)
            .text
            .get(span.range.as_usize())
            .unwrap_or_default()
    }

    pub fn start(&self, span: Span) -> Position {
        self.file(span.file).lines.position(span.start())
    }

    pub fn end(&self, span: Span) -> Position {
        self.file(span.file).lines.position(span.end())
    }
}

fn load_file(files: &dyn Files, id: FileId, path: String) -> (SourceFile, Vec<Diagnostic>) {
    match files.read(&path) {
        Ok(bytes) => {
            let (text, diagnostics) = decode(id, &path, bytes);
            (SourceFile::new(path, text), diagnostics)
        }
        Err(error) => {
            let code = match error.kind() {
                io::ErrorKind::FileTooLarge => &codes::LIMIT_EXCEEDED,
                _ => &codes::INVALID_TEXT,
            };
            let message = match error.kind() {
                io::ErrorKind::FileTooLarge => format!("`{path}` is too large: {error}"),
                _ => format!("`{path}` cannot be read: {}", plain(&path, &error)),
            };
            let mut diagnostic = Diagnostic::new(code, Span::new(id, 0, 0), message);
            if path != MANIFEST {
                diagnostic = diagnostic.help(
                    "where it is not meant to be compiled, name it under the manifest's `exclude`",
                );
            }
            (SourceFile::new(path, ""), vec![diagnostic])
        }
    }
}

/// The error in words that are the same on every system.
fn plain(path: &str, error: &io::Error) -> String {
    match error.kind() {
        // A name that is no text has been made one, and nothing is called so.
        io::ErrorKind::NotFound if path.contains('\u{FFFD}') => "its name is not UTF-8".to_owned(),
        _ => reason(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemoryFiles;

    /// Lists what it is told, whatever is there.
    struct Listed(Vec<&'static str>);

    impl Files for Listed {
        fn list(&self) -> io::Result<Vec<String>> {
            Ok(self.0.iter().map(ToString::to_string).collect())
        }

        fn names_in(&self, _folder: &str) -> Vec<String> {
            Vec::new()
        }

        fn read(&self, path: &str) -> io::Result<Vec<u8>> {
            match path {
                "gone.yaml" => Err(io::ErrorKind::NotFound.into()),
                "huge.yaml" => Err(super::super::files::too_large()),
                _ => Ok(path.as_bytes().to_vec()),
            }
        }
    }

    #[test]
    fn ids_follow_the_paths_whatever_the_order_of_the_list() {
        let exclude = Exclude::none();
        for list in [
            vec!["b.yaml", "a.yaml", "a-b.yaml"],
            vec!["a-b.yaml", "b.yaml", "a.yaml"],
        ] {
            let (sources, _) = Sources::load(&Listed(list), &exclude).expect("it lists");
            let paths: Vec<&str> = sources.iter().map(|(_, file)| &*file.path).collect();
            assert_eq!(paths, ["a-b.yaml", "a.yaml", "b.yaml"]);
            assert_eq!(sources.find("b.yaml"), Some(FileId(2)));
            assert_eq!(sources.find("c.yaml"), None);
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_stays_in_with_a_diagnostic() {
        let (sources, diagnostics) = Sources::load(
            &Listed(vec!["gone.yaml", "huge.yaml", "z.yaml"]),
            &Exclude::none(),
        )
        .expect("it lists");
        assert_eq!(sources.len(), 3);
        let short: Vec<(&str, &str)> = diagnostics
            .iter()
            .map(|d| (d.code.name, d.message.as_str()))
            .collect();
        assert_eq!(
            short,
            [
                (
                    "invalid-text",
                    "`gone.yaml` cannot be read: it is not there"
                ),
                (
                    "limit-exceeded",
                    "`huge.yaml` is too large: files may have 64 MiB at most"
                ),
            ]
        );
    }

    #[test]
    fn what_is_excluded_is_not_read_but_the_manifest_always_is() {
        let files: MemoryFiles = [("cjoc.yaml", ""), ("a.yaml", ""), ("b/c.yml", "")]
            .into_iter()
            .collect();
        let (exclude, _) = Exclude::new(["*.yaml"]);
        let (sources, _) = Sources::load(&files, &exclude).expect("memory lists");
        let paths: Vec<&str> = sources.iter().map(|(_, file)| &*file.path).collect();
        assert_eq!(paths, ["b/c.yml", "cjoc.yaml"]);
    }

    #[test]
    fn spans_find_their_text_and_place() {
        let files: MemoryFiles = [("a.yaml", "x"), ("b.yaml", "é: ü\nz: 1")]
            .into_iter()
            .collect();
        let (sources, _) = Sources::load(&files, &Exclude::none()).expect("memory lists");
        let span = Span::new(FileId(1), 7, 8);
        assert_eq!(sources.text(span), "z");
        assert_eq!((sources.start(span).line, sources.end(span).column), (2, 2));
    }
}
