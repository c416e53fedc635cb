//! String and bytes literals: what is between the quotes goes in, the text or bytes it stands for
//! comes out, with a problem at each escape that means nothing.

use super::ast::Literal;
use super::error::Problem;
use crate::diagnostic::codes;
use crate::source::TextRange;

/// How a literal opens: `r"`, `b'''`, `"`.
pub(super) struct Prefix {
    pub raw: bool,
    pub bytes: bool,
    /// What closes it.
    pub quote: &'static str,
    /// How many bytes open it.
    pub len: usize,
}

/// How the text opens a literal, if it does.
pub(super) fn prefix(text: &str) -> Option<Prefix> {
    let mut at = 0;
    let mut take = |letters: [u8; 2]| {
        let found = text.as_bytes().get(at).is_some_and(|b| letters.contains(b));
        at += usize::from(found);
        found
    };
    let bytes = take([b'b', b'B']);
    let raw = take([b'r', b'R']);
    let quote = ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find(|quote| text[at..].starts_with(quote))?;
    Some(Prefix {
        raw,
        bytes,
        quote,
        len: at + quote.len(),
    })
}

/// The length of the body, up to the closing quote; none if it is never closed.
pub(super) fn end(body: &str, prefix: &Prefix) -> Option<usize> {
    let quote = prefix.quote.as_bytes();
    let mut escaped = false;
    // All that counts is ASCII, of which no other character has a part.
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            b'\n' | b'\r' if quote.len() == 1 => return None,
            _ if escaped => escaped = false,
            b'\\' if !prefix.raw => escaped = true,
            byte if byte == quote[0] && body.as_bytes()[at..].starts_with(quote) => {
                return Some(at);
            }
            _ => {}
        }
    }
    None
}

/// What the body stands for.
pub(super) fn read(body: &str, prefix: &Prefix) -> (Literal, Vec<Problem>) {
    if prefix.raw || !body.contains('\\') {
        let literal = if prefix.bytes {
            Literal::Bytes(body.as_bytes().into())
        } else {
            Literal::String(body.into())
        };
        return (literal, Vec::new());
    }
    let mut out = Unescaped {
        bytes: Vec::with_capacity(body.len()),
        as_bytes: prefix.bytes,
        problems: Vec::new(),
    };
    let mut rest = body;
    while let Some(c) = rest.chars().next() {
        if c == '\\' {
            let at = body.len() - rest.len();
            rest = &rest[1..];
            rest = &rest[out.escape(rest, at)..];
        } else {
            out.char(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    let literal = if prefix.bytes {
        Literal::Bytes(out.bytes.into())
    } else {
        Literal::String(String::from_utf8_lossy(&out.bytes).into())
    };
    (literal, out.problems)
}

struct Unescaped {
    bytes: Vec<u8>,
    as_bytes: bool,
    problems: Vec<Problem>,
}

impl Unescaped {
    fn char(&mut self, c: char) {
        self.bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// Reads the escape whose backslash stood at `at`; answers how much of `rest` it took.
    fn escape(&mut self, rest: &str, at: usize) -> usize {
        let Some(letter) = rest.chars().next() else {
            return 0;
        };
        let plain = match letter {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '\\' | '?' | '"' | '\'' | '`' => letter,
            'x' | 'X' => return self.code(rest, 1, 2, 16, at),
            'u' => return self.code(rest, 1, 4, 16, at),
            'U' => return self.code(rest, 1, 8, 16, at),
            '0'..='3' => return self.code(rest, 0, 3, 8, at),
            _ => {
                let shown = letter.escape_debug();
                self.problem(
                    at,
                    1 + letter.len_utf8(),
                    format!("`\\{shown}` is not an escape of CEL"),
                    format!("write `\\\\{shown}` for a backslash, or a raw text: `r\"…\"`"),
                );
                self.char(letter);
                return letter.len_utf8();
            }
        };
        self.char(plain);
        1
    }

    /// An escape of `count` digits after `skip` letters.
    fn code(&mut self, rest: &str, skip: usize, count: usize, radix: u32, at: usize) -> usize {
        let digits = rest[skip..]
            .bytes()
            .take(count)
            .take_while(|b| char::from(*b).is_digit(radix))
            .count();
        let len = skip + digits;
        let written = &rest[..len];
        if digits < count {
            self.problem(
                at,
                1 + len,
                format!("the escape `\\{written}` is cut short"),
                format!("it takes {count} digits"),
            );
            return len;
        }
        let code = u32::from_str_radix(&rest[skip..len], radix).unwrap_or(u32::MAX);
        let wide = matches!(rest.as_bytes()[0], b'u' | b'U');
        if self.as_bytes && !wide {
            match u8::try_from(code) {
                Ok(byte) => self.bytes.push(byte),
                Err(_) => self.problem(
                    at,
                    1 + len,
                    format!("`\\{written}` is more than a byte"),
                    "the highest is `\\377`".into(),
                ),
            }
        } else if self.as_bytes {
            self.problem(
                at,
                1 + len,
                format!("`\\{written}` names a character, and bytes hold none"),
                "write its bytes as `\\x…`".into(),
            );
        } else if let Some(c) = char::from_u32(code) {
            self.char(c);
        } else {
            self.problem(
                at,
                1 + len,
                format!("`\\{written}` is not a character of Unicode"),
                "surrogates and codes above `\\U0010ffff` name none".into(),
            );
        }
        len
    }

    fn problem(&mut self, at: usize, len: usize, message: String, help: String) {
        let range = TextRange::new(at as u32, (at + len) as u32);
        self.problems
            .push(Problem::new(&codes::INVALID_EXPRESSION, range, message).help(help));
    }
}
