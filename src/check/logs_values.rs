//! Values of logs: every field gets one of its type, and times can be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::Checker;
use super::fixtures::Fixture;
use crate::cel::{self, Field, Type};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{self, BadPattern, TimeFormat, judge_time_format};
use crate::source::Span;
use crate::syntax::ast::{self, Content, ContentKind, LogFormat, LogSource};

impl Checker<'_> {
    /// Where the value of a field comes from, checked against its type.
    pub(super) fn log_source(
        &mut self,
        field: &ast::LogField,
        due: &Field,
    ) -> Option<model::LogField> {
        if due.ty.is_error() {
            return None;
        }
        let before = self.out.len();
        let source = match &field.source {
            LogSource::Value(value) => {
                self.log_value(value, due, field.path.span);
                model::LogSource::Value(value.json())
            }
            LogSource::Column {
                column,
                values,
                empty,
                format,
            } => {
                let mut meanings = BTreeMap::new();
                for (cell, value) in values {
                    self.log_value(value, due, cell.span);
                    meanings.insert(cell.text.clone(), value.json());
                }
                if let Some(empty) = empty {
                    self.log_value(empty, due, field.path.span);
                }
                if *due.ty.present() != Type::Timestamp {
                    let given = [("format", &format.format), ("zone", &format.zone)];
                    for (key, written) in given {
                        let Some(written) = written else { continue };
                        let ty = due.ty.present();
                        let message = format!("`{key}` is for times, `{}` is `{ty}`", field.path);
                        self.report(
                            Diagnostic::new(&codes::INVALID_VALUE, written.span, message)
                                .help(format!("leave `{key}` out")),
                        );
                    }
                }
                let empty = empty.as_ref().map(Content::json);
                model::LogSource::Cell(model::LogCell {
                    column: column.text.clone(),
                    values: meanings,
                    empty: empty.filter(|value| !value.is_null()),
                    format: self.time_format(format)?,
                })
            }
        };
        let path = field.path.names().iter().map(|name| name.text.clone());
        (self.out.len() == before).then(|| model::LogField {
            path: path.collect(),
            source,
        })
    }

    /// Checks a value that is written down; `key` is what it stands under.
    fn log_value(&mut self, value: &Content, due: &Field, key: Span) {
        // Nothing is what the default is for.
        if matches!(value.kind, ContentKind::Null) && due.default.is_some() {
            return;
        }
        let before = self.out.len();
        self.fixture(Fixture::Expected, value, &due.ty, Some(key));
        if self.out.len() == before
            && !matches!(value.kind, ContentKind::Unknown)
            && let Err(misfit) = cel::from_json(&value.json(), &due.ty)
        {
            let message = format!("the value is not a valid `{}`: {misfit}", due.ty);
            self.report(
                Diagnostic::new(&codes::TYPE_MISMATCH, value.span, message)
                    .help(format!("write a value of `{}`", due.ty)),
            );
        }
    }

    /// How times are written; none where they cannot be read so.
    pub(super) fn time_format(&mut self, written: &LogFormat) -> Option<TimeFormat> {
        let zone = written.zone.as_ref().map(|zone| Arc::from(&*zone.value));
        let Some(format) = &written.format else {
            return Some(TimeFormat {
                pattern: None,
                zone,
            });
        };
        let pattern = &*format.value;
        let (code, message, help) = match judge_time_format(pattern) {
            Ok(()) => {
                return Some(TimeFormat {
                    pattern: Some(Arc::from(pattern)),
                    zone,
                });
            }
            Err(BadPattern::Unreadable(part)) => (
                &codes::NOT_SUPPORTED,
                format!("times cannot be read by `{part}` yet"),
                match part {
                    "%Z" => "leave `%Z` out and say the `zone`, or log an offset: `%z`",
                    _ => "write the parts themselves, as in `%d.%m.%Y %H:%M:%S`",
                },
            ),
            Err(BadPattern::Unknown(part)) => (
                &codes::INVALID_VALUE,
                format!("`{}` is not part of a time format", part.escape_debug()),
                "the parts are those of `strptime`, as in `%d.%m.%Y %H:%M:%S`",
            ),
            Err(BadPattern::NoPattern) => (
                &codes::INVALID_VALUE,
                format!("`{}` is not a time format", pattern.escape_debug()),
                "write `unix_s`, `unix_ms`, `unix_us` or a pattern as `%d.%m.%Y %H:%M:%S`",
            ),
            Err(BadPattern::NoDate) => (
                &codes::INVALID_VALUE,
                format!("`{}` does not come to a date", pattern.escape_debug()),
                "a time needs its year, month and day, and a twelve-hour clock its `%p`",
            ),
        };
        self.report(Diagnostic::new(code, format.span, message).help(help));
        None
    }
}
