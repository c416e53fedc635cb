//! What is worked out from fields and cannot fail: sizes, parts of texts and of times, and how two
//! fields compare. It is known of as fields are, by what it is asked of.

use std::cmp::Ordering;
use std::sync::Arc;

use smallvec::smallvec;

use super::scale::Scale;
use super::terms::{Atom, Claim, Path};
use super::values::{Present, Ranges, Values};
use super::world::AND;
use crate::cel::ast::BinaryOp;
use crate::cel::types::Type;

/// Which of the values of its type something has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limits {
    None,
    /// Numbers from one to another.
    Between(i64, i64),
    /// Texts that are like this.
    Like(fn(&str) -> bool),
}

impl From<i64> for Limits {
    /// What is never less.
    fn from(least: i64) -> Self {
        Self::Between(least, i64::MAX)
    }
}

/// What a function that cannot fail comes to; none for all others.
pub(super) fn limits(of: &Type, function: &str, args: usize) -> Option<Limits> {
    use Limits::{Between, Like, None as Any};
    let limits = match (of, function, args) {
        (Type::String | Type::Bytes | Type::List(_) | Type::Map(..), "size", 0) => {
            Between(0, i64::MAX)
        }
        (Type::String, "contains" | "startsWith" | "endsWith", 1) => Any,
        (Type::String, "indexOf" | "lastIndexOf", 1) => Between(-1, i64::MAX),
        (Type::String, "lowerAscii", 0) => {
            Like(|text| !text.contains(|c: char| c.is_ascii_uppercase()))
        }
        (Type::String, "upperAscii", 0) => {
            Like(|text| !text.contains(|c: char| c.is_ascii_lowercase()))
        }
        (Type::String, "trim", 0) => Like(|text| text.trim() == text),
        (Type::Timestamp, "getMonth", 0 | 1) => Between(0, 11),
        (Type::Timestamp, "getDate", 0 | 1) => Between(1, 31),
        (Type::Timestamp, "getDayOfMonth", 0 | 1) => Between(0, 30),
        (Type::Timestamp, "getDayOfWeek", 0 | 1) => Between(0, 6),
        (Type::Timestamp, "getDayOfYear", 0 | 1) => Between(0, 365),
        (Type::Timestamp, "getHours", 0 | 1) => Between(0, 23),
        (Type::Timestamp, "getMinutes" | "getSeconds", 0 | 1) => Between(0, 59),
        (Type::Timestamp, "getMilliseconds", 0 | 1) => Between(0, 999),
        _ => return None,
    };
    Some(limits)
}

/// A comparison of two fields: the first is the less, the same or the greater.
pub(super) fn beside(a: &Path<'_>, op: BinaryOp, b: &Path<'_>) -> Option<Atom> {
    let order = |it: &Path<'_>| match Scale::of(it.ty) {
        Scale::Int | Scale::Uint | Scale::Double => Some(Scale::Double),
        Scale::None if matches!(it.ty.present(), Type::String | Type::Enum(_)) => Some(Scale::None),
        Scale::None => None,
        scale => Some(scale),
    };
    if order(a)? != order(b)? || a.may_fail || b.may_fail {
        return None;
    }
    let equality = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
    if equality && !(a.is_there() && b.is_there()) {
        return None;
    }
    // One way to say it, whichever stands first.
    let turned = a.key.cmp(&b.key) == Ordering::Greater;
    let (first, second) = if turned { (b, a) } else { (a, b) };
    let points: &[i128] = match (op, turned) {
        (BinaryOp::Equal, _) => &[0],
        (BinaryOp::NotEqual, _) => &[-1, 1],
        (BinaryOp::Less, false) | (BinaryOp::Greater, true) => &[-1],
        (BinaryOp::LessEqual, false) | (BinaryOp::GreaterEqual, true) => &[-1, 0],
        (BinaryOp::Greater, false) | (BinaryOp::Less, true) => &[1],
        (BinaryOp::GreaterEqual, false) | (BinaryOp::LessEqual, true) => &[0, 1],
        _ => return None,
    };
    let shown = format!("{}` against `{}", first.shown, second.shown);
    Some(claim(
        first,
        second,
        Scale::Order,
        shown,
        &[-1, 0, 1],
        points,
    ))
}

/// `item in list`, both of them fields.
pub(super) fn within(item: &Path<'_>, of: &Path<'_>) -> Option<Atom> {
    if item.may_fail || of.may_fail {
        return None;
    }
    let shown = format!("{} in {}", item.shown, of.shown);
    Some(claim(item, of, Scale::Bool, shown, &[0, 1], &[1]))
}

fn claim(
    a: &Path<'_>,
    b: &Path<'_>,
    scale: Scale,
    shown: String,
    all: &[i128],
    points: &[i128],
) -> Atom {
    let values = |yes: bool| Values {
        absent: false,
        present: Present::Ranges(ranges(
            all.iter().copied().filter(|at| points.contains(at) == yes),
        )),
    };
    Atom::Claim(Claim {
        key: Arc::from(format!("{}{AND}{}", a.key, b.key)),
        shown: Arc::from(shown),
        scale,
        yes: values(true),
        no: values(false),
        guard: false,
        may_fail: false,
    })
}

/// Points in order as ranges.
fn ranges(points: impl Iterator<Item = i128>) -> Ranges {
    let mut made: Ranges = smallvec![];
    for at in points {
        match made.last_mut() {
            Some((_, high)) if *high + 1 == at => *high = at,
            _ => made.push((at, at)),
        }
    }
    made
}
