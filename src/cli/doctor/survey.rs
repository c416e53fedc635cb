//! What a check leaves out: a walk and the sources that came of it go in, what lies beside them
//! and why it is no source comes out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ignore::gitignore::Gitignore;
use serde::Serialize;

use super::Problem;
use crate::source::{MANIFEST, Sources, Walked};

/// A file or folder that is not compiled.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct LeftOut {
    /// Relative to the workspace; a folder ends in `/`.
    pub path: String,
    pub reason: String,
    #[serde(skip)]
    why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// As it should be.
    Meant,
    /// The extension is not written as it has to be.
    Extension,
    /// A folder that cannot be looked into.
    Unreadable,
}

/// What lies in the folders that were walked through and is not among the sources: YAML files, and
/// folders. Of `.git` nothing is said.
pub(super) fn left_out(root: &Path, walked: &Walked, sources: &Sources) -> Vec<LeftOut> {
    let folders: BTreeSet<&Path> = walked.folders.iter().map(PathBuf::as_path).collect();
    let listed: BTreeSet<&str> = walked.sources.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    for folder in &walked.folders {
        let Ok(entries) = fs::read_dir(folder) else {
            found.push(LeftOut {
                path: relative(root, folder) + "/",
                reason: "cannot be looked into".to_owned(),
                why: Why::Unreadable,
            });
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let shown = relative(root, &path);
            let (reason, why) = if path.is_dir() {
                if folders.contains(path.as_path()) || entry.file_name() == ".git" {
                    continue;
                }
                (folder_reason(root, &path), Why::Meant)
            } else if listed.contains(shown.as_str()) {
                if sources.find(&shown).is_some() {
                    continue;
                }
                (format!("`exclude` in {MANIFEST}"), Why::Meant)
            } else {
                let Some((reason, why)) = file_reason(root, &path) else {
                    continue;
                };
                (reason, why)
            };
            found.push(LeftOut {
                path: if path.is_dir() { shown + "/" } else { shown },
                reason,
                why,
            });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// What is left out by accident, perhaps, and what to do.
pub(super) fn doubt(left: &LeftOut) -> Option<Problem> {
    match left.why {
        Why::Meant => None,
        Why::Extension => Some(Problem::new(
            format!("`{}` is not compiled: {}", left.path, left.reason),
            "rename it, or name it in `exclude` if it is none of the workspace",
        )),
        Why::Unreadable => Some(Problem::new(
            format!("`{}` {}", left.path, left.reason),
            "make it readable for who runs cjoc, or name it in `.gitignore`",
        )),
    }
}

/// What has the name of the manifest and is no file: a folder, a pipe, a link that leads nowhere.
pub(super) fn no_file(folder: &Path) -> Option<PathBuf> {
    let path = folder.join(MANIFEST);
    (fs::symlink_metadata(&path).is_ok() && !path.is_file()).then_some(path)
}

/// A file that may have been meant for the manifest.
pub(super) fn misnamed(folder: &Path) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().to_lowercase();
            [MANIFEST, "cjoc.yml", ".cjoc.yaml", ".cjoc.yml"].contains(&&*name)
        })
        .map(|entry| entry.path())
        .collect();
    found.sort_unstable();
    found.into_iter().next()
}

/// The workspaces directly below a folder, or one level further down; few.
pub(super) fn below(folder: &Path) -> Vec<PathBuf> {
    let subfolders = |folder: &Path| -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
            .map(|entry| entry.path())
            .filter(|path| path.is_dir() && !path.is_symlink())
            .collect();
        found.sort_unstable();
        found
    };
    let mut found = Vec::new();
    for near in subfolders(folder) {
        if near.join(MANIFEST).is_file() {
            found.push(near);
            continue;
        }
        found.extend(
            subfolders(&near)
                .into_iter()
                .filter(|far| far.join(MANIFEST).is_file()),
        );
    }
    found.truncate(3);
    found
}

fn folder_reason(root: &Path, path: &Path) -> String {
    if hidden(path) {
        return "its name starts with a dot".to_owned();
    }
    let target = fs::canonicalize(path).ok();
    if path.is_symlink() && target.is_some_and(|target| path.starts_with(target)) {
        return "a link to a folder that it lies in".to_owned();
    }
    if path.join(MANIFEST).is_file() {
        return "a workspace of its own".to_owned();
    }
    ignored(root, path, true)
}

/// `None` of files that nobody would take for a source.
fn file_reason(root: &Path, path: &Path) -> Option<(String, Why)> {
    let extension = path.extension()?.to_str()?;
    if !["yaml", "yml"].contains(&extension.to_lowercase().as_str()) {
        return None;
    }
    if hidden(path) {
        return Some(("its name starts with a dot".to_owned(), Why::Meant));
    }
    if extension != extension.to_lowercase() {
        let reason = format!("`.{extension}` is not `.{}`", extension.to_lowercase());
        return Some((reason, Why::Extension));
    }
    Some((ignored(root, path, false), Why::Meant))
}

fn hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// The line of a `.gitignore` that says so.
fn ignored(root: &Path, path: &Path, is_dir: bool) -> String {
    for folder in path.ancestors().skip(1) {
        let file = folder.join(".gitignore");
        if !file.is_file() {
            continue;
        }
        let (rules, _) = Gitignore::new(&file);
        if let ignore::Match::Ignore(glob) = rules.matched_path_or_any_parents(path, is_dir) {
            let name = if folder.starts_with(root) {
                relative(root, &file)
            } else {
                file.display().to_string()
            };
            return format!("`{}` in {name}", glob.original());
        }
    }
    "ignored".to_owned()
}

/// With `/`, the root itself as `.`.
fn relative(root: &Path, path: &Path) -> String {
    let parts: Vec<_> = path
        .strip_prefix(root)
        .unwrap_or(path)
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}
