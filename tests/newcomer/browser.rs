//! A page in headless Chromium, spoken to over its debugging pipe.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Names that Chromium goes by.
const NAMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Page {
    child: Child,
    into: Option<ChildStdin>,
    from: Receiver<Value>,
    sent: u64,
    session: String,
    /// What went wrong in the page: exceptions, and what its console calls errors.
    errors: Vec<String>,
    _profile: tempfile::TempDir,
}

impl Page {
    /// Opens an address; nothing where there is no Chromium, which is said.
    pub(crate) fn open(url: &str) -> Option<Self> {
        let is_there = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
        let Some(name) = NAMES.iter().find(is_there) else {
            // Past what keeps the output of tests back.
            let said = b"there is no Chromium here: the page is not looked at\n";
            let _ = std::io::stderr().write_all(said);
            return None;
        };
        let profile = tempfile::tempdir().expect("a temporary folder");
        // It reads requests from descriptor 3, and writes answers to 4.
        let redirected = r#"exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null"#;
        let mut child = Command::new("sh")
            .args(["-c", redirected, name])
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--hide-scrollbars",
                "--mute-audio",
            ])
            .arg("--disable-dev-shm-usage")
            .arg("--remote-debugging-pipe")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let into = child.stdin.take();
        let mut from = BufReader::new(child.stdout.take().expect("it is piped"));
        let (told, heard) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while from.read_until(0, &mut message).is_ok_and(|read| read > 0) {
                message.pop();
                if let Ok(value) = serde_json::from_slice(&message)
                    && told.send(value).is_err()
                {
                    return;
                }
                message.clear();
            }
        });
        let mut page = Self {
            child,
            into,
            from: heard,
            sent: 0,
            session: String::new(),
            errors: Vec::new(),
            _profile: profile,
        };
        let target = page.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = page.call("Target.attachToTarget", &attach);
        session["sessionId"]
            .as_str()
            .expect("a session")
            .clone_into(&mut page.session);
        for domain in ["Runtime.enable", "Log.enable", "Page.enable"] {
            page.call(domain, &json!({}));
        }
        page.call("Page.navigate", &json!({ "url": url }));
        // Its script is the last of it.
        page.until("document.readyState === 'complete'");
        page.until("document.querySelector('#ask')");
        Some(page)
    }

    /// Calls a method, and waits for what it answers.
    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.sent += 1;
        let id = self.sent;
        let mut request = json!({ "id": id, "method": method, "params": params });
        if !self.session.is_empty() {
            request["sessionId"] = self.session.as_str().into();
        }
        let mut bytes = request.to_string().into_bytes();
        bytes.push(0);
        let into = self.into.as_mut().expect("it is open");
        into.write_all(&bytes)
            .and_then(|()| into.flush())
            .expect("Chromium listens");
        loop {
            let message = self.from.recv_timeout(PATIENCE).expect("Chromium answers");
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.note(&message);
        }
    }

    fn note(&mut self, event: &Value) {
        let params = &event["params"];
        let wrong = match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => params["exceptionDetails"].to_string(),
            Some("Runtime.consoleAPICalled") if params["type"] == "error" => {
                params["args"].to_string()
            }
            // An answer that is no success is none of the page's errors.
            Some("Log.entryAdded")
                if params["entry"]["level"] == "error"
                    && params["entry"]["source"] != "network" =>
            {
                params["entry"].to_string()
            }
            _ => return,
        };
        self.errors.push(wrong);
    }

    /// The value of an expression in the page.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let params =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", &params);
        assert!(
            answer["exceptionDetails"].is_null(),
            "{expression}: {}",
            answer["exceptionDetails"]
        );
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true, or what it is must be told.
    pub(crate) fn until(&mut self, expression: &str) {
        let begun = Instant::now();
        while self.value(&format!("Boolean({expression})")) != true {
            if begun.elapsed() > PATIENCE {
                let text = self.value("document.body.innerText");
                panic!(
                    "{expression} does not hold in: {}",
                    text.as_str().unwrap_or_default()
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until what is shown in an element has these words.
    pub(crate) fn reads(&mut self, element: &str, words: &str) {
        let of = format!("document.querySelector({})", json!(element));
        self.until(&format!("{of}?.textContent.includes({})", json!(words)));
    }

    pub(crate) fn click(&mut self, element: &str) {
        let of = format!("document.querySelector({})", json!(element));
        self.until(&of);
        self.value(&format!("void {of}.click()"));
    }

    /// As wide as this, and as dark.
    pub(crate) fn look(&mut self, width: u32, dark: bool) {
        let size =
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if dark { "dark" } else { "light" };
        let scheme = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.call(
            "Emulation.setEmulatedMedia",
            &json!({ "features": [scheme] }),
        );
    }

    /// Keeps a picture of all of the page.
    pub(crate) fn picture(&mut self, path: &Path) {
        self.value("scrollTo(0, 0)");
        let params = json!({ "format": "png", "captureBeyondViewport": true });
        let shot = self.call("Page.captureScreenshot", &params);
        let bytes = base64(shot["data"].as_str().expect("a picture"));
        assert!(bytes.starts_with(b"\x89PNG"), "it is no picture");
        std::fs::write(path, bytes).expect("pictures can be written");
    }

    /// Ends; nothing may have gone wrong in the page meanwhile.
    pub(crate) fn close(mut self) {
        // What came last is heard with the answer.
        self.value("1");
        assert!(
            self.errors.is_empty(),
            "errors in the page: {:#?}",
            self.errors
        );
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // A browser that nobody speaks to any more ends by itself.
        drop(self.into.take());
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(5) {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn base64(text: &str) -> Vec<u8> {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes() {
        let Some(value) = digits.iter().position(|digit| *digit == byte) else {
            continue;
        };
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}
