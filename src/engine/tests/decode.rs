//! Events straight from text: whatever was read before, in whatever place.

use proptest::prelude::*;
use serde_json::json;

use super::example::nto;
use super::replay::event;
use super::{Engine, build};
use crate::engine::{Decoder, Incoming};

/// The event as a line: with its keys in the order of most producers, or sorted by name.
fn line(event: &Incoming, sorted: bool) -> String {
    let (id, source, ty) = (&*event.id, &*event.source, &*event.cloud_type);
    let subject = event.subject.as_deref();
    if sorted {
        let all = json!({
            "specversion": "1.0", "id": id, "source": source, "type": ty,
            "time": event.time.to_string(), "subject": subject, "data": event.data, "x": [1, {}],
        });
        return all.to_string();
    }
    format!(
        r#"{{"specversion":"1.0","id":{},"source":{},"type":{},"time":"{}","subject":{},"data":{}}}"#,
        json!(id),
        json!(source),
        json!(ty),
        event.time,
        json!(subject),
        event.data
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_event_in_place_of_another_is_what_it_is_by_itself(
        steps in prop::collection::vec((0..9usize, 0..5usize, 0..300i64, 0..12u32, 0..4usize), 1..40),
    ) {
        let engine = Engine::new(&build::model(&nto())).unwrap();
        let mut decoder = Decoder::new(&engine);
        let mut place = None;
        let mut held = Vec::new();
        for (index, (kind, who, hours, n, form)) in steps.into_iter().enumerate() {
            let mut event = event(index, kind, who, hours, n);
            if n == 3 {
                event.subject = None;
            }
            if n == 4 {
                event.id = format!("\"{}\" of a length that lies elsewhere", event.id).into();
            }
            let text = line(&event, form == 0);
            let alone = Decoder::new(&engine).decode(&text);
            let ready = match place.take() {
                Some(mut place) => decoder.decode_again(&text, &mut place).then_some(place),
                None => decoder.decode(&text),
            };
            prop_assert_eq!(format!("{ready:?}"), format!("{alone:?}"));
            prop_assert_eq!(ready.is_some(), engine.ready(&event).is_ok(), "{}", text);
            // Somebody may still hold what was there.
            if form == 1 {
                held.push((format!("{ready:?}"), ready.clone()));
            }
            place = ready;
        }
        for (before, ready) in held {
            prop_assert_eq!(format!("{ready:?}"), before);
        }
    }
}
