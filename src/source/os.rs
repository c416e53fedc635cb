//! A workspace on the disk: finds its root, lists its sources, reads its files.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder};

use super::files::{self, Files, MANIFEST, MAX_FILE_BYTES};
use super::opened::{of_link, worded};

/// Says which files are left out.
const IGNORE: &str = ".gitignore";

/// The most bytes that it may have.
const MAX_IGNORE_BYTES: u64 = 1024 * 1024;

/// The files below a workspace's root.
#[derive(Clone, Debug)]
pub struct OsFiles {
    root: PathBuf,
}

/// Why a path leads to no workspace.
#[derive(Debug)]
pub enum NoWorkspace {
    /// The path itself cannot be read.
    Unreadable { path: PathBuf, error: io::Error },
    /// No folder from the path upwards holds a manifest.
    NoManifest { searched: Vec<PathBuf> },
}

impl fmt::Display for NoWorkspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, error } => {
                write!(f, "`{}` cannot be read: {error}", path.display())
            }
            Self::NoManifest { searched } => {
                let first = searched.first().map(|path| path.display().to_string());
                write!(
                    f,
                    "no `{MANIFEST}` in `{}` or a folder above it",
                    first.unwrap_or_default()
                )
            }
        }
    }
}

impl std::error::Error for NoWorkspace {}

/// The folder that holds `cjoc.yaml`, from `path` (a file or folder) upwards.
pub fn find_root(path: &Path) -> Result<PathBuf, NoWorkspace> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let from = fs::canonicalize(path).map_err(|error| NoWorkspace::Unreadable {
        path: path.to_owned(),
        error: worded(path, &error),
    })?;
    let folder = if from.is_dir() {
        from.as_path()
    } else {
        from.parent().unwrap_or(&from)
    };
    let mut searched = Vec::new();
    for folder in folder.ancestors() {
        if folder.join(MANIFEST).is_file() {
            return Ok(folder.to_owned());
        }
        searched.push(folder.to_owned());
    }
    Err(NoWorkspace::NoManifest { searched })
}

impl OsFiles {
    /// The files below `root`, whether or not it holds a manifest.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The workspace that `path` lies in.
    pub fn find(path: &Path) -> Result<Self, NoWorkspace> {
        find_root(path).map(Self::new)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether a link, wherever it stands on the way, leads out of the workspace: to anything on the
    /// machine, and diagnostics show what they are about.
    fn leads_outside(&self, path: &Path) -> bool {
        match (fs::canonicalize(path), fs::canonicalize(&self.root)) {
            (Ok(real), Ok(root)) => !real.starts_with(root),
            // Reading it tells why.
            _ => false,
        }
    }

    fn relative(&self, path: &Path) -> Option<String> {
        let parts: Vec<_> = path
            .strip_prefix(&self.root)
            .ok()?
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        Some(parts.join("/"))
    }
}

/// What a walk through a workspace meets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// The sources, relative to the root, sorted.
    pub sources: Vec<String>,
    /// The folders that were looked into, links followed, the root first.
    pub folders: Vec<PathBuf>,
}

impl OsFiles {
    /// Walks through the workspace once, by the rules that say what is a source.
    pub fn walk(&self) -> io::Result<Walked> {
        let root = fs::canonicalize(&self.root)?;
        for folder in root.ancestors().skip(1) {
            if let Some(error) = bad_ignore(folder) {
                let path = folder.join(IGNORE);
                let message = format!("`{}` cannot be read: {error}", path.display());
                return Err(io::Error::new(error.kind(), message));
            }
        }
        let links = Arc::new(Mutex::new(Links::default()));
        let followed = Arc::clone(&links);
        let files = self.clone();
        let is_bad = bad_ignore(&self.root).is_some();
        let walk = WalkBuilder::new(&self.root)
            .hidden(true)
            .parents(true)
            .git_ignore(!is_bad)
            .require_git(false)
            .ignore(false)
            .git_global(false)
            .git_exclude(false)
            .follow_links(true)
            .filter_entry(move |entry| {
                let path = entry.path();
                if entry.depth() == 0 || !is_folder(entry) {
                    return true;
                }
                let Ok(mut links) = followed.lock() else {
                    return false;
                };
                if path.join(MANIFEST).is_file()
                    || entry.path_is_symlink() && !links.follow(path, &files)
                {
                    return false;
                }
                let is_bad = bad_ignore(path).is_some();
                links.bad_ignores.extend(is_bad.then(|| path.join(IGNORE)));
                !is_bad
            })
            .build();
        let mut paths = Vec::new();
        let mut folders = Vec::new();
        let mut closed = Vec::new();
        for entry in walk {
            match entry {
                Ok(entry) if is_folder(&entry) => folders.push(entry.into_path()),
                Ok(entry) => paths.extend(self.relative(entry.path())),
                Err(error) => match Failure::of(&error) {
                    // A folder seen from inside itself has been listed already.
                    Failure::Loop => {}
                    // A link that leads nowhere: reading it says so.
                    Failure::Missing(path) => paths.extend(path.and_then(|p| self.relative(p))),
                    // A folder that may not be looked into: reading it says so.
                    Failure::Closed(path) if path != self.root => {
                        closed.extend(self.relative(path));
                    }
                    Failure::Closed(_) | Failure::Other => return Err(io::Error::other(error)),
                },
            }
        }
        paths.retain(|path| files::is_source(path));
        let links = links.lock().unwrap_or_else(PoisonError::into_inner);
        let unread = links.outside.iter().chain(&links.bad_ignores);
        paths.extend(unread.filter_map(|path| self.relative(path)));
        paths.extend(is_bad.then(|| IGNORE.to_owned()));
        paths.extend(closed);
        paths.sort_unstable();
        Ok(Walked {
            sources: paths,
            folders,
        })
    }
}

impl Files for OsFiles {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.walk()?.sources)
    }

    fn names_in(&self, folder: &str) -> Vec<String> {
        if !folder.is_empty() && !files::stays_inside(folder) {
            return Vec::new();
        }
        let full = self.root.join(folder);
        if self.leads_outside(&full) {
            return Vec::new();
        }
        let Ok(entries) = fs::read_dir(full) else {
            return Vec::new();
        };
        let files = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.path().is_file());
        let mut names: Vec<String> = files
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort_unstable();
        names
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        if !files::stays_inside(path) {
            return Err(files::outside());
        }
        let full = self.root.join(path);
        // Before it is opened: opening a pipe would wait for its other end.
        let own = fs::symlink_metadata(&full);
        let is_link = own.as_ref().is_ok_and(fs::Metadata::is_symlink);
        // The way to a source has been walked; only its own name may be a link still.
        if (!files::is_source(path) || is_link) && self.leads_outside(&full) {
            return Err(files::outside());
        }
        let meta = if is_link {
            fs::metadata(&full).map_err(|error| of_link(&error))?
        } else {
            own?
        };
        if meta.is_dir() {
            // One that may not be looked into says that instead.
            fs::read_dir(&full)?;
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !meta.is_file() {
            let what = "it is neither a file nor a folder";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        if full.ends_with(IGNORE)
            && let Some(error) = full.parent().and_then(bad_ignore)
        {
            return Err(error);
        }
        if meta.len() > MAX_FILE_BYTES {
            return Err(files::too_large());
        }
        let file = File::open(full)?;
        let mut bytes = Vec::with_capacity(meta.len() as usize);
        // The length may grow: a file being written.
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(files::too_large());
        }
        Ok(bytes)
    }
}

/// The links to folders that the walk has met.
#[derive(Default)]
struct Links {
    /// What they lead to: once is enough, and folders full of links to one another would never end.
    followed: BTreeSet<PathBuf>,
    /// Those that leave the workspace.
    outside: Vec<PathBuf>,
    /// What would say which files are left out, and cannot be read: whose folder is not looked into.
    bad_ignores: Vec<PathBuf>,
}

impl Links {
    /// Whether the walk goes on behind the link.
    fn follow(&mut self, link: &Path, files: &OsFiles) -> bool {
        if files.leads_outside(link) {
            self.outside.push(link.to_owned());
            return false;
        }
        fs::canonicalize(link).is_ok_and(|real| self.followed.insert(real))
    }
}

/// Why what a folder says of files that are left out is not read: it may be endless, or a pipe.
fn bad_ignore(folder: &Path) -> Option<io::Error> {
    let meta = fs::metadata(folder.join(IGNORE)).ok()?;
    if meta.is_dir() {
        return None;
    }
    if !meta.is_file() {
        let what = "it is neither a file nor a folder";
        return Some(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    (meta.len() > MAX_IGNORE_BYTES).then(|| {
        let what = "a `.gitignore` may have 1 MiB at most";
        io::Error::new(io::ErrorKind::FileTooLarge, what)
    })
}

/// Whether it is a folder or leads to one. Of what is no link the walk knows it already.
fn is_folder(entry: &DirEntry) -> bool {
    match entry.file_type() {
        Some(kind) if !kind.is_symlink() => kind.is_dir(),
        _ => entry.path().is_dir(),
    }
}

/// What kind of trouble the walk met.
enum Failure<'e> {
    Loop,
    Missing(Option<&'e Path>),
    /// A folder that may not be looked into.
    Closed(&'e Path),
    Other,
}

impl<'e> Failure<'e> {
    fn of(error: &'e ignore::Error) -> Self {
        match error {
            ignore::Error::WithPath { path, err } => match Self::of(err) {
                Self::Missing(None) => Self::Missing(Some(path)),
                Self::Other if is_denied(err) && is_own_folder(path) => Self::Closed(path),
                // A link to itself and the like: only a folder would hide other files.
                Self::Other if !path.is_dir() => Self::Missing(Some(path)),
                other => other,
            },
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
                Self::of(err)
            }
            ignore::Error::Loop { .. } => Self::Loop,
            ignore::Error::Io(error) if error.kind() == io::ErrorKind::NotFound => {
                Self::Missing(None)
            }
            _ => Self::Other,
        }
    }
}

fn is_denied(error: &ignore::Error) -> bool {
    error
        .io_error()
        .is_some_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

/// Whether it is a folder and no link, or lies where that cannot be told.
fn is_own_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).map_or(true, |meta| meta.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        folder
    }

    #[test]
    fn it_lists_what_the_language_says_and_nothing_else() {
        let folder = workspace(&[
            ("cjoc.yaml", ""),
            (".gitignore", "/build/\n*.tmp.yaml\n"),
            ("journeys/b.yml", ""),
            ("journeys-a/a.yaml", ""),
            ("build/c.yaml", ""),
            ("rules/x.tmp.yaml", ""),
            (".git/d.yaml", ""),
            ("rules/.e.yaml", ""),
            ("lists/beta.csv", ""),
            ("other/cjoc.yaml", ""),
            ("other/deep/f.yaml", ""),
        ]);
        let files = OsFiles::new(folder.path());
        assert_eq!(
            files.list().expect("it lists"),
            ["cjoc.yaml", "journeys-a/a.yaml", "journeys/b.yml"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_are_harmless() {
        let folder = workspace(&[("cjoc.yaml", ""), ("a/b.yaml", "")]);
        std::os::unix::fs::symlink(folder.path().join("a"), folder.path().join("a/loop"))
            .expect("a link");
        std::os::unix::fs::symlink("nowhere", folder.path().join("gone.yaml")).expect("a link");
        std::os::unix::fs::symlink("self", folder.path().join("self")).expect("a link");
        let files = OsFiles::new(folder.path());
        assert_eq!(
            files.list().expect("it lists"),
            ["a/b.yaml", "cjoc.yaml", "gone.yaml"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_may_not_be_looked_into_hides_no_other() {
        use std::os::unix::fs::PermissionsExt;

        let folder = workspace(&[
            ("cjoc.yaml", ""),
            ("closed/a.yaml", ""),
            ("open/b.yaml", ""),
        ]);
        let closed = folder.path().join("closed");
        let set = |mode| {
            fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).expect("it is ours");
        };
        set(0o000);
        let stands_open = fs::read_dir(&closed).is_ok();
        let files = OsFiles::new(folder.path());
        let (listed, read) = (files.list(), files.read("closed"));
        set(0o755);
        if stands_open {
            // Who runs this may look into everything.
            return;
        }
        assert_eq!(
            listed.expect("it lists"),
            ["cjoc.yaml", "closed", "open/b.yaml"]
        );
        let error = read.expect_err("it may not be read");
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn the_root_is_found_from_any_depth_and_from_a_file() {
        let folder = workspace(&[("cjoc.yaml", ""), ("a/b/c.yaml", "")]);
        let root = fs::canonicalize(folder.path()).expect("it exists");
        for path in ["", "a/b", "a/b/c.yaml", "cjoc.yaml"] {
            let found = find_root(&folder.path().join(path)).expect("a workspace");
            assert_eq!(found, root, "from {path:?}");
        }
        let empty = workspace(&[("a.yaml", "")]);
        assert!(matches!(
            find_root(&empty.path().join("a.yaml")),
            Err(NoWorkspace::NoManifest { searched }) if searched[0].ends_with(
                empty.path().file_name().expect("a name")
            )
        ));
    }

    #[test]
    fn reading_stays_in_the_workspace() {
        let folder = workspace(&[("in/cjoc.yaml", "a"), ("secret.yaml", "b")]);
        let files = OsFiles::new(folder.path().join("in"));
        assert_eq!(files.read("cjoc.yaml").expect("it is there"), b"a");
        for path in ["../secret.yaml", "x/../../secret.yaml", "/etc/hostname", ""] {
            let error = files.read(path).expect_err("refused");
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{path}");
        }
    }
}
