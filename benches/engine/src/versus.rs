//! The comparison: everything in turns, counts held against each other, ratios by pairs.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::generate;
use crate::machine::Counts;
use crate::measure::{self, Cost, median};

pub struct Settings {
    cjoc: PathBuf,
    rounds: usize,
    events: u64,
    travelers: u64,
    /// A folder with `node_modules/xstate`.
    xstate: Option<PathBuf>,
}

impl Settings {
    pub fn read(options: &[&str]) -> Result<Self, Box<dyn Error>> {
        let mut settings = Self {
            cjoc: env::current_exe()?.with_file_name("cjoc"),
            rounds: 5,
            events: 1_000_000,
            travelers: 100_000,
            xstate: None,
        };
        let mut options = options.iter();
        while let Some(option) = options.next() {
            let mut value = || options.next().ok_or(format!("{option} needs a value"));
            match *option {
                "--cjoc" => settings.cjoc = value()?.into(),
                "--rounds" => settings.rounds = value()?.parse()?,
                "--events" => settings.events = value()?.parse()?,
                "--travelers" => settings.travelers = value()?.parse()?,
                "--xstate" => settings.xstate = Some(value()?.into()),
                _ => return Err(format!("unknown option {option}").into()),
            }
        }
        Ok(settings)
    }
}

/// One program that is measured.
struct Subject {
    name: &'static str,
    command: Command,
    /// It is slow, and runs once, on a tenth of the log.
    slow: bool,
    costs: Vec<Cost>,
}

pub fn compare(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let root = env::temp_dir().join(format!("cjoc-bench-engine-{}", std::process::id()));
    fs::create_dir_all(&root)?;
    let result = compare_in(settings, &root);
    fs::remove_dir_all(root)?;
    result
}

fn compare_in(settings: &Settings, root: &Path) -> Result<(), Box<dyn Error>> {
    let (log, short) = (root.join("log.jsonl"), root.join("short.jsonl"));
    for (path, share) in [(&log, 1), (&short, 10)] {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
        generate::write(
            &mut out,
            settings.events / share,
            settings.travelers / share,
        )?;
        out.flush()?;
    }
    let mut subjects = subjects(settings, &log, &short)?;
    let expected = counts(&mut program("scan", &log)?)?;
    let short = counts(&mut program("scan", &short)?)?;
    println!("{expected:?}\n");
    for subject in &mut subjects {
        let found = counts(&mut subject.command)?;
        if found != if subject.slow { short } else { expected } {
            return Err(format!("{} counts {found:?}", subject.name).into());
        }
    }
    for round in 0..settings.rounds {
        for subject in subjects.iter_mut().filter(|it| round == 0 || !it.slow) {
            subject.costs.push(measure::run(&mut subject.command)?);
        }
    }
    print(&subjects, settings);
    Ok(())
}

fn program(kind: &str, log: &Path) -> Result<Command, Box<dyn Error>> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(kind).arg(log);
    Ok(command)
}

fn subjects(settings: &Settings, log: &Path, short: &Path) -> Result<Vec<Subject>, Box<dyn Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("workspace");
    let cjoc = |threads: &str| {
        let mut command = Command::new(&settings.cjoc);
        command.arg("plan").arg(&workspace).arg("--events").arg(log);
        command
            .args(["--summary", "--format", "json"])
            .env("RAYON_NUM_THREADS", threads);
        command
    };
    let mut subjects = vec![
        ("by hand, serde_json", program("serde", log)?, false),
        ("by hand, scan", program("scan", log)?, false),
        ("cjoc, 1 thread", cjoc("1"), false),
        ("cjoc, 2 threads", cjoc("2"), false),
        ("conditions by the cel crate", program("cel", short)?, true),
    ];
    if let Some(folder) = &settings.xstate {
        let mut node = Command::new("node");
        node.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("xstate.mjs"));
        node.arg(fs::canonicalize(folder)?).arg(short);
        subjects.push(("XState, an actor a traveler", node, true));
    }
    let subject = |(name, command, slow)| Subject {
        name,
        command,
        slow,
        costs: Vec::new(),
    };
    Ok(subjects.into_iter().map(subject).collect())
}

/// What a program prints; fields that the machine does not count are left out.
fn counts(command: &mut Command) -> Result<Counts, Box<dyn Error>> {
    let output = command.output()?;
    serde_json::from_slice(&output.stdout).map_err(|error| {
        format!(
            "{command:?}: {error}: {}",
            String::from_utf8_lossy(&output.stderr)
        )
        .into()
    })
}

/// A line a program; ratios are medians over the rounds, of the same number of events.
fn print(subjects: &[Subject], settings: &Settings) {
    println!("| program | CPU s | M events/s | x serde_json | x scan | wall s | peak MiB |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for subject in subjects {
        let share = if subject.slow { 10.0 } else { 1.0 };
        let of = |cost: fn(&Cost) -> f64| median(subject.costs.iter().map(cost).collect());
        let ratio = |to: &Subject| {
            let pairs = subject.costs.iter().zip(&to.costs);
            median(pairs.map(|(cost, to)| share * cost.cpu / to.cpu).collect())
        };
        let cpu = share * of(|cost| cost.cpu) / 1e3;
        println!(
            "| {} | {cpu:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.0} |",
            subject.name,
            settings.events as f64 / 1e6 / cpu,
            ratio(&subjects[0]),
            ratio(&subjects[1]),
            share * of(|cost| cost.wall) / 1e3,
            of(|cost| cost.memory),
        );
    }
}
