//! Scales: how the values of a type are points of the whole numbers, and how points read.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use smallvec::smallvec;

use super::values::{Present, Texts, Values};
use crate::cel::duration::format_duration;
use crate::cel::number::format_double;
use crate::cel::timestamp::format_timestamp;
use crate::cel::types::Type;

/// What the points of a range stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Bool,
    Int,
    Uint,
    Double,
    /// Nanoseconds.
    Duration,
    /// Nanoseconds since 1970.
    Timestamp,
    /// How a field compares with another: -1 the less, 0 the same, 1 the greater.
    Order,
    /// Texts and whatever else has no points.
    None,
}

/// A value that is written down.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constant {
    Null,
    Bool(bool),
    Int(i128),
    Double(f64),
    Text(Arc<str>),
    Duration(i128),
    Timestamp(i128),
}

/// Far beyond every duration and timestamp.
const FAR: i128 = 1 << 120;

/// Ints up to here are doubles exactly.
const EXACT: i128 = 1 << 53;

impl Scale {
    pub(super) fn of(ty: &Type) -> Self {
        match ty.present() {
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Uint => Self::Uint,
            Type::Double => Self::Double,
            Type::Duration => Self::Duration,
            Type::Timestamp => Self::Timestamp,
            _ => Self::None,
        }
    }

    fn bounds(self) -> (i128, i128) {
        match self {
            Self::Bool => (0, 1),
            Self::Int => (i64::MIN.into(), i64::MAX.into()),
            Self::Uint => (0, u64::MAX.into()),
            Self::Double => (point(f64::NEG_INFINITY), point(f64::INFINITY)),
            Self::Duration | Self::Timestamp | Self::Order | Self::None => (-FAR, FAR),
        }
    }

    /// The last point that is not above a constant, and whether it is the constant.
    pub(super) fn place(self, constant: &Constant) -> Option<(i128, bool)> {
        Some(match (self, constant) {
            (Self::Bool, Constant::Bool(value)) => (i128::from(*value), true),
            (Self::Int | Self::Uint, Constant::Int(value))
            | (Self::Duration, Constant::Duration(value))
            | (Self::Timestamp, Constant::Timestamp(value)) => (*value, true),
            (Self::Int | Self::Uint, Constant::Double(value)) if value.is_finite() => {
                #[expect(clippy::cast_possible_truncation, reason = "far out it saturates")]
                let floor = value.floor() as i128;
                (floor.clamp(-FAR, FAR), value.fract() == 0.0)
            }
            (Self::Double, Constant::Double(value)) if !value.is_nan() => (point(*value), true),
            (Self::Double, Constant::Int(value)) if (-EXACT..=EXACT).contains(value) => {
                #[expect(clippy::cast_precision_loss, reason = "in this range there is none")]
                let value = *value as f64;
                (point(value), true)
            }
            _ => return None,
        })
    }

    /// A point as it is written.
    fn show(self, at: i128) -> String {
        match self {
            Self::Bool => (at != 0).to_string(),
            Self::Double => format_double(unpoint(at)),
            Self::Duration => i64::try_from(at.div_euclid(1_000_000_000))
                .map(|seconds| {
                    let rest = i32::try_from(at.rem_euclid(1_000_000_000)).unwrap_or_default();
                    format_duration(SignedDuration::new(seconds, rest))
                })
                .unwrap_or_default(),
            Self::Timestamp => {
                Timestamp::from_nanosecond(at).map_or_else(|_| String::new(), format_timestamp)
            }
            _ => at.to_string(),
        }
    }

    /// What is told of a field: "over 100", "\"gold\" or \"none\"", "absent".
    pub(super) fn describe(self, values: &Values) -> String {
        let present = match &values.present {
            _ if values.present.is_empty() => return "absent".to_owned(),
            Present::Any => "there".to_owned(),
            Present::Texts { not, texts } => match (texts.len(), not) {
                (0, _) => "there".to_owned(),
                (_, true) => format!("not {}", listed(texts)),
                (_, false) => listed(texts),
            },
            Present::Ranges(ranges) => self.ranges(ranges),
        };
        match values.absent {
            true if present == "there" => "absent or there".to_owned(),
            true => format!("absent or {present}"),
            false => present,
        }
    }

    fn ranges(self, ranges: &[(i128, i128)]) -> String {
        if self == Self::Order {
            return order(ranges).to_owned();
        }
        let (min, max) = self.bounds();
        match ranges {
            [(low, high)] if low == high => self.show(*low),
            [(low, high)] if *low <= min && *high >= max => "there".to_owned(),
            [(low, high)] if *high >= max => self.end(*low, low - 1, "at least", "over"),
            [(low, high)] if *low <= min => self.end(*high, high + 1, "at most", "under"),
            [(low, high)] => format!(
                "{} and {}",
                self.end(*low, low - 1, "at least", "over"),
                self.end(*high, high + 1, "at most", "under")
            ),
            [(low, gap), (next, high)] if *low <= min && *high >= max && next - gap == 2 => {
                format!("not {}", self.show(gap + 1))
            }
            ranges if ranges.len() < 4 && ranges.iter().all(|(low, high)| low == high) => {
                let points: Vec<_> = ranges.iter().map(|(at, _)| self.show(*at)).collect();
                points.join(" or ")
            }
            ranges => {
                let parts: Vec<_> = ranges.iter().take(3).map(|r| self.ranges(&[*r])).collect();
                parts.join(", or ")
            }
        }
    }

    /// An end of a range, by the point itself or the one outside: as it was probably written.
    fn end(self, at: i128, outside: i128, closed: &str, open: &str) -> String {
        let (inside, beyond) = (self.show(at), self.show(outside));
        let whole = matches!(self, Self::Int | Self::Uint);
        if whole || inside.len() <= beyond.len() {
            format!("{closed} {inside}")
        } else {
            format!("{open} {beyond}")
        }
    }
}

fn order(ranges: &[(i128, i128)]) -> &'static str {
    match ranges {
        [(-1, -1)] => "less",
        [(0, 0)] => "equal",
        [(1, 1)] => "greater",
        [(-1, 0)] => "not greater",
        [(0, 1)] => "not less",
        [_, _] => "not equal",
        _ => "anything",
    }
}

fn listed(texts: &Texts) -> String {
    let mut shown: Vec<String> = texts.iter().take(4).map(|t| format!("\"{t}\"")).collect();
    if texts.len() > 4 {
        shown.push("…".to_owned());
    }
    shown.join(" or ")
}

/// The place of a double among all doubles.
fn point(value: f64) -> i128 {
    let bits = value.to_bits();
    let size = i128::from(bits & (u64::MAX >> 1));
    if bits >> 63 == 0 { size } else { -size }
}

fn unpoint(at: i128) -> f64 {
    let size = f64::from_bits(u64::try_from(at.unsigned_abs()).unwrap_or_default());
    if at < 0 { -size } else { size }
}

/// All values of a type.
pub(super) fn all_of(ty: &Type) -> Values {
    let scale = Scale::of(ty);
    let present = match (scale, ty.present()) {
        (_, Type::String) => Present::Texts {
            not: true,
            texts: Texts::default(),
        },
        (_, Type::Enum(values)) => Present::Texts {
            not: false,
            texts: values.values.iter().cloned().collect(),
        },
        (Scale::None, _) => Present::Any,
        (scale, _) => Present::Ranges(smallvec![scale.bounds()]),
    };
    Values {
        absent: ty.is_nullable(),
        present,
    }
}
