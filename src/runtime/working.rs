//! Which travelers are in memory, and who leaves it first: who was not needed for the longest time.

use std::collections::VecDeque;

/// Those who are in memory, by when they were last needed.
#[derive(Debug)]
pub(super) struct Working {
    most: usize,
    /// By number: the group in which it was last needed; 0 where it is not in memory.
    used: Vec<u32>,
    /// In the order in which they were let in or found needed again.
    order: VecDeque<(u32, u32)>,
    group: u32,
}

impl Working {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            used: Vec::new(),
            order: VecDeque::new(),
            group: 1,
        }
    }

    /// A traveler who is in memory is needed.
    pub(super) fn needs(&mut self, number: u32) {
        let index = number as usize;
        if self.used.len() <= index {
            self.used.resize(index + 1, 0);
        }
        if self.used[index] == 0 {
            self.order.push_back((number, self.group));
        }
        self.used[index] = self.group;
    }

    /// All are out of memory.
    pub(super) fn leave(&mut self) {
        self.used.clear();
        self.order.clear();
    }

    /// How many are in memory.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// A group is over: tells who is to leave.
    pub(super) fn end_group(&mut self, mut leave: impl FnMut(u32)) {
        while self.order.len() > self.most {
            let Some((number, seen)) = self.order.pop_front() else {
                break;
            };
            let used = self.used[number as usize];
            if used == seen {
                self.used[number as usize] = 0;
                leave(number);
            } else {
                self.order.push_back((number, used));
            }
        }
        self.group = self.group.checked_add(1).unwrap_or(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_not_needed_for_the_longest_time_leaves() {
        let mut working = Working::new(2);
        let mut left = Vec::new();
        for needed in [&[0, 1][..], &[0], &[2], &[0], &[3]] {
            for number in needed {
                working.needs(*number);
            }
            working.end_group(|number| left.push(number));
        }
        assert_eq!(left, [1, 2]);
        assert_eq!(working.len(), 2);
    }
}
