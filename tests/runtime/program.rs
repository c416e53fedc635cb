//! The program as a process, and requests to it over a socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// `cjoc run`, on its way.
pub(crate) struct Program {
    child: Child,
    pub(crate) address: String,
}

/// What it is run with.
pub(crate) struct Setup {
    folder: tempfile::TempDir,
    pub(crate) arguments: Vec<String>,
    pub(crate) tokens: &'static str,
    /// A shell's words before it: limits.
    pub(crate) before: &'static str,
    /// Where actions go, if not into a file.
    sends_to: Option<String>,
}

impl Setup {
    /// The workspace in which nobody waits for an answer, in a folder of its own.
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        super::world::write_workspace(folder.path(), &super::world::without_answers());
        Self {
            folder,
            arguments: arguments.iter().map(ToString::to_string).collect(),
            tokens: "",
            before: "",
            sends_to: None,
        }
    }

    /// Another workspace, whose actions go where `${env.SINK}` says.
    pub(crate) fn that_sends(workspace: &str, to: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        super::world::write_workspace(folder.path(), workspace);
        Self {
            folder,
            arguments: Vec::new(),
            tokens: "",
            before: "",
            sends_to: Some(to.to_owned()),
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn sink(&self) -> PathBuf {
        self.folder.path().join("out.jsonl")
    }

    /// Whether it is said where to listen.
    fn listens(&self) -> bool {
        self.arguments.iter().any(|it| it == "--listen")
    }

    pub(crate) fn command(&self) -> Command {
        let deliver = format!("log:{}", self.sink().display());
        let data = self.data();
        let program = program();
        let mut command = if self.before.is_empty() {
            Command::new(&program)
        } else {
            let mut shell = Command::new("bash");
            let script = format!("{}; exec \"$0\" \"$@\"", self.before);
            shell.args(["-c", &script, &program]);
            shell
        };
        command
            .arg("run")
            .arg(self.folder.path())
            .args(["--data", &data.display().to_string()])
            .args(&self.arguments)
            .args(if self.listens() {
                &[][..]
            } else {
                &["--listen", "127.0.0.1:0"]
            })
            .env("CJOC_TOKENS", self.tokens)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        match &self.sends_to {
            Some(sink) => command.env("SINK", sink),
            None => command.args(["--deliver", &deliver]),
        };
        command
    }

    pub(crate) fn start(&self) -> Program {
        let mut child = self.command().spawn().expect("it starts");
        let stderr = child.stderr.take().expect("it is piped");
        let mut lines = BufReader::new(stderr).lines();
        let mut told = String::new();
        let address = loop {
            let Some(Ok(line)) = lines.next() else {
                panic!("it did not start: {told}");
            };
            if let Some((_, rest)) = line.split_once("http://") {
                let end = rest.find(',').expect("the address ends");
                break rest[..end].to_owned();
            }
            told.push_str(&line);
        };
        // Whoever is not listened to must not wait for that.
        std::thread::spawn(move || lines.for_each(drop));
        Program { child, address }
    }
}

/// The program: the tests' own, unless another is named.
fn program() -> String {
    let own = env!("CARGO_BIN_EXE_cjoc").to_owned();
    std::env::var("CJOC_PROGRAM").unwrap_or(own)
}

impl Program {
    /// As `kill -9` does it.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it has ended");
    }

    /// Asks it to stop, and waits for that: its exit code.
    pub(crate) fn stop(mut self) -> i32 {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.expect("kill can be run").success());
        let status = self.child.wait().expect("it has ended");
        status.code().expect("no signal ended it")
    }

    /// Waits until it has ended by itself.
    pub(crate) fn ended(mut self) -> i32 {
        let status = self.child.wait().expect("it has ended");
        status.code().expect("no signal ended it")
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn ask(&self, request: &str, body: &[u8]) -> Option<Answer> {
        ask(&self.address, request, body)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        let request = format!("GET {path} HTTP/1.1");
        self.ask(&request, b"").expect("it answers")
    }

    pub(crate) fn send(&self, events: &[Value]) -> Option<Answer> {
        let body = Value::from(events.to_vec()).to_string();
        let request = "POST /events HTTP/1.1\r\ncontent-type: application/cloudevents-batch+json";
        self.ask(request, body.as_bytes())
    }

    /// The value of a metric.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let page = self.get("/metrics").text;
        let line = page
            .lines()
            .find_map(|it| it.strip_prefix(&format!("{name} ")));
        let value = line.unwrap_or_else(|| panic!("no `{name}` in {page}"));
        value.parse().expect("it is a number")
    }

    /// Waits until nothing is on its way out.
    pub(crate) fn drained(&self) {
        let begun = Instant::now();
        loop {
            let left = self.metric("cjoc_outbox") + self.metric("cjoc_outbox_under_way");
            if left == 0 {
                // Shown now and then only: once more, later.
                std::thread::sleep(Duration::from_millis(1100));
                if self.metric("cjoc_outbox") + self.metric("cjoc_outbox_under_way") == 0 {
                    return;
                }
            }
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "it does not get done"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }
}

/// One request on a connection of its own; nothing where that breaks off.
pub(crate) fn ask(address: &str, request: &str, body: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    let timeout = Some(Duration::from_secs(60));
    stream.set_read_timeout(timeout).ok()?;
    let length = if request.to_ascii_lowercase().contains("content-length") {
        String::new()
    } else {
        format!("content-length: {}\r\n", body.len())
    };
    let host = if request.contains("\r\nhost: ") {
        String::new()
    } else {
        format!("host: {address}\r\n")
    };
    let head = format!("{request}\r\n{host}connection: close\r\n{length}\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    // Whoever is refused early need not have read all of it.
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    if bytes.is_empty() {
        read.ok()?;
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, text) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer {
        status,
        head: head.to_ascii_lowercase(),
        text: text.to_owned(),
    })
}

/// The actions that were written down: key → what, each once; how many lines there were.
pub(crate) fn carried_out(sink: &Path) -> (std::collections::BTreeMap<String, Value>, usize) {
    let text = std::fs::read_to_string(sink).unwrap_or_default();
    let mut found = std::collections::BTreeMap::new();
    let mut lines = 0;
    for line in text.lines() {
        // A kill may tear the last line of the log, which is then written again.
        let Ok(of) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        lines += 1;
        let key = of["key"].as_str().expect("it has a key").to_owned();
        let what = serde_json::json!([of["connection"], of["action"], of["with"], of["traveler"]]);
        if let Some(before) = found.insert(key, what.clone()) {
            assert_eq!(before, what, "a repetition is the same action");
        }
    }
    (found, lines)
}
