//! Each standard system: the requests of its actions as they go over the wire, reviewed against the
//! vendor's documentation, and what of its answers is returned.

use std::fmt::Write as _;

use cjoc::runtime::outgoing::Outcome;
use serde_json::{Value as Json, json};

use super::web::{Asked, Says, Web, status};
use super::workspace::{connectors, deliver, outgoing};

/// An action, its parameters, and what the system answers.
type Case = (&'static str, Json, Vec<Says>);

/// Carries the actions out, and shows what was asked and what came of it.
fn shown(connection: &str, cases: Vec<Case>) -> String {
    let mut shown = String::new();
    let actions: Vec<_> = cases
        .iter()
        .map(|(action, with, _)| (*action, with.clone()))
        .collect();
    for (action, with, says) in cases {
        let web = Web::that_says(says);
        let connection = connection.replace("URL", &web.address);
        let outcome = deliver(
            &connectors(&connection, &actions, &[]),
            &outgoing(action, &with),
        );
        let _ = writeln!(shown, "== {action} {with}");
        for asked in web.asked() {
            show(&mut shown, &asked, &web.address);
        }
        let _ = match outcome {
            Outcome::Done { returned } => writeln!(shown, "-> done {returned}\n"),
            Outcome::Again { reason, after } => {
                writeln!(shown, "-> again after {after:?}: {reason}\n")
            }
            Outcome::Dead { reason } => writeln!(shown, "-> dead: {reason}\n"),
        };
    }
    shown
}

fn show(shown: &mut String, asked: &Asked, address: &str) {
    let _ = writeln!(shown, "{}", asked.line);
    for (name, value) in &asked.headers {
        if !["accept", "content-length", "host"].contains(&&**name) {
            let _ = writeln!(shown, "{name}: {value}");
        }
    }
    let body = match serde_json::from_str::<Json>(&asked.body) {
        Ok(json) => format!("{json:#}"),
        Err(_) => asked.body.clone(),
    };
    let body = body.replace(address, "URL");
    let _ = writeln!(shown, "{}{body}", if body.is_empty() { "" } else { "\n" });
}

fn ok(body: &Json) -> Vec<Says> {
    vec![status(200, &body.to_string())]
}

#[test]
fn slack() {
    let done = || ok(&json!({ "ok": true, "ts": "1700000000.1", "channel": "C1" }));
    let all = shown(
        "uses: std/slack\nconfig: { url: \"URL/api\", token: xoxb-1 }\nactions:\n  views_publish: { params: { user_id: string }, returns: { view: string | null } }",
        vec![
            (
                "post",
                json!({ "channel": "#care", "text": "A \"big\" spender\nwaits" }),
                done(),
            ),
            (
                "post",
                json!({ "channel": "#care", "text": "again", "thread_ts": "1.2" }),
                done(),
            ),
            (
                "ask",
                json!({ "channel": "C1", "text": "Call back?", "action_id": "call", "choices": ["yes", "no"] }),
                done(),
            ),
            (
                "update",
                json!({ "channel": "C1", "message_id": "1.2", "text": "done" }),
                done(),
            ),
            (
                "react",
                json!({ "channel": "C1", "message_id": "1.2", "reaction": "eyes" }),
                ok(&json!({ "ok": false, "error": "already_reacted" })),
            ),
            ("deliver", json!({ "to": "U1", "body": "hello" }), done()),
            (
                "post",
                json!({ "channel": "#none", "text": "x" }),
                ok(&json!({ "ok": false, "error": "channel_not_found" })),
            ),
            (
                "post",
                json!({ "channel": "#busy", "text": "x" }),
                vec![Says::This(
                    429,
                    vec![("retry-after", "30".into())],
                    r#"{"ok":false,"error":"ratelimited"}"#.into(),
                )],
            ),
            (
                "views_publish",
                json!({ "user_id": "U1" }),
                ok(&json!({ "ok": true, "view": "v" })),
            ),
        ],
    );
    insta::assert_snapshot!(all);
}

#[test]
fn zendesk() {
    let ticket = || ok(&json!({ "ticket": { "id": 35436, "subject": "x" } }));
    let all = shown(
        "uses: std/zendesk\nconfig: { url: URL, email: bot@nto.example, token: t0ken }",
        vec![
            (
                "create_ticket",
                json!({ "subject": "Wrong colour", "comment": "Blue, not red", "requester_email": "carla@nto.example", "priority": "high", "kind": "incident", "tags": ["vip"] }),
                ticket(),
            ),
            (
                "create_ticket",
                json!({ "subject": "S", "comment": "C", "priority": "normal" }),
                ticket(),
            ),
            (
                "add_comment",
                json!({ "ticket_id": "35436", "comment": "seen", "visible": false }),
                ticket(),
            ),
            (
                "set_status",
                json!({ "ticket_id": "35436", "status": "solved" }),
                ticket(),
            ),
            (
                "set_priority",
                json!({ "ticket_id": "../users/1", "priority": "low" }),
                ticket(),
            ),
            (
                "add_tags",
                json!({ "ticket_id": "35436", "tags": ["a", "b"] }),
                ok(&json!({ "tags": ["a", "b"] })),
            ),
            (
                "set_status",
                json!({ "ticket_id": "1", "status": "open" }),
                vec![status(
                    404,
                    r#"{"error":"RecordNotFound","description":"Not found"}"#,
                )],
            ),
        ],
    );
    insta::assert_snapshot!(all);
}

#[test]
fn salesforce() {
    let made = || ok(&json!({ "id": "00T1", "success": true, "errors": [] }));
    let composite = |parts: &[(u16, Json)]| {
        let part = |(status, body): &(u16, Json)| json!({ "body": body, "httpStatusCode": status, "referenceId": "x" });
        ok(&json!({ "compositeResponse": parts.iter().map(part).collect::<Vec<_>>() }))
    };
    let all = shown(
        "uses: std/salesforce\nconfig: { url: URL, token: t0ken }\nactions:\n  open_case: { params: { subject: string, priority: low | high }, returns: { case_id: string } }",
        vec![
            (
                "create_case",
                json!({ "subject": "Wrong colour", "contact_id": "003x", "priority": "High", "origin": "Web" }),
                composite(&[
                    (201, json!({ "id": "500x", "success": true })),
                    (200, json!({ "CaseNumber": "00001026" })),
                ]),
            ),
            (
                "create_case",
                json!({ "subject": "S", "priority": "Low", "origin": "Web" }),
                composite(&[
                    (
                        400,
                        json!([{ "errorCode": "REQUIRED_FIELD_MISSING", "message": "Required fields are missing: [Region__c]" }]),
                    ),
                    (
                        400,
                        json!([{ "errorCode": "PROCESSING_HALTED", "message": "rolled back" }]),
                    ),
                ]),
            ),
            (
                "update_case",
                json!({ "case_id": "500x", "status": "Working", "comment": "called" }),
                composite(&[(204, Json::Null), (201, json!({ "id": "c" }))]),
            ),
            (
                "create_task",
                json!({ "subject": "Call", "owner_id": "005x", "contact_id": "003x", "due": "2026-03-02T18:00:00Z" }),
                made(),
            ),
            (
                "create_lead",
                json!({ "last_name": "Lee", "company": "NTO", "email": "lee@nto.example" }),
                made(),
            ),
            (
                "update_record",
                json!({ "object": "Contact", "id": "003x", "fields": { "Loyalty__c": "gold" } }),
                vec![status(204, "")],
            ),
            (
                "add_to_campaign",
                json!({ "campaign_id": "701x", "contact_id": "003x" }),
                made(),
            ),
            (
                "open_case",
                json!({ "subject": "VIP", "priority": "low" }),
                ok(&json!({ "case_id": "500y" })),
            ),
            (
                "update_record",
                json!({ "object": "Contact", "id": "..", "fields": { "Loyalty__c": "gold" } }),
                made(),
            ),
            (
                "create_lead",
                json!({ "last_name": "L", "company": "C" }),
                vec![status(
                    400,
                    r#"[{"message":"Email: invalid","errorCode":"INVALID_EMAIL_ADDRESS"}]"#,
                )],
            ),
        ],
    );
    insta::assert_snapshot!(all);
}

#[test]
fn servicenow() {
    let record = |sys: &str| {
        let token = status(
            200,
            r#"{"access_token":"granted-1","expires_in":1799,"token_type":"Bearer"}"#,
        );
        let record = json!({ "result": { "sys_id": sys, "number": "INC0010023" } });
        vec![token, status(201, &record.to_string())]
    };
    let all = shown(
        "uses: std/servicenow\nconfig: { url: URL, client_id: id, client_secret: \"se cret&\" }",
        vec![
            (
                "create_incident",
                json!({ "short_description": "Late", "caller": "carla@nto.example", "impact": "high", "urgency": "low", "correlation_id": "o-1" }),
                record("a1"),
            ),
            (
                "update_incident",
                json!({ "sys_id": "a1", "state": "resolved", "comments": "done" }),
                record("a1"),
            ),
            (
                "create_case",
                json!({ "short_description": "Late", "priority": "critical" }),
                record("b1"),
            ),
            (
                "update_case",
                json!({ "sys_id": "b1", "state": "on_hold", "work_notes": "waiting" }),
                record("b1"),
            ),
            (
                "request_item",
                json!({ "item": "i1", "requested_for": "u1", "variables": { "size": "L" }, "correlation_id": "o-1" }),
                record("r1"),
            ),
            (
                "create_incident",
                json!({ "short_description": "Late", "impact": "low", "urgency": "low" }),
                vec![status(
                    401,
                    r#"{"error":"access_denied","error_description":"access_denied"}"#,
                )],
            ),
        ],
    );
    insta::assert_snapshot!(all);
}

#[test]
fn segment() {
    let all = shown(
        "uses: std/segment\nconfig: { url: URL, write_key: wk }",
        vec![
            (
                "track",
                json!({ "user_id": "u1", "event": "Mail Sent", "properties": { "percent": "10" } }),
                ok(&json!({ "success": true })),
            ),
            (
                "set_traits",
                json!({ "user_id": "u1", "traits": { "tier": "gold" } }),
                ok(&json!({ "success": true })),
            ),
        ],
    );
    insta::assert_snapshot!(all);
}

#[test]
fn teams() {
    let token = || status(200, r#"{"access_token":"granted-1","expires_in":3599}"#);
    let then = |answers: &[Json]| {
        let answers = answers
            .iter()
            .map(|answer| status(201, &answer.to_string()));
        std::iter::once(token()).chain(answers).collect::<Vec<_>>()
    };
    let thread = json!({ "id": "19:c@thread.tacv2;messageid=1", "activityId": "1" });
    let all = shown(
        "uses: std/teams\nconfig: { url: \"URL/teams\", login: URL, tenant: nto, client_id: bot, client_secret: secret }",
        vec![
            (
                "post",
                json!({ "team": "t1", "channel": "19:c@thread.tacv2", "text": "late", "subject": "Order", "importance": "high" }),
                then(std::slice::from_ref(&thread)),
            ),
            (
                "post",
                json!({ "team": "t1", "channel": "19:c@thread.tacv2", "text": "again", "importance": "normal", "reply_to": "1" }),
                then(&[json!({ "id": "2" })]),
            ),
            (
                "ask",
                json!({ "team": "t1", "channel": "19:c@thread.tacv2", "card": "call", "text": "Call back?", "choices": ["yes", "no"] }),
                then(&[thread]),
            ),
            (
                "update",
                json!({ "team": "t1", "channel": "19:c@thread.tacv2", "message_id": "1", "text": "done" }),
                then(&[json!({ "id": "1" })]),
            ),
            (
                "deliver",
                json!({ "to": "29:u1", "body": "hello" }),
                then(&[json!({ "id": "a:1/2" }), json!({ "id": "7" })]),
            ),
        ],
    );
    insta::assert_snapshot!(all);
}

#[test]
fn sms() {
    let mut all = shown(
        "uses: std/sms\nconfig: { url: URL, token: t0ken, from: NTO }",
        vec![
            (
                "deliver",
                json!({ "to": "+33612345678", "body": "hello" }),
                ok(&json!({ "message_id": 17 })),
            ),
            (
                "deliver",
                json!({ "to": "+33612345678", "body": "hello", "from": "Trail" }),
                ok(&json!({ "message_id": "m" })),
            ),
        ],
    );
    all += &shown(
        "uses: std/sms\nconfig: { provider: twilio, url: \"URL/2010-04-01/Accounts/AC1\", token: t0ken, from: \"+15005550006\" }",
        vec![
            (
                "deliver",
                json!({ "to": "+33612345678", "body": "10% off & more" }),
                vec![status(201, r#"{"sid":"SM1","status":"queued"}"#)],
            ),
            (
                "deliver",
                json!({ "to": "nobody", "body": "x", "from": "MG9" }),
                vec![status(
                    400,
                    r#"{"code":21211,"message":"The 'To' number nobody is not a valid phone number.","status":400}"#,
                )],
            ),
        ],
    );
    insta::assert_snapshot!(all);
}

#[test]
fn push() {
    let mut all = shown(
        "uses: std/push\nconfig: { url: URL, token: t0ken }",
        vec![
            (
                "deliver",
                json!({ "to": "d1", "body": "hello", "subject": "NTO", "badge": 2 }),
                ok(&json!({ "message_id": "m" })),
            ),
            (
                "clear",
                json!({ "to": "d1", "message_id": "m" }),
                vec![status(204, "")],
            ),
        ],
    );
    all += &shown(
        "uses: std/push\nconfig: { provider: expo, url: URL }",
        vec![
            (
                "deliver",
                json!({ "to": "ExponentPushToken[x]", "body": "hello", "subject": "NTO", "link": "nto://o/1" }),
                ok(&json!({ "data": { "status": "ok", "id": "e-1" } })),
            ),
            (
                "deliver",
                json!({ "to": "ExponentPushToken[gone]", "body": "hello" }),
                ok(
                    &json!({ "data": { "status": "error", "message": "not registered", "details": { "error": "DeviceNotRegistered" } } }),
                ),
            ),
        ],
    );
    insta::assert_snapshot!(all);
}

#[test]
fn a_survey_tool_and_a_system_of_ones_own() {
    let mut all = shown(
        "uses: std/survey\nconfig: { url: \"URL/v1/\", token: t0ken }",
        vec![
            (
                "invite",
                json!({ "survey_id": "s1", "to": "c-1", "data": { "order": "o-1" } }),
                ok(&json!({ "invitation_id": "i1", "link": "https://s.example/i1", "more": true })),
            ),
            (
                "remind",
                json!({ "invitation_id": "i1" }),
                vec![status(202, "")],
            ),
        ],
    );
    all += &shown(
        "config: { url: URL, headers: { X-Api-Key: k3y } }\nactions:\n  open_case: { params: { subject: string, lines: list(int) }, returns: { case_id: string, score: double, open: bool | null } }\n  close: {}",
        vec![
            (
                "open_case",
                json!({ "subject": "VIP", "lines": [1, 2] }),
                ok(&json!({ "case_id": "c1", "score": 1 })),
            ),
            (
                "open_case",
                json!({ "subject": "VIP", "lines": [1, 2] }),
                ok(&json!({ "case_id": "c1" })),
            ),
            (
                "open_case",
                json!({ "subject": "VIP", "lines": [1, 2] }),
                ok(&json!({ "case_id": "c1", "score": "high" })),
            ),
            (
                "open_case",
                json!({ "subject": "VIP", "lines": [1, 2] }),
                vec![status(200, "<html>welcome</html>")],
            ),
            ("close", json!({}), vec![status(204, "")]),
        ],
    );
    insta::assert_snapshot!(all);
}

#[test]
fn any_http_api() {
    let all = shown(
        "uses: std/http\nconfig: { url: \"URL/base\", token: t0ken }",
        vec![
            (
                "get",
                json!({ "path": "/orders", "query": { "q": "a b&c" }, "headers": { "accept-language": "fr" } }),
                vec![Says::This(
                    200,
                    vec![("x-a", "1".into()), ("x-a", "2".into())],
                    "[1]".into(),
                )],
            ),
            (
                "post",
                json!({ "path": "/orders", "body": "{\"a\":1}", "content_type": "application/json" }),
                vec![status(404, "none")],
            ),
            (
                "put",
                json!({ "path": "/orders/1", "body": "a=1", "content_type": "text/plain" }),
                vec![status(503, "")],
            ),
            (
                "patch",
                json!({ "path": "/orders/1", "body": "{}", "content_type": "application/merge-patch+json" }),
                vec![status(200, "")],
            ),
            (
                "delete",
                json!({ "path": "/orders/1" }),
                vec![Says::This(
                    302,
                    vec![("location", "https://elsewhere.example/".into())],
                    String::new(),
                )],
            ),
            ("get", json!({ "path": "orders" }), vec![]),
            (
                "get",
                json!({ "path": "/x", "headers": { "host": "elsewhere" } }),
                vec![],
            ),
        ],
    );
    insta::assert_snapshot!(all);
}
