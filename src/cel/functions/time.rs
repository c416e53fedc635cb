//! Parts of timestamps, in UTC or a time zone, and of durations.

use jiff::Zoned;
use jiff::tz::{Offset, TimeZone};

use super::super::error::EvalError;
use super::super::value::Value;
use super::args::{self, invalid};
use super::{Sig, method};

use Sig::{Duration, Int, String, Timestamp};

/// A part of a timestamp: in UTC, and in the zone of the argument.
macro_rules! part {
    ($part:expr) => {
        [
            method(&[Timestamp], Int, |a| zoned(a, $part)),
            method(&[Timestamp, String], Int, |a| zoned(a, $part)),
        ]
    };
    ($part:expr, $of_duration:expr) => {
        [
            method(&[Timestamp], Int, |a| zoned(a, $part)),
            method(&[Timestamp, String], Int, |a| zoned(a, $part)),
            method(&[Duration], Int, $of_duration),
        ]
    };
}

/// A table of functions whose overloads come as one array.
macro_rules! parts {
    ($($name:literal => $overloads:expr;)+) => {
        pub(super) static TABLE: &[super::Function] = &[
            $(super::Function { name: $name, overloads: &$overloads }),+
        ];
    };
}

parts! {
    "getDate" => part!(|t| t.day().into());
    "getDayOfMonth" => part!(|t| i64::from(t.day()) - 1);
    "getDayOfWeek" => part!(|t| t.weekday().to_sunday_zero_offset().into());
    "getDayOfYear" => part!(|t| i64::from(t.day_of_year()) - 1);
    "getFullYear" => part!(|t| t.year().into());
    "getHours" => part!(|t| t.hour().into(), |a| Ok(Value::Int(args::duration(a, 0)?.as_hours())));
    "getMilliseconds" => part!(|t| t.millisecond().into(), |a| {
        Ok(Value::Int(args::duration(a, 0)?.subsec_millis().into()))
    });
    "getMinutes" => part!(|t| t.minute().into(), |a| Ok(Value::Int(args::duration(a, 0)?.as_mins())));
    "getMonth" => part!(|t| i64::from(t.month()) - 1);
    "getSeconds" => part!(|t| t.second().into(), |a| Ok(Value::Int(args::duration(a, 0)?.as_secs())));
}

fn zoned(a: &[Value], part: fn(&Zoned) -> i64) -> Result<Value, EvalError> {
    let zone = if a.len() > 1 {
        zone(args::text(a, 1)?)?
    } else {
        TimeZone::UTC
    };
    Ok(Value::Int(part(&args::timestamp(a, 0)?.to_zoned(zone))))
}

/// A zone by its IANA name, or by its offset: `+02:00`, `-02:30`, `02:00`.
fn zone(name: &str) -> Result<TimeZone, EvalError> {
    offset(name)
        .map(TimeZone::fixed)
        .or_else(|| TimeZone::get(name).ok())
        .ok_or_else(|| invalid(format!("`{name}` is not a time zone")))
}

fn offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => (1, text),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let digits = |part: &str, below: i32| -> Option<i32> {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse().ok())
            .flatten()
            .filter(|n| *n < below)
    };
    Offset::from_seconds(sign * (digits(hours, 24)? * 3600 + digits(minutes, 60)? * 60)).ok()
}
