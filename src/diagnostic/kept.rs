//! The diagnostics of one file while it is read: as many as are told go in and stay, of the others
//! only their numbers. Where they end in the output, and what is said there, is `compile`'s business.

use super::{Code, Diagnostic};
use crate::source::Span;

/// How many diagnostics of one file are told. Each takes half a kilobyte, and a file may have a
/// mistake in every other byte.
pub const MAX_KEPT: usize = 20_000;

/// Diagnostics in the order in which they were found, the first [`MAX_KEPT`] of them.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    list: Vec<Diagnostic>,
    rest: Rest,
}

impl Kept {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let (code, span) = (diagnostic.code, diagnostic.span);
        self.push_with(code, span, || diagnostic);
    }

    /// The same for one that takes time to make: it is made where it is kept.
    pub fn push_with(
        &mut self,
        code: &'static Code,
        span: Span,
        make: impl FnOnce() -> Diagnostic,
    ) {
        if self.is_full() {
            self.rest.add(code, span);
        } else {
            self.list.push(make());
        }
    }

    /// Whether all that comes is only counted.
    pub fn is_full(&self) -> bool {
        self.list.len() >= MAX_KEPT
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What was kept from a number on.
    pub fn since(&self, from: usize) -> &[Diagnostic] {
        self.list.get(from..).unwrap_or_default()
    }

    /// Takes out what was kept from a number on and is none of these.
    pub fn retain_from(&mut self, from: usize, keep: impl FnMut(&Diagnostic) -> bool) {
        let told = self.list.split_off(from);
        self.list.extend(told.into_iter().filter(keep));
    }

    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in diagnostics {
            self.push(diagnostic);
        }
    }

    /// What was kept, and what was not.
    pub fn into_parts(self) -> (Vec<Diagnostic>, Rest) {
        (self.list, self.rest)
    }
}

/// What was found and not kept, in numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rest {
    counts: Vec<(&'static Code, usize)>,
    from: Option<Span>,
}

impl Rest {
    /// Counts one more.
    pub fn add(&mut self, code: &'static Code, span: Span) {
        let from = self.from.get_or_insert(span);
        if span.start() < from.start() {
            *from = span;
        }
        match self.counts.iter_mut().find(|(of, _)| *of == code) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((code, 1)),
        }
    }

    /// Adds what another part of the same file did not keep.
    pub fn join(&mut self, other: Self) {
        for (code, count) in other.counts {
            match self.counts.iter_mut().find(|(of, _)| *of == code) {
                Some((_, sum)) => *sum += count,
                None => self.counts.push((code, count)),
            }
        }
        self.from = match (self.from, other.from) {
            (Some(a), Some(b)) => Some(if b.start() < a.start() { b } else { a }),
            (a, b) => a.or(b),
        };
    }

    /// How many of each.
    pub fn counts(&self) -> &[(&'static Code, usize)] {
        &self.counts
    }

    /// Where the first of them stands; none where nothing was left out.
    pub fn from(&self) -> Option<Span> {
        self.from
    }

    pub fn is_empty(&self) -> bool {
        self.from.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;
    use crate::source::FileId;

    #[test]
    fn what_is_beyond_the_limit_is_counted_and_not_made() {
        let mut kept = Kept::default();
        let place = |at| Span::new(FileId(0), at, at + 1);
        for at in 0..MAX_KEPT as u32 {
            kept.push(Diagnostic::new(&codes::UNKNOWN_KEY, place(at), "a"));
        }
        assert!(kept.is_full());
        kept.push_with(&codes::UNKNOWN_KEY, place(90_000), || {
            unreachable!("nobody would see it")
        });
        kept.push(Diagnostic::new(&codes::WRONG_SHAPE, place(80_000), "b"));
        let (list, mut rest) = kept.into_parts();
        assert_eq!(list.len(), MAX_KEPT);
        let mut other = Rest::default();
        other.add(&codes::UNKNOWN_KEY, place(85_000));
        rest.join(other);
        let counts: Vec<(&str, usize)> = rest.counts().iter().map(|(c, n)| (c.name, *n)).collect();
        assert_eq!(counts, [("unknown-key", 2), ("wrong-shape", 1)]);
        assert_eq!(rest.from(), Some(place(80_000)));
    }
}
