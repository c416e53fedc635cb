//! `log:` under a connection: which columns of a CSV file hold an event.

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::yaml::{Node, Value};

use super::ast::{
    EventRef, Log, LogEvent, LogField, LogFormat, LogRows, LogSource, LogTime, Name, Spanned,
};
use super::expr::Place;
use super::keys::{Shape, Table, optional, required};
use super::reader::{Entry, Fields, Reader, mismatch, shorten};
use super::traveler::first_key;
use super::values::name_of;

const OTHERS: &[&str] = &["reject", "skip"];
const MARKS: &[&str] = &[".", ","];

const TEXTS: Shape = Shape::Any(&[Shape::Text, Shape::List(&Shape::Text)]);
const FIELDS: Shape = Shape::Any(&[
    Shape::List(&Shape::Name),
    Shape::Named(&Shape::Any(&[Shape::Text, Shape::Map(&FIELD)])),
]);

/// An entry of `log`.
pub(super) static LOG: Table = Table {
    what: "a `log`",
    keys: &[
        optional("file", TEXTS, "The files it reads, as `visits_*.csv`."),
        optional(
            "delimiter",
            Shape::Text,
            "What stands between cells, or `tab`; `,` by default.",
        ),
        optional(
            "decimal",
            Shape::Word(MARKS),
            "What stands before the fraction of a number.",
        ),
        optional("absent", TEXTS, "Texts that mean an empty cell."),
        optional("type", Shape::Text, "The column that says what happened."),
        optional("event", Shape::Path, "The event that every row is."),
        optional(
            "events",
            Shape::Any(&[
                Shape::List(&Shape::Path),
                Shape::Named(&Shape::Any(&[Shape::Path, Shape::Map(&EVENT)])),
            ]),
            "Values of the `type` column, each over its event.",
        ),
        optional(
            "others",
            Shape::Word(OTHERS),
            "What becomes of rows with other values.",
        ),
        required(
            "time",
            Shape::Any(&[Shape::Text, Shape::List(&Shape::Text), Shape::Map(&TIME)]),
            "The column with the time.",
        ),
        optional(
            "subject",
            Shape::Text,
            "The column with the event's subject.",
        ),
        optional("id", TEXTS, "The columns that name an event."),
        optional("fields", FIELDS, "Payload fields, each over its column."),
    ],
};

/// `time` at length.
pub(super) static TIME: Table = Table {
    what: "the `time` of a log",
    keys: &[
        required("column", TEXTS, "The column with the time."),
        FORMAT,
        ZONE,
    ],
};

/// An entry of `events` at length.
pub(super) static EVENT: Table = Table {
    what: "an event of a log",
    keys: &[
        required("event", Shape::Path, "The event that these rows are."),
        optional("fields", FIELDS, "Payload fields that have other columns."),
    ],
};

/// An entry of `fields` at length.
pub(super) static FIELD: Table = Table {
    what: "a field of a log",
    keys: &[
        optional("column", Shape::Text, "The column with its value."),
        optional("value", Shape::Data, "The value that it has in every row."),
        optional(
            "values",
            Shape::Named(&Shape::Data),
            "Cells, each over the value that it means.",
        ),
        optional("empty", Shape::Data, "The value that an empty cell means."),
        FORMAT,
        ZONE,
    ],
};

const FORMAT: super::keys::Key = optional(
    "format",
    Shape::Text,
    "`unix_s`, `unix_ms`, `unix_us` or a pattern as `%d.%m.%Y %H:%M`.",
);
const ZONE: super::keys::Key = optional(
    "zone",
    Shape::Text,
    "The time zone of times that do not say theirs.",
);

impl<'a> Reader<'a> {
    /// One log, or a list of them.
    pub(super) fn logs(&mut self, node: Node<'a>) -> Vec<Log> {
        let nodes = Self::one_or_many(node);
        self.read_each(nodes, Self::log)
    }

    fn log(&mut self, node: Node<'a>) -> Option<Log> {
        let map = self.map(node, "a map with the keys of a `log`")?;
        let head = first_key(map);
        let fields = self.fields(map, &LOG, head);
        let rows = self.log_rows(&fields, head);
        let time = fields.read(self, "time", Reader::log_time);
        let delimiter = fields.read(self, "delimiter", Reader::delimiter);
        let decimal = fields.read(self, "decimal", |r, node| r.word(node, MARKS));
        let subject = fields.read(self, "subject", Reader::column);
        // A subject that cannot be read is none that is missing.
        let readable = subject.is_some() || !fields.has("subject");
        let log = Log {
            files: fields.read_all(self, "file", Reader::some_texts),
            delimiter,
            decimal_comma: decimal == Some(1),
            absent: fields.read_all(self, "absent", Reader::some_texts),
            subject,
            id: fields.read_all(self, "id", Reader::columns),
            fields: fields.read_all(self, "fields", Reader::log_fields),
            rows: rows?,
            time: time?,
            at: head,
        };
        readable.then_some(log)
    }

    /// What rows are: `event`, or `type` with what its values stand for.
    fn log_rows(&mut self, fields: &Fields<'a>, head: Span) -> Option<LogRows> {
        let Some(entry) = fields.one_of(self, &["type", "event"]) else {
            fields.misses(self, "type", head);
            return None;
        };
        let event = fields.read(self, "event", Reader::path);
        let column = fields.read(self, "type", Reader::column);
        let events = fields.read(self, "events", |r, node| Some(r.log_events(node)));
        let others = fields.read(self, "others", |r, node| r.word(node, OTHERS));
        if entry.key == "type" {
            return Some(LogRows::Column {
                column: column?,
                events,
                skip_others: others == Some(1),
            });
        }
        for key in ["events", "others"] {
            if let Some(second) = fields.entry(key) {
                self.conflict(LOG.what, &entry, &second);
            }
        }
        Some(LogRows::One(event?))
    }

    fn log_events(&mut self, node: Node<'a>) -> Vec<LogEvent> {
        if let Value::Seq(seq) = node.value() {
            let items: Vec<_> = seq.items().collect();
            return (items.into_iter())
                .filter_map(|item| self.path(item))
                .map(|event| LogEvent {
                    value: Name {
                        text: Arc::from(event.to_string()),
                        span: event.span,
                    },
                    event,
                    fields: Vec::new(),
                })
                .collect();
        }
        self.each(node, "a map of values to events", |r, entry| {
            if entry.value.is_missing() {
                r.empty(entry);
                return None;
            }
            let value = entry.name();
            if entry.value.as_map().is_none() {
                let event = r.path(entry.value)?;
                let fields = Vec::new();
                return Some(LogEvent {
                    value,
                    event,
                    fields,
                });
            }
            let fields = r.open(entry.value, &EVENT, entry.at)?;
            let event: Option<EventRef> = fields.read(r, "event", Reader::path);
            let fields = fields.read_all(r, "fields", Reader::log_fields);
            let event = event?;
            Some(LogEvent {
                value,
                event,
                fields,
            })
        })
    }

    fn log_time(&mut self, node: Node<'a>) -> Option<LogTime> {
        if node.as_map().is_none() {
            let columns = self.columns(node);
            let format = LogFormat::default();
            return (!columns.is_empty()).then_some(LogTime { columns, format });
        }
        let fields = self.open(node, &TIME, node.span())?;
        let columns = fields.read_all(self, "column", Reader::columns);
        let format = self.log_format(&fields);
        (!columns.is_empty()).then_some(LogTime { columns, format })
    }

    fn log_format(&mut self, fields: &Fields<'a>) -> LogFormat {
        LogFormat {
            format: fields.read(self, "format", Reader::spanned_text),
            zone: fields.read(self, "zone", Reader::log_zone),
        }
    }

    fn log_zone(&mut self, node: Node<'a>) -> Option<Spanned<String>> {
        let scalar = self.scalar(node, "a time zone, as in `Europe/Paris`")?;
        if TimeZone::get(scalar.value()).is_err() {
            self.unknown_zone(scalar.value(), scalar.span());
            return None;
        }
        self.spanned_text(node)
    }

    fn log_fields(&mut self, node: Node<'a>) -> Vec<LogField> {
        if let Value::Seq(seq) = node.value() {
            let items: Vec<_> = seq.items().collect();
            if let Some(map) = items.iter().find(|item| item.as_map().is_some()) {
                self.report(
                    Diagnostic::new(
                        &codes::WRONG_SHAPE,
                        map.span(),
                        "a list of fields has no columns in it",
                    )
                    .help("in a list, columns are called as the fields are: write a map, `FIELD: COLUMN`"),
                );
                return Vec::new();
            }
            return (items.into_iter())
                .filter_map(|item| self.path(item))
                .map(|path| LogField {
                    source: column_alone(Name {
                        text: Arc::from(path.to_string()),
                        span: path.span,
                    }),
                    path,
                })
                .collect();
        }
        self.each(node, "a map of payload fields to columns", Self::log_field)
    }

    fn log_field(&mut self, entry: &Entry<'a>) -> Option<LogField> {
        if entry.value.is_missing() {
            self.empty(entry);
            return None;
        }
        let path = self.key_path(entry);
        if entry.value.as_map().is_none() {
            let source = column_alone(self.column(entry.value)?);
            return Some(LogField { path, source });
        }
        let fields = self.open(entry.value, &FIELD, entry.at)?;
        let Some(first) = fields.one_of(self, &["column", "value"]) else {
            fields.misses(self, "column", entry.at);
            return None;
        };
        let datum = |r: &mut Self, node| Some(r.content(node, Place::Data));
        if first.key == "value" {
            for key in ["values", "empty", "format", "zone"] {
                if let Some(second) = fields.entry(key) {
                    self.conflict(FIELD.what, &first, &second);
                }
            }
            let source = LogSource::Value(datum(self, first.value)?);
            return Some(LogField { path, source });
        }
        let column = fields.read(self, "column", Reader::column);
        let values = fields.read_all(self, "values", |r, node| r.contents(node, Place::Data));
        let empty = fields.entry("empty");
        let empty = empty.map(|entry| self.content(entry.value, Place::Data));
        let source = LogSource::Column {
            column: column?,
            values,
            empty,
            format: self.log_format(&fields),
        };
        Some(LogField { path, source })
    }

    /// The name of a column: any text that is not blank.
    fn column(&mut self, node: Node<'a>) -> Option<Name> {
        const HELP: &str = "write the name that stands in the first line of the file";
        let name = match node.value() {
            Value::Scalar(scalar) if !scalar.is_missing() => name_of(scalar),
            Value::Error => return None,
            _ => {
                self.report(mismatch(node, "the name of a column").help(HELP));
                return None;
            }
        };
        if name.text.trim().is_empty() {
            let message = "the name of a column cannot be empty";
            self.report(Diagnostic::new(&codes::INVALID_VALUE, name.span, message).help(HELP));
            return None;
        }
        Some(name)
    }

    /// A column, or a list of them.
    fn columns(&mut self, node: Node<'a>) -> Vec<Name> {
        let nodes = Self::one_or_many(node);
        if nodes.is_empty() && node.as_seq().is_some() {
            let message = "expected a column or a list of columns, but this list is empty";
            self.report(
                Diagnostic::new(&codes::WRONG_SHAPE, node.span(), message)
                    .help("name the columns, in the order in which they are read"),
            );
        }
        self.read_each(nodes, Self::column)
    }

    /// A text, or a list of them.
    fn some_texts(&mut self, node: Node<'a>) -> Vec<Name> {
        let nodes = Self::one_or_many(node);
        self.read_each(nodes, |r, it| r.scalar(it, "text").map(name_of))
    }

    fn delimiter(&mut self, node: Node<'a>) -> Option<u8> {
        let scalar = self.scalar(node, "a character, or `tab`")?;
        match scalar.value().as_bytes() {
            b"tab" => Some(b'\t'),
            [one] if (one.is_ascii_punctuation() && *one != b'"') || b"\t ".contains(one) => {
                Some(*one)
            }
            _ => {
                let written = shorten(scalar.value());
                let message = format!("`{}` cannot separate cells", written.escape_debug());
                self.report(
                    Diagnostic::new(&codes::INVALID_VALUE, scalar.span(), message)
                        .help("write one mark, as in `;`, or `tab`"),
                );
                None
            }
        }
    }
}

fn column_alone(column: Name) -> LogSource {
    LogSource::Column {
        column,
        values: Vec::new(),
        empty: None,
        format: LogFormat::default(),
    }
}
