//! What keeps it: stores under the runtime's own load, a thousand events a group, each durable.
//!
//! An event reads the id that it has and the record of its traveler, and writes both; one in twenty
//! puts an action into the outbox, and takes the one before out.

use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use cjoc::runtime::store::{Kept, Store};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use jiff::Timestamp;
use redb::TableDefinition;

use crate::generate::Random;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How many events are made durable at a time.
const GROUP: u64 = 1000;

/// How long the record of a traveler is.
const RECORD: usize = 300;

const NAMES: [&str; 3] = ["travelers", "ids", "outbox"];

/// A store: of three spaces, the value of a key, and a group of changes that becomes durable.
trait Keeps {
    fn get(&mut self, space: usize, key: &[u8]) -> Result<bool>;
    fn put(&mut self, space: usize, key: &[u8], value: Option<&[u8]>) -> Result<()>;
    fn commit(&mut self) -> Result<()>;
}

/// How many events a second each store keeps.
pub fn compare(events: u64, travelers: u64) -> Result<Vec<(&'static str, f64)>> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    let mut rates = Vec::new();
    let mut run = |name, keeps: &mut dyn Keeps| -> Result<()> {
        let took = load(keeps, events, travelers)?;
        rates.push((name, events as f64 / took.as_secs_f64()));
        Ok(())
    };
    run("an append-only log", &mut Log::new(&at("log"))?)?;
    run(
        "journal and tables, as `cjoc run`",
        &mut Ours::new(&at("ours"))?,
    )?;
    run("fjall", &mut Fjall::new(&at("fjall"))?)?;
    run("redb", &mut Redb::new(&at("redb"))?)?;
    Ok(rates)
}

fn load(keeps: &mut dyn Keeps, events: u64, travelers: u64) -> Result<Duration> {
    let mut random = Random(1);
    let mut record = vec![0; RECORD];
    let begun = Instant::now();
    for number in 0..events {
        let traveler = (random.below(travelers) as u32).to_be_bytes();
        let id = u128::from(random.below(u64::MAX))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        keeps.get(1, &id.to_be_bytes())?;
        keeps.get(0, &traveler)?;
        for byte in record.iter_mut().step_by(3) {
            *byte = random.below(256) as u8;
        }
        keeps.put(0, &traveler, Some(&record))?;
        keeps.put(1, &id.to_be_bytes(), Some(&[7; 12]))?;
        if number % 20 == 0 {
            keeps.put(2, &number.to_be_bytes(), Some(&record[..150]))?;
            keeps.put(2, &number.wrapping_sub(20).to_be_bytes(), None)?;
        }
        if number % GROUP == GROUP - 1 {
            keeps.commit()?;
        }
    }
    Ok(begun.elapsed())
}

/// No store: what it takes to write all that down. It reads nothing.
struct Log {
    file: File,
    group: Vec<u8>,
}

impl Log {
    fn new(path: &Path) -> Result<Self> {
        let (file, group) = (File::create(path)?, Vec::new());
        Ok(Self { file, group })
    }
}

impl Keeps for Log {
    fn get(&mut self, _: usize, _: &[u8]) -> Result<bool> {
        Ok(false)
    }

    fn put(&mut self, _: usize, key: &[u8], value: Option<&[u8]>) -> Result<()> {
        self.group.extend_from_slice(key);
        self.group.extend_from_slice(value.unwrap_or_default());
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.file.write_all(&std::mem::take(&mut self.group))?;
        Ok(self.file.sync_data()?)
    }
}

/// What `cjoc run` has.
struct Ours {
    store: Store,
    group: cjoc::runtime::store::Group,
}

impl Ours {
    fn new(path: &Path) -> Result<Self> {
        let (store, _) = Store::open(path, 64 << 20)?;
        let group = store.group();
        Ok(Self { store, group })
    }
}

impl Keeps for Ours {
    fn get(&mut self, space: usize, key: &[u8]) -> Result<bool> {
        Ok(if space == 0 {
            self.store
                .traveler(u32::from_be_bytes(key.try_into()?))?
                .is_some()
        } else {
            self.store.id(key.try_into()?)?.is_some()
        })
    }

    fn put(&mut self, space: usize, key: &[u8], value: Option<&[u8]>) -> Result<()> {
        match space {
            0 => {
                let record = value.unwrap_or_default().to_vec();
                let kept = Kept::Record { noted: 0, record };
                let number = u32::from_be_bytes(key.try_into()?);
                self.group.traveler(&self.store, number, &kept);
            }
            1 => self
                .group
                .id(&self.store, key.try_into()?, Timestamp::UNIX_EPOCH),
            _ => {
                let number = u64::from_be_bytes(key.try_into()?);
                self.group.posted(&self.store, number, value);
            }
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        let group = std::mem::replace(&mut self.group, self.store.group());
        self.store.commit(group)?;
        Ok(self.store.sync()?)
    }
}

struct Fjall {
    database: Database,
    spaces: Vec<Keyspace>,
    group: fjall::OwnedWriteBatch,
}

impl Fjall {
    fn new(path: &Path) -> Result<Self> {
        let builder = Database::builder(path)
            .cache_size(64 << 20)
            .worker_threads(1);
        let database = builder.manual_journal_persist(true).open()?;
        let options = || KeyspaceCreateOptions::default().manual_journal_persist(true);
        let spaces = NAMES.map(|name| database.keyspace(name, options));
        Ok(Self {
            spaces: spaces.into_iter().collect::<std::result::Result<_, _>>()?,
            group: database.batch(),
            database,
        })
    }
}

impl Keeps for Fjall {
    fn get(&mut self, space: usize, key: &[u8]) -> Result<bool> {
        Ok(self.spaces[space].get(key)?.is_some())
    }

    fn put(&mut self, space: usize, key: &[u8], value: Option<&[u8]>) -> Result<()> {
        match value {
            Some(value) => self.group.insert(&self.spaces[space], key, value),
            None => self.group.remove(&self.spaces[space], key),
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        std::mem::replace(&mut self.group, self.database.batch()).commit()?;
        Ok(self.database.persist(PersistMode::SyncData)?)
    }
}

const TABLES: [TableDefinition<&[u8], &[u8]>; 3] = [
    TableDefinition::new(NAMES[0]),
    TableDefinition::new(NAMES[1]),
    TableDefinition::new(NAMES[2]),
];

struct Redb {
    database: redb::Database,
    group: Option<redb::WriteTransaction>,
}

impl Redb {
    fn new(path: &Path) -> Result<Self> {
        let database = redb::Builder::new().set_cache_size(64 << 20).create(path)?;
        let group = Some(database.begin_write()?);
        Ok(Self { database, group })
    }

    fn group(&self) -> Result<&redb::WriteTransaction> {
        self.group
            .as_ref()
            .ok_or_else(|| "no group was begun".into())
    }
}

impl Keeps for Redb {
    fn get(&mut self, space: usize, key: &[u8]) -> Result<bool> {
        let table = self.group()?.open_table(TABLES[space])?;
        Ok(redb::ReadableTable::get(&table, key)?.is_some())
    }

    fn put(&mut self, space: usize, key: &[u8], value: Option<&[u8]>) -> Result<()> {
        let mut table = self.group()?.open_table(TABLES[space])?;
        match value {
            Some(value) => drop(table.insert(key, value)?),
            None => drop(table.remove(key)?),
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        if let Some(group) = self.group.take() {
            group.commit()?;
        }
        self.group = Some(self.database.begin_write()?);
        Ok(())
    }
}
