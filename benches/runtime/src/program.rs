//! `cjoc run` as a process: started, looked at, and killed.

use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// It, on its way.
pub struct Program {
    child: Child,
    pub address: String,
    /// From its start until it listened.
    pub took: Duration,
}

impl Program {
    /// Starts it over a folder, and waits until it listens.
    pub fn start(cjoc: &str, workspace: &str, data: &Path, timeline: u32) -> Result<Self> {
        let begun = Instant::now();
        let mut child = Command::new(cjoc)
            .args([
                "run",
                workspace,
                "--time",
                "events",
                "--listen",
                "127.0.0.1:0",
            ])
            .args([
                "--deliver",
                "log:/dev/null",
                "--timeline",
                &timeline.to_string(),
            ])
            .arg("--data")
            .arg(data)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = child.stderr.take().ok_or("it has no standard error")?;
        let mut lines = BufReader::new(stderr).lines();
        let address = loop {
            let line = lines.next().ok_or("it ended")??;
            if let Some((_, rest)) = line.split_once("http://127.0.0.1:") {
                let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
                break format!("127.0.0.1:{port}");
            }
        };
        let took = begun.elapsed();
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self {
            child,
            address,
            took,
        })
    }

    /// Seconds of the processor's time, and the most memory it ever had, in MiB.
    pub fn used(&self) -> (f64, u64) {
        let of = |name: &str| fs::read_to_string(format!("/proc/{}/{name}", self.child.id()));
        let (stat, status) = (
            of("stat").unwrap_or_default(),
            of("status").unwrap_or_default(),
        );
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split(' ')
            .collect();
        let ticks = |at: usize| fields.get(at).and_then(|it| it.parse().ok()).unwrap_or(0.0);
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let most = most.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok());
        (
            (ticks(12) + ticks(13)) / 100.0,
            most.unwrap_or_default() / 1024,
        )
    }

    /// Ends it as `kill -9` does.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}
