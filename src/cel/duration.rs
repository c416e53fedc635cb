//! Lengths of time as text: `1h30m`, ISO 8601 (`PT1H30M`), and CEL's seconds (`5400s`).

use jiff::SignedDuration;

/// The longest duration either way, in seconds: ten thousand years.
const MAX_SECONDS: i64 = 315_576_000_000;

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// The units of the text form in nanoseconds; the sign of micro has two code points.
const UNITS: [(&str, i128); 10] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("d", DAY),
    ("w", 7 * DAY),
];

/// Text that is no duration: the byte where it goes wrong, and what to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurationError {
    pub at: usize,
    pub message: String,
}

impl DurationError {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }
}

impl std::fmt::Display for DurationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DurationError {}

/// Reads `90s`, `1h30m`, `1.5h`, `-2m`, `3d`, `2w`: numbers with units, added up.
pub fn parse_duration(text: &str) -> Result<SignedDuration, DurationError> {
    let (negative, start) = sign(text);
    if &text[start..] == "0" {
        return Ok(SignedDuration::ZERO);
    }
    let mut reader = Reader::new(text, start);
    let mut total = 0;
    while total == 0 && reader.at == start || !reader.rest().is_empty() {
        let number = reader.number()?;
        let unit = reader.unit();
        let Some((name, nanoseconds)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(reader.unit_error("`ms`, `s`, `m`, `h`, `d` or `w`"));
        };
        reader.at += name.len();
        total = number
            .add_to(total, *nanoseconds)
            .ok_or_else(|| too_long(start))?;
    }
    finish(total, negative, start)
}

/// Reads an ISO 8601 duration: `PT20M`, `P1DT2H`, `P2W`. Years and months have no fixed length.
pub fn parse_iso_duration(text: &str) -> Result<SignedDuration, DurationError> {
    let (negative, start) = sign(text);
    let mut reader = Reader::new(text, start);
    if !reader.skip('P') {
        return Err(DurationError::new(
            start,
            "an ISO 8601 duration begins with `P`",
        ));
    }
    let mut total = 0;
    let mut units: &[(char, i128)] = &[('W', 7 * DAY), ('D', DAY)];
    let mut in_time = false;
    let mut parts = 0;
    while !reader.rest().is_empty() {
        if !in_time && reader.skip('T') {
            in_time = true;
            units = &[('H', 3_600 * SECOND), ('M', 60 * SECOND), ('S', SECOND)];
            parts = 0;
            continue;
        }
        let number = reader.number()?;
        let letter = reader.rest().chars().next();
        let place = units.iter().position(|(name, _)| Some(*name) == letter);
        let Some(place) = place else {
            return Err(match letter {
                Some('Y' | 'M') if !in_time => DurationError::new(
                    reader.at,
                    "years and months have no fixed length: say it in days",
                ),
                _ => reader.unit_error(if in_time {
                    "`H`, `M` or `S`, in this order"
                } else {
                    "`W` or `D`, in this order"
                }),
            });
        };
        reader.at += 1;
        total = number
            .add_to(total, units[place].1)
            .ok_or_else(|| too_long(start))?;
        units = &units[place + 1..];
        parts += 1;
        // Only the last part may have a fraction.
        if number.has_fraction() && !reader.rest().is_empty() {
            return Err(DurationError::new(
                reader.at,
                "nothing may follow a fraction",
            ));
        }
    }
    if parts == 0 {
        return Err(DurationError::new(
            reader.at,
            "a number with a unit is missing here",
        ));
    }
    finish(total, negative, start)
}

/// Reads a duration as event data carries it: either form.
pub fn parse_data_duration(text: &str) -> Result<SignedDuration, DurationError> {
    if text[sign(text).1..].starts_with('P') {
        parse_iso_duration(text)
    } else {
        parse_duration(text)
    }
}

/// The duration as the language writes it: `1h30m`, `3d`, `1.5s`, `-2m`, `0s`.
pub fn format_duration(duration: SignedDuration) -> String {
    let mut rest = duration.as_nanos().unsigned_abs();
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut out = String::new();
    if duration.is_negative() {
        out.push('-');
    }
    for (unit, nanoseconds) in [("d", DAY), ("h", 3_600 * SECOND), ("m", 60 * SECOND)] {
        let size = nanoseconds.unsigned_abs();
        if rest >= size {
            out.push_str(&(rest / size).to_string());
            out.push_str(unit);
            rest %= size;
        }
    }
    if rest > 0 {
        out.push_str(&seconds(rest));
    }
    out
}

/// The duration as CEL's `string()` writes it: all in seconds, `5400s`, `1.5s`.
pub fn format_seconds(duration: SignedDuration) -> String {
    let sign = if duration.is_negative() { "-" } else { "" };
    format!("{sign}{}", seconds(duration.as_nanos().unsigned_abs()))
}

fn seconds(nanoseconds: u128) -> String {
    let size = SECOND.unsigned_abs();
    let fraction = format!("{:09}", nanoseconds % size);
    match fraction.trim_end_matches('0') {
        "" => format!("{}s", nanoseconds / size),
        digits => format!("{}.{digits}s", nanoseconds / size),
    }
}

/// The duration, unless it is too long either way.
pub(super) fn in_range(duration: SignedDuration) -> Option<SignedDuration> {
    let limit = SignedDuration::from_secs(MAX_SECONDS);
    (-limit..=limit).contains(&duration).then_some(duration)
}

/// Whether the text begins with a minus, and where its digits begin.
fn sign(text: &str) -> (bool, usize) {
    match text.as_bytes().first() {
        Some(b'-') => (true, 1),
        Some(b'+') => (false, 1),
        _ => (false, 0),
    }
}

fn too_long(at: usize) -> DurationError {
    DurationError::new(at, "it is out of the range of durations")
}

fn finish(total: i128, negative: bool, start: usize) -> Result<SignedDuration, DurationError> {
    let signed = if negative { -total } else { total };
    let seconds = i64::try_from(signed / SECOND).map_err(|_| too_long(start))?;
    let duration = SignedDuration::new(seconds, (signed % SECOND) as i32);
    if seconds.abs() > MAX_SECONDS {
        return Err(too_long(start));
    }
    in_range(duration).ok_or_else(|| too_long(start))
}

/// Digits before and after the point.
#[derive(Clone, Copy)]
struct Number<'a> {
    whole: &'a str,
    fraction: &'a str,
}

impl Number<'_> {
    fn has_fraction(self) -> bool {
        !self.fraction.is_empty()
    }

    /// `total` and this many units more, finer parts than a nanosecond cut; none when too long.
    fn add_to(self, total: i128, unit: i128) -> Option<i128> {
        let whole: i128 = if self.whole.is_empty() {
            0
        } else {
            self.whole.parse().ok()?
        };
        // 15 digits of a week are finer than a nanosecond.
        let digits = &self.fraction[..self.fraction.len().min(15)];
        let scale = 10_i128.pow(digits.len() as u32);
        let part = if digits.is_empty() {
            0
        } else {
            digits.parse::<i128>().ok()? * unit / scale
        };
        let sum = whole
            .checked_mul(unit)?
            .checked_add(part)?
            .checked_add(total)?;
        // Far beyond any duration, and far from the ends of the type.
        (sum <= i128::from(i64::MAX) * SECOND).then_some(sum)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        self.at += usize::from(found);
        found
    }

    fn digits(&mut self) -> &'a str {
        let rest = self.rest();
        let len = rest.bytes().take_while(u8::is_ascii_digit).count();
        self.at += len;
        &rest[..len]
    }

    /// `12`, `1.5`, `.5`.
    fn number(&mut self) -> Result<Number<'a>, DurationError> {
        let start = self.at;
        let whole = self.digits();
        let fraction = if self.skip('.') { self.digits() } else { "" };
        if whole.is_empty() && fraction.is_empty() {
            return Err(DurationError::new(start, "a number is missing here"));
        }
        Ok(Number { whole, fraction })
    }

    /// The letters that come next.
    fn unit(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphabetic());
        &rest[..end.unwrap_or(rest.len())]
    }

    fn unit_error(&self, wanted: &str) -> DurationError {
        let unit = self.unit();
        let message = if unit.is_empty() {
            format!("a unit is missing here: {wanted}")
        } else {
            format!("`{unit}` is not a unit here: {wanted}")
        };
        DurationError::new(self.at, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_units_add_up() {
        for (text, canonical, seconds) in [
            ("90s", "1m30s", "90s"),
            ("15m", "15m", "900s"),
            ("6h", "6h", "21600s"),
            ("3d", "3d", "259200s"),
            ("2w", "14d", "1209600s"),
            ("1h30m", "1h30m", "5400s"),
            ("1.5h", "1h30m", "5400s"),
            ("-2m", "-2m", "-120s"),
            ("+.5s", "0.5s", "0.5s"),
            ("1s500ms", "1.5s", "1.5s"),
            ("1us", "0.000001s", "0.000001s"),
            ("1µs1ns", "0.000001001s", "0.000001001s"),
            ("0", "0s", "0s"),
            ("0s", "0s", "0s"),
            ("0s1m", "1m", "60s"),
            ("315576000000s", "3652500d", "315576000000s"),
        ] {
            let parsed = parse_duration(text).expect(text);
            assert_eq!(format_duration(parsed), canonical, "{text}");
            assert_eq!(format_seconds(parsed), seconds, "{text}");
            assert_eq!(parse_duration(canonical), Ok(parsed), "{text}");
        }
    }

    #[test]
    fn iso_8601_says_the_same() {
        for (iso, text) in [
            ("PT20M", "20m"),
            ("P1DT2H3M4.5S", "1d2h3m4.5s"),
            ("P2W", "2w"),
            ("-PT1H", "-1h"),
            ("PT0.5H", "30m"),
            ("PT0S", "0s"),
        ] {
            assert_eq!(parse_iso_duration(iso), parse_duration(text), "{iso}");
            assert_eq!(parse_data_duration(iso), parse_duration(text), "{iso}");
        }
    }

    #[test]
    fn an_error_says_where_and_what() {
        for (text, at, message) in [
            ("", 0, "a number is missing here"),
            ("h", 0, "a number is missing here"),
            (
                "5",
                1,
                "a unit is missing here: `ms`, `s`, `m`, `h`, `d` or `w`",
            ),
            (
                "1h30",
                4,
                "a unit is missing here: `ms`, `s`, `m`, `h`, `d` or `w`",
            ),
            (
                "5 days",
                1,
                "a unit is missing here: `ms`, `s`, `m`, `h`, `d` or `w`",
            ),
            (
                "5min",
                1,
                "`min` is not a unit here: `ms`, `s`, `m`, `h`, `d` or `w`",
            ),
            (
                "5y",
                1,
                "`y` is not a unit here: `ms`, `s`, `m`, `h`, `d` or `w`",
            ),
            ("1h-2m", 2, "a number is missing here"),
            ("315576000001s", 0, "it is out of the range of durations"),
            (
                "99999999999999999999999999999999999999999w",
                0,
                "it is out of the range of durations",
            ),
            (
                "P1M",
                2,
                "years and months have no fixed length: say it in days",
            ),
            ("P", 1, "a number with a unit is missing here"),
            ("PT", 2, "a number with a unit is missing here"),
            ("P1DT", 4, "a number with a unit is missing here"),
            (
                "PT1M1H",
                5,
                "`H` is not a unit here: `H`, `M` or `S`, in this order",
            ),
            ("PT1.5H1M", 6, "nothing may follow a fraction"),
        ] {
            assert_eq!(
                parse_data_duration(text),
                Err(DurationError::new(at, message)),
                "{text}"
            );
        }
    }
}
