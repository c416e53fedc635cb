//! What systems answer, made up: for a stand-in that takes their place while somebody tries a plan.
//!
//! It is read from the same tables as real answers are, so that a stand-in knows every system that
//! there is a way to. It cannot tell which one it stands for, and answers as all of them at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::{answer, systems};
use crate::model::{Action, Field};

/// Made-up answers.
#[derive(Debug)]
pub struct Answers {
    /// Where some system's answer has what an action returns.
    places: Vec<String>,
    /// What the plan's own actions return, by the action's name.
    own: BTreeMap<Arc<str>, Vec<Field>>,
}

impl Answers {
    /// Of all systems, and of the actions that a plan declares.
    pub fn of(declared: &[Action]) -> Self {
        let actions = systems::all().flat_map(|system| system.actions);
        let mut places: Vec<String> = Vec::new();
        for action in actions.filter(|action| !action.returns.is_empty()) {
            let returns: Json = serde_json::from_str(action.returns).unwrap_or_default();
            let pointers = returns.as_object().into_iter().flatten();
            for (_, pointer) in pointers {
                let pointers = pointer.as_str().unwrap_or_default().split('|');
                places.extend(pointers.map(str::to_owned));
            }
        }
        let own = declared.iter().filter_map(|action| {
            let (_, name) = action.name.split_once('.')?;
            Some((Arc::from(name), action.returns.clone()))
        });
        Self {
            places,
            own: own.collect(),
        }
    }

    /// The answer to a request at a path, the same for the same idempotency key.
    pub fn to(&self, path: &str, key: &str) -> Json {
        let mut body = json!({
            "ok": true,
            "access_token": "made-up",
            "expires_in": 3600,
            "data": { "status": "ok" },
            "compositeResponse": [{ "httpStatusCode": 200 }, { "httpStatusCode": 200 }],
        });
        let hash = blake3::hash(key.as_bytes());
        let [a, b, c, ..] = hash.as_bytes();
        // Digits: a text or a number, as is needed.
        let id = u32::from_be_bytes([0, *a, *b, *c]).to_string();
        for place in &self.places {
            set(&mut body, place, &id);
        }
        let path = path.split('?').next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        if let Some(Json::Object(fields)) = self.own.get(name).map(|it| answer::made_up(it, &id))
            && let Some(body) = body.as_object_mut()
        {
            body.extend(fields);
        }
        body
    }
}

/// Sets what a JSON pointer leads to, and makes the way to it.
fn set(body: &mut Json, pointer: &str, value: &str) {
    let mut at = body;
    for part in pointer.split('/').skip(1) {
        if let Ok(index) = part.parse::<usize>() {
            if !at.is_array() {
                *at = Json::Array(Vec::new());
            }
            let Some(items) = at.as_array_mut() else {
                return;
            };
            if items.len() <= index {
                items.resize(index + 1, Json::Null);
            }
            at = &mut items[index];
        } else {
            if !at.is_object() {
                *at = Json::Object(Map::new());
            }
            let Some(fields) = at.as_object_mut() else {
                return;
            };
            at = fields.entry(part).or_insert(Json::Null);
        }
    }
    *at = value.into();
}

#[cfg(test)]
mod tests {
    use super::super::message;
    use super::*;

    #[test]
    fn every_systems_actions_find_what_they_return() {
        let answers = Answers::of(&[]);
        let body = answers.to("/crm/anything", "k");
        for action in systems::all().flat_map(|system| system.actions) {
            if action.returns.is_empty() {
                continue;
            }
            let due: Json = serde_json::from_str(action.returns).expect("it is JSON");
            let names = |json: &Json| -> Vec<String> {
                let fields = json.as_object().expect("it is an object");
                fields.keys().cloned().collect()
            };
            let read = message::read(action.returns, &body);
            assert_eq!(names(&read), names(&due), "{}", action.name);
        }
    }

    #[test]
    fn answers_to_one_key_are_the_same() {
        let answers = Answers::of(&[]);
        assert_eq!(answers.to("/a", "k"), answers.to("/b", "k"));
        assert_ne!(answers.to("/a", "k"), answers.to("/a", "l"));
    }
}
