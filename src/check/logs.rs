//! Logs of connections: every row is an event that there is, and every event has its fields.
//!
//! What fields are given is in `logs_values`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::Checker;
use crate::cel::{Field, ObjectType, Type};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{self, EventId};
use crate::resolve::{EventSource, duplicate};
use crate::source::Span;
use crate::syntax::ast::{self, EventRef, LogRows, Name};

/// An event that rows of a log are, and what is said of it.
struct Row<'l> {
    values: Vec<Arc<str>>,
    event: EventId,
    /// Its own fields.
    fields: &'l [ast::LogField],
    /// Where it is told that it lacks something.
    at: Span,
}

/// What all events of a log share, found in some of them.
struct Shared<'l> {
    fields: &'l [ast::LogField],
    found: Vec<bool>,
}

impl Checker<'_> {
    /// The logs of a connection, by its index.
    pub(super) fn logs(&mut self, connection: usize) -> Vec<model::Log> {
        let decl = self.names.connections[connection].decl;
        let logs = decl.logs.iter();
        logs.filter_map(|log| self.log(connection, log)).collect()
    }

    fn log(&mut self, connection: usize, log: &ast::Log) -> Option<model::Log> {
        let rows = self.rows(connection, log);
        let format = self.time_format(&log.time.format);
        let complete = rows.is_some();
        let mut shared = Shared {
            fields: &log.fields,
            found: vec![false; log.fields.len()],
        };
        self.unique_fields(&log.fields);
        let mut events = Vec::new();
        let mut unmapped = Vec::new();
        for row in rows.iter().flatten() {
            let fields = self.row_fields(row, &mut shared, &mut unmapped);
            let event = self.names.vocabulary.event(row.event).name.clone();
            let values = row.values.clone();
            events.push(model::LogEvent {
                event,
                values,
                fields,
            });
        }
        self.tell_unmapped(log, unmapped);
        self.subject_of_log(log, rows.as_deref().unwrap_or_default());
        if complete {
            self.unknown_to_all(rows.as_deref().unwrap_or_default(), &shared);
        }
        let text = |name: &Name| name.text.clone();
        let column = match &log.rows {
            LogRows::One(_) => None,
            LogRows::Column { column, .. } => Some(text(column)),
        };
        Some(model::Log {
            files: log.files.iter().map(text).collect(),
            delimiter: char::from(log.delimiter.unwrap_or(b',')),
            decimal_comma: log.decimal_comma,
            absent: log.absent.iter().map(text).collect(),
            column,
            events,
            skip_others: matches!(
                log.rows,
                LogRows::Column {
                    skip_others: true,
                    ..
                }
            ),
            time: log.time.columns.iter().map(text).collect(),
            format: format?,
            subject: log.subject.as_ref().map(text),
            id: log.id.iter().map(text).collect(),
            at: self.at(log.at),
        })
    }

    /// What rows may be; none where some of it is not known.
    fn rows<'l>(&mut self, connection: usize, log: &'l ast::Log) -> Option<Vec<Row<'l>>> {
        let (column, listed) = match &log.rows {
            LogRows::One(event) => {
                return Some(vec![Row {
                    values: Vec::new(),
                    event: self.log_event(connection, event)?,
                    fields: &[],
                    at: event.span,
                }]);
            }
            LogRows::Column { column, events, .. } => (column, events),
        };
        let Some(listed) = listed else {
            return self.rows_by_name(connection, column.span);
        };
        let mut complete = true;
        let mut rows = Vec::new();
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for entry in listed {
            if let Some(place) = first.insert(&entry.value.text, entry.value.span) {
                let value = &entry.value;
                self.report(duplicate("value", &value.text, value.span, place));
                continue;
            }
            self.unique_fields(&entry.fields);
            match self.log_event(connection, &entry.event) {
                Some(event) => rows.push(Row {
                    values: vec![entry.value.text.clone()],
                    event,
                    fields: &entry.fields,
                    at: entry.event.span,
                }),
                None => complete = false,
            }
        }
        complete.then_some(rows)
    }

    /// Without a list, a row is the event of the connection that its column names.
    fn rows_by_name<'l>(&mut self, connection: usize, at: Span) -> Option<Vec<Row<'l>>> {
        let names = Arc::clone(&self.names);
        let mine = names.events.iter().enumerate();
        let mine: Vec<Row<'l>> = mine
            .filter(|(_, event)| event.connection == connection)
            .map(|(index, event)| {
                let name = &names.vocabulary.events[index].name;
                let short = name.split_once('.').map_or(&**name, |(_, short)| short);
                let mut values = vec![Arc::from(short), name.clone()];
                if event.cloud_type != *name {
                    values.push(event.cloud_type.clone());
                }
                Row {
                    values,
                    event: EventId(index as u32),
                    fields: &[],
                    at,
                }
            })
            .collect();
        if mine.is_empty() {
            if !names.connections[connection].incomplete {
                let name = &names.connections[connection].decl.name;
                let message = format!("`{name}` has no events that rows of its log could be");
                self.report(
                    Diagnostic::new(&codes::UNKNOWN_EVENT, at, message).help("declare `events`"),
                );
            }
            return None;
        }
        Some(mine)
    }

    /// The event of a name: `CONNECTION.EVENT`, or one of the log's own connection.
    fn log_event(&mut self, connection: usize, written: &EventRef) -> Option<EventId> {
        let names = Arc::clone(&self.names);
        if let [alone] = written.names() {
            let own = &names.connections[connection].decl.name;
            let first = Name {
                text: own.text.clone(),
                span: alone.span,
            };
            let full = EventRef::new(vec![first, alone.clone()], written.span);
            return self.found(names.find_event(&full));
        }
        self.found(names.find_event(written))
    }

    /// Tells fields that have been given two columns.
    fn unique_fields(&mut self, fields: &[ast::LogField]) {
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        for field in fields {
            let name = field.path.to_string();
            let parts = name.match_indices('.').map(|(at, _)| &name[..at]);
            let taken = parts.chain([&*name]).find_map(|part| first.get(part));
            if let Some(place) = taken.copied() {
                self.report(duplicate("field", &name, field.path.span, place));
            }
            first.insert(name, field.path.span);
        }
    }

    /// The fields of an event: its own, and those of the whole log that it has.
    fn row_fields(
        &mut self,
        row: &Row<'_>,
        shared: &mut Shared<'_>,
        unmapped: &mut Vec<(Span, EventId, Vec<String>)>,
    ) -> Vec<model::LogField> {
        let names = Arc::clone(&self.names);
        let head = names.vocabulary.event(row.event);
        let mut mapped: Vec<(String, model::LogField)> = Vec::new();
        let mut broken = false;
        for field in row.fields {
            match leaf(&head.payload, &field.path) {
                Ok(found) => {
                    let source = self.log_source(field, found);
                    broken |= source.is_none();
                    mapped.extend(source.map(|source| (field.path.to_string(), source)));
                }
                Err(Missing { object, at }) => {
                    broken = true;
                    let what = object.name.to_string();
                    self.no_field(&what, &field.path, at, &[object]);
                }
            }
        }
        for (index, field) in shared.fields.iter().enumerate() {
            let Ok(found) = leaf(&head.payload, &field.path) else {
                continue;
            };
            let name = field.path.to_string();
            let own = row.fields.iter().map(|own| own.path.to_string());
            let told = std::mem::replace(&mut shared.found[index], true);
            if own.into_iter().any(|own| covers(&own, &name)) {
                continue;
            }
            // What is wrong with a field is told once, however many events have it.
            let before = self.out.len();
            let source = self.log_source(field, found);
            if told {
                self.out.truncate(before);
            }
            broken |= source.is_none();
            mapped.extend(source.map(|source| (name, source)));
        }
        let mut lacking = Vec::new();
        lacks(&head.payload, "", &mapped, &mut lacking);
        if !lacking.is_empty() && !broken {
            unmapped.push((row.at, row.event, lacking));
        }
        mapped.sort_by(|(a, _), (b, _)| a.cmp(b));
        mapped.into_iter().map(|(_, field)| field).collect()
    }

    /// Tells events that rows cannot be, because fields of theirs have no column. Where no event
    /// is listed, those of standard connections need not be in the log.
    fn tell_unmapped(&mut self, log: &ast::Log, mut unmapped: Vec<(Span, EventId, Vec<String>)>) {
        let listed = !matches!(log.rows, LogRows::Column { events: None, .. });
        let names = Arc::clone(&self.names);
        if !listed {
            unmapped.retain(|(_, event, _)| !names.events[event.index()].standard);
        }
        let more = unmapped.len().saturating_sub(1);
        let shown = if listed { usize::MAX } else { 1 };
        for (at, event, lacking) in unmapped.into_iter().take(shown) {
            let name = &names.vocabulary.event(event).name;
            let quoted: Vec<String> = lacking.iter().map(|field| format!("`{field}`")).collect();
            let (noun, have) = match lacking.as_slice() {
                [_] => ("field", "has"),
                _ => ("fields", "have"),
            };
            let list = quoted.join(", ");
            let message = format!("the {noun} {list} of `{name}` {have} no column in this log");
            let add: Vec<String> = lacking.iter().map(|it| format!("`{it}: COLUMN`")).collect();
            let mut help = format!("add {} under `fields`", add.join(", "));
            if !listed {
                help += ", or name the events that the log has under `events`";
            }
            let mut diagnostic = Diagnostic::new(&codes::UNMAPPED_FIELD, at, message).help(help);
            if !listed && more > 0 {
                let others = if more == 1 {
                    "one more event".to_owned()
                } else {
                    format!("{more} more events")
                };
                diagnostic = diagnostic.note(format!("so it is with {others}"));
            }
            self.report(match names.events[event.index()].source {
                EventSource::Event(decl) if names.events[event.index()].base.is_none() => {
                    diagnostic.label(decl.name.span, format!("`{name}` is declared here"))
                }
                _ => diagnostic,
            });
        }
    }

    /// Tells that a log has no subject, where that alone finds the travelers of an event.
    fn subject_of_log(&mut self, log: &ast::Log, rows: &[Row<'_>]) {
        if log.subject.is_some() {
            return;
        }
        let names = Arc::clone(&self.names);
        let by_subject = |row: &&Row<'_>| {
            let event = &names.events[row.event.index()];
            let EventSource::Event(decl) = event.source else {
                return false;
            };
            let identify = match event.base {
                Some(base) if decl.identify.is_empty() => &base.identify,
                _ => &decl.identify,
            };
            // Without any, the subject is the key.
            let mut all = identify.iter().flat_map(|(_, assigns)| assigns);
            all.all(|assign| assign.value.source().trim() == "trigger.subject")
        };
        let listed = !matches!(log.rows, LogRows::Column { events: None, .. });
        let is_own = |row: &&Row<'_>| listed || !names.events[row.event.index()].standard;
        if let Some(row) = rows.iter().filter(is_own).find(by_subject) {
            let name = &names.vocabulary.event(row.event).name;
            let message = format!("this log has no `subject`, which alone says whose `{name}` is");
            self.report(
                Diagnostic::new(&codes::MISSING_KEY, log.at, message)
                    .help("add `subject:`, the column that names the traveler"),
            );
        }
    }

    /// Tells fields of the whole log that no event has.
    fn unknown_to_all(&mut self, rows: &[Row<'_>], shared: &Shared<'_>) {
        let names = Arc::clone(&self.names);
        let payloads: Vec<Arc<ObjectType>> = rows
            .iter()
            .map(|row| names.vocabulary.event(row.event).payload.clone())
            .collect();
        for (field, found) in shared.fields.iter().zip(&shared.found) {
            if *found || payloads.is_empty() {
                continue;
            }
            let missing: Vec<Missing> = payloads
                .iter()
                .filter_map(|payload| leaf(payload, &field.path).err())
                .collect();
            // The furthest that one of them leads.
            let Some(furthest) = missing.iter().map(|it| it.at).max() else {
                continue;
            };
            let at_end = missing.iter().filter(|it| it.at == furthest);
            let objects: Vec<Arc<ObjectType>> = at_end.map(|it| it.object.clone()).collect();
            let what = match (objects.as_slice(), rows) {
                ([one], [_]) => one.name.to_string(),
                _ => String::new(),
            };
            self.no_field(&what, &field.path, furthest, &objects);
        }
    }

    /// Tells that there is no such field, at its name; `objects` have those that there are.
    fn no_field(&mut self, what: &str, path: &EventRef, at: usize, objects: &[Arc<ObjectType>]) {
        let Some(name) = path.names().get(at) else {
            return;
        };
        let fields = objects.iter().flat_map(|object| &object.fields);
        let mut known: Vec<&str> = fields.map(|field| &*field.name).collect();
        known.sort_unstable();
        known.dedup();
        let message = if what.is_empty() {
            format!("no event of this log has a field `{path}`")
        } else {
            format!("`{what}` has no field `{name}`")
        };
        let diagnostic =
            Diagnostic::new(&codes::UNKNOWN_FIELD, name.span, message).suggest(&name.text, known);
        self.report(match diagnostic.help {
            Some(_) => diagnostic,
            None => diagnostic.help("remove it, or declare the field"),
        });
    }
}

/// Where a path ends that leads to no field.
struct Missing {
    object: Arc<ObjectType>,
    /// The index of the name that the object has not.
    at: usize,
}

/// The field that a path leads to.
fn leaf<'p>(payload: &'p Arc<ObjectType>, path: &EventRef) -> Result<&'p Field, Missing> {
    let mut object = payload;
    let mut found: Option<&Field> = None;
    for (at, name) in path.names().iter().enumerate() {
        if at > 0 {
            match found {
                // It has been told what is wrong with the type.
                Some(field) if field.ty.is_error() => return Ok(field),
                Some(Field { name, ty, .. }) => {
                    let Type::Object(inner) = ty.present() else {
                        let object = ObjectType {
                            name: name.clone(),
                            fields: Vec::new(),
                        };
                        return Err(missing(&Arc::new(object), at));
                    };
                    object = inner;
                }
                None => {}
            }
        }
        match object.field(&name.text) {
            Some((_, field)) => found = Some(field),
            None => return Err(missing(object, at)),
        }
    }
    found.ok_or_else(|| missing(object, 0))
}

fn missing(object: &Arc<ObjectType>, at: usize) -> Missing {
    Missing {
        object: Arc::clone(object),
        at,
    }
}

/// Whether a field that is given stands for the other: it is the same, or an object that holds it,
/// or in one.
fn covers(given: &str, other: &str) -> bool {
    let within = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('.'));
    given == other || within(other, given) || within(given, other)
}

/// The fields that must be there and have no value.
fn lacks(
    object: &ObjectType,
    prefix: &str,
    mapped: &[(String, model::LogField)],
    found: &mut Vec<String>,
) {
    for field in &object.fields {
        let name = format!("{prefix}{}", field.name);
        if mapped.iter().any(|(path, _)| *path == name) || field.ty.is_error() {
            continue;
        }
        let below = format!("{name}.");
        let inside = mapped.iter().any(|(path, _)| path.starts_with(&below));
        match field.ty.present() {
            Type::Object(inner) if inside => lacks(inner, &below, mapped, found),
            _ if field.ty.is_nullable() || field.default.is_some() => {}
            _ => found.push(name),
        }
    }
}
