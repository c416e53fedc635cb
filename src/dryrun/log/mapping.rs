//! The columns of one file held against a log: names to indexes once, rows to events many times.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::cells::{Form, shown};
use super::records::Record;
use super::{Columns, LogError};
use crate::cel::Type;
use crate::dryrun::samples::{Bad, Envelope};
use crate::model::{self, LogSource, Model, TimeReader};

/// As much of a value as a record of a trace needs, where it is no event.
const LONGEST: usize = 200;

/// A log, ready to read the rows of one file.
pub(super) struct Mapping {
    columns: Vec<Arc<str>>,
    absent: Vec<Arc<str>>,
    /// The column that says what a row is.
    kind: Option<usize>,
    events: Vec<Kind>,
    by_value: HashMap<Arc<str>, usize>,
    skip_others: bool,
    time: Vec<usize>,
    reader: TimeReader,
    subject: Option<usize>,
    id: Vec<usize>,
    /// Subjects come again and again: each is held once.
    subjects: HashMap<Arc<str>, Arc<str>>,
}

/// An event that rows can be.
struct Kind {
    cloud_type: Arc<str>,
    source: Arc<str>,
    fields: Vec<Field>,
}

struct Field {
    path: Vec<Arc<str>>,
    value: Source,
}

enum Source {
    Value(Value),
    Cell {
        column: usize,
        values: HashMap<Arc<str>, Value>,
        empty: Option<Value>,
        form: Form,
        /// Whether the field may be left out.
        optional: bool,
    },
}

/// What a row is.
pub(super) enum Row {
    Event(Envelope),
    Bad(Bad),
    /// One that the log leaves out, with the value that says so.
    Other(String),
}

impl Mapping {
    /// Finds the columns of a log in the first line of a file.
    pub(super) fn new(log: &model::Log, model: &Model, head: Record<'_>) -> Result<Self, LogError> {
        let mut find = Find {
            columns: head.cells().map(|cell| Arc::from(cell.trim())).collect(),
            missing: Vec::new(),
            twice: Vec::new(),
        };
        let kind = log.column.as_ref().map(|column| find.column(column));
        let time: Vec<usize> = log.time.iter().map(|it| find.column(it)).collect();
        let subject = log.subject.as_ref().map(|column| find.column(column));
        let id: Vec<usize> = log.id.iter().map(|it| find.column(it)).collect();
        let mut events = Vec::new();
        let mut by_value = HashMap::new();
        for event in &log.events {
            let Some(declared) = model.events.iter().find(|it| it.name == event.event) else {
                continue;
            };
            for value in &event.values {
                by_value.insert(value.clone(), events.len());
            }
            let fields = event.fields.iter();
            let fields = fields.filter_map(|field| find.field(field, declared, log, model));
            let (source, _) = declared
                .name
                .split_once('.')
                .unwrap_or((&declared.name, ""));
            events.push(Kind {
                cloud_type: declared.cloud_type.clone(),
                source: Arc::from(source),
                fields: fields.collect(),
            });
        }
        if !find.missing.is_empty() || !find.twice.is_empty() {
            return Err(LogError::Columns(Columns {
                missing: find.missing,
                twice: find.twice,
                known: find.columns,
            }));
        }
        Ok(Self {
            columns: find.columns,
            absent: log.absent.clone(),
            kind,
            events,
            by_value,
            skip_others: log.skip_others,
            time,
            reader: TimeReader::new(&log.format, &model.timezone),
            subject,
            id,
            subjects: HashMap::new(),
        })
    }

    /// What a row is; `place` names it where the log has no ids.
    pub(super) fn row(&mut self, record: Record<'_>, place: &Arc<str>) -> Row {
        let mut bad = Bad {
            name: "".into(),
            id: "".into(),
            time: None,
            reason: String::new(),
        };
        let refused = |bad: Bad, reason: String| Row::Bad(Bad { reason, ..bad });
        if record.len() != self.columns.len() {
            let reason = format!(
                "invalid row: it has {}, the first line has {}",
                cells(record.len()),
                self.columns.len()
            );
            return refused(bad, reason);
        }
        let value = self.kind.map(|column| record.cell(column));
        let found = match value {
            None => Some(0),
            Some(value) => (self.by_value.get(value))
                .or_else(|| self.by_value.get(value.trim()))
                .copied(),
        };
        if let (None, true, Some(value)) = (found, self.skip_others, value) {
            return Row::Other(value.chars().take(LONGEST).collect());
        }
        let time = self.time(record);
        bad.time = time.as_ref().ok().copied();
        let Some(kind) = found.and_then(|found| self.events.get(found)) else {
            let name: String = value.unwrap_or_default().chars().take(LONGEST).collect();
            bad.name = Arc::from(name);
            return refused(bad, "unknown type".to_owned());
        };
        bad.name = kind.cloud_type.clone();
        let Some(id) = self.id(record, place) else {
            let names: Vec<String> = self.id.iter().map(|it| self.name(*it)).collect();
            let reason = format!("invalid event: `id` is empty: {}", names.join(", "));
            return refused(bad, reason);
        };
        bad.id = id;
        let time = match time {
            Ok(time) => time,
            Err(why) => return refused(bad, format!("bad time: {why}")),
        };
        let data = match self.payload(kind, record) {
            Ok(data) => data,
            Err(why) => return refused(bad, format!("invalid payload: {why}")),
        };
        let (name, source) = (kind.cloud_type.clone(), kind.source.clone());
        let subject = self.subject.map(|column| record.cell(column).trim());
        let subject = subject.filter(|subject| !self.is_empty(subject));
        Row::Event(Envelope {
            id: bad.id,
            source,
            name,
            time,
            subject: subject.map(|subject| self.shared(subject)),
            data,
        })
    }

    fn shared(&mut self, subject: &str) -> Arc<str> {
        if let Some(shared) = self.subjects.get(subject) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = Arc::from(subject);
        self.subjects
            .insert(Arc::clone(&shared), Arc::clone(&shared));
        shared
    }

    fn time(&self, record: Record<'_>) -> Result<jiff::Timestamp, String> {
        let told = |text: &str, why: &str| {
            let names: Vec<String> = self.time.iter().map(|it| self.name(*it)).collect();
            let names = names.join(", ");
            match (text, self.time.len()) {
                ("", 1) => format!("{names} is empty"),
                ("", _) => format!("{names} are empty"),
                _ => format!("{names}: `{}`: {why}", shown(text)),
            }
        };
        if let [column] = self.time.as_slice() {
            let text = record.cell(*column).trim();
            return self.reader.read(text).map_err(|why| told(text, &why));
        }
        let cells: Vec<&str> = self.time.iter().map(|it| record.cell(*it).trim()).collect();
        let text = cells.join(" ");
        let text = text.trim();
        self.reader.read(text).map_err(|why| told(text, &why))
    }

    /// The id, which is the place where the log has none; nothing where it should and has not.
    fn id(&self, record: Record<'_>, place: &Arc<str>) -> Option<Arc<str>> {
        if self.id.is_empty() {
            return Some(Arc::clone(place));
        }
        let cells: Vec<&str> = self.id.iter().map(|it| record.cell(*it).trim()).collect();
        let is_empty = cells.iter().all(|cell| self.is_empty(cell));
        (!is_empty).then(|| Arc::from(cells.join(":")))
    }

    fn payload(&self, kind: &Kind, record: Record<'_>) -> Result<Value, String> {
        let mut data = Map::new();
        for field in &kind.fields {
            let value = match &field.value {
                Source::Value(value) => Some(value.clone()),
                Source::Cell {
                    column,
                    values,
                    empty,
                    form,
                    optional,
                } => {
                    let cell = record.cell(*column);
                    let meant = values.get(cell).or_else(|| values.get(cell.trim()));
                    if let Some(meant) = meant {
                        Some(meant.clone())
                    } else if !self.is_empty(cell) {
                        let read = form.read(cell);
                        Some(read.map_err(|why| format!("{}: {why}", self.name(*column)))?)
                    } else if empty.is_some() || *optional {
                        empty.clone()
                    } else {
                        return Err(format!("{} is empty", self.name(*column)));
                    }
                }
            };
            if let Some(value) = value.filter(|value| !value.is_null()) {
                put(&mut data, &field.path, value);
            }
        }
        Ok(Value::Object(data))
    }

    fn is_empty(&self, cell: &str) -> bool {
        let cell = cell.trim();
        cell.is_empty() || self.absent.iter().any(|text| **text == *cell)
    }

    fn name(&self, column: usize) -> String {
        format!("column `{}`", shown(&self.columns[column]))
    }
}

/// Puts a value at the end of a path, into objects that are made on the way.
fn put(data: &mut Map<String, Value>, path: &[Arc<str>], value: Value) {
    match path {
        [] => {}
        [last] => {
            data.insert(last.to_string(), value);
        }
        [first, rest @ ..] => {
            let inner = data
                .entry(first.to_string())
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

fn cells(count: usize) -> String {
    match count {
        1 => "1 cell".to_owned(),
        _ => format!("{count} cells"),
    }
}

/// Looks columns up, and keeps those that are not there.
struct Find {
    columns: Vec<Arc<str>>,
    missing: Vec<Arc<str>>,
    twice: Vec<Arc<str>>,
}

impl Find {
    fn column(&mut self, name: &str) -> usize {
        let is = |column: &&Arc<str>| ***column == *name.trim();
        match self.columns.iter().filter(is).count() {
            0 => keep(&mut self.missing, name),
            1 => {}
            _ => keep(&mut self.twice, name),
        }
        let found = self.columns.iter().position(|column| is(&column));
        found.unwrap_or_default()
    }

    fn field(
        &mut self,
        field: &model::LogField,
        event: &model::Event,
        log: &model::Log,
        model: &Model,
    ) -> Option<Field> {
        let [first, rest @ ..] = field.path.as_slice() else {
            return None;
        };
        let declared = event.fields.iter().find(|it| it.name == *first)?;
        let (mut ty, mut has_default) = (&declared.ty, declared.default.is_some());
        for name in rest {
            let Type::Object(object) = ty.present() else {
                return None;
            };
            let (_, inner) = object.field(name)?;
            (ty, has_default) = (&inner.ty, inner.default.is_some());
        }
        let value = match &field.source {
            LogSource::Value(value) => Source::Value(value.clone()),
            LogSource::Cell(cell) => Source::Cell {
                column: self.column(&cell.column),
                values: cell.values.clone().into_iter().collect(),
                empty: cell.empty.clone(),
                form: Form {
                    ty: ty.clone(),
                    decimal_comma: log.decimal_comma,
                    time: matches!(ty.present(), Type::Timestamp)
                        .then(|| TimeReader::new(&cell.format, &model.timezone)),
                },
                optional: ty.is_nullable() || has_default,
            },
        };
        Some(Field {
            path: field.path.clone(),
            value,
        })
    }
}

fn keep(names: &mut Vec<Arc<str>>, name: &str) {
    if !names.iter().any(|known| **known == *name) {
        names.push(Arc::from(name));
    }
}
