//! The parts of `cjoc plan --events LOG --summary`, each by itself, in processor time of one
//! thread: reading events, and stepping over events that were read. See `benches/README.md`.
//!
//! `cjoc-bench-step FILE [all|THREADS]`: `all` holds the events of the whole log at once, as the
//! bench by hand does; a number counts the whole log by so many threads.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;

use cjoc::compile;
use cjoc::dryrun;
use cjoc::engine::{AHEAD, Decoder, Engine, Listener, Ready, State, What};
use cjoc::source::OsFiles;

#[path = "../processor.rs"]
mod processor;

/// As in the program itself.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How many events are read before they are stepped over: as many as a piece of a log holds.
const PIECE: usize = 256;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("a log is needed")?;
    let engine = engine()?;
    match args.next().as_deref() {
        None => steps(&engine, &fs::read_to_string(file)?, PIECE),
        Some("all") => steps(&engine, &fs::read_to_string(file)?, usize::MAX),
        Some(threads) => {
            let counts = dryrun::count(&engine, &mut File::open(&file)?, None, threads.parse()?)?;
            println!("{}", serde_json::to_string(&counts)?);
            Ok(())
        }
    }
}

fn engine() -> Result<Engine, Box<dyn Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("workspace");
    let outcome = compile::check(&OsFiles::new(workspace))?;
    let model = outcome.model.ok_or("the workspace does not compile")?;
    Engine::new(&model).map_err(|errors| format!("{errors:?}").into())
}

fn steps(engine: &Engine, log: &str, at_once: usize) -> Result<(), Box<dyn Error>> {
    let mut decoder = Decoder::new(engine);
    let mut state = State::default();
    let mut lines = log.lines();
    let (mut events, mut told) = (0, 0_u64);
    let (mut reading, mut stepping) = (0.0, 0.0);
    loop {
        let start = processor::time();
        let some = lines.by_ref().take(at_once);
        let ready: Option<Vec<Ready>> = some.map(|line| decoder.decode(line)).collect();
        let ready = ready.ok_or("an event is out of the ordinary")?;
        let read = processor::time();
        reading += read - start;
        if ready.is_empty() {
            break;
        }
        events += ready.len();
        for next in ready.chunks(AHEAD) {
            engine.look_ahead(&state, next.iter());
            for event in next {
                let mut count = |_: &What| told += 1;
                let out = &mut Listener::Kinds(&mut count);
                engine.advance_up_to(&mut state, event.handled_at(), out);
                engine.forget_ids(&mut state, event.handled_at());
                engine.take(&mut state, event, out);
            }
        }
        stepping += processor::time() - read;
    }
    let rate = |time: f64| events as f64 / time / 1e6;
    println!("{events} events, {} travelers, {told} told", state.len());
    println!("reading  {:.2} M events/s", rate(reading));
    println!("stepping {:.2} M events/s", rate(stepping));
    Ok(())
}
