//! A workspace around one connection, compiled, written as a plan and read back: what is delivered
//! is what a plan says.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use cjoc::compile;
use cjoc::model::Model;
use cjoc::plan::Plan;
use cjoc::runtime::deliver::{Connectors, Problem, Secrets};
use cjoc::runtime::outgoing::{Outcome, Outgoing};
use cjoc::source::MemoryFiles;
use serde_json::Value as Json;
use tokio::runtime::Runtime;

const BASE: &str = r"
traveler: customer
key: customer_id
profile: { customer_id: string | null, email: string | null }
---
connection: shop
uses: std/webhook
events: { seen: { fields: {} } }
---
channel: mail
via: sys
address: traveler.email
---
template: hello
channel: mail
subject: Hello
body: You there
---
";

/// A workspace whose journey carries out `steps`; `connection` is what stands under `connection: sys`.
pub(crate) fn model(connection: &str, manifest: &str, steps: &[String]) -> Model {
    let mut text = format!("{BASE}connection: sys\npii: allowed\n{connection}\n---\n");
    text.push_str(
        "journey: j\ntraveler: customer\nstart: { on: shop.seen }\nmilestones:\n  m:\n    do:\n",
    );
    for step in steps {
        let _ = writeln!(text, "      - {step}");
    }
    text.push_str("end: { after: 1d, outcome: over }\n");
    // Only what a message needs a channel for has one.
    if !steps.iter().any(|step| step.contains("send: hello")) {
        let start = text.find("channel: mail").unwrap();
        let end = text.find("connection: sys").unwrap();
        text.replace_range(start..end, "");
    }
    let manifest = format!("name: test\nedition: 2026\n{manifest}");
    let files: MemoryFiles = [("cjoc.yaml", manifest.as_str()), ("all.yaml", &text)]
        .into_iter()
        .collect();
    let outcome = compile::check(&files).unwrap();
    let Some(model) = outcome.model else {
        let messages: Vec<_> = outcome.diagnostics.iter().map(|it| &it.message).collect();
        panic!("{messages:#?}\n{text}");
    };
    let written = Plan::new(model).to_json();
    Plan::from_json(&written).unwrap().model
}

pub(crate) fn call(action: &str, with: &Json) -> String {
    format!("{{ call: sys.{action}, with: {with} }}")
}

pub(crate) fn outgoing(action: &str, with: &Json) -> Outgoing {
    Outgoing {
        key: Arc::from("k-1"),
        connection: Arc::from("sys"),
        action: Arc::from(action),
        with: with.clone(),
        attempt: 1,
        traveler: Arc::from("c-1"),
    }
}

pub(crate) fn secrets(pairs: &[(&str, &str)]) -> Secrets {
    pairs.iter().map(|(name, value)| (*name, *value)).collect()
}

/// The ways out of a connection with these actions.
pub(crate) fn connectors(
    connection: &str,
    actions: &[(&str, Json)],
    values: &[(&str, &str)],
) -> Connectors {
    try_connectors(connection, actions, values).unwrap()
}

pub(crate) fn try_connectors(
    connection: &str,
    actions: &[(&str, Json)],
    values: &[(&str, &str)],
) -> Result<Connectors, Vec<Problem>> {
    let steps: Vec<_> = actions
        .iter()
        .map(|(action, with)| call(action, with))
        .collect();
    Connectors::new(&model(connection, "", &steps), None, &secrets(values))
}

/// Runs a future to its end.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).enable_all().build().unwrap()
    });
    RUNTIME.block_on(future)
}

pub(crate) fn deliver(connectors: &Connectors, out: &Outgoing) -> Outcome {
    run(connectors.deliver(out))
}
