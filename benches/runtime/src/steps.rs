//! The core in this process, and the append-only log that it is held against.

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cjoc::compile;
use cjoc::dryrun::samples;
use cjoc::engine::{Engine, Incoming, Ready};
use cjoc::runtime::core::{Core, Settings, Time};
use cjoc::runtime::outgoing::Outcome;
use cjoc::source::OsFiles;
use jiff::Timestamp;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How many events are made durable at a time.
const GROUP: usize = 1000;

fn engine(workspace: &str) -> Result<Arc<Engine>> {
    let outcome = compile::check(&OsFiles::new(workspace.into()))?;
    let model = outcome.model.ok_or("the workspace does not compile")?;
    Ok(Arc::new(Engine::new(&model).map_err(|errors| format!("{errors:?}"))?))
}

fn open(engine: &Arc<Engine>, folder: &Path) -> Result<Core> {
    let settings = Settings {
        time: Time::Events,
        ..Settings::default()
    };
    Ok(Core::open(engine.clone(), "bench", folder, settings, Timestamp::now())?)
}

/// Events as the door hands them on.
fn ready(engine: &Engine, events: u64, travelers: u64) -> Result<Vec<Ready>> {
    let mut log = Vec::new();
    generate::write(&mut log, events, travelers)?;
    let mut all = Vec::new();
    for line in log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let event = samples::envelope(serde_json::from_slice(line)?);
        let event = event.map_err(|bad| bad.reason)?;
        let mut ready = engine.ready(&event.into()).map_err(|refused| format!("{refused:?}"))?;
        ready.prepare(engine);
        all.push(ready);
    }
    Ok(all)
}

use crate::generate;

/// The core and the log in turns, three times.
pub fn versus(workspace: &str, events: u64, travelers: u64) -> Result<()> {
    let engine = engine(workspace)?;
    let all = ready(&engine, events, travelers)?;
    for _ in 0..3 {
        let folder = tempfile::tempdir()?;
        let floor = floor(folder.path(), &all)?;
        let mut core = open(&engine, folder.path())?;
        let begun = Instant::now();
        let (mut stepping, mut syncing) = (Duration::ZERO, Duration::ZERO);
        for group in all.chunks(GROUP) {
            let step = Instant::now();
            take(&mut core, group)?;
            let sealed = core.seal()?;
            stepping += step.elapsed();
            let sync = Instant::now();
            core.syncer().sync()?;
            syncing += sync.elapsed();
            core.durable(sealed)?;
            carry_out(&mut core)?;
        }
        let took = begun.elapsed();
        let rate = |took: Duration| all.len() as f64 / took.as_secs_f64();
        println!(
            "log {:.0}/s, core {:.0}/s ({:.2} of it), of which syncing {:.0} %, stepping {:.0}/s; {} actions, {} timers, {} MB",
            rate(floor),
            rate(took),
            floor.as_secs_f64() / took.as_secs_f64(),
            100.0 * syncing.as_secs_f64() / took.as_secs_f64(),
            rate(stepping),
            core.tally().emitted,
            core.tally().timers,
            core.bytes() / 1_000_000,
        );
    }
    Ok(())
}

fn take(core: &mut Core, events: &[Ready]) -> Result<()> {
    for event in events {
        core.event(event)?;
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

/// A table in memory, and a log to which each event's 300 bytes are appended.
fn floor(folder: &Path, events: &[Ready]) -> Result<Duration> {
    let mut file = File::create(folder.join("floor.log"))?;
    let mut table: HashMap<[u8; 16], [u8; 300]> = HashMap::new();
    let begun = Instant::now();
    for group in events.chunks(GROUP) {
        let mut bytes = Vec::with_capacity(GROUP * 316);
        for event in group {
            let id = event.id();
            let mut blob = table.get(&id).copied().unwrap_or([7; 300]);
            blob[0] = blob[0].wrapping_add(1);
            table.insert(id, blob);
            bytes.extend_from_slice(&id);
            bytes.extend_from_slice(&blob);
        }
        file.write_all(&bytes)?;
        file.sync_data()?;
    }
    Ok(begun.elapsed())
}

/// Fills a store, and goes on until somebody kills it.
pub fn fill(workspace: &str, folder: &str, events: u64, travelers: u64) -> Result<()> {
    let engine = engine(workspace)?;
    let all = ready(&engine, events, travelers)?;
    let mut core = open(&engine, Path::new(folder))?;
    for group in all.chunks(GROUP) {
        take(&mut core, group)?;
        let sealed = core.seal()?;
        core.syncer().sync()?;
        core.durable(sealed)?;
        carry_out(&mut core)?;
    }
    println!("{} travelers, {} MB", core.levels().travelers, core.bytes() / 1_000_000);
    // As a kill leaves it: nothing is tidied up.
    std::process::abort();
}

/// How long it takes to open a store, and how much memory that is.
pub fn start(workspace: &str, folder: &str) -> Result<()> {
    let engine = engine(workspace)?;
    let begun = Instant::now();
    let core = open(&engine, Path::new(folder))?;
    let took = begun.elapsed();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = status.lines().find(|line| line.starts_with("VmRSS"));
    println!(
        "{} travelers in {:.2} s, {}",
        core.levels().travelers,
        took.as_secs_f64(),
        memory.unwrap_or("VmRSS is not known")
    );
    Ok(())
}
