//! A timeline as a newcomer sees it.

use super::*;
use crate::dryrun::why::Conditions;
use crate::engine::{Action, ActionKind, Message, Reason, WaitEnd, What};

struct Trace(Vec<Record>);

impl Trace {
    fn add(&mut self, time: &str, traveler: &str, journey: bool, what: What) {
        self.0.push(Record {
            time: time.parse().expect("it is a time"),
            traveler: (!traveler.is_empty()).then(|| traveler.into()),
            number: None,
            journey: journey.then(|| "backpack".into()),
            session: journey.then_some(1),
            origin: None,
            key: None,
            what,
            at: None,
        });
    }
}

fn mail(reason: Option<Reason>, until: Option<&str>) -> Action {
    Action {
        name: "discount_mail".into(),
        kind: ActionKind::Send,
        with: serde_json::json!({ "percent": 10 }),
        channel: Some("email".into()),
        reason,
        until: until.map(|time| time.parse().expect("it is a time")),
        message: reason.is_none().then(|| Message {
            via: "mailer".into(),
            to: "carla@example.org".into(),
            subject: Some("10% off your backpack".into()),
            body: Some("Hello Carla".into()),
        }),
        idempotency_key: "k".into(),
    }
}

fn carla() -> Vec<Record> {
    let mut t = Trace(Vec::new());
    let set = |name: &str, value: serde_json::Value| What::ProfileChanged {
        name: name.into(),
        value,
    };
    let (review, day, order, call) = (
        "2026-03-02T18:00:00Z",
        "2026-03-03T18:00:00Z",
        "2026-03-03T20:00:05Z",
        "2026-03-07T09:00:00Z",
    );
    t.add(
        "2025-09-13T14:20:00Z",
        "n-1",
        false,
        What::TravelerCreated { name: "n-1".into() },
    );
    t.add(
        "2025-09-13T14:20:00Z",
        "n-1",
        false,
        set("first_name", "Carla".into()),
    );
    t.add(
        "2025-09-13T14:20:00Z",
        "n-1",
        false,
        set("home_store", "Lyon".into()),
    );
    t.add(
        review,
        "visitor_id:v-1",
        false,
        What::TravelerCreated {
            name: "visitor_id:v-1".into(),
        },
    );
    t.add(review, "visitor_id:v-1", true, What::SessionStarted);
    t.add(
        review,
        "visitor_id:v-1",
        true,
        What::VariableSet {
            name: "sku".into(),
            value: "b-7".into(),
        },
    );
    t.add(
        review,
        "visitor_id:v-1",
        true,
        What::MilestoneEntered {
            name: "considering".into(),
        },
    );
    t.add(
        review,
        "visitor_id:v-1",
        true,
        What::WaitStarted {
            name: "wait".into(),
            until: day.parse().ok(),
        },
    );
    t.add(
        day,
        "visitor_id:v-1",
        true,
        What::WaitEnded {
            name: "wait".into(),
            reason: WaitEnd::Time,
        },
    );
    t.add(
        day,
        "visitor_id:v-1",
        true,
        What::ActionEmitted(mail(None, None)),
    );
    t.add(
        order,
        "visitor_id:v-1",
        true,
        What::MilestoneLeft {
            name: "considering".into(),
        },
    );
    t.add(
        order,
        "visitor_id:v-1",
        true,
        What::MilestoneEntered {
            name: "ordered".into(),
        },
    );
    t.add(
        order,
        "v-2",
        false,
        What::TravelerCreated { name: "v-2".into() },
    );
    t.add(
        order,
        "v-2",
        true,
        What::ActionSuppressed(mail(Some(Reason::NoConsent), None)),
    );
    t.add(
        order,
        "v-2",
        true,
        What::ActionDeferred(mail(Some(Reason::QuietHours), Some("2026-03-04T07:00:00Z"))),
    );
    t.add(
        call,
        "n-1",
        false,
        What::TravelerMerged {
            name: "visitor_id:v-1".into(),
        },
    );
    t.add(
        call,
        "n-1",
        false,
        What::PersonaChanged {
            name: Some("weekend_hiker".into()),
        },
    );
    t.add(
        call,
        "n-1",
        true,
        What::RuleFired {
            name: "long_hold".into(),
        },
    );
    t.add(
        call,
        "n-1",
        true,
        What::ActionEmitted(Action {
            name: "slack.post".into(),
            kind: ActionKind::Call,
            with: serde_json::json!({ "channel": "#care", "text": "A big spender waited 840s" }),
            channel: None,
            message: None,
            ..mail(None, None)
        }),
    );
    t.add(
        call,
        "n-1",
        true,
        What::SessionEnded {
            outcome: "success".into(),
        },
    );
    t.add(
        call,
        "",
        false,
        What::EventRejected {
            name: "shop.orderplaced".into(),
            id: "e-9".into(),
            reason: "unknown type".into(),
        },
    );
    t.0
}

#[test]
fn a_newcomer_can_read_it() {
    insta::assert_snapshot!(render(&carla(), &Conditions::default(), Look::plain()));
}

#[test]
fn a_narrow_terminal_loses_nothing() {
    let look = |width| Look {
        colour: false,
        width,
    };
    let words = |text: String| {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        words
    };
    assert_eq!(
        words(render(&carla(), &Conditions::default(), look(0))),
        words(render(&carla(), &Conditions::default(), look(200)))
    );
}

#[test]
fn two_that_were_joined_have_one_story() {
    let text = render(&carla(), &Conditions::default(), Look::plain());
    let titles: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with(' ') && !line.is_empty())
        .collect();
    assert_eq!(
        titles,
        [
            "Carla · n-1",
            "v-2",
            "Events of no traveler",
            "All times are UTC."
        ]
    );
}
