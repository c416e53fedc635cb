//! The systems that can be spoken to over HTTP: one file each, mostly tables.

#![allow(
    clippy::unnecessary_wraps,
    reason = "what stands in a table has the form of the table"
)]

mod http;
mod plain;
mod push;
mod salesforce;
mod segment;
mod servicenow;
mod slack;
mod sms;
mod teams;
mod zendesk;

use serde_json::Value as Json;

use super::Call;
use super::message::{self, Body, Failure, Request, Response};
use super::settings::{Setting, Settings, optional};
use crate::render::uri;

/// How a system is spoken to.
pub(super) struct System {
    /// Beside [`COMMON`].
    pub settings: &'static [Setting],
    /// Where its API is, unless the setting `url` says otherwise.
    pub home: Option<&'static str>,
    pub auth: Auth,
    pub actions: &'static [Action],
    /// Where actions of the workspace's own go: what stands before their names. Such an action is
    /// a `POST` of its parameters as JSON, and what it returns is read from the answer's fields.
    pub own: Option<&'static str>,
    /// Failures are answers too, when there is no other attempt: the journey reads `status`.
    pub tells_status: bool,
    /// Whether an answer of success means yes.
    pub judge: fn(&Call<'_>, &Response) -> Result<(), Failure>,
}

/// How a system knows who asks.
#[derive(Clone, Copy)]
pub(super) enum Auth {
    /// The setting that holds the token; without it, nothing is sent.
    Bearer(&'static str),
    /// User and password.
    Basic(fn(&Settings) -> (String, String)),
    Grant(&'static Grant),
}

/// Where a token is granted for `client_id` and `client_secret`.
pub(super) struct Grant {
    pub address: fn(&Settings) -> String,
    pub scope: Option<&'static str>,
}

/// An action of a standard connection.
pub(super) struct Action {
    pub name: &'static str,
    pub request: Make,
    /// Where the answer has what is returned: names and JSON pointers.
    pub returns: &'static str,
    /// A second request, made of the first's answer; the second's is the action's.
    pub then: Option<Then>,
}

/// Makes a request of the answer to another.
pub(super) type Then = fn(&Call<'_>, &Response) -> Result<Request, String>;

/// How a request is made.
pub(super) enum Make {
    /// A method, a path with parameters in braces, and a template of JSON; none where that is empty.
    Json(&'static str, &'static str, &'static str),
    Code(fn(&Call<'_>, &Settings) -> Result<Request, String>),
}

/// The settings of all systems.
pub(super) const COMMON: &[Setting] =
    &[optional("url"), optional("headers"), optional("plain_http")];

/// An action of a table.
pub(super) const fn action(name: &'static str, request: Make, returns: &'static str) -> Action {
    Action {
        name,
        request,
        returns,
        then: None,
    }
}

/// What a status of success says, it means.
pub(super) fn by_status(_: &Call<'_>, _: &Response) -> Result<(), Failure> {
    Ok(())
}

/// The system that a connection uses; the plain one where it uses none. Some stand for several
/// providers, told apart by the setting `provider`.
pub(super) fn system(
    uses: Option<&str>,
    provider: Option<&str>,
) -> Result<&'static System, String> {
    Ok(match uses {
        Some("std/http") => &http::HTTP,
        Some("std/push") => push::system(provider)?,
        Some("std/salesforce") => &salesforce::SALESFORCE,
        Some("std/segment") => &segment::SEGMENT,
        Some("std/servicenow") => &servicenow::SERVICENOW,
        Some("std/slack") => &slack::SLACK,
        Some("std/sms") => sms::system(provider)?,
        Some("std/survey") => &plain::SURVEY,
        Some("std/teams") => &teams::TEAMS,
        Some("std/zendesk") => &zendesk::ZENDESK,
        _ => &plain::PLAIN,
    })
}

/// All that are known.
pub(super) fn all() -> impl Iterator<Item = &'static System> {
    let known = [
        ("", None),
        ("std/http", None),
        ("std/push", None),
        ("std/push", Some("expo")),
        ("std/salesforce", None),
        ("std/segment", None),
        ("std/servicenow", None),
        ("std/slack", None),
        ("std/sms", None),
        ("std/sms", Some("twilio")),
        ("std/survey", None),
        ("std/teams", None),
        ("std/zendesk", None),
    ];
    (known.into_iter()).filter_map(|(uses, provider)| system(Some(uses), provider).ok())
}

/// The system of a provider, or what there is instead.
fn of_provider(
    provider: Option<&str>,
    gateway: &'static System,
    known: &[(&'static str, &'static System)],
) -> Result<&'static System, String> {
    let Some(provider) = provider else {
        return Ok(gateway);
    };
    let found = known.iter().find(|(name, _)| *name == provider);
    found.map(|(_, system)| *system).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(name, _)| format!("`{name}`")).collect();
        format!(
            "the setting `provider` is not one of {}: leave it out for a gateway of your own",
            names.join(", ")
        )
    })
}

impl System {
    pub(super) fn action(&self, name: &str) -> Option<&'static Action> {
        self.actions.iter().find(|action| action.name == name)
    }

    /// The request of an action, and the action where it stands in the table.
    pub(super) fn request(
        &self,
        call: &Call<'_>,
        settings: &Settings,
    ) -> Result<(Request, Option<&'static Action>), String> {
        let Some(action) = self.action(&call.out.action) else {
            let Some(before) = self.own else {
                return Err(format!("nobody carries out `{}`", call.out.action));
            };
            let name = uri::part(&call.out.action);
            return Ok((post(format!("{before}{name}"), call.out.with.clone()), None));
        };
        let request = match &action.request {
            Make::Json(method, path, body) => Request {
                method,
                path: call.path(path)?,
                headers: Vec::new(),
                body: match *body {
                    "" => Body::None,
                    body => Body::Json(filled(call, settings, body)),
                },
            },
            Make::Code(make) => make(call, settings)?,
        };
        Ok((request, Some(action)))
    }

    /// What the answer to an action returns.
    pub(super) fn answer(
        &self,
        call: &Call<'_>,
        action: Option<&Action>,
        response: &Response,
    ) -> Result<Json, String> {
        if call.returns.is_empty() {
            return Ok(Json::Null);
        }
        if self.tells_status && action.is_some() {
            return Ok(http::answer(response));
        }
        let no_json = || format!("answered {}, and no JSON", response.status);
        match action {
            None if response.body.is_empty() => Ok(Json::Null),
            None => response.json().ok_or_else(no_json),
            Some(action) => {
                let body = response.json().ok_or_else(no_json)?;
                Ok(message::read(action.returns, &body))
            }
        }
    }
}

/// A template of JSON, filled in.
fn filled(call: &Call<'_>, settings: &Settings, template: &str) -> Json {
    let template: Json = serde_json::from_str(template).unwrap_or_default();
    let empty = || Json::Object(serde_json::Map::new());
    call.fill(&template, settings).unwrap_or_else(empty)
}

fn post(path: String, body: Json) -> Request {
    Request {
        method: "POST",
        path,
        headers: Vec::new(),
        body: Body::Json(body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_templates_are_json() {
        for system in all() {
            for action in system.actions {
                let templates = match action.request {
                    Make::Json(_, _, body) => [body, action.returns],
                    Make::Code(_) => ["", action.returns],
                };
                for template in templates.into_iter().filter(|it| !it.is_empty()) {
                    let read = serde_json::from_str::<Json>(template);
                    assert!(read.is_ok(), "{}: {template}", action.name);
                }
            }
        }
    }
}
