//! What `cjoc check` changes when it is asked to: fixes, and comments that allow what is to stay.
//! Decides which files may be written, writes them, or shows what would be written.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::PathBuf;

use clap::Args;

use super::Exit;
use super::report::Unable;
use super::terminal::{Terminal, say};
use super::workspace::WorkspaceArgs;
use super::write;
use crate::compile::Outcome;
use crate::diagnostic::Applicability;
use crate::fix::{self, Change, Overlay, Refused, Snapshot, Why};
use crate::render::{Ink, count, diff};
use crate::source::{Files as _, OsFiles};

#[allow(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
#[derive(Args, Debug)]
pub(super) struct MendArgs {
    /// Apply safe fixes: they keep the meaning, or repair what could not have worked
    #[arg(long)]
    fix: bool,
    /// Also apply fixes that may change the meaning
    #[arg(long)]
    unsafe_fixes: bool,
    /// Print the changes as a diff without making them; exits with 1 if there are any
    #[arg(long, conflicts_with_all = ["format", "output"])]
    diff: bool,
    /// Suppress the remaining warnings with a comment at each place
    #[arg(long)]
    add_allow: bool,
    /// Why it is allowed, for `--add-allow`
    #[arg(
        long,
        requires = "add_allow",
        value_name = "TEXT",
        default_value = "it was here before cjoc",
        value_parser = reason
    )]
    reason: String,
}

/// A reason stands behind the bracket of a comment: on one line, with something to read.
fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err("a reason is one line of text".to_owned());
    }
    if !text.contains(char::is_alphanumeric) {
        return Err("a reason says something".to_owned());
    }
    Ok(text.to_owned())
}

/// Why a check does not go on.
pub(super) enum Stop {
    /// The diff was all there was to do.
    Shown(Exit),
    Unable(Unable),
}

fn unable(message: String) -> Stop {
    Stop::Unable(Unable {
        message,
        help: None,
    })
}

impl MendArgs {
    /// Changes the files as asked. Ends the command where that was all there was to do, or where it
    /// could not be done.
    pub(super) fn run(&self, workspace: &WorkspaceArgs, terminal: &Terminal) -> Result<(), Stop> {
        let wanted = self.fix || self.unsafe_fixes || self.add_allow || self.diff;
        if !wanted {
            return Ok(());
        }
        // Where there is no workspace, the check itself says so.
        let Ok(files) = workspace.files() else {
            return Ok(());
        };
        let unreadable = |error: io::Error| {
            unable(format!(
                "`{}` cannot be read: {error}",
                files.root().display()
            ))
        };
        let snapshot = Snapshot::new(&files).map_err(unreadable)?;
        let gate = Gate::new(&files);
        let done = self.change(&snapshot, &gate).map_err(unreadable)?;
        gate.explain(terminal);
        for refused in &done.refused {
            say(&not_made(refused, terminal));
        }
        if self.diff {
            let exit = if done.changes.is_empty() {
                Exit::Clean
            } else {
                Exit::Found
            };
            let exit = terminal.product(&diff::changes(&done.changes, terminal.out), exit);
            say(&done.summary("would be "));
            return Err(Stop::Shown(exit));
        }
        write_all(&files, &done.changes)?;
        say(&done.summary(""));
        Ok(())
    }

    fn change(&self, snapshot: &Snapshot<'_>, gate: &Gate) -> io::Result<Done> {
        let mut overlay = Overlay::new(snapshot);
        let may_change = |path: &str| gate.opens(path);
        let mut done = Done::default();
        if self.fix || self.unsafe_fixes || !self.add_allow {
            let least = if self.unsafe_fixes {
                Applicability::Unsafe
            } else {
                Applicability::Safe
            };
            let mended = fix::mend(overlay, least, &may_change)?;
            overlay = mended.overlay;
            done.fixed = Some(mended.fixes);
            done.refused = mended.refused;
        }
        if self.add_allow {
            let allowed = fix::allow(overlay, &self.reason, &may_change)?;
            overlay = allowed.overlay;
            done.allowed = Some(allowed.warnings);
        }
        done.changes = overlay.changes()?;
        Ok(done)
    }
}

/// "3 fixable with `--fix`, 2 more with `--unsafe-fixes`"; nothing where nothing is.
pub(super) fn hint(outcome: &Outcome) -> Option<String> {
    let offered = |least| {
        let offers = |d: &&_| fix::offered(d, least).is_some();
        outcome.diagnostics.iter().filter(offers).count()
    };
    let safe = offered(Applicability::Safe);
    match (safe, offered(Applicability::Unsafe) - safe) {
        (0, 0) => None,
        (safe, 0) => Some(format!("{safe} fixable with `--fix`\n")),
        (0, more) => Some(format!("{more} fixable with `--unsafe-fixes`\n")),
        (safe, more) => Some(format!(
            "{safe} fixable with `--fix`, {more} more with `--unsafe-fixes`\n"
        )),
    }
}

/// What was done, or would be.
#[derive(Default)]
struct Done {
    changes: Vec<Change>,
    /// None where it was not asked for.
    fixed: Option<usize>,
    allowed: Option<usize>,
    refused: Vec<Refused>,
}

impl Done {
    /// "3 problems fixed and 2 warnings allowed in 2 files"; nothing where nothing was done.
    fn summary(&self, would: &str) -> String {
        let done = |number: Option<usize>, thing: &str, what: &str| {
            let number = number.filter(|number| *number > 0)?;
            Some(format!("{} {would}{what}", count(number, thing)))
        };
        let parts: Vec<String> = [
            done(self.fixed, "problem", "fixed"),
            done(self.allowed, "warning", "allowed"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if parts.is_empty() || self.changes.is_empty() {
            return String::new();
        }
        let files = count(self.changes.len(), "file");
        format!("{} in {files}\n", parts.join(" and "))
    }
}

fn not_made(refused: &Refused, terminal: &Terminal) -> String {
    let Refused {
        at, name, message, ..
    } = refused;
    let what = format!("{at}: {name}: the fix \"{message}\" is not made");
    match (&refused.why, refused.applicability) {
        (Why::NotTried, _) => format!("{what}: run this again\n"),
        (Why::BringsError(error), Applicability::Safe) => format!(
            "{} {what}: it brings an error: {error}\n  This is a defect of cjoc, not of your \
             workspace: please report it.\n",
            terminal.err.paint(Ink::Error, "internal fault:")
        ),
        (Why::MendsNothing, Applicability::Safe) => format!(
            "{} {what}: it mends nothing\n  This is a defect of cjoc, not of your workspace: \
             please report it.\n",
            terminal.err.paint(Ink::Error, "internal fault:")
        ),
        (Why::BringsError(error), _) => format!("{what}: it would lead to an error: {error}\n"),
        (Why::MendsNothing, _) => format!("{what}: it would mend nothing\n"),
    }
}

/// Says which files may be written: those that stand in the workspace, each under one name.
struct Gate {
    root: PathBuf,
    /// Why a file that something is to be changed in may not be written; none where it may.
    asked: RefCell<BTreeMap<String, Option<&'static str>>>,
    /// Where the paths lead that were asked for.
    targets: RefCell<BTreeSet<PathBuf>>,
}

impl Gate {
    fn new(files: &OsFiles) -> Self {
        Self {
            root: files.root().to_owned(),
            asked: RefCell::default(),
            targets: RefCell::default(),
        }
    }

    fn opens(&self, path: &str) -> bool {
        let known = self.asked.borrow().get(path).copied();
        let closed = known.unwrap_or_else(|| {
            let closed = self.closed(path);
            self.asked.borrow_mut().insert(path.to_owned(), closed);
            closed
        });
        closed.is_none()
    }

    /// What keeps a file from being written.
    fn closed(&self, path: &str) -> Option<&'static str> {
        let root = fs::canonicalize(&self.root).ok();
        let target = fs::canonicalize(self.root.join(path)).ok();
        let (Some(root), Some(target)) = (root, target) else {
            return Some("it is not there");
        };
        if !target.starts_with(root) {
            return Some("it is a link that leads out of the workspace");
        }
        let writable = fs::metadata(&target).map(|meta| !meta.permissions().readonly());
        if !writable.unwrap_or(false) {
            return Some("it is read-only");
        }
        let text = fs::read(&target).map(|bytes| String::from_utf8(bytes).is_ok());
        if !text.unwrap_or(false) {
            return Some("it is not in UTF-8");
        }
        let first = self.targets.borrow_mut().insert(target);
        (!first).then_some("it is another name of a file that is")
    }

    /// Says of the files that would have been changed why they are not.
    fn explain(&self, terminal: &Terminal) {
        for (path, closed) in self.asked.borrow().iter() {
            if let Some(why) = closed {
                let note = terminal.err.paint(Ink::Warning, "note:");
                say(&format!("{note} `{path}` is not changed: {why}\n"));
            }
        }
    }
}

/// Writes every file that still reads as it did, each whole or not at all.
fn write_all(files: &OsFiles, changes: &[Change]) -> Result<(), Stop> {
    let mut failed = Vec::new();
    for change in changes {
        let written = match files.read(&change.path) {
            Ok(now) if now == change.before => {
                write::whole(&files.root().join(&change.path), &change.after)
            }
            Ok(_) => Err(io::Error::other("it has changed in the meantime")),
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            failed.push(format!("`{}` cannot be written: {error}", change.path));
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(unable(failed.join("; ")))
}
