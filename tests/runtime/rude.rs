//! Those who come to the door to do harm, or do not know better: slow, many, large, half gone.
//! Everyone is told what is wrong, nobody else waits for it, and memory stays where it is.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::program::{Program, Setup};

const ONE: &str = "POST /events HTTP/1.1\r\ncontent-type: application/cloudevents+json";
const BATCH: &str = "POST /events HTTP/1.1\r\ncontent-type: application/cloudevents-batch+json";

fn visit(id: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "shop", "type": "shop.visited",
        "time": "2026-03-02T12:00:00Z", "subject": "v-1", "data": { "page": "shop" },
    })
}

fn connect(program: &Program) -> TcpStream {
    let stream = TcpStream::connect(&program.address).expect("it listens");
    let timeout = Some(Duration::from_secs(60));
    stream.set_read_timeout(timeout).expect("it can be set");
    stream
}

/// That an honest client is served, and soon.
fn still_serves(program: &Program, id: &str) {
    let begun = Instant::now();
    let body = visit(id).to_string();
    let answer = program.ask(ONE, body.as_bytes()).expect("it answers");
    assert_eq!(answer.status, 202, "{}", answer.text);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
}

/// The most memory that a process ever had, in MiB.
fn peak(program: &Program) -> u64 {
    let path = format!("/proc/{}/status", program.id());
    let status = std::fs::read_to_string(path).expect("it runs");
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    let kib = line.and_then(|it| it.split_whitespace().next()?.parse::<u64>().ok());
    kib.expect("the system tells it") / 1024
}

/// What comes back for bytes, until the connection ends.
fn says(program: &Program, bytes: &[u8]) -> String {
    let mut stream = connect(program);
    // Whoever is refused early need not have read all of it.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn those_who_announce_much_and_send_little_hold_up_nobody() {
    let setup = Setup::new(&["--time", "events"]);
    let program = setup.start();
    let mut slow = Vec::new();
    for index in 0..200 {
        let mut stream = connect(&program);
        let head = match index % 2 {
            // A body of the largest size, a byte of it.
            0 => format!("{ONE}\r\nhost: x\r\ncontent-length: 4194304\r\n\r\n{{"),
            // A head that does not end.
            _ => "POST /events HTTP/1.1\r\nhost: x\r\nx-more: ".to_owned(),
        };
        stream.write_all(head.as_bytes()).expect("it can be sent");
        slow.push(stream);
    }
    for round in 0..3 {
        for stream in &mut slow {
            let _ = stream.write_all(b" ");
        }
        still_serves(&program, &format!("honest-{round}"));
    }
    drop(slow);
    assert_eq!(program.stop(), 0);
}

#[test]
fn however_many_connect_the_store_has_its_files_and_honest_clients_are_served() {
    let mut setup = Setup::new(&["--time", "events"]);
    setup.before = "ulimit -n 320";
    let program = setup.start();
    // More than there are places for, and than there are files.
    let idle: Vec<TcpStream> = (0..400)
        .filter_map(|_| TcpStream::connect(&program.address).ok())
        .collect();
    assert_eq!(idle.len(), 400, "they wait before the door");
    let begun = Instant::now();
    drop(idle);
    // What wants files of its own goes on.
    still_serves(&program, "after");
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(program.get("/healthz").status, 200);
    assert_eq!(program.stop(), 0);
}

#[test]
fn what_is_packed_is_refused() {
    let setup = Setup::new(&["--time", "events"]);
    let program = setup.start();
    for (packing, status) in [("gzip", 415), ("identity", 202), ("br, gzip", 415)] {
        let request = format!("{ONE}\r\ncontent-encoding: {packing}");
        let answer = program.ask(&request, visit("1").to_string().as_bytes());
        let answer = answer.expect("it answers");
        assert_eq!(answer.status, status, "{packing}: {}", answer.text);
    }
    assert_eq!(program.stop(), 0);
}

#[test]
fn who_has_nothing_more_to_say_is_answered_and_who_says_several_things_at_once_too() {
    let setup = Setup::new(&["--time", "events"]);
    let program = setup.start();
    let event = |id: &str, last: &str| {
        let body = visit(id).to_string();
        format!(
            "{ONE}\r\nhost: x\r\n{last}content-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    // The other direction is closed before the answer comes.
    let answer = says(&program, event("1", "").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    let several: String = (0..20)
        .map(|index| event(&format!("p-{index}"), ""))
        .collect();
    let answer = says(&program, several.as_bytes());
    assert_eq!(answer.matches("HTTP/1.1 202").count(), 20, "{answer}");
    assert_eq!(
        program.metric(r#"cjoc_events_total{result="accepted"}"#),
        21
    );
    // Half of a body, then nothing more: it is not taken.
    let half = event("half", "");
    let answer = says(&program, &half.as_bytes()[..half.len() - 5]);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
    assert_eq!(
        program.metric(r#"cjoc_events_total{result="accepted"}"#),
        21
    );
    assert_eq!(program.stop(), 0);
}

#[test]
fn what_is_no_event_is_told_so_whatever_it_is() {
    let setup = Setup::new(&["--time", "events"]);
    let program = setup.start();
    let with = |what: &str, instead: &str| visit("1").to_string().replace(what, instead);
    let nested = format!("{}1{}", "[".repeat(127), "]".repeat(127));
    let table: Vec<(Vec<u8>, u16, &str)> = vec![
        (
            with("\"shop\"", "1e999").into_bytes(),
            400,
            "number out of range",
        ),
        (
            with("\"v-1\"", "\"\\ud800\"").into_bytes(),
            400,
            "the body is no JSON",
        ),
        (
            b"{\"specversion\":\"\xff\"}".to_vec(),
            400,
            "the body is no JSON",
        ),
        (b"\xef\xbb\xbf{}".to_vec(), 400, "the body is no JSON"),
        (b"{}{}".to_vec(), 400, "trailing characters"),
        (b"".to_vec(), 400, "the body is no JSON"),
        (with("\"v-1\"", "7").into_bytes(), 422, "`subject`"),
        (
            with("\"1.0\"", "\"0.3\"").into_bytes(),
            422,
            "`specversion`",
        ),
        (
            with("\"page\":\"shop\"", "\"page\":1").into_bytes(),
            422,
            "invalid payload",
        ),
        (
            with("\"page\":\"shop\"", &format!("\"page\":{nested}")).into_bytes(),
            400,
            "recursion limit",
        ),
        (
            with("2026-03-02", "99999-03-02").into_bytes(),
            422,
            "bad time",
        ),
        (
            with("\"v-1\"", &format!("\"{}\"", "x".repeat(2000))).into_bytes(),
            422,
            "longer than",
        ),
        (with("\"v-1\"", "\"\"").into_bytes(), 422, "no traveler"),
    ];
    for (body, status, told) in table {
        let answer = program.ask(ONE, &body).expect("it answers");
        let shown = String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
        assert_eq!(answer.status, status, "{shown}: {}", answer.text);
        let detail = answer.json()["detail"]
            .as_str()
            .expect("it says what")
            .to_owned();
        assert!(detail.contains(told), "{shown}: {detail}");
    }
    // What is not HTTP is told so in HTTP's own words, and nothing of it is taken.
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /events HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let answer = says(&program, bytes);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{answer}"
        );
    }
    let long = format!(
        "GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n",
        "x".repeat(1 << 20)
    );
    let answer = says(&program, long.as_bytes());
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
    assert_eq!(program.metric("cjoc_travelers"), 0);
    still_serves(&program, "2");
    assert_eq!(program.stop(), 0);
}

#[test]
fn large_bodies_at_once_take_no_more_memory_than_there_is_room_for() {
    let setup = Setup::new(&["--time", "events"]);
    let program = setup.start();
    still_serves(&program, "first");
    let before = peak(&program);
    // What is made of these is sixteen times as large.
    let numbers = format!("[{}0]", "0,".repeat((4 << 20) / 2 - 2));
    let lists = format!("[{}[]]", "[],".repeat((4 << 20) / 3 - 2));
    let item = visit("x").to_string();
    let (start, end) = item.split_once("\"shop\"}").expect("it has a page");
    let inner = &numbers[..(4 << 20) - 401];
    let deep = format!("{start}\"shop\",\"x\":{inner}0]}}{end}");
    std::thread::scope(|scope| {
        for index in 0..40 {
            let (program, body) = (&program, [&numbers, &lists, &deep][index % 3]);
            scope.spawn(move || {
                let request = if index % 3 == 2 { ONE } else { BATCH };
                let answer = program.ask(request, body.as_bytes());
                if let Some(answer) = answer {
                    assert!(
                        matches!(answer.status, 202 | 400 | 413 | 422 | 503),
                        "{}",
                        answer.text
                    );
                }
            });
        }
    });
    let grown = peak(&program) - before;
    assert!(grown < 512, "{grown} MiB more than the {before} before");
    still_serves(&program, "last");
    assert_eq!(program.stop(), 0);
}
