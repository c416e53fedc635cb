//! Slack's Web API: <https://docs.slack.dev/apis/web-api/>, `chat.postMessage`, `chat.update`,
//! `reactions.add`. It answers 200 to everything: `ok` says whether it is done.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::super::message::{Failure, Request, Response};
use super::super::settings::{Settings, needed};
use super::{Auth, Call, Make, System, action, post};

pub(super) static SLACK: System = System {
    settings: &[needed("token")],
    home: Some("https://slack.com/api"),
    auth: Auth::Bearer("token"),
    actions: &[
        action(
            "post",
            Make::Json(
                "POST",
                "/chat.postMessage",
                r#"{"channel":"$channel","text":"$text","thread_ts":"$thread_ts"}"#,
            ),
            MESSAGE,
        ),
        action("ask", Make::Code(ask), MESSAGE),
        action(
            "update",
            Make::Json(
                "POST",
                "/chat.update",
                r#"{"channel":"$channel","ts":"$message_id","text":"$text"}"#,
            ),
            "",
        ),
        action(
            "react",
            Make::Json(
                "POST",
                "/reactions.add",
                r#"{"channel":"$channel","timestamp":"$message_id","name":"$reaction"}"#,
            ),
            "",
        ),
        action(
            "deliver",
            Make::Json(
                "POST",
                "/chat.postMessage",
                r#"{"channel":"$to","text":"$body"}"#,
            ),
            MESSAGE,
        ),
    ],
    // Any other method, by its name.
    own: Some("/"),
    tells_status: false,
    judge,
};

const MESSAGE: &str = r#"{"message_id":"/ts","channel":"/channel"}"#;

/// What goes by itself, as <https://docs.slack.dev/reference/methods/chat.postMessage#errors> has it.
const PASSING: &[&str] = &[
    "fatal_error",
    "internal_error",
    "message_limit_exceeded",
    "rate_limited",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
];

/// A text and a button for each choice, each in a block of its own: in one block Slack would have
/// every button go by another `action_id`.
fn ask(call: &Call<'_>, _: &Settings) -> Result<Request, String> {
    let text = call.text("text");
    let choices = call.param("choices").and_then(Json::as_array);
    let buttons = choices.into_iter().flatten().map(|choice| {
        let button = json!({
            "type": "button",
            "text": { "type": "plain_text", "text": choice },
            "action_id": call.param("action_id"),
            "value": choice,
        });
        json!({ "type": "actions", "elements": [button] })
    });
    let said = json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } });
    let blocks: Vec<_> = std::iter::once(said).chain(buttons).collect();
    let body = json!({ "channel": call.param("channel"), "text": text, "blocks": blocks });
    Ok(post("/chat.postMessage".into(), body))
}

fn judge(_: &Call<'_>, response: &Response) -> Result<(), Failure> {
    let Some(body) = response.json() else {
        return Err(Failure::Again("answered no JSON".into(), None));
    };
    if body.get("ok") == Some(&Json::Bool(true)) {
        return Ok(());
    }
    let error = body
        .get("error")
        .and_then(Json::as_str)
        .unwrap_or("no reason");
    // A reaction that is there already is what was wanted.
    if error == "already_reacted" {
        return Ok(());
    }
    let reason = format!("refused: {error}");
    Err(if PASSING.contains(&error) {
        let after = response.retry_after.or(Some(Duration::from_secs(1)));
        Failure::Again(reason, after.filter(|_| error.contains("limit")))
    } else {
        Failure::Dead(reason)
    })
}
