//! A small workspace and events for it.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use cjoc::compile;
use cjoc::engine::Engine;
use cjoc::model::Model;
use cjoc::source::OsFiles;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::side::mixed;

/// The workspace of these tests: its files, in one.
pub(crate) const WORKSPACE: &str = include_str!("workspace.yaml");

/// The same, where nobody waits for an answer: when answers come does not matter then.
pub(crate) fn without_answers() -> String {
    let (before, rest) = WORKSPACE
        .split_once("      - call: crm.open\n")
        .expect("it calls");
    let (_, after) = rest
        .split_once("\"no ticket\" }\n")
        .expect("it has an else");
    format!("{before}{after}")
}

/// Writes a workspace into a folder.
pub(crate) fn write_workspace(folder: &Path, text: &str) {
    let (manifest, rest) = text.split_once("---\n").expect("it has several documents");
    std::fs::write(folder.join("cjoc.yaml"), manifest).expect("files can be written");
    std::fs::write(folder.join("all.yaml"), rest).expect("files can be written");
}

pub(crate) fn compiled(folder: &Path) -> (Model, Arc<Engine>) {
    let outcome = compile::check(&OsFiles::new(folder)).expect("the workspace is there");
    let told = format!("{:?}", outcome.diagnostics);
    let model = outcome.model.unwrap_or_else(|| panic!("{told}"));
    let engine = Engine::new(&model).expect("it links");
    (model, Arc::new(engine))
}

/// The engine of the workspace of these tests.
pub(crate) static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(|| linked(WORKSPACE));

/// That of the workspace in which nobody waits for an answer.
pub(crate) static WITHOUT_ANSWERS: LazyLock<Arc<Engine>> =
    LazyLock::new(|| linked(&without_answers()));

fn linked(text: &str) -> Arc<Engine> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_workspace(folder.path(), text);
    compiled(folder.path()).1
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().expect("it is a time")
}

pub(crate) const START: &str = "2026-03-02T12:00:00Z";

/// So many events of some people, in the order of their times: people visit, buy, join and turn out
/// to be one; some events come twice.
pub(crate) fn events(seed: u64, count: usize, people: u64) -> Vec<Value> {
    let mut at = time(START);
    (0..count as u64)
        .map(|index| {
            let roll = |salt: u64, sides: u64| mixed(seed ^ mixed(index * 8 + salt)) % sides;
            at += SignedDuration::from_secs((roll(0, 3000)).cast_signed());
            let who = roll(1, people);
            let email = format!("p{}@example.org", who / 2);
            let (ty, data) = match roll(2, 10) {
                0..=5 => {
                    let page = ["shop", "home", "help"][roll(3, 3) as usize];
                    ("visited", json!({ "page": page }))
                }
                6..=8 => (
                    "bought",
                    json!({ "email": email, "total": roll(4, 900) as u32 }),
                ),
                _ => (
                    "joined",
                    json!({ "email": email, "customer_id": format!("c-{}", who / 2) }),
                ),
            };
            let id = if roll(5, 20) == 0 { index / 2 } else { index };
            json!({
                "specversion": "1.0",
                "id": format!("e-{id}"),
                "source": "shop",
                "type": format!("shop.{ty}"),
                "time": at.to_string(),
                "subject": format!("v-{who}"),
                "data": data,
            })
        })
        .collect()
}
