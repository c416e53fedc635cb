//! A journal whose end is damaged, as a machine leaves it that lost its power while it wrote: the
//! groups that were being written are cut off. Nobody was told that they are durable.
//!
//! The store itself cuts off what is incomplete. A group that is as long as it should be, and has
//! other bytes in it than were written, it refuses, wherever that is. Here such a group at the end is
//! cut off, too; one before the end is damage of another kind, and refused.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use fjall::{Database, Error};

/// The end of every group in a journal.
const TRAILER: &[u8] = b"FJL\x03";

/// How many groups can be on their way to the disk at once.
const MAX_TORN: usize = 4;

/// Opens a store; where its journal is damaged at the end, without what is there.
pub(super) fn open(
    folder: &Path,
    open: impl Fn() -> fjall::Result<Database>,
) -> fjall::Result<Database> {
    let error = match open() {
        Err(error @ Error::JournalRecovery(_)) => error,
        other => return other,
    };
    let Some(journal) = newest(folder)? else {
        return Err(error);
    };
    let whole = fs::read(&journal)?;
    // It stays beside the store: whoever wants to look at what was cut off finds it there.
    fs::write(journal.with_extension("torn"), &whole)?;
    for end in ends(&whole) {
        fs::write(&journal, &whole)?;
        let file = OpenOptions::new().write(true).open(&journal)?;
        file.set_len(end as u64)?;
        file.sync_all()?;
        match open() {
            Err(Error::JournalRecovery(_)) => {}
            other => return other,
        }
    }
    fs::write(&journal, &whole)?;
    Err(error)
}

/// Where to cut, the least first: in the last group, and after the groups before it.
fn ends(journal: &[u8]) -> Vec<usize> {
    let written = journal.iter().rposition(|byte| *byte != 0);
    let mut groups: Vec<usize> = memchr::memmem::find_iter(journal, TRAILER)
        .map(|at| at + TRAILER.len())
        .collect();
    groups.reverse();
    let before = groups.into_iter().filter(|end| Some(*end) <= written);
    written.into_iter().chain(before.take(MAX_TORN)).collect()
}

fn newest(folder: &Path) -> io::Result<Option<PathBuf>> {
    let mut newest: Option<(u64, PathBuf)> = None;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let number = name.and_then(|name| name.strip_suffix(".jnl")?.parse().ok());
        if let Some(number) = number
            && newest.as_ref().is_none_or(|it| it.0 < number)
        {
            newest = Some((number, path));
        }
    }
    Ok(newest.map(|it| it.1))
}
