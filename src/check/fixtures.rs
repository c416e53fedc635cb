//! Values of tests: what a fixture says, as JSON, and whether it fits its type, deep inside lists
//! and objects. A value that was no number or text has been reported by the reader.

use serde_json::{Value, json};

use super::context::Checker;
use crate::cel::{self, ObjectType, Type};
use crate::diagnostic::{Applicability, Code, Diagnostic, codes, did_you_mean, nearest};
use crate::source::Span;
use crate::syntax::ast::{Content, ContentKind, Name};

/// How a value is held against its type.
#[derive(Clone, Copy)]
pub(super) enum Fixture {
    /// It is sent to the journey: everything that must be there is, and nothing else.
    Sent,
    /// It is held against what came: only what is named counts.
    Expected,
}

impl Fixture {
    fn code(self, otherwise: &'static Code) -> &'static Code {
        match self {
            Self::Sent => &codes::INVALID_FIXTURE,
            Self::Expected => otherwise,
        }
    }
}

impl Checker<'_> {
    /// Checks named values against the fields of an object; `at` is where missing ones are told.
    /// What has a default is filled in where it is left out.
    pub(super) fn fixture_fields(
        &mut self,
        mode: Fixture,
        entries: &[(Name, Content)],
        object: &ObjectType,
        unknown: &'static Code,
        at: Span,
    ) {
        let what = if *unknown == codes::UNKNOWN_PARAMETER {
            "parameter"
        } else {
            "field"
        };
        // Where there is none at all, their declaration is what is missing.
        if let ([(first, _), _, ..], []) = (entries, &object.fields[..]) {
            let (name, count) = (&object.name, entries.len());
            let message = format!("`{name}` has no {what}s, and {count} are given");
            let help = format!("declare its {what}s, or remove all of them here");
            self.report(Diagnostic::new(unknown, first.span, message).help(help));
            return;
        }
        let given = |name: &str| entries.iter().any(|(n, _)| &*n.text == name);
        let mut misspelt = Vec::new();
        for (name, value) in entries {
            if let Some((_, field)) = object.field(&name.text) {
                self.fixture(mode, value, &field.ty, Some(name.span));
                continue;
            }
            let free = object.fields.iter().map(|f| &*f.name);
            let free: Vec<&str> = free.filter(|name| !given(name)).collect();
            misspelt.extend(nearest(&name.text, free.iter().copied()));
            let message = format!("`{}` has no {what} `{name}`", object.name);
            let diagnostic = Diagnostic::new(unknown, name.span, message).suggest(&name.text, free);
            self.report(match diagnostic.help {
                Some(_) => diagnostic,
                None => diagnostic.help("remove it"),
            });
        }
        if matches!(mode, Fixture::Expected) {
            return;
        }
        let missing: Vec<&cel::Field> = object
            .fields
            .iter()
            .filter(|f| !f.ty.is_nullable() && !f.ty.is_error() && !given(&f.name))
            .filter(|f| !misspelt.contains(&&*f.name) && f.default.is_none())
            .collect();
        let [first, rest @ ..] = missing.as_slice() else {
            return;
        };
        let names: Vec<String> = missing.iter().map(|f| format!("`{}`", f.name)).collect();
        let noun = if rest.is_empty() { "field" } else { "fields" };
        let message = format!("`{}` needs the {noun} {}", object.name, names.join(", "));
        let typed: Vec<String> = missing
            .iter()
            .map(|f| format!("`{}: {}`", f.name, f.ty))
            .collect();
        let diagnostic = Diagnostic::new(&codes::INVALID_FIXTURE, at, message)
            .help(format!("add {}", typed.join(", ")));
        self.report(match first.declared {
            Some(span) if self.sources.get(span.file).is_some() => {
                diagnostic.label(span, format!("`{}` is declared here", first.name))
            }
            _ => diagnostic,
        });
    }

    /// Checks one value; `key` is what it stands under.
    pub(super) fn fixture(
        &mut self,
        mode: Fixture,
        value: &Content,
        due: &Type,
        key: Option<Span>,
    ) {
        if due.is_error() {
            return;
        }
        match (&value.kind, due.present()) {
            (ContentKind::List(items), Type::List(element)) => {
                for item in items {
                    self.fixture(mode, item, element, None);
                }
            }
            (ContentKind::Map(entries), Type::Map(_, of)) => {
                for (name, value) in entries {
                    if !matches!(value.kind, ContentKind::Unknown | ContentKind::Null) {
                        self.fixture(mode, value, of, Some(name.span));
                    }
                }
            }
            (ContentKind::Map(entries), Type::Object(object)) => {
                let unknown = mode.code(&codes::UNKNOWN_FIELD);
                let at = key.unwrap_or(value.span);
                self.fixture_fields(mode, entries, object, unknown, at);
            }
            (ContentKind::Unknown, _) | (ContentKind::List(_) | ContentKind::Map(_), Type::Dyn) => {
            }
            (ContentKind::List(_), _) => self.unfit(mode, value, due, "a list", key),
            (ContentKind::Map(_), _) => self.unfit(mode, value, due, "a map", key),
            (ContentKind::Null, _) => {
                if cel::from_json(&Value::Null, due).is_err() {
                    self.unfit(mode, value, due, "`null`", key);
                }
            }
            (ContentKind::Text(text), Type::Enum(of)) => {
                let word = text.text.value();
                if !of.values.iter().any(|v| &**v == word) {
                    let code = mode.code(&codes::UNKNOWN_ENUM_VALUE);
                    let message = format!("`{word}` is not one of `{}`", due.present());
                    let known = of.values.iter().map(|v| &**v);
                    self.report(Diagnostic::new(code, value.span, message).suggest(word, known));
                }
            }
            (ContentKind::Text(text), _) => {
                if let Err(misfit) = cel::from_json(&json!(text.text.value()), due) {
                    let found = match misfit.found.as_str() {
                        "a string" => "text",
                        found => found,
                    };
                    let found = found.replacen("a string", "text", 1);
                    self.unfit(mode, value, due, &found, key);
                }
            }
            (kind, _) => {
                let found = match kind {
                    ContentKind::Bool(_) => "a bool",
                    _ => "a number",
                };
                if let Err(misfit) = cel::from_json(&value.json(), due) {
                    let found = match misfit.found.as_str() {
                        "a number with a fraction" => "a number with a fraction",
                        _ => found,
                    };
                    self.unfit(mode, value, due, found, key);
                }
            }
        }
    }

    fn unfit(
        &mut self,
        mode: Fixture,
        value: &Content,
        due: &Type,
        found: &str,
        key: Option<Span>,
    ) {
        // An empty value has no place of its own.
        let span = match key {
            Some(key) if value.span.range.is_empty() => key,
            _ => value.span,
        };
        let message = format!("expected `{due}`, found {found}");
        let diagnostic = Diagnostic::new(mode.code(&codes::TYPE_MISMATCH), span, message);
        let scalar = matches!(
            value.kind,
            ContentKind::Bool(_) | ContentKind::Int(_) | ContentKind::Double(_)
        );
        self.report(match due.present() {
            Type::String | Type::Enum(_) if scalar => {
                let quoted = format!("\"{}\"", self.sources.text(value.span));
                diagnostic.help(format!("quote it: `{quoted}`")).fix(
                    Applicability::Safe,
                    "quote it",
                    span,
                    quoted,
                )
            }
            Type::Object(object) => {
                let names: Vec<&str> = object.fields.iter().map(|f| &*f.name).collect();
                match did_you_mean::list(&names) {
                    Some(list) => diagnostic.help(format!("write a map of its fields: {list}")),
                    None => diagnostic.help("write `{}`: it has no fields"),
                }
            }
            _ => diagnostic.help(form(due.present())),
        });
    }
}

/// How a value of a type is written in event data.
fn form(due: &Type) -> String {
    match due {
        Type::Duration => "write a duration, as in `90s` or `PT20M`".to_owned(),
        Type::Timestamp => "write a time as RFC 3339 has it: `2026-03-02T18:00:00Z`".to_owned(),
        Type::Bytes => "write the bytes as base64".to_owned(),
        Type::List(_) => "write a list: `[…]`".to_owned(),
        Type::Int => "write a whole number within 64 bits".to_owned(),
        Type::Bool => "write `true` or `false`, without quotes".to_owned(),
        Type::Double => "write a number, without quotes".to_owned(),
        due => format!("write a value of `{due}`"),
    }
}
