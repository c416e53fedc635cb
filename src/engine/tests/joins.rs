//! Who is who: finding, making and joining travelers.

use serde_json::{Value as Json, json};

use super::Story;
use super::small::world;

/// Events `who.is` that say what is known: `id`, `email`, `phone`.
fn people() -> Story {
    people_with(json!({
        "j": {
            "variables": { "k": "int = 0" },
            "start": { "on": "who.starts" },
            "milestones": [{ "milestone": "only", "do": [{ "wait": "5d" }, { "call": "crm.tell", "with": { "text": "waited" } }] }],
            "rules": [{ "rule": "goodbye", "on": "end", "do": [{ "call": "crm.tell", "with": { "text": "over" } }] }]
        }
    }))
}

fn people_with(journeys: Json) -> Story {
    let mut spec = world(journeys, &json!({}));
    let named = json!({ "id": "event.id", "email": "event.email", "phone": "event.phone" });
    let fields = json!({ "id": "string | null", "email": "string | null", "phone": "string | null", "ads": "bool | null" });
    let event =
        json!({ "fields": fields, "identify": named, "update": { "consents.ads": "event.ads" } });
    spec["events"]["who.is"] = event.clone();
    spec["events"]["who.other"] = event.clone();
    spec["events"]["who.starts"] = event;
    spec["travelers"]["customer"]["identities"] = json!(["id", "email", "phone"]);
    spec["travelers"]["customer"]["profile"]["phone"] = json!("string | null");
    Story::of(&spec)
}

fn is(story: &mut Story, after: &str, data: Json) {
    story.event(after, "who.is", "", data);
}

#[test]
fn travelers_are_found_by_any_identity_and_normalized_values() {
    let mut story = people();
    is(&mut story, "0s", json!({ "email": " A@Example.org" }));
    is(
        &mut story,
        "1s",
        json!({ "email": "a@example.org", "phone": "1" }),
    );
    is(&mut story, "1s", json!({ "phone": "1", "id": "K" }));
    is(&mut story, "1s", json!({ "phone": "1" }));
    is(&mut story, "1s", json!({ "phone": "" }));
    story.expect(
        r#"0 created email:a@example.org
        0 profile email = "a@example.org"
        1s profile phone = "1"
        2s profile id = "K"
        3s ignored who.is
        4s rejected who.is: no traveler"#,
    );
}

#[test]
fn two_with_different_keys_are_never_joined() {
    let mut story = people();
    is(&mut story, "0s", json!({ "id": "A", "email": "a" }));
    is(&mut story, "1s", json!({ "id": "B", "email": "b" }));
    story.lines.clear();
    // The event goes to the one its key names, and `a` leads there too from now on.
    is(
        &mut story,
        "1s",
        json!({ "id": "B", "email": "a", "phone": "7" }),
    );
    story.expect("2s profile phone = \"7\"");
    assert_eq!(
        &*story.records.last().unwrap().traveler.clone().unwrap(),
        "B"
    );
    // An identity that several share finds the one active last.
    is(&mut story, "1s", json!({ "id": "A", "ads": true }));
    is(&mut story, "1s", json!({ "email": "a", "ads": false }));
    story.expect("3s profile consents.ads = true\n4s profile consents.ads = false");
    assert_eq!(
        &*story.records.last().unwrap().traveler.clone().unwrap(),
        "A"
    );
    // Where identities lead to two that cannot be joined: the one active last.
    is(&mut story, "1s", json!({ "email": "b" }));
    story.lines.clear();
    is(
        &mut story,
        "1s",
        json!({ "phone": "7", "email": "a", "ads": true }),
    );
    story.expect("6s profile consents.ads = true");
    assert_eq!(
        &*story.records.last().unwrap().traveler.clone().unwrap(),
        "B"
    );
}

#[test]
fn of_two_that_are_joined_the_one_known_longer_goes_on_and_refusal_wins() {
    let mut story = people();
    is(&mut story, "0s", json!({ "email": "a", "ads": true }));
    is(&mut story, "1s", json!({ "phone": "1", "ads": false }));
    story.lines.clear();
    is(&mut story, "1s", json!({ "email": "a", "phone": "1" }));
    story.expect(
        r#"2s email:a merged phone:1
        2s profile phone = "1"
        2s profile consents.ads = false"#,
    );
    // Never written takes the other's value.
    is(&mut story, "1s", json!({ "id": "K", "ads": true }));
    story.lines.clear();
    is(&mut story, "1s", json!({ "id": "K", "phone": "1" }));
    story.expect("4s email:a merged K\n4s profile id = \"K\"");
}

#[test]
fn of_two_running_sessions_the_one_started_first_goes_on() {
    let mut story = people();
    story.event("0s", "who.is", "", json!({ "email": "a" }));
    story.event("1h", "who.starts", "", json!({ "phone": "1" }));
    story.event("1h", "who.starts", "", json!({ "email": "a" }));
    story.lines.clear();
    is(&mut story, "1h", json!({ "email": "a", "phone": "1" }));
    story.pass("10d");
    story.expect(
        r#"3h email:a merged phone:1
        3h profile phone = "1"
        3h j: ended merged
        3h j: rule goodbye
        3h j: Call crm.tell {"text":"over"}
        5d1h j: wait over: Time
        5d1h j: Call crm.tell {"text":"waited"}"#,
    );
}

/// What was made for either has the numbers that it had there: it must not be taken for what has
/// the same of the other.
#[test]
fn what_two_wait_for_goes_on_after_they_are_joined_in_the_order_in_which_it_was_made() {
    let waits = |from: &str, text: &str| {
        json!({
            "start": { "on": from },
            "milestones": [{ "milestone": "only", "do": [
                { "wait": { "at": "20:00" } },
                { "call": "crm.tell", "with": { "text": text } },
                { "wait": "1h" },
                { "call": "crm.tell", "with": { "text": format!("{text} again") } }
            ] }],
            "end": { "on": "a.z" }
        })
    };
    let mut story = people_with(json!({
        "a_known_longer": waits("who.starts", "later"),
        "b_known_shorter": waits("who.other", "first"),
    }));
    is(&mut story, "0s", json!({ "email": "a" }));
    story.event("1h", "who.other", "", json!({ "phone": "1" }));
    story.event("1h", "who.starts", "", json!({ "email": "a" }));
    is(&mut story, "1h", json!({ "email": "a", "phone": "1" }));
    story.lines.clear();
    story.pass("5h");
    story.expect(
        r#"7h b_known_shorter: wait over: Time
        7h b_known_shorter: Call crm.tell {"text":"first"}
        7h b_known_shorter: wait 2 until 2026-03-02T20:00:00Z
        7h a_known_longer: wait over: Time
        7h a_known_longer: Call crm.tell {"text":"later"}
        7h a_known_longer: wait 2 until 2026-03-02T20:00:00Z
        8h b_known_shorter: wait 2 over: Time
        8h b_known_shorter: Call crm.tell {"text":"first again"}
        8h a_known_longer: wait 2 over: Time
        8h a_known_longer: Call crm.tell {"text":"later again"}"#,
    );
}
