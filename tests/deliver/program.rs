//! The program as a whole: an event comes in, its action goes out to where the environment says, and
//! nothing that the program tells or keeps holds a secret.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::web::{Says, Web, json as says_json};

const MARKER: &str = "m4rker-s3cret-v4lue";

const WORKSPACE: &str = r#"
traveler: customer
key: customer_id
profile: { customer_id: string | null, noted: string | null }
---
connection: shop
uses: std/webhook
events: { seen: { fields: {} } }
---
connection: crm
config: { url: "${env.CRM_URL}", token: "${env.CRM_TOKEN}" }
retry: { attempts: 2, from: 1s }
actions:
  open: { params: { text: string }, returns: { id: string } }
  close: { params: { text: string } }
---
journey: j
traveler: customer
start: { on: shop.seen }
milestones:
  m:
    do:
      - { call: crm.open, with: { text: hello }, set: { got: returned.id }, timeout: 1h }
      - { update: { noted: vars.got } }
      - { call: crm.close, with: { text: bye } }
variables: { got: "string | null" }
end: { after: 1d, outcome: over }
"#;

/// Writes the workspace, with an environment that leads to the address.
fn written(folder: &Path, address: &str) {
    let manifest = format!(
        "name: test\nedition: 2026\nenvironments:\n  local: {{ CRM_URL: \"{address}\" }}\n"
    );
    fs::write(folder.join("cjoc.yaml"), manifest).unwrap();
    fs::write(folder.join("all.yaml"), WORKSPACE).unwrap();
    let secrets = folder.join("secrets.env");
    fs::write(&secrets, format!("CRM_TOKEN={MARKER}\n")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&secrets, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn command(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cjoc"));
    command
        .current_dir(folder)
        .args(["run", ".", "--listen", "127.0.0.1:0", "--data", "data"])
        .args(more)
        .env_remove("CRM_TOKEN")
        .env_remove("CJOC_TOKENS")
        .stdin(Stdio::null());
    command
}

fn ask(address: &str, request: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         content-type: application/cloudevents+json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// All bytes of all files below.
fn all_bytes(folder: &Path, into: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all_bytes(&path, into);
        } else {
            into.extend(fs::read(path).unwrap());
        }
    }
}

#[test]
fn an_action_goes_out_its_answer_comes_back_and_no_secret_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let refuses = format!(r#"{{"message":"no: {MARKER}"}}"#);
    let web = Web::that_says([
        Says::This(503, vec![("retry-after", "0".into())], String::new()),
        says_json(r#"{"id":"case-7"}"#),
        Says::This(400, Vec::new(), refuses),
    ]);
    written(folder.path(), &web.address);
    let mut child = command(
        folder.path(),
        &["--environment", "local", "--secrets", "secrets.env"],
    )
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut told = String::new();
    let address = loop {
        let start = told.len();
        assert!(stderr.read_line(&mut told).unwrap() > 0, "{told}");
        if let Some((_, rest)) = told[start..].split_once("http://") {
            break rest.split(',').next().unwrap().to_owned();
        }
    };
    let event = r#"{"specversion":"1.0","id":"e-1","source":"shop","type":"shop.seen","subject":"c-1","data":{}}"#;
    let answer = ask(&address, "POST /events", event);
    assert!(answer.contains("202"), "{answer}");
    wait("three requests", || web.asked().len() >= 3);
    wait("a dead letter", || {
        ask(&address, "GET /dead", "").contains("${env.CRM_TOKEN}")
    });

    let lines: Vec<_> = web.asked().iter().map(|asked| asked.line.clone()).collect();
    assert_eq!(
        lines,
        [
            "POST /open HTTP/1.1",
            "POST /open HTTP/1.1",
            "POST /close HTTP/1.1"
        ]
    );
    let bearer = format!("Bearer {MARKER}");
    assert!(
        web.asked()
            .iter()
            .all(|asked| asked.header("authorization") == Some(&*bearer))
    );
    let keys: Vec<_> = web
        .asked()
        .iter()
        .map(|it| it.header("idempotency-key").unwrap().to_owned())
        .collect();
    assert!(keys[0] == keys[1] && keys[1] != keys[2], "{keys:?}");

    let traveler = ask(&address, "GET /travelers/c-1", "");
    assert!(traveler.contains("case-7"), "{traveler}");
    told.push_str(&traveler);
    for path in ["/dead", "/metrics", "/healthz"] {
        told.push_str(&ask(&address, &format!("GET {path}"), ""));
    }
    let stopped = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(stopped.unwrap().success());
    let _ = stderr.read_to_string(&mut told);
    let _ = child.stdout.take().unwrap().read_to_string(&mut told);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!told.contains(MARKER), "{told}");
    let mut kept = Vec::new();
    all_bytes(&folder.path().join("data"), &mut kept);
    let found = kept.windows(MARKER.len()).any(|it| it == MARKER.as_bytes());
    assert!(!found, "the store holds the secret");
}

#[test]
fn what_is_missing_is_told_before_anything_is_listened_to() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), "http://127.0.0.1:9");
    let told = |more: &[&str]| {
        let output = command(folder.path(), more).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let bare = told(&[]);
    assert!(
        bare.contains("connection `crm`: `CRM_TOKEN` is not set")
            && bare.contains("`CRM_URL` is not set"),
        "{bare}"
    );
    let other = told(&["--environment", "locall"]);
    assert!(
        other.contains("there is no environment `locall` (did you mean `local`?)"),
        "{other}"
    );
    let none = told(&["--secrets", "nowhere.env"]);
    assert!(none.contains("nowhere.env"), "{none}");
    assert!(!folder.path().join("data").exists());
}
