//! What becomes of an attempt that fails: what is tried again and when, what is given up.

use std::time::{Duration, Instant};

use cjoc::runtime::outgoing::{Outcome, Outgoing};
use serde_json::{Value as Json, json};

use super::web::{Says, Web, json as answer, status};
use super::workspace::{connectors, deliver, outgoing, run};

const PLAIN: &str = "config: { url: URL }\ntimeout: 30s\nretry: { attempts: 3, from: 2s, to: 5s }\nactions: { do_it: { params: { text: string }, returns: { message_id: string } } }";

fn with() -> Json {
    json!({ "text": "hello there" })
}

fn out(attempt: u32) -> Outgoing {
    Outgoing {
        attempt,
        ..outgoing("do_it", &with())
    }
}

fn attempt(connection: &str, says: Vec<Says>, attempt: u32) -> Outcome {
    let web = Web::that_says(says);
    let connection = connection.replace("URL", &web.address);
    let connectors = connectors(&connection, &[("do_it", with())], &[]);
    deliver(&connectors, &out(attempt))
}

#[test]
fn what_may_go_better_is_tried_again() {
    let cases = [
        ("busy", status(500, ""), "answered 500"),
        (
            "gone for now",
            status(503, r#"{"message":"later"}"#),
            "answered 503 Service Unavailable: later",
        ),
        ("too fast", status(429, ""), "answered 429"),
        (
            "slow",
            Says::Nothing(Duration::from_secs(3)),
            "no answer within 1 s",
        ),
        ("half", Says::Half, "the connection broke"),
        ("no HTTP", Says::Garbage, "the connection broke"),
    ];
    for (name, says, reason) in cases {
        let hasty = PLAIN.replace("timeout: 30s", "timeout: 1s");
        let connection = if name == "slow" {
            hasty.as_str()
        } else {
            PLAIN
        };
        match attempt(connection, vec![says], 1) {
            Outcome::Again {
                reason: told,
                after,
            } => {
                assert!(told.starts_with(reason), "{name}: {told}");
                let after = after.unwrap();
                assert!(
                    after >= Duration::from_secs(1) && after <= Duration::from_secs(2),
                    "{name}: {after:?}"
                );
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn what_cannot_go_better_is_dead_at_once() {
    let cases = [
        (
            "refused",
            status(400, r#"{"error":{"message":"`text` is too long"}}"#),
            "answered 400 Bad Request: `text` is too long",
        ),
        (
            "not known",
            status(401, ""),
            "answered 401 Unauthorized: its credentials were not taken",
        ),
        (
            "not allowed",
            status(403, ""),
            "answered 403 Forbidden: its credentials do not allow it",
        ),
        (
            "elsewhere",
            Says::This(
                302,
                vec![("location", "https://elsewhere.example".into())],
                String::new(),
            ),
            "answered 302 Found: it leads elsewhere, which is not followed: https://elsewhere.example",
        ),
        ("no JSON", status(200, "hello"), "answered 200, and no JSON"),
        ("no field", answer("{}"), "the answer has no `message_id`"),
        (
            "too much",
            Says::Much(3 << 20),
            "answered 200, with more than 1 MiB: it was not read",
        ),
    ];
    for (name, says, reason) in cases {
        let outcome = attempt(PLAIN, vec![says], 1);
        assert_eq!(
            outcome,
            Outcome::Dead {
                reason: reason.into()
            },
            "{name}"
        );
    }
}

#[test]
fn nobody_there_is_tried_again_until_the_attempts_are_used_up() {
    let nobody = PLAIN.replace("URL", "http://127.0.0.1:1");
    let connectors = connectors(&nobody, &[("do_it", with())], &[]);
    let Outcome::Again { reason, .. } = deliver(&connectors, &out(2)) else {
        panic!("the second attempt is not the last");
    };
    assert!(reason.starts_with("no connection: "), "{reason}");
    let Outcome::Dead { reason } = deliver(&connectors, &out(3)) else {
        panic!("the third attempt is the last");
    };
    assert!(
        reason.starts_with("given up after 3 attempts: no connection: "),
        "{reason}"
    );
}

#[test]
fn retry_after_is_kept_in_seconds_and_as_a_date() {
    for (header, least, most) in [
        ("7", 7, 9),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 1),
        ("1e30", 86_400, 86_403),
        // It asks for nothing.
        ("NaN", 0, 60),
        ("-7", 0, 60),
    ] {
        let says = Says::This(429, vec![("retry-after", header.into())], String::new());
        let Outcome::Again { after, .. } = attempt(PLAIN, vec![says], 1) else {
            panic!("{header}");
        };
        let after = after.unwrap();
        assert!(
            after >= Duration::from_secs(least) && after <= Duration::from_secs(most),
            "{header}: {after:?}"
        );
    }
}

#[test]
fn a_connection_says_which_answers_are_tried_again() {
    let own = PLAIN.replace("to: 5s", "to: 5s, statuses: [409]");
    assert!(matches!(
        attempt(&own, vec![status(409, "")], 1),
        Outcome::Again { .. }
    ));
    assert!(matches!(
        attempt(&own, vec![status(500, "")], 1),
        Outcome::Dead { .. }
    ));
}

#[test]
fn for_http_the_last_failure_is_the_answer() {
    let web = Web::that_says([status(503, "a"), status(503, "b")]);
    let with = json!({ "path": "/x" });
    let connection = format!(
        "uses: std/http\nconfig: {{ url: \"{}\" }}\nretry: {{ attempts: 2 }}",
        web.address
    );
    let connectors = connectors(&connection, &[("get", with.clone())], &[]);
    let out = |attempt| Outgoing {
        attempt,
        ..outgoing("get", &with)
    };
    assert!(matches!(
        deliver(&connectors, &out(1)),
        Outcome::Again { .. }
    ));
    let Outcome::Done { returned } = deliver(&connectors, &out(2)) else {
        panic!("an answer");
    };
    assert_eq!(
        (&returned["status"], &returned["body"]),
        (&json!(503), &json!("b"))
    );
}

#[test]
fn a_redirect_to_the_same_host_keeps_the_method_or_is_not_followed() {
    let there = |status| Says::This(status, vec![("location", "/there".into())], String::new());
    let done = || answer(r#"{"message_id":"m"}"#);
    let web = Web::that_says([there(307), done(), there(301)]);
    let connectors = connectors(
        &PLAIN.replace("URL", &web.address),
        &[("do_it", with())],
        &[],
    );
    assert_eq!(
        deliver(&connectors, &out(1)),
        Outcome::Done {
            returned: json!({ "message_id": "m" })
        }
    );
    assert!(matches!(
        deliver(&connectors, &out(1)),
        Outcome::Dead { .. }
    ));
    let lines: Vec<_> = web.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(
        lines,
        [
            "POST /do_it HTTP/1.1",
            "POST /there HTTP/1.1",
            "POST /do_it HTTP/1.1"
        ]
    );
}

#[test]
fn the_same_attempt_carries_the_same_key() {
    let web = Web::that_says([status(500, ""), answer(r#"{"message_id":"m"}"#)]);
    let connectors = connectors(
        &PLAIN.replace("URL", &web.address),
        &[("do_it", with())],
        &[],
    );
    deliver(&connectors, &out(1));
    deliver(&connectors, &out(2));
    let keys: Vec<_> = web
        .asked()
        .iter()
        .map(|asked| asked.header("idempotency-key").map(str::to_owned))
        .collect();
    assert_eq!(keys, [Some("k-1".to_owned()), Some("k-1".to_owned())]);
}

#[test]
fn a_rate_and_a_number_at_once_are_kept() {
    let web = Web::that_says((0..8).map(|_| answer(r#"{"message_id":"m"}"#)));
    let connection = format!(
        "{}\nrate: 4/s\nparallel: 2",
        PLAIN.replace("URL", &web.address)
    );
    let connectors = connectors(&connection, &[("do_it", with())], &[]);
    let start = Instant::now();
    run(async {
        let connectors = &connectors;
        let all: Vec<_> = (0..8)
            .map(|_| async move { connectors.deliver(&out(1)).await })
            .map(Box::pin)
            .collect();
        for outcome in join(all).await {
            assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
        }
    });
    assert!(
        start.elapsed() >= Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(web.asked().len(), 8);
}

/// Runs futures at once, on one task.
async fn join<F: Future + Unpin>(mut all: Vec<F>) -> Vec<F::Output> {
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        all.retain_mut(|future| match std::pin::Pin::new(future).poll(context) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if all.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done
}

#[test]
fn a_token_is_granted_once_and_again_when_it_was_not_taken() {
    let granted =
        |name: &str| answer(&json!({ "access_token": name, "expires_in": 600 }).to_string());
    let record = || status(201, r#"{"result":{"sys_id":"a","number":"n"}}"#);
    let web = Web::that_says([
        granted("one-1"),
        record(),
        record(),
        status(401, "one-1 is over"),
        granted("two-2"),
        record(),
    ]);
    let with = json!({ "short_description": "s", "impact": "low", "urgency": "low" });
    let connection = format!(
        "uses: std/servicenow\nconfig: {{ url: \"{}\", client_id: id, client_secret: secret }}",
        web.address
    );
    let connectors = connectors(&connection, &[("create_incident", with.clone())], &[]);
    let out = outgoing("create_incident", &with);
    assert!(matches!(deliver(&connectors, &out), Outcome::Done { .. }));
    assert!(matches!(deliver(&connectors, &out), Outcome::Done { .. }));
    let Outcome::Again { reason, .. } = deliver(&connectors, &out) else {
        panic!("a token that was granted may be over");
    };
    assert!(!reason.contains("one-1"), "{reason}");
    assert!(matches!(deliver(&connectors, &out), Outcome::Done { .. }));
    let tokens: Vec<_> = web
        .asked()
        .iter()
        .filter_map(|asked| asked.header("authorization").map(str::to_owned))
        .collect();
    assert_eq!(
        tokens,
        [
            "Bearer one-1",
            "Bearer one-1",
            "Bearer one-1",
            "Bearer two-2"
        ]
    );
}
