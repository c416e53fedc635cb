//! What waits for the one thread that owns the engine: bounded work from outside, and word from
//! those who sync and deliver, which is never refused.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A queue of work `W` and of word `T`.
pub(super) struct Queue<W, T> {
    inner: Mutex<Inner<W, T>>,
    changed: Condvar,
    /// How much work may wait, by its weight.
    most: usize,
}

struct Inner<W, T> {
    work: VecDeque<(usize, W)>,
    weight: usize,
    told: Vec<T>,
    closed: bool,
}

/// Why work was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Full,
    Closed,
}

/// What there is to do.
pub(super) struct Taken<W, T> {
    pub work: Vec<W>,
    pub told: Vec<T>,
    /// No more work will come.
    pub closed: bool,
}

impl<W, T> Queue<W, T> {
    pub(super) fn new(most: usize) -> Self {
        Self {
            inner: Mutex::new(Inner {
                work: VecDeque::new(),
                weight: 0,
                told: Vec::new(),
                closed: false,
            }),
            changed: Condvar::new(),
            most,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<W, T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds work of a weight, unless too much is waiting. What alone is more than may wait is
    /// taken when nothing else waits.
    pub(super) fn offer(&self, weight: usize, work: W) -> Result<(), Refused> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(Refused::Closed);
        }
        if inner.weight > 0 && inner.weight + weight > self.most {
            return Err(Refused::Full);
        }
        inner.weight += weight;
        inner.work.push_back((weight, work));
        drop(inner);
        self.changed.notify_one();
        Ok(())
    }

    pub(super) fn tell(&self, word: T) {
        self.lock().told.push(word);
        self.changed.notify_one();
    }

    /// Takes no more work.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// How much work waits.
    pub(super) fn weight(&self) -> usize {
        self.lock().weight
    }

    /// Waits for something to do, no longer than this; takes work up to a weight, one at least.
    pub(super) fn take(&self, wait: Duration, most: usize) -> Taken<W, T> {
        let mut inner = self.lock();
        if inner.work.is_empty() && inner.told.is_empty() && !inner.closed {
            let waited = self.changed.wait_timeout(inner, wait);
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let mut work = Vec::new();
        let mut taken = 0;
        while taken < most
            && let Some((weight, one)) = inner.work.pop_front()
        {
            taken += weight;
            inner.weight -= weight;
            work.push(one);
        }
        Taken {
            work,
            told: std::mem::take(&mut inner.told),
            closed: inner.closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_is_refused_and_word_never() {
        let queue: Queue<&str, u8> = Queue::new(3);
        assert_eq!(queue.offer(2, "a"), Ok(()));
        assert_eq!(queue.offer(2, "b"), Err(Refused::Full));
        assert_eq!(queue.offer(1, "c"), Ok(()));
        queue.tell(7);
        let taken = queue.take(Duration::ZERO, 2);
        assert_eq!((taken.work, taken.told), (vec!["a"], vec![7]));
        assert_eq!(queue.take(Duration::ZERO, 2).work, ["c"]);
        assert_eq!(queue.offer(9, "alone"), Ok(()));
        queue.close();
        assert_eq!(queue.offer(1, "late"), Err(Refused::Closed));
        let taken = queue.take(Duration::ZERO, 2);
        assert!(taken.closed);
        assert_eq!(taken.work, ["alone"]);
    }
}
