//! Comma-separated values as RFC 4180 has them: records with their lines, or what is wrong and
//! where. Empty lines are left out.

use std::borrow::Cow;

/// A record and the line that it begins on, counted from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'t> {
    pub line: usize,
    pub cells: Vec<Cow<'t, str>>,
}

/// What no reader agrees on, and the line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub line: usize,
    pub message: &'static str,
}

/// Reads the records one by one; nothing comes after one that is malformed.
pub(super) fn read(text: &str) -> Reader<'_> {
    Reader {
        rest: text.strip_prefix('\u{feff}').unwrap_or(text),
        line: 1,
    }
}

pub(super) struct Reader<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Iterator for Reader<'t> {
    type Item = Result<Record<'t>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.line_break() {}
        if self.rest.is_empty() {
            return None;
        }
        let record = self.record();
        if record.is_err() {
            self.rest = "";
        }
        Some(record)
    }
}

impl<'t> Reader<'t> {
    /// Goes past the end of a line, if it is here.
    fn line_break(&mut self) -> bool {
        let rest = self
            .rest
            .strip_prefix("\r\n")
            .or_else(|| self.rest.strip_prefix(['\n', '\r']));
        if let Some(rest) = rest {
            self.rest = rest;
            self.line += 1;
        }
        rest.is_some()
    }

    fn record(&mut self) -> Result<Record<'t>, Malformed> {
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            cells.push(self.cell()?);
            let Some(rest) = self.rest.strip_prefix(',') else {
                self.line_break();
                return Ok(Record { line, cells });
            };
            self.rest = rest;
        }
    }

    fn cell(&mut self) -> Result<Cow<'t, str>, Malformed> {
        let Some(quoted) = self.rest.strip_prefix('"') else {
            let end = self.rest.find([',', '\r', '\n']).unwrap_or(self.rest.len());
            let (cell, rest) = self.rest.split_at(end);
            self.rest = rest;
            if cell.contains('"') {
                return Err(self.malformed("there is a quote inside an unquoted cell"));
            }
            return Ok(Cow::Borrowed(cell));
        };
        let mut cell = String::new();
        let mut rest = quoted;
        loop {
            let Some(end) = rest.find('"') else {
                return Err(self.malformed("a quote is never closed"));
            };
            cell.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('"') {
                Some(after) => {
                    cell.push('"');
                    rest = after;
                }
                None => break,
            }
        }
        self.rest = rest;
        if !(rest.is_empty() || rest.starts_with([',', '\r', '\n'])) {
            return Err(self.malformed("text follows a closing quote"));
        }
        self.line += breaks(&cell);
        Ok(Cow::Owned(cell))
    }

    fn malformed(&self, message: &'static str) -> Malformed {
        Malformed {
            line: self.line,
            message,
        }
    }
}

/// How many line ends a text holds.
fn breaks(text: &str) -> usize {
    text.replace("\r\n", "\n").matches(['\n', '\r']).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<(usize, Vec<String>)> {
        let record = |record: Result<Record<'_>, Malformed>| {
            let record = record.unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
            let cells = record.cells.into_iter().map(Cow::into_owned);
            (record.line, cells.collect())
        };
        read(text).map(record).collect()
    }

    type Rows<'t> = &'t [(usize, &'t [&'t str])];

    #[test]
    fn records_keep_their_cells_and_lines() {
        let table: &[(&str, Rows<'_>)] = &[
            ("", &[]),
            ("\n\r\n", &[]),
            ("a", &[(1, &["a"])]),
            ("a,b\r\n1,2\r\n", &[(1, &["a", "b"]), (2, &["1", "2"])]),
            ("a\n\nb\n", &[(1, &["a"]), (3, &["b"])]),
            ("a,\n,", &[(1, &["a", ""]), (2, &["", ""])]),
            ("\u{feff}a\n", &[(1, &["a"])]),
            ("\"x, y\",z", &[(1, &["x, y", "z"])]),
            ("\"say \"\"hi\"\"\"", &[(1, &["say \"hi\""])]),
            (
                "\"two\r\nlines\"\nnext",
                &[(1, &["two\r\nlines"]), (3, &["next"])],
            ),
            ("\"\"\nx", &[(1, &[""]), (2, &["x"])]),
            (" a , b ", &[(1, &[" a ", " b "])]),
        ];
        for (text, expected) in table {
            let expected: Vec<(usize, Vec<String>)> = expected
                .iter()
                .map(|(line, cells)| (*line, cells.iter().map(|c| (*c).to_owned()).collect()))
                .collect();
            assert_eq!(cells(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_malformed_is_told_with_its_line() {
        for (text, line, part) in [
            ("a\n\"b", 2, "never closed"),
            ("a\nb\"c", 2, "inside an unquoted cell"),
            ("a\n\nb,\"c\"d", 3, "closing quote"),
        ] {
            let error = read(text).find_map(Result::err).expect(text);
            assert_eq!(error.line, line, "{text:?}");
            assert!(error.message.contains(part), "{text:?}: {error:?}");
        }
    }
}
