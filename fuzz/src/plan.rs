//! Bytes as a plan: refused with a reason, or linked, or refused by the linker; what runs, runs on
//! events without a panic.

use cjoc::engine::Engine;
use cjoc::model::Model;
use cjoc::plan::Plan;
use cjoc::render::{Look, plan_summary};

use crate::{events, held};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    // No hash of a mutated plan is right: the model is also looked at on its own.
    let model = match Plan::from_json(text) {
        Ok(plan) => Some(plan.model),
        Err(error) => {
            held::harmless(&error.to_string(), "a refusal");
            serde_json::from_str::<serde_json::Value>(text)
                .ok()
                .and_then(|mut json| {
                    serde_json::from_value::<Model>(json.get_mut("model")?.take()).ok()
                })
        }
    };
    let Some(model) = model else {
        return;
    };
    let plan = Plan::new(model);
    let read = Plan::from_json(&plan.to_json());
    assert!(
        read.is_ok_and(|read| read == plan),
        "a plan reads back as it was"
    );
    held::harmless(&plan_summary::render(&plan, Look::plain()), "the summary");
    match Engine::new(&plan.model) {
        Ok(engine) => events::dry_run(&plan.model, &engine, include_bytes!("../seeds/events/nto")),
        Err(errors) => {
            for error in errors {
                held::harmless(&error.to_string(), "a refusal of the linker");
            }
        }
    }
}
