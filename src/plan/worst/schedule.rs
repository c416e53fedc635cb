//! How often a schedule is due within a time.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::rate::Window;
use crate::model::{Cron, Expr};

/// After so many days the days of the week fall on the same dates again: 28 years.
const CYCLE: u64 = 28 * 365 + 7;
/// Schedules that are due more often in a day are counted by the day.
const MAX_TIMES: usize = 24;
const DAY: u64 = 86_400;
/// How far clocks go forward at once, where the zone is not known before it runs. A traveler who
/// changes zones meets other times.
const UNKNOWN_SHIFT: u64 = 2 * 3_600;

/// The most times that a schedule is due in any window of a length.
pub(super) fn most(cron: &str, zone: Option<&Expr>, fallback: &str, window: Window) -> Option<u64> {
    let cron = Cron::parse(cron).ok()?;
    let window = window.0?.saturating_add(shift(zone, fallback));
    let minutes = cron.minutes();
    let touched = window / DAY + 2;
    let cycle = if cron.is_weekly() { 7 } else { CYCLE };
    let days = days(&cron, cycle + touched);
    if minutes.len() > MAX_TIMES {
        let days = most_within(&days, touched);
        return Some((minutes.len() as u64).saturating_mul(days));
    }
    let seconds = |day: &u64| {
        let day = *day;
        let each = minutes.iter();
        each.map(move |minute| day * DAY + u64::from(*minute) * 60)
    };
    let times: Vec<u64> = days.iter().flat_map(seconds).collect();
    Some(most_within(&times, window))
}

/// The most of some numbers, which grow, that are less than so much apart.
fn most_within(numbers: &[u64], window: u64) -> u64 {
    let (mut first, mut most) = (0, 0);
    for (last, number) in numbers.iter().enumerate() {
        while number - numbers[first] >= window {
            first += 1;
        }
        most = most.max(last - first + 1);
    }
    most as u64
}

/// The days on which a schedule is due, counted from one far back.
fn days(cron: &Cron, count: u64) -> Vec<u64> {
    let Ok(mut date) = Date::new(2_000, 1, 1) else {
        return Vec::new();
    };
    let mut days = Vec::new();
    for day in 0..count.min(4 * CYCLE) {
        if cron.has_date(date) {
            days.push(day);
        }
        match date.tomorrow() {
            Ok(next) => date = next,
            Err(_) => break,
        }
    }
    days
}

fn local(year: i16) -> Option<Timestamp> {
    let date = Date::new(year, 1, 1).ok()?.to_datetime(Time::midnight());
    TimeZone::UTC.to_timestamp(date).ok()
}

/// By how much clocks go forward at most, in the years around now and the next ones.
fn shift(zone: Option<&Expr>, fallback: &str) -> u64 {
    let name = match zone {
        None => fallback,
        Some(zone) => match zone
            .cel
            .strip_prefix('"')
            .and_then(|it| it.strip_suffix('"'))
        {
            Some(name) => name,
            None => return UNKNOWN_SHIFT,
        },
    };
    let Ok(zone) = TimeZone::get(name) else {
        return UNKNOWN_SHIFT;
    };
    let Some((from, to)) = local(2_000).zip(local(2_060)) else {
        return UNKNOWN_SHIFT;
    };
    let mut before = zone.to_offset(from);
    let mut shift = 0;
    for change in zone.following(from).take_while(|it| it.timestamp() < to) {
        shift = shift.max(change.offset().seconds() - before.seconds());
        before = change.offset();
    }
    u64::try_from(shift).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: Window = Window(Some(7 * DAY));

    #[test]
    fn a_week_of_a_schedule() {
        for (cron, zone, times) in [
            ("0 9 * * MON", "UTC", 1),
            // In the week in which the clocks go forward, Monday at nine comes an hour early.
            ("0 9 * * MON", "Europe/Paris", 2),
            ("0 9 * * *", "UTC", 7),
            ("0 9 * * *", "Europe/Paris", 8),
            ("0 9,17 * * MON-FRI", "UTC", 10),
            ("0 0 1 * *", "UTC", 1),
            ("0 0 28,1 * *", "UTC", 2),
            ("0 0 30 2 *", "UTC", 0),
        ] {
            assert_eq!(most(cron, None, zone, WEEK), Some(times), "{cron} {zone}");
        }
    }

    #[test]
    fn every_minute_is_counted_by_the_day() {
        let found = most("* * * * *", None, "UTC", WEEK).unwrap_or(0);
        assert!((10_080..=14_000).contains(&found), "{found}");
    }

    #[test]
    fn there_is_no_end_to_what_comes_again_for_ever() {
        assert_eq!(most("0 9 * * *", None, "UTC", Window::EVER), None);
    }
}
