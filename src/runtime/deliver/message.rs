//! What goes over the wire to a system: requests made of templates, and answers read by pointers.
//!
//! A template is JSON. A text in it that begins with `$` is the parameter of that name, with `#`
//! what is known of the action (`#key`, `#traveler`), with `@` a setting. What is absent is left
//! out, and with it the object that holds nothing else. `$impact?high=1&low=3` puts other words in
//! place of those of a parameter; `$due|date` is the day of a time.

use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::Call;
use super::settings::Settings;
use crate::render::uri;

/// A request, but for what all requests of its system have in common.
pub(super) struct Request {
    pub method: &'static str,
    /// Where to: below the system's address, or a whole address.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

pub(super) enum Body {
    None,
    Json(Json),
    Form(Vec<(&'static str, String)>),
    Text { content_type: String, text: String },
}

/// An answer, whole.
pub(super) struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// When another attempt is welcome, where it says so.
    pub retry_after: Option<Duration>,
}

/// Why an attempt failed.
pub(super) enum Failure {
    Again(String, Option<Duration>),
    Dead(String),
}

impl Response {
    pub(super) fn json(&self) -> Option<Json> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| &**value)
    }

    /// What it says in words: the first of the places where systems put their reasons.
    pub(super) fn words(&self) -> String {
        const PLACES: &[&str] = &[
            "/error/message",
            "/error/detail",
            "/error_description",
            "/message",
            "/detail",
            "/details",
            "/description",
            "/error",
            "/title",
            "/errors/0/message",
            "/0/message",
        ];
        let json = self.json();
        let said = (PLACES.iter()).find_map(|place| json.as_ref()?.pointer(place)?.as_str());
        match said {
            Some(said) => said.to_owned(),
            None => String::from_utf8_lossy(&self.body)
                .chars()
                .take(200)
                .collect(),
        }
    }
}

impl Call<'_> {
    /// A parameter that is there.
    pub(super) fn param(&self, name: &str) -> Option<&Json> {
        self.out.with.get(name).filter(|value| !value.is_null())
    }

    /// A parameter as text; empty where it is absent.
    pub(super) fn text(&self, name: &str) -> String {
        self.param(name).map(plain).unwrap_or_default()
    }

    /// A template, filled in; none where all in it is absent.
    pub(super) fn fill(&self, template: &Json, settings: &Settings) -> Option<Json> {
        match template {
            Json::String(text) => self.value(text, settings),
            Json::Array(items) => {
                let items = items.iter().filter_map(|item| self.fill(item, settings));
                Some(Json::Array(items.collect()))
            }
            Json::Object(fields) => {
                let filled: Map<String, Json> = (fields.iter())
                    .filter_map(|(name, value)| Some((name.clone(), self.fill(value, settings)?)))
                    .collect();
                (!filled.is_empty() || fields.is_empty()).then_some(Json::Object(filled))
            }
            other => Some(other.clone()),
        }
    }

    fn value(&self, text: &str, settings: &Settings) -> Option<Json> {
        match text.split_at_checked(1) {
            Some(("#", "key")) => Some((&*self.out.key).into()),
            Some(("#", "traveler")) => Some((&*self.out.traveler).into()),
            Some(("@", name)) => settings.text(name).map(Json::from),
            Some(("$", name)) => {
                if let Some(name) = name.strip_suffix("|date") {
                    let day: String = self.text(name).chars().take(10).collect();
                    return (!day.is_empty()).then_some(day.into());
                }
                let Some((name, words)) = name.split_once('?') else {
                    return self.param(name).cloned();
                };
                let value = self.param(name)?;
                let other = words.split('&').find_map(|pair| {
                    let (from, to) = pair.split_once('=')?;
                    (value.as_str() == Some(from)).then_some(to)
                });
                Some(other.map_or_else(|| value.clone(), Json::from))
            }
            _ => Some(text.into()),
        }
    }

    /// A path with parameters in braces, each as one segment of it, whatever it holds.
    pub(super) fn path(&self, template: &str) -> Result<String, String> {
        let mut path = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            path.push_str(before);
            path.push_str(&segment(name, &self.text(name))?);
            rest = after;
        }
        path.push_str(rest);
        Ok(path)
    }
}

/// The parameter as a segment of a path: nothing in it leads elsewhere.
pub(super) fn segment(name: &str, value: &str) -> Result<String, String> {
    match value {
        "" => Err(format!("the parameter `{name}` is empty")),
        "." | ".." => Err(format!("the parameter `{name}` is not a valid name")),
        value => Ok(uri::part(value)),
    }
}

/// A value as text: scalars as they are, others as JSON.
pub(super) fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

/// What a template of answers names, read from an answer by its JSON pointers; of several between
/// bars, by the first that leads somewhere.
pub(super) fn read(template: &str, body: &Json) -> Json {
    let template: Json = serde_json::from_str(template).unwrap_or_default();
    let fields = template.as_object().into_iter().flatten();
    let fields = fields.filter_map(|(name, pointer)| {
        let mut places = pointer.as_str()?.split('|');
        let value = places.find_map(|place| body.pointer(place))?;
        Some((name.clone(), value.clone()))
    });
    Json::Object(fields.collect())
}
