//! States that earlier releases wrote, as they lay on the disk: this one goes on with them.
//!
//! `kept/VERSION/` has the workspace, the events that came after, the folder of data, packed, and
//! what came of those events when that release went on itself.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cjoc::engine::{Engine, Record};
use cjoc::plan::Plan;
use cjoc::render::trace_json;
use cjoc::runtime::core::{Core, Hears, Settings, Time};
use cjoc::runtime::deploy::Terms;
use cjoc::runtime::outgoing::Outcome;
use cjoc::runtime::store::{Kept, Meta, Store};
use serde_json::Value;

use super::side::{settle, take};
use super::world::{self, time};

/// How many events came before the folder was kept, before and after a plan took another's place.
const BEFORE: usize = 60;
const AFTER: usize = 12;

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runtime/kept")
}

/// A file as it was, and how long it was: what follows is zeros.
type Packed = Vec<(String, u64, Vec<u8>)>;

fn pack(folder: &Path) -> Vec<u8> {
    fn walk(root: &Path, folder: &Path, into: &mut Packed) {
        for entry in fs::read_dir(folder).expect("it can be listed") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                walk(root, &path, into);
                continue;
            }
            let mut bytes = fs::read(&path).expect("it can be read");
            let length = bytes.len() as u64;
            bytes.truncate(bytes.iter().rposition(|it| *it != 0).map_or(0, |at| at + 1));
            let name = path.strip_prefix(root).expect("it is in there");
            into.push((name.display().to_string(), length, bytes));
        }
    }
    let mut files = Packed::new();
    walk(folder, folder, &mut files);
    files.sort();
    let bytes = postcard::to_stdvec(&files).expect("it can be written");
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&bytes).expect("memory can be written");
    packer.finish().expect("memory can be written")
}

fn unpack(packed: &[u8], folder: &Path) {
    let mut bytes = Vec::new();
    let mut unpacker = flate2::read::GzDecoder::new(packed);
    unpacker.read_to_end(&mut bytes).expect("it is packed");
    let files: Packed = postcard::from_bytes(&bytes).expect("it is a folder");
    for (name, length, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        let mut file = fs::File::create(path).expect("it can be made");
        file.write_all(&bytes).expect("it can be written");
        file.set_len(length).expect("it can be as long");
    }
}

fn plan(text: &str) -> Plan {
    let folder = tempfile::tempdir().expect("a temporary folder");
    world::write_workspace(folder.path(), text);
    Plan::new(world::compiled(folder.path()).0)
}

fn open(plan: &Plan, folder: &Path) -> (Core, Arc<Engine>) {
    let settings = Settings {
        time: Time::Events,
        cache: 3,
        ..Settings::default()
    };
    let now = time("2026-11-01T00:00:00Z");
    let (core, _) = Core::open_plan(plan, folder, settings, now).expect("it opens");
    let engine = core.running().expect("a plan runs").engine.clone();
    (core, engine)
}

/// Carries out what is due: some actions are answered, some come again once, some never go well.
fn carry_out(core: &mut Core, told: &mut String) {
    settle(core);
    for (number, outgoing) in core.outgoing().expect("they can be read") {
        let (key, attempt, with) = (&outgoing.key, outgoing.attempt, &outgoing.with);
        writeln!(
            told,
            "{key} {}.{} {attempt} {with}",
            outgoing.connection, outgoing.action
        )
        .expect("text");
        let outcome = match (key.as_bytes()[0] % 4, attempt) {
            (0, 1) => Outcome::Again {
                reason: "not now".to_owned(),
                after: Some(Duration::ZERO),
            },
            (1, _) => Outcome::Dead {
                reason: "never".to_owned(),
            },
            _ => Outcome::Done {
                returned: serde_json::json!({ "id": "t-1" }),
            },
        };
        core.settle(number, outcome).expect("it is kept");
    }
    settle(core);
}

/// What comes of events: all that happens, what goes out, what is known of everyone.
fn goes_on(plan: &Plan, folder: &Path, events: &[Value]) -> String {
    let (mut core, engine) = open(plan, folder);
    let records: Arc<Mutex<Vec<Record>>> = Arc::default();
    let heard = records.clone();
    core.heard_by(Hears {
        record: Some(Box::new(move |record| {
            heard.lock().expect("nobody panics").push(record.clone());
        })),
        notice: Some(Box::new(|notice| panic!("{notice}"))),
    });
    let mut told = String::new();
    for letter in core.dead_letters("", 100).expect("they can be read") {
        writeln!(told, "dead: {}", letter.shown()).expect("text");
    }
    for event in events {
        let verdict = take(&mut core, &engine, event);
        writeln!(told, "{}: {verdict:?}", event["id"]).expect("text");
        carry_out(&mut core, &mut told);
    }
    told.push_str(&trace_json::lines(&*records.lock().expect("nobody panics")));
    for who in 0..3 {
        let found = core.timeline(&format!("c-{who}")).expect("it can be read");
        let (view, lines) = found.expect("all have joined");
        writeln!(told, "{view}\n{}", lines.concat()).expect("text");
    }
    told
}

#[test]
fn what_earlier_releases_kept_goes_on_here() {
    let mut releases = 0;
    for entry in fs::read_dir(kept()).expect("there are some") {
        let folder = entry.expect("it can be listed").path();
        let text = |name: &str| fs::read_to_string(folder.join(name)).expect("it is kept");
        let lines = text("events.jsonl");
        let events: Vec<Value> = (lines.lines())
            .map(|line| serde_json::from_str(line).expect("events are JSON"))
            .collect();
        let data = tempfile::tempdir().expect("a temporary folder");
        let packed = fs::read(folder.join("data.gz")).expect("it is kept");
        assert!(packed.len() < 100_000, "{} bytes", packed.len());
        unpack(&packed, data.path());
        let told = goes_on(&plan(&text("workspace.yaml")), data.path(), &events);
        assert_eq!(told, text("after.txt"), "{}", folder.display());
        releases += 1;
    }
    assert!(releases > 0);
}

/// Who does not know files that are written again would take the journal for empty: what is kept says so
/// before there is any, and however far what the earlier release left has come into the tables.
#[test]
fn what_goes_on_here_is_nothing_for_the_release_that_began_it() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let packed = fs::read(kept().join("0.1.0/data.gz")).expect("it is kept");
    unpack(&packed, data.path());
    let said = || {
        let database = fjall::Database::builder(data.path()).open();
        let database = database.expect("it opens");
        let meta = database.keyspace("meta", fjall::KeyspaceCreateOptions::default);
        let bytes = meta.expect("it opens").get("meta").expect("it can be read");
        let meta: Value = serde_json::from_slice(&bytes.expect("it is there")).expect("JSON");
        meta["layout"].as_u64()
    };
    assert_eq!(said(), Some(2));
    drop(Store::open(data.path(), 1 << 20).expect("it opens"));
    assert_eq!(said(), Some(3));
    // The next group takes what the earlier release left into the tables.
    let (store, known) = Store::open(data.path(), 1 << 20).expect("it opens");
    let mut group = store.group();
    group.traveler(&store, 1000, &Kept::Gone(0));
    store.commit(group).expect("it is kept");
    store.sync().expect("it is durable");
    drop(store);
    let appended = fs::read_dir(data.path().join("journal")).expect("it can be listed");
    let appended = appended.map(|it| it.expect("it can be listed").path());
    let left: Vec<_> = appended
        .filter(|it| it.extension().is_some_and(|it| it == "groups"))
        .collect();
    assert_eq!(left, [""; 0].map(PathBuf::from));
    assert_eq!(said(), Some(3));
    let (_, again) = Store::open(data.path(), 1 << 20).expect("it opens");
    assert_eq!(again, known);
}

#[test]
fn what_a_later_release_wrote_is_refused() {
    type Change = fn(&mut Meta);
    let changes: [(Change, &str); 2] = [
        (
            |meta| meta.layout += 1,
            "layout of version 4, and this one knows 3",
        ),
        (
            |meta| meta.records += 1,
            "records of version 3, and this one knows 2",
        ),
    ];
    for (change, told) in changes {
        let folder = tempfile::tempdir().expect("a temporary folder");
        drop(super::side::open(&world::ENGINE, folder.path(), 10));
        let (store, known) = Store::open(folder.path(), 1 << 20).expect("it opens");
        let mut meta = known.expect("it is not new");
        change(&mut meta);
        let mut group = store.group();
        group.meta(&store, &meta);
        store.commit(group).expect("it is kept");
        store.sync().expect("it is durable");
        drop(store);
        let refused = Store::open(folder.path(), 1 << 20)
            .err()
            .expect("it is refused");
        assert_eq!(
            refused.message,
            format!("a later version of cjoc wrote it ({told}): run that version, or a later one")
        );
    }
}

/// Before a release: `cargo nextest run -E 'test(a_state_of_this_release)' --run-ignored all`, and
/// what it wrote is committed.
#[test]
#[ignore = "it writes into the repository"]
fn a_state_of_this_release_is_kept() {
    let folder = kept().join(env!("CARGO_PKG_VERSION"));
    let first = world::WORKSPACE.replace("max: 2", "max: 1");
    let second = first.replace("\"still looking\"", "\"still here\"");
    let mut events = world::events(17, BEFORE + AFTER + 60, 6);
    // Over two weeks: long enough for caps.
    let start = time(world::START);
    for event in &mut events {
        let at = time(event["time"].as_str().expect("it has a time"));
        let later = start + at.duration_since(start) * 8;
        event["time"] = later.to_string().into();
    }
    let data = tempfile::tempdir().expect("a temporary folder");
    let (mut core, engine) = open(&plan(&first), data.path());
    for event in &events[..BEFORE] {
        take(&mut core, &engine, event);
        carry_out(&mut core, &mut String::new());
    }
    let next = plan(&second);
    let answer = core.deploy(&next, Terms::default()).expect("it is kept");
    assert!(answer.deployed, "{answer:?}");
    let engine = core.running().expect("a plan runs").engine.clone();
    for event in &events[BEFORE..BEFORE + AFTER] {
        take(&mut core, &engine, event);
    }
    // Left as a process leaves it that is killed: some are on the plan before, actions wait.
    settle(&mut core);
    let packed = pack(data.path());
    std::mem::forget(core);
    let copy = tempfile::tempdir().expect("a temporary folder");
    unpack(&packed, copy.path());
    let told = goes_on(&next, copy.path(), &events[BEFORE + AFTER..]);
    for needed in ["dead: ", "still here", "action_deferred"] {
        assert!(told.contains(needed), "no {needed} in {told}");
    }
    fs::create_dir_all(&folder).expect("it can be made");
    let lines = events[BEFORE + AFTER..].iter().map(|it| format!("{it}\n"));
    for (name, bytes) in [
        ("workspace.yaml", second.into_bytes()),
        ("events.jsonl", lines.collect::<String>().into_bytes()),
        ("data.gz", packed),
        ("after.txt", told.into_bytes()),
    ] {
        fs::write(folder.join(name), bytes).expect("it can be written");
    }
}
