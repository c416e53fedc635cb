//! What each step does.

use serde_json::json;

use super::small::{steps, story, world};
use super::{Incoming, Story};

/// Starts the journey, and drops the lines of the start.
fn started(story: &mut Story) {
    story.event("0s", "a.x", "t", json!({}));
    let lines = std::mem::take(&mut story.lines);
    let (start, rest) = lines.split_once("entered first\n").unwrap();
    assert!(start.contains("started"), "{start}");
    story.lines = rest.to_owned();
}

#[test]
fn waits_for_a_time_of_day_in_a_zone() {
    let mut story = steps(json!([
        { "wait": { "at": "09:00", "zone": "traveler.zone" } },
        { "wait": { "days": 2, "at": "traveler.?hour.orValue(\"10:30\")" } },
        { "wait": { "until": "now - duration(\"1h\")" } },
        { "wait": { "until": "now + duration(\"1h\")" } },
        { "send": "hello" }
    ]));
    started(&mut story);
    story.pass("10d");
    story.expect(
        r#"0 j: wait until 2026-03-03T08:00:00Z
        20h j: wait over: Time
        20h j: wait 2 until 2026-03-05T09:30:00Z
        2d21h30m j: wait 2 over: Time
        2d21h30m j: wait 4 until 2026-03-05T10:30:00Z
        2d22h30m j: wait 4 over: Time
        2d22h30m j: Send hello {"n":1}"#,
    );
}

#[test]
fn an_invalid_zone_falls_back_and_the_trace_says_so() {
    let mut story = steps(json!([{ "wait": { "at": "09:00", "zone": "\"Mars/Base\"" } }]));
    started(&mut story);
    story.expect(
        "0 j: failed wait: `Mars/Base` is not a time zone, `Europe/Paris` is taken
        0 j: wait until 2026-03-03T08:00:00Z",
    );
}

#[test]
fn waits_for_an_event_and_reads_it() {
    let waiting = json!([
        { "wait": { "on": "a.y", "when": "event.n == 2", "timeout": "3d",
            "then": [{ "set": { "k": "event.?n.orValue(0)" } }], "else": [{ "end": "too_late" }] } },
        { "send": "hello" }
    ]);
    let mut story = steps(waiting.clone());
    started(&mut story);
    story.event("1d", "a.y", "t", json!({ "n": 1 }));
    // At the very time of the time-out the event goes first.
    story.event("2d", "a.y", "t", json!({ "n": 2 }));
    story.expect(
        r#"0 j: wait until 2026-03-05T12:00:00Z
        1d ignored a.y
        3d j: wait over: Event
        3d j: set k = 2
        3d j: Send hello {"n":1}"#,
    );
    let mut story = steps(waiting);
    started(&mut story);
    story.pass("3d");
    story.expect(
        "0 j: wait until 2026-03-05T12:00:00Z
        3d j: wait over: Timeout
        3d j: ended too_late",
    );
}

#[test]
fn waits_for_the_first_of_several_and_for_conditions() {
    let mut story = steps(json!([
        { "wait": { "when": "traveler.score >= 0" } },
        { "wait": { "any": [
            { "on": "a.z", "then": [{ "set": { "v": "'z'" } }] },
            { "when": "traveler.score > 5", "then": [{ "set": { "v": "'high'" } }] },
            { "after": "2d", "then": [{ "set": { "v": "'time'" } }] }
        ] } },
        { "end": "done" }
    ]));
    started(&mut story);
    story.event("1d", "a.x", "t", json!({ "n": 7 }));
    story.expect(
        r#"0 j: wait 2 begins
        1d profile score = 7
        1d j: wait 2 over: Event
        1d j: set v = "high"
        1d j: ended done"#,
    );
}

#[test]
fn branches_take_the_arm_that_holds() {
    let mut story = steps(json!([
        { "if": "event.n == 1", "then": [{ "set": { "v": "'one'" } }], "else": [{ "set": { "v": "'other'" } }] },
        { "choose": [
            { "when": "1 / traveler.score > 0", "do": [{ "end": "never" }] },
            { "when": "vars.k == 0", "do": [{ "set": { "k": 1 } }] },
            { "otherwise": [{ "end": "never" }] }
        ] },
        { "decide": { "name": "next", "among": [
            { "offer": "low", "score": 1, "do": [{ "end": "low" }] },
            { "offer": "best", "score": 2.5, "do": [{ "set": { "v": "'best'" } }] },
            { "offer": "tie", "score": 2.5, "do": [{ "end": "tie" }] },
            { "offer": "no", "when": "false", "score": 9, "do": [{ "end": "no" }] }
        ] } },
        { "decide": { "name": "none", "among": [{ "offer": "no", "when": "vars.k > 5", "score": 9, "do": [] }], "fallback": [{ "end": "fallback" }] } }
    ]));
    started(&mut story);
    story.expect(
        r#"0 j: branch if "else"
        0 j: set v = "other"
        0 j: failed choose: division by zero
        0 j: branch choose 1
        0 j: set k = 1
        0 j: branch decide "best"
        0 j: set v = "best"
        0 j: branch decide 2 "fallback"
        0 j: ended fallback"#,
    );
}

#[test]
fn a_scenario_may_choose_the_arm_of_a_split() {
    let mut story = steps(json!([
        { "split": { "name": "test", "arms": {
            "a": { "weight": 1, "do": [{ "set": { "v": "'a'" } }] }, "b": { "weight": 0, "do": [{ "set": { "v": "'b'" } }] }
        } } }
    ]));
    started(&mut story);
    story.expect("0 j: branch split \"a\"\n0 j: set v = \"a\"");
    story.state.options.arms.insert("test".into(), "b".into());
    story.known(&json!({ "id": "u" }), &[]);
    story.event("0s", "a.x", "u", json!({}));
    let lines = std::mem::take(&mut story.lines);
    assert!(
        lines.ends_with("branch split \"b\"\n0 j: set v = \"b\"\n"),
        "{lines}"
    );
}

#[test]
fn parallel_steps_join_when_all_are_done() {
    let mut story = steps(json!([
        { "parallel": [
            [{ "wait": "2d" }, { "set": { "v": "'slow'" } }],
            [{ "wait": "1d" }, { "set": { "k": 1 } }],
            [{ "send": "hello" }]
        ] },
        { "end": "joined" }
    ]));
    started(&mut story);
    story.pass("3d");
    story.expect(
        r#"0 j: wait until 2026-03-04T12:00:00Z
        0 j: wait until 2026-03-03T12:00:00Z
        0 j: Send hello {"n":1}
        1d j: wait over: Time
        1d j: set k = 1
        2d j: wait over: Time
        2d j: set v = "slow"
        2d j: ended joined"#,
    );
}

#[test]
fn a_goto_in_one_of_the_parallel_steps_stops_all() {
    let mut story = steps(json!([
        { "parallel": [[{ "wait": "2d" }, { "end": "never" }], [{ "wait": "1d" }, { "goto": "second" }]] },
        { "end": "never" }
    ]));
    started(&mut story);
    story.pass("3d");
    story.expect(
        "0 j: wait until 2026-03-04T12:00:00Z
        0 j: wait until 2026-03-03T12:00:00Z
        1d j: wait over: Time
        1d j: left first
        1d j: entered second",
    );
}

#[test]
fn all_values_of_a_set_are_worked_out_before_any_is_written() {
    let mut story = steps(json!([
        { "set": { "k": 5 } },
        { "set": { "k": "vars.k + 1", "v": "string(vars.k)" } },
        { "update": { "score": "vars.k", "email": "traveler.hour", "hour": "null" } }
    ]));
    started(&mut story);
    story.expect(
        r#"0 j: set k = 5
        0 j: set k = 6
        0 j: set v = "5"
        0 profile score = 6"#,
    );
}

#[test]
fn an_emitted_event_is_handled_after_this_one_and_writes_the_profile() {
    let mut spec = world(
        json!({ "j": {
            "start": { "on": "a.x" },
            "milestones": [
                { "milestone": "first", "do": [{ "emit": "a.made", "with": { "n": 50 } }, { "call": "crm.tell", "with": { "text": "score ${traveler.score}" } }] },
                { "milestone": "second", "enter": { "on": "a.made", "when": "event.n == 50" } }
            ]
        } }),
        &json!({}),
    );
    spec["journeys"]["k"] = json!({ "start": { "on": "segment.high.entered" }, "milestones": [{ "milestone": "only" }] });
    let mut story = Story::of(&spec);
    story.known(&json!({ "id": "t" }), &[]);
    story.event("0s", "a.x", "t", json!({}));
    story.expect(
        r#"0 j: started
        0 j: entered first
        0 j: emitted a.made {"n":50}
        0 j: Call crm.tell {"text":"score 0"}
        0 profile score = 50
        0 into high
        0 j: left first
        0 j: entered second
        0 k: started
        0 k: entered only"#,
    );
}

#[test]
fn a_call_that_sets_waits_for_the_answer() {
    let call = |more: serde_json::Value| {
        let mut call = json!({ "call": "crm.ask", "with": { "text": "?" }, "set": { "v": "returned.answer" }, "else": [{ "end": "no_answer" }] });
        for (key, value) in more.as_object().unwrap() {
            call[key] = value.clone();
        }
        steps(json!([call, { "end": "answered" }]))
    };
    // A scenario's reply is there at once.
    let mut story = call(json!({}));
    story
        .state
        .options
        .replies
        .insert("crm.ask".into(), json!({ "answer": "yes" }));
    started(&mut story);
    story.expect("0 j: Call crm.ask {\"text\":\"?\"}\n0 j: set v = \"yes\"\n0 j: ended answered");
    // No reply: `else` at once without a time-out, at the time-out with one.
    let mut story = call(json!({}));
    started(&mut story);
    story.expect("0 j: Call crm.ask {\"text\":\"?\"}\n0 j: ended no_answer");
    let mut story = call(json!({ "timeout": "1d" }));
    started(&mut story);
    story.pass("1d");
    story.expect(
        "0 j: Call crm.ask {\"text\":\"?\"}
        0 j: call crm.ask until 2026-03-03T12:00:00Z
        1d j: call crm.ask over: Timeout
        1d j: ended no_answer",
    );
    // An answer that comes later.
    let mut story = call(json!({}));
    story.state.options.answers_later = true;
    started(&mut story);
    let asked = story.records.iter().find_map(|record| match &record.what {
        super::What::ActionEmitted(action) => Some(action.idempotency_key.clone()),
        _ => None,
    });
    let mut records = Vec::new();
    let (key, at) = (asked.unwrap(), story.now);
    let answer = json!({ "answer": "late" });
    for expected in [true, false] {
        let taken = story
            .engine
            .reply(&mut story.state, &key, Some(&answer), at, &mut |it| {
                records.push(it);
            });
        assert_eq!(taken, expected);
    }
    story.tell(records);
    story.expect(
        "0 j: Call crm.ask {\"text\":\"?\"}
        0 j: call crm.ask begins
        0 j: call crm.ask over: Event
        0 j: set v = \"late\"
        0 j: ended answered",
    );
}

#[test]
fn steps_that_never_end_are_stopped() {
    let mut story = story(json!({ "j": {
        "start": { "on": "a.x" },
        "milestones": [
            { "milestone": "ping", "do": [{ "goto": "pong" }] },
            { "milestone": "pong", "do": [{ "goto": "ping" }] }
        ]
    } }));
    story.event("0s", "a.x", "t", json!({}));
    let stopped = story.lines.contains("too many");
    assert!(stopped, "it stopped without a word");
}

#[test]
fn waits_of_no_length_in_a_circle_are_stopped() {
    let mut story = story(json!({ "j": {
        "start": { "on": "a.x" },
        "milestones": [{ "milestone": "only", "do": [{ "wait": "0s" }, { "goto": "only" }] }]
    } }));
    story.event("0s", "a.x", "t", json!({}));
    story.pass("1d");
    let stopped = story
        .lines
        .ends_with("0 failed timers: too many timers at one time: the rest is left out\n");
    assert!(stopped, "it stopped without a word");
    assert_eq!(story.engine.pending(&story.state), 0);
}

#[test]
fn a_late_event_is_handled_at_the_travelers_clock_and_keeps_its_own_time() {
    let mut story = steps(json!([{ "wait": "1h" }, { "send": "hello" }]));
    story.event("0s", "a.y", "t", json!({}));
    story.pass("2d");
    story.event("0s", "a.z", "t", json!({}));
    story.lines.clear();
    let late = |id: &str, hours: i64| Incoming {
        id: id.into(),
        source: "a".into(),
        cloud_type: "a.x".into(),
        time: story.now - jiff::SignedDuration::from_hours(hours),
        subject: Some("t".into()),
        data: json!({ "n": hours }),
        arrives: None,
    };
    // 30 hours old: no part of a window of a day any more. 20 hours old: for four hours more.
    let (old, recent) = (late("late-1", 30), late("late-2", 20));
    story.handle(&old);
    story.handle(&recent);
    story.expect(
        r"2d profile score = 30
        2d into high
        2d j: started
        2d j: entered first
        2d j: wait until 2026-03-04T13:00:00Z
        2d profile score = 20",
    );
}
