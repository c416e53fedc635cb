//! Plans after each other in the runtime: what becomes of travelers is the same whether they are
//! carried when they are needed or all at once, through restarts and in whatever order; and the
//! whole of it through the program.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use cjoc::deploy::{Answer, Draft, Running};
use cjoc::engine::{Listener, Record};
use cjoc::plan::Plan;
use cjoc::runtime::core::{Core, Settings, Time};
use cjoc::runtime::deploy::Terms;
use cjoc::runtime::outgoing::Outcome;
use serde_json::{Value, json};

use super::program::{Setup, carried_out};
use super::world::{
    Dry, compiled, events, mixed, settle, take, time, without_answers, write_workspace,
};

fn plan(text: &str) -> Plan {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_workspace(folder.path(), text);
    Plan::new(compiled(folder.path()).0)
}

/// The workspace with another word.
fn with(text: &str, pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(text.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "`{old}` is there");
        text.replace(old, new)
    })
}

/// Nobody who is looking finds their milestone here, and identities have another order.
fn second() -> String {
    let changes = [
        ("  looking:\n", "  browsing:\n"),
        ("{ text: \"big\" }", "{ text: \"large\" }"),
        (
            "identities: [customer_id, email, visitor_id]",
            "identities: [email, visitor_id, customer_id]",
        ),
        (
            "  note: string | null\n",
            "  note: { type: string | null, description: moved }\n",
        ),
        ("within: 3d }", "within: 4d }"),
    ];
    with(&without_answers(), &changes)
}

/// All are led to where they are now.
fn third() -> String {
    let migrate = "migrate: { milestones: { looking: browsing, bought: { end: cut_short } } }";
    format!(
        "{}{migrate}\n---\njourney: care{}",
        second()
            .split_once("---\njourney: care")
            .expect("it is there")
            .0,
        second()
            .split_once("---\njourney: care")
            .expect("it is there")
            .1
    )
}

static PLANS: LazyLock<[Plan; 3]> =
    LazyLock::new(|| [plan(&without_answers()), plan(&second()), plan(&third())]);

fn open(plan: &Plan, folder: &Path, cache: usize) -> Core {
    let settings = Settings {
        time: Time::Events,
        cache,
        ..Settings::default()
    };
    let now = time("2026-11-01T00:00:00Z");
    let (core, _) = Core::open_plan(plan, folder, settings, now).expect("it opens");
    core
}

/// All travelers at once, as a dry run that goes on.
fn deploy_at_once(dry: &mut Dry, running: &mut Running, new: &Plan, at: jiff::Timestamp) -> Answer {
    let draft = Draft::new(running, &new.model).expect("it links");
    let crossing = draft.crossing(at);
    let mut answer = draft.answer();
    crossing.outlook(&dry.state, &mut |outlook| answer.count(&outlook));
    answer.close(&new.hash, crossing.forgotten(&dry.state) as u64, false);
    assert_eq!(answer.refused, [""; 0]);
    let deployment = draft.finish(&answer).expect("it links");
    let crossing = deployment.crossing(running, at);
    let mut records = Vec::new();
    let mut tell = |record: Record| records.push(record);
    let state = std::mem::take(&mut dry.state);
    dry.state = crossing.cross(state, &mut Listener::Records(&mut tell));
    for record in &records {
        dry.note(record);
    }
    *running = deployment.running;
    dry.engine = running.engine.clone();
    answer.deployed = true;
    answer
}

fn side_by_side(seed: u64) {
    let roll = |salt: u64, sides: u64| mixed(seed ^ mixed(salt)) % sides;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = [1, 3, 1000][roll(1, 3) as usize];
    let mut current = &PLANS[0];
    let mut core = open(current, folder.path(), cache);
    let mut running = Running::first(&current.model).expect("it links");
    let mut dry = Dry::new(running.engine.clone());
    let mut posted = BTreeSet::new();
    let mut clock = jiff::Timestamp::MIN;
    for (index, event) in events(seed, 160, 14).iter().enumerate() {
        let index = index as u64;
        let engine = core.running().expect("a plan runs").engine.clone();
        assert_eq!(
            take(&mut core, &engine, event),
            dry.event(event),
            "{seed}: {event}"
        );
        let at = time(event["time"].as_str().expect("it has a time"));
        clock = clock.max(at);
        if roll(10 + index, 4) == 0 {
            settle(&mut core);
            carry_out(&mut core, &mut posted);
        }
        if roll(1000 + index, 25) == 0 {
            current = &PLANS[roll(2000 + index, 3) as usize];
            let dry_run = Terms {
                dry_run: true,
                ..Terms::default()
            };
            let before = core.deploy(current, dry_run).expect("it is counted");
            let expected = deploy_at_once(&mut dry, &mut running, current, clock);
            assert!(!before.deployed);
            assert_eq!(before.journeys, expected.journeys, "{seed} at {index}");
            let answer = core
                .deploy(current, Terms::default())
                .expect("it is deployed");
            assert_eq!(answer.journeys, expected.journeys, "{seed} at {index}");
            assert!(answer.deployed);
        }
        if roll(3000 + index, 10) == 0 {
            core.sweep(roll(4000 + index, 5) as usize)
                .expect("they are carried");
        }
        if roll(5000 + index, 30) == 0 {
            settle(&mut core);
            drop(core);
            core = open(current, folder.path(), cache);
        }
    }
    while core.sweep(3).expect("they are carried") {}
    settle(&mut core);
    drop(core);
    core = open(current, folder.path(), cache);
    assert_eq!(core.save().expect("it is read"), dry.save(), "{seed}");
    carry_out(&mut core, &mut posted);
    let emitted: Vec<&String> = dry.actions.keys().collect();
    assert_eq!(posted.iter().collect::<Vec<_>>(), emitted, "{seed}");
}

/// Carries out all that is to be carried out now.
fn carry_out(core: &mut Core, posted: &mut BTreeSet<String>) {
    loop {
        let out = core.outgoing(usize::MAX).expect("the outbox is read");
        if out.is_empty() {
            return;
        }
        for (number, outgoing) in out {
            posted.insert(outgoing.key.to_string());
            let returned = Value::Null;
            core.settle(number, Outcome::Done { returned })
                .expect("it is kept");
        }
    }
}

#[test]
fn carried_when_needed_is_carried_at_once() {
    for seed in 0..12 {
        side_by_side(seed);
    }
}

#[test]
#[ignore = "takes minutes"]
fn carried_when_needed_is_carried_at_once_many_times() {
    for seed in 100..500 {
        side_by_side(seed);
    }
}

fn deploy(workspace: &Path, address: &str, more: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cjoc"))
        .arg("deploy")
        .arg(workspace)
        .args(["--to", &format!("http://{address}")])
        .args(more)
        .env("CJOC_TOKEN", "deployer-0123456789abcdef")
        .output()
        .expect("it runs");
    (
        output.status.code().expect("no signal ended it"),
        String::from_utf8(output.stdout).expect("text"),
        String::from_utf8(output.stderr).expect("text"),
    )
}

fn event(id: u64, at: &str, ty: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": format!("e-{id}"), "source": "shop", "time": at,
        "type": format!("shop.{ty}"), "subject": "v-1", "data": data,
    })
}

#[test]
fn a_plan_takes_the_place_of_another_while_it_runs() {
    let mut setup = Setup::new(&["--time", "events"]);
    setup.tokens = "deploy:deployer-0123456789abcdef,send:sender-0123456789abcdef,read:reader-0123456789abcdef";
    let other = tempfile::tempdir().expect("a temporary folder");
    write_workspace(other.path(), &second());
    let as_it = |role: &str, request: &str, kind: &str| {
        format!(
            "{request} HTTP/1.1\r\nauthorization: Bearer {role}-0123456789abcdef\r\ncontent-type: {kind}"
        )
    };
    let cloud = "application/cloudevents+json";
    let program = setup.start();
    let send = |program: &super::program::Program, event: Value| {
        let request = as_it("sender", "POST /events", cloud);
        let answer = program
            .ask(&request, event.to_string().as_bytes())
            .expect("it answers");
        assert_eq!(answer.status, 202, "{}", answer.text);
    };
    let plans = |program: &super::program::Program| {
        let request = as_it("reader", "GET /plans", cloud);
        program.ask(&request, b"").expect("it answers").json()
    };
    send(
        &program,
        event(
            1,
            "2026-03-02T12:00:00Z",
            "visited",
            &json!({ "page": "shop" }),
        ),
    );
    let first = plans(&program)["plan"].clone();

    let (code, told, _) = deploy(other.path(), &program.address, &["--dry-run"]);
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("1 stays: there is no milestone `looking` any more"),
        "{told}"
    );
    assert!(told.contains("Nothing was changed. With plan"), "{told}");
    assert_eq!(plans(&program)["plan"], first);

    let (code, told, _) = deploy(other.path(), &program.address, &["--format", "json"]);
    let answer: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!((code, &answer["deployed"]), (0, &json!(true)));
    let second = plans(&program);
    assert_eq!(
        (&second["plan"], &second["before"][0]["plan"]),
        (&answer["plan"], &first)
    );
    assert_eq!(
        second["kept"].as_array().expect("a list").len(),
        1,
        "{second}"
    );

    // The one who was looking goes on with that; whoever comes now browses.
    send(
        &program,
        event(
            2,
            "2026-03-03T12:00:00Z",
            "visited",
            &json!({ "page": "help" }),
        ),
    );
    program.kill();
    setup.arguments = vec!["--time".into(), "events".into()];
    let program = setup.start();
    // Started with the first plan again: that is a deployment too, and all come home.
    let third = plans(&program);
    assert_eq!((&third["plan"], &third["kept"]), (&first, &json!([])));
    send(
        &program,
        event(
            3,
            "2026-03-06T12:00:00Z",
            "visited",
            &json!({ "page": "help" }),
        ),
    );
    let wrong = as_it("sender", "POST /plans", "application/json");
    assert_eq!(program.ask(&wrong, b"{}").expect("it answers").status, 403);
    let no_plan = as_it("deployer", "POST /plans", "application/json");
    assert_eq!(
        program.ask(&no_plan, b"{}").expect("it answers").status,
        422
    );
    let (code, _, told) = deploy(other.path(), "127.0.0.1:1", &[]);
    assert_eq!(code, 2, "{told}");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(program.stop(), 0);
    let (out, _) = carried_out(&setup.sink());
    let texts: Vec<&Value> = out.values().map(|it| &it[2]["text"]).collect();
    assert_eq!(texts.len(), 2, "{out:?}");
    assert!(
        texts.contains(&&json!("still looking")) && texts.contains(&&json!("gone")),
        "{out:?}"
    );
}

#[test]
fn what_has_no_place_is_refused_and_nothing_changes() {
    let setup = Setup::new(&["--time", "events"]);
    let other = tempfile::tempdir().expect("a temporary folder");
    // The event that the old journey lives on is no more.
    let gone = with(
        &without_answers(),
        &[
            ("  looking:\n", "  browsing:\n"),
            (
                "    enter: { on: shop.bought }\n",
                "    enter: { on: shop.joined }\n",
            ),
            (
                "  recent: { sum: shop.bought.total, within: 3d }\n",
                "  recent: { count: shop.joined }\n",
            ),
            ("traveler.recent >= 100.0", "traveler.recent >= 100"),
            (
                "with: { total: \"${event.total}\" }",
                "with: { total: 1.0 }",
            ),
            (
                "  bought:\n    fields: { email: string, total: double }\n    identify: { visitor_id: trigger.subject, email: event.email }\n    update: { email: event.email, consents.marketing: \"true\" }\n",
                "",
            ),
        ],
    );
    write_workspace(other.path(), &gone);
    let program = setup.start();
    let visit = event(
        1,
        "2026-03-02T12:00:00Z",
        "visited",
        &json!({ "page": "shop" }),
    );
    assert_eq!(program.send(&[visit]).expect("it answers").status, 202);
    let before = program.get("/plans").json();
    let (code, told, _) = deploy(other.path(), &program.address, &[]);
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("refused: 1 session of `purchase` can neither"),
        "{told}"
    );
    assert!(told.contains("there is no event `shop.bought`"), "{told}");
    assert_eq!(program.get("/plans").json(), before);
    let (code, told, _) = deploy(other.path(), &program.address, &["--end-sessions"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("1 ends with `undeployed`"), "{told}");
    assert_eq!(program.stop(), 0);
}
