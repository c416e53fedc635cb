//! A message of mail as a person reads it: the bytes that came over SMTP go in, whom it is to, what
//! it is about and its plain text come out.

use serde::Serialize;

use crate::cel::base64;

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Letter {
    pub from: String,
    pub to: Vec<String>,
    pub subject: String,
    pub text: String,
    /// Whether it has another part beside its text, for programs that show HTML.
    pub html: bool,
    /// Whether it was taken.
    pub taken: bool,
}

/// Parts lie no deeper in each other than this.
const MAX_DEPTH: usize = 8;

impl Letter {
    /// Lines end with a line feed here.
    pub(super) fn read(from: String, to: Vec<String>, message: &[u8]) -> Self {
        let (head, _) = parted(message);
        let mut letter = Self {
            from,
            to,
            subject: worded(&header(head, "subject").unwrap_or_default()),
            ..Self::default()
        };
        letter.part(message, 0);
        letter
    }

    /// Takes what a part of the message says: the first plain text is its text.
    fn part(&mut self, part: &[u8], depth: usize) {
        let (head, body) = parted(part);
        let kind = header(head, "content-type").unwrap_or_else(|| "text/plain".to_owned());
        let lower = kind.to_ascii_lowercase();
        if lower.starts_with("multipart/") {
            let Some(boundary) = boundary(&kind).filter(|_| depth < MAX_DEPTH) else {
                return;
            };
            for inner in split(body, &boundary) {
                self.part(inner, depth + 1);
            }
            return;
        }
        let encoding = header(head, "content-transfer-encoding").unwrap_or_default();
        let body = match &*encoding.trim().to_ascii_lowercase() {
            "quoted-printable" => quoted_printable(body, false),
            "base64" => from_base64(body),
            _ => body.to_vec(),
        };
        let is_html = lower.starts_with("text/html");
        self.html |= is_html;
        if self.text.is_empty() && (lower.starts_with("text/plain") || is_html) {
            let text = String::from_utf8_lossy(&body).replace('\r', "");
            text.trim_end().clone_into(&mut self.text);
        }
    }
}

/// What stands before the first empty line, and what after it.
fn parted(part: &[u8]) -> (&[u8], &[u8]) {
    if let Some(body) = part.strip_prefix(b"\n") {
        return (b"", body);
    }
    let end = part.windows(2).position(|pair| pair == b"\n\n");
    end.map_or((part, b"".as_slice()), |end| {
        (&part[..end], &part[end + 2..])
    })
}

/// A header's value, its lines joined.
fn header(head: &[u8], name: &str) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
    let mut lines = unfolded.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(known, _)| known.trim().eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().to_owned())
}

fn boundary(kind: &str) -> Option<String> {
    let parameter = |part: &str| -> Option<String> {
        let (name, value) = part.trim().split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("boundary")).then(|| value.to_owned())
    };
    kind.split(';')
        .find_map(parameter)
        .filter(|it| !it.is_empty())
}

/// The parts between lines of the boundary.
fn split<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let line = format!("--{boundary}");
    let mut parts = Vec::new();
    let (mut at, mut begun) = (0, None);
    for piece in body.split_inclusive(|byte| *byte == b'\n') {
        if piece.starts_with(line.as_bytes()) {
            if let Some(begun) = begun {
                parts.push(&body[begun..at]);
            }
            let ends = piece[line.len()..].starts_with(b"--");
            begun = (!ends).then_some(at + piece.len());
        }
        at += piece.len();
    }
    parts
}

/// Encoded words of a header (RFC 2047), in UTF-8, as what they stand for.
fn worded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, word, after)) = encoded_word(rest) {
        // Blanks between two encoded words are no part of the text.
        if out.is_empty() || !before.trim().is_empty() {
            out.push_str(before);
        }
        out.push_str(&word);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What stands before the next encoded word, what that says, and what stands after it.
fn encoded_word(text: &str) -> Option<(&str, String, &str)> {
    let (before, word) = text.split_once("=?")?;
    let mut parts = word.splitn(4, '?');
    let (_, kind, coded, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let after = rest.strip_prefix('=')?;
    let bytes = match kind {
        "Q" | "q" => quoted_printable(coded.as_bytes(), true),
        "B" | "b" => from_base64(coded.as_bytes()),
        _ => return None,
    };
    Some((before, String::from_utf8_lossy(&bytes).into_owned(), after))
}

fn quoted_printable(text: &[u8], in_header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        rest = match rest {
            [] => return out,
            [b'=', b'\n', after @ ..] => after,
            [b'=', a, b, after @ ..] => {
                if let (Some(a), Some(b)) = (nibble(*a), nibble(*b)) {
                    out.push(a << 4 | b);
                    after
                } else {
                    out.push(b'=');
                    &rest[1..]
                }
            }
            [b'_', after @ ..] if in_header => {
                out.push(b' ');
                after
            }
            [byte, after @ ..] => {
                out.push(*byte);
                after
            }
        }
    }
}

fn nibble(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

/// What base64 stands for; what is none, as it is.
fn from_base64(text: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = (text.iter().copied())
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let decoded = str::from_utf8(&digits).ok().and_then(base64::decode);
    decoded.unwrap_or_else(|| text.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str) -> Letter {
        Letter::read("a@x".to_owned(), vec!["b@x".to_owned()], message.as_bytes())
    }

    #[test]
    fn a_plain_message_reads_as_it_was_written() {
        let letter = read("From: a@x\nSubject: Hello,\n you\n\nFirst line\n\nlast line\n");
        assert_eq!(letter.subject, "Hello, you");
        assert_eq!(letter.text, "First line\n\nlast line");
        assert!(!letter.html);
    }

    #[test]
    fn what_was_encoded_on_the_way_is_read() {
        let letter = read(
            "Subject: =?utf-8?b?R3LDvMOfZQ==?= =?utf-8?q?_an_alle?= hier\n\
             Content-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe, und eine lange =\nZeile = 7\n",
        );
        assert_eq!(letter.subject, "Grüße an alle hier");
        assert_eq!(letter.text, "Grüße, und eine lange Zeile = 7");
        let letter = read("Content-Transfer-Encoding: base64\n\nR3LDvMOf\nZQ==\n");
        assert_eq!(letter.text, "Grüße");
    }

    #[test]
    fn of_several_parts_the_plain_one_is_the_text() {
        let letter = read(
            "Subject: x\nContent-Type: multipart/alternative; boundary=\"b\"\n\n--b\n\
             Content-Type: text/plain; charset=utf-8\n\nplain\n--b\n\
             Content-Type: text/html\n\n<p>rich</p>\n--b--\n",
        );
        assert_eq!((&*letter.text, letter.html), ("plain", true));
    }

    #[test]
    fn what_is_no_message_is_read_as_far_as_it_goes() {
        for text in [
            "",
            "\n",
            "=?",
            "Subject: =?utf-8?q?x",
            "Subject: =?a?b?=?=\n\n=\n=",
            "x\n\n--",
        ] {
            let _ = read(text);
        }
        let _ = read("Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\n--b--");
    }
}
