//! Events through the engine as they are read, for what happens in numbers: nothing is kept but the
//! state of the travelers and a few pieces of the input.
//!
//! It needs a log in the order of time, since a dry run handles events in that order: with another
//! it answers nothing, and the log is to be read as a whole.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::counts::Counts;
use super::lines::{self, Line, Pieces};
use super::run::rejected;
use crate::engine::{AHEAD, Decoder, Engine, Listener, State, What};

/// What happens, in numbers, as [`super::run`] counts it; none where the input is no log of lines
/// in the order of time. Lines are decoded by so many threads, and handled by one: the result does
/// not depend on how many there are.
pub fn count(
    engine: &Engine,
    input: &mut (dyn Read + Send),
    until: Option<Timestamp>,
    threads: usize,
) -> io::Result<Option<Counts>> {
    let mut pieces = Pieces::new(input);
    if !pieces.are_lines()? {
        return Ok(None);
    }
    let mut counter = Counter::new(engine, until);
    let in_order = if threads < 2 {
        counter.alone(&mut pieces)?
    } else {
        counter.together(pieces, threads)?
    };
    Ok(in_order.then(|| counter.finish()))
}

/// One run.
struct Counter<'e> {
    engine: &'e Engine,
    state: State,
    counts: Counts,
    until: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl<'e> Counter<'e> {
    fn new(engine: &'e Engine, until: Option<Timestamp>) -> Self {
        Self {
            engine,
            state: State::default(),
            counts: Counts::default(),
            until,
            last: None,
        }
    }

    fn alone(&mut self, pieces: &mut Pieces<'_>) -> io::Result<bool> {
        let mut decoder = Decoder::new(self.engine);
        let (mut piece, mut lines) = (Vec::new(), Vec::new());
        while pieces.next(&mut piece)?.is_some() {
            lines::read(&mut decoder, &piece, &mut lines);
            if !self.handle(&lines) {
                return Ok(false);
            }
        }
        Ok(!pieces.given_up)
    }

    /// Others decode, and so does this thread while it has nothing to handle.
    fn together(&mut self, pieces: Pieces<'_>, threads: usize) -> io::Result<bool> {
        let desk = Desk::new(pieces, threads);
        let engine = self.engine;
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(|| desk.decode_all(engine));
            }
            let result = self.handle_all(&desk);
            desk.lock().closed = true;
            desk.changed.notify_all();
            result
        })
    }

    fn handle_all(&mut self, desk: &Desk<'_>) -> io::Result<bool> {
        let mut decoder = Decoder::new(self.engine);
        let mut piece = Vec::new();
        let mut next = 0;
        loop {
            match desk.next(next) {
                Next::Lines(lines) => {
                    next += 1;
                    if !self.handle(&lines) {
                        return Ok(false);
                    }
                    desk.lock().spent.push(lines);
                }
                Next::Decode => desk.decode_one(&mut decoder, &mut piece),
                Next::End => {
                    let mut results = desk.lock();
                    let whole = !results.given_up;
                    return results.failed.take().map_or(Ok(whole), Err);
                }
            }
        }
    }

    /// Handles lines in their order; false where that is not the order of time.
    fn handle(&mut self, lines: &[Line]) -> bool {
        for some in lines.chunks(AHEAD) {
            let events = some.iter().filter_map(Line::event);
            self.engine.look_ahead(&self.state, events);
            if !some.iter().all(|line| self.handle_one(line)) {
                return false;
            }
        }
        true
    }

    fn handle_one(&mut self, line: &Line) -> bool {
        let (engine, state, counts) = (self.engine, &mut self.state, &mut self.counts);
        let Some(time) = line.time().or(self.last) else {
            return false;
        };
        if self.last.is_some_and(|last| time < last) {
            return false;
        }
        self.last = Some(time);
        counts.events += 1;
        if self.until.is_some_and(|until| time > until) {
            counts.left_out += 1;
            return true;
        }
        let mut count = |what: &What| counts.add(what);
        let out = &mut Listener::Kinds(&mut count);
        engine.advance_up_to(state, time, out);
        engine.forget_ids(state, time);
        match line {
            Line::Event(ready) => engine.take(state, ready, out),
            Line::Refused(record) => count(&record.what),
            Line::Bad(bad) => count(&rejected(bad.clone(), time, "".into()).what),
        }
        true
    }

    fn finish(mut self) -> Counts {
        let Some(end) = self.until.or(self.last) else {
            return Counts::default();
        };
        let counts = &mut self.counts;
        let mut count = |what: &What| counts.add(what);
        let out = &mut Listener::Kinds(&mut count);
        self.engine.advance_to(&mut self.state, end, out);
        Counts {
            pending: self.engine.pending(&self.state),
            ..self.counts
        }
    }
}

/// Where pieces are fetched and what was decoded is left.
struct Desk<'r> {
    pieces: Mutex<Pieces<'r>>,
    results: Mutex<Results>,
    changed: Condvar,
    /// How many pieces may lie here.
    room: usize,
}

#[derive(Default)]
struct Results {
    /// By number of the piece.
    lines: BTreeMap<u64, Vec<Line>>,
    /// Lines that were handled: others are put in their place.
    spent: Vec<Vec<Line>>,
    /// How many pieces there are, once that is known.
    pieces: Option<u64>,
    failed: Option<io::Error>,
    given_up: bool,
    /// Nobody wants more.
    closed: bool,
}

enum Next {
    Lines(Vec<Line>),
    /// Nothing yet: decode something yourself.
    Decode,
    End,
}

impl<'r> Desk<'r> {
    fn new(pieces: Pieces<'r>, threads: usize) -> Self {
        Self {
            pieces: Mutex::new(pieces),
            results: Mutex::default(),
            changed: Condvar::new(),
            room: threads * 16,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Results> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'g>(&self, guard: MutexGuard<'g, Results>) -> MutexGuard<'g, Results> {
        self.changed
            .wait(guard)
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Decodes until there is no more.
    fn decode_all(&self, engine: &Engine) {
        let mut decoder = Decoder::new(engine);
        let mut piece = Vec::new();
        loop {
            let mut results = self.lock();
            while results.lines.len() >= self.room && !results.closed {
                results = self.wait(results);
            }
            if results.closed || results.pieces.is_some() {
                return;
            }
            drop(results);
            self.decode_one(&mut decoder, &mut piece);
        }
    }

    /// Fetches a piece, if there is one more, and leaves what it holds.
    fn decode_one(&self, decoder: &mut Decoder<'_>, piece: &mut Vec<u8>) {
        let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        let next = pieces.next(piece);
        let (taken, given_up) = (pieces.taken, pieces.given_up);
        drop(pieces);
        match next {
            Ok(Some(number)) => {
                let mut lines = self.lock().spent.pop().unwrap_or_default();
                lines::read(decoder, piece, &mut lines);
                self.lock().lines.insert(number, lines);
            }
            Ok(None) => {
                let mut results = self.lock();
                results.given_up = given_up;
                results.pieces = Some(taken);
            }
            Err(error) => {
                let mut results = self.lock();
                results.failed = Some(error);
                results.pieces = Some(taken);
            }
        }
        self.changed.notify_all();
    }

    /// What the piece with this number holds, or what to do until that is known.
    fn next(&self, number: u64) -> Next {
        let mut results = self.lock();
        loop {
            if let Some(lines) = results.lines.remove(&number) {
                self.changed.notify_all();
                return Next::Lines(lines);
            }
            match results.pieces {
                Some(pieces) if pieces <= number => return Next::End,
                // Another thread is at it.
                Some(_) => results = self.wait(results),
                None if results.lines.len() >= self.room => results = self.wait(results),
                None => return Next::Decode,
            }
        }
    }
}
