//! Measures the embedded runtime: see `benches/README.md`.
//!
//! `cjoc-bench-runtime all CJOC WORKSPACE [SMALLER]` measures all, and prints a table;
//! `step WORKSPACE EVENTS TRAVELERS TIMELINE` gives events that were read before to the core, a
//! thousand a group, each made durable, and to an append-only log;
//! `stores EVENTS TRAVELERS` holds stores against each other;
//! `load ADDRESS EVENTS TRAVELERS` sends batches of 500 over HTTP to `cjoc run --time events`;
//! `single ADDRESS RATE SECONDS TRAVELERS` sends single events at a rate.

mod all;
#[path = "../../engine/src/generate.rs"]
mod generate;
mod http;
mod program;
mod steps;
mod stores;

use std::env;
use std::error::Error;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["all", cjoc, workspace] => all::measure(cjoc, workspace, 1),
        ["all", cjoc, workspace, smaller] => all::measure(cjoc, workspace, smaller.parse()?),
        ["step", workspace, events, travelers, timeline] => {
            let (events, travelers) = (events.parse()?, travelers.parse()?);
            all::versus(workspace, events, travelers, timeline.parse()?)
        }
        ["stores", events, travelers] => all::stores(events.parse()?, travelers.parse()?),
        ["load", address, events, travelers] => {
            let events = events.parse()?;
            let took = http::load(address, events, travelers.parse()?)
                .map_err(|it| it as Box<dyn Error>)?;
            println!("{:.0} events a second", events as f64 / took.as_secs_f64());
            Ok(())
        }
        ["single", address, rate, seconds, travelers] => {
            let (rate, seconds) = (rate.parse()?, seconds.parse()?);
            let took = http::single(address, rate, seconds, travelers.parse()?);
            all::latency(&took.map_err(|it| it as Box<dyn Error>)?);
            Ok(())
        }
        _ => Err("all, step, stores, load or single: see benches/README.md".into()),
    }
}
