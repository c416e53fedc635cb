//! Senders: batches as fast as they are taken, and single events at a rate.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::generate;

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A connection that is kept open.
struct Connection {
    address: String,
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            address: address.to_owned(),
            stream: BufReader::new(stream),
        })
    }

    /// Sends a body, and waits for the answer: its status.
    fn send(&mut self, media: &str, body: &[u8]) -> Result<u16> {
        let mut request = format!(
            "POST /events HTTP/1.1\r\nhost: {}\r\ncontent-type: {media}\r\ncontent-length: {}\r\n\r\n",
            self.address,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request)?;
        let (mut line, mut status, mut length) = (String::new(), 0, 0);
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let line = line.trim().to_ascii_lowercase();
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest[..3].parse()?;
            } else if let Some(rest) = line.strip_prefix("content-length: ") {
                length = rest.parse()?;
            } else if line.is_empty() {
                break;
            }
        }
        std::io::copy(&mut self.stream.by_ref().take(length), &mut std::io::sink())?;
        Ok(status)
    }
}

fn lines(events: u64, travelers: u64) -> Result<Vec<Vec<u8>>> {
    let mut log = Vec::new();
    generate::write(&mut log, events, travelers)?;
    let lines = log
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    Ok(lines.map(<[u8]>::to_vec).collect())
}

/// Batches of 500, on four connections: how long all took.
pub fn load(address: &str, events: u64, travelers: u64) -> Result<Duration> {
    let lines = lines(events, travelers)?;
    let bodies: Vec<Vec<u8>> = (lines.chunks(500))
        .map(|chunk| [&b"["[..], &chunk.join(&b","[..]), b"]"].concat())
        .collect();
    let begun = Instant::now();
    thread::scope(|scope| -> Result<()> {
        let mut senders = Vec::new();
        for sender in 0..4 {
            let bodies = &bodies;
            senders.push(scope.spawn(move || -> Result<()> {
                let mut connection = Connection::open(address)?;
                for body in bodies.iter().skip(sender).step_by(4) {
                    while connection.send("application/cloudevents-batch+json", body)? != 202 {
                        thread::sleep(Duration::from_millis(5));
                    }
                }
                Ok(())
            }));
        }
        for sender in senders {
            sender.join().map_err(|_| "a sender failed")??;
        }
        Ok(())
    })?;
    Ok(begun.elapsed())
}

/// Single events at a rate, on 32 connections: how long each took, the shortest first. An event
/// that has to wait for a connection has waited.
pub fn single(address: &str, rate: u64, seconds: u64, travelers: u64) -> Result<Vec<Duration>> {
    const CONNECTIONS: u64 = 32;
    let lines = lines(rate * seconds, travelers)?;
    let begun = Instant::now() + Duration::from_millis(200);
    let mut took = thread::scope(|scope| -> Result<Vec<Duration>> {
        let mut senders = Vec::new();
        for sender in 0..CONNECTIONS {
            let lines = &lines;
            senders.push(scope.spawn(move || -> Result<Vec<Duration>> {
                let mut connection = Connection::open(address)?;
                let mut took = Vec::new();
                for (index, line) in (0_u64..).zip(lines) {
                    if index % CONNECTIONS != sender {
                        continue;
                    }
                    let due = begun + Duration::from_nanos(index * 1_000_000_000 / rate);
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    let status = connection.send("application/cloudevents+json", line)?;
                    assert_eq!(status, 202);
                    took.push(due.elapsed());
                }
                Ok(took)
            }));
        }
        let mut all = Vec::new();
        for sender in senders {
            all.extend(sender.join().map_err(|_| "a sender failed")??);
        }
        Ok(all)
    })?;
    took.sort();
    Ok(took)
}

/// That of which so large a share took no longer, in milliseconds.
pub fn percentile(took: &[Duration], share: f64) -> f64 {
    let at = (took.len().saturating_sub(1)) as f64 * share;
    took.get(at as usize)
        .map_or(0.0, |it| it.as_secs_f64() * 1e3)
}
