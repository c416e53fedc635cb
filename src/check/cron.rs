//! Five-field cron as it is written: every field in its range. When it is due is the engine's
//! business.

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

struct Field {
    what: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field {
        what: "minute",
        least: 0,
        most: 59,
        names: &[],
    },
    Field {
        what: "hour",
        least: 0,
        most: 23,
        names: &[],
    },
    Field {
        what: "day of the month",
        least: 1,
        most: 31,
        names: &[],
    },
    Field {
        what: "month",
        least: 1,
        most: 12,
        names: &MONTHS,
    },
    Field {
        what: "day of the week",
        least: 0,
        most: 7,
        names: &WEEKDAYS,
    },
];

/// Whether a schedule can be read; the error is a diagnostic's message.
pub(super) fn validate(text: &str) -> Result<(), String> {
    let written: Vec<&str> = text.split_whitespace().collect();
    if written.len() != FIELDS.len() {
        return Err(format!(
            "a schedule has five fields, this one has {}",
            written.len()
        ));
    }
    for (field, written) in FIELDS.iter().zip(written) {
        for part in written.split(',') {
            field.part(part)?;
        }
    }
    Ok(())
}

impl Field {
    fn part(&self, part: &str) -> Result<(), String> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        if let Some(step) = step
            && !step.parse::<u32>().is_ok_and(|n| n > 0)
        {
            return Err(format!(
                "`{part}` has no step above zero, for the {}",
                self.what
            ));
        }
        if range == "*" {
            return Ok(());
        }
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (self.value(first)?, self.value(last)?),
            None => {
                let value = self.value(range)?;
                (value, value)
            }
        };
        if first > last {
            return Err(format!(
                "the range `{range}` of the {} runs backwards",
                self.what
            ));
        }
        Ok(())
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let named = self
            .names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(index) => Some(index as u32 + u32::from(self.least == 1)),
            None => text.parse().ok(),
        };
        value
            .filter(|value| (self.least..=self.most).contains(value))
            .ok_or_else(|| {
                format!(
                    "`{text}` is no {}: {} to {}",
                    self.what, self.least, self.most
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::validate;

    #[test]
    fn what_cron_knows_is_read() {
        for text in ["0 9 * * MON", "*/15 8-18 1,15 JAN-mar 1-5", "0 0 * * 7"] {
            assert_eq!(validate(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_no_clock_shows_is_said() {
        for (text, message) in [
            ("60 9 * * *", "`60` is no minute: 0 to 59"),
            ("0 9 0 * *", "`0` is no day of the month: 1 to 31"),
            ("0 9 * * MOM", "`MOM` is no day of the week: 0 to 7"),
            (
                "0 18-9 * * *",
                "the range `18-9` of the hour runs backwards",
            ),
            (
                "*/0 9 * * *",
                "`*/0` has no step above zero, for the minute",
            ),
            ("0 9 * *", "a schedule has five fields, this one has 4"),
        ] {
            assert_eq!(validate(text), Err(message.to_owned()));
        }
    }
}
