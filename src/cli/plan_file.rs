//! A plan that was written before, in place of a workspace.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::report::Unable;
use crate::engine::Engine;
use crate::plan::{MAX_BYTES, Plan, PlanError};
use crate::source::open;

const AGAIN: &str = "write it again, from its workspace: `cjoc plan --out plan.json`";

/// Reads a plan from a file or standard input, where no events are read from there, too.
pub(super) fn read(path: &Path, events: &[PathBuf]) -> Result<Plan, Unable> {
    let standard = Path::new("-");
    if path == standard && events.iter().any(|file| file == standard) {
        return Err(Unable {
            message: "the plan and the events cannot both come from standard input".to_owned(),
            help: Some("name a file for one of them".to_owned()),
        });
    }
    let shown = path.display();
    let bytes = bytes(path).map_err(|error| Unable {
        message: format!("`{shown}` cannot be read: {error}"),
        help: None,
    })?;
    let text = String::from_utf8(bytes).map_err(|_| Unable {
        message: format!("`{shown}` cannot be read: it is no text in UTF-8"),
        help: None,
    })?;
    let plan = Plan::from_json(&text).map_err(|error| Unable {
        message: format!("`{shown}`: {error}"),
        help: Some(match error {
            PlanError::NotAPlan(_) => {
                "give the path of a workspace, or of what `cjoc plan --out` wrote".to_owned()
            }
            _ => AGAIN.to_owned(),
        }),
    })?;
    // Its hash is right, so it says what somebody wanted it to say; that it can run is not said.
    match Engine::new(&plan.model) {
        Ok(_) => Ok(plan),
        Err(errors) => {
            let first = errors.first().map(ToString::to_string).unwrap_or_default();
            Err(Unable {
                message: format!("`{shown}` cannot run: {first}"),
                help: Some(AGAIN.to_owned()),
            })
        }
    }
}

/// All of it, and a byte more than may be: what is longer is refused without being read.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = MAX_BYTES as u64 + 1;
    if path == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        open(path)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}
