//! Personal data made unreadable: records go in, the same records without what is `pii` come out.
//!
//! What is personal is known by name (fields, variables and parameters that are marked) and by
//! value (what those held, wherever it turns up: in texts, in messages, in names of travelers).

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::samples::Sample;
use crate::engine::{Action, Record, What};
use crate::model::{Field, Model};

/// What stands in place of personal data.
pub(super) const MASKED: &str = "•••";

/// The longest value that is found inside other text, in words.
const MAX_WORDS: usize = 4;

/// What is to be masked.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    /// Names that are marked.
    names: BTreeSet<Arc<str>>,
    /// What they held.
    values: BTreeSet<String>,
}

impl Mask {
    /// What these samples and their records tell of persons.
    pub fn new(model: &Model, samples: &[Sample], records: &[Record]) -> Self {
        let mut mask = Self {
            names: marked(model),
            values: BTreeSet::new(),
        };
        for sample in samples {
            if let Ok(event) = &sample.content {
                mask.learn(&event.data);
            }
        }
        for record in records {
            match &record.what {
                What::ProfileChanged { name, value } | What::VariableSet { name, value }
                    if mask.names.contains(name) =>
                {
                    mask.learn_all(value);
                }
                _ => {}
            }
        }
        mask
    }

    /// What a document itself tells of persons, by the names that are marked.
    pub fn of(model: &Model, document: &Value) -> Self {
        let mut mask = Self {
            names: marked(model),
            values: BTreeSet::new(),
        };
        mask.learn(document);
        mask
    }

    /// Values below marked names.
    fn learn(&mut self, data: &Value) {
        match data {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if self.is_marked(name) {
                        self.learn_all(value);
                    } else {
                        self.learn(value);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn(item)),
            _ => {}
        }
    }

    fn learn_all(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => fields.values().for_each(|value| self.learn_all(value)),
            Value::Array(items) => items.iter().for_each(|item| self.learn_all(item)),
            Value::String(text) if !text.trim().is_empty() => {
                self.values.insert(text.trim().to_owned());
                self.values.insert(text.trim().to_lowercase());
            }
            _ => {}
        }
    }

    /// Whether a name is marked as personal.
    pub fn is_marked(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The text without the values.
    pub fn text(&self, text: &str) -> String {
        let words = words(text);
        let mut out = String::new();
        let (mut at, mut word) = (0, 0);
        while let Some((start, _)) = words.get(word).copied() {
            let found = (1..=MAX_WORDS).rev().find_map(|count| {
                let (_, end) = words.get(word + count - 1).copied()?;
                self.values
                    .contains(&text[start..end])
                    .then_some((count, end))
            });
            match found {
                Some((count, end)) => {
                    out.push_str(&text[at..start]);
                    out.push_str(MASKED);
                    at = end;
                    word += count;
                }
                None => word += 1,
            }
        }
        out.push_str(&text[at..]);
        out
    }

    /// The value without what is personal in it.
    pub fn json(&self, value: &Value) -> Value {
        match value {
            Value::Object(fields) => (fields.iter())
                .map(|(name, value)| (name.clone(), self.named(name, value)))
                .collect(),
            Value::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            Value::String(text) => Value::String(self.text(text)),
            other => other.clone(),
        }
    }

    /// A value under a name.
    pub fn named(&self, name: &str, value: &Value) -> Value {
        if value.is_null() || !self.is_marked(name) {
            self.json(value)
        } else {
            Value::from(MASKED)
        }
    }

    fn shared(&self, text: &Arc<str>) -> Arc<str> {
        self.text(text).into()
    }

    /// The record without what is personal in it. Conditions are masked where they are told.
    pub fn record(&self, record: Record) -> Record {
        Record {
            traveler: record.traveler.as_ref().map(|name| self.shared(name)),
            key: record.key.as_ref().map(|key| self.json(key)),
            what: self.what(record.what),
            ..record
        }
    }

    fn what(&self, what: What) -> What {
        match what {
            What::EventIgnored { name, id, reason } => What::EventIgnored {
                id: self.shared(&id),
                reason: self.shared(&reason),
                name,
            },
            What::EventDuplicate { name, id, reason } => What::EventDuplicate {
                id: self.shared(&id),
                reason: self.shared(&reason),
                name,
            },
            What::EventRejected { name, id, reason } => What::EventRejected {
                id: self.shared(&id),
                reason: self.shared(&reason),
                name,
            },
            What::EventEmitted { name, with } => What::EventEmitted {
                with: self.json(&with),
                name,
            },
            What::TravelerCreated { name } => What::TravelerCreated {
                name: self.shared(&name),
            },
            What::TravelerMerged { name } => What::TravelerMerged {
                name: self.shared(&name),
            },
            What::ProfileChanged { name, value } => What::ProfileChanged {
                value: self.named(&name, &value),
                name,
            },
            What::VariableSet { name, value } => What::VariableSet {
                value: self.named(&name, &value),
                name,
            },
            What::ActionEmitted(action) => What::ActionEmitted(self.action(action)),
            What::ActionDeferred(action) => What::ActionDeferred(self.action(action)),
            What::ActionSuppressed(action) => What::ActionSuppressed(self.action(action)),
            What::PromiseMissed { name, reason } => What::PromiseMissed {
                reason: self.shared(&reason),
                name,
            },
            What::ConditionFailed { name, reason } => What::ConditionFailed {
                reason: self.shared(&reason),
                name,
            },
            // Names of the workspace, and nothing of a person.
            What::SegmentEntered { .. }
            | What::SegmentLeft { .. }
            | What::PersonaChanged { .. }
            | What::SessionStarted
            | What::SessionEnded { .. }
            | What::MilestoneEntered { .. }
            | What::MilestoneLeft { .. }
            | What::RuleFired { .. }
            | What::BranchTaken { .. }
            | What::WaitStarted { .. }
            | What::WaitEnded { .. }
            | What::Why(_) => what,
        }
    }

    fn action(&self, mut action: Action) -> Action {
        action.with = self.json(&action.with);
        if let Some(message) = &mut action.message {
            message.to = MASKED.into();
            message.subject = message.subject.as_ref().map(|text| self.shared(text));
            message.body = message.body.as_ref().map(|text| self.shared(text));
        }
        action
    }
}

/// The names of all that is marked, wherever it is declared.
fn marked(model: &Model) -> BTreeSet<Arc<str>> {
    let profiles = model.travelers.iter().flat_map(|it| &it.profile);
    let payloads = model.events.iter().flat_map(|it| &it.fields);
    let variables = model.journeys.iter().flat_map(|it| &it.variables);
    let fields = profiles.chain(payloads).chain(variables);
    let params = (model.templates.iter().flat_map(|it| &it.params))
        .chain(model.actions.iter().flat_map(|it| &it.params));
    let is_marked = |field: &&Field| field.pii;
    (fields.chain(params).filter(is_marked))
        .map(|field| field.name.clone())
        .collect()
}

/// Where the words of a text stand: what a value can begin and end with.
fn words(text: &str) -> Vec<(usize, usize)> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '@' | '.' | '+' | '-' | '_' | '\'');
    let mut words: Vec<(usize, usize)> = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (part(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                let word = &text[from..at];
                // The full stop of a sentence is no part of its last word.
                let end = from + word.trim_end_matches(['.', '-', '\'']).len();
                if end > from {
                    words.push((from, end));
                }
                start = None;
            }
            _ => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_found_in_texts_and_names_in_objects() {
        let mask = Mask {
            names: [Arc::from("email")].into(),
            values: ["carla@example.org", "Carla", "Anna Maria"]
                .map(str::to_owned)
                .into(),
        };
        let table = [
            ("Hello Carla, welcome.", "Hello •••, welcome."),
            ("email:carla@example.org", "email:•••"),
            ("Dear Anna Maria.", "Dear •••."),
            ("Carlas and Anna", "Carlas and Anna"),
            ("", ""),
        ];
        for (text, masked) in table {
            assert_eq!(mask.text(text), masked);
        }
        assert_eq!(
            mask.json(&json!({"email": 7, "to": ["Carla", 1], "none": null})),
            json!({"email": "•••", "to": ["•••", 1], "none": null})
        );
    }
}
