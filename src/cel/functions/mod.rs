//! The functions of the language. One line in a table is the whole of a function: its name, the
//! signatures that the checker resolves against, and what runs. Operators and macros are not
//! functions; the checker and the evaluator know them.

use super::error::EvalError;
use super::value::Value;

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
    pub run: fn(&[Value]) -> Result<Value, EvalError>,
}

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
