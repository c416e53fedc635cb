//! Actions on their way out: consent, address, caps, quiet hours; deferred, suppressed, left.

use serde_json::{Value as Json, json};

use super::Story;
use super::small::world;

fn channel(channel: Json, journey: &Json) -> Story {
    let mut story = Story::of(&world(
        json!({ "j": journey }),
        &json!({ "channels": { "email": channel } }),
    ));
    story.known(
        &json!({ "id": "t", "email": "t@example.org" }),
        &[("ads", true)],
    );
    story
}

fn mails(more: &Json) -> Json {
    let mut journey = json!({
        "start": { "on": "a.x" },
        "milestones": [{ "milestone": "only" }],
        "rules": [
            { "rule": "mail", "on": "a.y", "do": [{ "send": "hello" }] },
            { "rule": "urgent", "on": "a.z", "do": [{ "send": "bye", "transactional": true }] }
        ]
    });
    for (key, value) in more.as_object().unwrap() {
        journey[key] = value.clone();
    }
    journey
}

#[test]
fn caps_count_what_went_out_and_the_first_that_is_full_decides() {
    let mut story = channel(
        json!({ "address": "traveler.email", "cap": [{ "max": 1, "per": "1h" }, { "max": 2, "per": "1d", "then": "defer" }] }),
        &mails(&json!({})),
    );
    story.event("0s", "a.x", "t", json!({}));
    story.lines.clear();
    for event in ["a.y", "a.y", "a.z"] {
        story.event("1m", event, "t", json!({}));
    }
    story.event("59m", "a.y", "t", json!({}));
    story.event("2h", "a.y", "t", json!({}));
    story.pass("1d");
    story.expect(
        r#"1m j: rule mail
        1m j: Send hello {"n":1}
        2m j: rule mail
        2m j: suppressed hello (cap)
        3m j: rule urgent
        3m j: Send bye {}
        1h2m j: rule mail
        1h2m j: Send hello {"n":1}
        3h2m j: rule mail
        3h2m j: deferred hello (cap) until 2026-03-03T12:01:00Z
        1d1m j: Send hello {"n":1}"#,
    );
}

#[test]
fn consent_is_asked_when_a_deferred_message_tries_again() {
    let quiet = json!({ "from": "12:00", "to": "14:00", "zone": "traveler.zone", "then": "defer" });
    let mut story = channel(
        json!({ "address": "traveler.email", "consent": "ads", "quiet": quiet }),
        &mails(&json!({ "rules": [
            { "rule": "mail", "on": "a.y", "do": [{ "send": "hello", "hold": true }, { "send": "bye" }] },
            { "rule": "stop", "on": "a.z", "do": [{ "update": { "consents.ads": false } }] }
        ] })),
    );
    story.event("0s", "a.x", "t", json!({}));
    story.lines.clear();
    story.event("1m", "a.y", "t", json!({}));
    story.event("1m", "a.z", "t", json!({}));
    story.pass("1d");
    story.expect(
        "1m j: rule mail
        1m j: deferred hello (quiet hours) until 2026-03-02T13:00:00Z
        2m j: rule stop
        2m profile consents.ads = false
        1h j: suppressed hello (no consent)
        1h j: suppressed bye (no consent)",
    );
}

/// Two mails that are deferred until 13:00 UTC, and then `steps`.
fn deferred(steps: &Json) -> Story {
    let quiet = json!({ "from": "12:00", "to": "14:00", "then": "defer" });
    let mut all = vec![json!({ "send": "hello" })];
    all.extend(steps.as_array().unwrap().iter().cloned());
    let mut story = channel(
        json!({ "address": "traveler.email", "quiet": quiet }),
        &json!({
            "start": { "on": "a.x" },
            "milestones": [
                { "milestone": "first", "do": all },
                { "milestone": "second", "enter": { "on": "a.y" }, "do": [{ "wait": "10m" }, { "end": "own" }] }
            ],
            "end": { "on": "a.z", "outcome": "other" }
        }),
    );
    story.event("0s", "a.x", "t", json!({}));
    story.lines.clear();
    story
}

#[test]
fn a_deferred_message_is_suppressed_when_anything_else_leaves_its_milestone() {
    let mut story = deferred(&json!([]));
    story.event("1m", "a.y", "t", json!({}));
    story.expect(
        "1m j: left first
        1m j: suppressed hello (left)
        1m j: entered second
        1m j: wait until 2026-03-02T12:11:00Z",
    );
    let mut story = deferred(&json!([]));
    story.event("1m", "a.z", "t", json!({}));
    story.expect("1m j: ended other\n1m j: suppressed hello (left)");
}

#[test]
fn a_deferred_message_goes_out_when_its_own_steps_go_on_or_end() {
    let mut story = deferred(&json!([{ "end": "done" }]));
    story.pass("2h");
    story.expect("1h j: Send hello {\"n\":1}");
    // The steps of a milestone that they go to are its own steps too.
    let mut story = deferred(&json!([{ "goto": "second" }]));
    story.pass("2h");
    story.expect("10m j: wait over: Time\n10m j: ended own\n1h j: Send hello {\"n\":1}");
    let mut story = deferred(&json!([{ "goto": "second" }]));
    story.event("1m", "a.z", "t", json!({}));
    story.expect("1m j: ended other\n1m j: suppressed hello (left)");
}

#[test]
fn in_shadow_every_action_is_suppressed() {
    let mut story = channel(
        json!({ "address": "traveler.email" }),
        &mails(&json!({ "status": "shadow" })),
    );
    story.event("0s", "a.x", "t", json!({}));
    story.lines.clear();
    story.event("1m", "a.y", "t", json!({}));
    story.expect("1m j: rule mail\n1m j: suppressed hello (shadow)");
}

#[test]
fn a_paused_journey_starts_nothing_and_holds_timers_and_actions_until_it_is_live() {
    let journey = |status: &str| {
        mails(&json!({
            "status": status,
            "milestones": [{ "milestone": "only", "do": [{ "wait": "1h" }, { "send": "bye" }] }]
        }))
    };
    let mut story = channel(json!({ "address": "traveler.email" }), &journey("live"));
    story.event("0s", "a.x", "t", json!({}));
    story.lines.clear();
    let bytes = story.engine.save(&story.state);
    let mut paused = channel(json!({ "address": "traveler.email" }), &journey("paused"));
    paused.state = paused.engine.load(&bytes).unwrap();
    paused.events = story.events;
    paused.event("1m", "a.y", "t", json!({}));
    paused.event("1m", "a.x", "u", json!({}));
    paused.pass("1d");
    paused.expect(
        r#"1m j: rule mail
        1m j: deferred hello (paused) until later
        2m created u
        2m profile id = "u""#,
    );
    let bytes = paused.engine.save(&paused.state);
    story.state = story.engine.load(&bytes).unwrap();
    story.now = paused.now;
    story.pass("1d");
    story.expect(
        // A window that closed meanwhile has turned the clock.
        r#"1d j: Send hello {"n":1}
        1d j: wait over: Time
        1d j: Send bye {}"#,
    );
}

#[test]
fn a_call_that_was_held_back_waits_no_longer_where_nobody_answers() {
    let ask = json!([
        { "call": "crm.ask", "with": { "text": "?" }, "set": { "v": "returned.answer" }, "else": [{ "call": "crm.tell", "with": { "text": "none" } }] }
    ]);
    let journey = |status: &str| {
        mails(&json!({
            "status": status,
            "variables": { "v": "string | null" },
            "milestones": [{ "milestone": "only" }],
            "rules": [{ "rule": "ask", "on": "a.y", "do": ask }],
        }))
    };
    let silent = r#"1m j: Call crm.ask {"text":"?"}
        1m j: call crm.ask over: Timeout
        1m j: Call crm.tell {"text":"none"}"#;
    let answered = r#"1m j: Call crm.ask {"text":"?"}
        1m j: set v = "yes"
        1m j: call crm.ask over: Event"#;
    for (reply, expected) in [(None, silent), (Some("yes"), answered)] {
        let mut story = channel(json!({}), &journey("live"));
        story.event("0s", "a.x", "t", json!({}));
        let bytes = story.engine.save(&story.state);
        let mut paused = channel(json!({}), &journey("paused"));
        paused.state = paused.engine.load(&bytes).unwrap();
        paused.events = story.events;
        paused.event("1m", "a.y", "t", json!({}));
        let bytes = paused.engine.save(&paused.state);
        story.state = story.engine.load(&bytes).unwrap();
        let replies = reply.map(|it| ("crm.ask".into(), json!({ "answer": it })));
        story.state.options.replies = replies.into_iter().collect();
        story.lines.clear();
        story.now = paused.now;
        story.pass("1m");
        story.expect(expected);
    }
}

#[test]
fn idempotency_keys_tell_sessions_steps_and_occurrences_apart() {
    let mut story = channel(json!({ "address": "traveler.email" }), &mails(&json!({})));
    story.known(&json!({ "id": "u", "email": "u@example.org" }), &[]);
    for traveler in ["t", "u"] {
        for event in ["a.x", "a.y", "a.y", "a.z"] {
            story.event("1m", event, traveler, json!({}));
        }
    }
    let mut keys: Vec<_> = (story.records.iter())
        .filter_map(|record| match &record.what {
            super::What::ActionEmitted(action) => Some(action.idempotency_key.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(keys.len(), 6);
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 6);
}

#[test]
fn windows_of_traits_close_at_the_instant() {
    let mut story = channel(
        json!({}),
        &mails(&json!({ "rules": [{ "rule": "calm", "on": "segment.busy.left", "do": [] }] })),
    );
    story.event("0s", "a.x", "t", json!({}));
    story.event("1h", "a.x", "t", json!({}));
    story.lines.clear();
    story.pass("22h59m59s");
    story.expect("");
    story.pass("1s");
    story.expect("1d out of busy\n1d j: rule calm");
}
