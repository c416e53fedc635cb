//! Numbers of different types side by side, and doubles as text.

use std::cmp::Ordering;

/// The order of an int and a double, none for NaN. The int counts as its nearest double, as the
/// standard has it.
#[allow(
    clippy::cast_precision_loss,
    reason = "compared as the nearest double, as the standard has it"
)]
pub(super) fn compare_int_double(int: i64, double: f64) -> Option<Ordering> {
    (int as f64).partial_cmp(&double)
}

/// Like [`compare_int_double`], for a uint.
#[allow(
    clippy::cast_precision_loss,
    reason = "compared as the nearest double, as the standard has it"
)]
pub(super) fn compare_uint_double(uint: u64, double: f64) -> Option<Ordering> {
    (uint as f64).partial_cmp(&double)
}

/// A double as CEL's `string()` writes it: the shortest digits that read back as the same double,
/// in full from 1e-4 up to 1e21, with an exponent outside.
pub fn format_double(v: f64) -> String {
    if v.is_nan() {
        return "NaN".to_owned();
    }
    if v.is_infinite() {
        return if v > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    if v == 0.0 || (1e-4..1e21).contains(&v.abs()) {
        return v.to_string();
    }
    let scientific = format!("{v:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let (sign, size) = match exponent.strip_prefix('-') {
        Some(size) => ('-', size),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{size:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_in_full_between_1e_minus_4_and_1e21() {
        for (v, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (129.0, "129"),
            (0.1, "0.1"),
            (-4.5e-3, "-0.0045"),
            (1e-4, "0.0001"),
            (9.9e-5, "9.9e-05"),
            (123_456_789.5, "123456789.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.5e300, "-1.5e+300"),
        ] {
            assert_eq!(format_double(v), text);
        }
    }

    #[test]
    fn ints_and_doubles_share_one_number_line() {
        assert_eq!(
            compare_int_double(i64::MAX, 9_223_372_036_854_775_808.0),
            Some(Ordering::Equal)
        );
        assert_eq!(compare_int_double(1, 1.0), Some(Ordering::Equal));
        assert_eq!(compare_int_double(1, 1.5), Some(Ordering::Less));
        assert_eq!(compare_int_double(-1, -1.5), Some(Ordering::Greater));
        assert_eq!(compare_int_double(1, f64::INFINITY), Some(Ordering::Less));
        assert_eq!(compare_int_double(1, f64::NAN), None);
        assert_eq!(compare_uint_double(2, 1.5), Some(Ordering::Greater));
    }
}
