//! Comparison, logic, choice, and conversion between kinds of elements.

use std::sync::Arc;

use super::super::attributes::Attributes;
use super::super::error::RunError;
use super::super::proto::known_element;
use super::super::run::{Given, Run};
use super::super::tensor::{Data, Element, Tensor, Value};
use super::elementwise::{Broadcast, mixed, not_numbers};
use super::{Built, Operator, one};

/// Whether two elements stand to each other so.
#[derive(Debug)]
struct Compare(fn(f64, f64) -> bool);

pub(super) fn compare(node: &Attributes<'_, '_>) -> Built {
    Ok(match node.op() {
        "Equal" => Box::new(Equal),
        "Less" => Box::new(Compare(|a, b| a < b)),
        "LessOrEqual" => Box::new(Compare(|a, b| a <= b)),
        "Greater" => Box::new(Compare(|a, b| a > b)),
        _ => Box::new(Compare(|a, b| a >= b)),
    })
}

impl Operator for Compare {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let (left, right) = (given.tensor(0)?, given.tensor(1)?);
        let both = Broadcast::of(&[&left.shape, &right.shape], run)?;
        let (a, b) = (left.numbers()?, right.numbers()?);
        let pairs = both.indexes(0).zip(both.indexes(1));
        let made = pairs.map(|(i, j)| (self.0)(a[i], b[j])).collect();
        one(Value::Tensor(Tensor::new(both.shape, Data::Bool(made))))
    }
}

/// Whether two elements of any kind are the same.
#[derive(Debug)]
struct Equal;

impl Operator for Equal {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        fn each<T: PartialEq>(both: &Broadcast, a: &[T], b: &[T]) -> Vec<bool> {
            let pairs = both.indexes(0).zip(both.indexes(1));
            pairs.map(|(i, j)| a[i] == b[j]).collect()
        }
        let (left, right) = (given.tensor(0)?, given.tensor(1)?);
        let both = Broadcast::of(&[&left.shape, &right.shape], run)?;
        let made = match (&left.data, &right.data) {
            (Data::F32(a), Data::F32(b)) => each(&both, a, b),
            (Data::F64(a), Data::F64(b)) => each(&both, a, b),
            (Data::Int(a), Data::Int(b)) => each(&both, a, b),
            (Data::Bool(a), Data::Bool(b)) => each(&both, a, b),
            (Data::Text(a), Data::Text(b)) => each(&both, a, b),
            (a, b) => return Err(mixed(a, b)),
        };
        one(Value::Tensor(Tensor::new(both.shape, Data::Bool(made))))
    }
}

fn bools(tensor: &Tensor) -> Result<&[bool], RunError> {
    match &tensor.data {
        Data::Bool(v) => Ok(v),
        other => Err(RunError::new(format!(
            "it takes booleans, and was given {}",
            other.element().name()
        ))),
    }
}

#[derive(Debug)]
struct Logic(fn(bool, bool) -> bool);

pub(super) fn logic(node: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(Logic(match node.op() {
        "And" => |a, b| a && b,
        "Or" => |a, b| a || b,
        _ => |a, b| a != b,
    })))
}

impl Operator for Logic {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let (left, right) = (given.tensor(0)?, given.tensor(1)?);
        let both = Broadcast::of(&[&left.shape, &right.shape], run)?;
        let (a, b) = (bools(left)?, bools(right)?);
        let pairs = both.indexes(0).zip(both.indexes(1));
        let made = pairs.map(|(i, j)| (self.0)(a[i], b[j])).collect();
        one(Value::Tensor(Tensor::new(both.shape, Data::Bool(made))))
    }
}

#[derive(Debug)]
struct Not;

pub(super) fn not(_: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(Not))
}

impl Operator for Not {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        run.size(&tensor.shape)?;
        let made = bools(tensor)?.iter().map(|b| !b).collect();
        one(Value::Tensor(Tensor::new(
            tensor.shape.clone(),
            Data::Bool(made),
        )))
    }
}

/// `Where`: of two elements the one that a condition says.
#[derive(Debug)]
struct Choose;

pub(super) fn choose(_: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(Choose))
}

impl Operator for Choose {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        fn each<T: Clone>(both: &Broadcast, condition: &[bool], a: &[T], b: &[T]) -> Vec<T> {
            let sides = both.indexes(1).zip(both.indexes(2));
            let places = both.indexes(0).zip(sides);
            places
                .map(|(at, (i, j))| {
                    if condition[at] {
                        a[i].clone()
                    } else {
                        b[j].clone()
                    }
                })
                .collect()
        }
        let (condition, yes, no) = (given.tensor(0)?, given.tensor(1)?, given.tensor(2)?);
        let both = Broadcast::of(&[&condition.shape, &yes.shape, &no.shape], run)?;
        let holds = bools(condition)?;
        let data = match (&yes.data, &no.data) {
            (Data::F32(a), Data::F32(b)) => Data::F32(each(&both, holds, a, b)),
            (Data::F64(a), Data::F64(b)) => Data::F64(each(&both, holds, a, b)),
            (Data::Int(a), Data::Int(b)) => Data::Int(each(&both, holds, a, b)),
            (Data::Bool(a), Data::Bool(b)) => Data::Bool(each(&both, holds, a, b)),
            (Data::Text(a), Data::Text(b)) => Data::Text(each(&both, holds, a, b)),
            (a, b) => return Err(mixed(a, b)),
        };
        one(Value::Tensor(Tensor::new(both.shape, data)))
    }
}

#[derive(Debug)]
struct Cast(Element);

pub(super) fn cast(node: &Attributes<'_, '_>) -> Built {
    let to = node.int("to").ok_or_else(|| node.wrong("it lacks `to`"))?;
    // Narrow integers wrap around, which those that are kept here do not.
    if !matches!(to, 1 | 6 | 7 | 8 | 9 | 11) {
        return Err(node.unsupported(&format!("it converts to data type {to}")));
    }
    Ok(Box::new(Cast(known_element(to)?)))
}

impl Operator for Cast {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        run.size(&tensor.shape)?;
        let numbers = || match &tensor.data {
            Data::Text(texts) => texts.iter().map(|text| number(text, run.probe)).collect(),
            _ => tensor.numbers(),
        };
        let data = match (self.0, &tensor.data) {
            (to, data) if to == data.element() => data.clone(),
            (Element::F32, _) => Data::F32(numbers()?.iter().map(|x| *x as f32).collect()),
            (Element::F64, _) => Data::F64(numbers()?),
            (Element::Int, _) => {
                let whole = |x: f64| {
                    let fits = x.is_finite() && x.abs() < 9.2e18;
                    let error = || RunError::new("a number is no 64-bit integer");
                    fits.then_some(x as i64).ok_or_else(error)
                };
                Data::Int(
                    numbers()?
                        .into_iter()
                        .map(whole)
                        .collect::<Result<_, _>>()?,
                )
            }
            (Element::Bool, Data::Text(_)) => return Err(not_numbers(&tensor.data)),
            (Element::Bool, _) => Data::Bool(numbers()?.iter().map(|x| *x != 0.0).collect()),
            (Element::Text, Data::Int(v)) => {
                Data::Text(v.iter().map(|x| Arc::from(x.to_string())).collect())
            }
            (Element::Text, Data::Bool(v)) => {
                let digit = |b: &bool| Arc::from(if *b { "1" } else { "0" });
                Data::Text(v.iter().map(digit).collect())
            }
            (Element::Text, _) => {
                return Err(RunError::new("it cannot write floats as strings"));
            }
        };
        one(Value::Tensor(Tensor::new(tensor.shape.clone(), data)))
    }
}

fn number(text: &str, probe: bool) -> Result<f64, RunError> {
    match text.trim().parse() {
        Ok(number) => Ok(number),
        Err(_) if probe => Ok(0.0),
        Err(_) => Err(RunError::new(format!("`{text}` is not a number"))),
    }
}
