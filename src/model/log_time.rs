//! Times as logs write them: a text and its format go in, a point in time or what is wrong with
//! the text comes out.

use std::sync::Arc;

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The first second of the year 1, from the epoch: timestamps do not go further back.
const MIN_SECOND: i64 = -62_135_596_800;

/// How times are written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeFormat {
    /// `unix_s`, `unix_ms`, `unix_us` or a pattern with `%`; none means a date and time in the
    /// order of ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Arc<str>>,
    /// The zone of times that do not say theirs; none means the fallback zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Arc<str>>,
}

/// Why a pattern cannot be read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPattern<'p> {
    /// Neither a number's name nor anything with a `%`.
    NoPattern,
    /// There is no such part of a pattern.
    Unknown(&'p str),
    /// A part that can be written and not read.
    Unreadable(&'p str),
    /// Its parts do not come to a date.
    NoDate,
}

impl TimeFormat {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A format, made ready to read many times.
#[derive(Clone, Debug)]
pub struct TimeReader {
    form: Form,
    zone: TimeZone,
}

#[derive(Clone, Debug)]
enum Form {
    Iso,
    /// Digits behind the point of a second.
    Unix(u32),
    Pattern(Arc<str>),
}

impl TimeReader {
    /// Reads by `format`; times without a zone are in its zone, else in `fallback`.
    pub fn new(format: &TimeFormat, fallback: &str) -> Self {
        let zone = format.zone.as_deref().unwrap_or(fallback);
        let form = match format.pattern.as_deref() {
            None => Form::Iso,
            Some(pattern) => {
                unix_digits(pattern).map_or_else(|| Form::Pattern(Arc::from(pattern)), Form::Unix)
            }
        };
        Self {
            form,
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
        }
    }

    /// The point in time; the error says in a few words what is wrong with the text.
    pub fn read(&self, text: &str) -> Result<Timestamp, String> {
        let text = text.trim();
        let time = match &self.form {
            Form::Iso => self.iso(text),
            Form::Unix(digits) => unix(text, *digits).ok_or_else(|| {
                let unit = match digits {
                    0 => "seconds",
                    3 => "milliseconds",
                    _ => "microseconds",
                };
                format!("it is no number of {unit} since 1970")
            }),
            Form::Pattern(pattern) => self.pattern(pattern, text),
        }?;
        if time.as_second() < MIN_SECOND {
            return Err("it is out of the range of timestamps".to_owned());
        }
        Ok(time)
    }

    fn iso(&self, text: &str) -> Result<Timestamp, String> {
        let (civil, offset) = iso(text)?;
        self.instant(civil, offset)
    }

    fn pattern(&self, pattern: &str, text: &str) -> Result<Timestamp, String> {
        let unlike = || format!("it does not look like `{pattern}`");
        let parts = BrokenDownTime::parse(pattern, text).map_err(|_| unlike())?;
        if let Some(time) = parts.timestamp() {
            return Ok(time);
        }
        let civil = parts
            .to_datetime()
            .map_err(|_| "there is no such date or time".to_owned())?;
        if let (Some(zone), None) = (parts.iana_time_zone(), parts.offset()) {
            let zone = TimeZone::get(zone).map_err(|_| format!("`{zone}` is not a time zone"))?;
            return in_zone(civil, &zone);
        }
        self.instant(civil, parts.offset())
    }

    /// A gap is left by the time that passed before it, of two that read alike the first is meant.
    fn instant(&self, civil: DateTime, offset: Option<Offset>) -> Result<Timestamp, String> {
        match offset {
            Some(offset) => offset
                .to_timestamp(civil)
                .map_err(|_| "it is out of the range of timestamps".to_owned()),
            None => in_zone(civil, &self.zone),
        }
    }
}

fn in_zone(civil: DateTime, zone: &TimeZone) -> Result<Timestamp, String> {
    zone.to_ambiguous_timestamp(civil)
        .compatible()
        .map_err(|_| "it is out of the range of timestamps".to_owned())
}

/// The digits of a second's fraction that the name of a number counts in.
fn unix_digits(name: &str) -> Option<u32> {
    match name {
        "unix_s" => Some(0),
        "unix_ms" => Some(3),
        "unix_us" => Some(6),
        _ => None,
    }
}

/// A number of units since 1970, with a fraction or without.
fn unix(text: &str, digits: u32) -> Option<Timestamp> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let whole: i128 = whole.parse().ok()?;
    let nanos_a_unit = 10_i128.pow(9 - digits);
    let mut nanos = whole.checked_mul(nanos_a_unit)?;
    let mut place = nanos_a_unit;
    for digit in fraction.bytes() {
        place /= 10;
        nanos += i128::from(digit - b'0') * place;
    }
    Timestamp::from_nanosecond(sign * nanos).ok()
}

/// `2026-03-02`, `2026-03-02 18:00`, `2026-03-02T18:00:00.5+01:00`, `2026-03-02 18:00:00 UTC`.
fn iso(text: &str) -> Result<(DateTime, Option<Offset>), String> {
    let shape = || "it must look like `2026-03-02T18:00:00Z` or `2026-03-02 18:00:00`".to_owned();
    let none = |_| "there is no such date or time".to_owned();
    let bytes = text.as_bytes();
    let two = |at: usize| -> Option<i8> {
        let digits = bytes.get(at..at + 2)?;
        let is_digits = digits.iter().all(u8::is_ascii_digit);
        is_digits.then(|| ((digits[0] - b'0') * 10 + (digits[1] - b'0')).cast_signed())
    };
    let at = |index: usize, marks: &[u8]| bytes.get(index).is_some_and(|b| marks.contains(b));
    let date = || {
        let (century, year, month, day) = (two(0)?, two(2)?, two(5)?, two(8)?);
        (at(4, b"-") && at(7, b"-")).then_some((
            i16::from(century) * 100 + i16::from(year),
            month,
            day,
        ))
    };
    let (year, month, day) = date().ok_or_else(shape)?;
    let date = Date::new(year, month, day).map_err(none)?;
    if bytes.len() == 10 {
        return Ok((date.to_datetime(Time::midnight()), None));
    }
    let clock = || {
        let (hour, minute) = (two(11)?, two(14)?);
        (at(10, b"Tt ") && at(13, b":")).then_some((hour, minute))
    };
    let (hour, minute) = clock().ok_or_else(shape)?;
    let mut end = 16;
    let (mut second, mut nanos) = (0, 0_i32);
    if at(end, b":") {
        second = two(17).ok_or_else(shape)?;
        end = 19;
        if at(end, b".,") {
            let digits = bytes[end + 1..].iter().take_while(|b| b.is_ascii_digit());
            let digits: Vec<u8> = digits.copied().collect();
            if digits.is_empty() {
                return Err(shape());
            }
            // Nanoseconds are as fine as it gets; further digits are cut.
            for place in 0..9 {
                nanos = nanos * 10 + digits.get(place).map_or(0, |digit| i32::from(digit - b'0'));
            }
            end += 1 + digits.len();
        }
    }
    let time = Time::new(hour, minute, second, nanos).map_err(none)?;
    let rest = text.get(end..).ok_or_else(shape)?.trim_start();
    let offset = match rest {
        "" => None,
        "Z" | "z" | "UTC" | "GMT" => Some(Offset::UTC),
        rest => Some(offset(rest).ok_or_else(shape)?),
    };
    Ok((date.to_datetime(time), offset))
}

/// `+01`, `+0130` or `+01:30`.
fn offset(text: &str) -> Option<Offset> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let rest = &text[1..];
    let (hours, minutes) = match (rest.len(), rest.split_once(':')) {
        (2, None) => (rest, "00"),
        (4, None) => rest.split_at_checked(2)?,
        (5, Some(parts)) => parts,
        _ => return None,
    };
    let number = |text: &str, below: i32| -> Option<i32> {
        let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok())?.filter(|n| *n < below)
    };
    let seconds = number(hours, 24)? * 3600 + number(minutes, 60)? * 60;
    Offset::from_seconds(sign * seconds).ok()
}

/// Whether times can be read by a format: what it is made of is known, can be read, and comes to a
/// date.
pub fn judge(format: &str) -> Result<(), BadPattern<'_>> {
    if unix_digits(format).is_some() {
        return Ok(());
    }
    if !format.contains('%') {
        return Err(BadPattern::NoPattern);
    }
    // An afternoon, with every part of another value.
    let sample = Timestamp::UNIX_EPOCH
        .checked_add(SignedDuration::new(1_164_201_255, 678_901_234))
        .map_err(|_| BadPattern::NoDate)?
        .to_zoned(TimeZone::UTC);
    let written = |pattern: &str| BrokenDownTime::from(&sample).to_string(pattern);
    for part in parts(format) {
        // Unlike the rest, the second of the epoch is known by itself.
        let text = written(part).map_err(|_| BadPattern::Unknown(part))?;
        if BrokenDownTime::parse(part, &text).is_err() {
            return Err(BadPattern::Unreadable(part));
        }
    }
    let read = written(format).and_then(|text| BrokenDownTime::parse(format, text));
    match read {
        Ok(parts) if parts.timestamp().is_some() || parts.to_datetime().is_ok() => Ok(()),
        _ => Err(BadPattern::NoDate),
    }
}

/// The parts of a pattern that begin with `%`.
fn parts(pattern: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    while let Some(start) = rest.find('%') {
        rest = &rest[start..];
        // Flags and widths stand before the letter, colons and a point before some.
        let before = |c: char| c.is_ascii_digit() || "-_^#:.".contains(c);
        let letter = rest[1..].find(|c: char| !before(c)).map(|at| at + 1);
        let end = letter.map_or(rest.len(), |at| {
            at + rest[at..].chars().next().map_or(0, char::len_utf8)
        });
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: Option<&str>, zone: Option<&str>, text: &str) -> Result<String, String> {
        let format = TimeFormat {
            pattern: pattern.map(Arc::from),
            zone: zone.map(Arc::from),
        };
        let reader = TimeReader::new(&format, "UTC");
        reader.read(text).map(|time| time.to_string())
    }

    #[test]
    fn without_a_pattern_dates_and_times_are_read_in_the_order_of_iso_8601() {
        for (text, time) in [
            ("2026-03-02T18:00:00Z", "2026-03-02T18:00:00Z"),
            ("2026-03-02 18:00:00", "2026-03-02T18:00:00Z"),
            (" 2026-03-02 18:00 ", "2026-03-02T18:00:00Z"),
            ("2026-03-02", "2026-03-02T00:00:00Z"),
            ("2026-03-02 18:00:00.25 UTC", "2026-03-02T18:00:00.25Z"),
            ("2026-03-02 18:00:00,25+01", "2026-03-02T17:00:00.25Z"),
            ("2026-03-02T18:00:00-0530", "2026-03-02T23:30:00Z"),
            ("2026-03-02t18:00:00 +01:00", "2026-03-02T17:00:00Z"),
        ] {
            assert_eq!(read(None, None, text).as_deref(), Ok(time), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "02.03.2026 18:00",
            "2026-3-2",
            "2026-03-02 18",
            "2026-03-02T18:00:00.Z",
            "2026-03-02 18:00:00 CET",
            "2026-03-02 18:00:00+1",
            "2026-03-02 18:00:00é",
            "２026-03-02",
        ] {
            let told = read(None, None, text);
            assert!(
                told.as_ref()
                    .is_err_and(|why| why.contains("it must look like")),
                "{told:?}"
            );
        }
        for text in ["2026-02-30", "2026-03-02 25:00", "2026-13-01 00:00:00"] {
            assert_eq!(
                read(None, None, text),
                Err("there is no such date or time".to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn times_without_an_offset_are_in_the_zone() {
        let paris = Some("Europe/Paris");
        for (text, time) in [
            ("2026-01-02 18:00:00", "2026-01-02T17:00:00Z"),
            ("2026-07-02 18:00:00", "2026-07-02T16:00:00Z"),
            ("2026-07-02 18:00:00Z", "2026-07-02T18:00:00Z"),
            // The clock goes from two to three, and in autumn from three to two.
            ("2026-03-29 02:30:00", "2026-03-29T01:30:00Z"),
            ("2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
        ] {
            assert_eq!(read(None, paris, text).as_deref(), Ok(time), "{text}");
        }
    }

    #[test]
    fn numbers_count_from_1970() {
        for (pattern, text, time) in [
            ("unix_s", "1772474400", "2026-03-02T18:00:00Z"),
            ("unix_s", "1772474400.25", "2026-03-02T18:00:00.25Z"),
            ("unix_ms", "1772474400250", "2026-03-02T18:00:00.25Z"),
            ("unix_us", "1772474400250000", "2026-03-02T18:00:00.25Z"),
            ("unix_s", "-1.5", "1969-12-31T23:59:58.5Z"),
        ] {
            assert_eq!(
                read(Some(pattern), None, text).as_deref(),
                Ok(time),
                "{text}"
            );
        }
        for text in [
            "",
            "-",
            ".5",
            "1e9",
            "12a",
            "1.",
            "99999999999999999999",
            "1,5",
        ] {
            assert!(read(Some("unix_s"), None, text).is_err(), "{text}");
        }
    }

    #[test]
    fn patterns_read_what_they_look_like() {
        for (pattern, text, time) in [
            ("%d.%m.%Y %H:%M", "02.03.2026 18:00", "2026-03-02T18:00:00Z"),
            (
                "%m/%d/%y %I:%M:%S %p",
                "03/02/26 06:00:01 PM",
                "2026-03-02T18:00:01Z",
            ),
            ("%Y%m%d", "20260302", "2026-03-02T00:00:00Z"),
            (
                "%F %T %z",
                "2026-03-02 18:00:00 +0100",
                "2026-03-02T17:00:00Z",
            ),
            (
                "%F %T%.f",
                "2026-03-02 18:00:00.5",
                "2026-03-02T18:00:00.5Z",
            ),
            (
                "%F %T %Q",
                "2026-07-02 18:00:00 Europe/Paris",
                "2026-07-02T16:00:00Z",
            ),
            ("[%s]", "[1772474400]", "2026-03-02T18:00:00Z"),
        ] {
            assert_eq!(judge(pattern), Ok(()), "{pattern}");
            assert_eq!(
                read(Some(pattern), None, text).as_deref(),
                Ok(time),
                "{text}"
            );
        }
        let told = read(Some("%d.%m.%Y"), None, "2026-03-02");
        assert_eq!(told, Err("it does not look like `%d.%m.%Y`".to_owned()));
        assert!(read(Some("%d.%m.%Y"), None, "30.02.2026").is_err());
    }

    #[test]
    fn patterns_that_no_time_can_be_read_by_are_told_apart() {
        for (pattern, why) in [
            ("dd.mm.yyyy", BadPattern::NoPattern),
            ("", BadPattern::NoPattern),
            ("%d.%m.%Y %H:%M %Z", BadPattern::Unreadable("%Z")),
            ("%c", BadPattern::Unreadable("%c")),
            ("%d.%m.%E", BadPattern::Unknown("%E")),
            ("%d.%m.%", BadPattern::Unknown("%")),
            ("%Y %ü", BadPattern::Unknown("%ü")),
            ("%H:%M", BadPattern::NoDate),
            ("%d.%m. %H:%M", BadPattern::NoDate),
        ] {
            assert_eq!(judge(pattern), Err(why), "{pattern}");
        }
    }
}
