//! The journal: groups of changes in the order in which they were made, each whole or not there.
//!
//! Bytes go in, and are durable when [`Journal::sync`] is over; when a folder is opened again, the
//! groups that are whole come out. What is in them is not known here.
//!
//! A group is behind a head: a mark, its length, how much of the file was durable when it was
//! written, and a hash of all that. A group that was torn is cut off, with all after it; one that is
//! damaged, and was durable before another was written, is refused.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The beginning of every group.
const MARK: [u8; 4] = *b"cjg\x01";

/// The bytes before a group: mark, length, durable, hash.
const HEAD: usize = 4 + 4 + 8 + 16;

/// A group of changes, as bytes.
pub(super) type Bytes = Arc<Vec<u8>>;

/// The files of one folder, each of an epoch, by its number.
pub(super) struct Journal {
    folder: PathBuf,
    /// Groups that are not written yet, each with its epoch.
    pending: Mutex<Vec<(u64, Bytes)>>,
    writer: Mutex<Writer>,
    /// How long all files are.
    bytes: AtomicU64,
}

#[derive(Default)]
struct Writer {
    file: Option<(u64, File)>,
    written: u64,
    durable: u64,
    /// Something could not be written: nothing after it may be.
    failed: bool,
}

/// What a folder has of an epoch.
pub(super) struct Read {
    pub number: u64,
    /// The file, and where the groups are in it.
    pub file: Bytes,
    pub groups: Vec<Range<usize>>,
}

impl Journal {
    /// Opens a folder, which is made if there is none: what is in it, in order.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Vec<Read>)> {
        fs::create_dir_all(folder)?;
        folder.parent().map_or(Ok(()), sync_folder)?;
        let mut numbers: Vec<u64> = Vec::new();
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|it| it.strip_suffix(".groups"));
            numbers.extend(number.and_then(|it| it.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        let (mut all, mut bytes) = (Vec::new(), 0);
        for number in &numbers {
            let path = path(folder, *number);
            let whole = fs::read(&path)?;
            let (groups, end) = read(&whole);
            if end < whole.len() {
                if is_damaged(&whole, end) || Some(number) != numbers.last() {
                    let message = format!("{} is damaged at byte {end}", path.display());
                    return Err(io::Error::new(io::ErrorKind::InvalidData, message));
                }
                cut(&path, &whole, end)?;
            }
            bytes += end as u64;
            all.push(Read {
                number: *number,
                file: Arc::new(whole),
                groups,
            });
        }
        let journal = Self {
            folder: folder.to_owned(),
            pending: Mutex::default(),
            writer: Mutex::default(),
            bytes: AtomicU64::new(bytes),
        };
        Ok((journal, all))
    }

    /// A group that is to become durable. Epochs come in their order.
    pub(super) fn push(&self, epoch: u64, group: Bytes) {
        lock(&self.pending).push((epoch, group));
    }

    /// Makes durable what was pushed before.
    pub(super) fn sync(&self) -> io::Result<()> {
        let mut writer = lock(&self.writer);
        if writer.failed {
            return Err(io::Error::other("what was written before is not durable"));
        }
        let pending = std::mem::take(&mut *lock(&self.pending));
        let result = self.write(&mut writer, pending);
        writer.failed = result.is_err();
        result
    }

    fn write(&self, writer: &mut Writer, pending: Vec<(u64, Bytes)>) -> io::Result<()> {
        for (epoch, group) in pending {
            if writer.file.as_ref().is_none_or(|it| it.0 != epoch) {
                writer.sync()?;
                let path = path(&self.folder, epoch);
                let file = OpenOptions::new()
                    .create_new(true)
                    .append(true)
                    .open(path)?;
                sync_folder(&self.folder)?;
                *writer = Writer {
                    file: Some((epoch, file)),
                    ..Writer::default()
                };
            }
            let head = head(&group, writer.durable);
            if let Some((_, file)) = &mut writer.file {
                file.write_all(&head)?;
                file.write_all(&group)?;
            }
            let more = (HEAD + group.len()) as u64;
            writer.written += more;
            self.bytes.fetch_add(more, Ordering::Relaxed);
        }
        writer.sync()
    }

    /// The tables have what is in an epoch.
    pub(super) fn remove(&self, epoch: u64) -> io::Result<()> {
        let path = path(&self.folder, epoch);
        let length = match fs::metadata(&path) {
            Ok(known) => known.len(),
            // Nothing was ever written in it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        fs::remove_file(path)?;
        // It must not be there again when a later one, which says otherwise, is gone, too.
        sync_folder(&self.folder)?;
        self.bytes.fetch_sub(length, Ordering::Relaxed);
        Ok(())
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Writer {
    fn sync(&mut self) -> io::Result<()> {
        if let Some((_, file)) = &self.file
            && self.durable < self.written
        {
            file.sync_data()?;
            self.durable = self.written;
        }
        Ok(())
    }
}

fn lock<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number}.groups"))
}

/// Which files there are is durable, too.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn head(group: &[u8], durable: u64) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..4].copy_from_slice(&MARK);
    head[4..8].copy_from_slice(&(group.len() as u32).to_le_bytes());
    head[8..16].copy_from_slice(&durable.to_le_bytes());
    let hash = hash(&head[..16], group);
    head[16..].copy_from_slice(&hash);
    head
}

fn hash(head: &[u8], group: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(head);
    hasher.update(group);
    let mut short = [0; 16];
    short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    short
}

/// The group at the beginning, and how much was durable when it was written; none where there is no
/// whole one.
fn group(bytes: &[u8]) -> Option<(&[u8], u64)> {
    let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
    let length = u32::from_le_bytes(*head[4..].first_chunk()?) as usize;
    if head[..4] != MARK {
        return None;
    }
    let group = rest.get(..length)?;
    let durable = u64::from_le_bytes(*head[8..].first_chunk()?);
    (head[16..] == hash(&head[..16], group)).then_some((group, durable))
}

/// The groups of a file that are whole, and where they end.
fn read(file: &[u8]) -> (Vec<Range<usize>>, usize) {
    let (mut groups, mut at) = (Vec::new(), 0);
    while let Some((bytes, _)) = group(&file[at..]) {
        let begin = at + HEAD;
        at = begin + bytes.len();
        groups.push(begin..at);
    }
    (groups, at)
}

/// Whether what is wrong from here on was durable once: a later group knows of it.
fn is_damaged(file: &[u8], end: usize) -> bool {
    let rest = &file[end..];
    memchr::memmem::find_iter(rest, &MARK)
        .filter_map(|at| group(&rest[at..]))
        .any(|(_, durable)| durable > end as u64)
}

/// Cuts off what was torn; it stays beside the file for whoever wants to look at it.
fn cut(path: &Path, whole: &[u8], end: usize) -> io::Result<()> {
    // On a disk that is full there is no place for it.
    let _ = fs::write(path.with_extension("torn"), &whole[end..]);
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(end as u64)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(read: &[Read]) -> Vec<(u64, Vec<String>)> {
        let of = |it: &Read| {
            let text = |at: &Range<usize>| String::from_utf8_lossy(&it.file[at.clone()]).into();
            (it.number, it.groups.iter().map(text).collect())
        };
        read.iter().map(of).collect()
    }

    fn written(folder: &Path, all: &[(u64, &str)]) {
        let (journal, _) = Journal::open(folder).expect("it opens");
        for (epoch, text) in all {
            journal.push(*epoch, Arc::new(text.as_bytes().to_vec()));
            journal.sync().expect("it is durable");
        }
    }

    #[test]
    fn groups_are_read_back_by_epoch_in_order() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        written(folder.path(), &[(9, "a"), (9, "bc"), (10, "d")]);
        let (journal, read) = Journal::open(folder.path()).expect("it opens");
        let expected = [(9, vec!["a".into(), "bc".into()]), (10, vec!["d".into()])];
        assert_eq!(groups(&read), expected);
        journal.remove(9).expect("it can be removed");
        journal.remove(77).expect("it was never there");
        assert_eq!(journal.bytes(), (HEAD + 1) as u64);
        let (_, read) = Journal::open(folder.path()).expect("it opens");
        assert_eq!(groups(&read), expected[1..]);
    }

    #[test]
    fn what_was_torn_is_cut_off_and_what_is_damaged_is_refused() {
        let first = HEAD + 5;
        for at in 0..first + HEAD + 6 {
            let folder = tempfile::tempdir().expect("a temporary folder");
            written(folder.path(), &[(1, "first"), (1, "second")]);
            let path = path(folder.path(), 1);
            let mut bytes = fs::read(&path).expect("it can be read");
            bytes[at] ^= 0x40;
            fs::write(&path, &bytes).expect("it can be written");
            let opened = Journal::open(folder.path());
            if at < first {
                // The second group knows that the first was durable.
                let error = opened.err().expect("it is refused").to_string();
                assert!(error.ends_with("is damaged at byte 0"), "{error}");
            } else {
                let (_, read) = opened.expect("it opens");
                assert_eq!(groups(&read), [(1, vec!["first".to_owned()])], "{at}");
                let (_, again) = Journal::open(folder.path()).expect("it opens");
                assert_eq!(groups(&again), groups(&read));
            }
        }
    }

    #[test]
    fn an_epoch_before_the_last_is_never_torn() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        written(folder.path(), &[(1, "first"), (2, "second")]);
        let path = path(folder.path(), 1);
        let file = OpenOptions::new().write(true).open(path).expect("it opens");
        file.set_len(20).expect("it can be cut");
        assert!(Journal::open(folder.path()).is_err());
    }
}
