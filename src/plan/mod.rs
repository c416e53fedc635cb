//! The execution plan: a model as a document that can be kept, compared and run elsewhere.
//!
//! The same workspace gives the same bytes on every machine: keys are sorted, places are relative
//! to the workspace, and nothing in it comes from a clock or an environment. The form is described
//! in `spec/plan.md`.

mod error;
mod nesting;
pub mod schema;
mod worst;

pub use error::PlanError;
pub use nesting::MAX_NESTING;
pub use worst::{Sender, Worst, worst_case};

use serde::{Deserialize, Serialize};

use crate::model::{Model, ids};

/// The version of the form.
pub const VERSION: u32 = 1;

/// The most bytes that a plan is read from.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;

/// The most characters of a document that an error repeats.
const MAX_QUOTED: usize = 200;

/// A model and its hash.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub version: u32,
    /// BLAKE3 of the canonical JSON without this key, in hexadecimal digits.
    pub hash: String,
    pub model: Model,
}

/// A plan as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<M> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    model: M,
    version: u32,
}

/// What is looked at before anything else: later versions may have other keys.
#[derive(Deserialize)]
struct Head {
    version: Option<serde_json::Value>,
}

impl Plan {
    pub fn new(model: Model) -> Self {
        let text = canonical(&Document {
            hash: None,
            model: &model,
            version: VERSION,
        });
        Self {
            version: VERSION,
            hash: blake3::hash(text.as_bytes()).to_hex().to_string(),
            model,
        }
    }

    /// The canonical JSON: sorted keys, two spaces, a line end at the end.
    pub fn to_json(&self) -> String {
        canonical(&Document {
            hash: Some(self.hash.clone()),
            model: &self.model,
            version: self.version,
        })
    }

    /// Reads a plan that [`Plan::to_json`] wrote; white space and the order of keys do not matter.
    pub fn from_json(text: &str) -> Result<Self, PlanError> {
        if text.len() > MAX_BYTES {
            return Err(PlanError::TooLarge);
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if !text.trim_start().starts_with('{') {
            return Err(PlanError::NotAPlan("it is no JSON object".to_owned()));
        }
        nesting::hold(text)?;
        nesting::with_room(|| Self::read(text))
    }

    fn read(text: &str) -> Result<Self, PlanError> {
        let head: Head = parse(text).map_err(|error| PlanError::NotAPlan(error.to_string()))?;
        match head.version {
            None => return Err(PlanError::NotAPlan("it has no `version`".to_owned())),
            Some(version) if version != VERSION => {
                return Err(PlanError::Version(shortened(&version.to_string())));
            }
            Some(_) => {}
        }
        let document: Document<Model> =
            parse(text).map_err(|error| PlanError::Malformed(shortened(&error.to_string())))?;
        let stated = document
            .hash
            .ok_or_else(|| PlanError::Malformed("missing field `hash`".to_owned()))?;
        ids::verify(&document.model).map_err(|id| {
            PlanError::Malformed(format!(
                "the id `{}` is not where it is due",
                shortened(&id)
            ))
        })?;
        let plan = Self::new(document.model);
        if plan.hash == stated {
            Ok(plan)
        } else {
            Err(PlanError::Hash {
                stated: shortened(&stated),
                actual: plan.hash,
            })
        }
    }
}

/// JSON, and nothing behind it. The text has been held to [`MAX_NESTING`].
fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let read = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(read)
}

/// What a document says, cut where a message would get lost in it, and without what would make a
/// terminal do things.
fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_QUOTED).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// Through a value, whose maps are sorted by key.
fn canonical(document: &Document<&Model>) -> String {
    let value = serde_json::to_value(document).expect("the keys of a model's maps are strings");
    let mut text = serde_json::to_string_pretty(&value).expect("a value is always JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;
    use crate::cel::Type;
    use crate::model::{Field, Traveler};

    fn model(default: &serde_json::Value) -> Model {
        let at: Arc<str> = "travelers/customer.yaml:1:1".into();
        Model {
            name: "nto".into(),
            timezone: "UTC".into(),
            dedupe: SignedDuration::from_hours(168),
            travelers: vec![Traveler {
                name: "customer".into(),
                key: "id".into(),
                identities: vec!["id".into()],
                profile: vec![Field {
                    name: "score".into(),
                    ty: Type::Double.nullable(),
                    default: Some(default.clone()),
                    pii: false,
                    normalize: None,
                    at: at.clone(),
                }],
                consents: Vec::new(),
                traits: Vec::new(),
                at,
            }],
            connections: Vec::new(),
            events: Vec::new(),
            actions: Vec::new(),
            channels: Vec::new(),
            templates: Vec::new(),
            segments: Vec::new(),
            personas: Vec::new(),
            journeys: Vec::new(),
            rules: Vec::new(),
            kpis: Vec::new(),
            models: Vec::new(),
            environments: Vec::new(),
        }
    }

    fn plan() -> Plan {
        Plan::new(model(&serde_json::json!(0.1)))
    }

    #[test]
    fn what_is_written_can_be_read_and_is_the_same_again() {
        let plan = plan();
        let text = plan.to_json();
        let read = Plan::from_json(&text).expect("it was written by us");
        assert_eq!(read, plan);
        assert_eq!(read.to_json(), text);
        assert!(text.starts_with("{\n  \"hash\": \""), "{text}");
        assert!(text.ends_with("\"version\": 1\n}\n"), "{text}");
    }

    #[test]
    fn the_hash_is_that_of_the_document_without_it() {
        let plan = plan();
        let line = format!("  \"hash\": \"{}\",\n", plan.hash);
        let without = plan.to_json().replace(&line, "");
        assert_eq!(
            plan.hash,
            blake3::hash(without.as_bytes()).to_hex().as_str()
        );
    }

    #[test]
    fn what_is_not_a_sound_plan_is_refused_with_the_reason() {
        let text = plan().to_json();
        let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        let with = |key: &str, new: serde_json::Value| {
            let mut value = value.clone();
            value[key] = new;
            value.to_string()
        };
        let table = [
            (String::new(), "not a plan"),
            ("[1]".to_owned(), "not a plan"),
            ("{}".to_owned(), "no `version`"),
            ("[".repeat(1_000_000), "not a plan"),
            (with("version", 2.into()), "version 2"),
            (with("version", "1".into()), "version \"1\""),
            (with("extra", 1.into()), "unknown field `extra`"),
            (with("model", serde_json::json!({})), "missing field"),
            (with("hash", "00".into()), "changed"),
            (text.replace("\"nto\"", "\"other\""), "changed"),
            (
                text.replace("\"version\"", "\"version\": 1,\n\"version\""),
                "duplicate field",
            ),
            (
                text.replace("\"hash\"", "\"hasch\""),
                "unknown field `hasch`",
            ),
        ];
        for (text, reason) in table {
            let error = Plan::from_json(&text)
                .expect_err("it is not sound")
                .to_string();
            assert!(
                error.contains(reason),
                "{error} <- {}",
                &text[..text.len().min(80)]
            );
        }
    }

    proptest! {
        #[test]
        fn every_number_survives(number in any::<f64>().prop_filter("finite", |n| n.is_finite())) {
            let plan = Plan::new(model(&serde_json::json!(number)));
            prop_assert_eq!(Plan::from_json(&plan.to_json()).expect("it was written by us"), plan);
        }
    }
}
