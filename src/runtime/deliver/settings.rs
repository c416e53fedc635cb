//! A connection's settings, worked out: its `config` in a plan and the values of the environment go
//! in, plain values come out, with all that is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::message::plain;
use super::problem::Problem;
use super::redact::Redactor;
use super::secrets::Secrets;
use crate::cel::{self, Ast, Env, Facts, Kind, Literal, Type, Value};
use crate::diagnostic::Severity;
use crate::model::env::{Here, Place, slot};
use crate::model::{Content, Environment, Expr, Model, TextPart, Vocabulary};

/// Values by the names of settings. An empty text is no value.
#[derive(Default)]
pub(super) struct Settings(BTreeMap<Arc<str>, Json>);

impl Settings {
    /// A setting as text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = plain(self.0.get(name)?);
        (!text.trim().is_empty()).then_some(text)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    /// Whether it is written to be nothing.
    pub(super) fn is_emptied(&self, name: &str) -> bool {
        self.0.contains_key(name) && self.text(name).is_none()
    }
}

/// A setting that a way out reads.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub name: &'static str,
    pub need: Need,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing can be sent without it.
    Needed,
    /// It has to be said, if only that there is none: `""`.
    Stated,
    /// It may be missing.
    Optional,
}

pub(super) const fn needed(name: &'static str) -> Setting {
    Setting {
        name,
        need: Need::Needed,
    }
}

pub(super) const fn stated(name: &'static str) -> Setting {
    Setting {
        name,
        need: Need::Stated,
    }
}

pub(super) const fn optional(name: &'static str) -> Setting {
    Setting {
        name,
        need: Need::Optional,
    }
}

/// Works settings out: what all connections have in common.
pub(super) struct Worker<'a> {
    env: Env,
    /// What `env` is.
    values: BTreeMap<Arc<str>, Arc<str>>,
    /// The values that come from outside the plan.
    secrets: &'a Secrets,
    set: BTreeSet<Arc<str>>,
}

/// What could not be worked out.
enum Wrong {
    /// These variables are not set.
    Missing(BTreeSet<Arc<str>>),
    Failed(String),
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        model: &Model,
        environment: Option<&Environment>,
        secrets: &'a Secrets,
    ) -> Self {
        let mut place = Place::of_traveler(None);
        place.env = Here::Is(());
        let mut values = BTreeMap::new();
        if let Some(environment) = environment {
            values.extend(environment.values.clone());
        }
        let read = names_read(model);
        for name in &read {
            if let Some(secret) = secrets.get(name) {
                values.insert(name.clone(), secret.clone());
            }
        }
        Self {
            env: place.env(&Vocabulary::of(model)),
            set: values.keys().cloned().collect(),
            values,
            secrets,
        }
    }

    /// The settings of a connection that somebody reads. What is optional may be missing where it
    /// stands as the standard connection has it.
    pub(super) fn settings(
        &self,
        connection: &Arc<str>,
        config: &BTreeMap<Arc<str>, Content>,
        read: &[Setting],
        redactor: &Redactor,
        problems: &mut Vec<Problem>,
    ) -> Settings {
        let mut settings = BTreeMap::new();
        for setting in read {
            let name = setting.name;
            let Some(content) = config.get(name) else {
                if setting.need != Need::Optional {
                    let none = match setting.need {
                        Need::Stated => ", or `\"\"` where there is none",
                        _ => "",
                    };
                    problems.push(
                        Problem::of(connection, format!("the setting `{name}` is missing"))
                            .help(format!("write `config: {{ {name}: … }}`{none}")),
                    );
                }
                continue;
            };
            match self.content(content) {
                Ok(value) => {
                    self.hide(name, content, &value, redactor);
                    settings.insert(Arc::from(name), value);
                }
                Err(Wrong::Missing(_))
                    if setting.need == Need::Optional && is_standard(content) => {}
                Err(Wrong::Missing(names)) => {
                    for variable in names {
                        let message = format!("`{variable}` is not set, for its setting `{name}`");
                        problems.push(
                            Problem::of(connection, message).help(
                                "set it in the process's environment or in the file of secrets",
                            ),
                        );
                    }
                }
                Err(Wrong::Failed(why)) => problems.push(Problem::of(
                    connection,
                    format!("the setting `{name}` cannot be worked out: {why}"),
                )),
            }
        }
        let settings = Settings(settings);
        for setting in read.iter().filter(|it| it.need == Need::Needed) {
            if settings.is_emptied(setting.name) {
                let message = format!("the setting `{}` is empty", setting.name);
                problems.push(Problem::of(connection, message));
            }
        }
        settings
    }

    /// A setting as text, before the others are read.
    pub(super) fn peek(&self, config: &BTreeMap<Arc<str>, Content>, name: &str) -> Option<String> {
        let value = self.content(config.get(name)?).ok()?;
        Some(plain(&value)).filter(|text| !text.is_empty())
    }

    /// Notes what is not to be told: the variables that come from outside, and what is made of them.
    fn hide(&self, name: &str, content: &Content, value: &Json, redactor: &Redactor) {
        let mut read = BTreeSet::new();
        each_expr(content, &mut |expr| names_of(&expr.cel, &mut read));
        let secret = |name: &Arc<str>| self.secrets.get(name);
        let mut from_outside = false;
        for variable in &read {
            if let Some(secret) = secret(variable) {
                from_outside = true;
                redactor.add(secret, &format!("env.{variable}"));
            }
        }
        if from_outside {
            each_text(value, &mut |text| {
                redactor.add(text, &format!("config.{name}"));
            });
        }
    }

    fn content(&self, content: &Content) -> Result<Json, Wrong> {
        Ok(match content {
            Content::Literal(json) => json.clone(),
            Content::Text(text) => {
                let mut out = String::new();
                for part in &text.parts {
                    match part {
                        TextPart::Literal(literal) => out.push_str(literal),
                        TextPart::Cel(expr) => {
                            out.push_str(&plain(&self.expr(expr, "string(\n", "\n)")?));
                        }
                    }
                }
                out.into()
            }
            Content::Value(expr) => self.expr(expr, "", "")?,
            Content::List(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|it| self.content(it)).collect();
                items?.into()
            }
            Content::Map(entries) => {
                let mut map = Map::with_capacity(entries.len());
                for (name, value) in entries {
                    map.insert(name.to_string(), self.content(value)?);
                }
                map.into()
            }
        })
    }

    fn expr(&self, expr: &Expr, before: &str, after: &str) -> Result<Json, Wrong> {
        let parsed = cel::parse(&format!("{before}{}{after}", expr.cel));
        let checked = cel::check(&parsed.ast, &self.env, &Facts::default(), Some(&Type::Dyn));
        let wrong = (parsed.problems.iter().chain(&checked.problems))
            .find(|problem| problem.code.severity == Severity::Error);
        if let Some(problem) = wrong {
            return Err(Wrong::Failed(problem.message.clone()));
        }
        let program = cel::compile(&parsed.ast, &checked, &self.env);
        let values = self.values.iter();
        let values =
            values.map(|(name, value)| (Value::string(name.clone()), Value::string(value.clone())));
        let mut slots = vec![Value::Null; slot::NAMES.len()];
        slots[usize::from(slot::ENV)] = Value::Map(Arc::new(values.collect()));
        match program.eval(&slots) {
            Ok(value) => Ok(cel::to_json(&value)),
            Err(error) => {
                let mut read = BTreeSet::new();
                names_of(&expr.cel, &mut read);
                let missing: BTreeSet<_> = read.difference(&self.set).cloned().collect();
                Err(if missing.is_empty() {
                    Wrong::Failed(error.to_string())
                } else {
                    Wrong::Missing(missing)
                })
            }
        }
    }
}

/// The variables that any setting reads.
fn names_read(model: &Model) -> BTreeSet<Arc<str>> {
    let mut names = BTreeSet::new();
    let own = model.connections.iter().map(|it| &it.config);
    let replaced = (model.environments.iter())
        .flat_map(|it| it.connections.values())
        .map(|it| &it.config);
    for content in own.chain(replaced).flat_map(BTreeMap::values) {
        each_expr(content, &mut |expr| names_of(&expr.cel, &mut names));
    }
    names
}

/// Adds the names that an expression reads from `env`, but for those that may be missing.
fn names_of(text: &str, names: &mut BTreeSet<Arc<str>>) {
    let parsed = cel::parse(text);
    let ast: &Ast = &parsed.ast;
    let is_env = |id| matches!(ast.kind(id), Kind::Ident(name) if ast.name(name) == "env");
    for id in ast.ids() {
        match ast.kind(id) {
            Kind::Select { operand, field, .. } if is_env(*operand) => {
                names.insert(Arc::from(ast.name(field)));
            }
            Kind::Index { operand, index, .. } if is_env(*operand) => {
                if let Kind::Literal(Literal::String(name)) = ast.kind(*index) {
                    names.insert(Arc::from(&**name));
                }
            }
            _ => {}
        }
    }
}

/// Whether it was written in a standard connection.
fn is_standard(content: &Content) -> bool {
    let mut standard = true;
    each_expr(content, &mut |expr| standard &= expr.at.starts_with("std/"));
    standard
}

fn each_expr(content: &Content, see: &mut impl FnMut(&Expr)) {
    match content {
        Content::Literal(_) => {}
        Content::Text(text) => {
            for part in &text.parts {
                if let TextPart::Cel(expr) = part {
                    see(expr);
                }
            }
        }
        Content::Value(expr) => see(expr),
        Content::List(items) => items.iter().for_each(|item| each_expr(item, see)),
        Content::Map(entries) => entries.values().for_each(|value| each_expr(value, see)),
    }
}

fn each_text(value: &Json, see: &mut impl FnMut(&str)) {
    match value {
        Json::String(text) => see(text),
        Json::Array(items) => items.iter().for_each(|item| each_text(item, see)),
        Json::Object(fields) => fields.values().for_each(|value| each_text(value, see)),
        _ => {}
    }
}
