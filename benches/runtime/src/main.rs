//! Measures the embedded runtime: see `benches/README.md`.
//!
//! `cjoc-bench-runtime step WORKSPACE EVENTS TRAVELERS` gives events that were read before to the
//! core, a thousand a group, each made durable, and to an append-only log in turns;
//! `fill WORKSPACE FOLDER EVENTS TRAVELERS` fills a store and is killed while it writes;
//! `start WORKSPACE FOLDER` tells how long it takes to open that;
//! `load ADDRESS EVENTS TRAVELERS` sends batches of 500 over HTTP to `cjoc run --time events`;
//! `single ADDRESS RATE SECONDS` sends single events at a rate, and tells how long each took.

#[path = "../../engine/src/generate.rs"]
mod generate;
mod http;
mod steps;

use std::env;
use std::error::Error;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["step", workspace, events, travelers] => {
            steps::versus(workspace, events.parse()?, travelers.parse()?)
        }
        ["fill", workspace, folder, events, travelers] => {
            steps::fill(workspace, folder, events.parse()?, travelers.parse()?)
        }
        ["start", workspace, folder] => steps::start(workspace, folder),
        ["load", address, events, travelers] => {
            http::load(address, events.parse()?, travelers.parse()?)
        }
        ["single", address, rate, seconds] => {
            http::single(address, rate.parse()?, seconds.parse()?)
        }
        _ => Err("step, fill, start, load or single: see benches/README.md".into()),
    }
}
