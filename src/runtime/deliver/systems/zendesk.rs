//! Zendesk's Ticketing API: <https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/>
//! and `/ticketing/ticket-management/tags/`, with an API token
//! (<https://developer.zendesk.com/api-reference/introduction/security-and-auth/>).

use super::super::settings::{Settings, needed};
use super::{Auth, Make, System, action, by_status};

pub(super) static ZENDESK: System = System {
    settings: &[needed("url"), needed("email"), needed("token")],
    home: None,
    auth: Auth::Basic(credentials),
    actions: &[
        action(
            "create_ticket",
            Make::Json(
                "POST",
                "/api/v2/tickets.json",
                r#"{"ticket":{"subject":"$subject","comment":{"body":"$comment"},
                    "requester":{"email":"$requester_email","name":"$requester_name"},
                    "priority":"$priority","type":"$kind","external_id":"$external_id",
                    "tags":"$tags","group_id":"$group_id"}}"#,
            ),
            r#"{"ticket_id":"/ticket/id"}"#,
        ),
        action(
            "add_comment",
            Make::Json(
                "PUT",
                "/api/v2/tickets/{ticket_id}.json",
                r#"{"ticket":{"comment":{"body":"$comment","public":"$visible"}}}"#,
            ),
            "",
        ),
        action(
            "set_status",
            Make::Json(
                "PUT",
                "/api/v2/tickets/{ticket_id}.json",
                r#"{"ticket":{"status":"$status"}}"#,
            ),
            "",
        ),
        action(
            "set_priority",
            Make::Json(
                "PUT",
                "/api/v2/tickets/{ticket_id}.json",
                r#"{"ticket":{"priority":"$priority"}}"#,
            ),
            "",
        ),
        // `PUT` adds tags; `POST` would replace them.
        action(
            "add_tags",
            Make::Json(
                "PUT",
                "/api/v2/tickets/{ticket_id}/tags.json",
                r#"{"tags":"$tags"}"#,
            ),
            "",
        ),
    ],
    own: Some("/api/v2/"),
    tells_status: false,
    judge: by_status,
};

fn credentials(settings: &Settings) -> (String, String) {
    let setting = |name| settings.text(name).unwrap_or_default();
    (format!("{}/token", setting("email")), setting("token"))
}
