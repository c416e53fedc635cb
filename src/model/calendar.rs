//! Local times: from civil dates to instants, `wait: { at: }`, quiet hours.
//!
//! A local time that a change of clocks leaves out is the first valid instant after it; one that
//! comes twice is the first.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

/// The instant of a local time.
pub fn instant(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local).ok(),
        AmbiguousOffset::Gap { before, .. } => {
            let inside = before.to_timestamp(local).ok()?;
            let after = inside.checked_add(SignedDuration::from_nanos(1)).ok()?;
            zone.preceding(after)
                .next()
                .map(|change| change.timestamp())
        }
    }
}

/// The next time of day later than now; `days` skips so many midnights first.
pub fn next_at(zone: &TimeZone, now: Timestamp, days: u32, at: Time) -> Option<Timestamp> {
    let today = now.to_zoned(zone.clone()).date();
    let mut date = add_days(today, i64::from(days))?;
    for _ in 0..3 {
        if let Some(found) = instant(zone, date.to_datetime(at)).filter(|found| *found > now) {
            return Some(found);
        }
        date = add_days(date, 1)?;
    }
    None
}

/// When the quiet hours end that hold now; none outside them. `from` is included, `to` is not;
/// they run over midnight where `to` is not later than `from`.
pub fn quiet_until(zone: &TimeZone, now: Timestamp, from: Time, to: Time) -> Option<Timestamp> {
    let today = now.to_zoned(zone.clone()).date();
    (-1..=1).find_map(|days| {
        let date = add_days(today, days)?;
        let last = if to <= from { add_days(date, 1)? } else { date };
        let start = instant(zone, date.to_datetime(from))?;
        let end = instant(zone, last.to_datetime(to))?;
        (start <= now && now < end).then_some(end)
    })
}

fn add_days(date: Date, days: i64) -> Option<Date> {
    date.checked_add(days.days()).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    fn paris() -> TimeZone {
        TimeZone::get("Europe/Paris").unwrap()
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn clock(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_of_day_is_the_next_one_later_than_now() {
        let cases = [
            (
                "2026-03-02T07:59:00Z",
                0,
                "09:00:00",
                "2026-03-02T08:00:00Z",
            ),
            (
                "2026-03-02T08:00:00Z",
                0,
                "09:00:00",
                "2026-03-03T08:00:00Z",
            ),
            (
                "2026-03-02T07:00:00Z",
                2,
                "09:00:00",
                "2026-03-04T08:00:00Z",
            ),
            // One midnight later the clocks have changed.
            (
                "2026-03-28T12:00:00Z",
                1,
                "09:00:00",
                "2026-03-29T07:00:00Z",
            ),
            // 02:30 does not exist on that day: 03:00 is the next valid instant.
            (
                "2026-03-28T12:00:00Z",
                0,
                "02:30:00",
                "2026-03-29T01:00:00Z",
            ),
            // 02:30 comes twice on that day: the first.
            (
                "2026-10-24T12:00:00Z",
                0,
                "02:30:00",
                "2026-10-25T00:30:00Z",
            ),
        ];
        for (now, days, at, expected) in cases {
            let found = next_at(&paris(), time(now), days, clock(at));
            assert_eq!(found, Some(time(expected)), "{now} {days} {at}");
        }
    }

    #[test]
    fn quiet_hours_include_their_begin_and_not_their_end() {
        let cases = [
            ("2026-03-02T19:59:59Z", "21:00:00", "08:00:00", None),
            (
                "2026-03-02T20:00:00Z",
                "21:00:00",
                "08:00:00",
                Some("2026-03-03T07:00:00Z"),
            ),
            (
                "2026-03-03T06:59:59Z",
                "21:00:00",
                "08:00:00",
                Some("2026-03-03T07:00:00Z"),
            ),
            ("2026-03-03T07:00:00Z", "21:00:00", "08:00:00", None),
            (
                "2026-03-03T12:30:00Z",
                "13:00:00",
                "14:00:00",
                Some("2026-03-03T13:00:00Z"),
            ),
            // The night in which the clocks go forward.
            (
                "2026-03-28T23:00:00Z",
                "21:00:00",
                "08:00:00",
                Some("2026-03-29T06:00:00Z"),
            ),
            // After the first 02:30 of an overlap, quiet hours that end there are over.
            ("2026-10-25T01:10:00Z", "21:00:00", "02:30:00", None),
        ];
        for (now, from, to, expected) in cases {
            let found = quiet_until(&paris(), time(now), clock(from), clock(to));
            assert_eq!(found, expected.map(time), "{now} {from} {to}");
        }
    }
}
