//! A request to a runtime: HTTP/1.1, one connection, one answer.

use std::io::{Read, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use serde_json::Value;

use super::Exit;
use super::terminal::Terminal;

/// Where the token is.
const TOKEN: &str = "CJOC_TOKEN";

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long an answer may take: a deployment looks at every session.
const ANSWER: Duration = Duration::from_secs(600);

/// The most bytes of an answer.
const MAX_ANSWER: u64 = 64 << 20;

/// Where a runtime is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    host: String,
    port: u16,
    /// Without a slash at the end.
    path: String,
}

impl Url {
    /// `http://HOST[:PORT][/PATH]`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix("http://") else {
            return Err(match text.split_once("://") {
                Some(("https", _)) => {
                    "`https` is not spoken here: reach the runtime by `http`, through a tunnel \
                     where it is on another machine"
                        .to_owned()
                }
                _ => "write it as `http://HOST:PORT`".to_owned(),
            });
        };
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        if authority.contains('@') || rest.contains(['?', '#', ' ', '\r', '\n']) {
            return Err("write it as `http://HOST:PORT`, and the token in `CJOC_TOKEN`".to_owned());
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                let port = port.parse().map_err(|_| format!("`{port}` is no port"))?;
                (host, port)
            }
            _ => (authority, 80),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err("write it as `http://HOST:PORT`".to_owned());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            path: path.trim_end_matches('/').to_owned(),
        })
    }

    /// Sends a JSON document to a path: the status, and the body.
    pub(super) fn post(
        &self,
        path: &str,
        token: Option<&str>,
        body: &[u8],
    ) -> Result<(u16, String), String> {
        self.ask("POST", path, token, body)
    }

    /// Asks for a path: the status, and the body.
    pub(super) fn get(&self, path: &str, token: Option<&str>) -> Result<(u16, String), String> {
        self.ask("GET", path, token, &[])
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &[u8],
    ) -> Result<(u16, String), String> {
        let io = |error: std::io::Error| error.to_string();
        let mut addresses = (&*self.host, self.port).to_socket_addrs().map_err(io)?;
        let mut refused = "it has no address".to_owned();
        let mut stream = loop {
            let Some(address) = addresses.next() else {
                return Err(refused);
            };
            match TcpStream::connect_timeout(&address, CONNECT) {
                Ok(stream) => break stream,
                Err(error) => refused = error.to_string(),
            }
        };
        stream.set_read_timeout(Some(ANSWER)).map_err(io)?;
        stream.set_write_timeout(Some(ANSWER)).map_err(io)?;
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        let mut head = format!(
            "{method} {}{path} HTTP/1.1\r\nhost: {host}:{}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n",
            self.path,
            self.port,
            body.len(),
        );
        if let Some(token) = token {
            head.push_str("authorization: Bearer ");
            head.push_str(token);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).map_err(io)?;
        // Who refuses a request may close before all of it was read: the answer says why.
        let sent = stream.write_all(body).and_then(|()| stream.flush());
        let mut answer = Vec::new();
        let read = stream.take(MAX_ANSWER).read_to_end(&mut answer);
        if answer.is_empty() {
            sent.map_err(io)?;
            read.map_err(io)?;
        }
        understood(&answer).ok_or_else(|| "what answers there is no runtime".to_owned())
    }
}

/// What to do about a token that is none.
pub(super) const TOKEN_HELP: &str = "a token is of letters, digits and signs, without spaces";

/// The token for a runtime, where there is one.
pub(super) fn token() -> Result<Option<String>, &'static str> {
    let token = std::env::var(TOKEN).ok().filter(|it| !it.is_empty());
    match token {
        Some(token) if !token.bytes().all(|it| it.is_ascii_graphic()) => {
            Err("`CJOC_TOKEN` holds no token")
        }
        token => Ok(token),
    }
}

/// Said of an answer that cannot be read.
pub(super) const STRANGER: &str = "what answers there is no runtime of this version";

/// No answer came.
pub(super) fn unreached(why: &str, terminal: &Terminal) -> Exit {
    let help = "is `cjoc run` running there?";
    terminal.unable(&format!("the runtime cannot be reached: {why}"), Some(help))
}

/// The runtime says no; `help`: what that status asks for where it is not said here.
pub(super) fn refused(status: u16, body: &str, help: Option<&str>, terminal: &Terminal) -> Exit {
    let problem: Value = serde_json::from_str(body).unwrap_or_default();
    let detail = problem["detail"].as_str().unwrap_or("it does not say why");
    let help = match status {
        503 => Some("try again in a moment"),
        _ => help,
    };
    terminal.unable(&format!("the runtime answers {status}: {detail}"), help)
}

/// The status and the body of an answer that ends with the connection.
fn understood(answer: &[u8]) -> Option<(u16, String)> {
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.splitn(3, ' ');
    if !first.next()?.starts_with("HTTP/1.") {
        return None;
    }
    let status = first.next()?.parse().ok()?;
    let header = |name: &str| {
        let mut all = head
            .split("\r\n")
            .skip(1)
            .filter_map(|line| line.split_once(':'));
        all.find(|(it, _)| it.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    };
    let body = &answer[end + 4..];
    let body = match header("transfer-encoding") {
        Some(coding) if coding.eq_ignore_ascii_case("chunked") => unchunked(body)?,
        Some(_) => return None,
        None => match header("content-length") {
            Some(length) => body.get(..length.parse().ok()?)?.to_vec(),
            None => body.to_vec(),
        },
    };
    Some((status, String::from_utf8(body).ok()?))
}

/// A body that a proxy has cut in pieces.
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|it| it == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end]).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_or_refused() {
        let url = |host: &str, port, path: &str| {
            Ok(Url {
                host: host.to_owned(),
                port,
                path: path.to_owned(),
            })
        };
        assert_eq!(
            Url::parse("http://127.0.0.1:8787"),
            url("127.0.0.1", 8787, "")
        );
        assert_eq!(
            Url::parse("http://runs.example/"),
            url("runs.example", 80, "")
        );
        assert_eq!(Url::parse("http://[::1]:9/a/b/"), url("::1", 9, "/a/b"));
        for wrong in [
            "",
            "runs.example",
            "https://runs.example",
            "http://",
            "http://a:b",
            "http://:80",
            "http://u:p@a",
            "http://a/?x=1",
            "http://a b",
        ] {
            assert!(Url::parse(wrong).is_err(), "{wrong}");
        }
    }

    /// What comes, and what is understood.
    type Case<'c> = (&'c [u8], Option<(u16, &'c str)>);

    #[test]
    fn answers_are_read_in_one_and_in_pieces() {
        let table: &[Case<'_>] = &[
            (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", Some((200, "{}"))),
            (b"HTTP/1.1 409 Conflict\r\n\r\nall of it", Some((409, "all of it"))),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\n\r\n",
                Some((200, "abcd")),
            ),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{}", None),
            (b"SSH-2.0-x\r\n\r\n", None),
            (b"", None),
        ];
        for (answer, expected) in table {
            let expected = expected.map(|(status, body)| (status, body.to_owned()));
            assert_eq!(understood(answer), expected);
        }
    }
}
