//! The window: what the page asks for, and that the description of the door is true of it.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::program::{Program, Setup};

fn visit(id: &str, who: &str, minute: u32) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "shop", "type": "shop.visited",
        "time": format!("2026-03-02T12:{minute:02}:00Z"), "subject": who,
        "data": { "page": "shop", "note": "carla@example.org" },
    })
}

fn bought(id: &str, who: &str, minute: u32) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "shop", "type": "shop.bought",
        "time": format!("2026-03-02T12:{minute:02}:00Z"), "subject": who,
        "data": { "email": "carla@example.org", "total": 5 },
    })
}

fn journey(program: &Program) -> Value {
    let overview = program.get("/overview").json();
    let mut journeys = overview["journeys"].as_array().expect("journeys").iter();
    let found = journeys.find(|it| it["name"] == "purchase");
    found.expect("it is in the plan").clone()
}

#[test]
fn sessions_are_counted_where_they_are_and_a_restart_changes_nothing() {
    let setup = Setup::new(&["--time", "events"]);
    let program = setup.start();
    program
        .send(&[visit("1", "v-1", 0), visit("2", "v-2", 1)])
        .expect("it answers");
    let two = journey(&program);
    assert_eq!(
        (&two["started"], &two["running"]),
        (&json!(2), &json!(2)),
        "{two}"
    );
    // Both turn out to be one: of two sessions of a journey one goes on.
    program
        .send(&[bought("3", "v-1", 2), bought("4", "v-2", 3)])
        .expect("it answers");
    let one = journey(&program);
    assert_eq!(
        (&one["started"], &one["running"]),
        (&json!(2), &json!(1)),
        "{one}"
    );
    assert_eq!(one["outcomes"], json!({ "merged": 1 }));
    // What came up is carried out beside all this.
    let begun = Instant::now();
    let overview = loop {
        let overview = program.get("/overview").json();
        if overview["outbox"] == 0 {
            break overview;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{overview}");
        thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(program.stop(), 0);
    let again = setup.start();
    assert_eq!(again.get("/overview").json(), overview);
    again.kill();
}

#[test]
fn a_timeline_tells_of_all_that_a_traveler_was_called_and_of_nothing_personal() {
    let setup = Setup::new(&["--time", "events"]);
    let program = setup.start();
    let events = [
        visit("1", "v-1", 0),
        visit("2", "v-2", 1),
        bought("3", "v-1", 2),
        bought("4", "v-2", 3),
    ];
    program.send(&events).expect("it answers");
    let told = program.get("/travelers/visitor_id%3Av-2/timeline");
    assert_eq!(told.status, 200, "{}", told.text);
    let lines: Vec<Value> = (told.text.lines())
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect();
    let kinds: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["kind"].as_str())
        .collect();
    assert_eq!(
        kinds.iter().filter(|it| **it == "traveler_created").count(),
        2,
        "{kinds:?}"
    );
    assert!(kinds.contains(&"traveler_merged"), "{kinds:?}");
    assert!(lines.is_sorted_by_key(|line| line["time"].to_string()));
    assert!(!told.text.contains("carla"), "{}", told.text);
    let view = program.get("/travelers/visitor_id%3Av-2").text;
    let actions = program.get("/actions").text;
    assert!(
        !view.contains("carla") && !actions.contains("carla"),
        "{view} {actions}"
    );
    assert_eq!(program.get("/travelers/nobody/timeline").status, 404);
    program.kill();
}

#[test]
fn the_command_line_tells_a_timeline_too() {
    let mut setup = Setup::new(&["--time", "events"]);
    setup.tokens = "deploy:aaaaaaaaaaaaaaaa";
    let program = setup.start();
    let body = json!([visit("1", "v-1", 0)]).to_string();
    let request = "POST /events HTTP/1.1\r\nauthorization: Bearer aaaaaaaaaaaaaaaa\r\n\
                   content-type: application/cloudevents-batch+json";
    assert_eq!(
        program
            .ask(request, body.as_bytes())
            .expect("it answers")
            .status,
        202
    );
    let trace = |who: &str, token: &str| {
        let ran = std::process::Command::new(env!("CARGO_BIN_EXE_cjoc"))
            .args(["trace", "--from", &format!("http://{}", program.address)])
            .args(["--traveler", who])
            .env("CJOC_TOKEN", token)
            .env("NO_COLOR", "1")
            .output()
            .expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("it is text");
        (ran.status.code(), text(ran.stdout), text(ran.stderr))
    };
    let (code, out, err) = trace("visitor_id:v-1", "aaaaaaaaaaaaaaaa");
    assert_eq!(code, Some(0), "{err}");
    assert!(
        out.starts_with("2026-03-02T12:00:00Z\n  traveler created visitor_id:v-1"),
        "{out}"
    );
    assert!(
        out.contains("  milestone entered looking  purchase 1, "),
        "{out}"
    );
    let (code, _, err) = trace("visitor_id:v-1", "");
    assert!(code == Some(2) && err.contains("CJOC_TOKEN"), "{err}");
    let (code, _, err) = trace("nobody", "aaaaaaaaaaaaaaaa");
    assert!(
        code == Some(2) && err.contains("no traveler has this name"),
        "{err}"
    );
    program.kill();
}

#[test]
fn of_a_timeline_the_latest_inputs_are_kept() {
    let setup = Setup::new(&["--time", "events", "--timeline", "3", "--show-pii"]);
    let program = setup.start();
    let noted = |minute: u32| {
        let mut event = visit(&minute.to_string(), "v-1", minute);
        event["data"]["note"] = minute.to_string().into();
        event
    };
    let events: Vec<Value> = (0..10).map(noted).collect();
    program.send(&events).expect("it answers");
    let told = program.get("/travelers/visitor_id%3Av-1/timeline").text;
    assert!(
        told.contains("T12:09:00Z") && told.contains("T12:07:00Z"),
        "{told}"
    );
    assert!(!told.contains("T12:06:00Z"), "{told}");
    program.kill();
}

#[test]
fn the_page_is_shown_to_all_and_what_it_shows_to_those_who_may_read() {
    let mut setup = Setup::new(&["--time", "events"]);
    setup.tokens = "send:aaaaaaaaaaaaaaaa,read:bbbbbbbbbbbbbbbb";
    let program = setup.start();
    let page = program.get("/");
    assert_eq!(page.status, 200);
    assert!(page.head.contains("default-src 'none'"), "{}", page.head);
    for part in ["http://", "https://", "<style", "onclick"] {
        assert!(!page.text.contains(part), "{part}");
    }
    for path in [
        "/overview",
        "/actions",
        "/journeys/care.svg",
        "/travelers/x/timeline",
    ] {
        assert_eq!(program.get(path).status, 401, "{path}");
        let with = |token: &str| {
            let request = format!("GET {path} HTTP/1.1\r\nauthorization: Bearer {token}");
            program.ask(&request, b"").expect("it answers").status
        };
        assert_eq!(with("aaaaaaaaaaaaaaaa"), 403, "{path}");
        assert!(matches!(with("bbbbbbbbbbbbbbbb"), 200 | 404), "{path}");
    }
    program.kill();
}

#[test]
fn the_door_is_as_it_is_described() {
    let setup = Setup::new(&["--time", "events"]);
    let program = setup.start();
    let document = program.get("/openapi.json").json();
    let validator = |schema: &Value| {
        let mut schema = schema.clone();
        schema["components"] = document["components"].clone();
        jsonschema::draft202012::new(&schema).expect("it is a schema")
    };
    program.send(&[visit("1", "v-1", 0)]).expect("it answers");
    let journey = journey(&program)["name"]
        .as_str()
        .expect("a name")
        .to_owned();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let asked = (path.replace("{name}", "visitor_id%3Av-1"))
                .replace("{journey}", &journey)
                .replace("{key}", "none");
            let request = format!("{} {asked} HTTP/1.1", method.to_uppercase());
            let answer = program.ask(&request, b"").expect("it answers");
            let described = &operation["responses"][answer.status.to_string()];
            assert!(
                !described.is_null(),
                "{method} {path}: {} {}",
                answer.status,
                answer.text
            );
            let schema = &described["content"]["application/json"]["schema"];
            if !schema.is_null() {
                let validator = validator(schema);
                let value = answer.json();
                assert!(validator.is_valid(&value), "{method} {path}: {value}");
            }
            // The other way round: nothing else is asked so.
            let other = if method == "get" { "DELETE" } else { "PUT" };
            let wrong = program.ask(&format!("{other} {asked} HTTP/1.1"), b"");
            assert_eq!(wrong.expect("it answers").status, 405, "{other} {path}");
        }
    }
    program.kill();
}
