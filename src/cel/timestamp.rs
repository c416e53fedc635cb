//! Points in time as text: RFC 3339, between the years 1 and 9999.
//!
//! The last day and two hours of the year 9999 are out of reach of the clock behind it.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// The first second of the year 1, from the epoch.
const MIN_SECOND: i64 = -62_135_596_800;

const SHAPE: &str = "it must look like `2026-03-02T18:00:00Z`";

/// `2026-03-02T18:00:00Z`, with milliseconds or without, from 1970 on: what most producers write.
fn usual(bytes: &[u8]) -> Option<Timestamp> {
    let digit = |at: usize| {
        let digit = bytes[at].wrapping_sub(b'0');
        (digit < 10).then(|| i64::from(digit))
    };
    let two = |at: usize| Some(digit(at)? * 10 + digit(at + 1)?);
    let millis = match bytes {
        [.., b'Z'] if bytes.len() == 20 => 0,
        [.., b'Z'] if bytes.len() == 24 && bytes[19] == b'.' => two(20)? * 10 + digit(22)?,
        _ => return None,
    };
    let shaped = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if shaped.iter().any(|(at, byte)| bytes[*at] != *byte) {
        return None;
    }
    let (year, month, day) = (two(0)? * 100 + two(2)?, two(5)?, two(8)?);
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year < 1970 || !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Years that begin with March end with the day that is not always there.
    let (year, month) = match month {
        3.. => (year, month - 3),
        _ => (year - 1, month + 9),
    };
    let before = year * 365 + year / 4 - year / 100 + year / 400;
    let day = before + (153 * month + 2) / 5 + day - 1 - 719_468;
    let seconds = ((day * 24 + hour) * 60 + minute) * 60 + second;
    Timestamp::new(seconds, (millis * 1_000_000) as i32).ok()
}

/// Reads `2026-03-02T18:00:00Z`; the error says what is wrong with it, in a few words.
pub fn parse_timestamp(text: &str) -> Result<Timestamp, &'static str> {
    if let Some(timestamp) = usual(text.as_bytes()) {
        return Ok(timestamp);
    }
    let bytes = text.as_bytes();
    let at = |i: usize, wanted: &[u8]| bytes.get(i).is_some_and(|b| wanted.contains(b));
    let number = |range: std::ops::Range<usize>| -> Option<i16> {
        let digits = text.get(range)?;
        digits
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| digits.parse().ok())?
    };
    let shaped = at(4, b"-") && at(7, b"-") && at(10, b"Tt") && at(13, b":") && at(16, b":");
    if !shaped {
        return Err(SHAPE);
    }
    let mut end = 19;
    let mut nanosecond = 0;
    if at(end, b".") {
        let digits = text[end + 1..]
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count();
        if digits == 0 {
            return Err(SHAPE);
        }
        // Nanoseconds are as fine as it gets; further digits are cut.
        for place in 0..9 {
            let digit = if place < digits {
                bytes[end + 1 + place] - b'0'
            } else {
                0
            };
            nanosecond = nanosecond * 10 + i32::from(digit);
        }
        end += 1 + digits;
    }
    let offset = match bytes.get(end) {
        Some(b'Z' | b'z') if bytes.len() == end + 1 => Offset::UTC,
        Some(sign @ (b'+' | b'-')) if bytes.len() == end + 6 && at(end + 3, b":") => {
            let hours = number(end + 1..end + 3).filter(|h| *h < 24).ok_or(SHAPE)?;
            let minutes = number(end + 4..end + 6).filter(|m| *m < 60).ok_or(SHAPE)?;
            let seconds = i32::from(hours) * 3600 + i32::from(minutes) * 60;
            let signed = if *sign == b'-' { -seconds } else { seconds };
            Offset::from_seconds(signed).map_err(|_| SHAPE)?
        }
        None => return Err("it needs a `Z` or an offset such as `+01:00` at its end"),
        Some(_) => return Err(SHAPE),
    };
    let part = |range| number(range).ok_or(SHAPE);
    let small = |range| part(range).map(|n| n as i8);
    let (year, month, day) = (part(0..4)?, small(5..7)?, small(8..10)?);
    let (hour, minute, second) = (small(11..13)?, small(14..16)?, small(17..19)?);
    DateTime::new(year, month, day, hour, minute, second, nanosecond)
        .map_err(|_| "there is no such date or time")
        .and_then(|civil| offset.to_timestamp(civil).map_err(|_| OUT_OF_RANGE))
        .and_then(|t| in_range(t).ok_or(OUT_OF_RANGE))
}

const OUT_OF_RANGE: &str = "it is out of the range of timestamps";

/// The timestamp in UTC: `2026-03-02T18:00:00Z`, with as many fractional digits as it has.
pub fn format_timestamp(timestamp: Timestamp) -> String {
    timestamp.to_string()
}

/// The timestamp, unless it lies before the year 1.
pub(super) fn in_range(timestamp: Timestamp) -> Option<Timestamp> {
    (unix_seconds(timestamp) >= MIN_SECOND).then_some(timestamp)
}

pub(super) fn from_unix_seconds(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok().and_then(in_range)
}

/// Whole seconds since the epoch, rounded down.
pub(super) fn unix_seconds(timestamp: Timestamp) -> i64 {
    timestamp.as_second() - i64::from(timestamp.subsec_nanosecond() < 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_goes_in_and_utc_comes_out() {
        for (text, utc) in [
            ("2026-03-02T18:00:00Z", "2026-03-02T18:00:00Z"),
            ("2026-03-02T18:00:00.5+01:00", "2026-03-02T17:00:00.5Z"),
            (
                "2026-03-02t18:00:00.123456789123z",
                "2026-03-02T18:00:00.123456789Z",
            ),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("1969-12-31T23:59:59.25Z", "1969-12-31T23:59:59.25Z"),
            ("2024-02-29T00:00:00-23:59", "2024-02-29T23:59:00Z"),
        ] {
            assert_eq!(
                parse_timestamp(text).map(format_timestamp).as_deref(),
                Ok(utc)
            );
        }
    }

    #[test]
    fn other_text_is_refused() {
        for text in [
            "",
            "2026-03-02",
            "2026-03-02T18:00:00",
            "2026-03-02 18:00:00Z",
            "2026-03-02T18:00Z",
            "2026-02-29T18:00:00Z",
            "2026-03-02T24:00:00Z",
            "2026-03-02T18:00:60Z",
            "2026-03-02T18:00:00.Z",
            "2026-03-02T18:00:00+1:00",
            "2026-03-02T18:00:00+24:00",
            "0000-12-31T23:59:59Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-12:00",
            "20é6-03-02T18:00:00Z",
            "2026-03-02T18:00:00Zx",
        ] {
            assert!(parse_timestamp(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_usual_form_is_read_as_every_other() {
        for year in [
            "1969", "1970", "1999", "2000", "2024", "2026", "2100", "9999",
        ] {
            for date in [
                "01-01", "02-28", "02-29", "03-01", "04-31", "12-31", "13-01", "00-10",
            ] {
                for time in ["00:00:00", "23:59:59", "24:00:00", "12:60:00", "12:00:60"] {
                    for fraction in ["", ".123", ".1", ".x23"] {
                        let text = format!("{year}-{date}T{time}{fraction}");
                        let (zulu, offset) = (format!("{text}Z"), format!("{text}+00:00"));
                        assert_eq!(parse_timestamp(&zulu), parse_timestamp(&offset), "{text}");
                    }
                }
            }
        }
    }

    #[test]
    fn seconds_before_the_epoch_round_down() {
        let before = parse_timestamp("1969-12-31T23:59:59.25Z").expect("a timestamp");
        assert_eq!(unix_seconds(before), -1);
    }
}
