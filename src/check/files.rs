//! Files of the workspace that declarations name: lists of members, models.
//!
//! What is wrong with a file is told at the key that names it.

use std::io;

use super::context::Checker;
use crate::diagnostic::{Applicability, Code, Diagnostic, codes, nearest};
use crate::source::Files;
use crate::syntax::ast::Name;

impl Checker<'_> {
    /// A file beside the declaration or at the root, with its bytes.
    pub(super) fn workspace_file(
        &mut self,
        path: &Name,
        files: &dyn Files,
        what: &str,
    ) -> Option<(String, Vec<u8>)> {
        let declared = self.sources.path(path.span.file);
        let folder = declared.rsplit_once('/').map_or("", |(folder, _)| folder);
        let beside = inside(folder, &path.text);
        let at_root = inside("", &path.text);
        let mut candidates: Vec<String> = beside.into_iter().chain(at_root).collect();
        candidates.dedup();
        if candidates.is_empty() {
            let message = format!("`{path}` is not inside the workspace");
            let help =
                format!("put the {what} into the workspace, and name it from this file's folder");
            return self.bad_file(&codes::UNKNOWN_FILE, path, message, &help);
        }
        for file in &candidates {
            match files.read(file) {
                Ok(bytes) => return Some((file.clone(), bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                    let (code, help) = (&codes::LIMIT_EXCEEDED, error.to_string());
                    return self.bad_file(code, path, format!("`{file}` is too large"), &help);
                }
                Err(_) => {
                    let message = format!("`{file}` cannot be read");
                    let help = "name a file of the workspace that may be read";
                    return self.bad_file(&codes::UNKNOWN_FILE, path, message, help);
                }
            }
        }
        let looked: Vec<String> = candidates.iter().map(|file| format!("`{file}`")).collect();
        let message = format!("there is no file `{path}`");
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_FILE, path.span, message);
        let near = candidates.iter().find_map(|file| near(path, file, files));
        self.report(match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
                Applicability::Unsafe,
                format!("write `{near}`"),
                path.span,
                near,
            ),
            None => diagnostic.help(format!("put it at {}", looked.join(" or "))),
        });
        None
    }

    pub(super) fn bad_file<T>(
        &mut self,
        code: &'static Code,
        path: &Name,
        message: String,
        help: &str,
    ) -> Option<T> {
        self.report(Diagnostic::new(code, path.span, message).help(help));
        None
    }
}

/// The path to the file beside the one that is not there whose name is nearest to it, as it would
/// be written in its place.
fn near(written: &Name, file: &str, files: &dyn Files) -> Option<String> {
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    let beside = files.names_in(folder);
    let best = nearest(name, beside.iter().map(String::as_str))?;
    let parent = written.text.rfind('/').map_or(0, |at| at + 1);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    // A name that YAML would need quotes for is not worth a fix that may break it.
    best.chars()
        .all(plain)
        .then(|| format!("{}{best}", &written.text[..parent]))
}

/// The path from the root of the workspace; none where it leads out of it.
fn inside(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\\') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}
