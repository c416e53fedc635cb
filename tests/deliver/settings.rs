//! Settings, environments and secrets: what is missing is told at once and at the start, and what is
//! secret is never told.

use std::fs;

use cjoc::runtime::deliver::{Connectors, Problem, Secrets};
use cjoc::runtime::outgoing::Outcome;
use serde_json::{Value as Json, json};

use super::post_office::{Does, PostOffice};
use super::web::{Says, Web, status};
use super::workspace::{call, connectors, deliver, model, outgoing, secrets, try_connectors};

const MARKER: &str = "m4rker/s3cret+v&lue\"x";

fn told(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn all_that_is_missing_is_told_at_once_by_connection_and_name() {
    let with = json!({ "subject": "S", "comment": "C" });
    let missing = try_connectors(
        "uses: std/zendesk",
        &[("create_ticket", with)],
        &[("ZENDESK_EMAIL", "a@b.c")],
    );
    assert_eq!(
        told(&missing.unwrap_err()),
        [
            "connection `sys`: `ZENDESK_URL` is not set, for its setting `url` (set it in the process's environment or in the file of secrets)",
            "connection `sys`: `ZENDESK_TOKEN` is not set, for its setting `token` (set it in the process's environment or in the file of secrets)",
        ]
    );
    let with = json!({ "to": "a@b.c", "subject": "S", "body": "B" });
    let missing = try_connectors("uses: std/email", &[("deliver", with)], &[]);
    let names: Vec<_> = told(&missing.unwrap_err())
        .iter()
        .filter_map(|it| it.split('`').nth(3).map(str::to_owned))
        .collect();
    assert_eq!(
        names,
        ["SMTP_HOST", "SMTP_FROM", "SMTP_USERNAME", "SMTP_PASSWORD"]
    );
}

#[test]
fn what_an_own_connection_asks_for_is_not_optional() {
    let actions = [("close", json!({}))];
    let own = "config: { url: \"https://crm.example\", token: \"${env.CRM_TOKEN}\" }\nactions: { close: {} }";
    assert_eq!(
        told(&try_connectors(own, &actions, &[]).unwrap_err()).len(),
        1
    );
    assert!(try_connectors(own, &actions, &[("CRM_TOKEN", "t")]).is_ok());
    let without = "actions: { close: {} }";
    assert_eq!(
        told(&try_connectors(without, &actions, &[]).unwrap_err()),
        ["connection `sys`: the setting `url` is missing (write `config: { url: … }`)"]
    );
    let open = "config: { url: \"http://crm.example\" }\nactions: { close: {} }";
    assert_eq!(
        told(&try_connectors(open, &actions, &[]).unwrap_err()).len(),
        1
    );
    let allowed =
        "config: { url: \"http://crm.example\", plain_http: allowed }\nactions: { close: {} }";
    assert!(try_connectors(allowed, &actions, &[]).is_ok());
    let odd = "config: { url: \"crm.example\" }\nactions: { close: {} }";
    assert_eq!(
        told(&try_connectors(odd, &actions, &[]).unwrap_err()),
        ["connection `sys`: its address is no `https://…`"]
    );
}

#[test]
fn a_connection_that_carries_nothing_out_needs_nothing() {
    let model = model("uses: std/slack", "", &["wait: 1h".to_owned()]);
    assert!(Connectors::new(&model, None, &secrets(&[])).is_ok());
}

#[test]
fn an_action_that_nobody_carries_out_is_told_at_the_start() {
    let own = "uses: std/segment\nconfig: { write_key: k }\nactions: { alias: {} }";
    let problems = try_connectors(own, &[("alias", json!({}))], &[]).unwrap_err();
    assert_eq!(
        told(&problems),
        ["connection `sys`: nobody carries out its action `alias`: `std/segment` has none"]
    );
    let other = "uses: std/sms\nconfig: { url: \"https://a.b\", token: t, provider: twillio }";
    let problems = try_connectors(
        other,
        &[("deliver", json!({ "to": "1", "body": "b" }))],
        &[],
    )
    .unwrap_err();
    assert_eq!(
        told(&problems),
        [
            "connection `sys`: the setting `provider` is not one of `twilio`: leave it out for a gateway of your own"
        ]
    );
}

#[test]
fn an_environment_replaces_key_by_key() {
    let web = Web::that_says([status(200, r#"{"ok":true,"ts":"1","channel":"C"}"#)]);
    let manifest = format!(
        "environments:\n  local:\n    SLACK_TOKEN: xoxb-local\n    connections:\n      sys: {{ config: {{ url: \"{}\" }}, retry: {{ attempts: 1 }} }}\n  quiet: {{ connections: {{ sys: {{ deliver: stdout }} }} }}\n",
        web.address
    );
    let with = json!({ "channel": "C", "text": "hello" });
    let model = model(
        "uses: std/slack\nretry: { attempts: 5, from: 2s }",
        &manifest,
        &[call("post", &with)],
    );
    let out = outgoing("post", &with);

    let local = Connectors::new(&model, Some("local"), &secrets(&[])).unwrap();
    assert!(matches!(deliver(&local, &out), Outcome::Done { .. }));
    assert_eq!(
        web.asked()[0].header("authorization"),
        Some("Bearer xoxb-local")
    );
    // What the process has goes before what the manifest has.
    let local = Connectors::new(
        &model,
        Some("local"),
        &secrets(&[("SLACK_TOKEN", "xoxb-mine")]),
    )
    .unwrap();
    let outcome = deliver(&local, &out);
    assert_eq!(
        web.asked()[1].header("authorization"),
        Some("Bearer xoxb-mine")
    );
    assert!(
        matches!(outcome, Outcome::Dead { .. }),
        "`ok` is not there: {outcome:?}"
    );

    // Nothing is needed where nothing is sent.
    assert!(Connectors::new(&model, Some("quiet"), &secrets(&[])).is_ok());
    assert_eq!(
        told(&Connectors::new(&model, None, &secrets(&[])).unwrap_err()).len(),
        1
    );
    assert_eq!(
        told(&Connectors::new(&model, Some("loca"), &secrets(&[])).unwrap_err()),
        ["there is no environment `loca` (did you mean `local`?)"]
    );
}

#[test]
fn a_file_takes_json_lines_and_made_up_answers_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.jsonl");
    let manifest = format!(
        "environments:\n  look:\n    connections: {{ sys: {{ deliver: \"file:{}\" }} }}\n",
        path.display()
    );
    let with = json!({ "subject": "VIP" });
    let own = "types: { Part: { n: int, kind: a | b } }\nactions: { open: { params: { subject: string }, returns: { id: string, part: Part, at: timestamp, parts: list(Part), why: string | null } } }";
    let model = model(own, &manifest, &[call("open", &with)]);
    let connectors = Connectors::new(&model, Some("look"), &secrets(&[])).unwrap();
    let outcome = deliver(&connectors, &outgoing("open", &with));
    let returned = json!({ "id": "k-1", "part": { "n": 0, "kind": "a" }, "at": "1970-01-01T00:00:00Z", "parts": [], "why": null });
    assert_eq!(outcome, Outcome::Done { returned });
    deliver(&connectors, &outgoing("open", &with));
    let lines = fs::read_to_string(&path).unwrap();
    let lines: Vec<Json> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let line = json!({ "key": "k-1", "traveler": "c-1", "connection": "sys", "action": "open", "attempt": 1, "with": { "subject": "VIP" } });
    assert_eq!(lines, [line.clone(), line]);
}

#[test]
fn a_file_of_secrets_is_read_unless_everybody_can() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets");
    fs::write(
        &path,
        "# ours\nA=1\n B = two = 2 \r\nQ=\"with # and spaces\"\n\nE=\n",
    )
    .unwrap();
    let mut read = secrets(&[("A", "of the process"), ("P", "kept")]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = read.add_file(&path).unwrap_err().to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    read.add_file(&path).unwrap();
    let get = |name| read.get(name).map(|it| &**it);
    assert_eq!(
        [get("A"), get("B"), get("Q"), get("E"), get("P")],
        [
            Some("1"),
            Some("two = 2"),
            Some("with # and spaces"),
            Some(""),
            Some("kept")
        ]
    );
    fs::write(&path, format!("A=1\n{MARKER}\n")).unwrap();
    let bad = Secrets::default().add_file(&path).unwrap_err().to_string();
    assert!(
        bad.contains(":2: expected `NAME=value`") && !bad.contains(MARKER),
        "{bad}"
    );
}

/// Sends with a secret that is easy to find, and gathers all that is told of it: nobody finds it.
#[test]
fn a_secret_is_never_told() {
    let mut all = String::new();
    let mut tell = |told: String| all.push_str(&told);
    let values = [("KEY", MARKER)];
    // Servers that repeat what they were told, in every way that they can.
    let echo = |code: u16| {
        let body =
            json!({ "message": format!("no {MARKER}"), "message_id": MARKER, "other": MARKER });
        Says::This(
            code,
            vec![("x-echo", MARKER.replace('"', ""))],
            body.to_string(),
        )
    };
    let encoded = "m4rker%2Fs3cret%2Bv%26lue%22x";
    let says = [
        echo(200),
        echo(400),
        echo(401),
        echo(500),
        status(400, &format!("key={encoded}")),
        Says::This(
            302,
            vec![("location", format!("https://x.example/?k={encoded}"))],
            String::new(),
        ),
    ];
    let own = "config: { url: URL, token: \"${env.KEY}\", headers: { x-key: \"pre-${env.KEY}\" } }\nactions: { do_it: { returns: { message_id: string } } }";
    for says in says {
        let web = Web::that_says([says]);
        let connectors = connectors(
            &own.replace("URL", &web.address),
            &[("do_it", json!({}))],
            &values,
        );
        tell(format!("{connectors:?}"));
        tell(format!(
            "{:?}",
            deliver(&connectors, &outgoing("do_it", &json!({})))
        ));
        assert_eq!(
            web.asked()[0].header("authorization"),
            Some(&*format!("Bearer {MARKER}"))
        );
    }
    // User and password go as base64, of both together.
    let web = Web::that_says([]);
    let basic = format!(
        "uses: std/zendesk\nconfig: {{ url: \"{}\", email: a@b.c, token: \"${{env.KEY}}\" }}",
        web.address
    );
    let with = json!({ "ticket_id": "1", "status": "open" });
    let first = connectors(&basic, &[("set_status", with.clone())], &values);
    deliver(&first, &outgoing("set_status", &with));
    let sent = web.asked()[0].header("authorization").unwrap().to_owned();
    let web = Web::that_says([status(400, &sent)]);
    let basic = format!(
        "uses: std/zendesk\nconfig: {{ url: \"{}\", email: a@b.c, token: \"${{env.KEY}}\" }}",
        web.address
    );
    let outcome = format!(
        "{:?}",
        deliver(
            &connectors(&basic, &[("set_status", with.clone())], &values),
            &outgoing("set_status", &with)
        )
    );
    assert!(
        !outcome.contains(sent.trim_start_matches("Basic ")),
        "{outcome}"
    );
    tell(outcome);
    // Mail.
    let office = PostOffice::that_does(Does::RefuseLogin("535 no m4rker/s3cret+v&lue\"x here"));
    let mail = format!(
        "uses: std/email\nconfig: {{ host: 127.0.0.1, port: {}, from: a@b.c, username: u, password: \"${{env.KEY}}\" }}",
        office.port
    );
    let with = json!({ "to": "a@b.c", "subject": "S", "body": "B" });
    let mail = connectors(&mail, &[("deliver", with.clone())], &values);
    tell(format!(
        "{mail:?} {:?}",
        deliver(&mail, &outgoing("deliver", &with))
    ));
    // What is wrong with a setting.
    let odd = "config: { url: \"${env.KEY}\" }\nactions: { do_it: {} }";
    tell(told(&try_connectors(odd, &[("do_it", json!({}))], &values).unwrap_err()).join(" "));
    tell(format!("{:?}", secrets(&values)));
    // What is only looked at.
    let plan = serde_json::to_string(&model(
        own.replace("URL", "https://a.b").as_str(),
        "",
        &[call("do_it", &json!({}))],
    ))
    .unwrap();
    tell(plan);

    let escaped = MARKER.replace('"', "\\\"");
    for form in [
        MARKER,
        "m4rker/s3cret",
        &escaped,
        encoded,
        "bTRya2VyL3MzY3JldCt2Jmx1ZSJ4",
    ] {
        assert!(!all.contains(form), "{form}: {all}");
    }
    assert!(all.contains("${env.KEY}"), "{all}");
}
