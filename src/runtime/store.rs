//! What is durable: records of travelers, who leads to them, when they are due, the outbox, dead
//! letters and the ids of events. Groups of changes go in, each as a whole or not at all.
//!
//! A group is one entry of the journal ([`super::journal`]) with a checksum, and an entry that was
//! torn is cut off when it is opened again; what is older is in tables of fjall
//! ([`super::tables`]). Nothing here knows what is kept.

use std::path::Path;
use std::sync::Arc;

use fjall::compaction::Leveled;
use fjall::config::{BlockSizePolicy, CompressionPolicy};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::census::Census;
use super::journal::Journal;
use super::tables::{Lately, Mover, Space};
use super::{epoch, mend};
use crate::engine::{Lead, RECORD_VERSION};

/// The version of the layout; another one is refused.
pub const LAYOUT: u32 = 2;

/// How long the journal may grow before what is in it goes into tables.
pub const JOURNAL: usize = 32 << 20;

/// The spaces of ids take turns.
const FIRST_OF_IDS: u8 = 8;
const SPACES_OF_IDS: u64 = 100;

/// Why something could not be kept or read.
#[derive(Debug)]
pub struct StoreError {
    pub message: String,
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {}

impl From<fjall::Error> for StoreError {
    fn from(error: fjall::Error) -> Self {
        use fjall::Error;
        let message = match error {
            Error::Locked => "it is in use by another process".to_owned(),
            Error::Io(error) => error.to_string(),
            Error::InvalidVersion(_) => {
                "it was written by another version of the store, which this cjoc cannot read"
                    .to_owned()
            }
            Error::JournalRecovery(error) => {
                format!(
                    "its journal is damaged before its end, so what came later cannot be trusted: restore a copy ({error:?})"
                )
            }
            Error::Poisoned => "an earlier write failed".to_owned(),
            error if is_damage(&error) => {
                format!("what lies on the disk is not what was written: restore a copy ({error})")
            }
            error => error.to_string(),
        };
        Self { message }
    }
}

fn broken<T>(message: impl Into<String>) -> Result<T, StoreError> {
    Err(StoreError {
        message: message.into(),
    })
}

/// What is read first of what a folder says of itself: whether this program knows the rest.
#[derive(Deserialize)]
struct Versions {
    layout: u32,
    records: u8,
}

/// What is true of all of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    pub layout: u32,
    /// The version of the form of travelers' records.
    pub records: u8,
    /// The plan that it was written under: its hash, and the fingerprint that records carry.
    pub plan: String,
    pub fingerprint: u64,
    /// What the engine's clock showed last; it never turns back.
    pub clock: Timestamp,
    /// How many numbers of travelers are given away.
    pub numbers: u32,
    /// How many inputs there were that count for who was active last.
    pub sequence: u64,
    /// How many actions were put into the outbox.
    pub posted: u64,
    /// How many inputs were handled: the order of timelines.
    pub noted: u64,
    /// Of the travelers that an earlier plan left, from which number on they are still to be looked
    /// at; none: all are on the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unswept: Option<u32>,
    /// Which generation of ids is written, and since when.
    pub generation: u64,
    pub generation_since: Timestamp,
}

/// A traveler as it is kept.
pub enum Kept {
    Record {
        /// How many of its inputs were ever noted in its timeline.
        noted: u32,
        record: Vec<u8>,
    },
    /// It was joined to another.
    Gone(u32),
    /// What there is cannot be read; why.
    Damaged(String),
}

/// Records of travelers, by number.
const RECORD: u8 = 0;
const GONE: u8 = 1;

/// Keys of timelines: a traveler and a slot, or a traveler, this and who was joined to it.
const NOTE: usize = 8;
const JOINED: [u8; 4] = [0xff; 4];

/// All that is durable.
pub struct Store {
    // In this order they end: the tables are left when nobody moves anything into them any more.
    mover: Mover,
    lately: Arc<Lately>,
    travelers: Space,
    leads: Space,
    due: Space,
    outbox: Space,
    dead: Space,
    timeline: Space,
    meta: Space,
    /// Plans as they were deployed, in their order.
    plans: Space,
    /// Ids of events: this generation's, and the one before.
    ids: Space,
    older_ids: Option<Space>,
    database: Database,
}

impl Store {
    /// Opens a folder, which is made if there is none; what is known of it, unless it is new.
    pub fn open(folder: &Path, cache: u64) -> Result<(Self, Option<Meta>), StoreError> {
        Self::open_with(folder, cache, JOURNAL)
    }

    /// The same with a journal that may be as long as this, about.
    pub fn open_with(
        folder: &Path,
        cache: u64,
        long: usize,
    ) -> Result<(Self, Option<Meta>), StoreError> {
        let database = mend::open(folder, || {
            Database::builder(folder)
                .cache_size(cache)
                .manual_journal_persist(true)
                .worker_threads(1)
                .max_cached_files(Some(OPEN_TABLES))
                .open()
        })?;
        let said = database.keyspace("meta", options)?;
        claim(&database, &said)?;
        let journal = Journal::open(&folder.join("journal"));
        let (journal, read) = journal.or_else(|error| broken(error.to_string()))?;
        let lately = Lately::new(journal, read, long).or_else(broken)?;
        let open = |index: u8, name: &str| -> Result<Space, StoreError> {
            Ok(Space::new(
                index,
                database.keyspace(name, options)?,
                &lately,
            ))
        };
        let meta = Space::new(6, said, &lately);
        let known = match meta.get("meta")? {
            Some(bytes) => read_meta(&bytes)?,
            None => None,
        };
        let generation = known.as_ref().map_or(0, |it| it.generation);
        let (current, older) = (ids(generation), generation.checked_sub(1));
        let older = older.map(|it| (of_ids(it), ids(it)));
        for name in database.list_keyspace_names() {
            let name: &str = &name;
            let is_older = older.as_ref().is_some_and(|it| it.1 == name);
            if name.starts_with("ids-") && name != current && !is_older {
                database.delete_keyspace(database.keyspace(name, options)?)?;
            }
        }
        let older_ids = older.map(|(index, name)| open(index, &name)).transpose()?;
        let store = Self {
            travelers: open(0, "travelers")?,
            leads: open(1, "leads")?,
            due: open(2, "due")?,
            outbox: open(3, "outbox")?,
            dead: open(4, "dead")?,
            timeline: open(5, "timeline")?,
            plans: open(7, "plans")?,
            ids: open(of_ids(generation), &current)?,
            older_ids,
            meta,
            mover: Mover::start(database.clone(), lately.clone()),
            lately,
            database,
        };
        Ok((store, known))
    }

    /// Begins a group.
    pub fn group(&self) -> Group {
        Group {
            batch: Batch::default(),
        }
    }

    /// Lets the others see a group; it is durable when [`Store::sync`] is over.
    pub fn commit(&self, group: Group) -> Result<(), StoreError> {
        if group.is_empty() {
            return Ok(());
        }
        let mut spaces = vec![
            &self.travelers,
            &self.leads,
            &self.due,
            &self.outbox,
            &self.dead,
            &self.timeline,
            &self.meta,
            &self.plans,
            &self.ids,
        ];
        spaces.extend(&self.older_ids);
        (self.lately)
            .commit(group.batch.0, &self.mover, &spaces)
            .or_else(broken)
    }

    /// What makes groups durable, for another thread.
    pub fn syncer(&self) -> Syncer {
        Syncer(self.lately.clone())
    }

    /// Makes all groups durable that were committed before.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.syncer().sync()
    }

    pub fn traveler(&self, number: u32) -> Result<Option<Kept>, StoreError> {
        match self.travelers.get(number.to_be_bytes()) {
            Ok(None) => Ok(None),
            Ok(Some(bytes)) => Ok(Some(kept(&bytes))),
            Err(error) if is_damage(&error) => Ok(Some(Kept::Damaged(error.to_string()))),
            Err(error) => Err(error.into()),
        }
    }

    /// What there is of a traveler, whatever it is; none where it cannot be had.
    pub fn bytes_of(&self, number: u32) -> Option<Vec<u8>> {
        let found = self.travelers.get(number.to_be_bytes()).ok()?;
        found.map(|bytes| bytes.to_vec())
    }

    /// Whether a value leads to a traveler.
    pub fn leads(&self, lead: &Lead) -> Result<bool, StoreError> {
        Ok(self.leads.get(lead_key(lead))?.is_some())
    }

    /// When a traveler's next timer is due.
    pub fn due(&self, number: u32) -> Result<Option<Timestamp>, StoreError> {
        let found = self.due.get(number.to_be_bytes())?;
        Ok(found.and_then(|bytes| read_time(&bytes)))
    }

    /// When an event was handled, in its own time.
    pub fn id(&self, id: &[u8; 16]) -> Result<Option<Timestamp>, StoreError> {
        for ids in std::iter::once(&self.ids).chain(&self.older_ids) {
            if let Some(bytes) = ids.get(id)? {
                return Ok(read_time(&bytes));
            }
        }
        Ok(None)
    }

    pub fn posted(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.outbox.get(number.to_be_bytes())?;
        Ok(found.map(|bytes| bytes.to_vec()))
    }

    pub fn dead(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.dead.get(key)?.map(|bytes| bytes.to_vec()))
    }

    /// Dead letters in the order of their keys, after one of them.
    pub fn dead_after(&self, after: &str, most: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut found = Vec::new();
        for entry in self.dead.after(after.as_bytes()).take(most) {
            found.push(entry.value()?.to_vec());
        }
        Ok(found)
    }

    pub fn each_lead(&self, mut tell: impl FnMut(Lead) -> bool) -> Result<(), StoreError> {
        for entry in self.leads.iter() {
            let (key, value) = entry.into_inner()?;
            if !read_lead(&key, &value).is_some_and(&mut tell) {
                return broken("what leads to travelers is damaged");
            }
        }
        Ok(())
    }

    /// Records of travelers that can be read, by number; so many numbers are given away.
    pub fn each_record(
        &self,
        numbers: u32,
        mut tell: impl FnMut(u32, &[u8]),
    ) -> Result<(), StoreError> {
        let mut next = 0;
        for entry in self.travelers.iter() {
            let (key, value) = match entry.into_inner() {
                Ok(entry) => entry,
                Err(error) if is_damage(&error) => break,
                Err(error) => return Err(error.into()),
            };
            let Ok(number) = key[..].try_into() else {
                continue;
            };
            let number = u32::from_be_bytes(number);
            next = number.saturating_add(1);
            if let Kept::Record { record, .. } = kept(&value) {
                tell(number, &record);
            }
        }
        // After a place that cannot be read: one by one, those that can.
        for number in next..numbers {
            if let Some(Kept::Record { record, .. }) = self.traveler(number)? {
                tell(number, &record);
            }
        }
        Ok(())
    }

    /// Plans as they were deployed, in their order.
    pub fn plans(&self) -> Result<Vec<(u32, Vec<u8>)>, StoreError> {
        let mut all = Vec::new();
        for entry in self.plans.iter() {
            let (key, value) = entry.into_inner()?;
            match key[..].try_into() {
                Ok(number) => all.push((u32::from_be_bytes(number), value.to_vec())),
                Err(_) => return broken("what was deployed is damaged"),
            }
        }
        Ok(all)
    }

    pub fn each_due(&self, mut tell: impl FnMut(u32, Timestamp)) -> Result<(), StoreError> {
        for entry in self.due.iter() {
            let (key, value) = entry.into_inner()?;
            match (key[..].try_into(), read_time(&value)) {
                (Ok(number), Some(due)) => tell(u32::from_be_bytes(number), due),
                _ => return broken("what is due is damaged"),
            }
        }
        Ok(())
    }

    pub fn each_posted(&self, mut tell: impl FnMut(u64, &[u8])) -> Result<(), StoreError> {
        for entry in self.outbox.iter() {
            let (key, value) = entry.into_inner()?;
            match key[..].try_into() {
                Ok(number) => tell(u64::from_be_bytes(number), &value),
                Err(_) => return broken("the outbox is damaged"),
            }
        }
        Ok(())
    }

    /// How many dead letters there are.
    pub fn count_dead(&self) -> Result<u64, StoreError> {
        Ok(self.dead.len()? as u64)
    }

    /// What was noted of a traveler, in no order, and who was joined to it, as far as it can be read:
    /// it is for people alone.
    pub fn each_timeline(
        &self,
        number: u32,
        mut tell: impl FnMut(&[u8]),
    ) -> Result<Vec<u32>, StoreError> {
        let mut joined = Vec::new();
        for entry in self.timeline.prefix(&number.to_be_bytes()) {
            let (key, row) = match entry.into_inner() {
                Ok(entry) => entry,
                Err(error) if is_damage(&error) => break,
                Err(error) => return Err(error.into()),
            };
            if key.len() == NOTE {
                tell(&row);
            } else {
                joined.extend(key.last_chunk().map(|gone| u32::from_be_bytes(*gone)));
            }
        }
        Ok(joined)
    }

    /// How many sessions there are where.
    pub fn census(&self) -> Result<Census, StoreError> {
        match self.meta.get("census")? {
            None => Ok(Census::default()),
            Some(bytes) => serde_json::from_slice(&bytes)
                .or_else(|error| broken(format!("the census is damaged: {error}"))),
        }
    }

    /// How many bytes it takes on disk, as it was seen lately.
    pub fn bytes(&self) -> u64 {
        self.lately.bytes()
    }

    /// Begins a generation of ids; what is to be done when that is durable.
    pub fn next_generation(&mut self, generation: u64) -> Result<Option<Space>, StoreError> {
        let tables = self.database.keyspace(&ids(generation), options)?;
        let next = Space::new(of_ids(generation), tables, &self.lately);
        let before = std::mem::replace(&mut self.ids, next);
        Ok(self.older_ids.replace(before))
    }

    /// Drops a generation.
    pub fn drop_generation(&self, ids: Space) -> Result<(), StoreError> {
        Ok(self.database.delete_keyspace(ids.into_tables())?)
    }
}

/// Makes durable what was committed.
#[derive(Clone)]
pub struct Syncer(Arc<Lately>);

impl Syncer {
    pub fn sync(&self) -> Result<(), StoreError> {
        (self.0.journal.sync()).or_else(|error| broken(error.to_string()))
    }
}

/// Changes that become durable together. What is changed twice in it is in it once: the caller
/// sees to that.
pub struct Group {
    batch: Batch,
}

/// Changes, as the journal has them.
#[derive(Default)]
struct Batch(Vec<u8>);

impl Batch {
    fn insert(&mut self, space: &Space, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        epoch::put(&mut self.0, space.index(), key.as_ref(), value.as_ref());
    }

    fn remove(&mut self, space: &Space, key: impl AsRef<[u8]>) {
        epoch::removed(&mut self.0, space.index(), key.as_ref());
    }
}

impl Group {
    pub fn is_empty(&self) -> bool {
        self.batch.0.is_empty()
    }

    pub fn traveler(&mut self, store: &Store, number: u32, kept: &Kept) {
        let value = match kept {
            Kept::Record { noted, record } => {
                let mut value = Vec::with_capacity(record.len() + 5);
                value.push(RECORD);
                value.extend_from_slice(&noted.to_be_bytes());
                value.extend_from_slice(record);
                value
            }
            Kept::Gone(into) => {
                let mut value = vec![GONE];
                value.extend_from_slice(&into.to_be_bytes());
                value
            }
            // What is there stays.
            Kept::Damaged(_) => return,
        };
        (self.batch).insert(&store.travelers, number.to_be_bytes(), value);
    }

    pub fn lead(&mut self, store: &Store, lead: &Lead, leads: bool) {
        let key = lead_key(lead);
        if leads {
            (self.batch).insert(&store.leads, key, lead.value.as_bytes());
        } else {
            self.batch.remove(&store.leads, key);
        }
    }

    pub fn due(&mut self, store: &Store, number: u32, due: Option<Timestamp>) {
        let key = number.to_be_bytes();
        match due {
            Some(due) => self.batch.insert(&store.due, key, time(due)),
            None => self.batch.remove(&store.due, key),
        }
    }

    pub fn id(&mut self, store: &Store, id: [u8; 16], at: Timestamp) {
        self.batch.insert(&store.ids, id, time(at));
    }

    pub fn posted(&mut self, store: &Store, number: u64, action: Option<&[u8]>) {
        let key = number.to_be_bytes();
        match action {
            Some(action) => self.batch.insert(&store.outbox, key, action),
            None => self.batch.remove(&store.outbox, key),
        }
    }

    pub fn dead(&mut self, store: &Store, key: &str, action: Option<&[u8]>) {
        match action {
            Some(action) => self.batch.insert(&store.dead, key, action),
            None => self.batch.remove(&store.dead, key),
        }
    }

    /// Notes what an input did to a traveler, in one of its slots.
    pub fn timeline(&mut self, store: &Store, number: u32, slot: u32, row: &[u8]) {
        let key = [number.to_be_bytes(), slot.to_be_bytes()].concat();
        self.batch.insert(&store.timeline, key, row);
    }

    /// Keeps what there was of a traveler who begins anew.
    pub fn damaged(&mut self, store: &Store, number: u32, bytes: &[u8]) {
        let key = format!("damaged-{number}");
        self.batch.insert(&store.meta, key, bytes);
    }

    /// Notes that a traveler was joined to another.
    pub fn joined(&mut self, store: &Store, number: u32, gone: u32) {
        let key = [number.to_be_bytes(), JOINED, gone.to_be_bytes()].concat();
        self.batch.insert(&store.timeline, key, []);
    }

    pub fn census(&mut self, store: &Store, census: &Census) {
        let bytes = serde_json::to_vec(census).unwrap_or_default();
        self.batch.insert(&store.meta, "census", bytes);
    }

    pub fn plan(&mut self, store: &Store, number: u32, plan: Option<&[u8]>) {
        let key = number.to_be_bytes();
        match plan {
            Some(plan) => self.batch.insert(&store.plans, key, plan),
            None => self.batch.remove(&store.plans, key),
        }
    }

    pub fn meta(&mut self, store: &Store, meta: &Meta) {
        let bytes = serde_json::to_vec(meta).unwrap_or_default();
        self.batch.insert(&store.meta, "meta", bytes);
    }
}

/// What a folder says of itself, unless it is of another version; of a new one there is nothing else.
fn read_meta(bytes: &[u8]) -> Result<Option<Meta>, StoreError> {
    let useless = |error| StoreError {
        message: format!("what it says of itself is no use: {error}"),
    };
    let said: Value = serde_json::from_slice(bytes).map_err(useless)?;
    let versions = Versions::deserialize(&said).map_err(useless)?;
    let known = [
        ("layout", versions.layout, LAYOUT),
        (
            "records",
            u32::from(versions.records),
            u32::from(RECORD_VERSION),
        ),
    ];
    for (what, found, known) in known {
        if found > known {
            return broken(format!(
                "a later version of cjoc wrote it ({what} of version {found}, and this one knows \
                 {known}): run that version, or a later one"
            ));
        }
        if found < known {
            return broken(format!(
                "version {found} of its {what} is not known any more"
            ));
        }
    }
    if said.get("plan").is_none() {
        return Ok(None);
    }
    Meta::deserialize(said).map(Some).map_err(useless)
}

/// A traveler as it is kept.
fn kept(bytes: &[u8]) -> Kept {
    let read = || {
        let (tag, rest) = bytes.split_first()?;
        match *tag {
            RECORD => {
                let (noted, record) = rest.split_first_chunk::<4>()?;
                Some(Kept::Record {
                    noted: u32::from_be_bytes(*noted),
                    record: record.to_vec(),
                })
            }
            GONE => Some(Kept::Gone(u32::from_be_bytes(rest.try_into().ok()?))),
            _ => None,
        }
    };
    read().unwrap_or_else(|| Kept::Damaged("this is no record of a traveler".to_owned()))
}

/// Whether the store has other bytes than were written, rather than none, or no way to them.
fn is_damage(error: &fjall::Error) -> bool {
    use fjall::{Error, LsmError};
    match error {
        Error::Storage(error) => !matches!(error, LsmError::Io(_) | LsmError::Unrecoverable),
        Error::Decompress(_) => true,
        _ => false,
    }
}

/// The key of a lead: the value itself may be longer than a key can be.
fn lead_key(lead: &Lead) -> Vec<u8> {
    let hash = blake3::hash(lead.value.as_bytes());
    let mut key = Vec::with_capacity(26);
    key.extend_from_slice(&lead.ty.to_be_bytes());
    key.extend_from_slice(&lead.identity.to_be_bytes());
    key.extend_from_slice(&lead.number.to_be_bytes());
    key.extend_from_slice(&hash.as_bytes()[..16]);
    key
}

fn ids(generation: u64) -> String {
    format!("ids-{generation}")
}

/// The space of a generation of ids. Those that can matter at a time are in different ones.
fn of_ids(generation: u64) -> u8 {
    FIRST_OF_IDS + (generation % SPACES_OF_IDS) as u8
}

/// Says in the tables of a new folder which version it is of, before anything is in its journal; one of
/// another version is refused, before its journal is read.
fn claim(database: &Database, meta: &Keyspace) -> Result<(), StoreError> {
    if let Some(bytes) = meta.get("meta")? {
        return read_meta(&bytes).map(drop);
    }
    let document = serde_json::json!({ "layout": LAYOUT, "records": RECORD_VERSION });
    meta.insert("meta", document.to_string())?;
    Ok(database.persist(PersistMode::SyncAll)?)
}

/// How long a table may be. What is left of one when tables were merged is synced while nobody may
/// read: of the longest that is felt at the door.
const TABLE: u64 = 4 << 20;

/// How many tables are open at a time: the door leaves 256 files for all that is not a connection.
const OPEN_TABLES: usize = 160;

/// Small blocks: what is read is nearly always one record. How long tables may be is said when there is
/// none yet, and stays as it was said.
fn options() -> KeyspaceCreateOptions {
    let strategy = Leveled::default().with_table_target_size(TABLE);
    KeyspaceCreateOptions::default()
        .compaction_strategy(Arc::new(strategy))
        .manual_journal_persist(true)
        .data_block_size_policy(BlockSizePolicy::all(4 << 10))
        .data_block_compression_policy(CompressionPolicy::all(fjall::CompressionType::Lz4))
}

fn time(time: Timestamp) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&time.as_second().to_be_bytes());
    bytes[8..].copy_from_slice(&time.subsec_nanosecond().to_be_bytes());
    bytes
}

fn read_time(bytes: &[u8]) -> Option<Timestamp> {
    let (second, nanos) = bytes.split_first_chunk::<8>()?;
    let nanos = nanos.try_into().ok()?;
    Timestamp::new(i64::from_be_bytes(*second), i32::from_be_bytes(nanos)).ok()
}

fn read_lead(key: &[u8], value: &[u8]) -> Option<Lead> {
    let (ty, rest) = key.split_first_chunk::<4>()?;
    let (identity, rest) = rest.split_first_chunk::<2>()?;
    let (number, _) = rest.split_first_chunk::<4>()?;
    Some(Lead {
        ty: u32::from_be_bytes(*ty),
        identity: u16::from_be_bytes(*identity),
        number: u32::from_be_bytes(*number),
        value: std::str::from_utf8(value).ok()?.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_the_epoch_and_between_seconds_are_read_back() {
        for text in [
            "1969-12-31T23:59:59.25Z",
            "1970-01-01T00:00:00Z",
            "2026-03-02T18:00:00.000000001Z",
        ] {
            let at: Timestamp = text.parse().expect("it is a time");
            assert_eq!(read_time(&time(at)), Some(at), "{text}");
        }
        assert_eq!(read_time(&[0; 11]), None);
    }
}
