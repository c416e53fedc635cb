//! The door: what is let in, what is not, and what is told; that a stop and a full disk lose
//! nothing.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::program::{Setup, carried_out};
use super::side::{self, Dry, mixed};
use super::world::{self, WITHOUT_ANSWERS};

const BATCH: &str = "POST /events HTTP/1.1\r\ncontent-type: application/cloudevents-batch+json";
const ONE: &str = "POST /events HTTP/1.1\r\ncontent-type: application/cloudevents+json";

fn visit(id: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "shop", "type": "shop.visited",
        "time": "2026-03-02T12:00:00Z", "subject": "v-1", "data": data,
    })
}

#[test]
fn events_come_in_three_modes_and_each_is_told_what_became_of_it() {
    let setup = Setup::new(&["--time", "events"]);
    let program = setup.start();
    let good = |id| visit(id, &json!({ "page": "shop", "note": "carla@example.org" }));
    let one = program
        .ask(ONE, good("1").to_string().as_bytes())
        .expect("it answers");
    assert_eq!(one.status, 202, "{}", one.text);
    assert_eq!(
        one.json()["results"],
        json!([{ "id": "1", "result": "accepted" }])
    );
    let mut unknown = good("3");
    unknown["type"] = "shop.sold".into();
    let mut nobody = good("4");
    nobody["subject"] = Value::Null;
    let batch = [
        good("1"),
        good("2"),
        unknown,
        nobody,
        visit("5", &json!({ "page": 7 })),
        json!(7),
    ];
    let batch = program.send(&batch).expect("it answers");
    assert_eq!(batch.status, 202);
    let told = batch.json();
    let results: Vec<String> = (told["results"].as_array().expect("a list").iter())
        .map(|it| format!("{} {}", it["result"], it["reason"]))
        .collect();
    assert_eq!(
        results,
        [
            r#""duplicate" null"#,
            r#""accepted" null"#,
            r#""rejected" "unknown type""#,
            r#""rejected" "no traveler""#,
            r#""rejected" "invalid payload: `data.page`: expected `string`, found a number""#,
            r#""rejected" "invalid event: not an object""#,
        ]
    );
    assert_eq!(
        (&told["duplicate"], &told["rejected"]),
        (&json!(1), &json!(4))
    );
    let lines = format!("{}\n\n{{\r\n{}\n", good("7"), good("1"));
    let request = "POST /events HTTP/1.1\r\ncontent-type: application/x-ndjson";
    let lines = program
        .ask(request, lines.as_bytes())
        .expect("it answers")
        .json();
    let results: Vec<&Value> = (lines["results"].as_array().expect("a list").iter())
        .map(|it| &it["result"])
        .collect();
    assert_eq!(results, ["accepted", "rejected", "duplicate"], "{lines}");
    let binary = "POST /events HTTP/1.1\r\ncontent-type: application/json\r\nce-specversion: 1.0\r\n\
                  ce-id: 6\r\nce-source: shop\r\nce-type: shop.bought\r\nce-subject: v-1\r\n\
                  ce-time: 2026-03-02T12:00:01Z";
    let bought = json!({ "email": "Carla@example.org", "total": 5 });
    let binary = program
        .ask(binary, bought.to_string().as_bytes())
        .expect("it answers");
    assert_eq!(
        (binary.status, &binary.json()["accepted"]),
        (202, &json!(1))
    );
    let traveler = program.get("/travelers/visitor_id%3Av-1").json();
    assert_eq!(traveler["profile"]["email"], "•••");
    assert_eq!(traveler["sessions"][0]["milestone"], "bought");
    assert_eq!(traveler["traits"]["visits"], 3);
    assert_eq!(program.get("/travelers/nobody").status, 404);
    assert_eq!(program.metric(r#"cjoc_events_total{result="accepted"}"#), 4);
    assert_eq!(program.stop(), 0);
}

#[test]
fn what_is_wrong_is_a_problem_and_changes_nothing() {
    let setup = Setup::new(&["--time", "events"]);
    let program = setup.start();
    let good = visit("1", &json!({ "page": "shop" })).to_string();
    let deep = "[".repeat(200_000);
    let big = "x".repeat(5 << 20);
    let table: &[(&str, &str, u16, &str)] = &[
        ("POST /events HTTP/1.1", &good, 415, "events come as"),
        (ONE, "{", 400, "the body is no JSON"),
        (ONE, &deep, 400, "recursion limit"),
        (BATCH, "{}", 400, "a batch is a JSON array"),
        (ONE, "{}", 422, "`specversion` is missing"),
        (ONE, &big, 413, "a body may have 4194304 bytes"),
        (ONE, &good.replace("2026-03-02T12", "soon"), 422, "bad time"),
        (
            ONE,
            &good.replace("shop.visited", "a.b"),
            422,
            "unknown type",
        ),
        ("GET /events HTTP/1.1", "", 405, "is not asked with GET"),
        ("DELETE /dead HTTP/1.1", "", 405, "is not asked with DELETE"),
        ("GET /nothing HTTP/1.1", "", 404, "there is no `/nothing`"),
        ("POST /dead/k/retry HTTP/1.1", "", 404, "no dead letter"),
        (
            "GET /damaged?after=x HTTP/1.1",
            "",
            400,
            "`after` is a traveler's number",
        ),
        (
            "GET /damaged?from=7 HTTP/1.1",
            "",
            400,
            "there is no `from`: `after` is known",
        ),
        ("GET /dead?key=k HTTP/1.1", "", 400, "there is no `key`"),
    ];
    for (request, body, status, told) in table {
        let answer = program.ask(request, body.as_bytes()).expect("it answers");
        assert_eq!(answer.status, *status, "{request}: {}", answer.text);
        assert!(
            answer
                .head
                .contains("content-type: application/problem+json")
        );
        let problem = answer.json();
        assert_eq!(problem["status"], *status);
        let detail = problem["detail"].as_str().expect("it says what");
        assert!(detail.contains(told), "{request}: {detail}");
    }
    // More than may be, and nobody says how much it is.
    let chunked = "POST /events HTTP/1.1\r\ncontent-type: application/cloudevents+json\r\n\
                   transfer-encoding: chunked\r\nx-content-length: none";
    let mut body = Vec::new();
    for _ in 0..80 {
        body.extend_from_slice(b"10000\r\n");
        body.extend_from_slice(&vec![b'x'; 1 << 16]);
        body.extend_from_slice(b"\r\n");
    }
    if let Some(answer) = program.ask(chunked, &body) {
        assert_eq!(answer.status, 413, "{}", answer.text);
    }
    assert_eq!(program.metric("cjoc_travelers"), 0);
    assert_eq!(program.get("/healthz").text, "ok\n");
    assert_eq!(program.get("/readyz").text, "ready\n");
    assert_eq!(program.stop(), 0);
}

#[test]
fn a_page_is_asked_by_head_as_by_get_and_other_methods_are_told_which() {
    let setup = Setup::new(&["--time", "events"]);
    let program = setup.start();
    for (request, status, told) in [
        ("HEAD /readyz HTTP/1.1", 200, "content-length: 6"),
        ("HEAD /overview HTTP/1.1", 200, "application/json"),
        ("HEAD /events HTTP/1.1", 405, "allow: post"),
        ("DELETE /overview HTTP/1.1", 405, "allow: get, head"),
        ("PUT /plans HTTP/1.1", 405, "allow: get, head, post"),
    ] {
        let answer = program.ask(request, b"").expect("it answers");
        assert_eq!(answer.status, status, "{request}");
        assert!(answer.head.contains(told), "{request}: {}", answer.head);
        assert_eq!(answer.text.is_empty(), request.starts_with("HEAD"));
    }
    assert_eq!(program.stop(), 0);
}

#[test]
fn without_tokens_no_page_of_another_site_is_answered() {
    let mut setup = Setup::new(&["--time", "events"]);
    let program = setup.start();
    let own = format!("origin: http://{}", program.address);
    for (request, header, status) in [
        ("GET /plans HTTP/1.1", &*own, 200),
        ("GET /plans HTTP/1.1", "origin: http://example.org", 403),
        ("POST /plans HTTP/1.1", "origin: http://example.org", 403),
        ("POST /dead/k/retry HTTP/1.1", "origin: null", 403),
        ("POST /dead/k/retry HTTP/1.1", &*own, 404),
        // The health of the process is nobody's secret.
        ("GET /healthz HTTP/1.1", "origin: http://example.org", 200),
    ] {
        let answer = program.ask(&format!("{request}\r\n{header}"), b"");
        let answer = answer.expect("it answers");
        assert_eq!(answer.status, status, "{request} {header}: {}", answer.text);
    }
    let named = "GET /plans HTTP/1.1\r\nhost: example.org";
    let answer = program.ask(named, b"").expect("it answers");
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert_eq!(program.stop(), 0);
    // With a token it may come from anywhere.
    setup.tokens = "read:readreadreadread";
    let program = setup.start();
    let known = "GET /plans HTTP/1.1\r\norigin: http://example.org\r\n\
                 authorization: Bearer readreadreadread";
    assert_eq!(program.ask(known, b"").expect("it answers").status, 200);
    assert_eq!(program.stop(), 0);
}

#[test]
fn tokens_open_what_they_are_for() {
    let mut setup = Setup::new(&["--time", "events"]);
    setup.tokens = "send:sendsendsendsend read:readreadreadread deploy:deploydeploydeploy";
    let program = setup.start();
    let good = visit("1", &json!({ "page": "shop" })).to_string();
    let with = |request: &str, token: &str| format!("{request}\r\nauthorization: Bearer {token}");
    let read = "GET /metrics HTTP/1.1";
    let table = [
        (ONE.to_owned(), 401),
        (with(ONE, "sendsendsendsenx"), 401),
        (with(ONE, "readreadreadread"), 403),
        (with(ONE, "sendsendsendsend"), 202),
        (with(ONE, "deploydeploydeploy"), 202),
        (read.to_owned(), 401),
        (with(read, "sendsendsendsend"), 403),
        (with(read, "readreadreadread"), 200),
        (with("POST /dead/k/retry HTTP/1.1", "readreadreadread"), 403),
        (
            with("POST /dead/k/retry HTTP/1.1", "deploydeploydeploy"),
            404,
        ),
        ("GET /healthz HTTP/1.1".to_owned(), 200),
    ];
    for (request, status) in table {
        let answer = program.ask(&request, good.as_bytes()).expect("it answers");
        assert_eq!(answer.status, status, "{request}");
        assert!(status != 401 || answer.head.contains("www-authenticate: bearer"));
    }
    assert_eq!(program.stop(), 0);
}

#[test]
fn without_tokens_it_is_not_reached_by_others() {
    let setup = Setup::new(&["--listen", "0.0.0.0:0"]);
    let output = setup.command().output().expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("can be reached by others, and there are no tokens"),
        "{told}"
    );
    assert!(!setup.data().exists());
}

#[test]
fn a_client_that_sends_half_of_it_holds_up_nobody() {
    let setup = Setup::new(&["--time", "events"]);
    let program = setup.start();
    let mut slow: Vec<TcpStream> = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(&program.address).expect("it listens");
        let half = format!("{ONE}\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{{\"half\":");
        stream.write_all(half.as_bytes()).expect("it can be sent");
        slow.push(stream);
    }
    let good = visit("1", &json!({ "page": "shop" })).to_string();
    let answer = program.ask(ONE, good.as_bytes()).expect("it answers");
    assert_eq!(answer.status, 202);
    // Broken off: nothing of it is taken.
    drop(slow);
    assert_eq!(program.metric("cjoc_travelers"), 1);
    assert_eq!(program.stop(), 0);
}

#[test]
fn a_stop_finishes_what_was_begun() {
    let setup = Setup::new(&["--time", "events"]);
    let program = setup.start();
    let events = world::events(5, 600, 30);
    let mut dry = Dry::new(WITHOUT_ANSWERS.clone());
    for event in &events {
        dry.event(event);
    }
    // On one connection, kept open over the stop.
    let mut stream = TcpStream::connect(&program.address).expect("it listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .expect("it can be set");
    for chunk in events.chunks(100) {
        let body = Value::from(chunk.to_vec()).to_string();
        let head = format!(
            "{BATCH}\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("it can be sent");
        stream.write_all(body.as_bytes()).expect("it can be sent");
        let mut start = [0; 12];
        stream.read_exact(&mut start).expect("it is answered");
        assert_eq!(&start, b"HTTP/1.1 202");
        let mut rest = vec![0; 1 << 16];
        while !rest.ends_with(b"}") {
            let count = stream.read(&mut rest).expect("it is answered");
            if rest[..count].ends_with(b"]}") {
                break;
            }
        }
    }
    assert_eq!(program.stop(), 0);
    // What was not carried out before the stop is there after the next start.
    let program = setup.start();
    program.drained();
    assert_eq!(program.stop(), 0);
    assert_eq!(carried_out(&setup.sink()).0, dry.actions);
    let mut core = side::open(&WITHOUT_ANSWERS, &setup.data(), 1000);
    assert!(core.save().expect("it can be read") == dry.save());
}

#[test]
fn a_limit_of_files_ends_it_and_what_was_acknowledged_is_there() {
    let mut setup = Setup::new(&["--time", "events"]);
    // Where a limit is passed, the system kills unless that is ignored.
    setup.before = "trap '' XFSZ";
    let program = setup.start();
    // Files end after a megabyte from now on; the journal is longer than that from the start.
    let id = program.id().to_string();
    let limited = Command::new("prlimit")
        .args(["--pid", &id, "--fsize=1000000"])
        .status();
    assert!(limited.expect("prlimit can be run").success());
    fills_up(program, &mut setup);
}

/// A file system of its own, as large as that: what is on it is copied when it has ended.
const SMALL_DISK: &str = r#"exec unshare -rm bash -c '
    mkdir -p "$4" "$4.left" && mount -t tmpfs -o size=8m none "$4" || exit 77
    "$0" "$@"; code=$?
    cp -a "$4/." "$4.left"; exit $code' "$0" "$@"; true"#;

#[test]
#[allow(
    clippy::print_stderr,
    reason = "who runs it should know that it was left out"
)]
fn a_full_disk_ends_it_and_what_was_acknowledged_is_there() {
    let may = Command::new("unshare").args(["-rm", "true"]).status();
    if !may.is_ok_and(|it| it.success()) {
        eprintln!("skipped: no file systems can be mounted here");
        return;
    }
    let mut setup = Setup::new(&["--time", "events"]);
    setup.before = SMALL_DISK;
    let program = setup.start();
    fills_up(program, &mut setup);
}

/// Sends until the disk is full; what was acknowledged is there after the next start, on a disk that
/// has room, and the rest can be sent again.
fn fills_up(program: super::program::Program, setup: &mut Setup) {
    let events: Vec<Value> = (0..150_u64)
        .map(|index| {
            // What cannot be made shorter by compressing it.
            let mut note = String::new();
            for it in 0..2000 {
                write!(note, "{:x}", mixed(it ^ (index << 20))).expect("text");
            }
            let data = json!({ "page": "shop", "note": note });
            let mut event = visit(&format!("{index}"), &data);
            event["subject"] = format!("v-{index}").into();
            event
        })
        .collect();
    let mut acknowledged = 0;
    for event in &events {
        match program.ask(ONE, event.to_string().as_bytes()) {
            Some(answer) if answer.status == 202 => acknowledged += 1,
            Some(answer) => {
                assert_eq!(answer.status, 503, "{}", answer.text);
                break;
            }
            None => break,
        }
    }
    assert!(acknowledged < events.len(), "the disk was never full");
    assert_eq!(program.ended(), 2);
    setup.before = "";
    let left = setup.data().with_extension("left");
    if left.exists() {
        std::fs::remove_dir_all(setup.data()).expect("it can be removed");
        std::fs::rename(left, setup.data()).expect("it can be moved");
    }
    let program = setup.start();
    let known = program.metric("cjoc_travelers");
    // The event that was not acknowledged may have been kept, or not.
    assert!(
        (acknowledged..=acknowledged + 1).contains(&(known as usize)),
        "{known}"
    );
    for event in &events {
        let answer = program.ask(ONE, event.to_string().as_bytes());
        assert_eq!(answer.expect("it answers").status, 202);
    }
    assert_eq!(program.metric("cjoc_travelers"), events.len() as u64);
    assert_eq!(program.stop(), 0);
    let mut dry = Dry::new(WITHOUT_ANSWERS.clone());
    for event in &events {
        dry.event(event);
    }
    let mut core = side::open(&WITHOUT_ANSWERS, &setup.data(), 1000);
    assert!(core.save().expect("it can be read") == dry.save());
}
