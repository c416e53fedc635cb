//! When to look after the first hint that something changed: not in the middle of a save, of a
//! rename or of a switch of branches. Durations go in, how long to wait on comes out.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Hints that come closer together belong to one change.
const QUIET: Duration = Duration::from_millis(20);
/// What goes on for longer is looked at while it goes on.
const LONGEST: Duration = Duration::from_millis(250);
/// A lock of git that is older was left behind.
const STALE: Duration = Duration::from_secs(10);
/// How often to see whether git is done.
const GIT: Duration = Duration::from_millis(10);

/// How long to wait on; `None` is to look now. `git` is since when git has been at work.
pub(super) fn rest(first: Duration, last: Duration, git: Option<Duration>) -> Option<Duration> {
    if git.is_some_and(|age| age < STALE) && first < STALE {
        return Some(GIT);
    }
    if first >= LONGEST {
        return None;
    }
    QUIET
        .checked_sub(last)
        .map(|quiet| quiet.min(LONGEST.saturating_sub(first)))
        .filter(|rest| !rest.is_zero())
}

/// The lock that git holds while it changes files: `.git/index.lock` of the repository around
/// this folder, whose `.git` is a file in a second work tree.
pub(super) fn git_lock(root: &Path) -> Option<PathBuf> {
    let folder = root
        .ancestors()
        .find(|folder| folder.join(".git").exists())?;
    let git = folder.join(".git");
    if git.is_dir() {
        return Some(git.join("index.lock"));
    }
    let text = fs::read_to_string(&git).ok()?;
    let path = text.strip_prefix("gitdir:")?.trim();
    Some(folder.join(path).join("index.lock"))
}

/// How old the lock is, where there is one.
pub(super) fn age(lock: &Path) -> Option<Duration> {
    let made = fs::metadata(lock).and_then(|meta| meta.modified()).ok()?;
    // From the future: the clocks of two machines.
    Some(made.elapsed().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_for_quiet_but_not_for_ever_and_for_git_while_it_works() {
        let ms = Duration::from_millis;
        let table = [
            // first, last, git, wait on
            (0, 0, None, Some(20)),
            (15, 15, None, Some(5)),
            (20, 20, None, None),
            (100, 0, None, Some(20)),
            (240, 0, None, Some(10)),
            (250, 0, None, None),
            (300, 300, Some(300), Some(10)),
            (9_000, 0, Some(9_000), Some(10)),
            (300, 300, Some(60_000), None),
            (10_000, 0, Some(1), None),
        ];
        for (first, last, git, expected) in table {
            let found = rest(ms(first), ms(last), git.map(ms));
            assert_eq!(found, expected.map(ms), "{first} {last} {git:?}");
        }
    }

    #[test]
    fn the_lock_of_git_is_found_from_below_and_from_a_second_work_tree() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = folder.path();
        fs::create_dir_all(at.join("a/.git/worktrees/b")).expect("folders");
        fs::create_dir_all(at.join("a/deep/er")).expect("folders");
        fs::create_dir_all(at.join("b")).expect("a folder");
        let gitdir = at.join("a/.git/worktrees/b");
        fs::write(at.join("b/.git"), format!("gitdir: {}\n", gitdir.display())).expect("a file");
        assert_eq!(
            git_lock(&at.join("a/deep/er")),
            Some(at.join("a/.git/index.lock"))
        );
        assert_eq!(git_lock(&at.join("b")), Some(gitdir.join("index.lock")));
        assert_eq!(age(&gitdir.join("index.lock")), None);
        fs::write(gitdir.join("index.lock"), "").expect("a file");
        assert!(age(&gitdir.join("index.lock")).is_some_and(|age| age < STALE));
    }
}
