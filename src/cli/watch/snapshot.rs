//! What a check has seen of the disk, so that a later look can tell whether its answer still
//! holds: the list of sources, and a stamp of every file that was asked for.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use crate::source::{Files, OsFiles, Walked};

/// A file system keeps times no finer than this: a file that changed so shortly before it was
/// read may change again and keep its stamp.
const GRAIN: Duration = Duration::from_millis(50);

/// What tells one version of a file from the next without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    len: u64,
    /// Which file it is, where the system tells: one renamed over another may be as old as it.
    #[cfg(unix)]
    identity: (u64, u64, i64, i64),
}

impl Stamp {
    /// `None` where there is nothing to be read.
    fn of(path: &Path) -> Option<Self> {
        let meta = fs::metadata(path).ok()?;
        Some(Self {
            modified: meta.modified().ok(),
            len: meta.len(),
            #[cfg(unix)]
            identity: {
                use std::os::unix::fs::MetadataExt as _;
                (meta.dev(), meta.ino(), meta.ctime(), meta.ctime_nsec())
            },
        })
    }
}

/// The files of a workspace as one check sees them: listed once, each stamped before it is read.
#[derive(Debug)]
pub(super) struct Recorder<'a> {
    files: &'a OsFiles,
    sources: Vec<String>,
    stamps: Mutex<BTreeMap<String, Option<Stamp>>>,
    at: SystemTime,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(files: &'a OsFiles, sources: Vec<String>, now: SystemTime) -> Self {
        Self {
            files,
            sources,
            stamps: Mutex::default(),
            at: now,
        }
    }

    /// What was seen.
    pub(super) fn seen(self) -> Seen {
        let stamps = self
            .stamps
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let settled = self.at.checked_sub(GRAIN).is_some_and(|before| {
            stamps
                .values()
                .flatten()
                .all(|stamp| stamp.modified.is_some_and(|modified| modified < before))
        });
        Seen {
            sources: self.sources,
            stamps,
            settled,
        }
    }
}

impl Files for Recorder<'_> {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.sources.clone())
    }

    fn names_in(&self, folder: &str) -> Vec<String> {
        self.files.names_in(folder)
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        // The first stamp stays: what changes while it is read is looked at again.
        if let Ok(mut stamps) = self.stamps.lock() {
            stamps
                .entry(path.to_owned())
                .or_insert_with(|| Stamp::of(&self.files.root().join(path)));
        }
        self.files.read(path)
    }
}

/// What an answer rests on.
#[derive(Debug)]
pub(super) struct Seen {
    sources: Vec<String>,
    stamps: BTreeMap<String, Option<Stamp>>,
    settled: bool,
}

impl Seen {
    /// Whether the answer still holds, as far as stamps tell.
    pub(super) fn holds(&self, files: &OsFiles, walked: &Walked) -> bool {
        self.settled
            && self.sources == walked.sources
            && self
                .stamps
                .iter()
                .all(|(path, stamp)| *stamp == Stamp::of(&files.root().join(path)))
    }

    /// The folders outside the workspace that links among the files lead to.
    pub(super) fn beyond(&self, root: &Path) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = self
            .stamps
            .keys()
            .map(|path| root.join(path))
            .filter(|path| path.is_symlink())
            .filter_map(|path| Some(fs::canonicalize(path).ok()?.parent()?.to_owned()))
            .collect();
        folders.sort_unstable();
        folders.dedup();
        folders
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(files: &OsFiles, later: Duration) -> Seen {
        let walked = files.walk().expect("it can be walked");
        let recorder = Recorder::new(files, walked.sources.clone(), SystemTime::now() + later);
        for path in walked
            .sources
            .iter()
            .map(String::as_str)
            .chain(["beta.csv"])
        {
            let _ = recorder.read(path);
        }
        recorder.seen()
    }

    fn holds(seen: &Seen, files: &OsFiles) -> bool {
        seen.holds(files, &files.walk().expect("it can be walked"))
    }

    #[test]
    fn an_answer_holds_until_something_that_was_read_or_missed_changes() {
        type Change = (&'static str, fn(&Path) -> io::Result<()>, bool);
        let changes: [Change; 8] = [
            ("nothing", |_| Ok(()), true),
            (
                "a swap file",
                |at| fs::write(at.join(".a.yaml.swp"), "x"),
                true,
            ),
            ("a backup", |at| fs::write(at.join("a.yaml~"), "x"), true),
            ("a file", |at| fs::write(at.join("a.yaml"), "longer"), false),
            ("a new file", |at| fs::write(at.join("b.yaml"), ""), false),
            (
                "a file is gone",
                |at| fs::remove_file(at.join("a.yaml")),
                false,
            ),
            (
                "what was missed",
                |at| fs::write(at.join("beta.csv"), ""),
                false,
            ),
            (
                "another file of the same size and age",
                |at| {
                    let meta = fs::metadata(at.join("a.yaml"))?;
                    fs::write(at.join(".new"), "A")?;
                    let new = fs::File::options().write(true).open(at.join(".new"))?;
                    new.set_modified(meta.modified()?)?;
                    fs::rename(at.join(".new"), at.join("a.yaml"))
                },
                cfg!(not(unix)),
            ),
        ];
        for (what, change, expected) in changes {
            let folder = tempfile::tempdir().expect("a temporary folder");
            fs::write(folder.path().join("cjoc.yaml"), "").expect("a file");
            fs::write(folder.path().join("a.yaml"), "a").expect("a file");
            let files = OsFiles::new(folder.path());
            let seen = look(&files, Duration::from_secs(1));
            change(folder.path()).expect("the change can be made");
            assert_eq!(holds(&seen, &files), expected, "{what}");
        }
    }

    #[test]
    fn what_was_written_just_before_it_was_read_is_read_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("cjoc.yaml"), "").expect("a file");
        let files = OsFiles::new(folder.path());
        assert!(!holds(&look(&files, Duration::ZERO), &files));
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_to_the_folders_of_their_files() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let other = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("cjoc.yaml"), "").expect("a file");
        fs::write(other.path().join("x.yaml"), "").expect("a file");
        std::os::unix::fs::symlink(other.path().join("x.yaml"), folder.path().join("a.yaml"))
            .expect("a link");
        let seen = look(&OsFiles::new(folder.path()), Duration::ZERO);
        let expected = fs::canonicalize(other.path()).expect("it is there");
        assert_eq!(seen.beyond(folder.path()), [expected]);
    }
}
