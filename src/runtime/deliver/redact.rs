//! Keeps what is secret out of everything that is told: reasons, answers.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use serde_json::Value as Json;

use crate::render::uri;

/// Shorter texts are no secrets, and stand in every other word.
const SHORTEST: usize = 4;
/// Longer reasons say no more.
const MAX_REASON: usize = 500;

/// What is not to be told, each with what stands for it; the longest first.
#[derive(Default)]
pub(super) struct Redactor {
    known: RwLock<Known>,
}

type Known = Vec<(String, Arc<str>)>;

impl Redactor {
    /// Notes a secret, with the forms that it takes on its way.
    pub(super) fn add(&self, secret: &str, name: &str) {
        let stand_in: Arc<str> = format!("${{{name}}}").into();
        let base64 = crate::cel::base64::encode(secret.as_bytes());
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for form in [
            secret.to_owned(),
            uri::part(secret),
            escaped(secret),
            base64,
        ] {
            let new = known.iter().all(|(known, _)| *known != form);
            if form.chars().count() >= SHORTEST && new {
                known.push((form, stand_in.clone()));
            }
        }
        known.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    }

    /// Notes a secret in place of the last of that name.
    pub(super) fn renew(&self, secret: &str, name: &str) {
        let stand_in = format!("${{{name}}}");
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, other)| **other != *stand_in);
        drop(known);
        self.add(secret, name);
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (secret, stand_in) in self.known().iter() {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), stand_in);
            }
        }
        text
    }

    /// In all texts of an answer.
    pub(super) fn json(&self, json: &mut Json) {
        match json {
            Json::String(text) => *text = self.text(text),
            Json::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Json::Object(fields) => fields.values_mut().for_each(|value| self.json(value)),
            _ => {}
        }
    }

    /// A reason as one line of bounded length. What the action was told is named rather than
    /// quoted: it may be personal.
    pub(super) fn reason(&self, reason: &str, with: &Json) -> String {
        let line = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut line = self.text(&line);
        for (name, value) in with.as_object().into_iter().flatten() {
            let value = value.as_str().map(str::trim).unwrap_or_default();
            if value.chars().count() >= SHORTEST && line.contains(value) {
                line = line.replace(value, &format!("${{params.{name}}}"));
            }
        }
        match line.char_indices().nth(MAX_REASON) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }
}

/// As in a JSON text.
fn escaped(text: &str) -> String {
    let quoted = Json::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
