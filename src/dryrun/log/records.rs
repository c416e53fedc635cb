//! Comma-separated values as RFC 4180 has them, read as they come: bytes go in, one record after
//! another comes out with its line, or what is wrong with it.
//!
//! A record that cannot be read costs its own line only. What is held is one record and what has
//! been read ahead; a record is at most [`MAX_RECORD`] long. Cells are not looked at. Quotes inside
//! a cell that does not begin with one are text.

use std::io::{self, BufRead};

use memchr::{memchr, memchr3};

/// The longest record, in bytes.
pub const MAX_RECORD: usize = 1 << 20;

/// Reads records from `input`.
pub(super) struct Records<R> {
    input: R,
    delimiter: u8,
    limit: usize,
    /// What has been read ahead.
    held: Vec<u8>,
    at: usize,
    /// The line at `at`, counted from 1.
    line: u64,
    started: bool,
    /// The cells of the last record, one behind the other.
    text: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<'r> {
    Record(Record<'r>),
    Bad { line: u64, reason: &'static str },
    End,
}

/// A record and the line that it begins on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record<'r> {
    pub line: u64,
    text: &'r str,
    ends: &'r [usize],
}

impl<'r> Record<'r> {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cell at this index; an empty one where there is none.
    pub(super) fn cell(&self, index: usize) -> &'r str {
        let Some(end) = self.ends.get(index) else {
            return "";
        };
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..*end]
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = &'r str> {
        let record = *self;
        (0..self.len()).map(move |index| record.cell(index))
    }
}

const NOT_TEXT: &str = "it is not UTF-8";
const TOO_LONG: &str = "it is longer than 1 MiB";
const OPEN_QUOTE: &str = "a quote is never closed";
const BEHIND_QUOTE: &str = "text follows a closing quote";

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R, delimiter: u8) -> Self {
        Self {
            input,
            delimiter,
            limit: MAX_RECORD,
            held: Vec::new(),
            at: 0,
            line: 1,
            started: false,
            text: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// The next record. Empty lines are left out.
    pub(super) fn next(&mut self) -> io::Result<Next<'_>> {
        if !self.started {
            self.started = true;
            self.skip_mark()?;
        }
        loop {
            self.forget();
            if self.at == self.held.len() && !self.more()? {
                return Ok(Next::End);
            }
            let (start, line) = (self.at, self.line);
            match self.record()? {
                Ok(()) => {
                    let raw = &self.held[start..self.at];
                    self.line += breaks(raw);
                    if raw.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
                        continue;
                    }
                    let Ok(text) = std::str::from_utf8(&self.text) else {
                        let reason = NOT_TEXT;
                        return Ok(Next::Bad { line, reason });
                    };
                    let ends = &self.ends;
                    return Ok(Next::Record(Record { line, text, ends }));
                }
                Err(reason) => {
                    self.at = start;
                    self.skip_line()?;
                    self.line += 1;
                    return Ok(Next::Bad { line, reason });
                }
            }
        }
    }

    /// Reads one record behind `at`, its line end included.
    fn record(&mut self) -> io::Result<Result<(), &'static str>> {
        let start = self.at;
        self.text.clear();
        self.ends.clear();
        loop {
            if self.peek()? == Some(b'"') {
                if let Err(reason) = self.quoted(start)? {
                    return Ok(Err(reason));
                }
            } else if !self.plain(start)? {
                return Ok(Err(TOO_LONG));
            }
            self.ends.push(self.text.len());
            match self.peek()? {
                None => return Ok(Ok(())),
                Some(b'\n') => {
                    self.at += 1;
                    return Ok(Ok(()));
                }
                Some(b'\r') if self.delimiter != b'\r' => {
                    self.at += 1;
                    if self.peek()? == Some(b'\n') {
                        self.at += 1;
                    }
                    return Ok(Ok(()));
                }
                Some(byte) if byte == self.delimiter => self.at += 1,
                Some(_) => return Ok(Err(BEHIND_QUOTE)),
            }
        }
    }

    /// A cell without quotes; false where the record is too long.
    fn plain(&mut self, start: usize) -> io::Result<bool> {
        loop {
            let rest = &self.held[self.at..];
            if let Some(end) = memchr3(self.delimiter, b'\n', b'\r', rest) {
                self.text.extend_from_slice(&rest[..end]);
                self.at += end;
                return Ok(self.at - start <= self.limit);
            }
            self.text.extend_from_slice(rest);
            self.at = self.held.len();
            if self.at - start > self.limit {
                return Ok(false);
            }
            if !self.more()? {
                return Ok(true);
            }
        }
    }

    /// A cell in quotes, up to the closing one.
    fn quoted(&mut self, start: usize) -> io::Result<Result<(), &'static str>> {
        self.at += 1;
        loop {
            let rest = &self.held[self.at..];
            if let Some(end) = memchr(b'"', rest) {
                self.text.extend_from_slice(&rest[..end]);
                self.at += end + 1;
                if self.peek()? != Some(b'"') {
                    return Ok(Ok(()));
                }
                self.text.push(b'"');
                self.at += 1;
            } else {
                self.text.extend_from_slice(rest);
                self.at = self.held.len();
                let too_long = self.at - start > self.limit;
                if too_long || !self.more()? {
                    return Ok(Err(OPEN_QUOTE));
                }
            }
        }
    }

    /// The byte at `at`.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        if self.at == self.held.len() {
            self.more()?;
        }
        Ok(self.held.get(self.at).copied())
    }

    /// Reads on; false at the end of the input.
    fn more(&mut self) -> io::Result<bool> {
        loop {
            match self.input.fill_buf() {
                Ok(bytes) => {
                    let count = bytes.len();
                    self.held.extend_from_slice(bytes);
                    self.input.consume(count);
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Lets go of what has been used.
    fn forget(&mut self) {
        if self.at == self.held.len() {
            self.held.clear();
            self.at = 0;
        } else if self.at > self.held.len() / 2 {
            self.held.drain(..self.at);
            self.at = 0;
        }
    }

    /// Goes to the next line, without holding this one.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let rest = &self.held[self.at..];
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            if let Some(end) = end {
                let byte = rest[end];
                self.at += end + 1;
                if byte == b'\r' && self.peek()? == Some(b'\n') {
                    self.at += 1;
                }
                return Ok(());
            }
            self.held.clear();
            self.at = 0;
            if !self.more()? {
                return Ok(());
            }
        }
    }

    /// A byte order mark is no part of the first cell.
    fn skip_mark(&mut self) -> io::Result<()> {
        const MARK: &[u8] = b"\xEF\xBB\xBF";
        while self.held.len() < MARK.len() && self.more()? {}
        if self.held.starts_with(MARK) {
            self.at = MARK.len();
        }
        Ok(())
    }
}

/// How many lines end in this.
fn breaks(raw: &[u8]) -> u64 {
    let ends = |pair: &[u8]| match pair {
        [b'\n', ..] | [b'\r'] => true,
        [b'\r', next] => *next != b'\n',
        _ => false,
    };
    let last = raw.last().map_or(0, |byte| u64::from(ends(&[*byte])));
    raw.windows(2).filter(|pair| ends(pair)).count() as u64 + last
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    /// Records with their lines, `!` before what is wrong; whatever the pieces that they come in.
    fn told(text: &[u8], limit: usize) -> Vec<String> {
        let [one, all] = [1, 1 << 16].map(|piece| {
            let mut records = Records::new(BufReader::with_capacity(piece, text), b',');
            records.limit = limit;
            let mut told = Vec::new();
            loop {
                match records.next().expect("bytes can be read") {
                    Next::Record(record) => {
                        let cells: Vec<&str> = record.cells().collect();
                        told.push(format!("{} {}", record.line, cells.join("|")));
                    }
                    Next::Bad { line, reason } => told.push(format!("{line} !{reason}")),
                    Next::End => return told,
                }
            }
        });
        if limit == MAX_RECORD {
            assert_eq!(one, all);
        }
        all
    }

    #[test]
    fn records_keep_their_cells_and_lines() {
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            ("\n\r\n", &[]),
            ("a", &["1 a"]),
            ("a,b\r\n1,2\r\n", &["1 a|b", "2 1|2"]),
            ("a\n\nb\n", &["1 a", "3 b"]),
            ("a\r\rb\r", &["1 a", "3 b"]),
            ("a,\n,", &["1 a|", "2 |"]),
            ("\u{feff}a\n", &["1 a"]),
            ("\"x, y\",z", &["1 x, y|z"]),
            ("\"say \"\"hi\"\"\"\n", &["1 say \"hi\""]),
            ("\"two\r\nlines\"\nnext", &["1 two\r\nlines", "3 next"]),
            ("\"\"\nx", &["1 ", "2 x"]),
            (" a , b ", &["1  a | b "]),
            ("5\" pipe,6'\n", &["1 5\" pipe|6'"]),
        ];
        for (text, expected) in table {
            assert_eq!(told(text.as_bytes(), MAX_RECORD), *expected, "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_costs_its_line() {
        let table: &[(&[u8], &[&str])] = &[
            (
                b"a,\"b\n1,2\n3,4\n",
                &["1 !a quote is never closed", "2 1|2", "3 3|4"],
            ),
            (
                b"a\n\"b\"c,d\ne\n",
                &["1 a", "2 !text follows a closing quote", "3 e"],
            ),
            (b"a\n\xff\nb\n", &["1 a", "2 !it is not UTF-8", "3 b"]),
            (b"\"", &["1 !a quote is never closed"]),
        ];
        for (text, expected) in table {
            assert_eq!(told(text, MAX_RECORD), *expected, "{text:?}");
        }
    }

    #[test]
    fn a_record_without_end_is_not_held() {
        let long = format!("a\n{}\nb\n", "x".repeat(1 << 20));
        let expected = ["1 a", "2 !it is longer than 1 MiB", "3 b"];
        assert_eq!(told(long.as_bytes(), 1_000), expected);
        let open = format!("a\n\"{}\nb\n", "x\n".repeat(1 << 14));
        let found = told(open.as_bytes(), 1_000);
        assert_eq!(found[1], "2 !a quote is never closed");
        assert_eq!(found.last().map(String::as_str), Some("16387 b"));
        let mut records = Records::new(BufReader::new(long.as_bytes()), b',');
        records.limit = 1_000;
        while records.next().expect("bytes can be read") != Next::End {
            assert!(records.held.capacity() < 100_000);
        }
    }
}
