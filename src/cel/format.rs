//! `template.format(list)`: the template taken apart into text and clauses, `%s %d %f %e %b %o %x %X`,
//! with a precision for `%f` and `%e`; which types a clause takes, and the text it makes of a value.
//!
//! The checker takes a literal template apart in the same way, before anything runs.

use super::error::{EvalError, EvalErrorKind};
use super::text::{invalid, shown};
use super::types::Type;
use super::value::Value;

/// The longest text that a template may make, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Piece<'t> {
    Text(&'t str),
    Clause(Clause),
}

/// `%.2f`: takes the next value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clause {
    /// One of `sdfeboxX`.
    pub letter: char,
    pub precision: Option<usize>,
    /// Where it stands in the template.
    pub start: usize,
    pub end: usize,
}

/// A `%` that begins no clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoClause {
    pub start: usize,
    pub end: usize,
    pub message: String,
}

/// The parts of a template, up to the first `%` that begins no clause.
pub(super) fn pieces(template: &str) -> impl Iterator<Item = Result<Piece<'_>, NoClause>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = template.get(at..).filter(|rest| !rest.is_empty())?;
        let Some(behind) = rest.strip_prefix('%') else {
            let text = &rest[..rest.find('%').unwrap_or(rest.len())];
            at += text.len();
            return Some(Ok(Piece::Text(text)));
        };
        if behind.starts_with('%') {
            at += 2;
            return Some(Ok(Piece::Text("%")));
        }
        let clause = clause(behind, at);
        at = clause.as_ref().map_or(template.len(), |clause| clause.end);
        Some(clause.map(Piece::Clause))
    })
}

/// The clause whose `%`, at `start`, is followed by this.
fn clause(behind: &str, start: usize) -> Result<Clause, NoClause> {
    let fault = |len: usize, message: String| NoClause {
        start,
        end: start + 1 + len,
        message,
    };
    let (precision, digits) = match behind.strip_prefix('.') {
        None => (None, 0),
        Some(after) => {
            let len = after.bytes().take_while(u8::is_ascii_digit).count();
            let precision = after[..len].parse().ok().filter(|p| *p <= 1_000);
            let wrong = || fault(1 + len, "a precision is a number up to 1000".into());
            (Some(precision.ok_or_else(wrong)?), 1 + len)
        }
    };
    let letter = behind[digits..].chars().next();
    let letter = letter.ok_or_else(|| fault(digits, "a `%` at the end has no letter".into()))?;
    let len = digits + letter.len_utf8();
    if !"sdfeboxX".contains(letter) {
        let message = format!("`%{letter}` is not a clause of `format`");
        return Err(fault(len, message));
    }
    Ok(Clause {
        letter,
        precision,
        start,
        end: start + 1 + len,
    })
}

impl Clause {
    /// Whether it takes values of the type; of what is only known when it runs, it may.
    pub(super) fn takes(self, ty: &Type) -> bool {
        use Type as T;
        match ty {
            T::Dyn | T::Error => true,
            T::Optional(_) => false,
            _ if self.letter == 's' => true,
            T::Int | T::Uint => true,
            T::Double => matches!(self.letter, 'f' | 'e'),
            T::Bool => self.letter == 'b',
            T::String | T::Enum(_) | T::Bytes => matches!(self.letter, 'x' | 'X'),
            _ => false,
        }
    }

    /// What it takes, in words.
    pub(super) fn due(self) -> &'static str {
        match self.letter {
            'd' | 'o' => "`int` or `uint`",
            'f' | 'e' => "`double`, `int` or `uint`",
            'b' => "`int`, `uint` or `bool`",
            'x' | 'X' => "`int`, `uint`, `string` or `bytes`",
            _ => "any value",
        }
    }

    fn write(self, value: &Value, out: &mut String) -> Result<(), EvalError> {
        let letter = self.letter;
        let digits = self.precision.unwrap_or(6);
        let text = match (letter, value) {
            ('s', _) => return shown(value, out),
            ('d', Value::Int(v)) => v.to_string(),
            ('d', Value::Uint(v)) => v.to_string(),
            ('f' | 'e' | 'd', Value::Double(v)) if !v.is_finite() => match v {
                v if v.is_nan() => "NaN".to_owned(),
                v if *v > 0.0 => "Infinity".to_owned(),
                _ => "-Infinity".to_owned(),
            },
            ('f', _) => format!("{:.digits$}", self.number(value)?),
            ('e', _) => scientific(self.number(value)?, digits),
            ('b', Value::Bool(v)) => u8::from(*v).to_string(),
            ('b', Value::Int(v)) => signed(*v, format!("{:b}", v.unsigned_abs())),
            ('b', Value::Uint(v)) => format!("{v:b}"),
            ('o', Value::Int(v)) => signed(*v, format!("{:o}", v.unsigned_abs())),
            ('o', Value::Uint(v)) => format!("{v:o}"),
            ('x' | 'X', Value::Int(v)) => signed(*v, hex(letter, v.unsigned_abs())),
            ('x' | 'X', Value::Uint(v)) => hex(letter, *v),
            ('x' | 'X', Value::String(v)) => v.bytes().map(|b| hex_byte(letter, b)).collect(),
            ('x' | 'X', Value::Bytes(v)) => v.iter().map(|b| hex_byte(letter, *b)).collect(),
            _ => return Err(self.misfit(value)),
        };
        out.push_str(&text);
        Ok(())
    }

    #[allow(
        clippy::cast_precision_loss,
        reason = "formatted as the nearest double"
    )]
    fn number(self, value: &Value) -> Result<f64, EvalError> {
        match value {
            Value::Double(v) => Ok(*v),
            Value::Int(v) => Ok(*v as f64),
            Value::Uint(v) => Ok(*v as f64),
            other => Err(self.misfit(other)),
        }
    }

    fn misfit(self, value: &Value) -> EvalError {
        invalid(format!(
            "`%{}` does not take a value of type {}",
            self.letter,
            value.kind_name()
        ))
    }
}

/// The template with its clauses filled in.
pub(super) fn format(template: &str, values: &[Value]) -> Result<String, EvalError> {
    let mut out = String::new();
    let mut values = values.iter();
    for piece in pieces(template) {
        match piece.map_err(|fault| invalid(fault.message))? {
            Piece::Text(text) => out.push_str(text),
            Piece::Clause(clause) => {
                let value = values
                    .next()
                    .ok_or_else(|| invalid("there are fewer values than `%`"))?;
                clause.write(value, &mut out)?;
            }
        }
        if out.len() > MAX_TEXT {
            return Err(EvalError::new(
                EvalErrorKind::Limit,
                "the formatted text is too long",
            ));
        }
    }
    Ok(out)
}

/// `1.234560e+03`: the exponent has a sign and at least two digits.
fn scientific(v: f64, digits: usize) -> String {
    let text = format!("{v:.digits$e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => match exponent.strip_prefix('-') {
            Some(size) => format!("{mantissa}e-{size:0>2}"),
            None => format!("{mantissa}e+{exponent:0>2}"),
        },
        None => text,
    }
}

fn signed(v: i64, digits: String) -> String {
    if v < 0 { format!("-{digits}") } else { digits }
}

fn hex(letter: char, v: u64) -> String {
    if letter == 'x' {
        format!("{v:x}")
    } else {
        format!("{v:X}")
    }
}

fn hex_byte(letter: char, v: u8) -> String {
    if letter == 'x' {
        format!("{v:02x}")
    } else {
        format!("{v:02X}")
    }
}
