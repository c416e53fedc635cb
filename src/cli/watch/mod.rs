//! `cjoc check --watch`: what is wrong now, until it is stopped.
//!
//! The system hints that something changed ([`hints`]), a moment later ([`settle`]) the disk is
//! looked at ([`snapshot`]), and where the last answer may no longer hold, the whole workspace is
//! checked again, as `cjoc check` does. Answers that differ from the last are shown ([`screen`]).
//! Where hints are missing, it looks by itself from time to time; so it does, more rarely, where
//! they are not, since some drives keep their changes to themselves.

mod hints;
mod screen;
mod settle;
mod snapshot;

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant, SystemTime};

use super::Exit;
use super::terminal::{Terminal, say};
use crate::compile::{self, Outcome};
use crate::render::Look;
use crate::source::{MANIFEST, OsFiles, Walked};
use hints::{Hints, Waited};
use screen::{Answer, Mode, Screen};
use snapshot::{Recorder, Seen};

/// How often to look where the system hints.
const SAFE: Duration = Duration::from_secs(2);
/// How often to look where it does not.
const ALONE: Duration = Duration::from_millis(500);

/// How to watch.
pub(super) struct Request<'a> {
    pub files: OsFiles,
    /// Only documents go to standard output.
    pub documents: bool,
    /// Whether warnings fail the check.
    pub denied: &'a dyn Fn(&Outcome) -> bool,
    /// The diagnostics in the format that was asked for.
    pub body: &'a dyn Fn(&Outcome, Look) -> String,
}

/// Watches until it is interrupted, or nobody reads any more.
pub(super) fn run(request: &Request<'_>, terminal: &Terminal) -> Exit {
    let mode = if request.documents {
        Mode::Documents
    } else if io::stdout().is_terminal() {
        Mode::Redraw
    } else {
        Mode::Append
    };
    let root = request.files.root();
    let mut screen = Screen::new(mode, root.display().to_string());
    let mut hints = Hints::new();
    let mut seen: Option<Seen> = None;
    let mut told = false;
    loop {
        let start = Instant::now();
        let walked = look(&request.files, &mut hints, seen.as_ref());
        if let Some(why) = hints.trouble().filter(|_| !told) {
            told = true;
            let note = format!(
                "changes are looked for every {} ms, since the system does not tell them: {why}",
                ALONE.as_millis()
            );
            if let Some(note) = screen.note(note) {
                say(&format!("{note}\n"));
            }
        }
        let answer = match walked {
            Err(why) => {
                seen = None;
                Some(Answer::Waiting(why))
            }
            Ok(walked) => {
                let holds = seen
                    .as_ref()
                    .is_some_and(|seen| seen.holds(&request.files, &walked));
                (!holds).then(|| check(request, terminal.again().out, walked, &mut seen))
            }
        };
        let text = answer.and_then(|answer| {
            let terminal = terminal.again();
            screen.show(answer, start.elapsed(), terminal.out, terminal.height)
        });
        if let Some(text) = text
            && let Err(exit) = write(&text, terminal)
        {
            return exit;
        }
        wait(&request.files, &mut hints, start.elapsed());
    }
}

/// Walks through the workspace and follows its folders; the reason why there is nothing to check.
fn look(files: &OsFiles, hints: &mut Hints, seen: Option<&Seen>) -> Result<Walked, String> {
    let root = files.root();
    let beyond = seen.map(|seen| seen.beyond(root)).unwrap_or_default();
    // What comes into a folder before it is watched gives no hint: one walk more. Folders that
    // come faster than that are found by a later look.
    let mut walked = files.walk();
    for _ in 0..3 {
        let folders = walked.as_ref().map_or(&[][..], |walked| &walked.folders);
        if !hints.follow(root, folders, &beyond) {
            break;
        }
        walked = files.walk();
    }
    if !root.is_dir() {
        return Err(format!("`{}` is gone: waiting for it", root.display()));
    }
    if !root.join(MANIFEST).is_file() {
        return Err(format!("`{MANIFEST}` is gone: waiting for it"));
    }
    walked.map_err(|error| format!("`{}` cannot be read: {error}", root.display()))
}

fn check(request: &Request<'_>, look: Look, walked: Walked, seen: &mut Option<Seen>) -> Answer {
    let recorder = Recorder::new(&request.files, walked.sources, SystemTime::now());
    let outcome = compile::diagnose(&recorder);
    *seen = Some(recorder.seen());
    match outcome {
        Ok(outcome) => Answer::Found {
            body: (request.body)(&outcome, look),
            summary: outcome.summary,
            denied: (request.denied)(&outcome),
        },
        Err(error) => Answer::Waiting(format!("it cannot be read: {error}")),
    }
}

/// Until something changed and came to rest, or it is time to look anyway.
fn wait(files: &OsFiles, hints: &mut Hints, took: Duration) {
    let root = files.root();
    let pause = if hints.are_missing() { ALONE } else { SAFE };
    // A slow disk is not to be kept busy by looking.
    if hints.wait(root, pause.max(took * 10)) == Waited::Nothing {
        return;
    }
    let first = Instant::now();
    let mut last = first;
    let lock = settle::git_lock(root);
    loop {
        let git = lock.as_deref().and_then(settle::age);
        let Some(rest) = settle::rest(first.elapsed(), last.elapsed(), git) else {
            return;
        };
        if hints.wait(root, rest) == Waited::Hint {
            last = Instant::now();
        }
    }
}

/// In one piece. A reader that has gone away has seen enough.
fn write(text: &str, terminal: &Terminal) -> Result<(), Exit> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Exit::Clean),
        Err(error) => {
            Err(terminal.unable(&format!("standard output cannot be written: {error}"), None))
        }
    }
}
