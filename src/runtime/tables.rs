//! Spaces of keys and values: the tables of fjall, and before them what changed lately.
//!
//! A group of changes is seen at once, and durable when the journal was synced. So that the journal
//! stays short, the changes of an epoch are brought into the tables together, by a thread of their
//! own, each key once; then its file goes. What is read is looked up in the epoch, in the one
//! before while that is being brought over, and in the tables.

use std::iter::Peekable;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use fjall::{Database, Keyspace, PersistMode, UserKey, UserValue};

use super::epoch::{self, Change, Epoch};
use super::journal::{Bytes, Journal, Read};

/// How many times as long as wanted an epoch may get while the one before is still on its way; then
/// that is waited for.
const MOST: usize = 3;

/// An epoch is brought over a little at a time, so that whoever waits for an answer has the processors:
/// so long, and then nothing for a while.
const WORKS: Duration = Duration::from_millis(1);
const RESTS: Duration = Duration::from_millis(3);

/// How many bytes of an epoch are synced at a time, about: the journal is synced to the same disk, and
/// waits for all that is on its way there.
const SLICE: usize = 2 << 20;

/// How often it is looked how large the tables are.
const MEASURED: Duration = Duration::from_secs(1);

/// What changed lately.
pub(super) struct Lately {
    epochs: Mutex<Epochs>,
    /// How long the groups of an epoch may be before the next begins.
    long: usize,
    /// The epoch before is in the tables.
    settled: Condvar,
    /// The epoch before is wanted in the tables soon.
    hurry: AtomicBool,
    /// How many bytes the tables had lately.
    tables: AtomicU64,
    pub journal: Journal,
}

struct Epochs {
    now: Epoch,
    before: Option<Before>,
    /// Why an epoch could not be brought into the tables.
    failed: Option<String>,
}

/// An epoch that is over.
struct Before {
    epoch: Arc<Epoch>,
    /// The files of the journal that have it.
    files: Vec<u64>,
    /// Somebody brings it into the tables.
    under_way: bool,
}

/// Keys and values of one kind.
#[derive(Clone)]
pub struct Space {
    index: u8,
    tables: Keyspace,
    lately: Arc<Lately>,
}

/// An epoch to bring into the tables, with those that are there.
struct Job {
    epoch: Arc<Epoch>,
    files: Vec<u64>,
    tables: Vec<(u8, Keyspace)>,
}

/// The thread that brings epochs into the tables. It ends when this is dropped.
pub(super) struct Mover {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    lately: Arc<Lately>,
}

impl Lately {
    /// With what a journal has; why that cannot be read.
    pub(super) fn new(journal: Journal, read: Vec<Read>, long: usize) -> Result<Arc<Self>, String> {
        let (mut epoch, mut files) = (Epoch::new(0), Vec::new());
        for it in read {
            files.push(it.number);
            for part in it.groups {
                if !epoch.add(it.file.clone(), part) {
                    return Err(format!("file {} of the journal is no use", it.number));
                }
            }
        }
        let before = Before {
            epoch: Arc::new(epoch),
            files,
            under_way: false,
        };
        Ok(Arc::new(Self {
            epochs: Mutex::new(Epochs {
                now: Epoch::new(journal.next()),
                before: Some(before).filter(|it| !it.files.is_empty()),
                failed: None,
            }),
            long,
            settled: Condvar::new(),
            hurry: AtomicBool::new(false),
            tables: AtomicU64::new(0),
            journal,
        }))
    }

    /// Changes what a journal has of a key, before anything of it is in the tables: there it is never
    /// as it was.
    pub(super) fn amend(&self, space: &Space, key: &[u8], value: &[u8]) {
        let mut epochs = self.lock();
        let before = epochs.before.as_mut().map(|it| Arc::get_mut(&mut it.epoch));
        if let Some(Some(epoch)) = before {
            let mut group = Vec::new();
            epoch::put(&mut group, space.index, key, value);
            let part = 0..group.len();
            epoch.add(Bytes::new(group), part);
        }
    }

    /// How many bytes it takes on disk, as it was seen lately.
    pub(super) fn bytes(&self) -> u64 {
        self.tables.load(Ordering::Relaxed) + self.journal.bytes()
    }

    fn lock(&self) -> MutexGuard<'_, Epochs> {
        self.epochs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets everybody see a group.
    pub(super) fn commit(
        &self,
        mut group: Vec<u8>,
        mover: &Mover,
        spaces: &[&Space],
    ) -> Result<(), String> {
        let mut epochs = self.lock();
        while epochs.now.bytes / MOST > self.long
            && epochs.before.is_some()
            && epochs.failed.is_none()
        {
            let waited = self.settled.wait(epochs);
            epochs = waited.unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(failed) = &epochs.failed {
            return Err(failed.clone());
        }
        if epochs.now.bytes > self.long && epochs.before.is_none() {
            let next = Epoch::new(epochs.now.number + 1);
            let before = std::mem::replace(&mut epochs.now, next);
            epochs.before = Some(Before {
                files: vec![before.number],
                epoch: Arc::new(before),
                under_way: false,
            });
        }
        if let Some(before) = &mut epochs.before
            && !before.under_way
        {
            before.under_way = true;
            mover.send(Job {
                epoch: before.epoch.clone(),
                files: before.files.clone(),
                tables: (spaces.iter())
                    .map(|it| (it.index, it.tables.clone()))
                    .collect(),
            });
        }
        if epochs.before.is_some() && epochs.now.bytes > self.long / 2 {
            self.hurry.store(true, Ordering::Relaxed);
        }
        // It stays in memory for a while.
        group.shrink_to_fit();
        let group = Bytes::new(group);
        let part = 0..group.len();
        if !epochs.now.add(group.clone(), part) {
            return Err("a group of changes is too long".to_owned());
        }
        // Within the lock: the journal has groups in their order.
        self.journal.push(epochs.now.number, group);
        Ok(())
    }

    fn settle(&self, result: Result<(), String>) {
        let mut epochs = self.lock();
        let over = match result {
            Ok(()) => epochs.before.take(),
            Err(failed) => {
                epochs.failed = Some(failed);
                None
            }
        };
        self.hurry.store(false, Ordering::Relaxed);
        drop(epochs);
        self.settled.notify_all();
        // It is large: nobody waits until its memory is given back.
        drop(over);
    }

    fn measure(&self, database: &Database) {
        let bytes = database.disk_space().unwrap_or_default();
        self.tables.store(bytes, Ordering::Relaxed);
    }
}

impl Mover {
    pub(super) fn start(database: Database, lately: Arc<Lately>) -> Self {
        let (jobs, taken) = channel::<Job>();
        lately.measure(&database);
        let inner = lately.clone();
        let thread = thread::spawn(move || {
            loop {
                match taken.recv_timeout(MEASURED) {
                    Ok(job) => {
                        let result = job.run(&database, &inner);
                        let failed = result.is_err();
                        inner.settle(result);
                        if failed {
                            return;
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                inner.measure(&database);
            }
        });
        Self {
            jobs: Some(jobs),
            thread: Some(thread),
            lately,
        }
    }

    fn send(&self, job: Job) {
        // Why it ended is told by then.
        let _ = self.jobs.as_ref().map(|jobs| jobs.send(job));
    }
}

impl Drop for Mover {
    fn drop(&mut self) {
        self.jobs = None;
        self.lately.hurry.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Job {
    /// It comes to the same however often it is done: the journal has it until all is durable.
    fn run(self, database: &Database, lately: &Lately) -> Result<(), String> {
        let journal = &lately.journal;
        // Nothing that might not be there after a crash may be in the tables.
        journal.sync().map_err(|error| error.to_string())?;
        let mut pace = Pace {
            since: Instant::now(),
            hurry: &lately.hurry,
        };
        (self.bring_over(&mut pace)).map_err(|error| error.to_string())?;
        let synced = database.persist(PersistMode::SyncAll);
        synced.map_err(|error| error.to_string())?;
        for file in &self.files {
            journal.remove(*file).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn bring_over(&self, pace: &mut Pace<'_>) -> fjall::Result<()> {
        for (space, tables) in &self.tables {
            let changes = self.epoch.changes(*space, |_| true);
            let mut rest = &changes[..];
            while !rest.is_empty() {
                let (slice, behind) = rest.split_at(pace.slice(rest));
                rest = behind;
                let mut ingestion = tables.start_ingestion()?;
                for &(key, value) in slice {
                    match value {
                        Some(value) => ingestion.write(key, value)?,
                        None => ingestion.write_tombstone(key)?,
                    }
                    pace.step();
                }
                ingestion.finish()?;
                pace.step();
            }
        }
        Ok(())
    }
}

/// Works for a moment, and then rests for a moment, unless there is hurry.
struct Pace<'h> {
    since: Instant,
    hurry: &'h AtomicBool,
}

impl Pace<'_> {
    fn hurries(&self) -> bool {
        self.hurry.load(Ordering::Relaxed)
    }

    fn step(&mut self) {
        if self.since.elapsed() >= WORKS && !self.hurries() {
            thread::sleep(RESTS);
            self.since = Instant::now();
        }
    }

    /// How many of these changes are brought over, and synced, next.
    fn slice(&self, changes: &[Change<'_>]) -> usize {
        if self.hurries() {
            return changes.len();
        }
        let mut bytes = 0;
        let longer = |change: &Change<'_>| {
            bytes += change.0.len() + change.1.map_or(0, <[u8]>::len);
            bytes >= SLICE
        };
        let last = changes.iter().position(longer);
        last.map_or(changes.len(), |last| last + 1)
    }
}

impl Space {
    pub(super) fn new(index: u8, tables: Keyspace, lately: &Arc<Lately>) -> Self {
        Self {
            index,
            tables,
            lately: lately.clone(),
        }
    }

    pub(super) const fn index(&self) -> u8 {
        self.index
    }

    pub(super) fn into_tables(self) -> Keyspace {
        self.tables
    }

    pub(super) fn get(&self, key: impl AsRef<[u8]>) -> fjall::Result<Option<UserValue>> {
        let key = key.as_ref();
        let epochs = self.lately.lock();
        let found = epochs.now.get(self.index, key);
        let before = || epochs.before.as_ref()?.epoch.get(self.index, key);
        if let Some((_, value)) = found.or_else(before) {
            return Ok(value.map(UserValue::from));
        }
        drop(epochs);
        self.tables.get(key)
    }

    /// All keys and values, in the order of the keys.
    pub(super) fn iter(&self) -> Entries {
        self.entries(Keyspace::iter, |_| true)
    }

    /// Those whose key begins so.
    pub(super) fn prefix(&self, prefix: &[u8]) -> Entries {
        self.entries(|it| it.prefix(prefix), |key| key.starts_with(prefix))
    }

    /// Those whose key comes after this one.
    pub(super) fn after(&self, key: &[u8]) -> Entries {
        let from = (Bound::Excluded(key), Bound::Unbounded);
        self.entries(|it| it.range::<&[u8], _>(from), |it| it > key)
    }

    /// How many there are: all are looked at.
    pub(super) fn len(&self) -> fjall::Result<usize> {
        self.iter()
            .try_fold(0, |count, entry| entry.into_inner().map(|_| count + 1))
    }

    fn entries(
        &self,
        tables: impl FnOnce(&Keyspace) -> fjall::Iter,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> Entries {
        let epochs = self.lately.lock();
        // Within the lock: what is brought over meanwhile would be neither here nor there.
        let tables = tables(&self.tables);
        let now = epochs.now.changes(self.index, &wanted);
        let before = (epochs.before.as_ref()).map(|it| it.epoch.changes(self.index, &wanted));
        let owned =
            |(key, value): (&[u8], Option<&[u8]>)| (UserKey::from(key), value.map(UserValue::from));
        let mut changes: Vec<_> = now.into_iter().map(owned).collect();
        if let Some(before) = before.filter(|it| !it.is_empty()) {
            changes.extend(before.into_iter().map(owned));
            // Of the same key the later change stands first.
            changes.sort_by(|a, b| a.0.cmp(&b.0));
            changes.dedup_by(|a, b| a.0 == b.0);
        }
        Entries {
            changes: changes.into_iter().peekable(),
            tables,
            next: None,
        }
    }
}

/// Keys and values in the order of the keys: those of the tables, as they were changed lately.
pub(super) struct Entries {
    changes: Peekable<std::vec::IntoIter<(UserKey, Option<UserValue>)>>,
    tables: fjall::Iter,
    /// The next of the tables, where it is known.
    next: Option<(UserKey, UserValue)>,
}

/// A key and its value, or why it cannot be read.
pub(super) struct Entry(fjall::Result<(UserKey, UserValue)>);

impl Entry {
    pub(super) fn into_inner(self) -> fjall::Result<(UserKey, UserValue)> {
        self.0
    }

    pub(super) fn value(self) -> fjall::Result<UserValue> {
        Ok(self.0?.1)
    }
}

impl Iterator for Entries {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            if self.next.is_none() {
                match self.tables.next().map(fjall::Guard::into_inner) {
                    Some(Ok(entry)) => self.next = Some(entry),
                    Some(Err(error)) => return Some(Entry(Err(error))),
                    None => {}
                }
            }
            let known = |entry| Entry(Ok(entry));
            let Some(change) = self.changes.peek() else {
                return self.next.take().map(known);
            };
            match &self.next {
                Some(entry) if entry.0 < change.0 => return self.next.take().map(known),
                Some(entry) if entry.0 == change.0 => self.next = None,
                _ => {}
            }
            if let Some((key, Some(value))) = self.changes.next() {
                return Some(known((key, value)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use fjall::KeyspaceCreateOptions;

    use super::super::epoch::{put, removed};
    use super::*;

    struct Opened {
        mover: Mover,
        lately: Arc<Lately>,
        spaces: Vec<Space>,
    }

    fn open(folder: &Path, long: usize) -> Opened {
        let database = Database::builder(folder).open().expect("it opens");
        let (journal, read) = Journal::open(&folder.join("journal"), long).expect("it opens");
        let lately = Lately::new(journal, read, long).expect("it can be read");
        let space = |index: u8| {
            let options = KeyspaceCreateOptions::default;
            let tables = database.keyspace(&index.to_string(), options);
            Space::new(index, tables.expect("it opens"), &lately)
        };
        let spaces = (0..3).map(space).collect();
        let mover = Mover::start(database, lately.clone());
        Opened {
            mover,
            lately,
            spaces,
        }
    }

    /// A large epoch goes over in slices, so that the disk is free in between; with hurry at once.
    #[test]
    fn an_epoch_goes_over_in_slices_unless_there_is_hurry() {
        let value = vec![7; SLICE / 4];
        let changes: Vec<Change<'_>> = vec![(b"key", Some(&value[..])); 10];
        for (hurries, expected) in [(false, &[4, 4, 2][..]), (true, &[10])] {
            let hurry = AtomicBool::new(hurries);
            let pace = Pace {
                since: Instant::now(),
                hurry: &hurry,
            };
            let (mut slices, mut rest) = (Vec::new(), &changes[..]);
            while !rest.is_empty() {
                slices.push(pace.slice(rest));
                rest = &rest[pace.slice(rest)..];
            }
            assert_eq!(slices, expected);
        }
    }

    type Entries = Vec<(Vec<u8>, Vec<u8>)>;

    fn entries(found: super::Entries) -> Entries {
        let entry = |it: Entry| {
            let (key, value) = it.into_inner().expect("it can be read");
            (key.to_vec(), value.to_vec())
        };
        found.map(entry).collect()
    }

    /// What is kept is held against maps, while it goes from the journal into tables all the time,
    /// and is left and opened again at any moment.
    #[test]
    fn whatever_is_where_it_reads_the_same() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut known: Vec<BTreeMap<Vec<u8>, Vec<u8>>> = vec![BTreeMap::new(); 3];
        let mut seed = 7_u64;
        let mut random = |below: u64| {
            seed = seed
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(0x1405_7b7e_f767_814f);
            (seed >> 33) % below
        };
        let mut store = open(folder.path(), 4000);
        for round in 0..400_u32 {
            let mut group = Vec::new();
            for _ in 0..=random(30) {
                let space = random(3) as u8;
                let key = (random(300) as u16).to_be_bytes().to_vec();
                if random(4) == 0 {
                    removed(&mut group, space, &key);
                    known[usize::from(space)].remove(&key);
                } else {
                    let value = vec![random(256) as u8; random(40) as usize];
                    put(&mut group, space, &key, &value);
                    known[usize::from(space)].insert(key, value);
                }
            }
            let spaces: Vec<&Space> = store.spaces.iter().collect();
            (store.lately.commit(group, &store.mover, &spaces)).expect("it is taken");
            let (at, from) = (random(3) as usize, (random(300) as u16).to_be_bytes());
            let (space, known) = (&store.spaces[at], &known[at]);
            let found = space.get(from).expect("it can be read");
            assert_eq!(found.map(|it| it.to_vec()), known.get(&from[..]).cloned());
            if round % 8 == 0 {
                let all: Entries = known.clone().into_iter().collect();
                assert_eq!(entries(space.iter()), all);
                assert_eq!(space.len().expect("it can be read"), all.len());
                let (with, after) = all.iter().cloned().fold((vec![], vec![]), |mut both, it| {
                    if it.0.starts_with(&from[..1]) {
                        both.0.push(it.clone());
                    }
                    if it.0[..] > from[..] {
                        both.1.push(it);
                    }
                    both
                });
                assert_eq!(entries(space.prefix(&from[..1])), with);
                assert_eq!(entries(space.after(&from)), after);
            }
            if random(20) == 0 {
                store.lately.journal.sync().expect("it is durable");
                drop(store);
                store = open(folder.path(), 4000);
            }
        }
        let tables = entries(store.spaces[0].entries(Keyspace::iter, |_| false));
        assert!(!tables.is_empty(), "much is in the tables by now");
    }
}
