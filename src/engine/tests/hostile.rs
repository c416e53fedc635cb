//! Plans that were made by other means than the compiler: refused or run, never a panic.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::example::nto;
use super::replay::event;
use super::{Engine, State, build};
use crate::model::Model;

/// Every place in a JSON document, as a pointer.
fn places(json: &Json, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match json {
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{index}"), all);
            }
        }
        Json::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{at}/{name}"), all);
            }
        }
        _ => {}
    }
}

#[test]
fn what_cannot_be_linked_is_told_with_its_place() {
    let cases = [
        (
            "/journeys/0/start/0/on/any/0/event",
            json!("shop.unknown"),
            "there is no event `shop.unknown`",
        ),
        (
            "/journeys/0/milestones/0/do/1/kind/send/template",
            json!("none"),
            "there is no template `none`",
        ),
        (
            "/journeys/0/milestones/3/enter/0/from/0",
            json!("nowhere"),
            "there is no milestone `nowhere`",
        ),
        (
            "/travelers/0/key",
            json!("first_name"),
            "the key `first_name` is no identity",
        ),
        (
            "/templates/0/channel",
            json!("fax"),
            "there is no channel `fax`",
        ),
        (
            "/timezone",
            json!("Mars/Base"),
            "`Mars/Base` is not a time zone",
        ),
    ];
    for (place, value, message) in cases {
        let mut json = serde_json::to_value(build::model(&nto())).unwrap();
        *json
            .pointer_mut(place)
            .unwrap_or_else(|| panic!("nothing at {place}")) = value;
        let model: Model = serde_json::from_value(json).unwrap();
        let errors = Engine::new(&model).unwrap_err();
        assert_eq!(errors[0].message, message);
        assert_eq!(errors[0].at.is_none(), place == "/timezone");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_plan_that_was_tampered_with_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..4),
    ) {
        let mut json = serde_json::to_value(build::model(&nto())).unwrap();
        let mut all = Vec::new();
        places(&json, "", &mut all);
        // What stands somewhere stands somewhere else.
        for (from, to) in changes {
            let value = json.pointer(from.get(&all[..]).as_str()).cloned();
            if let (Some(value), Some(place)) = (value, json.pointer_mut(to.get(&all[..]).as_str())) {
                *place = value;
            }
        }
        let Ok(model) = serde_json::from_value::<Model>(json) else {
            return Ok(());
        };
        let Ok(engine) = Engine::new(&model) else {
            return Ok(());
        };
        let mut state = State::default();
        for index in 0..40 {
            let event = event(index, index % 8, index % 3, 5 * i64::try_from(index).unwrap(), index as u32 % 12);
            engine.advance_before(&mut state, event.handled_at(), &mut |_| {});
            engine.handle(&mut state, &event, &mut |_| {});
        }
    }
}
