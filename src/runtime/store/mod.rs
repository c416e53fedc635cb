//! What is durable: records of travelers, who leads to them, when they are due, the outbox, dead
//! letters and the ids of events. Groups of changes go in, each as a whole or not at all.
//!
//! A group is one entry of the journal ([`super::journal`]) with a checksum, and an entry that was
//! torn is cut off when it is opened again; what is older is in tables of fjall
//! ([`super::tables`]). Nothing here knows what is kept.

mod error;
mod form;
mod group;

use std::path::Path;
use std::sync::Arc;

use fjall::compaction::Leveled;
use fjall::config::{BlockSizePolicy, CompressionPolicy};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use jiff::Timestamp;

use super::census::Census;
use super::journal::Journal;
use super::mend;
use super::tables::{Lately, Mover, Space};
use crate::engine::{Lead, RECORD_VERSION};

pub use error::StoreError;
pub use form::{Kept, LAYOUT, Meta};
pub use group::Group;

use error::{broken, incomplete, is_damage};
use form::{NOTE, kept, lead_key, read_lead, read_meta, read_time};

/// How long the journal may grow before what is in it goes into tables.
pub const JOURNAL: usize = 32 << 20;

/// Where the tables say that there is something in the journal.
const BEGUN: &str = "begun";

/// The spaces of ids take turns.
const FIRST_OF_IDS: u8 = 8;
const SPACES_OF_IDS: u64 = 100;

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
    /// The tables say that there is something in the journal, as they were opened.
    begun: bool,
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
        // It is the first that is made.
        if database.keyspace_count() > 0 && !database.keyspace_exists("meta") {
            return broken(incomplete("there is no `meta`"));
        }
        let said = database.keyspace("meta", options)?;
        claim(&database, &said)?;
        let journal = Journal::open(&folder.join("journal"), long);
        let (journal, read) = journal.or_else(|error| broken(error.to_string()))?;
        let begun = said.contains_key(BEGUN)?;
        if begun && journal.is_bare() {
            return broken(incomplete("there is nothing in `journal`"));
        }
        let lately = Lately::new(journal, read, long).or_else(broken)?;
        let meta = Space::new(6, said, &lately);
        let known = match meta.get("meta")? {
            Some(bytes) => read_meta(&bytes)?,
            None => None,
        };
        let open = |index: u8, name: &str| -> Result<Space, StoreError> {
            // What nobody told of yet has no tables; else one that is not there was lost.
            if known.is_some() && !database.keyspace_exists(name) {
                return broken(incomplete(&format!("there is no `{name}`")));
            }
            Ok(Space::new(
                index,
                database.keyspace(name, options)?,
                &lately,
            ))
        };
        if let Some(known) = &known {
            // What an earlier release has in its journal says that it is of its own layout.
            lately.amend(&meta, b"meta", &known.to_bytes());
        }
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
            begun,
            mover: Mover::start(database.clone(), lately.clone()),
            lately,
            database,
        };
        Ok((store, known))
    }

    /// Begins a group.
    pub fn group(&self) -> Group {
        Group::default()
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
            .commit(group.bytes, &self.mover, &spaces)
            .or_else(broken)
    }

    /// What makes groups durable, for another thread.
    pub fn syncer(&self) -> Syncer {
        Syncer(self.lately.clone())
    }

    /// Makes what a store begins with durable, and that it has begun: from now on its journal is
    /// never without a file.
    pub fn begin(&self) -> Result<(), StoreError> {
        self.sync()?;
        if !self.begun {
            let said = self.database.keyspace("meta", options)?;
            said.insert(BEGUN, "")?;
            self.database.persist(PersistMode::SyncAll)?;
        }
        Ok(())
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

fn ids(generation: u64) -> String {
    format!("ids-{generation}")
}

/// The space of a generation of ids. Those that can matter at a time are in different ones.
fn of_ids(generation: u64) -> u8 {
    FIRST_OF_IDS + (generation % SPACES_OF_IDS) as u8
}

/// Says in the tables of a new folder which version it is of, and in those of an earlier one that it is
/// of this one from now on, before anything is in its journal; one of a version that is not known is
/// refused, before its journal is read.
fn claim(database: &Database, meta: &Keyspace) -> Result<(), StoreError> {
    let said = meta.get("meta")?;
    let known = said.as_deref().map(read_meta).transpose()?.flatten();
    let bytes = match known {
        Some(known) => known.to_bytes(),
        None => serde_json::json!({ "layout": LAYOUT, "records": RECORD_VERSION })
            .to_string()
            .into_bytes(),
    };
    if said.is_some_and(|it| it[..] == bytes[..]) {
        return Ok(());
    }
    meta.insert("meta", bytes)?;
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
