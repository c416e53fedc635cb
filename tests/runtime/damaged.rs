//! A damaged record holds up its own traveler and nobody else, and is told.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cjoc::runtime::core::{Core, Hears, Settings, Time, Verdict};
use cjoc::runtime::store::{JOURNAL, Kept, Store};
use serde_json::{Value, json};

use super::program::Setup;
use super::side::{self, Dry, mixed, open, settle, take};
use super::world::{ENGINE, WITHOUT_ANSWERS, time};

/// An event of a traveler, at a minute.
fn visit(id: &str, who: &str, minute: u32) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "shop", "type": "shop.visited",
        "time": format!("2026-03-02T12:{minute:02}:00Z"), "subject": who,
        "data": { "page": "shop" },
    })
}

/// Puts other bytes in the place of a traveler's record.
fn damage(folder: &Path, number: u32, change: impl Fn(&mut Vec<u8>)) {
    let (store, _) = Store::open(folder, 1 << 20).expect("it opens");
    let Ok(Some(Kept::Record { noted, mut record })) = store.traveler(number) else {
        panic!("{number} has no record");
    };
    change(&mut record);
    let mut group = store.group();
    group.traveler(&store, number, &Kept::Record { noted, record });
    store.commit(group).expect("it is kept");
    store.sync().expect("it is durable");
}

/// What happens to a record.
type Change = fn(&mut Vec<u8>);

#[test]
fn whatever_is_damaged_in_a_record_the_others_go_on_as_if_nothing_were() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut core = open(&ENGINE, folder.path(), 10);
    for (index, who) in ["v-0", "v-1", "v-2"].iter().enumerate() {
        take(&mut core, &ENGINE, &visit(who, who, index as u32));
    }
    settle(&mut core);
    drop(core);
    let whole = tempfile::tempdir().expect("a temporary folder");
    copy(folder.path(), whole.path());
    let changes: [(&str, Change); 5] = [
        ("empty", |record| record.clear()),
        ("cut", |record| record.truncate(record.len() / 2)),
        ("longer", |record| record.push(0)),
        ("of another version", |record| record[0] = 99),
        ("of another plan", |record| record[1] ^= 1),
    ];
    for (what, change) in changes {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(whole.path(), folder.path());
        damage(folder.path(), 1, change);
        // A dry run in which the second never was.
        let mut dry = Dry::new(ENGINE.clone());
        let mut core = open(&ENGINE, folder.path(), 1);
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let notices = heard.clone();
        core.heard_by(Hears {
            notice: Some(Box::new(move |it| {
                notices.lock().expect("nobody panics").push(it.to_owned());
            })),
            record: None,
        });
        for (index, who) in ["v-0", "v-2"].iter().enumerate() {
            dry.event(&visit(who, who, index as u32 * 2));
        }
        assert_eq!(
            take(&mut core, &ENGINE, &visit("again", "v-1", 10)),
            Verdict::Damaged(1),
            "{what}"
        );
        // One that was handled before is known by its id.
        assert_eq!(
            take(&mut core, &ENGINE, &visit("v-1", "v-1", 1)),
            Verdict::Duplicate
        );
        // Timers of all are due by then.
        let mut late = visit("late", "v-2", 30);
        late["time"] = "2026-03-09T12:00:00Z".into();
        assert_eq!(take(&mut core, &ENGINE, &late), dry.event(&late));
        settle(&mut core);
        let mut sent: Vec<String> = (core.outgoing().expect("they can be read").iter())
            .map(|it| it.1.traveler.to_string())
            .collect();
        sent.sort();
        sent.dedup();
        assert_eq!(sent, ["visitor_id:v-0", "visitor_id:v-2"], "{what}");
        assert_eq!(core.levels().damaged, 1);
        let told = core.damaged(None, 10).expect("they can be read");
        assert_eq!(told[0]["number"], 1);
        assert_eq!(told[0]["identities"], json!({ "visitor_id": ["v-1"] }));
        let view = core.look("visitor_id:v-1").expect("it can be read");
        assert_eq!(view.expect("it is known")["damaged"]["number"], 1);
        for who in [0, 2] {
            let name = format!("visitor_id:v-{who}");
            let view = core.look(&name).expect("it can be read");
            let view = view.expect("it is known");
            assert_eq!(view["traits"]["visits"], if who == 2 { 2 } else { 1 });
        }
        {
            let heard = heard.lock().expect("nobody panics");
            assert!(
                heard.len() == 1 && heard[0].starts_with("the record of traveler 1 is damaged"),
                "{heard:?}"
            );
        }
        // Over a restart it is as it was, until somebody says otherwise.
        drop(core);
        let mut core = open(&ENGINE, folder.path(), 1);
        let again = visit("again", "v-1", 10);
        assert_eq!(take(&mut core, &ENGINE, &again), Verdict::Damaged(1));
        assert!(
            !core.begin_anew(0).expect("it is kept"),
            "that one is sound"
        );
        assert!(core.begin_anew(1).expect("it is kept"));
        assert!(!core.begin_anew(1).expect("it is kept"), "once is enough");
        assert_eq!(take(&mut core, &ENGINE, &again), Verdict::Accepted);
        settle(&mut core);
        drop(core);
        let mut core = open(&ENGINE, folder.path(), 1);
        let view = core.look("visitor_id:v-1").expect("it can be read");
        assert_eq!(view.expect("it is known")["traits"]["visits"], 1);
        assert_eq!(core.levels().damaged, 0);
    }
}

#[test]
fn an_event_that_would_join_a_damaged_traveler_to_another_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut core = open(&ENGINE, folder.path(), 10);
    let joined = |id: &str, ty: &str, who: &str, data: Value| {
        json!({
            "specversion": "1.0", "id": id, "source": "shop", "type": format!("shop.{ty}"),
            "time": "2026-03-02T12:00:00Z", "subject": who, "data": data,
        })
    };
    take(&mut core, &ENGINE, &visit("1", "v-1", 0));
    let email = json!({ "email": "a@example.org", "customer_id": "c-1" });
    take(&mut core, &ENGINE, &joined("2", "joined", "c-1", email));
    settle(&mut core);
    drop(core);
    damage(folder.path(), 0, |record| record.truncate(20));
    let mut core = open(&ENGINE, folder.path(), 10);
    let both = json!({ "email": "a@example.org", "total": 1.0 });
    let both = joined("3", "bought", "v-1", both);
    assert_eq!(take(&mut core, &ENGINE, &both), Verdict::Damaged(0));
    let view = core
        .look("c-1")
        .expect("it can be read")
        .expect("it is known");
    assert_eq!(view["traits"]["recent"], 0.0, "nothing of it is left");
    assert!(core.begin_anew(0).expect("it is kept"));
    assert_eq!(take(&mut core, &ENGINE, &both), Verdict::Accepted);
}

/// The largest table of a store.
fn largest_table(folder: &Path) -> Option<PathBuf> {
    let mut open = vec![folder.join("keyspaces")];
    let mut largest = None;
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let entry = entry.expect("it can be listed");
            let length = entry.metadata().map_or(0, |it| it.len());
            if entry.path().is_dir() {
                open.push(entry.path());
            } else if length > 1 << 20 {
                largest = largest.max(Some((length, entry.path())));
            }
        }
    }
    largest.map(|it| it.1)
}

/// What is not there is not taken for what never was.
#[test]
fn a_part_that_is_missing_refuses_the_start() {
    let whole = tempfile::tempdir().expect("a temporary folder");
    let mut core = open(&ENGINE, whole.path(), 10);
    take(&mut core, &ENGINE, &visit("e", "v", 0));
    settle(&mut core);
    drop(core);
    let mut parts = vec![PathBuf::from("version"), PathBuf::from("keyspaces")];
    parts.extend([PathBuf::from("journal"), PathBuf::from("journal/1.epoch")]);
    for keyspace in fs::read_dir(whole.path().join("keyspaces")).expect("it has tables") {
        let name = keyspace.expect("it has a name").file_name();
        let keyspace = Path::new("keyspaces").join(name);
        parts.extend([keyspace.join("current"), keyspace]);
    }
    for part in parts {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(whole.path(), folder.path());
        let lost = folder.path().join(&part);
        let removed = if lost.is_dir() {
            fs::remove_dir_all(&lost)
        } else {
            fs::remove_file(&lost)
        };
        removed.expect("it can be removed");
        let Err(error) = Store::open(folder.path(), 1 << 20) else {
            panic!("it opens without {}", part.display());
        };
        let told = error.to_string();
        let begins = "a part of it is missing or cut off: restore a copy";
        assert!(told.starts_with(begins), "{}: {told}", part.display());
    }
}

#[test]
fn where_the_disk_damages_a_table_those_in_that_place_are_set_aside() {
    const PEOPLE: u32 = 700;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = Settings {
        time: Time::Events,
        cache: 10,
        timeline: 0,
        ..Settings::default()
    };
    let now = time("2026-11-01T00:00:00Z");
    let open = |journal| {
        let settings = Settings {
            journal,
            ..settings.clone()
        };
        let opened = Core::open(ENGINE.clone(), "plan", folder.path(), settings, now);
        opened.expect("it opens")
    };
    // What cannot be made shorter by compressing it.
    let mut note = String::new();
    for it in 0..2000 {
        write!(note, "{:x}", mixed(it)).expect("text");
    }
    let visit = |round: u32, who: u32| {
        let mut event = visit(&format!("{round}-{who}"), &format!("v-{who}"), round);
        event["data"]["note"] = format!("{who} {note}").into();
        event
    };
    // What is committed goes into the tables.
    let mut core = open(0);
    for who in 0..PEOPLE {
        take(&mut core, &ENGINE, &visit(0, who));
        if who.is_multiple_of(50) {
            settle(&mut core);
        }
    }
    settle(&mut core);
    let begun = Instant::now();
    let table = loop {
        if let Some(table) = largest_table(folder.path()) {
            break table;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "no table is written"
        );
        std::thread::sleep(Duration::from_millis(50));
    };
    drop(core);
    let mut bytes = fs::read(&table).expect("it can be read");
    let place = bytes.len() / 3;
    bytes[place..place + 64].fill(0x5a);
    fs::write(&table, bytes).expect("it can be written");
    let mut core = open(JOURNAL);
    let mut verdicts = Vec::new();
    for who in 0..PEOPLE {
        verdicts.push(take(&mut core, &ENGINE, &visit(1, who)));
        if who.is_multiple_of(50) {
            settle(&mut core);
        }
    }
    settle(&mut core);
    let of = |it: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| it(verdict)).count();
    let damaged = of(|it| matches!(it, Verdict::Damaged(_)));
    assert!((1..20).contains(&damaged), "{damaged}");
    assert_eq!(of(|it| *it == Verdict::Accepted), PEOPLE as usize - damaged);
    assert_eq!(core.levels().damaged, damaged as u64);
    // Whoever is among them begins anew, where somebody says so.
    let first = core.damaged(None, 1).expect("they can be read")[0]["number"].as_u64();
    let first = u32::try_from(first.expect("a number")).expect("a number");
    assert!(core.begin_anew(first).expect("it is kept"));
    assert_eq!(
        take(&mut core, &ENGINE, &visit(2, first)),
        Verdict::Accepted
    );
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("it can be listed") {
        let path = entry.expect("it can be listed").path();
        let to = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() {
            fs::create_dir_all(&to).expect("folders can be made");
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("files can be copied");
        }
    }
}

#[test]
fn the_program_tells_of_a_damaged_record_and_lets_it_begin_anew() {
    let mut setup = Setup::new(&["--time", "events"]);
    setup.tokens = "send:sendsendsendsend deploy:deploydeploydeploy";
    let program = setup.start();
    let ask = |program: &super::program::Program, request: &str, body: &Value| {
        let request = format!("{request} HTTP/1.1\r\nauthorization: Bearer deploydeploydeploy");
        let request = match body {
            Value::Null => request,
            Value::Array(_) => {
                format!("{request}\r\ncontent-type: application/cloudevents-batch+json")
            }
            _ => format!("{request}\r\ncontent-type: application/cloudevents+json"),
        };
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        program.ask(&request, body.as_bytes()).expect("it answers")
    };
    let events = json!([visit("0", "v-0", 0), visit("1", "v-1", 1)]);
    assert_eq!(ask(&program, "POST /events", &events).status, 202);
    assert_eq!(program.stop(), 0);
    damage(&setup.data(), 0, |record| record.truncate(30));
    let program = setup.start();
    let single = ask(&program, "POST /events", &visit("2", "v-0", 2));
    assert_eq!(single.status, 500, "{}", single.text);
    let detail = single.json()["detail"].clone();
    let reason = "the record of its traveler is damaged, and set aside as number 0";
    assert_eq!(detail, reason);
    let batch = json!([visit("2", "v-0", 2), visit("3", "v-1", 3)]);
    let batch = ask(&program, "POST /events", &batch);
    assert_eq!(batch.status, 202);
    assert_eq!(
        batch.json()["results"],
        json!([
            { "id": "2", "result": "rejected", "reason": reason },
            { "id": "3", "result": "accepted" },
        ])
    );
    let metrics = ask(&program, "GET /metrics", &Value::Null).text;
    assert!(metrics.contains("cjoc_travelers_damaged 1\n"), "{metrics}");
    let overview = ask(&program, "GET /overview", &Value::Null).json();
    assert_eq!(overview["damaged"], 1);
    let damaged = ask(&program, "GET /damaged", &Value::Null).json();
    assert_eq!(damaged["damaged"][0]["number"], 0);
    let known = ask(&program, "GET /travelers/visitor_id%3Av-0", &Value::Null).json();
    assert_eq!(known["damaged"]["number"], 0, "{known}");
    assert_eq!(
        ask(&program, "POST /damaged/1/forget", &Value::Null).status,
        404
    );
    assert_eq!(
        ask(&program, "POST /damaged/0/forget", &Value::Null).status,
        202
    );
    let single = ask(&program, "POST /events", &visit("2", "v-0", 2));
    assert_eq!(single.status, 202, "{}", single.text);
    assert_eq!(program.stop(), 0);
    let mut core = side::open(&WITHOUT_ANSWERS, &setup.data(), 10);
    let view = core.look("visitor_id:v-0").expect("it can be read");
    assert_eq!(view.expect("it is known")["traits"]["visits"], 1);
}
