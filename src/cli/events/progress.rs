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
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            bar,
            since: Instant::now(),
            due: io::stderr().is_terminal() && !dumb,
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
