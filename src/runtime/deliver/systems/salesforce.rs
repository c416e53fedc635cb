//! Salesforce's REST API: <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/>,
//! `sobjects` and, where an action is more than one request, `composite`, which is done as a whole or
//! not at all.

use serde_json::{Value as Json, json};

use super::super::message::{Body, Failure, Request, Response, segment};
use super::super::settings::{Settings, needed};
use super::{Auth, Call, Make, System, action, filled, post};

/// The version of the API: spring of 2025.
macro_rules! api {
    ($path:literal) => {
        concat!("/services/data/v63.0/", $path)
    };
}

pub(super) static SALESFORCE: System = System {
    settings: &[needed("url"), needed("token")],
    home: None,
    auth: Auth::Bearer("token"),
    actions: &[
        action(
            "create_case",
            Make::Code(create_case),
            r#"{"case_id":"/compositeResponse/0/body/id",
                "number":"/compositeResponse/1/body/CaseNumber"}"#,
        ),
        action("update_case", Make::Code(update_case), ""),
        action(
            "create_task",
            Make::Json(
                "POST",
                api!("sobjects/Task"),
                r#"{"Subject":"$subject","OwnerId":"$owner_id","WhoId":"$contact_id",
                    "ActivityDate":"$due|date"}"#,
            ),
            r#"{"task_id":"/id"}"#,
        ),
        action(
            "create_lead",
            Make::Json(
                "POST",
                api!("sobjects/Lead"),
                r#"{"LastName":"$last_name","Company":"$company","Email":"$email",
                    "FirstName":"$first_name","LeadSource":"$lead_source"}"#,
            ),
            r#"{"lead_id":"/id"}"#,
        ),
        action("update_record", Make::Code(update_record), ""),
        action(
            "add_to_campaign",
            Make::Json(
                "POST",
                api!("sobjects/CampaignMember"),
                r#"{"CampaignId":"$campaign_id","ContactId":"$contact_id","Status":"$status"}"#,
            ),
            r#"{"member_id":"/id"}"#,
        ),
    ],
    // Apex REST.
    own: Some("/services/apexrest/"),
    tells_status: false,
    judge,
};

/// The case, and its number, which only a second look tells.
fn create_case(call: &Call<'_>, settings: &Settings) -> Result<Request, String> {
    let case = filled(
        call,
        settings,
        r#"{"Subject":"$subject","Description":"$description","ContactId":"$contact_id",
            "Priority":"$priority","Origin":"$origin"}"#,
    );
    Ok(composite(&[
        json!({
            "method": "POST",
            "url": api!("sobjects/Case"),
            "referenceId": "made",
            "body": case,
        }),
        json!({
            "method": "GET",
            "url": api!("sobjects/Case/@{made.id}?fields=CaseNumber"),
            "referenceId": "number",
        }),
    ]))
}

fn update_case(call: &Call<'_>, settings: &Settings) -> Result<Request, String> {
    let id = segment("case_id", &call.text("case_id"))?;
    let changes = filled(
        call,
        settings,
        r#"{"Status":"$status","Priority":"$priority"}"#,
    );
    let changes_nothing = changes.as_object().is_some_and(serde_json::Map::is_empty);
    let mut requests = Vec::new();
    if !changes_nothing {
        requests.push(json!({
            "method": "PATCH",
            "url": format!("{}{id}", api!("sobjects/Case/")),
            "referenceId": "changed",
            "body": changes,
        }));
    }
    if let Some(comment) = call.param("comment") {
        requests.push(json!({
            "method": "POST",
            "url": api!("sobjects/CaseComment"),
            "referenceId": "commented",
            "body": { "ParentId": call.param("case_id"), "CommentBody": comment },
        }));
    }
    if requests.is_empty() {
        return Err("neither a status, nor a priority, nor a comment was given".into());
    }
    Ok(composite(&requests))
}

fn update_record(call: &Call<'_>, _: &Settings) -> Result<Request, String> {
    Ok(Request {
        method: "PATCH",
        path: call.path(api!("sobjects/{object}/{id}"))?,
        headers: Vec::new(),
        body: Body::Json(call.param("fields").cloned().unwrap_or_default()),
    })
}

fn composite(requests: &[Json]) -> Request {
    let body = json!({ "allOrNone": true, "compositeRequest": requests });
    post(api!("composite").into(), body)
}

/// A composite answers 200 whatever becomes of its parts.
fn judge(_: &Call<'_>, response: &Response) -> Result<(), Failure> {
    let body = response.json().unwrap_or_default();
    let parts = body.get("compositeResponse").and_then(Json::as_array);
    let failed = |part: &&Json| {
        let status = part.get("httpStatusCode").and_then(Json::as_u64);
        // The others of a failed whole say only that it was undone.
        let undone = part.pointer("/body/0/errorCode").and_then(Json::as_str);
        status.is_none_or(|status| status >= 300) && undone != Some("PROCESSING_HALTED")
    };
    let Some(part) = parts.into_iter().flatten().find(failed) else {
        return Ok(());
    };
    let text = |at: &str| part.pointer(at).and_then(Json::as_str).unwrap_or_default();
    let (code, words) = (text("/body/0/errorCode"), text("/body/0/message"));
    let reason = format!("refused: {code}: {words}");
    let passing = [
        "UNABLE_TO_LOCK_ROW",
        "REQUEST_LIMIT_EXCEEDED",
        "SERVER_UNAVAILABLE",
    ];
    Err(if passing.contains(&code) {
        Failure::Again(reason, None)
    } else {
        Failure::Dead(reason)
    })
}
