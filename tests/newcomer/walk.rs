//! The README's commands, as they stand there, and what they lead to.

use serde_json::Value;

use super::browser::Page;
use super::programs::{Trial, picture, until, words};
use super::support;

const README: &str = include_str!("../../README.md");

/// The part of the README that is walked.
fn section() -> &'static str {
    let rest = README
        .split_once("\n## Running it\n")
        .expect("the section is there")
        .1;
    rest.split("\n## ").next().unwrap_or(rest)
}

/// The command of that part that begins so.
pub(crate) fn command(start: &str) -> &'static str {
    let mut lines = section().lines().filter_map(|line| line.strip_prefix("$ "));
    let found = lines.find(|line| line.starts_with(start));
    found.unwrap_or_else(|| panic!("the README has no `{start}`"))
}

/// What the README shows of the sink.
fn shown() -> &'static str {
    let rest = section().split_once("```console\n").expect("it is shown").1;
    rest.split("\n```").next().unwrap_or(rest)
}

#[test]
fn the_readmes_path_leads_to_mail_tickets_and_a_page() {
    let trial = Trial::start((command("cjoc sink"), &[]), (command("cjoc run"), &[]));
    let answer = trial.post(command("curl"));
    assert_eq!(
        [&answer["accepted"], &answer["rejected"]],
        [21, 0],
        "{answer}"
    );

    // Five tickets and posts, four mails; in what order is nobody's promise.
    until("all that is sent", || {
        trial.sink.out().matches("\n\n").count() >= 9
    });
    let came = trial.sink.out();
    for paragraph in shown().split("\n\n") {
        assert!(
            came.contains(paragraph.trim_end()),
            "{paragraph} is not in {came}"
        );
    }
    assert_eq!(came.matches("mail to ").count(), 4, "{came}");
    assert!(!came.contains("mail to ben@"), "nobody asked Ben: {came}");

    let trace = words(command("cjoc trace"), &trial.workspace);
    let trace: Vec<String> = trace
        .iter()
        .map(|it| it.replace("127.0.0.1:8787", &trial.address))
        .collect();
    let trace: Vec<&str> = trace.iter().map(String::as_str).collect();
    let ran = support::Workspace::new(&[]).run(&trace);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("action emitted workshop_ticket"),
        "{}",
        ran.out
    );

    // A sender that repeats itself does no harm.
    let again = trial.post(command("curl"));
    assert_eq!(
        [&again["accepted"], &again["duplicate"]],
        [0, 25],
        "{again}"
    );
    page(&trial);
}

/// What the page shows then.
fn page(trial: &Trial) {
    let Some(mut page) = Page::open(&format!("http://{}/", trial.address)) else {
        return;
    };
    page.look(1300, false);
    page.reads("#state", "live");
    page.until("document.title === 'nto · cjoc'");
    for tile in [
        "1sessions on the way",
        "0actions on their way out",
        "0dead letters",
    ] {
        page.reads("#totals", tile);
    }
    page.until("document.querySelectorAll('[data-journey=backpack] svg .milestone').length === 4");
    for (place, count) in [
        ("[data-milestone=considering]", "1"),
        ("[data-milestone=ordered]", ""),
        ("[data-outcome=success]", "1"),
        ("[data-outcome=lapsed]", "2"),
    ] {
        page.until(&format!(
            "document.querySelector('{place} .count').textContent === '{count}'"
        ));
    }
    for (name, result) in [
        ("discount_mail", "suppressed: no consent"),
        ("discount_mail", "deferred: quiet hours"),
        ("workshop_ticket", "emitted"),
    ] {
        page.until(&format!(
            "[...document.querySelectorAll('#actions tr')].some(row => \
             row.textContent.includes('{name}') && row.textContent.includes('{result}'))"
        ));
    }
    for gone in ["#dead", "#outbox", "#first", "#problem"] {
        page.until(&format!("document.querySelector('{gone}').hidden"));
    }
    page.click("#actions a[href='#n-1001']");
    page.reads("#timeline", "session ended success");
    page.reads("#timeline", "action emitted workshop_ticket");
    page.reads(".known", "weekend_hiker");
    page.until("!document.body.textContent.includes('carla@')");
    page.picture(&picture("page.png"));
    page.look(1300, true);
    page.picture(&picture("page-dark.png"));
    page.look(390, false);
    page.until("document.documentElement.scrollWidth <= innerWidth");
    page.picture(&picture("page-narrow.png"));

    page.value("document.querySelector('#who').value = 'nobody'");
    page.click("#find button");
    page.reads("#told", "no traveler has this name");
    page.close();
}

#[test]
fn programs_read_what_the_sink_got() {
    let json = (command("cjoc sink"), &["--format", "json"][..]);
    let trial = Trial::start(json, (command("cjoc run"), &[]));
    trial.post(command("curl"));
    until("all that is sent", || trial.sink.out().lines().count() >= 9);
    let out = trial.sink.out();
    let came = out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let (mails, requests): (Vec<Value>, Vec<Value>) = came.partition(|it| it["mail"].is_object());
    let ticket = mails
        .iter()
        .map(|it| &it["mail"])
        .find(|it| it["to"][0] == "carla@example.org");
    let ticket = ticket.expect("Carla gets mail");
    assert_eq!(
        [&ticket["taken"], &ticket["html"]],
        [true, false],
        "{ticket}"
    );
    assert_eq!(ticket["from"], "hello@nto.example");
    for request in requests.iter().map(|it| &it["request"]) {
        assert_eq!(
            [&request["method"], &request["status"]],
            [&Value::from("POST"), &Value::from(200)]
        );
        assert_eq!(request["key"].as_str().unwrap().len(), 32, "{request}");
        assert!(request["body"].is_object(), "{request}");
    }
    assert_eq!(requests.len(), 5);
}

#[test]
fn a_folder_of_another_workspace_and_a_port_that_is_taken_are_refused() {
    let mut trial = Trial::start((command("cjoc sink"), &[]), (command("cjoc run"), &[]));
    let run = |more: &[&str]| {
        let mut arguments = vec!["run", ".", "--environment", "local", "--data"];
        arguments.extend(more);
        trial.workspace.run(&arguments)
    };
    let taken = run(&["other", "--listen", &trial.address]);
    assert_eq!(taken.code, 2, "{}", taken.err);
    assert!(
        taken.err.contains("`--listen` names another address"),
        "{}",
        taken.err
    );
    assert!(
        !trial.workspace.path().join("other").exists(),
        "nothing is made for it"
    );
    assert_eq!(trial.runtime.stop(), Some(0));
    let manifest = std::fs::read_to_string(trial.workspace.path().join("cjoc.yaml")).unwrap();
    trial
        .workspace
        .write("cjoc.yaml", &manifest.replace("name: nto", "name: shop"));
    let arguments = [
        "run",
        ".",
        "--environment",
        "local",
        "--data",
        ".data",
        "--listen",
        "127.0.0.1:0",
    ];
    let other = trial.workspace.run(&arguments);
    assert_eq!(other.code, 2, "{}", other.err);
    let said = "it is of the workspace `nto`, and this is `shop`";
    assert!(other.err.contains(said), "{}", other.err);
}
