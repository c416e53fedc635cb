//! The summary of a step of GitHub Actions: a file that GitHub names, and shows below the run.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use super::terminal::say;
use crate::render::{Report, github};

/// What a step may write there in all.
const LIMIT: u64 = 1024 * 1024;

/// Adds all diagnostics to the summary, where there is one. That it cannot be written is said, and
/// changes nothing else.
pub(super) fn add(report: &Report<'_>) {
    let Some(path) = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return;
    };
    if let Err(error) = append(Path::new(&path), report) {
        say(&format!(
            "the summary of the step cannot be written: {error}\n"
        ));
    }
}

fn append(path: &Path, report: &Report<'_>) -> io::Result<()> {
    let mut file: File = OpenOptions::new().append(true).create(true).open(path)?;
    let left = LIMIT.saturating_sub(file.metadata()?.len());
    let budget = usize::try_from(left).unwrap_or(usize::MAX);
    file.write_all(github::summary(report, budget).as_bytes())
}
