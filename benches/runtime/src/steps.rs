//! The core in this process, and the append-only log that it is held against.

use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use cjoc::compile;
use cjoc::dryrun::samples;
use cjoc::engine::{AHEAD, Engine, Ready};
use cjoc::runtime::core::{Core, Settings, Time};
use cjoc::runtime::outgoing::Outcome;
use cjoc::source::OsFiles;
use jiff::Timestamp;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How many events are made durable at a time.
const GROUP: usize = 1000;

fn engine(workspace: &str) -> Result<Arc<Engine>> {
    let outcome = compile::check(&OsFiles::new(workspace))?;
    let model = outcome.model.ok_or("the workspace does not compile")?;
    Ok(Arc::new(
        Engine::new(&model).map_err(|errors| format!("{errors:?}"))?,
    ))
}

fn open(engine: &Arc<Engine>, folder: &Path, timeline: u32) -> Result<Core> {
    let settings = Settings {
        time: Time::Events,
        timeline,
        ..Settings::default()
    };
    Ok(Core::open(
        engine.clone(),
        "bench",
        folder,
        settings,
        Timestamp::now(),
    )?)
}

/// Events as the door hands them on.
fn ready(engine: &Engine, events: u64, travelers: u64) -> Result<Vec<Ready>> {
    let mut log = Vec::new();
    generate::write(&mut log, events, travelers)?;
    let mut all = Vec::new();
    for line in log
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let event = samples::envelope(serde_json::from_slice(line)?);
        let event = event.map_err(|bad| bad.reason)?;
        let mut ready = engine
            .ready(&event.into())
            .map_err(|refused| format!("{refused:?}"))?;
        ready.prepare(engine);
        all.push(ready);
    }
    Ok(all)
}

use crate::generate;

/// What a round of the core and the log came to.
pub struct Round {
    /// Events a second, appended to a log and durable.
    pub log: f64,
    /// Events a second, handled and durable.
    pub core: f64,
    /// How much of its time the core waited for the disk.
    pub syncing: f64,
    pub actions: u64,
    pub timers: u64,
}

/// The core and the log in turns, the log before and behind. A group is made durable by a thread of
/// its own while the next is made, as the keeper does it.
pub fn versus(workspace: &str, events: u64, travelers: u64, timeline: u32) -> Result<Round> {
    let engine = engine(workspace)?;
    let all = ready(&engine, events, travelers)?;
    let folder = tempfile::tempdir()?;
    let before = floor(folder.path(), all.len())?;
    let mut core = open(&engine, folder.path(), timeline)?;
    let begun = Instant::now();
    let syncing = thread::scope(|scope| -> Result<Duration> {
        let (groups, taken) = sync_channel(1);
        let (durable, over) = channel();
        let syncer = core.syncer();
        scope.spawn(move || {
            for sealed in taken {
                if syncer.sync().is_err() || durable.send(sealed).is_err() {
                    return;
                }
            }
        });
        let mut waited = Duration::ZERO;
        for group in all.chunks(GROUP) {
            for sealed in over.try_iter() {
                core.durable(sealed)?;
            }
            carry_out(&mut core)?;
            take(&mut core, group)?;
            let sealed = core.seal()?;
            let waits = Instant::now();
            groups.send(sealed).map_err(|_| "the disk fails")?;
            waited += waits.elapsed();
        }
        drop(groups);
        over.iter().try_for_each(|sealed| core.durable(sealed))?;
        Ok(waited)
    })?;
    let took = begun.elapsed();
    let floor = (before + floor(folder.path(), all.len())?) / 2;
    let rate = |took: Duration| all.len() as f64 / took.as_secs_f64();
    Ok(Round {
        log: rate(floor),
        core: rate(took),
        syncing: syncing.as_secs_f64() / took.as_secs_f64(),
        actions: core.tally().emitted,
        timers: core.tally().timers,
    })
}

fn take(core: &mut Core, events: &[Ready]) -> Result<()> {
    for some in events.chunks(AHEAD) {
        core.look_ahead(some);
        for event in some {
            core.event(event)?;
        }
    }
    Ok(())
}

/// Whatever goes out is done at once.
fn carry_out(core: &mut Core) -> Result<()> {
    loop {
        let out = core.outgoing()?;
        if out.is_empty() {
            return Ok(());
        }
        for (number, _) in out {
            let returned = serde_json::Value::Null;
            core.settle(number, Outcome::Done { returned })?;
        }
    }
}

/// A log to which so many events are appended, of 300 bytes each, durable a thousand at a time.
fn floor(folder: &Path, events: usize) -> Result<Duration> {
    const EVENT: usize = 300;
    let mut file = File::create(folder.join("floor.log"))?;
    let bytes = vec![7; GROUP * EVENT];
    let begun = Instant::now();
    let mut left = events;
    while left > 0 {
        let some = left.min(GROUP);
        file.write_all(&bytes[..some * EVENT])?;
        file.sync_data()?;
        left -= some;
    }
    Ok(begun.elapsed())
}
