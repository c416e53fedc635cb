//! How CSV files of a connection's events are read: columns to events and their fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{At, TimeFormat};

/// One kind of CSV file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// The files that it reads, `*` and `?` standing for any text and any character; none means
    /// any file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Arc<str>>,
    pub delimiter: char,
    /// Numbers have a comma where others have a point.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decimal_comma: bool,
    /// Cells with one of these texts are empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Arc<str>>,
    /// The column that says what happened; without one every row is the only event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<Arc<str>>,
    pub events: Vec<LogEvent>,
    /// Rows with another value in that column are left out, rather than rejected.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip_others: bool,
    /// Columns read as one text, with a blank between them.
    pub time: Vec<Arc<str>>,
    pub format: TimeFormat,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Arc<str>>,
    /// Columns that name an event together; none means its place in the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id: Vec<Arc<str>>,
    pub at: At,
}

/// An event that rows of a log are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEvent {
    /// `CONNECTION.EVENT`.
    pub event: Arc<str>,
    /// Values of the log's column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Arc<str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<LogField>,
}

/// A field of the payload and where its value comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogField {
    /// More than one name leads into an object.
    pub path: Vec<Arc<str>>,
    pub source: LogSource,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogSource {
    /// The same in every row.
    Value(Value),
    Cell(LogCell),
}

/// A cell and what is made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogCell {
    pub column: Arc<str>,
    /// Texts that stand for a value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<Arc<str>, Value>,
    /// What an empty cell means, where that is not that the field is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty: Option<Value>,
    /// Of times.
    #[serde(default, skip_serializing_if = "TimeFormat::is_default")]
    pub format: TimeFormat,
}
