//! Sessions: who starts, what moves them, in which order, and what ends them.

use serde_json::json;

use super::Story;
use super::small::{story, world};

#[test]
fn an_event_moves_a_session_at_most_once_and_the_rest_of_what_matched_still_runs() {
    let mut story = story(json!({ "j": {
        "variables": { "k": "int = 0" },
        "start": { "on": "a.x" },
        "milestones": [
            { "milestone": "first", "rules": [{ "rule": "of_first", "on": "a.y", "do": [{ "call": "crm.tell", "with": { "text": "first ${vars.k}" } }] }] },
            { "milestone": "second", "enter": { "on": "a.y" } },
            { "milestone": "third", "enter": { "on": "a.z" }, "do": [{ "set": { "k": 9 } }] }
        ],
        "rules": [
            { "rule": "jump", "on": "a.y", "do": [{ "goto": "third" }] },
            { "rule": "other", "on": "a.y", "when": "vars.k == 0", "do": [{ "goto": "second" }] }
        ],
        "end": { "on": "a.y", "outcome": "over" }
    } }));
    story.event("0s", "a.x", "t", json!({}));
    story.lines.clear();
    story.event("1d", "a.y", "t", json!({}));
    // Decided on the variables as the event found them: `other` fires though `k` is 9 by then.
    story.expect(
        r#"1d j: rule jump
        1d j: left first
        1d j: entered third
        1d j: set k = 9
        1d j: rule other
        1d j: rule of_first
        1d j: Call crm.tell {"text":"first 9"}"#,
    );
}

#[test]
fn rules_of_a_milestone_stop_when_it_is_left_even_if_they_begin_after() {
    let mut story = story(json!({ "j": {
        "start": { "on": "a.x" },
        "milestones": [
            { "milestone": "first", "rules": [{ "rule": "of_first", "on": "a.y", "do": [{ "send": "hello" }, { "wait": "1d" }, { "send": "bye" }] }] },
            { "milestone": "second" }
        ],
        "rules": [{ "rule": "jump", "on": "a.y", "do": [{ "goto": "second" }] }]
    } }));
    story.known(&json!({ "id": "t", "email": "e" }), &[]);
    story.event("0s", "a.x", "t", json!({}));
    story.lines.clear();
    story.event("1d", "a.y", "t", json!({}));
    story.pass("5d");
    story.expect(
        r#"1d j: rule jump
        1d j: left first
        1d j: entered second
        1d j: rule of_first
        1d j: Send hello {"n":1}"#,
    );
}

#[test]
fn the_first_end_goes_before_the_first_milestone() {
    let mut story = story(json!({ "j": {
        "start": { "on": "a.x" },
        "milestones": [{ "milestone": "first" }, { "milestone": "second", "enter": { "on": "a.y" } }],
        "end": [{ "on": "a.y", "when": "event.n == 1", "outcome": "one" }, { "on": "a.y", "when": "event.n == 1", "outcome": "two" }]
    } }));
    story.event("0s", "a.x", "t", json!({}));
    story.lines.clear();
    story.event("1d", "a.y", "t", json!({ "n": 2 }));
    story.event("1d", "a.y", "t", json!({ "n": 1 }));
    story.expect(
        "1d j: left first
        1d j: entered second
        2d j: ended one",
    );
}

#[test]
fn a_journey_starts_again_as_reentry_says_and_not_by_the_event_that_ends_it() {
    let start = |reentry: serde_json::Value, active: &str| {
        let mut story = story(json!({ "j": {
            "start": { "on": ["a.x", "a.y"] }, "reentry": reentry, "while_active": active,
            "milestones": [{ "milestone": "only" }],
            "end": { "on": "a.y", "outcome": "over" }
        } }));
        story.known(&json!({ "id": "t" }), &[]);
        story.event("0s", "a.x", "t", json!({}));
        story.event("1d", "a.y", "t", json!({}));
        story.lines.clear();
        story
    };
    let mut never = start(json!(null), "ignore");
    never.event("1d", "a.x", "t", json!({}));
    never.expect("");
    let mut since_start = start(json!({ "after": "2d", "since": "start" }), "ignore");
    since_start.event("23h", "a.y", "t", json!({}));
    since_start.event("1h", "a.y", "t", json!({}));
    since_start.expect(
        "1d23h ignored a.y
        2d j 2: started
        2d j 2: entered only",
    );
    // A start that restarts takes the place of all else that matched.
    let mut restart = start(json!(null), "restart");
    restart.expect("");
    let mut restart = story(json!({ "j": {
        "start": { "on": "a.y" }, "while_active": "restart", "milestones": [{ "milestone": "only" }],
        "end": { "on": "a.y", "outcome": "over" }
    } }));
    restart.known(&json!({ "id": "t" }), &[]);
    restart.event("0s", "a.y", "t", json!({}));
    restart.event("1d", "a.y", "t", json!({}));
    restart.expect(
        "0 j: started
        0 j: entered only
        1d j: ended incomplete
        1d j 2: started
        1d j 2: entered only",
    );
}

#[test]
fn a_keyed_journey_has_a_session_for_every_value() {
    let mut story = story(json!({ "j": {
        "key": { "a.x": "event.ref", "a.y": "event.ref" },
        "start": { "on": "a.x" },
        "milestones": [{ "milestone": "only", "do": [{ "wait": { "on": "a.z" } }, { "call": "crm.tell", "with": { "text": "${session.key}" } }] }],
        "end": { "on": "a.y", "outcome": "over" }
    } }));
    story.known(&json!({ "id": "t" }), &[]);
    for order in ["o-1", "o-2", "o-1"] {
        story.event("1h", "a.x", "t", json!({ "ref": order }));
    }
    story.event("1h", "a.z", "t", json!({}));
    story.event("1h", "a.y", "t", json!({ "ref": "o-2" }));
    story.expect(
        r#"1h j: started
        1h j: entered only
        1h j: wait begins
        2h into busy
        2h j 2: started
        2h j 2: entered only
        2h j 2: wait begins
        4h j: wait over: Event
        4h j: Call crm.tell {"text":"o-1"}
        4h j 2: wait over: Event
        4h j 2: Call crm.tell {"text":"o-2"}
        5h j 2: ended over"#,
    );
}

#[test]
fn what_an_event_sets_off_comes_after_all_journeys_in_order() {
    let spec = world(
        json!({
            "a_first": {
                "priority": 1,
                "start": { "on": "a.x" },
                "milestones": [{ "milestone": "only", "do": [{ "end": "quick" }] }],
                "rules": [
                    { "rule": "on_start", "on": "start", "do": [{ "call": "crm.tell", "with": { "text": "started" } }] },
                    { "rule": "on_end", "on": "end", "do": [{ "wait": "1d" }, { "call": "crm.tell", "with": { "text": "never" } }] }
                ]
            },
            "b_second": {
                "start": { "on": "a.x", "when": "!journey.a_first.active" },
                "milestones": [{ "milestone": "only" }],
                "rules": [{ "rule": "saw_it", "on": "journey.a_first.ended", "do": [] }, { "rule": "high", "on": "segment.high.entered", "do": [] }]
            }
        }),
        &json!({}),
    );
    let mut story = Story::of(&spec);
    story.known(&json!({ "id": "t" }), &[]);
    story.event("0s", "a.x", "t", json!({ "n": 20 }));
    story.expect(
        r#"0 profile score = 20
        0 into high
        0 a_first: started
        0 a_first: entered only
        0 a_first: ended quick
        0 b_second: started
        0 b_second: entered only
        0 b_second: rule high
        0 a_first: rule on_start
        0 a_first: Call crm.tell {"text":"started"}
        0 a_first: rule on_end
        0 b_second: rule saw_it"#,
    );
}

#[test]
fn conditions_fire_when_they_turn_true() {
    let mut story = story(json!({ "j": {
        "variables": { "k": "int = 0" },
        "start": { "when": "traveler.xs >= 1" },
        "reentry": "always",
        "milestones": [
            { "milestone": "first", "rules": [{ "rule": "in_first", "when": "segment.high", "do": [] }] },
            { "milestone": "second", "enter": { "when": "traveler.score == 7" } }
        ],
        "rules": [{ "rule": "high", "when": "segment.high", "do": [{ "set": { "k": "vars.k + 1" } }] }],
        "end": { "when": "vars.k == 2", "outcome": "twice" }
    } }));
    story.known(&json!({ "id": "t" }), &[]);
    for n in [0, 20, 30, 7, 40] {
        story.event("1h", "a.x", "t", json!({ "n": n }));
    }
    story.event("1h", "a.x", "t", json!({ "n": 41 }));
    story.expect(
        r"1h j: started
        1h j: entered first
        2h profile score = 20
        2h into busy
        2h into high
        2h j: rule high
        2h j: set k = 1
        2h j: rule in_first
        3h profile score = 30
        4h profile score = 7
        4h out of high
        4h j: left first
        4h j: entered second
        5h profile score = 40
        5h into high
        5h j: rule high
        5h j: set k = 2
        5h j: ended twice
        6h profile score = 41",
    );
}

#[test]
fn rules_by_time_fire_while_their_milestone_lasts() {
    let mut story = story(json!({ "j": {
        "start": { "on": "a.x" },
        "milestones": [
            { "milestone": "first", "rules": [{ "rule": "nag", "every": "1d", "do": [] }], "do": [{ "wait": "60h" }, { "send": "hello" }] },
            { "milestone": "second", "enter": { "after": "50h", "from": ["first"] }, "promise": { "within": "2d" } }
        ],
        "rules": [{ "rule": "monday", "schedule": "0 9 * * MON", "zone": "traveler.zone", "do": [] }],
        "end": { "after": "10d", "outcome": "lapsed" }
    } }));
    story.known(&json!({ "id": "t" }), &[]);
    story.event("0s", "a.x", "t", json!({}));
    story.pass("20d");
    story.expect(
        "0 j: started
        0 j: entered first
        0 j: wait until 2026-03-05T00:00:00Z
        1d j: rule nag
        2d j: promise second not reached within 2d
        2d j: rule nag
        2d2h j: left first
        2d2h j: entered second
        6d20h j: rule monday
        10d j: ended lapsed",
    );
    assert_eq!(story.engine.pending(&story.state), 0);
}

#[test]
fn a_scheduled_start_concerns_everyone_who_is_known_and_not_on_the_way() {
    let mut story = story(json!({ "j": {
        "start": { "schedule": "0 13 * * *", "when": "traveler.score > 0" }, "reentry": "always",
        "milestones": [{ "milestone": "only" }], "end": { "on": "a.y", "outcome": "over" }
    } }));
    story.known(&json!({ "id": "t", "score": 1 }), &[]);
    story.known(&json!({ "id": "u" }), &[]);
    story.pass("3d");
    story.event("0s", "a.y", "t", json!({}));
    story.pass("1d");
    story.expect(
        "1d j: started
        1d j: entered only
        3d j: ended over
        4d j 2: started
        4d j 2: entered only",
    );
}

#[test]
fn a_detached_do_runs_on_when_its_milestone_is_left() {
    let mut story = story(json!({ "j": {
        "start": { "on": "a.x" },
        "milestones": [
            { "milestone": "first", "detached": true, "do": [{ "wait": "2d" }, { "send": "hello" }] },
            { "milestone": "second", "enter": { "on": "a.y" }, "do": [{ "wait": "1d" }, { "send": "bye" }] },
            { "milestone": "third", "enter": { "on": "a.z" } }
        ]
    } }));
    story.known(&json!({ "id": "t", "email": "e" }), &[]);
    story.event("0s", "a.x", "t", json!({}));
    story.event("1h", "a.y", "t", json!({}));
    story.event("1h", "a.z", "t", json!({}));
    story.lines.clear();
    story.pass("5d");
    story.expect("2d j: wait over: Time\n2d j: Send hello {\"n\":1}");
}
