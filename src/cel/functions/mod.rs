//! The functions of the language. One line in a table is the whole of a function: its name, the
//! signatures that the checker resolves against, and what runs. Operators and macros are not
//! functions; the checker and the evaluator know them.
//!
//! A name with a dot (`math.abs`) is one function: the checker looks for it whole where a call's
//! target is a plain identifier that names no variable.

mod args;
mod conversions;
mod encoders;
mod lists;
mod math;
mod optionals;
mod regexes;
mod sets;
mod strings;
mod time;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::error::EvalError;
use super::value::Value;

pub use regexes::compile_regex;

/// A function and its overloads; a name stands in the tables once.
#[derive(Debug)]
pub struct Function {
    pub name: &'static str,
    pub overloads: &'static [Overload],
}

/// One signature of a function.
#[derive(Debug)]
pub struct Overload {
    /// `target.name(…)`: the target is the first parameter.
    pub receiver: bool,
    pub params: &'static [Sig],
    pub result: Sig,
    /// Receives as many values as `params`, of these types.
    pub run: Run,
}

/// What an overload runs.
pub type Run = fn(&[Value]) -> Result<Value, EvalError>;

/// A type in a signature; `Param(n)` is the n-th type parameter, the same throughout one overload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sig {
    Dyn,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
    Param(u8),
    List(&'static Sig),
    Map(&'static Sig, &'static Sig),
    Optional(&'static Sig),
    Type(&'static Sig),
}

/// The function of that name.
pub fn lookup(name: &str) -> Option<&'static Function> {
    BY_NAME.get(name).copied()
}

/// Every function, in the order of their names.
pub fn all() -> impl Iterator<Item = &'static Function> {
    BY_NAME.values().copied()
}

static BY_NAME: LazyLock<BTreeMap<&'static str, &'static Function>> = LazyLock::new(|| {
    [
        conversions::TABLE,
        encoders::TABLE,
        lists::TABLE,
        math::TABLE,
        optionals::TABLE,
        regexes::TABLE,
        sets::TABLE,
        strings::TABLE,
        time::TABLE,
    ]
    .into_iter()
    .flatten()
    .map(|function| (function.name, function))
    .collect()
});

impl Overload {
    /// Whether values of these kinds may be passed; elements of lists and maps are not looked at.
    pub fn accepts(&self, values: &[Value]) -> bool {
        self.params.len() == values.len()
            && self.params.iter().zip(values).all(|(sig, v)| sig.holds(v))
    }
}

impl Sig {
    /// Whether the value is of this kind, elements not looked at.
    pub fn holds(self, value: &Value) -> bool {
        match self {
            Self::Dyn | Self::Param(_) => true,
            Self::Null => matches!(value, Value::Null),
            Self::Bool => matches!(value, Value::Bool(_)),
            Self::Int => matches!(value, Value::Int(_)),
            Self::Uint => matches!(value, Value::Uint(_)),
            Self::Double => matches!(value, Value::Double(_)),
            Self::String => matches!(value, Value::String(_)),
            Self::Bytes => matches!(value, Value::Bytes(_)),
            Self::Timestamp => matches!(value, Value::Timestamp(_)),
            Self::Duration => matches!(value, Value::Duration(_)),
            Self::List(_) => matches!(value, Value::List(_)),
            Self::Map(..) => matches!(value, Value::Map(_)),
            Self::Optional(_) => matches!(value, Value::Optional(_)),
            Self::Type(_) => matches!(value, Value::Type(_)),
        }
    }
}

/// `name(params)`, in a table.
const fn plain(params: &'static [Sig], result: Sig, run: Run) -> Overload {
    Overload {
        receiver: false,
        params,
        result,
        run,
    }
}

/// `target.name(params)`, in a table; the target is the first parameter.
const fn method(params: &'static [Sig], result: Sig, run: Run) -> Overload {
    Overload {
        receiver: true,
        params,
        result,
        run,
    }
}

/// A table of functions: `"name" => [overload, …];`.
macro_rules! functions {
    ($($name:literal => [$($overload:expr),+ $(,)?];)+) => {
        pub(super) static TABLE: &[super::Function] = &[
            $(super::Function { name: $name, overloads: &[$($overload),+] }),+
        ];
    };
}
use functions;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_in_one_table_and_no_overload_twice() {
        let tables = [
            conversions::TABLE,
            encoders::TABLE,
            lists::TABLE,
            math::TABLE,
            optionals::TABLE,
            regexes::TABLE,
            sets::TABLE,
            strings::TABLE,
            time::TABLE,
        ];
        let listed: usize = tables.iter().map(|t| t.len()).sum();
        assert_eq!(all().count(), listed, "a name stands in two tables");
        for function in all() {
            for (i, a) in function.overloads.iter().enumerate() {
                for b in &function.overloads[i + 1..] {
                    assert!(
                        a.receiver != b.receiver || a.params != b.params,
                        "{}: two overloads take {:?}",
                        function.name,
                        a.params
                    );
                }
            }
        }
    }
}
