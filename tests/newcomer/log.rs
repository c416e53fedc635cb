//! The log of a runtime: what it tells, in both forms, and what it never does.

use serde_json::Value;

use super::programs::{Trial, until};
use super::walk::command;

#[test]
fn programs_read_a_log_without_anything_personal() {
    let refusing = (command("cjoc sink"), &["--answer", "400"][..]);
    let wordy = (
        command("cjoc run"),
        &["--log", "debug", "--log-format", "json"][..],
    );
    let mut trial = Trial::start(refusing, wordy);
    trial.post(command("curl"));
    until("dead letters", || trial.json("/overview")["dead"] == 9);
    trial.get("/travelers/n-1001");
    let key = trial.json("/dead")["dead"][0]["key"]
        .as_str()
        .unwrap()
        .to_owned();
    trial.replace_sink(command("cjoc sink"), &[]);
    let retried = format!("curl -X POST http://127.0.0.1:8787/dead/{key}/retry");
    trial.post(&retried);
    until("it is carried out", || {
        trial.runtime.err().contains("carried out")
    });
    assert_eq!(trial.runtime.stop(), Some(0));

    let told = trial.runtime.err();
    let lines: Vec<Value> = (told.lines())
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let find = |message: &str| -> &Value {
        let found = lines.iter().find(|line| line["message"] == message);
        found.unwrap_or_else(|| panic!("no `{message}` in {told}"))
    };
    let runs = find("it runs");
    assert_eq!([&runs["level"], &runs["environment"]], ["INFO", "local"]);
    assert_eq!(runs["address"], *trial.address);
    assert!(runs["timestamp"].as_str().unwrap().ends_with('Z'), "{runs}");
    let dead = find("given up: a dead letter");
    assert_eq!(dead["level"], "WARN");
    for field in ["connection", "action", "key", "attempt", "reason"] {
        assert!(!dead[field].is_null(), "{dead}");
    }
    let done = find("carried out");
    assert_eq!([&done["level"], &done["key"]], ["DEBUG", &*key]);
    let request = find("request");
    assert!(
        request["status"].is_number() && request["ms"].is_number(),
        "{request}"
    );
    find("it has stopped; everything is kept");
    for personal in [
        "carla",
        "gustav",
        "Carla",
        "Gustav",
        "n-1001",
        "n-2002",
        "v-1",
        "o-1",
        "Packing",
        "Wrong item",
    ] {
        assert!(!told.contains(personal), "{personal}: {told}");
    }
}

#[test]
fn how_much_is_told_is_chosen() {
    let refusing = (command("cjoc sink"), &["--answer", "400"][..]);
    let trial = Trial::start(refusing, (command("cjoc run"), &["--log", "warn"]));
    trial.post(command("curl"));
    until("dead letters", || {
        trial.runtime.err().matches("a dead letter").count() == 9
    });
    let told = trial.runtime.err();
    assert!(
        told.contains("  WARN ") || told.contains(" WARN "),
        "{told}"
    );
    assert!(!told.contains("INFO") && !told.contains("DEBUG"), "{told}");

    let refusing = (command("cjoc sink"), &["--answer", "400"][..]);
    let trial = Trial::start(refusing, (command("cjoc run"), &["--log", "off"]));
    trial.post(command("curl"));
    until("dead letters", || trial.json("/overview")["dead"] == 9);
    // Where it runs is said all the same.
    assert_eq!(
        trial.runtime.err().lines().count(),
        1,
        "{}",
        trial.runtime.err()
    );
}
