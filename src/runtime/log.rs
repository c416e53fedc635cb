//! A deliverer for trying out: actions are written down, one JSON object a line, and not sent.

use std::fs::{File, OpenOptions};
use std::future::Future;
use std::io::{self, Write};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::delivery::Deliver;
use super::outgoing::{Outcome, Outgoing};

/// Writes actions to a file or to standard output.
pub struct LogDeliverer {
    out: Mutex<Box<dyn Write + Send>>,
}

impl LogDeliverer {
    /// To the end of a file, which is made if there is none.
    pub fn file(path: &Path) -> io::Result<Self> {
        let file: File = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self {
            out: Mutex::new(Box::new(file)),
        })
    }

    pub fn stdout() -> Self {
        Self {
            out: Mutex::new(Box::new(io::stdout())),
        }
    }

    /// Adds the line of an action.
    pub(super) fn write(&self, outgoing: &Outgoing) -> io::Result<()> {
        let mut line = serde_json::to_vec(outgoing)?;
        line.push(b'\n');
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // In one piece: whoever reads along sees whole lines.
        out.write_all(&line)?;
        out.flush()
    }
}

impl Deliver for LogDeliverer {
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        let written = self.write(outgoing);
        Box::pin(std::future::ready(match written {
            Ok(()) => Outcome::Done {
                returned: Value::Null,
            },
            Err(error) => Outcome::Again {
                reason: format!("the log of actions cannot be written: {error}"),
                after: None,
            },
        }))
    }
}
