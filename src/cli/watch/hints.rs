//! Hints of the system that something changed: which folders to watch goes in, hints come out.
//!
//! A hint only says that it is time to look; what has changed is told by the look. So nothing is
//! lost where the system gives no hints (network drives, limits that are used up): the next look
//! just comes later.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};
use notify::{ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher, WatcherKind};

/// Where hints come from.
pub(super) struct Hints {
    watcher: Option<RecommendedWatcher>,
    events: Receiver<notify::Result<Event>>,
    watched: BTreeSet<PathBuf>,
    /// Outside the workspace, because links lead there.
    beyond: BTreeSet<PathBuf>,
    trouble: Option<String>,
    /// The system watches no more folders.
    full: bool,
}

/// What came while waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    Hint,
    /// Nothing, until the time was over.
    Nothing,
}

impl Hints {
    pub(super) fn new() -> Self {
        let (sender, events) = mpsc::channel();
        let handler = move |event: notify::Result<Event>| {
            // Looking and reading are events themselves.
            if !event.as_ref().is_ok_and(only_read) {
                // Nobody listens any more when the program ends.
                let _ = sender.send(event);
            }
        };
        let (watcher, trouble) = match notify::recommended_watcher(handler) {
            Ok(watcher) => (Some(watcher), None),
            Err(error) => (None, Some(reason(&error))),
        };
        Self {
            watcher,
            events,
            watched: BTreeSet::new(),
            beyond: BTreeSet::new(),
            trouble,
            full: false,
        }
    }

    /// Whether the system is known to leave changes unmentioned.
    pub(super) fn are_missing(&self) -> bool {
        self.full || self.watcher.is_none()
    }

    /// Why hints may be missing; told once.
    pub(super) fn trouble(&mut self) -> Option<String> {
        self.trouble.take()
    }

    /// Watches these folders from now on, and the way down to the root. True if one is new: it may
    /// have changed before it was watched.
    pub(super) fn follow(&mut self, root: &Path, folders: &[PathBuf], beyond: &[PathBuf]) -> bool {
        self.beyond = beyond.iter().cloned().collect();
        let Some(watcher) = self.watcher.as_mut().filter(|_| !self.full) else {
            return false;
        };
        // Folder by folder, what is ignored costs nothing; but some systems watch whole trees
        // best.
        let single = matches!(
            RecommendedWatcher::kind(),
            WatcherKind::Inotify | WatcherKind::Kqueue
        );
        let above = root.ancestors().skip(1);
        let below = folders.iter().filter(|_| single).chain(beyond);
        let mut wanted = vec![(
            root,
            if single {
                RecursiveMode::NonRecursive
            } else {
                RecursiveMode::Recursive
            },
        )];
        wanted.extend(
            above
                .chain(below.map(PathBuf::as_path))
                .map(|folder| (folder, RecursiveMode::NonRecursive)),
        );
        let mut new = false;
        for (folder, mode) in wanted {
            if self.watched.contains(folder) {
                continue;
            }
            match watcher.watch(folder, mode) {
                Ok(()) => {
                    new = true;
                    self.watched.insert(folder.to_owned());
                }
                Err(error) if is_limit(&error) => {
                    self.full = true;
                    self.trouble = Some(reason(&error));
                    return new;
                }
                // Gone in the meantime, or not to be looked into: the look tells.
                Err(_) => {}
            }
        }
        new
    }

    /// Waits for a hint that concerns the workspace at `root`.
    pub(super) fn wait(&mut self, root: &Path, time: Duration) -> Waited {
        let end = Instant::now() + time;
        loop {
            let rest = end.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(rest) {
                Ok(Ok(event)) => {
                    self.forget(&event);
                    if concerns(&event, root, &self.beyond) {
                        return Waited::Hint;
                    }
                }
                Ok(Err(_)) => return Waited::Hint,
                Err(RecvTimeoutError::Timeout) => return Waited::Nothing,
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(rest);
                    return Waited::Nothing;
                }
            }
        }
    }

    /// A folder that went away, or came under a name again, is watched anew.
    fn forget(&mut self, event: &Event) {
        let moves = matches!(
            event.kind,
            EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
        );
        if moves {
            self.watched
                .retain(|folder| !event.paths.iter().any(|path| folder.starts_with(path)));
        }
    }
}

/// Whether the event is only that somebody looked or read, as the look itself does.
fn only_read(event: &Event) -> bool {
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        _ => false,
    }
}

/// Whether the event may change what a check of the workspace sees.
fn concerns(event: &Event, root: &Path, beyond: &BTreeSet<PathBuf>) -> bool {
    // Events were lost: anything may have happened.
    event.paths.is_empty()
        || event.paths.iter().any(|path| {
            path.starts_with(root)
                || root.starts_with(path)
                || path.file_name().is_some_and(|name| name == ".gitignore")
                || path.parent().is_some_and(|folder| beyond.contains(folder))
        })
}

/// Whether the system has no room for more, rather than a folder its own trouble.
fn is_limit(error: &notify::Error) -> bool {
    matches!(error.kind, ErrorKind::MaxFilesWatch)
}

/// Without the paths, which may be many.
fn reason(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => "the system's limit of watches is reached".to_owned(),
        ErrorKind::Io(error) => error.to_string(),
        ErrorKind::Generic(message) => message.clone(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: EventKind, paths: &[&str]) -> Event {
        paths
            .iter()
            .fold(Event::new(kind), |event, path| event.add_path(path.into()))
    }

    #[test]
    fn hints_are_of_the_workspace_of_what_leads_to_it_and_of_what_it_links_to() {
        let root = Path::new("/home/a/shop");
        let beyond = BTreeSet::from([PathBuf::from("/srv/lists")]);
        let table: &[(&[&str], bool)] = &[
            (&["/home/a/shop/journeys/x.yaml"], true),
            (&["/home/a/shop"], true),
            (&["/home/a"], true),
            (&["/home/a/.gitignore"], true),
            (&["/srv/lists/beta.csv"], true),
            (&[], true),
            (&["/home/a/mail.txt"], false),
            (&["/home/a/shopping/x.yaml"], false),
            (&["/srv/lists/deep/beta.csv"], false),
            (&["/home/a/old", "/home/a/shop"], true),
        ];
        for (paths, expected) in table {
            let event = event(EventKind::Any, paths);
            assert_eq!(concerns(&event, root, &beyond), *expected, "{paths:?}");
        }
    }

    #[test]
    fn reading_is_no_change() {
        let table = [
            (EventKind::Access(AccessKind::Open(AccessMode::Any)), true),
            (EventKind::Access(AccessKind::Close(AccessMode::Read)), true),
            (
                EventKind::Access(AccessKind::Close(AccessMode::Write)),
                false,
            ),
            (EventKind::Any, false),
            (EventKind::Other, false),
        ];
        for (kind, expected) in table {
            assert_eq!(only_read(&event(kind, &["/a"])), expected, "{kind:?}");
        }
    }

    #[test]
    fn a_folder_is_followed_once_and_again_when_it_came_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = std::fs::canonicalize(folder.path()).expect("it is there");
        let mut hints = Hints::new();
        if hints.trouble().is_some() {
            // This system gives no hints; there is nothing to be seen.
            return;
        }
        let folders = [root.clone()];
        assert!(hints.follow(&root, &folders, &[]));
        assert!(!hints.follow(&root, &folders, &[]));
        hints.forget(&event(
            EventKind::Remove(notify::event::RemoveKind::Folder),
            &[&root.to_string_lossy()],
        ));
        assert!(hints.follow(&root, &folders, &[]));
        std::fs::write(root.join("a.yaml"), "").expect("a file");
        assert_eq!(hints.wait(&root, Duration::from_secs(10)), Waited::Hint);
    }
}
