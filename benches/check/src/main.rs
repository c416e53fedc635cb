//! Measures `cjoc check` as a cold process against YAML parsers on the same bytes: see
//! `benches/README.md`.
//!
//! `cjoc-bench-check [--cjoc BINARY] [--rounds N] [--large]` generates workspaces in a temporary folder,
//! runs everything in turns, and prints medians of the ratios of one round.
//! `cjoc-bench-check write FOLDER CONDITIONS [faulty] [one-file]` writes one workspace;
//! `cjoc-bench-check granit|libyaml FOLDER` is one run of a yardstick.

mod conditions;
mod measure;
mod workspace;
mod yardstick;

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use measure::{Cost, median};
use workspace::Plan;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["granit", folder] => count(folder, &yardstick::granit),
        ["libyaml", folder] => count(folder, &yardstick::libyaml),
        ["write", folder, conditions, rest @ ..] => {
            let plan = Plan {
                conditions: conditions.parse()?,
                faulty: rest.contains(&"faulty"),
                one_file: rest.contains(&"one-file"),
            };
            Ok(workspace::write(Path::new(folder), plan)?)
        }
        options => compare(&Settings::read(options)?),
    }
}

fn count(folder: &str, events: &dyn Fn(&str) -> usize) -> Result<(), Box<dyn Error>> {
    let sum = yardstick::each_file(Path::new(folder), events)?;
    println!("{sum} events");
    Ok(())
}

/// How the comparison is run.
struct Settings {
    cjoc: PathBuf,
    rounds: usize,
    large: bool,
}

impl Settings {
    fn read(options: &[&str]) -> Result<Self, Box<dyn Error>> {
        let beside = env::current_exe()?.with_file_name("cjoc");
        let mut settings = Self {
            cjoc: beside,
            rounds: 9,
            large: false,
        };
        let mut options = options.iter();
        while let Some(option) = options.next() {
            let mut value = || options.next().ok_or(format!("{option} needs a value"));
            match *option {
                "--cjoc" => settings.cjoc = value()?.into(),
                "--rounds" => settings.rounds = value()?.parse()?,
                "--large" => settings.large = true,
                _ => return Err(format!("unknown option {option}").into()),
            }
        }
        Ok(settings)
    }
}

/// One thing that is measured.
struct Subject {
    name: &'static str,
    command: Command,
    costs: Vec<Cost>,
}

fn compare(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let root = env::temp_dir().join(format!("cjoc-bench-{}", std::process::id()));
    let clean = |conditions| Plan {
        conditions,
        faulty: false,
        one_file: false,
    };
    let faulty = |conditions| Plan {
        faulty: true,
        ..clean(conditions)
    };
    let one_file = |plan| Plan {
        one_file: true,
        ..plan
    };
    let mut workspaces = vec![
        ("1,000 conditions", clean(1_000)),
        ("10,000 conditions", clean(10_000)),
        ("10,000 conditions, all with a fault", faulty(10_000)),
        ("10,000 conditions in one file", one_file(clean(10_000))),
        (
            "10,000 conditions in one file, all with a fault",
            one_file(faulty(10_000)),
        ),
    ];
    if settings.large {
        workspaces.push(("100,000 conditions", clean(100_000)));
    }
    println!("| workspace | what | CPU ms | x granit | x libyaml | wall ms | peak MiB |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
    for (index, (title, plan)) in workspaces.into_iter().enumerate() {
        let folder = root.join(index.to_string());
        workspace::write(&folder, plan)?;
        let mut subjects = subjects(settings, &folder, plan)?;
        for _ in 0..settings.rounds {
            for subject in &mut subjects {
                subject.costs.push(measure::run(&mut subject.command)?);
            }
        }
        print(title, &subjects);
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::remove_dir_all(root)?;
    Ok(())
}

fn subjects(
    settings: &Settings,
    folder: &Path,
    plan: Plan,
) -> Result<Vec<Subject>, Box<dyn Error>> {
    let yardstick = |kind: &str| -> Result<Command, Box<dyn Error>> {
        let mut command = Command::new(env::current_exe()?);
        command.args([kind]).arg(folder);
        Ok(command)
    };
    let check = |threads: &str, format: &str| {
        let mut command = Command::new(&settings.cjoc);
        command
            .args(["check", "--format", format])
            .arg(folder)
            .env("RAYON_NUM_THREADS", threads);
        command
    };
    let mut subjects = vec![
        ("granit-parser", yardstick("granit")?),
        ("libyaml", yardstick("libyaml")?),
        ("check, 1 thread", check("1", "short")),
        ("check, 2 threads", check("2", "short")),
    ];
    if plan.faulty {
        subjects.push(("json, 1 thread", check("1", "json")));
        subjects.push(("human, 1 thread", check("1", "human")));
    }
    Ok(subjects
        .into_iter()
        .map(|(name, command)| Subject {
            name,
            command,
            costs: Vec::new(),
        })
        .collect())
}

/// A line a subject; ratios are medians over the rounds.
fn print(title: &str, subjects: &[Subject]) {
    for subject in subjects {
        let of = |cost: fn(&Cost) -> f64| median(subject.costs.iter().map(cost).collect());
        let ratio = |to: &Subject| {
            let pairs = subject.costs.iter().zip(&to.costs);
            median(pairs.map(|(cost, to)| cost.cpu / to.cpu).collect())
        };
        println!(
            "| {title} | {} | {:.1} | {:.2} | {:.2} | {:.1} | {:.1} |",
            subject.name,
            of(|cost| cost.cpu),
            ratio(&subjects[0]),
            ratio(&subjects[1]),
            of(|cost| cost.wall),
            of(|cost| cost.memory),
        );
    }
}
