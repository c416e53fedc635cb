//! Measures `cjoc plan --events LOG --summary` as a cold process against programs that do the same
//! work: see `benches/README.md`. All must come to the same counts.
//!
//! `cjoc-bench-engine [--cjoc BINARY] [--rounds N] [--events N] [--travelers N] [--xstate FOLDER]` generates a log in a temporary
//! folder, runs everything in turns, and prints medians of the ratios of one round.
//! `cjoc-bench-engine write FILE EVENTS TRAVELERS` writes a log;
//! `cjoc-bench-engine serde|scan|step|cel FILE` is one run of a program, which prints its counts.

mod generate;
mod machine;
#[path = "../../check/src/measure.rs"]
mod measure;
mod processor;
mod programs;
mod rules;
mod versus;

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};

use machine::Counts;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["write", file, events, travelers] => {
            let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
            generate::write(&mut out, events.parse()?, travelers.parse()?)?;
            Ok(out.flush()?)
        }
        ["serde", file] => print(programs::serde(file)?),
        ["scan", file] => print(programs::scan(file)?),
        ["step", file] => print(programs::step(file)?),
        ["cel", file] => print(rules::run(file)?),
        options => versus::compare(&versus::Settings::read(options)?),
    }
}

fn print(counts: Counts) -> Result<(), Box<dyn Error>> {
    println!("{}", serde_json::to_string(&counts)?);
    Ok(())
}
