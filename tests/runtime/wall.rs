//! `kill -9` by the wall clock, with timers, and with a system on the other side that fails: every
//! event that was acknowledged counts once, every action gets there under its own key, and its
//! answer is where it belongs.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::program::{Program, Setup, ask};
use super::side::mixed;

const WORKSPACE: &str = r#"name: wall
edition: 2026
---
traveler: customer
key: customer_id
identities: [customer_id]
profile: { customer_id: string | null }
traits:
  looks: { count: shop.looked }
---
connection: shop
uses: std/webhook
events:
  came: { identify: { customer_id: trigger.subject } }
  looked: { identify: { customer_id: trigger.subject } }
---
connection: crm
uses: std/webhook
config: { url: "${env.SINK}" }
timeout: 1s
parallel: 32
retry: { attempts: 1000, from: 1s, to: 1s }
actions:
  open: { params: { text: string }, returns: { id: string } }
  note: { params: { text: string } }
---
journey: visit
traveler: customer
reentry: never
variables:
  ticket: string | null
start: { on: shop.came }
milestones:
  here:
    do:
      - wait: 1s
      - call: crm.open
        with: { text: "new" }
        set: { ticket: returned.id }
        timeout: 1h
        else:
          - end: lost
      - wait: 1s
      - call: crm.note
        with: { text: '${vars.?ticket.orValue("none")}' }
      - end: done
"#;

/// What a system was asked to do, by key.
#[derive(Clone, Debug, Default, PartialEq)]
struct Deed {
    /// Action, body.
    what: (String, String),
    /// How often it was asked, and how often it did it.
    asked: u64,
    done: u64,
}

/// A system that does what it is asked now and then, and otherwise hangs, refuses, breaks off or
/// talks nonsense.
struct Sink {
    address: String,
    deeds: Arc<Mutex<BTreeMap<String, Deed>>>,
    faults: Arc<AtomicU64>,
}

impl Sink {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let sink = Self {
            address,
            deeds: Arc::default(),
            faults: Arc::default(),
        };
        let (deeds, faults) = (sink.deeds.clone(), sink.faults.clone());
        std::thread::spawn(move || {
            for (number, stream) in (0_u64..).zip(listener.incoming().flatten()) {
                let (deeds, faults) = (deeds.clone(), faults.clone());
                // A connection that breaks off is the other side's affair.
                std::thread::spawn(move || serve(stream, number, &deeds, &faults).ok());
            }
        });
        sink
    }
}

fn serve(
    stream: TcpStream,
    number: u64,
    deeds: &Mutex<BTreeMap<String, Deed>>,
    faults: &AtomicU64,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    for index in 0_u64.. {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let action = line.split(['/', ' ']).nth(2).unwrap_or_default().to_owned();
        let (mut key, mut length) = (String::new(), 0);
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let Some((name, value)) = header.trim().split_once(": ") else {
                break;
            };
            match &*name.to_ascii_lowercase() {
                "idempotency-key" => value.clone_into(&mut key),
                "content-length" => length = value.parse().unwrap_or(0),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        let roll = mixed(number << 20 ^ index) % 20;
        {
            let mut deeds = deeds.lock().expect("nobody panics");
            let deed = deeds.entry(key.clone()).or_default();
            let what = (action, body);
            if deed.asked > 0 {
                assert_eq!(deed.what, what, "a repetition is the same action");
            }
            deed.what = what;
            deed.asked += 1;
            // Done, and nobody may hear of it.
            deed.done += u64::from(!matches!(roll, 0..4));
        }
        if roll < 9 {
            faults.fetch_add(1, Ordering::Relaxed);
        }
        let said = match roll {
            0..2 => "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n".to_owned(),
            2..4 => "HTTP/1.1 429 Slowly\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n".to_owned(),
            // Longer than anybody waits.
            4 => {
                std::thread::sleep(Duration::from_secs(5));
                return Ok(());
            }
            5..7 => {
                return stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"id\":");
            }
            7..9 => return stream.write_all(b"\x16\x03\x01 this is not what you expect\n\n"),
            _ => {
                let body = json!({ "id": format!("t-{key}") }).to_string();
                let length = body.len();
                format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
                )
            }
        };
        stream.write_all(said.as_bytes())?;
    }
    Ok(())
}

/// Customers, three events each, until it is over: how many there were.
fn send(address: &Mutex<String>, over: &AtomicBool, pause: Duration) -> u64 {
    let request = "POST /events HTTP/1.1\r\ncontent-type: application/cloudevents-batch+json";
    let mut customers = 0;
    while !over.load(Ordering::Acquire) {
        let mut events = Vec::new();
        for who in customers..customers + 5 {
            for (index, ty) in ["came", "looked", "looked"].iter().enumerate() {
                events.push(json!({
                    "specversion": "1.0", "id": format!("{who}-{index}"), "source": "shop",
                    "type": format!("shop.{ty}"), "subject": format!("c-{who}"), "data": {},
                }));
            }
        }
        customers += 5;
        let body = Value::from(events).to_string();
        // The same again until it is acknowledged, as a sender does.
        loop {
            let to = address.lock().expect("nobody panics").clone();
            match ask(&to, request, body.as_bytes()) {
                Some(answer) if answer.status == 202 => {
                    assert_eq!(answer.json()["rejected"], 0, "{}", answer.text);
                    break;
                }
                Some(answer) => assert_eq!(answer.status, 503, "{}", answer.text),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        std::thread::sleep(pause);
    }
    customers
}

/// Kills the program so many times.
#[allow(
    clippy::print_stdout,
    reason = "who runs the long form wants to know how long it was"
)]
fn killed(times: u64, longest: u64, pause: Duration, seed: u64) {
    let sink = Sink::new();
    let setup = Setup::that_sends(WORKSPACE, &sink.address);
    let mut program: Program = setup.start();
    let address = Arc::new(Mutex::new(program.address.clone()));
    let over = Arc::new(AtomicBool::new(false));
    let sender = {
        let (address, over) = (address.clone(), over.clone());
        std::thread::spawn(move || send(&address, &over, pause))
    };
    for kill in 0..times {
        std::thread::sleep(Duration::from_micros(mixed(seed ^ kill) % (longest * 1000)));
        program.kill();
        program = setup.start();
        address
            .lock()
            .expect("nobody panics")
            .clone_from(&program.address);
    }
    over.store(true, Ordering::Release);
    let customers = sender.join().expect("all was acknowledged");
    let begun = Instant::now();
    let visit = loop {
        let overview = program.get("/overview").json();
        let visit = overview["journeys"][0].clone();
        if visit["outcomes"]["done"] == customers && overview["outbox"] == 0 {
            break visit;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "{customers} customers: {overview}"
        );
        std::thread::sleep(Duration::from_millis(200));
    };
    assert_eq!(visit["started"], customers);
    assert_eq!(visit["outcomes"], json!({ "done": customers }));
    for who in 0..customers {
        let view = program.get(&format!("/travelers/c-{who}")).json();
        assert_eq!(view["traits"]["looks"], 2, "{view}");
    }
    assert_eq!(program.get("/dead").json()["dead"], json!([]));
    assert_eq!(program.stop(), 0);
    let deeds = sink.deeds.lock().expect("nobody panics").clone();
    let faults = sink.faults.load(Ordering::Relaxed);
    let asked: u64 = deeds.values().map(|it| it.asked).sum();
    println!(
        "{times} kills, {customers} customers, {} actions in {asked} requests, {faults} faults",
        deeds.len()
    );
    let mut opened = Vec::new();
    let mut noted = Vec::new();
    for (key, deed) in &deeds {
        assert!(deed.done > 0, "{key} was never done: {deed:?}");
        let body: Value = serde_json::from_str(&deed.what.1).expect("it is JSON");
        match &*deed.what.0 {
            "open" => opened.push(format!("t-{key}")),
            "note" => noted.push(body["text"].as_str().expect("a text").to_owned()),
            other => panic!("nobody asked for `{other}`"),
        }
    }
    opened.sort();
    noted.sort();
    assert_eq!(opened.len() as u64, customers, "each action has one key");
    assert_eq!(opened, noted, "what was answered is where it belongs");
}

#[test]
fn a_few_kills_by_the_clock_with_a_sink_that_fails() {
    killed(6, 500, Duration::from_millis(100), 1);
}

/// 250 kills in some minutes. `CJOC_PROGRAM` names another program than the tests' own: the one
/// that is released.
#[test]
#[ignore = "takes minutes; the short form always runs"]
fn many_kills_by_the_clock_with_a_sink_that_fails() {
    killed(250, 700, Duration::from_millis(50), 2);
}
