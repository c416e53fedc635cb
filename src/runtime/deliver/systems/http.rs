//! `std/http`: any HTTP API, request by request. Failures are answers.

use serde_json::{Map, Value as Json};

use super::super::message::{Body, Request, Response, plain};
use super::super::settings::{Settings, optional, stated};
use super::{Action, Auth, Call, Make, System, action, by_status};
use crate::render::uri;

pub(super) static HTTP: System = System {
    settings: &[stated("url"), optional("token")],
    home: None,
    auth: Auth::Bearer("token"),
    actions: &[
        any("get"),
        any("post"),
        any("put"),
        any("patch"),
        any("delete"),
    ],
    own: Some("/"),
    tells_status: true,
    judge: by_status,
};

const fn any(name: &'static str) -> Action {
    action(name, Make::Code(request), "")
}

fn request(call: &Call<'_>, _: &Settings) -> Result<Request, String> {
    let method = match &*call.out.action {
        "get" => "GET",
        "put" => "PUT",
        "patch" => "PATCH",
        "delete" => "DELETE",
        _ => "POST",
    };
    let mut path = call.text("path");
    if path.is_empty() {
        return Err("the parameter `path` is empty".into());
    }
    let map = |name| {
        call.param(name)
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
    };
    for (name, value) in map("query") {
        path.push(if path.contains('?') { '&' } else { '?' });
        path.extend([uri::part(name), "=".into(), uri::part(&plain(value))]);
    }
    let headers = map("headers").map(|(name, value)| (name.clone(), plain(value)));
    Ok(Request {
        method,
        path,
        headers: headers.collect(),
        body: match call.param("body") {
            None => Body::None,
            Some(body) => Body::Text {
                content_type: match call.text("content_type") {
                    none if none.is_empty() => "application/json".into(),
                    some => some,
                },
                text: plain(body),
            },
        },
    })
}

/// The answer as a whole. Headers that come several times are joined by commas.
pub(super) fn answer(response: &Response) -> Json {
    let mut headers: Map<String, Json> = Map::new();
    for (name, value) in &response.headers {
        let known = headers.get(name).map(plain);
        let value = known.map_or_else(|| value.clone(), |known| format!("{known}, {value}"));
        headers.insert(name.clone(), value.into());
    }
    let body = String::from_utf8_lossy(&response.body);
    serde_json::json!({
        "status": response.status,
        "headers": headers,
        "body": (!body.is_empty()).then_some(body),
    })
}
