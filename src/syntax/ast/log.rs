//! `log:` how a CSV file of a connection's events is read.

use super::{Content, EventRef, Name, Spanned};
use crate::source::Span;

/// One kind of CSV file.
#[derive(Debug)]
pub struct Log {
    /// The files that it reads, as `visits_*.csv`; none means any.
    pub files: Vec<Name>,
    pub delimiter: Option<u8>,
    /// `decimal: ","`.
    pub decimal_comma: bool,
    /// Cells with one of these texts are empty.
    pub absent: Vec<Name>,
    pub rows: LogRows,
    pub time: LogTime,
    /// The column of the event's subject.
    pub subject: Option<Name>,
    /// Columns that name an event together.
    pub id: Vec<Name>,
    /// Of every event that has such a field.
    pub fields: Vec<LogField>,
    /// Where it is told that the log as a whole lacks something.
    pub at: Span,
}

/// What a row of a log is.
#[derive(Debug)]
pub enum LogRows {
    /// `event:` every row is this event.
    One(EventRef),
    /// `type:` a column says it.
    Column {
        column: Name,
        /// None where a row is the event that its column names.
        events: Option<Vec<LogEvent>>,
        /// `others: skip`.
        skip_others: bool,
    },
}

/// A value of the `type` column and what it stands for.
#[derive(Debug)]
pub struct LogEvent {
    pub value: Name,
    pub event: EventRef,
    /// On top of those of the whole log.
    pub fields: Vec<LogField>,
}

#[derive(Debug)]
pub struct LogTime {
    /// Read as one text, with a blank between them.
    pub columns: Vec<Name>,
    pub format: LogFormat,
}

/// How times are written.
#[derive(Debug, Default)]
pub struct LogFormat {
    /// `unix_s`, `unix_ms`, `unix_us` or a pattern with `%`.
    pub format: Option<Spanned<String>>,
    /// The zone of times that do not say theirs.
    pub zone: Option<Spanned<String>>,
}

/// A payload field and where its value is.
#[derive(Debug)]
pub struct LogField {
    /// More than one name leads into an object.
    pub path: EventRef,
    pub source: LogSource,
}

#[derive(Debug)]
pub enum LogSource {
    /// `value:` the same in every row.
    Value(Content),
    Column {
        column: Name,
        /// Cell → value.
        values: Vec<(Name, Content)>,
        /// The value of an empty cell.
        empty: Option<Content>,
        format: LogFormat,
    },
}
