//! Mail: what a mail server is handed, and what becomes of its refusals.

use std::time::Duration;

use cjoc::runtime::deliver::Connectors;
use cjoc::runtime::outgoing::{Outcome, Outgoing};
use serde_json::{Value as Json, json};

use super::post_office::{Does, PostOffice};
use super::workspace::{connectors, deliver, model, outgoing, secrets, try_connectors};

fn connection(port: u16, more: &str) -> String {
    format!(
        "uses: std/email\nconfig: {{ host: 127.0.0.1, port: {port}, from: \"Northern Trail <care@nto.example>\"{more} }}\ntimeout: 30s\nretry: {{ attempts: 2 }}"
    )
}

fn with() -> Json {
    json!({ "to": "carla@example.org", "subject": "10 % off", "body": "Hello Carla,\n\nyour pack waits." })
}

fn sent(with: &Json, more: &str) -> (PostOffice, Outcome) {
    let office = PostOffice::that_does(Does::Take);
    let connectors = connectors(
        &connection(office.port, more),
        &[("deliver", with.clone())],
        &[],
    );
    let outcome = deliver(&connectors, &outgoing("deliver", with));
    (office, outcome)
}

#[test]
fn a_message_is_handed_over_with_its_headers() {
    let (office, outcome) = sent(&with(), "");
    let [letter] = &office.letters()[..] else {
        panic!("one letter");
    };
    assert_eq!(letter.from, "care@nto.example");
    assert_eq!(letter.to, ["carla@example.org"]);
    assert_eq!(
        letter.header("From").unwrap(),
        "\"Northern Trail\" <care@nto.example>"
    );
    assert_eq!(letter.header("To").unwrap(), "carla@example.org");
    assert_eq!(letter.header("Subject").unwrap(), "10 % off");
    assert!(letter.header("Date").unwrap().ends_with("+0000"));
    assert!(
        letter
            .header("Content-Type")
            .unwrap()
            .starts_with("text/plain; charset=utf-8")
    );
    assert!(
        letter
            .text
            .trim_end()
            .ends_with("Hello Carla,\r\n\r\nyour pack waits."),
        "{}",
        letter.text
    );
    let id = letter.header("Message-ID").unwrap();
    let Outcome::Done { returned } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        id,
        format!("<{}>", returned["message_id"].as_str().unwrap())
    );
    assert!(id.ends_with("@nto.example>"));
}

#[test]
fn a_repeat_has_the_same_id_and_another_message_another() {
    let office = PostOffice::that_does(Does::Take);
    let connectors = connectors(&connection(office.port, ""), &[("deliver", with())], &[]);
    let out = outgoing("deliver", &with());
    deliver(&connectors, &out);
    deliver(
        &connectors,
        &Outgoing {
            attempt: 2,
            ..out.clone()
        },
    );
    deliver(
        &connectors,
        &Outgoing {
            key: "k-2".into(),
            ..out
        },
    );
    let ids: Vec<_> = office
        .letters()
        .iter()
        .map(|it| it.header("Message-ID").unwrap())
        .collect();
    assert!(ids[0] == ids[1] && ids[1] != ids[2], "{ids:?}");
}

#[test]
fn html_comes_with_a_plain_part() {
    let mut with = with();
    with["html"] = "<p>Hello</p>".into();
    let (office, _) = sent(&with, "");
    let text = &office.letters()[0].text;
    assert!(
        text.contains("multipart/alternative")
            && text.contains("your pack waits")
            && text.contains("<p>Hello</p>"),
        "{text}"
    );

    let with = json!({ "to": "c@example.org", "subject": "S", "body": "<!DOCTYPE html><html><head><title>no</title><style>p { x: y }</style></head><body><h1>Hello &amp; welcome</h1><p>Your pack <b>waits</b>.</p></body></html>" });
    let (office, _) = sent(&with, "");
    let text = &office.letters()[0].text;
    let plain = text.split("text/html").next().unwrap();
    assert!(
        plain.contains("Hello & welcome\r\nYour pack")
            && !plain.contains("x: y")
            && !plain.contains("<p>"),
        "{text}"
    );
}

#[test]
fn a_list_can_be_left_with_one_click() {
    let (office, _) = sent(
        &with(),
        ", list_unsubscribe: \"https://nto.example/leave\", reply_to: help@nto.example",
    );
    let letter = &office.letters()[0];
    assert_eq!(
        letter.header("List-Unsubscribe").unwrap(),
        "<https://nto.example/leave>"
    );
    assert_eq!(
        letter.header("List-Unsubscribe-Post").unwrap(),
        "List-Unsubscribe=One-Click"
    );
    assert_eq!(letter.header("Reply-To").unwrap(), "help@nto.example");
}

#[test]
fn nothing_in_a_parameter_makes_a_header_or_a_recipient() {
    let with =
        json!({ "to": "carla@example.org", "subject": "Hi\r\nBcc: all@example.org", "body": "." });
    let (office, outcome) = sent(&with, "");
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    let letter = &office.letters()[0];
    assert_eq!((letter.to.len(), letter.header("Bcc")), (1, None));
    for to in [
        "a@example.org, b@example.org",
        "a@example.org\r\nRCPT TO:<b@example.org>",
        "nobody",
        "",
    ] {
        let with = json!({ "to": to, "subject": "S", "body": "B" });
        let (office, outcome) = sent(&with, "");
        assert_eq!(
            outcome,
            Outcome::Dead {
                reason: "the parameter `to` is no address of mail".into()
            }
        );
        assert_eq!(office.letters().len(), 0);
    }
}

#[test]
fn a_login_is_made_where_there_is_one() {
    let (office, outcome) = sent(&with(), ", username: user, password: pass");
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    // NUL user NUL pass, in base64.
    assert_eq!(
        office.letters()[0].login.as_deref(),
        Some("PLAIN AHVzZXIAcGFzcw==")
    );
}

#[test]
fn refusals_for_now_are_tried_again_and_others_are_dead() {
    let cases = [
        (
            Does::RefuseRecipient("450 4.2.0 greylisted"),
            true,
            "greylisted",
        ),
        (
            Does::RefuseMessage("451 4.3.0 try later"),
            true,
            "try later",
        ),
        (
            Does::RefuseMessage("552 5.2.2 mailbox full"),
            false,
            "mailbox full",
        ),
        (
            Does::RefuseRecipient("550 5.1.1 no carla@example.org here"),
            false,
            "no ${params.to} here",
        ),
        (
            Does::RefuseLogin("535 5.7.8 who are you"),
            false,
            "did not take its credentials",
        ),
        (Does::RefuseLogin("454 4.7.0 not now"), true, "not now"),
        (Does::Hang, true, "no answer within 2 s"),
        (Does::Close, true, "did not take it"),
    ];
    for (does, again, words) in cases {
        let office = PostOffice::that_does(does);
        let mut own = connection(office.port, ", username: user, password: passw0rd");
        if matches!(does, Does::Hang) {
            own = own.replace("timeout: 30s", "timeout: 2s");
        }
        let connectors = connectors(&own, &[("deliver", with())], &[]);
        let out = outgoing("deliver", &with());
        let (reason, is_again) = match deliver(&connectors, &out) {
            Outcome::Again { reason, after } => {
                assert!(after.unwrap() <= Duration::from_secs(1));
                (reason, true)
            }
            Outcome::Dead { reason } => (reason, false),
            Outcome::Done { .. } => panic!("{does:?}"),
        };
        assert_eq!(is_again, again, "{does:?}: {reason}");
        assert!(reason.contains(words), "{does:?}: {reason}");
        assert!(!reason.contains("passw0rd"));
        if again {
            let last = deliver(&connectors, &Outgoing { attempt: 2, ..out });
            assert!(matches!(last, Outcome::Dead { .. }), "{does:?}");
        }
    }
}

#[test]
fn the_messages_of_a_channel_go_through_its_connection() {
    let office = PostOffice::that_does(Does::Take);
    let model = model(
        &connection(office.port, ""),
        "",
        &["send: hello".to_owned()],
    );
    let connectors = Connectors::new(&model, None, &secrets(&[])).unwrap();
    // As the runtime hands a message over.
    let with = json!({ "to": "c@example.org", "subject": "Hello", "body": "You there", "template": "hello", "params": {} });
    let outcome = deliver(&connectors, &outgoing("deliver", &with));
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert_eq!(office.letters().len(), 1);
}

#[test]
fn a_server_beyond_this_machine_is_spoken_to_by_tls_and_with_a_login() {
    let deliver = [("deliver", with())];
    let problems = |config: &str| {
        let connection = format!("uses: std/email\nconfig: {{ {config} }}");
        let problems = try_connectors(&connection, &deliver, &[])
            .err()
            .unwrap_or_default();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let open = problems(
        "host: mail.nto.example, from: a@nto.example, username: \"\", password: \"\", port: \"\", tls: none",
    );
    assert_eq!(
        open,
        [
            "connection `sys`: the setting `tls` is `none`, which is for a server on this machine alone: write `starttls` or `implicit`"
        ]
    );
    let closed = problems(
        "host: mail.nto.example, from: a@nto.example, username: \"\", password: \"\", port: \"\"",
    );
    assert_eq!(closed, [""; 0]);
    let half = problems(
        "host: mail.nto.example, from: nobody, username: u, password: \"\", port: many, tls: maybe",
    );
    assert_eq!(half.len(), 4, "{half:#?}");
}
