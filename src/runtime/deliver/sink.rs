//! JSON lines to look at, in place of the system: in a file, or on standard output.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::{Call, Outcome, answer};

pub(super) enum Sink {
    Stdout,
    File(Mutex<File>),
}

impl Sink {
    /// Lines are added at the end of what the file holds.
    pub(super) fn file(path: &str) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self::File(Mutex::new(file)))
    }

    pub(super) fn deliver(&self, call: &Call<'_>) -> Outcome {
        let out = call.out;
        let returned = answer::made_up(call.returns, &out.key);
        let mut line = json!({
            "key": out.key,
            "traveler": out.traveler,
            "connection": out.connection,
            "action": out.action,
            "attempt": out.attempt,
            "with": out.with,
        })
        .to_string();
        line.push('\n');
        // One write a line, so that lines of several processes do not mix.
        let written = match self {
            Self::Stdout => io::stdout().lock().write_all(line.as_bytes()),
            Self::File(file) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.write_all(line.as_bytes())
            }
        };
        match written {
            Ok(()) => Outcome::Done { returned },
            Err(error) => Outcome::Again {
                reason: format!("the line could not be written: {error}"),
                after: None,
            },
        }
    }
}
