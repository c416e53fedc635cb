//! An SMTP server on this machine that takes mail, or does not, as it is told.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What it does when the message is handed over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Does {
    Take,
    /// Answers this to `RCPT TO`.
    RefuseRecipient(&'static str),
    /// Answers this to the message.
    RefuseMessage(&'static str),
    /// Answers this to the login.
    RefuseLogin(&'static str),
    /// Answers nothing, from the start.
    Hang,
    /// Hangs up after the message.
    Close,
}

/// A message, with its envelope and the login before it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letter {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) text: String,
    pub(crate) login: Option<String>,
}

impl Letter {
    /// A header, unfolded.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.text.split("\r\n\r\n").next()?.replace("\r\n ", " ");
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.to_owned())
    }
}

pub(crate) struct PostOffice {
    pub(crate) port: u16,
    letters: Arc<Mutex<Vec<Letter>>>,
}

impl PostOffice {
    pub(crate) fn that_does(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let letters: Arc<Mutex<Vec<Letter>>> = Arc::default();
        let kept = letters.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = kept.clone();
                thread::spawn(move || serve(stream, does, &kept));
            }
        });
        Self { port, letters }
    }

    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, does: Does, letters: &Mutex<Vec<Letter>>) -> Option<()> {
    if matches!(does, Does::Hang) {
        thread::sleep(Duration::from_secs(5));
        return None;
    }
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let mut letter = Letter::default();
    stream.write_all(b"220 post office\r\n").ok()?;
    while let Some(Ok(line)) = lines.next() {
        let (verb, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
        let answer = match (verb.to_ascii_uppercase().as_str(), does) {
            ("EHLO", _) => "250-post office\r\n250-AUTH PLAIN\r\n250 8BITMIME",
            ("AUTH", Does::RefuseLogin(answer)) | ("RCPT", Does::RefuseRecipient(answer)) => answer,
            ("AUTH", _) => {
                letter.login = Some(rest.to_owned());
                "235 welcome"
            }
            ("MAIL", _) => {
                letter.from = within(rest);
                "250 ok"
            }
            ("RCPT", _) => {
                letter.to.push(within(rest));
                "250 ok"
            }
            ("DATA", _) => {
                stream.write_all(b"354 go on\r\n").ok()?;
                letter.text.clear();
                for line in lines
                    .by_ref()
                    .map_while(Result::ok)
                    .take_while(|line| line != ".")
                {
                    letter.text.push_str(line.trim_end_matches('\r'));
                    letter.text.push_str("\r\n");
                }
                match does {
                    Does::RefuseMessage(answer) => answer,
                    Does::Close => return None,
                    _ => {
                        letters.lock().unwrap().push(letter.clone());
                        "250 taken"
                    }
                }
            }
            ("QUIT", _) => return stream.write_all(b"221 bye\r\n").ok(),
            _ => "250 ok",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
    }
    Some(())
}

fn within(text: &str) -> String {
    let after = text.split_once('<').map_or(text, |(_, after)| after);
    after.split('>').next().unwrap_or_default().to_owned()
}
