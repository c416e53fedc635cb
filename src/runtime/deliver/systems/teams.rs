//! Microsoft Teams, as a bot: the Bot Connector REST API,
//! <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference>
//! and <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages>.
//! (Graph lets no application write in a channel by itself.) The app has to be installed in the team,
//! or for the person. Regions other than the worldwide one have their own `url`.

use serde_json::{Value as Json, json};

use super::super::message::{Body, Request, Response, segment};
use super::super::settings::{Settings, needed, optional};
use super::{Action, Auth, Call, Grant, Make, System, action, by_status, post};

pub(super) static TEAMS: System = System {
    settings: &[
        needed("tenant"),
        needed("client_id"),
        needed("client_secret"),
        optional("login"),
    ],
    home: Some("https://smba.trafficmanager.net/teams"),
    auth: Auth::Grant(&GRANT),
    actions: &[
        action("post", Make::Code(say), MESSAGE),
        action("ask", Make::Code(ask), MESSAGE),
        action("update", Make::Code(update), ""),
        Action {
            name: "deliver",
            request: Make::Code(open),
            returns: r#"{"message_id":"/id"}"#,
            then: Some(tell),
        },
    ],
    own: None,
    tells_status: false,
    judge: by_status,
};

static GRANT: Grant = Grant {
    address: |settings| {
        let tenant = settings.text("tenant").unwrap_or_default();
        let login = settings.text("login");
        let login = login
            .as_deref()
            .unwrap_or("https://login.microsoftonline.com");
        format!("{}/{tenant}/oauth2/v2.0/token", login.trim_end_matches('/'))
    },
    scope: Some("https://api.botframework.com/.default"),
};

/// A new thread answers with `activityId`, a reply with `id`.
const MESSAGE: &str = r#"{"message_id":"/activityId|/id"}"#;

fn say(call: &Call<'_>, settings: &Settings) -> Result<Request, String> {
    let mut activity = json!({ "type": "message", "text": call.text("text") });
    if let Some(subject) = call.param("subject") {
        activity["summary"] = subject.clone();
        activity["text"] = format!("**{}**\n\n{}", call.text("subject"), call.text("text")).into();
    }
    if let Some(importance @ ("high" | "urgent")) = call.param("importance").and_then(Json::as_str)
    {
        activity["importance"] = importance.into();
    }
    match call.param("reply_to") {
        Some(_) => {
            let channel = segment("channel", &call.text("channel"))?;
            let thread = segment("reply_to", &call.text("reply_to"))?;
            // The conversation is the channel with the thread's first message.
            let path = format!("/v3/conversations/{channel}%3Bmessageid%3D{thread}/activities");
            Ok(post(path, activity))
        }
        None => Ok(thread(call, settings, &activity)),
    }
}

/// A card with a button for each choice: <https://adaptivecards.io/explorer/>.
fn ask(call: &Call<'_>, settings: &Settings) -> Result<Request, String> {
    let choices = call.param("choices").and_then(Json::as_array);
    let buttons = choices.into_iter().flatten().map(|choice| {
        json!({
            "type": "Action.Submit",
            "title": choice,
            "data": { "card": call.param("card"), "choice": choice },
        })
    });
    let activity = json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": [{ "type": "TextBlock", "wrap": true, "text": call.text("text") }],
                "actions": buttons.collect::<Vec<_>>(),
            },
        }],
    });
    Ok(thread(call, settings, &activity))
}

/// A new thread in a channel.
fn thread(call: &Call<'_>, settings: &Settings, activity: &Json) -> Request {
    let body = json!({
        "isGroup": true,
        "tenantId": settings.text("tenant"),
        "bot": { "id": bot(settings) },
        "channelData": {
            "channel": { "id": call.param("channel") },
            "team": { "id": call.param("team") },
            "tenant": { "id": settings.text("tenant") },
        },
        "activity": activity,
    });
    post("/v3/conversations".into(), body)
}

fn update(call: &Call<'_>, _: &Settings) -> Result<Request, String> {
    let channel = segment("channel", &call.text("channel"))?;
    let message = segment("message_id", &call.text("message_id"))?;
    Ok(Request {
        method: "PUT",
        path: format!("/v3/conversations/{channel}%3Bmessageid%3D{message}/activities/{message}"),
        headers: Vec::new(),
        body: Body::Json(json!({ "type": "message", "text": call.text("text") })),
    })
}

/// The conversation with a person: there is one, however often it is asked for.
fn open(call: &Call<'_>, settings: &Settings) -> Result<Request, String> {
    let body = json!({
        "isGroup": false,
        "tenantId": settings.text("tenant"),
        "bot": { "id": bot(settings) },
        "members": [{ "id": call.param("to") }],
        "channelData": { "tenant": { "id": settings.text("tenant") } },
    });
    Ok(post("/v3/conversations".into(), body))
}

/// The message in it.
fn tell(call: &Call<'_>, opened: &Response) -> Result<Request, String> {
    let body = opened.json().unwrap_or_default();
    let Some(id) = body.get("id").and_then(Json::as_str) else {
        return Err("the conversation has no `id`".into());
    };
    let path = format!("/v3/conversations/{}/activities", segment("to", id)?);
    Ok(post(
        path,
        json!({ "type": "message", "text": call.text("body") }),
    ))
}

fn bot(settings: &Settings) -> String {
    format!("28:{}", settings.text("client_id").unwrap_or_default())
}
