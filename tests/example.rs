//! The worked example, through the commands that its README names.

mod support;

use support::cjoc_in;

#[test]
fn it_is_clean_and_its_scenarios_hold() {
    let check = cjoc_in("examples/nto", &["check", "--deny", "warnings"]);
    assert_eq!((check.code, &*check.out), (0, ""), "{}", check.err);
    let test = cjoc_in("examples/nto", &["test"]);
    assert_eq!(test.code, 0, "{}", test.out);
    assert!(
        !test.out.contains("not reached"),
        "the scenarios leave something out: {}",
        test.out
    );
}

#[test]
fn its_story_reads_like_one() {
    let ran = cjoc_in("examples/nto", &["plan", "--events", "events.jsonl"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!("story", ran.out);
    insta::assert_snapshot!("story_in_numbers", ran.err);
}

#[test]
fn its_plan_reads_like_a_journey() {
    let ran = cjoc_in("examples/nto", &["plan"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    // The hash changes with every word of the example; it is held elsewhere.
    let (_, rest) = ran.out.split_once('\n').unwrap_or_default();
    insta::assert_snapshot!("plan", rest);
}

#[test]
fn a_scenario_that_fails_shows_what_was_expected_and_what_happened() {
    let workspace = support::Workspace::copy_of("examples/nto");
    workspace.write(
        "tests/wrong.yaml",
        "test: Nobody gets a mail\n\
         traveler: { visitor_id: v-1, email: carla@example.org, consents: { marketing: true } }\n\
         events:\n\
         \x20 - { at: 2026-03-02T18:00:00Z, shop.review_read: { product: { sku: b-7, name: Ridge, category: backpack } }, subject: v-1 }\n\
         \x20 - { after: 2d }\n\
         expect:\n\
         \x20 - { send: discount_mail, with: { percent: 20 } }\n",
    );
    let human = workspace.run(&["test"]);
    assert_eq!(human.code, 1, "{}", human.err);
    for part in [
        "✗ Nobody gets a mail  tests/wrong.yaml:1:7",
        "expected send discount_mail with percent = 20",
        "[tests/wrong.yaml:7:5]",
        "at 2026-03-03T18:00:00Z `percent` is 10",
        "✉ sends discount_mail by email to carla@example.org",
    ] {
        assert!(human.out.contains(part), "`{part}` in {}", human.out);
    }
    assert!(human.err.ends_with("1 failed\n"), "{}", human.err);

    let json = workspace.run(&["test", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json.out).expect("it is one document");
    assert_eq!(document["summary"]["failed"], 1);
    let failed = document["tests"]
        .as_array()
        .and_then(|tests| tests.iter().find(|test| test["passed"] == false))
        .expect("one failed");
    assert_eq!(failed["name"], "Nobody gets a mail");
    assert_eq!(failed["failures"][0]["start"]["line"], 7);
}
