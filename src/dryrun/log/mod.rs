//! Logs in CSV: a file and the log of a connection go in, sample events come out, row by row.
//!
//! Rows that are no events of the log are told one by one, as other bad samples are. What the file
//! as a whole lacks is an error. Held are one record, and each subject once.

mod cells;
mod choose;
mod mapping;
mod records;

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::sync::Arc;

pub use choose::{Form, NoLog, choose};
pub use records::MAX_RECORD;

use mapping::{Mapping, Row};
use records::{Next, Records};

use super::samples::{Bad, MAX_BAD, Sample};
use super::stream::no_log;
use crate::model::{Log, Model};

/// So many different values are counted each on its own.
const MAX_SKIPPED: usize = 1_000;

/// Why a file cannot be read by a log.
#[derive(Debug)]
pub enum LogError {
    Read(io::Error),
    /// There is not even a line with the names of columns.
    Empty,
    /// The first line cannot be read.
    Head(&'static str),
    Columns(Columns),
}

/// What is wrong with the columns of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Columns {
    pub missing: Vec<Arc<str>>,
    /// Those that are needed, and there more than once.
    pub twice: Vec<Arc<str>>,
    /// What the first line names.
    pub known: Vec<Arc<str>>,
}

/// Rows that a log leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    pub rows: usize,
    /// By the value that says what a row is; of very many, the first.
    pub values: BTreeMap<String, usize>,
}

/// Reads a file by a log.
pub fn read(
    file: &str,
    log: &Log,
    model: &Model,
    input: impl BufRead,
    tell: &mut dyn FnMut(Sample),
) -> Result<Skipped, LogError> {
    let delimiter = u8::try_from(log.delimiter).unwrap_or(b',');
    let mut records = Records::new(input, delimiter);
    let mut mapping = match records.next().map_err(LogError::Read)? {
        Next::Record(head) => Mapping::new(log, model, head)?,
        Next::Bad { reason, .. } => return Err(LogError::Head(reason)),
        Next::End => return Err(LogError::Empty),
    };
    let mut skipped = Skipped::default();
    let mut bad = 0;
    loop {
        let sample = match records.next().map_err(LogError::Read)? {
            Next::Record(record) => {
                let place: Arc<str> = Arc::from(format!("{file}:{}", record.line));
                let content = match mapping.row(record, &place) {
                    Row::Event(event) => Ok(event),
                    Row::Bad(bad) => Err(bad),
                    Row::Other(value) => {
                        skipped.add(value);
                        continue;
                    }
                };
                Sample { place, content }
            }
            Next::Bad { line, reason } => Sample {
                place: Arc::from(format!("{file}:{line}")),
                content: Err(Bad {
                    name: "".into(),
                    id: "".into(),
                    time: None,
                    reason: format!("invalid row: {reason}"),
                }),
            },
            Next::End => return Ok(skipped),
        };
        bad += usize::from(sample.content.is_err());
        tell(sample);
        if bad > MAX_BAD {
            return Err(LogError::Read(no_log()));
        }
    }
}

impl Skipped {
    fn add(&mut self, value: String) {
        self.rows += 1;
        if self.values.len() < MAX_SKIPPED || self.values.contains_key(&value) {
            *self.values.entry(value).or_default() += 1;
        }
    }
}
