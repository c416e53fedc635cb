//! `ServiceNow`'s Table API and Service Catalog API, with the client-credentials grant:
//! <https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html>,
//! `…/c_ServiceCatalogAPI.html`. Choices go over the wire as the numbers of the platform's own
//! choice lists (`incident` and `sn_customerservice_case`).

use super::super::message::{Request, segment};
use super::super::settings::{Settings, needed};
use super::{Auth, Call, Grant, Make, System, action, by_status, filled, post};

pub(super) static SERVICENOW: System = System {
    settings: &[needed("url"), needed("client_id"), needed("client_secret")],
    home: None,
    auth: Auth::Grant(&GRANT),
    actions: &[
        action(
            "create_incident",
            Make::Json(
                "POST",
                "/api/now/table/incident",
                r#"{"short_description":"$short_description","description":"$description",
                    "caller_id":"$caller","impact":"$impact?high=1&medium=2&low=3",
                    "urgency":"$urgency?high=1&medium=2&low=3","category":"$category",
                    "assignment_group":"$assignment_group","correlation_id":"$correlation_id"}"#,
            ),
            RECORD,
        ),
        action(
            "update_incident",
            Make::Json(
                "PATCH",
                "/api/now/table/incident/{sys_id}",
                r#"{"state":"$state?in_progress=2&on_hold=3&resolved=6&closed=7&canceled=8",
                    "work_notes":"$work_notes","comments":"$comments",
                    "assignment_group":"$assignment_group"}"#,
            ),
            "",
        ),
        action(
            "create_case",
            Make::Json(
                "POST",
                "/api/now/table/sn_customerservice_case",
                r#"{"short_description":"$short_description","description":"$description",
                    "account":"$account","contact":"$contact",
                    "priority":"$priority?critical=1&high=2&moderate=3&low=4",
                    "correlation_id":"$correlation_id"}"#,
            ),
            RECORD,
        ),
        action(
            "update_case",
            Make::Json(
                "PATCH",
                "/api/now/table/sn_customerservice_case/{sys_id}",
                r#"{"state":"$state?in_progress=10&on_hold=18&resolved=6&closed=3",
                    "work_notes":"$work_notes","comments":"$comments"}"#,
            ),
            "",
        ),
        action("request_item", Make::Code(order), RECORD),
    ],
    // Scripted REST APIs.
    own: Some("/api/"),
    tells_status: false,
    judge: by_status,
};

const RECORD: &str = r#"{"sys_id":"/result/sys_id","number":"/result/number"}"#;

static GRANT: Grant = Grant {
    address: |_| "/oauth_token.do".into(),
    scope: None,
};

fn order(call: &Call<'_>, settings: &Settings) -> Result<Request, String> {
    let item = segment("item", &call.text("item"))?;
    let mut body = filled(
        call,
        settings,
        r#"{"sysparm_quantity":"1","sysparm_requested_for":"$requested_for",
            "variables":"$variables"}"#,
    );
    // The catalogue has no place of its own for it: it is a variable of the item.
    if let Some(id) = call.param("correlation_id") {
        body["variables"]["correlation_id"] = id.clone();
    }
    Ok(post(
        format!("/api/sn_sc/servicecatalog/items/{item}/order_now"),
        body,
    ))
}
