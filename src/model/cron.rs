//! Five-field cron: `minute hour day-of-month month day-of-week`, and its next time.
//!
//! Lists, ranges, steps, names of months and days; 7 is Sunday too. Where both days are given,
//! either is enough, as cron has it.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::calendar;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Both days are given.
    either_day: bool,
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// How far ahead a time is looked for: a 29th of February that is a Monday comes within 40 years.
const HORIZON_DAYS: u32 = 366 * 41;

impl Cron {
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<_> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return Err(format!("`{text}` is not a schedule: five fields are due"));
        };
        let mut weekday_set = field("day of the week", weekdays, 0, 7, &WEEKDAYS, 0)?;
        if weekday_set & 1 << 7 != 0 {
            weekday_set |= 1;
        }
        Ok(Self {
            minutes: field("minute", minutes, 0, 59, &[], 0)?,
            hours: field("hour", hours, 0, 23, &[], 0)?,
            days: field("day of the month", days, 1, 31, &[], 0)?,
            months: field("month", months, 1, 12, &MONTHS, 1)?,
            weekdays: weekday_set,
            either_day: !days.starts_with('*') && !weekdays.starts_with('*'),
        })
    }

    /// The first time later than now; none where there is none within decades.
    pub fn next(&self, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        let mut date = now.to_zoned(zone.clone()).date();
        for _ in 0..HORIZON_DAYS {
            if self.has_date(date) {
                let found = self.times(date).find_map(|local| {
                    calendar::instant(zone, local).filter(|instant| *instant > now)
                });
                if found.is_some() {
                    return found;
                }
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }

    /// Whether dates do not matter to it, but for the day of the week.
    pub fn is_weekly(&self) -> bool {
        let all = |bits: u64, low: u32, high: u32| (low..=high).all(|bit| bits & 1 << bit != 0);
        all(self.days, 1, 31) && all(self.months, 1, 12)
    }

    /// The minutes of a day at which it is due, on its dates.
    pub fn minutes(&self) -> Vec<u32> {
        let hours = (0..24_u32).filter(|hour| self.hours & 1 << hour != 0);
        let minutes = |hour| {
            let minutes = (0..60_u32).filter(|minute| self.minutes & 1 << minute != 0);
            minutes.map(move |minute| hour * 60 + minute)
        };
        hours.flat_map(minutes).collect()
    }

    /// Whether it is due on a date.
    pub fn has_date(&self, date: Date) -> bool {
        let weekday = match date.weekday() {
            Weekday::Sunday => 0,
            other => other.to_monday_one_offset(),
        };
        let day = self.days & 1 << date.day() != 0;
        let weekday = self.weekdays & 1 << weekday != 0;
        let days = if self.either_day {
            day || weekday
        } else {
            day && weekday
        };
        days && self.months & 1 << date.month() != 0
    }

    fn times(&self, date: Date) -> impl Iterator<Item = jiff::civil::DateTime> {
        let hours = (0..24i8).filter(|hour| self.hours & 1 << hour != 0);
        hours.flat_map(move |hour| {
            (0..60i8)
                .filter(|minute| self.minutes & 1 << minute != 0)
                .map(move |minute| date.at(hour, minute, 0, 0))
        })
    }
}

/// The numbers of one field, as bits.
fn field(
    what: &str,
    text: &str,
    low: u32,
    high: u32,
    names: &[&str],
    first: u32,
) -> Result<u64, String> {
    let wrong = || format!("the {what} `{text}` does not fit into {low} to {high}");
    let number = |part: &str| {
        let known = names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(part));
        let value = match known {
            Some(index) => index as u32 + first,
            None => part.parse().map_err(|_| wrong())?,
        };
        if (low..=high).contains(&value) {
            Ok(value)
        } else {
            Err(wrong())
        }
    };
    let mut bits = 0;
    for item in text.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        let (from, to) = if range == "*" {
            (low, high)
        } else if let Some((from, to)) = range.split_once('-') {
            (number(from)?, number(to)?)
        } else {
            let from = number(range)?;
            (from, if step.is_some() { high } else { from })
        };
        let step = match step {
            Some(step) => step.parse::<u32>().map_err(|_| wrong())?,
            None => 1,
        };
        if step == 0 || from > to {
            return Err(wrong());
        }
        let mut value = from;
        while value <= to {
            bits |= 1 << value;
            value = value.saturating_add(step);
        }
    }
    Ok(bits)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    #[test]
    fn the_next_time_of_a_schedule() {
        let cases = [
            (
                "0 9 * * MON",
                "2026-03-02T08:00:00Z",
                "2026-03-09T08:00:00Z",
            ),
            (
                "0 9 * * MON",
                "2026-03-02T07:59:59Z",
                "2026-03-02T08:00:00Z",
            ),
            (
                "*/15 * * * *",
                "2026-03-02T07:59:59Z",
                "2026-03-02T08:00:00Z",
            ),
            (
                "30 8-10/2 * * *",
                "2026-03-02T08:00:00Z",
                "2026-03-02T09:30:00Z",
            ),
            (
                "0 0 1,15 * *",
                "2026-03-02T08:00:00Z",
                "2026-03-14T23:00:00Z",
            ),
            // Either day is enough.
            ("0 0 13 * 5", "2026-03-02T08:00:00Z", "2026-03-05T23:00:00Z"),
            (
                "0 12 29 FEB *",
                "2026-03-02T08:00:00Z",
                "2028-02-29T11:00:00Z",
            ),
            // 02:30 does not exist on that day.
            ("30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
            ("0 0 * * 7", "2026-03-02T08:00:00Z", "2026-03-07T23:00:00Z"),
        ];
        let paris = TimeZone::get("Europe/Paris").unwrap();
        for (text, now, expected) in cases {
            let cron = Cron::parse(text).unwrap();
            let found = cron.next(&paris, now.parse().unwrap());
            assert_eq!(found, Some(expected.parse().unwrap()), "{text} after {now}");
        }
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for text in [
            "",
            "* * * *",
            "60 * * * *",
            "* * * * FUN",
            "*/0 * * * *",
            "5-1 * * * *",
        ] {
            assert!(Cron::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_that_never_comes_has_no_next_time() {
        let cron = Cron::parse("0 0 30 2 *").unwrap();
        assert_eq!(cron.next(&TimeZone::UTC, Timestamp::UNIX_EPOCH), None);
    }
}
