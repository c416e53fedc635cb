//! Times of events, which come one after the other: of most, the day is known from the one before.

use jiff::Timestamp;

use crate::cel::parse_timestamp;

/// `2026-03-02T`.
const DAY: usize = 11;

/// Reads times as [`parse_timestamp`] does.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// The day that was read last, and the second in which it begins.
    day: [u8; DAY],
    begins: i64,
}

impl Clock {
    /// A time of the day that was read last; nothing for whatever else stands there.
    #[inline]
    pub(super) fn same_day(&self, text: &[u8]) -> Option<Timestamp> {
        let (day, time) = text.split_first_chunk()?;
        if *day != self.day {
            return None;
        }
        let (second, millis) = of_day(time)?;
        Timestamp::new(self.begins + second, millis * 1_000_000).ok()
    }

    pub(super) fn read(&mut self, text: &str) -> Option<Timestamp> {
        if let Some(time) = self.same_day(text.as_bytes()) {
            return Some(time);
        }
        let time = parse_timestamp(text).ok()?;
        // With another offset it may be of another day.
        if let (Some(day), true) = (text.as_bytes().first_chunk(), text.ends_with('Z')) {
            self.day = *day;
            self.begins = time.as_second().div_euclid(86_400) * 86_400;
            // A time before the epoch is counted down from the second behind it.
            if time < Timestamp::UNIX_EPOCH {
                self.day = [0; DAY];
            }
        }
        Some(time)
    }
}

/// The second of the day and the milliseconds of `18:00:00Z` or `18:00:00.123Z`.
fn of_day(time: &[u8]) -> Option<(i64, i32)> {
    let digit = |at: usize| {
        let digit = time[at].wrapping_sub(b'0');
        (digit < 10).then(|| i32::from(digit))
    };
    let two = |at: usize| Some(digit(at)? * 10 + digit(at + 1)?);
    let millis = match time {
        [_, _, b':', _, _, b':', _, _, b'Z'] => 0,
        [_, _, b':', _, _, b':', _, _, b'.', _, _, _, b'Z'] => two(9)? * 10 + digit(11)?,
        _ => return None,
    };
    let (hour, minute, second) = (two(0)?, two(3)?, two(6)?);
    let there = hour < 24 && minute < 60 && second < 60;
    there.then(|| (i64::from((hour * 60 + minute) * 60 + second), millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_the_other_reader_reads_whatever_came_before() {
        let days = [
            "2026-03-02T",
            "2026-03-03T",
            "1969-12-31T",
            "1970-01-01T",
            "2026-02-30T",
        ];
        let times = [
            "00:00:00Z",
            "23:59:59.999Z",
            "12:34:56.7Z",
            "12:34:56.789012345Z",
            "24:00:00Z",
            "23:60:00Z",
            "23:59:60Z",
            "12:34:56+02:00",
            "12:34:56.789-11:00",
            "12:34:56",
            "1a:00:00Z",
            "12-34-56Z",
            "12:34:56.78xZ",
            "Z",
            "",
        ];
        let mut clock = Clock::default();
        for first in days {
            for second in days {
                for time in times {
                    for day in [first, second] {
                        let text = format!("{day}{time}");
                        assert_eq!(clock.read(&text), parse_timestamp(&text).ok(), "{text}");
                    }
                }
            }
        }
    }
}
