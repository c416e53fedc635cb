//! What a newcomer sees when systems fail: attempts repeated, dead letters, and a retry that works.

use super::browser::Page;
use super::programs::{Trial, picture, until};
use super::walk::command;

#[test]
fn nothing_is_lost_while_no_system_is_there() {
    let mut trial = Trial::start((command("cjoc sink"), &[]), (command("cjoc run"), &[]));
    trial.sink.stop();
    trial.post(command("curl"));
    until("a repeated attempt", || {
        trial.get("/outbox").contains("refused")
    });
    let outbox = trial.json("/outbox");
    let actions = outbox["outbox"].as_array().unwrap();
    assert_eq!(actions.len(), 9, "{outbox}");
    for personal in ["carla", "gustav", "Carla", "Gustav"] {
        assert!(!outbox.to_string().contains(personal), "{outbox}");
    }
    if let Some(mut page) = Page::open(&format!("http://{}/", trial.address)) {
        page.reads("#totals", "9actions on their way out");
        page.reads("#outbox", "mailer: discount_mail");
        page.reads("#outbox", "refused");
        page.look(1300, false);
        page.picture(&picture("page-failing.png"));
        page.close();
    }
    let told = trial.runtime.err();
    for connection in ["mailer", "crm", "slack"] {
        let of = format!("connection=\"{connection}\"");
        let lines = told.lines().filter(|line| line.contains(&of)).count();
        assert_eq!(lines, 1, "{connection} is told of once: {told}");
    }
    trial.replace_sink(command("cjoc sink"), &[]);
    until("all arrives", || {
        trial.sink.out().matches("\n\n").count() >= 9
    });
    until("it is told", || trial.runtime.err().contains("works again"));
}

#[test]
fn a_dead_letter_says_why_and_goes_out_when_it_is_tried_again() {
    let refusing = (command("cjoc sink"), &["--answer", "400"][..]);
    let mut trial = Trial::start(refusing, (command("cjoc run"), &[]));
    trial.post(command("curl"));
    until("dead letters", || trial.json("/overview")["dead"] == 9);
    let dead = trial.json("/dead").to_string();
    for personal in ["carla", "gustav", "Carla", "Gustav", "Packing"] {
        assert!(!dead.contains(personal), "{dead}");
    }
    trial.replace_sink(command("cjoc sink"), &[]);
    let Some(mut page) = Page::open(&format!("http://{}/", trial.address)) else {
        return;
    };
    page.look(1300, false);
    page.reads("#totals", "9dead letters");
    page.reads("#dead", "answered 400 Bad Request");
    page.picture(&picture("page-dead.png"));
    page.click("#dead button");
    page.reads("#totals", "8dead letters");
    page.until("document.querySelectorAll('#dead button').length === 8");
    until("it arrives", || trial.sink.out().ends_with("\n\n"));

    // The runtime goes away, and the page says so.
    assert_eq!(trial.runtime.stop(), Some(0));
    page.reads("#problem", "The runtime does not answer");
    page.reads("#state", "lost");
    page.reads("#totals", "8dead letters");
    page.close();
}

#[test]
fn before_anything_has_come_the_page_says_what_to_do() {
    let trial = Trial::start((command("cjoc sink"), &[]), (command("cjoc run"), &[]));
    let Some(mut page) = Page::open(&format!("http://{}/", trial.address)) else {
        return;
    };
    page.reads("#first", "Nothing has come yet");
    page.reads(
        "#how",
        &format!("events.jsonl http://{}/events", trial.address),
    );
    trial.post(command("curl"));
    page.until("document.querySelector('#first').hidden");
    page.close();
}

#[test]
fn where_there_are_tokens_the_page_asks_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::write(&tokens, "send:aaaaaaaaaaaaaaaa\nread:bbbbbbbbbbbbbbbb\n").unwrap();
    let guarded = ["--tokens", &*tokens.display().to_string()];
    let refusing = (command("cjoc sink"), &["--answer", "400"][..]);
    let trial = Trial::start(refusing, (command("cjoc run"), &guarded));
    let token = "-H 'authorization: Bearer aaaaaaaaaaaaaaaa'";
    trial.post(&format!("{} {token}", command("curl")));
    let Some(mut page) = Page::open(&format!("http://{}/", trial.address)) else {
        return;
    };
    for (token, then) in [
        (
            "cccccccccccccccc",
            "document.querySelector('#asked').textContent",
        ),
        ("bbbbbbbbbbbbbbbb", "!document.querySelector('#ask').open"),
    ] {
        page.until("document.querySelector('#ask').open");
        page.value(&format!(
            "document.querySelector('#token').value = '{token}'"
        ));
        page.click("#ask button");
        page.until(then);
    }
    page.reads("#state", "live");
    page.click("#dead button");
    page.reads("#dead", "this token is for something else");
    page.close();
}
