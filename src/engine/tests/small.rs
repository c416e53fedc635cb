//! A small world for tests of one thing: customers, events `a.x`, `a.y`, `a.z`, a mail, a call.

use serde_json::{Value as Json, json};

use super::Story;

/// A world with these journeys, and whatever else `more` adds to it.
pub(super) fn world(journeys: Json, more: &Json) -> Json {
    let fields = json!({ "n": "int | null", "ref": "string | null" });
    let event = |update: Json| json!({ "fields": fields.clone(), "identify": { "id": "trigger.subject" }, "update": update });
    let mut spec = json!({
        "timezone": "Europe/Paris",
        "travelers": { "customer": {
            "key": "id",
            "identities": ["id", "email"],
            "profile": {
                "id": "string | null", "email": "string | null", "zone": "string = \"Europe/Paris\"",
                "score": "int = 0", "hour": "string | null"
            },
            "consents": ["ads"],
            "traits": {
                "xs": { "count": "a.x" },
                "recent": { "count": "a.x", "within": "1d" },
                "total": { "sum": "a.x.n", "within": "2d" },
                "mails": { "count": "send.hello", "within": "1d" }
            }
        } },
        "events": {
            "a.x": event(json!({ "score": "event.n" })),
            "a.y": event(json!({})),
            "a.z": event(json!({})),
            "a.made": { "fields": { "n": "int" }, "identify": { "id": "trigger.subject" }, "update": { "score": "event.n" } }
        },
        "actions": {
            "crm.ask": { "params": { "text": "string" }, "returns": { "answer": "string" } },
            "crm.tell": { "params": { "text": "string" } }
        },
        "channels": { "email": { "address": "traveler.email" } },
        "templates": { "hello": { "params": { "n": "int = 1" } }, "bye": {} },
        "segments": {
            "high": { "when": "traveler.score > 10" },
            "very_high": { "when": "segment.high && traveler.score > 100" },
            "busy": { "when": "traveler.recent >= 2" }
        },
        "journeys": journeys
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        spec[key] = value.clone();
    }
    spec
}

pub(super) fn story(journeys: Json) -> Story {
    Story::of(&world(journeys, &json!({})))
}

/// One journey that a.x starts, with these steps in its first milestone.
pub(super) fn steps(steps: Json) -> Story {
    let mut story = story(json!({ "j": {
        "variables": { "v": "string | null", "k": "int = 0" },
        "reentry": "always",
        "start": { "on": "a.x" },
        "milestones": [{ "milestone": "first", "do": steps }, { "milestone": "second" }]
    } }));
    story.known(&json!({ "id": "t", "email": "t@example.org" }), &[]);
    story
}
