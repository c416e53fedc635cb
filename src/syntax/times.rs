//! What a single scalar may say of time: durations, times of day, moments.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Time;

use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::source::Span;
use crate::yaml::Node;

use super::ast::{Duration, Spanned};
use super::duration;
use super::reader::{Reader, shorten};

impl<'a> Reader<'a> {
    /// `90s`, `1h30m`.
    pub(super) fn duration(&mut self, node: Node<'a>) -> Option<Duration> {
        let scalar = self.scalar(node, "a duration")?;
        let span = scalar.span();
        match duration::parse(scalar.value()) {
            Ok(value) => Some(Spanned { value, span }),
            Err(invalid) => {
                let place = scalar.to_text().locate(invalid.range, self.text);
                let mut diagnostic =
                    Diagnostic::new(&codes::INVALID_DURATION, place, invalid.message);
                let sure = invalid.instead.len() == 1;
                diagnostic = match invalid.instead.as_slice() {
                    [one] => diagnostic.help(format!("write `{one}`")),
                    _ => diagnostic.help(invalid.help),
                };
                for text in &invalid.instead {
                    let applicability = if sure {
                        Applicability::Safe
                    } else {
                        Applicability::DisplayOnly
                    };
                    diagnostic =
                        diagnostic.fix(applicability, format!("write `{text}`"), span, text);
                }
                self.report(diagnostic);
                None
            }
        }
    }

    /// A duration above zero: what repeats, or looks back, needs one. `help` says what to write.
    pub(super) fn positive_duration(&mut self, node: Node<'a>, help: &str) -> Option<Duration> {
        let duration = self.duration(node)?;
        if duration.value.is_positive() {
            return Some(duration);
        }
        self.report(
            Diagnostic::new(
                &codes::INVALID_DURATION,
                duration.span,
                "a time above zero is expected here",
            )
            .help(help),
        );
        None
    }

    /// A time of day: `"09:00"`.
    pub(super) fn clock(&mut self, node: Node<'a>) -> Option<Spanned<Time>> {
        let scalar = self.scalar(node, "a time of day, as in `\"09:00\"`")?;
        let span = scalar.span();
        match clock(scalar.value()) {
            Ok(value) => Some(Spanned { value, span }),
            Err(meant) => {
                self.report(invalid_clock(scalar.value(), span, meant));
                None
            }
        }
    }

    /// A moment: `2026-03-02T18:00:00Z`.
    pub(super) fn timestamp(&mut self, node: Node<'a>) -> Option<Spanned<Timestamp>> {
        let scalar = self.scalar(node, "a time, as in `2026-03-02T18:00:00Z`")?;
        let span = scalar.span();
        let written = scalar.value();
        if let Ok(value) = Timestamp::from_str(written) {
            return Some(Spanned { value, span });
        }
        let message = format!("`{}` is not a valid point in time", shorten(written));
        let diagnostic = Diagnostic::new(&codes::INVALID_TIME, span, message);
        let meant = [
            format!("{written}T00:00:00Z"),
            format!("{written}Z"),
            format!("{written}:00Z"),
        ]
        .into_iter()
        .find(|text| Timestamp::from_str(text).is_ok())
        .map(|text| text.replace(' ', "T"));
        self.report(match meant {
            Some(meant) => {
                let message = format!("write `{meant}`");
                diagnostic
                    .help(format!("it needs a date, a time and an offset: `{meant}`"))
                    .fix(Applicability::Unsafe, message, span, meant)
            }
            None => diagnostic.help("times are RFC 3339: `2026-03-02T18:00:00Z`"),
        });
        None
    }
}

/// Reads `HH:MM` or `HH:MM:SS`; otherwise the form that was meant, if one was.
pub(super) fn clock(text: &str) -> Result<Time, Option<String>> {
    let strict = matches!(text.len(), 5 | 8) && text.as_bytes().get(2) == Some(&b':');
    if strict && let Ok(time) = Time::from_str(text) {
        return Ok(time);
    }
    let lower = text.trim().to_lowercase();
    let (digits, shift) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(rest), _) => (rest.trim(), Some(0)),
        (_, Some(rest)) => (rest.trim(), Some(12)),
        _ => (lower.as_str(), None),
    };
    let (hours, minutes) = digits
        .split_once([':', '.', 'h'])
        .unwrap_or((digits, if shift.is_some() { "00" } else { "" }));
    let minutes = if minutes.is_empty() && lower.ends_with('h') {
        "00"
    } else {
        minutes
    };
    let meant = || {
        let hour: i8 = hours.parse().ok()?;
        let hour = match shift {
            Some(shift) if (1..=12).contains(&hour) => hour % 12 + shift,
            Some(_) => return None,
            None => hour,
        };
        let minute: i8 = (minutes.len() == 2)
            .then(|| minutes.parse().ok())
            .flatten()?;
        Time::new(hour, minute, 0, 0).ok()
    };
    Err(meant().map(|time| format!("{:02}:{:02}", time.hour(), time.minute())))
}

/// What to say of a scalar that is no time of day.
pub(super) fn invalid_clock(written: &str, span: Span, meant: Option<String>) -> Diagnostic {
    let message = format!("`{}` is not a valid time of day", shorten(written));
    let diagnostic = Diagnostic::new(&codes::INVALID_TIME, span, message);
    match meant {
        Some(meant) => diagnostic
            .help(format!(
                "write `\"{meant}\"`: two digits for hours and minutes"
            ))
            .fix(
                Applicability::Safe,
                format!("write `\"{meant}\"`"),
                span,
                format!("\"{meant}\""),
            ),
        None => diagnostic.help("times of day are `\"00:00\"` to `\"23:59\"`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_strict_and_guess_what_was_meant() {
        assert_eq!(clock("09:00"), Ok(Time::constant(9, 0, 0, 0)));
        assert_eq!(clock("23:59:30"), Ok(Time::constant(23, 59, 30, 0)));
        for (written, meant) in [
            ("9:00", Some("09:00")),
            ("9am", Some("09:00")),
            ("12 am", Some("00:00")),
            ("9:30 PM", Some("21:30")),
            ("21h", Some("21:00")),
            ("24:00", None),
            ("25:10", None),
            ("soon", None),
            ("13pm", None),
        ] {
            assert_eq!(clock(written), Err(meant.map(str::to_owned)), "{written}");
        }
    }
}
