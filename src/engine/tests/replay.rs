//! Whatever comes: two runs give the same records, and so does one that is saved half-way.

use std::sync::Arc;

use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::json;

use super::example::nto;
use super::{Engine, Incoming, Record, State, build, small};

pub(super) fn event(index: usize, kind: usize, who: usize, hours: i64, n: u32) -> Incoming {
    let email = format!("{}@example.org", ["a", "b", "c"][who % 3]);
    let product = json!({ "sku": "b", "name": "n", "category": if n.is_multiple_of(4) { "tent" } else { "backpack" } });
    let (cloud_type, data) = match kind {
        0 => ("shop.review_read", json!({ "product": product })),
        1 => (
            "shop.order_placed",
            json!({ "order_id": "o", "email": email, "total": f64::from(n) * 100.1, "currency": "EUR", "items": [product] }),
        ),
        2 => (
            "shop.order_delivered",
            json!({ "order_id": "o", "sku": "b", "ordered_sku": if n.is_multiple_of(2) { "b" } else { "c" } }),
        ),
        3 => (
            "preferences.consent_changed",
            json!({ "email": email, "marketing": !n.is_multiple_of(3) }),
        ),
        4 => (
            "support.call_ended",
            json!({ "topic": "t", "wait": "PT11M", "customer_id": if n.is_multiple_of(2) { json!(format!("k-{}", who % 2)) } else { json!(null) }, "email": email }),
        ),
        5 => (
            "store.workshop_booked",
            json!({ "workshop": "w", "store": "Lyon", "starts_at": "2026-03-14T09:00:00Z", "email": email }),
        ),
        6 => ("store.workshop_attended", json!({ "email": email })),
        _ => ("shop.order_placed", json!({ "order_id": 1 })),
    };
    let start: jiff::Timestamp = "2026-03-27T12:00:00Z".parse().unwrap();
    Incoming {
        id: format!("e-{}", if n == 7 { 0 } else { index }).into(),
        source: cloud_type.split('.').next().unwrap().into(),
        cloud_type: cloud_type.into(),
        time: start + SignedDuration::from_hours(hours),
        subject: Some(Arc::from(format!("v-{who}"))),
        data,
        arrives: n
            .is_multiple_of(5)
            .then(|| start + SignedDuration::from_hours(hours + i64::from(n))),
    }
}

fn run(engine: &Engine, state: &mut State, events: &[Incoming]) -> Vec<Record> {
    let mut records = Vec::new();
    for event in events {
        engine.advance_before(state, event.handled_at(), &mut |it| records.push(it));
        engine.handle(state, event, &mut |it| records.push(it));
    }
    records
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_run_is_the_same_again_and_in_two_halves(
        steps in prop::collection::vec((0..8usize, 0..5usize, 0..300i64, 0..12u32), 1..60),
        cut in 0..60usize,
    ) {
        let engine = Engine::new(&build::model(&nto())).unwrap();
        let mut events: Vec<_> = (steps.iter().enumerate())
            .map(|(index, (kind, who, hours, n))| event(index, *kind, *who, *hours, *n))
            .collect();
        events.sort_by_key(Incoming::handled_at);
        let mut state = State::default();
        let whole = run(&engine, &mut state, &events);
        prop_assert_eq!(&whole, &run(&engine, &mut State::default(), &events));
        let (first, second) = events.split_at(cut.min(events.len()));
        let mut half = State::default();
        let mut records = run(&engine, &mut half, first);
        let mut copy = half.clone();
        let mut loaded = engine.load(&engine.save(&half)).unwrap();
        let rest = run(&engine, &mut copy, second);
        prop_assert_eq!(&rest, &run(&engine, &mut loaded, second));
        records.extend(rest);
        prop_assert_eq!(&whole, &records);
        prop_assert_eq!(engine.save(&copy), engine.save(&state));
        prop_assert_eq!(engine.save(&loaded), engine.save(&state));
        for pair in whole.windows(2) {
            prop_assert!(pair[0].traveler != pair[1].traveler || pair[0].time <= pair[1].time);
        }
    }
}

/// What is remembered of someone, but for their place among others.
fn remembered(engine: &Engine, state: &State, subject: &str) -> serde_json::Value {
    let id = format!("id:{subject}");
    let mut all = state.travelers.iter().flatten();
    let traveler = all.find(|it| it.id(&engine.travelers[it.ty.index()]) == id);
    let mut told = serde_json::to_value(traveler).unwrap();
    if let Some(told) = told.as_object_mut() {
        told.remove("number");
        told.remove("active");
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn nothing_of_others_shows_in_a_traveler(
        steps in prop::collection::vec((0..3usize, 0..3usize, 0..20i64, 0..12u32), 1..40),
    ) {
        let spec = small::world(
            json!({ "j": {
                "reentry": "always",
                "start": { "on": "a.x" },
                "milestones": [
                    { "milestone": "first", "do": [
                        { "wait": "3h" },
                        { "parallel": [[{ "wait": "1h" }], [{ "wait": { "on": "a.y", "timeout": "5h" } }]] },
                        { "call": "crm.tell", "with": { "text": "x" } }
                    ], "rules": [{ "rule": "r", "every": "2h" }] },
                    { "milestone": "second", "enter": { "on": "a.y" }, "do": [{ "wait": "2h" }] }
                ],
                "end": { "on": "a.z" }
            } }),
            &json!({}),
        );
        let engine = Engine::new(&build::model(&spec)).unwrap();
        let start: jiff::Timestamp = "2026-03-27T12:00:00Z".parse().unwrap();
        let mut hours = 0;
        let events: Vec<_> = (steps.iter().enumerate()).map(|(index, (kind, who, after, n))| {
            hours += after;
            Incoming {
                id: format!("e-{index}").into(),
                source: "a".into(),
                cloud_type: ["a.x", "a.y", "a.z"][*kind].into(),
                time: start + SignedDuration::from_hours(hours),
                subject: Some(["t", "u", "v"][*who].into()),
                data: json!({ "n": n }),
                arrives: None,
            }
        }).collect();
        let mut together = State::default();
        run(&engine, &mut together, &events);
        for who in ["t", "u", "v"] {
            let own: Vec<_> = events.iter().filter(|it| it.subject.as_deref() == Some(who)).cloned().collect();
            let mut alone = State::default();
            run(&engine, &mut alone, &own);
            // Others' events let time go by for all; here it must be let.
            if let Some(last) = events.last() {
                engine.advance_before(&mut alone, last.time, &mut |_| {});
            }
            prop_assert_eq!(remembered(&engine, &alone, who), remembered(&engine, &together, who));
        }
    }
}
