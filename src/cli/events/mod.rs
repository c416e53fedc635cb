//! Sample events from files and standard input: `CloudEvents` as JSON, logs in CSV, packed or not.
//!
//! What a file as a whole lacks ends the command; what is wrong with a line or a row is an event
//! that is rejected.

mod progress;
mod unpack;

use std::fs;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::Exit;
use super::terminal::{Terminal, say};
use crate::diagnostic::{did_you_mean, nearest};
use crate::dryrun::Gathered;
use crate::dryrun::log::{self, Columns, Form, LogError, NoLog, Skipped};
use crate::dryrun::samples::Sample;
use crate::dryrun::stream;
use crate::model::{Log, Model};
use crate::render::clean;
use crate::source::open;
pub(super) use progress::Running;
use progress::{Counted, Progress};
use unpack::unpacked;

/// So many of the values that rows are left out for are named.
const MAX_VALUES: usize = 8;

/// What may stand between cells, and how a log says so.
const DELIMITERS: [(char, &str); 4] = [
    (';', "\";\""),
    ('\t', "tab"),
    ('|', "\"|\""),
    (',', "\",\""),
];

#[derive(Args, Debug)]
pub(super) struct EventArgs {
    /// Dry-run the plan on these sample events: `CloudEvents`, one JSON object a line or an array,
    /// or CSV as the `log` of a connection says; also packed, `.gz` or `.zst`; `-` is standard input
    #[arg(long = "events", value_name = "FILE", num_args = 1..)]
    pub files: Vec<PathBuf>,
    /// Read CSV by the log of this connection
    #[arg(long = "log", value_name = "CONNECTION", requires = "files")]
    log: Option<String>,
    /// Take only the first N events by time
    #[arg(long, value_name = "N", requires = "files", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

/// What has been read.
pub(super) struct Events {
    pub samples: Vec<Sample>,
    /// Rows of logs that are no events.
    pub skipped: usize,
}

impl EventArgs {
    /// The file, where there is but one, and nothing is said of how to read it.
    pub(super) fn alone(&self) -> Option<&Path> {
        match self.files.as_slice() {
            [file] if self.log.is_none() && self.limit.is_none() && file != Path::new("-") => {
                Some(file)
            }
            _ => None,
        }
    }

    /// Whether the files can be read again, and all that they hold is wanted.
    pub(super) fn can_be_read_again(&self) -> bool {
        let is_file = |path: &PathBuf| {
            path != Path::new("-") && fs::metadata(path).is_ok_and(|it| it.is_file())
        };
        self.limit.is_none() && self.files.iter().all(is_file)
    }

    /// Reads all files. Says what it leaves out; why it cannot, where it cannot.
    pub(super) fn read(&self, model: &Model, terminal: &Terminal) -> Result<Events, Exit> {
        let limit = self
            .limit
            .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let mut gathered = Gathered::new(limit);
        let skipped = self.each(model, terminal, true, &mut |sample| gathered.push(sample))?;
        let total = gathered.total();
        let samples = gathered.samples();
        if samples.len() < total {
            say(&format!("the first {} of {total} events\n", samples.len()));
        }
        Ok(Events { samples, skipped })
    }

    /// Reads all files, entry by entry; answers how many rows are no events, which is told where
    /// it is to be.
    pub(super) fn each(
        &self,
        model: &Model,
        terminal: &Terminal,
        tells_skipped: bool,
        tell: &mut dyn FnMut(Sample),
    ) -> Result<usize, Exit> {
        let standard = self.files.iter().filter(|path| *path == Path::new("-"));
        if standard.count() > 1 {
            let help = "standard input is read once: name files for the others";
            return Err(terminal.unable("`-` is given twice", Some(help)));
        }
        if let Some(asked) = &self.log {
            known_log(asked, model, terminal)?;
        }
        let mut progress = Progress::new(self.size());
        let mut skipped = 0;
        for path in &self.files {
            let name = path.to_string_lossy();
            progress.reading(&name);
            match self.file(path, &name, model, &mut progress, tell) {
                Ok(left) => {
                    if left.rows > 0 && tells_skipped {
                        progress.done();
                        tell_skipped(&name, &left);
                    }
                    skipped += left.rows;
                }
                Err(problem) => {
                    progress.done();
                    return Err(problem.tell(&name, terminal));
                }
            }
        }
        progress.done();
        Ok(skipped)
    }

    fn file<'m>(
        &self,
        path: &Path,
        name: &str,
        model: &'m Model,
        progress: &mut Progress,
        tell: &mut dyn FnMut(Sample),
    ) -> Result<Skipped, Problem<'m>> {
        let input: Box<dyn Read> = if path == Path::new("-") {
            Box::new(io::stdin().lock())
        } else {
            Box::new(open(path).map_err(Problem::Read)?)
        };
        let mut input = unpacked(Counted { input, progress }).map_err(Problem::Read)?;
        let start = input.fill_buf().map_err(Problem::Read)?;
        match log::choose(model, name, start, self.log.as_deref()).map_err(Problem::NoLog)? {
            Form::Json => {
                stream::read(name, input, tell).map_err(Problem::Read)?;
                Ok(Skipped::default())
            }
            Form::Csv(log) => {
                log::read(name, log, model, input, tell).map_err(|error| Problem::Log(log, error))
            }
        }
    }

    /// The bytes of all files; none where standard input is one of them.
    fn size(&self) -> Option<u64> {
        let sizes = self.files.iter().map(|path| {
            let file = (path != Path::new("-")).then_some(path)?;
            fs::metadata(file).ok().map(|it| it.len())
        });
        sizes.sum()
    }
}

/// Why a file cannot be read.
enum Problem<'m> {
    Read(io::Error),
    NoLog(NoLog),
    Log(&'m Log, LogError),
}

impl Problem<'_> {
    fn tell(&self, file: &str, terminal: &Terminal) -> Exit {
        match self {
            Self::Read(error) | Self::Log(_, LogError::Read(error)) => {
                terminal.unable(&format!("`{file}` cannot be read: {error}"), None)
            }
            Self::NoLog(why) => no_log(file, why, terminal),
            Self::Log(log, LogError::Empty) => terminal.unable(
                &format!("`{file}` is empty: its first line should name the columns"),
                Some(&format!("it is read by the log at {}", log.at)),
            ),
            Self::Log(log, LogError::Head(why)) => terminal.unable(
                &format!("the first line of `{file}` cannot be read: {why}"),
                Some(&format!("it is read by the log at {}", log.at)),
            ),
            Self::Log(log, LogError::Columns(columns)) => {
                wrong_columns(file, log, columns, terminal)
            }
        }
    }
}

fn no_log(file: &str, why: &NoLog, terminal: &Terminal) -> Exit {
    match why {
        NoLog::None => terminal.unable(
            &format!("`{file}` is no JSON, and no connection says how to read it"),
            Some("declare a `log` in the connection whose events it holds"),
        ),
        NoLog::OtherFiles(patterns) => {
            let patterns: Vec<String> = patterns.iter().map(|it| format!("`{it}`")).collect();
            terminal.unable(
                &format!(
                    "no log reads `{file}`: they are for {}",
                    patterns.join(", ")
                ),
                Some("name the connection whose log it is: `--log CONNECTION`"),
            )
        }
        NoLog::Several(names) => {
            let told: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
            match names.as_slice() {
                [one] => terminal.unable(
                    &format!("several logs of `{one}` could read `{file}`"),
                    Some("say which files each of them reads: `file: \"visits_*.csv\"`"),
                ),
                _ => terminal.unable(
                    &format!("the logs of {} could all read `{file}`", told.join(", ")),
                    Some(
                        "name one with `--log CONNECTION`, or say which files each reads: `file:`",
                    ),
                ),
            }
        }
    }
}

/// Tells every column that is not as the log needs it.
fn wrong_columns(file: &str, log: &Log, columns: &Columns, terminal: &Terminal) -> Exit {
    let known: Vec<&str> = columns.known.iter().map(|it| &**it).collect();
    if let ([one], [_, ..]) = (known.as_slice(), columns.missing.as_slice())
        && let Some((_, written)) = DELIMITERS.iter().find(|(mark, _)| one.contains(*mark))
    {
        let message = format!("the first line of `{file}` is one cell");
        let help = format!("say `delimiter: {written}` in the log at {}", log.at);
        return terminal.unable(&message, Some(&help));
    }
    let told = |names: &[Arc<str>], one: &str, several: &str| {
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let what = if names.len() == 1 { one } else { several };
        (!names.is_empty()).then(|| format!("{what} {}", quoted.join(", ")))
    };
    let wrong = [
        told(&columns.missing, "no column", "no columns"),
        told(&columns.twice, "several columns", "several columns each of"),
    ];
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    let mut help: Vec<String> = Vec::new();
    let mut unlike = false;
    for name in &columns.missing {
        match nearest(name, known.iter().copied()) {
            Some(near) if columns.missing.len() == 1 => {
                help.push(format!("did you mean `{near}`?"));
            }
            Some(near) => help.push(format!("`{near}` may be meant for `{name}`")),
            None => unlike = true,
        }
    }
    if unlike {
        let all = format!("its first line names {} columns", known.len());
        help.push(did_you_mean::list(&known).unwrap_or(all));
    }
    if !columns.twice.is_empty() {
        help.push("give each a name of its own in the first line".to_owned());
    }
    terminal.unable(
        &format!("`{file}` has {}", wrong.join(", and ")),
        Some(&format!("{} (the log is at {})", help.join("; "), log.at)),
    )
}

fn known_log(asked: &str, model: &Model, terminal: &Terminal) -> Result<(), Exit> {
    let with_logs = model.connections.iter().filter(|it| !it.logs.is_empty());
    let known: Vec<&str> = with_logs.map(|connection| &*connection.name).collect();
    if known.contains(&asked) {
        return Ok(());
    }
    let help = match nearest(asked, known.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None => did_you_mean::list(&known),
    };
    let is_connection = model.connections.iter().any(|it| *it.name == *asked);
    let message = if is_connection {
        format!("connection `{asked}` has no log")
    } else {
        format!(
            "there is no connection `{}` with a log",
            asked.escape_debug()
        )
    };
    Err(terminal.unable(&message, help.as_deref()))
}

/// Says which rows are no events, the most frequent first.
fn tell_skipped(file: &str, skipped: &Skipped) {
    let mut values: Vec<(&String, &usize)> = skipped.values.iter().collect();
    values.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let named = values.iter().take(MAX_VALUES);
    let mut named: Vec<String> = named
        .map(|(value, count)| format!("{count} `{}`", value.escape_debug()))
        .collect();
    if values.len() > MAX_VALUES {
        named.push("…".to_owned());
    }
    let rows = skipped.rows;
    let noun = if rows == 1 { "row" } else { "rows" };
    let (file, named) = (clean(file), named.join(", "));
    say(&format!("{file}: {rows} {noun} left out: {named}\n"));
}
