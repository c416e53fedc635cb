//! The journal: groups of changes in the order in which they were made, each whole or not there.
//!
//! Bytes go in, and are durable when [`Journal::sync`] is over; when a folder is opened again, the
//! groups that are whole come out. What is in them is not known here.
//!
//! A group is behind a head: a mark, its length, how much of the file was durable when it was
//! written, and a hash of all that. A group that was torn is passed over, with all after it; one that
//! is damaged, and was durable before another was written, is refused.
//!
//! A file is written in place, into zeros or into what it had in an earlier life: a file that grows
//! makes each sync write its length, too, and the file system then first writes what others have on
//! their way. So files are kept when their epoch is over, and the next epochs are written into them;
//! that a group is of this life is in its hash. Files that an earlier release wrote only grow.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The bytes before a group: mark, length, durable, hash.
const HEAD: usize = 4 + 4 + 8 + 16;

/// By how much a file grows at least, and at most, beyond what is written into it.
const GROWS: (u64, u64) = (64 << 10, 1 << 20);

/// A group of changes, as bytes.
pub(super) type Bytes = Arc<Vec<u8>>;

/// The files of one folder, each of an epoch, by its number.
pub(super) struct Journal {
    folder: PathBuf,
    /// Groups that are not written yet, each with its epoch.
    pending: Mutex<Vec<(u64, Bytes)>>,
    writer: Mutex<Writer>,
    /// A file whose epoch is over: the next is written into it. Its number, which says that there is
    /// nothing later in it, and its length.
    spare: Mutex<Option<(u64, u64)>>,
    /// How long a file may be that is kept.
    keeps: u64,
    /// The first number that is not in any file.
    next: u64,
    /// How long all files are.
    bytes: AtomicU64,
}

#[derive(Default)]
struct Writer {
    file: Option<(u64, File)>,
    /// How much of the file before this one is durable: all that is in it. The first group says so.
    before: u64,
    written: u64,
    durable: u64,
    /// How long the file is.
    length: u64,
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

/// What there is of an epoch: how its groups are written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Life {
    epoch: u64,
    /// It was appended to a file of its own, by an earlier release.
    appended: bool,
}

impl Journal {
    /// Opens a folder, which is made if there is none: what is in it, in order. Files that are about
    /// as long as this are kept.
    pub(super) fn open(folder: &Path, long: usize) -> io::Result<(Self, Vec<Read>)> {
        fs::create_dir_all(folder)?;
        folder.parent().map_or(Ok(()), sync_folder)?;
        let (mut lives, mut spares) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some((stem, kind)) = name.to_str().and_then(|it| it.split_once('.')) else {
                continue;
            };
            let Ok(epoch) = stem.parse() else { continue };
            match kind {
                "groups" | "epoch" => lives.push(Life {
                    epoch,
                    appended: kind == "groups",
                }),
                "spare" => spares.push((epoch, entry.metadata()?.len())),
                _ => {}
            }
        }
        lives.sort_unstable();
        spares.sort_unstable();
        let (mut all, mut bytes) = (Vec::<Read>::new(), 0);
        for life in &lives {
            let path = life.path(folder);
            let mut whole = fs::read(&path)?;
            bytes += whole.len() as u64;
            let (groups, end) = life.read(&whole);
            let is_last = Some(life) == lives.last();
            if life.is_damaged(&whole, end) || life.appended && end < whole.len() && !is_last {
                return damaged(&path, end);
            }
            if let Some(before) = all.last()
                && before.number + 1 == life.epoch
                && let Some((_, durable)) = life.group(&whole)
                && durable > before.file.len() as u64
            {
                let before = &lives[all.len() - 1];
                return damaged(&before.path(folder), all[all.len() - 1].file.len());
            }
            if is_last {
                // A process that was killed may have written more than it synced. What builds on it
                // from now on must not outlive it.
                OpenOptions::new().write(true).open(&path)?.sync_data()?;
            }
            if life.appended && end < whole.len() {
                cut(&path, &whole, end)?;
            }
            whole.truncate(end);
            all.push(Read {
                number: life.epoch,
                file: Arc::new(whole),
                groups,
            });
        }
        let last = lives.iter().map(|it| it.epoch);
        let last = last.chain(spares.iter().map(|it| it.0)).max();
        let spare = spares.pop();
        for (epoch, _) in spares {
            fs::remove_file(spare_path(folder, epoch))?;
        }
        let journal = Self {
            folder: folder.to_owned(),
            pending: Mutex::default(),
            writer: Mutex::new(Writer {
                durable: all.last().map_or(0, |it| it.file.len() as u64),
                ..Writer::default()
            }),
            bytes: AtomicU64::new(bytes + spare.map_or(0, |it| it.1)),
            spare: Mutex::new(spare),
            keeps: long as u64 + GROWS.1,
            next: last.map_or(1, |it| it + 1),
        };
        Ok((journal, all))
    }

    /// The number of the first epoch that can be written: there is nothing of it in any file.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Whether there was no file in it.
    pub(super) const fn is_bare(&self) -> bool {
        self.next == 1
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
                let (file, length) = self.begin(epoch)?;
                *writer = Writer {
                    file: Some((epoch, file)),
                    length,
                    before: writer.durable,
                    ..Writer::default()
                };
            }
            let durable = match writer.written {
                0 => writer.before,
                _ => writer.durable,
            };
            let head = Life::new(epoch).head(&group, durable);
            let longer = writer.append(&[&head, &group])?;
            self.bytes.fetch_add(longer, Ordering::Relaxed);
        }
        writer.sync()
    }

    /// The file of a new epoch, and how long it is.
    fn begin(&self, epoch: u64) -> io::Result<(File, u64)> {
        let path = Life::new(epoch).path(&self.folder);
        let spare = lock(&self.spare).take();
        if let Some((number, _)) = spare {
            fs::rename(spare_path(&self.folder, number), &path)?;
        }
        let file = OpenOptions::new()
            .write(true)
            .create_new(spare.is_none())
            .open(path)?;
        // What it is called is durable before anything is in it.
        sync_folder(&self.folder)?;
        Ok((file, spare.map_or(0, |it| it.1)))
    }

    /// The tables have what is in an epoch.
    pub(super) fn remove(&self, epoch: u64) -> io::Result<()> {
        let mut life = Life::new(epoch);
        let mut path = life.path(&self.folder);
        if !fs::exists(&path)? {
            life.appended = true;
            path = life.path(&self.folder);
        }
        let mut length = match fs::metadata(&path) {
            Ok(known) => known.len(),
            // Nothing was ever written in it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut spare = lock(&self.spare);
        let is_kept = spare.is_none() && !life.appended;
        if is_kept {
            fs::rename(path, spare_path(&self.folder, epoch))?;
        } else {
            fs::remove_file(path)?;
        }
        // It must not be there again when a later one, which says otherwise, is gone, too.
        sync_folder(&self.folder)?;
        if is_kept {
            let kept = length.min(self.keeps);
            if kept < length {
                let path = spare_path(&self.folder, epoch);
                OpenOptions::new().write(true).open(path)?.set_len(kept)?;
            }
            *spare = Some((epoch, kept));
            length -= kept;
        }
        self.bytes.fetch_sub(length, Ordering::Relaxed);
        Ok(())
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Writer {
    /// Writes a group behind the others: by how much the file grew.
    fn append(&mut self, parts: &[&[u8]]) -> io::Result<u64> {
        let Some((_, file)) = &mut self.file else {
            return Ok(0);
        };
        for part in parts {
            file.write_all(part)?;
            self.written += part.len() as u64;
        }
        if self.written <= self.length {
            return Ok(0);
        }
        // Written rather than left out: a hole would be filled by each group again.
        let more = self.written.clamp(GROWS.0, GROWS.1);
        io::copy(&mut io::repeat(0).take(more), file)?;
        file.seek(SeekFrom::Start(self.written))?;
        let before = std::mem::replace(&mut self.length, self.written + more);
        Ok(self.length - before)
    }

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

fn spare_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number}.spare"))
}

fn damaged<T>(path: &Path, end: usize) -> io::Result<T> {
    let message = format!(
        "{} is damaged at byte {end}: restore a copy of the folder",
        path.display()
    );
    Err(io::Error::new(io::ErrorKind::InvalidData, message))
}

/// Which files there are is durable, too.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

impl Life {
    const fn new(epoch: u64) -> Self {
        Self {
            epoch,
            appended: false,
        }
    }

    fn path(self, folder: &Path) -> PathBuf {
        let kind = if self.appended { "groups" } else { "epoch" };
        folder.join(format!("{}.{kind}", self.epoch))
    }

    /// The beginning of every group: what is of other lives mostly has another one.
    const fn mark(self) -> [u8; 4] {
        if self.appended {
            *b"cjg\x01"
        } else {
            [b'c', b'j', b'e', self.epoch as u8]
        }
    }

    fn head(self, group: &[u8], durable: u64) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        head[..4].copy_from_slice(&self.mark());
        head[4..8].copy_from_slice(&(group.len() as u32).to_le_bytes());
        head[8..16].copy_from_slice(&durable.to_le_bytes());
        let hash = self.hash(&head[..16], group);
        head[16..].copy_from_slice(&hash);
        head
    }

    fn hash(self, head: &[u8], group: &[u8]) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new();
        if !self.appended {
            hasher.update(&self.epoch.to_le_bytes());
        }
        hasher.update(head);
        hasher.update(group);
        let mut short = [0; 16];
        short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        short
    }

    /// The group at the beginning, and how much was durable when it was written; none where there is
    /// no whole one of this life.
    fn group(self, bytes: &[u8]) -> Option<(&[u8], u64)> {
        let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
        let length = u32::from_le_bytes(*head[4..].first_chunk()?) as usize;
        if head[..4] != self.mark() {
            return None;
        }
        let group = rest.get(..length)?;
        let durable = u64::from_le_bytes(*head[8..].first_chunk()?);
        (head[16..] == self.hash(&head[..16], group)).then_some((group, durable))
    }

    /// The groups of a file that are whole, and where they end.
    fn read(self, file: &[u8]) -> (Vec<Range<usize>>, usize) {
        let (mut groups, mut at) = (Vec::new(), 0);
        while let Some((bytes, _)) = self.group(&file[at..]) {
            let begin = at + HEAD;
            at = begin + bytes.len();
            groups.push(begin..at);
        }
        (groups, at)
    }

    /// Whether what is wrong from here on was durable once: a later group knows of it.
    fn is_damaged(self, file: &[u8], end: usize) -> bool {
        let rest = &file[end..];
        memchr::memmem::find_iter(rest, &self.mark())
            .filter_map(|at| self.group(&rest[at..]))
            .any(|(_, durable)| durable > end as u64)
    }
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

    /// As long as no file is that is kept.
    const LONG: usize = 1 << 20;

    fn open(folder: &Path) -> (Journal, Vec<Read>) {
        Journal::open(folder, LONG).expect("it opens")
    }

    fn write(journal: &Journal, all: &[(u64, &str)]) {
        for (epoch, text) in all {
            journal.push(*epoch, Arc::new(text.as_bytes().to_vec()));
            journal.sync().expect("it is durable");
        }
    }

    /// A folder with an epoch as an earlier release wrote it, or written into what was there before.
    fn written(life: Life, all: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = life.path(folder.path());
        if life.appended {
            let mut bytes = Vec::new();
            for text in all {
                let head = life.head(text.as_bytes(), bytes.len() as u64);
                bytes.extend_from_slice(&head);
                bytes.extend_from_slice(text.as_bytes());
            }
            fs::write(&path, bytes).expect("it can be written");
        } else {
            let (journal, _) = open(folder.path());
            // Groups of the same lengths, in the same places.
            let earlier = life.epoch - 1;
            write(
                &journal,
                &[(earlier, "FIRST"), (earlier, "SECOND"), (earlier, "third")],
            );
            journal.remove(earlier).expect("it can be removed");
            for text in all {
                write(&journal, &[(life.epoch, text)]);
            }
        }
        (folder, path)
    }

    const LIVES: [Life; 2] = [
        Life {
            epoch: 7,
            appended: true,
        },
        Life {
            epoch: 7,
            appended: false,
        },
    ];

    #[test]
    fn groups_are_read_back_by_epoch_in_order() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (journal, _) = open(folder.path());
        assert_eq!(journal.next(), 1);
        write(&journal, &[(9, "a"), (9, "bc"), (10, "d")]);
        let (journal, read) = open(folder.path());
        let expected = [(9, vec!["a".into(), "bc".into()]), (10, vec!["d".into()])];
        assert_eq!(groups(&read), expected);
        assert_eq!(journal.next(), 11);
        journal.remove(9).expect("it can be removed");
        journal.remove(77).expect("it was never there");
        let (_, read) = open(folder.path());
        assert_eq!(groups(&read), expected[1..]);
    }

    fn files(folder: &Path) -> Vec<(String, u64)> {
        let entries = fs::read_dir(folder).expect("it can be listed");
        let of = |entry: io::Result<fs::DirEntry>| {
            let entry = entry.expect("it can be listed");
            let known = entry.metadata().expect("it is there");
            (
                entry.file_name().to_string_lossy().into_owned(),
                known.len(),
            )
        };
        let mut files: Vec<_> = entries.map(of).collect();
        files.sort();
        files
    }

    #[test]
    fn files_are_written_again_and_neither_grow_nor_get_more() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (journal, _) = open(folder.path());
        let long = "x".repeat(3 * LONG);
        write(&journal, &[(1, &long), (2, "b"), (3, "c")]);
        journal.remove(1).expect("it can be removed");
        let kept = LONG as u64 + GROWS.1;
        assert_eq!(files(folder.path())[0], ("1.spare".to_owned(), kept));
        // There is one already.
        journal.remove(2).expect("it can be removed");
        assert_eq!(files(folder.path()).len(), 2);
        write(&journal, &[(4, &"y".repeat(LONG))]);
        let all = files(folder.path());
        assert_eq!(all[1], ("4.epoch".to_owned(), kept));
        assert_eq!(journal.bytes(), all.iter().map(|it| it.1).sum::<u64>());
        let (journal, read) = open(folder.path());
        assert_eq!(groups(&read)[1].1, ["y".repeat(LONG)]);
        assert_eq!(journal.bytes(), all.iter().map(|it| it.1).sum::<u64>());
    }

    #[test]
    fn a_number_is_never_given_again_while_a_file_has_its_groups() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (journal, _) = open(folder.path());
        write(&journal, &[(5, "earlier")]);
        journal.remove(5).expect("it can be removed");
        let (journal, read) = open(folder.path());
        assert_eq!((groups(&read), journal.next()), (vec![], 6));
        // As it is after a crash, with nothing written of the new epoch.
        journal.begin(6).expect("it can be made");
        let (journal, read) = open(folder.path());
        assert_eq!((groups(&read), journal.next()), (vec![(6, vec![])], 7));
    }

    #[test]
    fn what_was_torn_is_left_out_and_what_is_damaged_is_refused() {
        let first = HEAD + 5;
        for life in LIVES {
            for at in 0..first + HEAD + 6 {
                let (folder, path) = written(life, &["first", "second"]);
                let mut bytes = fs::read(&path).expect("it can be read");
                bytes[at] ^= 0x40;
                fs::write(&path, &bytes).expect("it can be written");
                let opened = Journal::open(folder.path(), LONG);
                if at < first {
                    // The second group knows that the first was durable.
                    let error = opened.err().expect("it is refused").to_string();
                    assert!(error.contains("is damaged at byte 0:"), "{error}");
                } else {
                    let (journal, read) = opened.expect("it opens");
                    assert_eq!(groups(&read), [(7, vec!["first".to_owned()])], "{at}");
                    // And stays so when others come after it.
                    write(&journal, &[(journal.next(), "third")]);
                    let (_, again) = open(folder.path());
                    assert_eq!(groups(&again)[..1], groups(&read));
                    assert_eq!(groups(&again)[1], (8, vec!["third".to_owned()]));
                }
            }
        }
    }

    /// What a disk may have of a group that was being written when the power failed: a part of it, and
    /// after that nothing, zeros, or what was there before.
    #[test]
    fn a_group_that_was_torn_at_any_byte_is_left_out() {
        for life in LIVES {
            let (_folder, path) = written(life, &["first", "second"]);
            let whole = fs::read(&path).expect("it can be read");
            let (_folder, path) = written(life, &["first"]);
            let earlier = fs::read(&path).expect("it can be read");
            let (begin, end) = (HEAD + 5, 2 * HEAD + 11);
            for torn in begin..end {
                let mut zeros = whole.clone();
                zeros[torn..end].fill(0);
                let mut rest = zeros.clone();
                if !life.appended {
                    rest[torn..].copy_from_slice(&earlier[torn..]);
                }
                // The other way round: the end came to the disk, and the beginning did not.
                let mut late = whole.clone();
                late[begin..=torn].fill(0);
                for bytes in [&whole[..torn], &zeros, &rest, &late] {
                    let folder = tempfile::tempdir().expect("a temporary folder");
                    fs::write(life.path(folder.path()), bytes).expect("it can be written");
                    let (_, read) = open(folder.path());
                    assert_eq!(groups(&read), [(7, vec!["first".to_owned()])], "{torn}");
                }
            }
        }
    }

    #[test]
    fn of_several_groups_on_their_way_any_may_be_missing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (journal, _) = open(folder.path());
        write(&journal, &[(1, "long before"), (1, "and more")]);
        for text in ["first", "second", "third"] {
            journal.push(2, Arc::new(text.as_bytes().to_vec()));
        }
        journal.sync().expect("they are durable");
        let path = Life::new(2).path(folder.path());
        let mut bytes = fs::read(&path).expect("it can be read");
        bytes[HEAD + 5 + 3] ^= 1;
        fs::write(&path, &bytes).expect("it can be written");
        let (_, read) = open(folder.path());
        assert_eq!(groups(&read)[1], (2, vec!["first".to_owned()]));
    }

    #[test]
    fn an_epoch_before_the_last_is_never_torn() {
        for life in LIVES {
            let (folder, path) = written(life, &["first", "second"]);
            let (journal, _) = open(folder.path());
            write(&journal, &[(8, "third")]);
            let begin = HEAD + 5;
            for (from, to) in [(begin, begin + 3), (begin + HEAD, begin + HEAD + 6)] {
                let whole = fs::read(&path).expect("it can be read");
                let mut bytes = whole.clone();
                bytes[from..to].fill(0);
                fs::write(&path, &bytes).expect("it can be written");
                let error = Journal::open(folder.path(), LONG).err();
                let error = error.expect("it is refused").to_string();
                assert!(error.contains("is damaged at byte 37:"), "{error}");
                fs::write(&path, &whole).expect("it can be written");
            }
        }
    }
}
