//! An HTTP server on this machine that answers as it is told, and keeps what it was asked.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| &**value)
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) enum Says {
    /// Status, headers, body.
    This(u16, Vec<(&'static str, String)>, String),
    /// Nothing, for this long.
    Nothing(Duration),
    /// The beginning of an answer.
    Half,
    /// A body of so many bytes.
    Much(usize),
    /// What is not HTTP.
    Garbage,
}

/// JSON, with status 200.
pub(crate) fn json(body: &str) -> Says {
    status(200, body)
}

pub(crate) fn status(status: u16, body: &str) -> Says {
    Says::This(status, Vec::new(), body.to_owned())
}

pub(crate) struct Web {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    says: Arc<Mutex<VecDeque<Says>>>,
}

impl Web {
    /// Says these, one after the other; after the last, `{}`.
    pub(crate) fn that_says(says: impl IntoIterator<Item = Says>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let web = Self {
            address,
            asked: Arc::default(),
            says: Arc::new(Mutex::new(says.into_iter().collect())),
        };
        let (asked, says) = (web.asked.clone(), web.says.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (asked, says) = (asked.clone(), says.clone());
                thread::spawn(move || serve(stream, &asked, &says));
            }
        });
        web
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    asked: &Mutex<Vec<Asked>>,
    says: &Mutex<VecDeque<Says>>,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.lock().unwrap().push(Asked {
        line: line.trim_end().to_owned(),
        headers,
        body: String::from_utf8(body).unwrap(),
    });
    let next = says.lock().unwrap().pop_front();
    match next.unwrap_or_else(|| json("{}")) {
        Says::This(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
            for (name, value) in headers {
                head.extend([name, ": ", &value, "\r\n"]);
            }
            write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).ok()?;
        }
        Says::Nothing(time) => thread::sleep(time),
        Says::Half => {
            let half = "HTTP/1.1 200 X\r\ncontent-length: 100\r\n\r\n{\"message_id\":";
            stream.write_all(half.as_bytes()).ok()?;
        }
        Says::Much(bytes) => {
            let head = format!("HTTP/1.1 200 X\r\ncontent-length: {bytes}\r\n\r\n");
            stream.write_all(head.as_bytes()).ok()?;
            stream.write_all(&vec![b' '; bytes]).ok()?;
        }
        Says::Garbage => stream.write_all(b"\x00\x01 what is this\r\n\r\n").ok()?,
    }
    Some(())
}
