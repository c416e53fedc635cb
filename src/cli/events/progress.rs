//! A bar on standard error while a long log is read: only for people, and only where it takes a
//! while.

use std::io::{self, IsTerminal as _, Read};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What takes less is not worth a bar.
const PATIENCE: Duration = Duration::from_millis(400);

/// Counts the bytes that are read.
pub(super) struct Progress {
    bar: ProgressBar,
    since: Instant,
    /// Whether there is anybody to see it, and it is not shown yet.
    due: bool,
}

impl Progress {
    /// `bytes` are all that there is to read, where that is known.
    pub(super) fn new(bytes: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::hidden());
        let style = match bytes {
            Some(_) => "{msg} {wide_bar} {bytes} of {total_bytes}, {eta} to go",
            None => "{msg} {spinner} {bytes}",
        };
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Self {
            bar,
            since: Instant::now(),
            due: is_watched(),
        }
    }

    /// Says which file is read.
    pub(super) fn reading(&self, file: &str) {
        self.bar.set_message(file.to_owned());
    }

    fn more(&mut self, bytes: usize) {
        self.bar.inc(bytes as u64);
        if self.due && self.since.elapsed() > PATIENCE {
            self.due = false;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Takes the bar away.
    pub(super) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

/// What is read through it moves the bar.
pub(super) struct Counted<'p, R> {
    pub input: R,
    pub progress: &'p mut Progress,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.progress.more(read);
        Ok(read)
    }
}

/// So many events run before anybody gets impatient.
const MANY: usize = 100_000;

/// Something that moves on standard error while many events run, until it is dropped.
pub(in crate::cli) struct Running(ProgressBar);

impl Running {
    pub(in crate::cli) fn new(events: usize) -> Self {
        if events < MANY || !is_watched() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        bar.set_draw_target(ProgressDrawTarget::stderr());
        bar.set_message(format!("running {events} events"));
        bar.enable_steady_tick(PATIENCE / 4);
        Self(bar)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Whether anybody sees standard error who wants it to move.
fn is_watched() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && !dumb
}
