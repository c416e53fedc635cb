//! All measurements in one table.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::program::Program;
use crate::{http, steps, stores};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How many rounds of which the middle one counts.
const ROUNDS: usize = 3;

fn sent<T>(result: std::result::Result<T, Box<dyn Error + Send + Sync>>) -> Result<T> {
    result.map_err(|error| error as Box<dyn Error>)
}

/// Measures all of it, on so many times fewer events and travelers.
pub fn measure(cjoc: &str, workspace: &str, smaller: u64) -> Result<()> {
    let (million, thousands) = (1_000_000 / smaller, 100_000 / smaller);
    println!("| what | measured |");
    println!("| --- | ---: |");
    versus(workspace, million, thousands, 50)?;
    versus(workspace, million, thousands, 0)?;
    for timeline in [50, 0] {
        let folder = tempfile::tempdir()?;
        let program = Program::start(cjoc, workspace, folder.path(), timeline)?;
        let took = sent(http::load(&program.address, million, thousands))?;
        let what = format!("batches of 500 over HTTP, a timeline of {timeline}");
        row(&what, &rate(million, took));
        let (cpu, most) = program.used();
        let each = cpu / million as f64 * 1e6;
        row(
            "— of the processor's time, an event",
            &format!("{each:.1} µs"),
        );
        row("— memory", &format!("{most} MiB"));
        program.kill()?;
    }
    let folder = tempfile::tempdir()?;
    many(cjoc, workspace, folder.path(), 2 * million, million)?;
    stores(million / 2, thousands)
}

/// The core and a log.
pub fn versus(workspace: &str, events: u64, travelers: u64, timeline: u32) -> Result<()> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(steps::versus(workspace, events, travelers, timeline)?);
    }
    rounds.sort_by(|a, b| (a.core / a.log).total_cmp(&(b.core / b.log)));
    let it = &rounds[ROUNDS / 2];
    let share = 100.0 / events as f64;
    row(
        "append-only log, events a second",
        &format!("{:.0}", it.log),
    );
    let what = format!("the core, a timeline of {timeline}, events a second");
    row(
        &what,
        &format!("{:.0}: {:.2} of the log", it.core, it.core / it.log),
    );
    row(
        "— of that waiting for the disk",
        &format!("{:.0} %", it.syncing * 100.0),
    );
    let (actions, timers) = (it.actions as f64 * share, it.timers as f64 * share);
    row(
        "— actions, timers",
        &format!("{actions:.1} %, {timers:.1} % of the events"),
    );
    Ok(())
}

/// Many travelers: memory, single events, a start after a kill, a deployment.
fn many(cjoc: &str, workspace: &str, data: &Path, events: u64, travelers: u64) -> Result<()> {
    let program = Program::start(cjoc, workspace, data, 50)?;
    let took = sent(http::load(&program.address, events, travelers))?;
    row(
        &format!("batches of {travelers} travelers"),
        &rate(events, took),
    );
    row("— memory", &format!("{} MiB", program.used().1));
    program.kill()?;
    let program = Program::start(cjoc, workspace, data, 50)?;
    let (cpu, most) = program.used();
    row(
        "start after a kill",
        &format!("{:.2} s", program.took.as_secs_f64()),
    );
    row("— of the processor's time", &format!("{cpu:.2} s"));
    row("— memory", &format!("{most} MiB"));
    let took = sent(http::single(&program.address, 5000, 20, travelers))?;
    latency(&took);
    row("— memory", &format!("{} MiB", program.used().1));
    let other = tempfile::tempdir()?;
    changed(workspace, other.path())?;
    let begun = Instant::now();
    let to = format!("http://{}", program.address);
    let deploy = Command::new(cjoc)
        .args([
            "deploy",
            &other.path().display().to_string(),
            "--to",
            &to,
            "--dry-run",
        ])
        .output()?;
    if !deploy.status.success() {
        return Err(String::from_utf8_lossy(&deploy.stderr).into());
    }
    row(
        "counting for a deployment",
        &format!("{:.2} s", begun.elapsed().as_secs_f64()),
    );
    program.kill()
}

/// The same workspace with another journey.
fn changed(workspace: &str, folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(workspace)? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        let text = text.replace("after: 2d", "after: 3d");
        std::fs::write(folder.join(path.file_name().unwrap_or_default()), text)?;
    }
    Ok(())
}

pub fn latency(took: &[Duration]) {
    let at = |share| http::percentile(took, share);
    let (half, most, nearly, longest) = (at(0.5), at(0.99), at(0.999), at(1.0));
    row(
        "single events, 5,000 a second: p50",
        &format!("{half:.1} ms"),
    );
    row("— p99", &format!("{most:.1} ms"));
    row(
        "— p99.9, longest",
        &format!("{nearly:.1} ms, {longest:.1} ms"),
    );
}

/// Stores, against each other.
pub fn stores(events: u64, travelers: u64) -> Result<()> {
    for (name, rate) in stores::compare(events, travelers)? {
        row(
            &format!("{name}: durable events a second"),
            &format!("{rate:.0}"),
        );
    }
    Ok(())
}

fn rate(events: u64, took: Duration) -> String {
    format!("{:.0} a second", events as f64 / took.as_secs_f64())
}

fn row(what: &str, measured: &str) {
    println!("| {what} | {measured} |");
}
