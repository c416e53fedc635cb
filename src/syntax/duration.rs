//! Durations as data: `90s`, `15m`, `6h`, `3d`, `2w` and sums (`1h30m`).
//!
//! A day is 24 hours. What is nearly a duration (`1 day`, `1.5h`, `PT20M`) comes back with the
//! exact characters that are wrong and the form that was meant.

use jiff::SignedDuration;

use crate::source::TextRange;

/// Longer than any journey: a thousand years.
const LONGEST_SECONDS: i64 = 365_000 * DAY;
const DAY: i64 = 86_400;
const UNITS: &str = "`s`, `m`, `h`, `d` and `w`";

/// Why a text is no duration.
#[derive(Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The wrong characters, counted in bytes of the text.
    pub range: TextRange,
    pub message: String,
    pub help: String,
    /// Texts to write instead of the whole; with more than one a person has to choose.
    pub instead: Vec<String>,
}

/// Reads a duration.
pub fn parse(text: &str) -> Result<SignedDuration, Invalid> {
    let mut seconds: i64 = 0;
    let mut at = 0;
    if text.is_empty() {
        return Err(invalid(text, 0, 0, "a duration cannot be empty"));
    }
    while at < text.len() {
        let digits = run(text, at, |c| c.is_ascii_digit());
        if digits == at {
            return Err(explain(text, at));
        }
        let unit = run(text, digits, char::is_alphabetic);
        let Some(scale) = scale(&text[digits..unit]) else {
            return Err(explain(text, digits));
        };
        seconds = text[at..digits]
            .parse::<i64>()
            .ok()
            .and_then(|n| n.checked_mul(scale))
            .and_then(|n| n.checked_add(seconds))
            .filter(|n| *n <= LONGEST_SECONDS)
            .ok_or_else(|| Invalid {
                range: TextRange::new(at as u32, unit as u32),
                message: format!("`{text}` is too long for a duration"),
                help: "the longest duration is `365000d`".to_owned(),
                instead: Vec::new(),
            })?;
        at = unit;
    }
    Ok(SignedDuration::from_secs(seconds))
}

/// The duration in its shortest exact form: `36h`, `1h30m`.
pub fn print(seconds: i64) -> String {
    let units = [(7 * DAY, "w"), (DAY, "d"), (3600, "h"), (60, "m"), (1, "s")];
    if seconds == 0 {
        return "0s".to_owned();
    }
    let mut rest = seconds;
    let mut text = String::new();
    for (scale, unit) in units {
        if rest >= scale && (scale < 7 * DAY || rest % scale == 0) {
            text.push_str(&(rest / scale).to_string());
            text.push_str(unit);
            rest %= scale;
        }
    }
    text
}

fn scale(unit: &str) -> Option<i64> {
    Some(match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => DAY,
        "w" => 7 * DAY,
        _ => return None,
    })
}

/// The unit that a word means, where one is meant.
fn meant(word: &str) -> Option<&'static str> {
    Some(match word.to_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "w" | "wk" | "wks" | "week" | "weeks" => "w",
        _ => return None,
    })
}

/// The first byte from `at` on whose character is not `wanted`.
fn run(text: &str, at: usize, wanted: impl Fn(char) -> bool) -> usize {
    text[at..]
        .find(|c| !wanted(c))
        .map_or(text.len(), |length| at + length)
}

fn invalid(text: &str, start: usize, end: usize, message: impl Into<String>) -> Invalid {
    let instead: Vec<String> = loose(text).into_iter().collect();
    // What has another form is wrong as a whole.
    let (start, end) = if instead.is_empty() {
        (start, end)
    } else {
        (0, text.len())
    };
    Invalid {
        range: TextRange::new(start as u32, end as u32),
        message: message.into(),
        help: format!("write a number and a unit ({UNITS}), or a sum of such: `3d`, `1h30m`"),
        instead,
    }
}

/// What is wrong from byte `at` on, where a number or a unit was due.
fn explain(text: &str, at: usize) -> Invalid {
    let rest = &text[at..];
    let before_is_digit = text[..at].ends_with(|c: char| c.is_ascii_digit());
    if at == 0 && rest.starts_with('-') {
        return invalid(text, 0, 1, format!("`{text}` is negative"));
    }
    if at == 0 && rest.starts_with(['P', 'p']) && loose(text).is_some() {
        let message = format!("`{text}` is the notation of event data, not of the language");
        return invalid(text, 0, text.len(), message);
    }
    if !before_is_digit {
        let end = (at + rest.chars().next().map_or(0, char::len_utf8))
            .max(run(text, at, |c| !c.is_ascii_digit() && !c.is_whitespace()));
        let message = if at == 0 {
            format!("`{text}` is not a valid duration")
        } else if rest.starts_with(char::is_whitespace) {
            format!("`{text}` contains a space, which a duration cannot")
        } else {
            format!(
                "`{text}` is not a valid duration: `{}` is not a number",
                &text[at..end]
            )
        };
        return invalid(text, at, end, message);
    }
    let digits = text[..at]
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .len();
    if rest.is_empty() {
        let mut error = invalid(text, digits, at, format!("`{text}` has no unit"));
        error.instead = ["s", "m", "h", "d"]
            .map(|unit| format!("{text}{unit}"))
            .to_vec();
        let choice: Vec<String> = error.instead.iter().map(|it| format!("`{it}`")).collect();
        error.help = format!("say which: {}", choice.join(", "));
        return error;
    }
    if rest.starts_with(['.', ',']) {
        let end = run(text, at + 1, |c| c.is_ascii_digit());
        let message = format!("`{}` is not a whole number", &text[digits..end]);
        return invalid(text, digits, end, message);
    }
    let start = run(text, at, char::is_whitespace);
    let end = run(text, start, char::is_alphabetic);
    let word = &text[start..end];
    match meant(word) {
        // Elsewhere `M` is a month: nobody should wait a minute for it.
        _ if word == "M" => fixed_length(word, start, end),
        Some(unit) if word == unit => invalid(
            text,
            at,
            start,
            format!("`{text}` has a space before its unit"),
        ),
        Some(unit) => invalid(
            text,
            start,
            end,
            format!("`{word}` is not a unit of duration, `{unit}` is"),
        ),
        None if matches!(
            word,
            "mo" | "month" | "months" | "y" | "yr" | "year" | "years"
        ) =>
        {
            fixed_length(word, start, end)
        }
        None if word.is_empty() => {
            let end = start + text[start..].chars().next().map_or(0, char::len_utf8);
            let message = format!("`{text}` is not a valid duration");
            invalid(text, start.min(end), end.max(start), message)
        }
        None => invalid(
            text,
            start,
            end,
            format!("`{word}` is not a unit of duration"),
        ),
    }
}

/// Months and years are no durations.
fn fixed_length(word: &str, start: usize, end: usize) -> Invalid {
    Invalid {
        range: TextRange::new(start as u32, end as u32),
        message: format!("`{word}` is not a unit of duration: it has no fixed length"),
        help: "count in days: `30d`, `365d`".to_owned(),
        instead: Vec::new(),
    }
}

/// The duration that a text in another notation means, printed in the language's own.
fn loose(text: &str) -> Option<String> {
    let plain = text
        .trim()
        .to_lowercase()
        .replace(" and ", " ")
        .replace(',', " ");
    let parts: Vec<&str> = plain.split_whitespace().collect();
    let joined = parts.concat();
    if let Some(seconds) = words(&joined) {
        return Some(print(seconds));
    }
    let iso: SignedDuration = text.trim().parse().ok()?;
    (joined.starts_with('p') && iso.subsec_nanos() == 0 && iso.is_positive())
        .then(|| print(iso.as_secs()))
}

/// Seconds of `1day`, `1.5h`, `2hours30minutes`; whole seconds only.
fn words(text: &str) -> Option<i64> {
    let mut at = 0;
    let mut seconds = 0;
    while at < text.len() {
        let number = run(text, at, |c| c.is_ascii_digit() || c == '.');
        let unit = run(text, number, char::is_alphabetic);
        let scale = scale(meant(&text[number..unit])?)?;
        let (whole, fraction) = text[at..number]
            .split_once('.')
            .unwrap_or((&text[at..number], "0"));
        let divisor = 10_i64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let parts = fraction.parse::<i64>().ok()?.checked_mul(scale)?;
        if parts % divisor != 0 {
            return None;
        }
        let exact = whole
            .parse::<i64>()
            .ok()?
            .checked_mul(scale)?
            .checked_add(parts / divisor)?;
        seconds = exact.checked_add(seconds)?;
        at = unit;
    }
    (seconds > 0 && seconds <= LONGEST_SECONDS).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_numbers_with_units() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("6h", 21_600),
            ("3d", 259_200),
            ("2w", 1_209_600),
            ("1h30m", 5400),
            ("0s", 0),
        ] {
            assert_eq!(
                parse(text),
                Ok(SignedDuration::from_secs(seconds)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_nearly_a_duration_says_what_was_meant() {
        for (text, instead) in [
            ("1 day", "1d"),
            ("30 minutes", "30m"),
            ("1.5h", "1h30m"),
            ("1h 30m", "1h30m"),
            ("PT20M", "20m"),
            ("2 hours and 5 minutes", "2h5m"),
            ("3D", "3d"),
            ("5 m", "5m"),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(&text[error.range.as_usize()], text);
            assert_eq!(error.instead, [instead], "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_offers_nothing() {
        for (text, wrong) in [
            ("1month", "month"),
            ("soon", "soon"),
            ("-3d", "-"),
            ("3x", "x"),
            ("999999999999999999999d", "999999999999999999999d"),
            ("", ""),
            ("1d😀", "😀"),
            ("1😀", "😀"),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(&text[error.range.as_usize()], wrong, "{text}");
            assert_eq!(error.instead, Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_bare_number_leaves_the_unit_to_choose() {
        let error = parse("30").expect_err("no unit");
        assert_eq!(error.instead, ["30s", "30m", "30h", "30d"]);
    }

    #[test]
    fn printing_is_exact() {
        for text in ["90s", "36h", "1w", "1d", "8d", "1h30m", "400d"] {
            let seconds = parse(text).expect(text).as_secs();
            assert_eq!(
                parse(&print(seconds)).expect(text).as_secs(),
                seconds,
                "{text}"
            );
        }
    }
}
