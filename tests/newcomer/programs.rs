//! The programs of the path, on ports that are free: the sink, the runtime, and requests to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::support::Workspace;

/// Waits until something holds; as long as a machine that does much else may take.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "not seen: {what}"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

/// A program that runs until it is dropped, and what it has written so far.
pub(crate) struct Program {
    child: Child,
    out: Arc<Mutex<String>>,
    err: Arc<Mutex<String>>,
}

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cjoc"))
            .args(arguments)
            .env_remove("CJOC_TOKENS")
            .env_remove("CJOC_TOKEN")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let out = kept(child.stdout.take().expect("it is piped"));
        let err = kept(child.stderr.take().expect("it is piped"));
        Self { child, out, err }
    }

    pub(crate) fn out(&self) -> String {
        self.out.lock().unwrap().clone()
    }

    pub(crate) fn err(&self) -> String {
        self.err.lock().unwrap().clone()
    }

    /// Asks it to stop, and waits for that: its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let status = self.child.wait().expect("it has ended");
        // What it wrote last is read by others.
        thread::sleep(Duration::from_millis(100));
        status.code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All that is written there.
fn kept(from: impl std::io::Read + Send + 'static) -> Arc<Mutex<String>> {
    let kept: Arc<Mutex<String>> = Arc::default();
    let into = kept.clone();
    thread::spawn(move || {
        let mut lines = BufReader::new(from);
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
            into.lock().unwrap().push_str(&line);
            line.clear();
        }
    });
    kept
}

/// The example, a sink, and a runtime that sends to it.
pub(crate) struct Trial {
    pub(crate) workspace: Workspace,
    pub(crate) sink: Program,
    ports: [String; 2],
    pub(crate) runtime: Program,
    /// Where the runtime is.
    pub(crate) address: String,
}

/// The words of a command of the README, with the example where it is now.
pub(crate) fn words(command: &str, workspace: &Workspace) -> Vec<String> {
    let folder = workspace.path().display().to_string();
    let command = command.split("  #").next().unwrap_or(command);
    let words = command.split_whitespace().skip(1);
    words
        .map(|it| it.replace("examples/nto", &folder))
        .collect()
}

impl Trial {
    /// Starts both, as these commands say, with more arguments.
    pub(crate) fn start(sink: (&str, &[&str]), run: (&str, &[&str])) -> Self {
        let workspace = Workspace::copy_of("examples/nto");
        let any = ["127.0.0.1:0".to_owned(), "127.0.0.1:0".to_owned()];
        let (sink, ports) = started_sink(sink.0, sink.1, &workspace, &any);
        let manifest = std::fs::read_to_string(workspace.path().join("cjoc.yaml")).unwrap();
        assert!(manifest.contains("2525") && manifest.contains("127.0.0.1:8788"));
        let mail = ports[0].rsplit(':').next().unwrap();
        let manifest = (manifest.replace("2525", mail)).replace("127.0.0.1:8788", &ports[1]);
        workspace.write("cjoc.yaml", &manifest);
        let data = workspace.path().join(".data").display().to_string();
        let mut arguments = words(run.0, &workspace);
        let more = ["--listen", "127.0.0.1:0", "--data", &data];
        arguments.extend(more.iter().chain(run.1).map(ToString::to_string));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let runtime = Program::start(&arguments);
        let address = listens(&runtime);
        Self {
            workspace,
            sink,
            ports,
            runtime,
            address,
        }
    }

    /// Another sink in place of the one that ran.
    pub(crate) fn replace_sink(&mut self, command: &str, more: &[&str]) {
        self.sink.stop();
        (self.sink, _) = started_sink(command, more, &self.workspace, &self.ports);
    }

    pub(crate) fn get(&self, path: &str) -> String {
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        asked(&self.address, &head, b"")
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.get(path)).expect("it is JSON")
    }

    /// Posts the example's events, with curl as the README does it where that is there.
    pub(crate) fn post(&self, command: &str) -> Value {
        let command = (command.replace("127.0.0.1:8787", &self.address))
            .replace("examples/nto", &self.workspace.path().display().to_string());
        let has_curl = Command::new("curl").arg("--version").output().is_ok();
        let answer = if has_curl {
            let ran = Command::new("sh")
                .args(["-c", &format!("{command} -s")])
                .output()
                .unwrap();
            String::from_utf8(ran.stdout).unwrap()
        } else {
            let events = self.workspace.path().join("events.jsonl");
            posted(&self.address, &std::fs::read(events).unwrap())
        };
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("no answer: {answer}"))
    }
}

fn started_sink(
    command: &str,
    more: &[&str],
    workspace: &Workspace,
    [mail, web]: &[String; 2],
) -> (Program, [String; 2]) {
    let mut arguments = words(command, workspace);
    let ports = ["--mail", mail, "--web", web];
    arguments.extend(ports.iter().chain(more).map(ToString::to_string));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let sink = Program::start(&arguments);
    until("the sink listens", || {
        assert!(!sink.err().contains("error"), "{}", sink.err());
        sink.err().contains("requests at http://")
    });
    let told = sink.err();
    let after = |before: &str| -> String {
        let rest = told.split_once(before).expect("it says where").1;
        let end = rest.find([' ', ',', ';', '\n']).expect("the address ends");
        rest[..end].to_owned()
    };
    let ports = [after("mail at "), after("requests at http://")];
    (sink, ports)
}

/// Where a runtime says that it listens.
fn listens(runtime: &Program) -> String {
    until("the runtime listens", || {
        let told = runtime.err();
        assert!(!told.contains("error"), "{told}");
        told.contains("127.0.0.1:")
    });
    let told = runtime.err();
    let rest = told.split_once("127.0.0.1:").expect("it says where").1;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .expect("the port ends");
    format!("127.0.0.1:{}", &rest[..end])
}

fn posted(address: &str, body: &[u8]) -> String {
    let head = format!(
        "POST /events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         content-type: application/x-ndjson\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    asked(address, &head, body)
}

/// The body of the answer to a request.
fn asked(address: &str, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
        .split_once("\r\n\r\n")
        .expect("it is HTTP")
        .1
        .to_owned()
}

/// Pictures are kept here, for people to look at.
pub(crate) fn picture(name: &str) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}
