//! The mail server: SMTP as RFC 5321 has it, without TLS, for this machine.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream};

use super::{Came, Letter, Tell};

/// The longest line of a command or of a message.
const MAX_LINE: u64 = 1 << 20;

/// The most bytes of a message.
const MAX_MESSAGE: usize = 32 << 20;

pub(super) async fn serve(listener: TcpListener, status: u16, tell: Tell) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let tell = tell.clone();
        tokio::spawn(async move {
            // A connection that breaks off concerns nobody else.
            let _ = talk(stream, status, &tell).await;
        });
    }
}

/// What is said to a message, where statuses of HTTP say what is to become of it.
fn verdict(status: u16) -> &'static str {
    match status {
        200..300 => "250 taken",
        408 | 425 | 429 | 500..600 => "451 not now, as it was told",
        _ => "554 refused, as it was told",
    }
}

async fn talk(stream: TcpStream, status: u16, tell: &Tell) -> io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut reading = BufReader::new(reading);
    writing.write_all(b"220 cjoc sink\r\n").await?;
    let (mut from, mut to) = (String::new(), Vec::new());
    while let Some(line) = line(&mut reading).await? {
        let text = String::from_utf8_lossy(&line).into_owned();
        let (verb, rest) = text.split_once([' ', ':']).unwrap_or((&text, ""));
        let answer = match &*verb.to_ascii_uppercase() {
            "EHLO" => "250-cjoc sink\r\n250-AUTH PLAIN LOGIN\r\n250-8BITMIME\r\n250 SMTPUTF8",
            // Whoever it is: one line with the credentials, or one after each question.
            "AUTH" => {
                let questions = match rest.trim().to_ascii_uppercase() {
                    all if all == "LOGIN" => 2,
                    all if all.contains(' ') => 0,
                    _ => 1,
                };
                for _ in 0..questions {
                    writing.write_all(b"334 \r\n").await?;
                    self::line(&mut reading).await?;
                }
                "235 welcome"
            }
            "MAIL" => {
                (from, to) = (address(rest), Vec::new());
                "250 ok"
            }
            "RCPT" => {
                to.push(address(rest));
                "250 ok"
            }
            "DATA" if to.is_empty() => "503 whom it is to comes first",
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await?;
                let Some(message) = message(&mut reading).await? else {
                    return Ok(());
                };
                let envelope = (std::mem::take(&mut from), std::mem::take(&mut to));
                let mut letter = Letter::read(envelope.0, envelope.1, &message);
                let verdict = verdict(status);
                letter.taken = verdict.starts_with("250");
                tell(&Came::Mail(letter));
                verdict
            }
            "QUIT" => return writing.write_all(b"221 bye\r\n").await,
            "HELO" | "NOOP" | "RSET" => "250 ok",
            _ => "502 not known here",
        };
        writing
            .write_all(format!("{answer}\r\n").as_bytes())
            .await?;
    }
    Ok(())
}

/// A line without its end; none after the last.
async fn line(from: &mut BufReader<OwnedReadHalf>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let read = from.take(MAX_LINE).read_until(b'\n', &mut line).await?;
    while line.last().is_some_and(|last| b"\r\n".contains(last)) {
        line.pop();
    }
    Ok((read > 0).then_some(line))
}

/// The lines up to the one that is a point; none where it broke off.
async fn message(from: &mut BufReader<OwnedReadHalf>) -> io::Result<Option<Vec<u8>>> {
    let mut message = Vec::new();
    while let Some(line) = line(from).await? {
        if line == b"." {
            return Ok(Some(message));
        }
        // A point at the beginning was doubled on the way.
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        message.push(b'\n');
        if message.len() > MAX_MESSAGE {
            return Ok(None);
        }
    }
    Ok(None)
}

/// What stands between the angle brackets.
fn address(rest: &str) -> String {
    let after = rest.split_once('<').map_or(rest, |(_, after)| after);
    after
        .split('>')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}
