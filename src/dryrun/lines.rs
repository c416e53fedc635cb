//! Sample events as lines of JSON, read in pieces: a stream of bytes goes in, batches of events
//! that are ready to be handled come out.
//!
//! It comes to the same as [`super::samples`], which words what is wrong, and holds one piece of
//! the input rather than all of it.

use std::io::{self, Read};

use jiff::Timestamp;
use memchr::{memchr, memrchr};

use super::samples::{self, Bad};
use super::stream::MAX_LINE;
use crate::engine::{Decoder, Ready, Record};

/// How much is read at once: what it comes to fits into the cache next to a core.
const PIECE: usize = 64 * 1024;

/// What one line holds.
#[derive(Debug)]
pub(super) enum Line {
    Event(Ready),
    /// An event that cannot be handled.
    Refused(Box<Record>),
    /// No event.
    Bad(Bad),
}

impl Line {
    /// The event, if it is one.
    pub(super) const fn event(&self) -> Option<&Ready> {
        match self {
            Self::Event(ready) => Some(ready),
            Self::Refused(_) | Self::Bad(_) => None,
        }
    }

    /// Its place in time; none where it has none of its own.
    pub(super) fn time(&self) -> Option<Timestamp> {
        match self {
            Self::Event(ready) => Some(ready.handled_at()),
            Self::Refused(record) => Some(record.time),
            Self::Bad(bad) => bad.time,
        }
    }
}

/// A stream that is read in pieces of whole lines.
pub(super) struct Pieces<'r> {
    input: &'r mut (dyn Read + Send),
    /// What was read beyond the last whole line.
    rest: Vec<u8>,
    over: bool,
    /// A line is too long to be held.
    pub(super) given_up: bool,
    /// How many pieces there were.
    pub(super) taken: u64,
}

impl<'r> Pieces<'r> {
    pub(super) fn new(input: &'r mut (dyn Read + Send)) -> Self {
        Self {
            input,
            rest: Vec::new(),
            over: false,
            given_up: false,
            taken: 0,
        }
    }

    /// Whether these are lines of JSON rather than an array, a table or something compressed.
    pub(super) fn are_lines(&mut self) -> io::Result<bool> {
        self.over = self.more(PIECE)? == 0;
        let text = self.rest.strip_prefix(b"\xEF\xBB\xBF");
        let text = text.unwrap_or(&self.rest);
        let lines = text.trim_ascii_start().first() == Some(&b'{');
        if lines && text.len() < self.rest.len() {
            self.rest.drain(..3);
        }
        Ok(lines)
    }

    fn more(&mut self, at_most: usize) -> io::Result<usize> {
        let limit = at_most as u64;
        (&mut *self.input).take(limit).read_to_end(&mut self.rest)
    }

    /// Puts the next piece into `piece`, and answers its number; none where there is no more.
    pub(super) fn next(&mut self, piece: &mut Vec<u8>) -> io::Result<Option<u64>> {
        loop {
            // A longer line makes a larger piece.
            if !self.over && self.rest.len() < PIECE {
                self.over = self.more(PIECE)? < PIECE;
            }
            let end = match memrchr(b'\n', &self.rest) {
                Some(last) => last + 1,
                None if self.over => self.rest.len(),
                None if self.rest.len() > MAX_LINE => {
                    self.given_up = true;
                    return Ok(None);
                }
                None => {
                    let more = self.rest.len().max(PIECE);
                    self.over = self.more(more)? < more;
                    continue;
                }
            };
            if end == 0 {
                return Ok(None);
            }
            std::mem::swap(piece, &mut self.rest);
            self.rest.clear();
            self.rest.extend_from_slice(&piece[end..]);
            piece.truncate(end);
            self.taken += 1;
            return Ok(Some(self.taken - 1));
        }
    }
}

/// Puts the lines of a piece that are not blank into `lines`, in place of what is there.
pub(super) fn read(decoder: &mut Decoder<'_>, piece: &[u8], lines: &mut Vec<Line>) {
    let mut count = 0;
    // Mostly all of it is text; where it is not, each line is looked at.
    let whole = std::str::from_utf8(piece).ok();
    let mut at = 0;
    while at < piece.len() {
        let end = memchr(b'\n', &piece[at..]).map_or(piece.len(), |length| at + length);
        let line = &piece[at..end];
        let text = match whole {
            _ if line.len() > MAX_LINE => None,
            Some(whole) => whole.get(at..end),
            None => std::str::from_utf8(line).ok(),
        };
        at = end + 1;
        let fast = match (text, lines.get_mut(count)) {
            (Some(text), Some(Line::Event(ready))) => {
                if decoder.decode_again(text, ready) {
                    count += 1;
                    continue;
                }
                None
            }
            (Some(text), _) => decoder.decode(text),
            (None, _) => None,
        };
        let read = match fast {
            Some(ready) => Line::Event(ready),
            None if line.trim_ascii().is_empty() => continue,
            None => slowly(decoder, line),
        };
        match lines.get_mut(count) {
            Some(place) => *place = read,
            None => lines.push(read),
        }
        count += 1;
    }
    lines.truncate(count);
}

/// A line that is out of the ordinary.
fn slowly(decoder: &Decoder<'_>, line: &[u8]) -> Line {
    if line.len() > MAX_LINE {
        return Line::Bad(Bad {
            name: "".into(),
            id: "".into(),
            time: None,
            reason: "the line is too long".to_owned(),
        });
    }
    match samples::read_event(line) {
        Ok(envelope) => match decoder.ready(&envelope.into()) {
            Ok(ready) => Line::Event(ready),
            Err(refused) => Line::Refused(refused),
        },
        Err(bad) => Line::Bad(bad),
    }
}
